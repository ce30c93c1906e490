"""``method="laplace"`` with priors: the mode of the posterior and a normal approximation around it."""

from dataclasses import replace

import numpy as np

from pluralstats.inference.elimination.roots import entries_jacobian, entries_of, pairs_of, root_at
from pluralstats.inference.laplace.empirical import Empirical, find_empirical
from pluralstats.inference.laplace.maximum import LaplaceResult
from pluralstats.inference.marginal.priors import prior_numbers
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.posterior.samples import same_units
from pluralstats.inference.standard.designs import standardise
from pluralstats.inference.weights.posterior import with_sandwich
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors


def fit_with_priors(design: Design, priors: Priors, raters: np.ndarray | None = None) -> LaplaceResult:
    """The mode of the posterior with its curvature; ``raters`` as in ``fit_design``."""
    made = standardise(design)
    at = find_empirical(made.design, prior_numbers(resolve_priors(priors, design), design))
    posterior = normal_posterior(at, made.design)
    if raters is not None:
        posterior = with_sandwich(posterior, made.design, raters)
    boundary = np.zeros(len(design.groupings), bool)
    return LaplaceResult(replace(posterior, units=made.units), float("nan"), at.converged, at.steps, boundary)


def normal_posterior(at: Empirical, design: Design) -> LaplacePosterior:
    """The normal approximation around a mode, in standard units; standard deviations are normal on the log scale."""
    k, p = design.n_thresholds, design.fixed.X.shape[1]
    pairs, jacobian, scales = pairs_of(design), to_entries(at.x, design), _scales(design)
    mode = at.x.copy()
    mode[scales] = entries_of(root_at(at.x[scales], pairs), pairs)
    covariance, moves = jacobian @ at.covariance @ jacobian.T, at.moves @ np.linalg.inv(jacobian)
    flat, laws = np.zeros(at.x.size, bool), (None,) * len(design.groupings)
    units = same_units(p, len(design.groupings))
    return LaplacePosterior(mode, covariance, k, p, pairs, at.v, moves, at.factor, flat, units, laws, log_sds=True)


def to_entries(x: np.ndarray, design: Design) -> np.ndarray:
    """(P, P) derivatives of parameters with entries of Lambda in those with log sds and w."""
    jacobian, scales = np.eye(x.size), _scales(design)
    jacobian[scales, scales] = entries_jacobian(x[scales], pairs_of(design))
    return jacobian


def _scales(design: Design) -> slice:
    """Where log sds and w lie in x."""
    first = design.fixed.X.shape[1] + design.n_thresholds
    return slice(first, first + len(design.groupings) + len(design.correlations))
