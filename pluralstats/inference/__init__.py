"""Likelihood kernels, block elimination, Laplace and exact Gaussian likelihoods, draws, problems."""
