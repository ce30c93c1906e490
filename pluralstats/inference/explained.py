"""Gaussian ratings that a formula explains wholly: the residual is 0 and the likelihood has no maximum.

With V = s^2 (I + Z L L'Z') and ratings y = X b + Z u without remainder, the likelihood grows without bound as s goes to
0 with the covariance of u kept, unless random effects could explain any ratings at all (one for every rating), where
only the sum of the variances has a meaning.
"""

from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from pluralstats.inference.laplace.empirical import WORTH_THREADS, dense_size
from pluralstats.inference.marginal.gaussian import gaussian_model
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.design import Design

EXPLAINED = 1e-4  # of the ratings' sd: a smaller residual is lost in rounding (hmc ends at 1e-5, laplace at 1e-3)
FREE = 1e4  # residual sds of random effects that are as good as fixed ones
SEED = 1


def explained_wholly(design: Design) -> bool:
    """Whether a gaussian model leaves no residual of these ratings, and would leave one of others."""
    if design.family != "gaussian" or design.n < 2:
        return False
    at = standardise(design).design
    with threadpool_limits(limits=1 if dense_size(at) < WORTH_THREADS else None, user_api="blas"):
        if _remainder(at) > EXPLAINED:
            return False
        others = np.random.default_rng(SEED).normal(size=design.n)
        return _remainder(replace(at, y=others)) > EXPLAINED


def _remainder(design: Design) -> float:
    """The residual sd over the sd of the ratings, with random effects hardly held back."""
    y, weight = design.y, design.weight
    spread = np.average((y - np.average(y, weights=weight)) ** 2, weights=weight)
    sizes = [np.sqrt(np.mean(grouping.multiplier**2)) for grouping in design.groupings]
    model = gaussian_model(design, reml=False)
    theta = np.concatenate([FREE / np.maximum(sizes, 1e-12), np.zeros(model.pairs.row.size)])
    return float(np.sqrt(np.average(model.solve(theta).residual ** 2, weights=weight) / spread))
