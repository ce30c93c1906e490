"""Whether a fit can be trusted: predictive checks, priors, calibration, chains, leaving out."""
