"""Integrals over the random effects of units: which effects, and nodes."""
