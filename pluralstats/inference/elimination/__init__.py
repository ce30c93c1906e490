"""The curvature of random effects: the largest term eliminated, covariances by their roots."""
