"""Data frames and their columns, before anything is known of ratings."""
