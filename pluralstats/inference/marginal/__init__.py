"""Likelihoods with the random effects integrated out, and the priors."""
