"""Whether a fit can be trusted: replicated ratings, left-out ratings, priors, calibration."""
