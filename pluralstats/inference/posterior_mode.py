"""``method="laplace"`` with priors: the mode of the posterior and a normal approximation around it."""

import numpy as np

from pluralstats.inference.empirical import find_empirical
from pluralstats.inference.laplace import LaplaceResult
from pluralstats.inference.posterior import LaplacePosterior
from pluralstats.inference.prior_density import prior_numbers
from pluralstats.inference.standardise import back_transformed, standardise
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors


def fit_with_priors(design: Design, priors: Priors) -> LaplaceResult:
    """The mode of the posterior with its curvature; standard deviations are normal on the log scale."""
    made = standardise(design)
    at = find_empirical(made.design, prior_numbers(resolve_priors(priors, design), design))
    k = 0 if design.family == "gaussian" else design.categories.size - 1
    sizes = (k, design.fixed.X.shape[1], len(design.groupings))
    sds = slice(k + sizes[1], k + sizes[1] + sizes[2])
    scale = np.ones(at.x.size)
    scale[sds] = np.exp(at.x[sds])
    mode = at.x.copy()
    mode[sds] = scale[sds]
    flat, laws = np.zeros(at.x.size, bool), (None,) * sizes[2]
    covariance = at.covariance * np.outer(scale, scale)
    posterior = LaplacePosterior(mode, covariance, *sizes, at.v, at.moves / scale, at.factor, flat, laws, log_sds=True)
    result = LaplaceResult(posterior, float("nan"), at.converged, at.steps, np.zeros(sizes[2], bool))
    return result._replace(posterior=back_transformed(posterior, made))
