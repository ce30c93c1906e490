"""Rows whose noise and use of the scale differ: what they contribute to likelihoods and draws."""
