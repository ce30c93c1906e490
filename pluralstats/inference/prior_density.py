"""Log density of the priors on the sampler's coordinates, with its gradient."""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels import jit
from pluralstats.model.design import Design
from pluralstats.model.priors import ResolvedPriors


class PriorNumbers(NamedTuple):
    """Priors laid out like x = (tau_1, log gaps, b, log sd, [log residual sd]).

    ``location`` and ``scale`` (P,) of every entry, ``kind`` (P,): NORMAL, STUDENT, or HALF_STUDENT for the logarithm
    of a standard deviation; ``df`` of the student_t.
    """

    kind: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    df: float


NORMAL, STUDENT, HALF_STUDENT = 0, 1, 2


def prior_numbers(priors: ResolvedPriors, design: Design) -> PriorNumbers:
    """The priors of a design as arrays."""
    gaussian = design.family == "gaussian"
    k, p = (0 if gaussian else design.categories.size - 1), priors.coefficient.size
    location, kind = np.zeros(k + p), np.full(k + p, STUDENT)
    scale = np.concatenate([np.full(k, priors.log_gap[1]), priors.coefficient])
    kind[:k] = NORMAL
    if k:
        location[:k] = priors.log_gap[0]
        location[0], scale[0] = priors.threshold
    if priors.intercept >= 0:
        j = k + priors.intercept
        kind[j], (location[j], scale[j]) = NORMAL, priors.intercept_prior
    sds = np.append(priors.sd, priors.residual) if gaussian else priors.sd
    return PriorNumbers(
        np.concatenate([kind, np.full(sds.size, HALF_STUDENT)]).astype(np.int64),
        np.concatenate([location, np.zeros(sds.size)]),
        np.concatenate([scale, sds]),
        priors.df,
    )


@jit
def add_log_prior(numbers, x, gradient):
    """Log prior density of x up to a constant, the Jacobian of logarithms included; adds its gradient."""
    total, df = 0.0, numbers.df
    for j in range(x.size):
        scale = numbers.scale[j]
        if numbers.kind[j] == NORMAL:
            z = (x[j] - numbers.location[j]) / scale
            total -= 0.5 * z * z
            gradient[j] -= z / scale
        elif numbers.kind[j] == STUDENT:
            z = (x[j] - numbers.location[j]) / scale
            total -= 0.5 * (df + 1.0) * math.log1p(z * z / df)
            gradient[j] -= (df + 1.0) * z / (df + z * z) / scale
        else:
            z = math.exp(x[j]) / scale
            total += x[j] - 0.5 * (df + 1.0) * math.log1p(z * z / df)
            gradient[j] += 1.0 - (df + 1.0) * z * z / (df + z * z)
    return total
