"""Several dimensions of one fit: what raters and items have in common across them."""
