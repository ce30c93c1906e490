"""Design weights: scores of raters and the sandwich."""
