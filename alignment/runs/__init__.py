"""One training run from a table to a folder, and many of them."""
