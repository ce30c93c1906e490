"""Intervals of arms' effects by Student's t: with few seeds or judges a normal interval is too narrow.

The variance V of an effect is estimated, from as few as two degrees of freedom where there are three seeds. By
Satterthwaite (1946) an effect over its standard error follows nearly a t distribution with 2 V^2 / Var(V) degrees of
freedom; Var(V) = g'Ag with g the gradient of V in the variances and A their covariance, the inverse of minus the
Hessian of the restricted log-likelihood (Giesbrecht & Burns 1985; what lmerTest does). Variances estimated at zero
stay there. In a balanced design it is Satterthwaite's formula for sums of mean squares.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from ..resampling import stream
from .likelihood import TERMS, ArmDesign, restricted_likelihood

STEP = 0.02  # in log variances, of second differences
ZERO = 1e-6  # of the residual variance: less cannot be told from 0, and its log has no curvature
SMALLEST = 1e-8  # residual variance as a share of the scores' variance, where the model explains everything
FEWEST = 1.0  # degrees of freedom: no mean square has fewer, and all together have n - p


class ArmEffects(NamedTuple):
    """Effects (A,) of arms, their covariance (A, A) and degrees of freedom (A,)."""

    estimate: np.ndarray
    covariance: np.ndarray
    freedom: np.ndarray

    @property
    def se(self) -> np.ndarray:
        """(A,) standard errors."""
        return np.sqrt(np.diagonal(self.covariance))

    def half_width(self, prob: float) -> np.ndarray:
        """(A,) of the intervals."""
        return stdtrit(self.freedom, 0.5 + prob / 2.0) * self.se

    def p_direction(self) -> np.ndarray:
        """(A,) probability of the more probable sign."""
        return stdtr(self.freedom, np.abs(self.estimate) / self.se)

    def draws(self, n: int, seed: int) -> np.ndarray:
        """(n, A) joint draws: each arm's t distribution, joined as the normal distribution joins them."""
        correlation = self.covariance / np.outer(self.se, self.se)
        normal = stream(seed, "effects of arms").standard_normal((n, self.se.size)) @ np.linalg.cholesky(correlation).T
        return self.estimate + self.se * stdtrit(self.freedom, ndtr(normal))


def arm_effects(design: ArmDesign, sds: Mapping[str, float], n_arms: int) -> ArmEffects:
    """Effects of ``n_arms`` arms on the base at the restricted maximum likelihood.

    Parameters
    ----------
    sds : mapping from term of ``TERMS`` to its estimated standard deviation
        "residual" and the random terms of the model.
    """
    p = design.p
    variances = np.array([sds.get(name, 0.0) ** 2 for name in TERMS])
    n = design.n_responses @ design.sizes
    variances[0] = max(variances[0], SMALLEST * design.gram[p, p] / n)
    free = np.flatnonzero(variances > ZERO * variances[0])
    variances[variances <= ZERO * variances[0]] = 0.0
    steps = _steps(free.size)
    points = np.repeat(variances[None], len(steps), axis=0)
    points[:, free] *= np.exp(STEP * steps)
    at = restricted_likelihood(design, points)
    arms = slice(1, 1 + n_arms)
    covariance = at.covariance[:, arms, arms]
    own = np.diagonal(covariance, axis1=1, axis2=2)  # (M, A)
    ahead, behind = own[1 : 1 + free.size], own[1 + free.size : 1 + 2 * free.size]
    gradient = (ahead - behind) / (2.0 * STEP)
    known = np.linalg.pinv(-_hessian(at.loglik, free.size), hermitian=True, rcond=1e-10)
    spread = np.einsum("ta,ts,sa->a", gradient, known, gradient)
    freedom = np.clip(2.0 * own[0] ** 2 / np.maximum(spread, 1e-300), FEWEST, max(n - p, FEWEST))
    return ArmEffects(at.coefficient[0, arms], covariance[0], freedom)


def _steps(n: int) -> np.ndarray:
    """Nothing, each of ``n`` parameters ahead, each behind, each two ahead, each two behind."""
    one = np.eye(n)
    two = np.array([one[i] + one[j] for i, j in combinations(range(n), 2)]).reshape(-1, n)
    return np.concatenate([np.zeros((1, n)), one, -one, two, -two])


def _hessian(values: np.ndarray, n: int) -> np.ndarray:
    """(n, n) second differences of values at ``_steps``."""
    ahead, behind, pairs = values[1 : 1 + n], values[1 + n : 1 + 2 * n], list(combinations(range(n), 2))
    one = ahead + behind - 2.0 * values[0]
    both = values[1 + 2 * n :].reshape(2, -1).sum(axis=0) - 2.0 * values[0]
    out = np.diag(one)
    for (i, j), value in zip(pairs, both, strict=True):
        out[i, j] = out[j, i] = 0.5 * (value - one[i] - one[j])
    return out / STEP**2
