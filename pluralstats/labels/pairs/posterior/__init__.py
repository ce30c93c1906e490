"""Probabilities of pairs by the posterior of fits, streaming over draws."""
