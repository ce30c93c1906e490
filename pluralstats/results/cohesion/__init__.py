"""How far two raters of a group agree about an item, by a model (METHODS section 11)."""
