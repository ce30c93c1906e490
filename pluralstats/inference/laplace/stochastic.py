"""How far estimates are off because a determinant was estimated with a few probes (METHODS section 9)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.large.choice import other_probes
from pluralstats.inference.large.pattern import SparsePattern

GROUPS = 4  # of probes, whose gradients are compared


class Stochastic(NamedTuple):
    """Standard errors over probes.

    ``probes``; ``loglik`` of the log-likelihood; ``estimates`` the largest of a parameter, in its own standard errors.
    """

    probes: int
    loglik: float
    estimates: float

    def as_dict(self) -> dict[str, float | int | str]:
        """Plain values, for the provenance of a fit."""
        return {
            "kind": "iterative",
            "probes": self.probes,
            "loglik_error": self.loglik,
            "estimate_error": self.estimates,
        }


def stochastic_errors(
    factor: Curvature, gradient: Callable[[Pattern], np.ndarray], covariance: np.ndarray
) -> Stochastic | None:
    """Errors of the maximum of an estimated likelihood; None where nothing was estimated.

    Parameters
    ----------
    factor : at the maximum
    gradient : pattern -> the gradient (P,) of the log-likelihood at the maximum with the probes of the pattern
    covariance : (P, P) of the estimates
    """
    pattern = factor.pattern
    if not isinstance(pattern, SparsePattern):
        return None
    groups = np.array_split(pattern.probes, min(GROUPS, pattern.probes.shape[1]), axis=1)
    slopes = np.stack([gradient(other_probes(pattern, own)) for own in groups])
    shifts, se = slopes @ covariance, np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    error = shifts.std(axis=0, ddof=1) / np.sqrt(len(groups))
    relative = np.divide(error, se, out=np.zeros_like(error), where=se > 0.0)
    return Stochastic(pattern.probes.shape[1], 0.5 * factor.determinant_error, float(relative.max(initial=0.0)))
