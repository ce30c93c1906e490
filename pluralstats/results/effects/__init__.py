"""How far groups are apart."""
