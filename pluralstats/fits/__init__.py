"""From ratings and a formula to a ``Fit``; fits that are kept and found again."""
