"""Log density of the priors of draws, which are in the units of the data."""

import numpy as np

from pluralstats.inference.elimination.roots import pairs_of
from pluralstats.inference.posterior.samples import Samples, in_standard_units
from pluralstats.inference.standard.designs import Standardised
from pluralstats.model.design import Design
from pluralstats.model.priors import ResolvedPriors


def log_prior_density(samples: Samples, made: Standardised, priors: ResolvedPriors) -> np.ndarray:
    """(S,) log prior density of draws up to a constant, of the quantities that have the priors.

    These are the first threshold and the logarithms of the gaps, coefficients, and sds themselves, so there is no
    Jacobian; all are taken to the standardised columns that the priors are about.
    """
    at = in_standard_units(made.units, samples, pairs_of(made.design))
    total = np.zeros(len(at.coefficient))
    groups = made.design.thresholds
    if at.threshold.shape[1]:
        x, gaps = groups.free_numbers(at.threshold), groups.is_gap
        places = ~gaps
        if made.design.family.bounded is not None:  # the last number is the log of a precision
            places[-1] = False
            total += _student(np.exp(x[:, -1]), priors.precision, priors.df)
        total += _normal(x[:, places], *priors.threshold).sum(axis=1)
        total += _normal(x[:, gaps], *priors.log_gap).sum(axis=1)
    if priors.intercept >= 0:
        total += _normal(at.coefficient[:, priors.intercept], *priors.intercept_prior)
    total += priors.joint.log_density(samples.coefficient, priors.df)
    for steps, scale in zip(priors.steps.blocks, priors.step_scale, strict=True):
        total += _student(at.coefficient[:, steps].sum(axis=1), scale, priors.df)  # all shares are equally likely
    total += _student(at.sd, priors.sd, priors.df).sum(axis=1)
    total += _lkj(at, made.design, priors.correlation)
    if samples.residual_sd is not None:
        total += _student(samples.residual_sd, priors.residual, priors.df)
    return total


def _lkj(samples: Samples, design: Design, correlation: float) -> np.ndarray:
    """(S,) log density of the correlation matrices of all terms: (eta - 1) log det."""
    matrix = np.tile(np.eye(len(design.groupings)), (len(samples.sd), 1, 1))
    for k, (a, b) in enumerate(design.correlations):
        matrix[:, a, b] = matrix[:, b, a] = samples.correlation[:, k]
    return (correlation - 1.0) * np.linalg.slogdet(matrix)[1]


def _normal(x: np.ndarray, location: float, scale: float) -> np.ndarray:
    return -0.5 * ((x - location) / scale) ** 2


def _student(x: np.ndarray, scale: np.ndarray | float, df: float) -> np.ndarray:
    return -0.5 * (df + 1.0) * np.log1p((x / scale) ** 2 / df)
