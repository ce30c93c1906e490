"""Results of models whose ratings are on several scales."""
