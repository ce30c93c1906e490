"""Coefficients that have one sign."""
