"""Logistic noise: the logit link.

log P = log F(u) + log F(-l) + log(1 - exp(l - u)), the last a constant of the category
"""

import math
from typing import Any

import numpy as np
from scipy.special import logit

from pluralstats.model.families.cumulative import Latent
from pluralstats.model.families.single_math import LEAST_SINGLE, ONE, SINGLE, ZERO, exponential_single
from pluralstats.model.families.vector_math import LEAST, SMALLEST_EXPONENT, exponential
from pluralstats.storage.compiled import kernel

WIDEST = 700.0
FARTHEST_SINGLE = SINGLE(80.0)


@kernel
def _logistic(x):
    """F(x) and 1 - F(x), each to full relative accuracy, from one exponential."""
    e = math.exp(-abs(x))
    big = 1.0 / (1.0 + e)
    return (big, e * big) if x > 0.0 else (e * big, big)


@kernel
def interval(low, high):
    """log P and the scaled densities: P = F(u) (1 - F(l)) (1 - exp(l - u)), a product without cancellation."""
    fu, gu = _logistic(high)
    fl, gl = _logistic(low)
    p = max(fu * gl * -math.expm1(low - high), LEAST)
    ru, rl = fu * gu / p, fl * gl / p
    du, dl = gu - fu, gl - fl
    return (
        math.log(p),
        ru,
        du * ru,
        (du * du - 2.0 * fu * gu) * ru,
        rl,
        dl * rl,
        (dl * dl - 2.0 * fl * gl) * rl,
    )


@kernel
def _inner(size, low, high, eta, weight, p, score):
    """Both thresholds finite: fills P and the score, returns log 1 and the sums of derivatives at both."""
    constant = -math.expm1(low - high)
    extra = math.exp(low - high) / constant
    at_high, at_low = 0.0, 0.0
    for i in range(size):
        eu = exponential(min(max(eta[i] - high, -WIDEST), WIDEST))
        el = exponential(min(max(low - eta[i], -WIDEST), WIDEST))
        fu, gl = 1.0 / (1.0 + eu), 1.0 / (1.0 + el)
        ru, rl = weight[i] * (eu * fu + extra), weight[i] * (el * gl + extra)
        p[i] = max(fu * gl * constant, LEAST)
        score[i] = rl - ru
        at_high += ru
        at_low -= rl
    return 0.0, at_high, at_low


@kernel
def _outer(size, sign, threshold, eta, weight, p, score):
    """One threshold: P = F(sign (threshold - eta)); returns log 1 and the sum of derivatives in the threshold."""
    total = 0.0
    for i in range(size):
        e = exponential(min(max(-sign * (threshold - eta[i]), -WIDEST), WIDEST))
        f = 1.0 / (1.0 + e)
        r = sign * weight[i] * e * f
        p[i] = max(f, LEAST)
        score[i] = -r
        total += r
    return 0.0, total


@kernel
def _single_inner(size, low, high, eta, weight, p, score):
    """``_inner`` in single precision: the sums, and how many rows are too far from a threshold for it."""
    constant, extra = SINGLE(-math.expm1(low - high)), SINGLE(1.0 / math.expm1(high - low))
    at_high, at_low, far = ZERO, ZERO, ZERO
    upper, lower = SINGLE(high), SINGLE(low)
    for i in range(size):
        u, v = eta[i] - upper, lower - eta[i]
        eu = exponential_single(min(max(u, -FARTHEST_SINGLE), FARTHEST_SINGLE))
        el = exponential_single(min(max(v, -FARTHEST_SINGLE), FARTHEST_SINGLE))
        fu, gl = ONE / (ONE + eu), ONE / (ONE + el)
        ru, rl = weight[i] * (eu * fu + extra), weight[i] * (el * gl + extra)
        p[i] = max(fu * gl * constant, LEAST_SINGLE)
        score[i] = weight[i] * (el * gl - eu * fu)
        at_high += ru
        at_low -= rl
        far += ONE if (abs(u) > FARTHEST_SINGLE) | (abs(v) > FARTHEST_SINGLE) else ZERO
    return at_high, at_low, far


@kernel
def _single_outer(size, sign, threshold, eta, weight, p, score):
    """``_outer`` in single precision: the sum, and how many rows are too far from the threshold for it."""
    total, far = ZERO, ZERO
    side, end = SINGLE(sign), SINGLE(threshold)
    for i in range(size):
        x = side * (eta[i] - end)
        e = exponential_single(min(max(x, -FARTHEST_SINGLE), FARTHEST_SINGLE))
        f = ONE / (ONE + e)
        r = side * weight[i] * e * f
        p[i] = max(f, LEAST_SINGLE)
        score[i] = -r
        total += r
        far += ONE if abs(x) > FARTHEST_SINGLE else ZERO
    return total, far


@kernel
def _between(size, low, high, weight, p, at_high, at_low):
    """Rows with ends of their own, see ``Latent.between``; F(u) - F(l) = F(u) F(-l) (1 - exp(l - u))."""
    for i in range(size):
        eu = exponential(min(max(-high[i], -WIDEST), WIDEST))
        el = exponential(min(max(low[i], -WIDEST), WIDEST))
        fu, gl = 1.0 / (1.0 + eu), 1.0 / (1.0 + el)
        gap = -math.expm1(low[i] - high[i])
        value = max(fu * gl * gap, LEAST)
        scale = weight[i] / value
        p[i] = value
        at_high[i], at_low[i] = scale * fu * (eu * fu), scale * gl * (el * gl)


@kernel
def _probabilities(k, tau, eta, shift, p):
    """F(u) (1 - F(l)) (1 - exp(l - u))."""
    low, high = tau[k], tau[k + 1]
    for s in range(eta.size):
        e = eta[s] + shift[s]
        el = exponential(min(max(low[s] - e, SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
        eu = exponential(min(max(e - high[s], SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
        gap = exponential(max(low[s] - high[s], SMALLEST_EXPONENT))
        p[s] = max((1.0 - gap) / ((1.0 + el) * (1.0 + eu)), LEAST)


@kernel
def _slopes(weight, k, tau, eta, shift, score, curvature):
    low, high = tau[k], tau[k + 1]
    for s in range(eta.size):
        e = eta[s] + shift[s]
        el = exponential(min(max(low[s] - e, SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
        eu = exponential(min(max(e - high[s], SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
        gl, fu = 1.0 / (1.0 + el), 1.0 / (1.0 + eu)
        score[s] += weight * (el * gl - eu * fu)
        curvature[s] += weight * (el * gl * gl + eu * fu * fu)


def _log_mass(low: Any, high: Any) -> Any:
    """log(F(high) - F(low)) = log F(high) + log F(-low) + log(1 - exp(low - high)), F(x) = 1 / (1 + exp(-x))."""
    import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

    return pt.log1mexp(low - high) - pt.softplus(-high) - pt.softplus(low)


def _graph_noise(size: Any) -> Any:
    import pymc as pm  # takes seconds, and only graphs need it

    return pm.Logistic.dist(size=size)


def _noise(size: int, rng: np.random.Generator) -> np.ndarray:
    return rng.logistic(size=size)


LOGIT = Latent(
    link="logit",
    sd=math.pi / math.sqrt(3.0),
    quantile=logit,
    noise=_noise,
    interval=interval,
    inner=_inner,
    outer=_outer,
    probabilities=_probabilities,
    slopes=_slopes,
    log_mass=_log_mass,
    graph_noise=_graph_noise,
    between=_between,
    single=(_single_inner, _single_outer),
)
