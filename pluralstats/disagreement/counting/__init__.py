"""Counts of answers and of pairs of answers, when raters and items carry multiplicities."""
