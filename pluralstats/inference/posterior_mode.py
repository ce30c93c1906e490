"""``method="laplace"`` with priors: the mode of the posterior and a normal approximation around it."""

import numpy as np

from pluralstats.inference.covariance_roots import entries_jacobian, entries_of, pairs_of, root_at
from pluralstats.inference.empirical import find_empirical
from pluralstats.inference.laplace import LaplaceResult
from pluralstats.inference.posterior import LaplacePosterior
from pluralstats.inference.prior_density import prior_numbers
from pluralstats.inference.standardise import standardise
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors


def fit_with_priors(design: Design, priors: Priors) -> LaplaceResult:
    """The mode of the posterior with its curvature; standard deviations are normal on the log scale."""
    made = standardise(design)
    at = find_empirical(made.design, prior_numbers(resolve_priors(priors, design), design))
    k, p = (0 if design.family == "gaussian" else design.categories.size - 1), design.fixed.X.shape[1]
    pairs, terms = pairs_of(design), len(design.groupings)
    scales = slice(k + p, k + p + terms + pairs.row.size)
    to_entries = np.eye(at.x.size)
    to_entries[scales, scales] = entries_jacobian(at.x[scales], pairs)
    mode = at.x.copy()
    mode[scales] = entries_of(root_at(at.x[scales], pairs), pairs)
    covariance, moves = to_entries @ at.covariance @ to_entries.T, at.moves @ np.linalg.inv(to_entries)
    flat, laws = np.zeros(at.x.size, bool), (None,) * terms
    units = made.units
    posterior = LaplacePosterior(mode, covariance, k, p, pairs, at.v, moves, at.factor, flat, units, laws, log_sds=True)
    return LaplaceResult(posterior, float("nan"), at.converged, at.steps, np.zeros(terms, bool))
