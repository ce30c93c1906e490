"""The gaussian family: an answer is a number, eta plus normal noise whose sd is a parameter.

Random effects of such answers are integrated out exactly (``inference.marginal.gaussian``).
"""

import math
from typing import Any

import numpy as np

from pluralstats.model.families.family import Family
from pluralstats.storage.compiled import kernel


@kernel
def _chunk(k, size, unweighted, y, own, eta, weight, p, score, to_own):
    """Log-likelihood without constants, weight (-log sigma - (y - eta)^2 / (2 sigma^2))."""
    sigma, squares, weights = own[0], 0.0, 0.0
    for i in range(size):
        r, w = y[i] - eta[i], weight[i]
        squares += w * r * r
        weights += w
        score[i] = w * r / (sigma * sigma)
    to_own[0] += squares / (sigma * sigma) - weights
    return -weights * math.log(sigma) - 0.5 * squares / (sigma * sigma)


def _log_density(value: Any, eta: Any, sigma: Any, weight: Any) -> Any:
    """Weighted log density of a numeric rating."""
    import pymc as pm  # takes seconds, and only graphs need it

    return weight * pm.logp(pm.Normal.dist(eta, sigma), value)


def _draw(eta: Any, sigma: Any, _: Any, size: Any) -> Any:
    import pymc as pm  # takes seconds, and only graphs need it

    return pm.Normal.dist(eta, sigma, size=size)


def _simulate(eta: np.ndarray, own: np.ndarray, weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return eta + own[0] * rng.standard_normal(eta.size) / np.sqrt(weight)


GAUSSIAN = Family(
    name="gaussian",
    link="identity",
    noise=math.nan,
    chunk=_chunk,
    log_density=_log_density,
    draw=_draw,
    simulate=_simulate,
)
