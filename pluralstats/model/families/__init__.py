"""How ratings come from a linear predictor: one module a family."""
