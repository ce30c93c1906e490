"""How far groups lie apart."""
