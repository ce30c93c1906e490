"""Gumbel noise: the complementary log-log link, F(x) = 1 - exp(-exp(x)), and its mirror image, 1 - F(-x).

With a = exp(l), b = exp(u) and t = b - a = b (1 - exp(l - u)), the interval between l and u has

    log P = -a + log(1 - exp(-t)),   d log P / du = b / (exp(t) - 1),   d log P / dl = -(a + a / (exp(t) - 1)),

and moving both ends together changes log P by h - a, h = t / (exp(t) - 1), and that by -(a + h (h + t - 1)). Nothing
cancels. Six latent units above its mode the noise has a probability of 1e-175, so exp(-a) is kept apart as a logarithm.

A cumulative model has this noise, as in ``ordinal::clm(link = "cloglog")``: P(y <= k) = F(tau_k - eta). The bernoulli
family has the mirror image, so that P(y = 1) = F(eta - tau), as in ``glm(family = binomial("cloglog"))``.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pluralstats.model.families.cumulative import Latent
from pluralstats.model.families.vector_math import LEAST, SMALLEST_EXPONENT, exponential, exponential_less_one
from pluralstats.storage.compiled import kernel, kernel_for

FARTHEST = 30.0  # latent units above the mode: log P is -1e13 there, and its derivatives are not taken further


@kernel
def _hazard(x):
    """exp(x), where it can be squared and cubed."""
    return exponential(min(max(x, SMALLEST_EXPONENT), FARTHEST))


@kernel
def _share(low, high):
    """1 - exp(l - u), the share of b that the interval has."""
    return max(-exponential_less_one(max(low - high, SMALLEST_EXPONENT)), LEAST)


@kernel
def _odds(t):
    """exp(t) - 1, not 0."""
    return max(exponential_less_one(min(t, -SMALLEST_EXPONENT)), LEAST)


@kernel
def interval(low, high):
    """log P, then (f, f', f'') / P at the high end and at the low end."""
    a, b = _hazard(low), _hazard(high)
    if math.isinf(high):
        return -a, 0.0, 0.0, 0.0, a, (1.0 - a) * a, ((1.0 - a) ** 2 - a) * a
    odds = _odds(b * _share(low, high))
    ru = b / odds
    rl = 0.0 if math.isinf(low) else a + a / odds
    logp = math.log(max(odds / (1.0 + odds), LEAST)) - (0.0 if math.isinf(low) else a)
    return logp, ru, (1.0 - b) * ru, ((1.0 - b) ** 2 - b) * ru, rl, (1.0 - a) * rl, ((1.0 - a) ** 2 - a) * rl


@kernel
def _mirrored_interval(low, high):
    """The same of 1 - F(-x), whose second derivative has the other sign."""
    logp, rl, rl1, rl2, ru, ru1, ru2 = interval(-high, -low)
    return logp, ru, -ru1, ru2, rl, -rl1, rl2


def _inner_of(sign: float) -> Callable[..., Any]:
    """Rows between two thresholds; with sign -1 of the mirror image, where ends change places."""

    def inner(size, low, high, eta, weight, p, score):
        share = _share(low, high)
        near, far = (low, high) if sign > 0.0 else (high, low)
        factor, at_far, at_near = 0.0, 0.0, 0.0
        for i in range(size):
            a, b = _hazard(sign * (near - eta[i])), _hazard(sign * (far - eta[i]))
            odds = _odds(b * share)
            ru, rl = weight[i] * b / odds, weight[i] * (a + a / odds)
            p[i] = max(odds / (1.0 + odds), LEAST)
            score[i] = sign * (rl - ru)
            factor -= weight[i] * a
            at_far += ru
            at_near += rl
        return (factor, at_far, -at_near) if sign > 0.0 else (factor, at_near, -at_far)

    return inner


def _outer_of(mirror: float) -> Callable[..., Any]:
    """Rows beyond one threshold: 1 - exp(-b) on the short side of the noise, exp(-a) on the long one."""

    def outer(size, sign, threshold, eta, weight, p, score):
        factor, total = 0.0, 0.0
        if sign * mirror > 0.0:
            for i in range(size):
                b = _hazard(mirror * (threshold - eta[i]))
                odds = _odds(b)
                r = mirror * weight[i] * b / odds
                p[i] = max(odds / (1.0 + odds), LEAST)
                score[i] = -r
                total += r
            return 0.0, total
        for i in range(size):
            a = weight[i] * _hazard(mirror * (threshold - eta[i]))
            p[i] = 1.0
            score[i] = mirror * a
            factor -= a
        return factor, mirror * factor

    return outer


def _probabilities_of(sign: float) -> Callable[..., Any]:
    def probabilities(k, tau, eta, shift, p):
        low, high = tau[k], tau[k + 1]
        near, far = (low, high) if sign > 0.0 else (high, low)
        for s in range(eta.size):
            e = eta[s] + shift[s]
            a, b = _hazard(sign * (near[s] - e)), _hazard(sign * (far[s] - e))
            odds = _odds(b * _share(low[s], high[s]))
            p[s] = max(exponential(max(-a, SMALLEST_EXPONENT)) * (odds / (1.0 + odds)), LEAST)

    return probabilities


def _slopes_of(sign: float) -> Callable[..., Any]:
    def slopes(weight, k, tau, eta, shift, score, curvature):
        low, high = tau[k], tau[k + 1]
        near, far = (low, high) if sign > 0.0 else (high, low)
        for s in range(eta.size):
            e = eta[s] + shift[s]
            a, b = _hazard(sign * (near[s] - e)), _hazard(sign * (far[s] - e))
            t = b * _share(low[s], high[s])
            h = t / _odds(t)
            score[s] += sign * weight * (a - h)
            curvature[s] += weight * (a + h * max(h + t - 1.0, 0.0))

    return slopes


def _log_mass(low: Any, high: Any) -> Any:
    """log(F(high) - F(low)) in a PyMC graph; a bound keeps exponentials, and their derivatives, finite."""
    import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

    a, b = pt.exp(pt.minimum(low, FARTHEST)), pt.exp(pt.minimum(high, FARTHEST))
    return pt.log(-pt.expm1(b * pt.expm1(low - high))) - a


def _mirrored_log_mass(low: Any, high: Any) -> Any:
    return _log_mass(-high, -low)


def _graph_noise(size: Any) -> Any:
    return -_mirrored_graph_noise(size)


def _mirrored_graph_noise(size: Any) -> Any:
    import pymc as pm  # takes seconds, and only graphs need it

    return pm.Gumbel.dist(0.0, 1.0, size=size)


def _noise(size: int, rng: np.random.Generator) -> np.ndarray:
    return np.log(rng.standard_exponential(size))


def _mirrored_noise(size: int, rng: np.random.Generator) -> np.ndarray:
    return -_noise(size, rng)


def _quantile(p: np.ndarray) -> np.ndarray:
    return np.log(-np.log1p(-p))


def _mirrored_quantile(p: np.ndarray) -> np.ndarray:
    return -np.log(-np.log(p))


class _Kernels(NamedTuple):
    inner: Any
    outer: Any
    probabilities: Any
    slopes: Any


def _kernels(link: str, sign: float) -> _Kernels:
    makers = (_inner_of, _outer_of, _probabilities_of, _slopes_of)
    return _Kernels(*(kernel_for(link, maker(sign)) for maker in makers))


CLOGLOG = Latent(
    link="cloglog",
    sd=math.pi / math.sqrt(6.0),
    quantile=_quantile,
    noise=_noise,
    interval=interval,
    log_mass=_log_mass,
    graph_noise=_graph_noise,
    strip=0.5,
    **_kernels("cloglog", 1.0)._asdict(),
)
LOGLOG = Latent(
    link="loglog",
    sd=math.pi / math.sqrt(6.0),
    quantile=_mirrored_quantile,
    noise=_mirrored_noise,
    interval=_mirrored_interval,
    log_mass=_mirrored_log_mass,
    graph_noise=_mirrored_graph_noise,
    strip=0.5,
    **_kernels("loglog", -1.0)._asdict(),
)
