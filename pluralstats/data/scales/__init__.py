"""Several scales in one study, and what joins them."""
