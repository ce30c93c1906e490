"""Standard normal noise: the probit link.

P = |Q(l) - Q(u)| if both ends lie on one side of 0, else 1 - Q(l) - Q(u);  d log P / du = phi(u) / P
"""

import math
from typing import Any

import numpy as np
from scipy.special import ndtri

from pluralstats.model.families.cumulative import Latent
from pluralstats.model.families.single_math import (
    FARTHEST_SINGLE,
    LEAST_SINGLE,
    ONE,
    SINGLE,
    ZERO,
    density_and_tail_single,
)
from pluralstats.model.families.vector_math import DENSITY_AT_ZERO, LEAST, density_and_tail
from pluralstats.storage.compiled import kernel

ROOT_HALF = math.sqrt(0.5)


@kernel
def _end(x, p):
    """Density at one end over the interval's probability, and its first two derivatives."""
    if math.isinf(x):
        return 0.0, 0.0, 0.0
    r = DENSITY_AT_ZERO * math.exp(-0.5 * x * x) / p
    return r, -x * r, (x * x - 1.0) * r


@kernel
def interval(low, high):
    """log P, then (f, f', f'') / P at the high end and at the low end; tails never cancel."""
    if low > 0.0:
        p = 0.5 * (math.erfc(low * ROOT_HALF) - math.erfc(high * ROOT_HALF))
    elif high < 0.0:
        p = 0.5 * (math.erfc(-high * ROOT_HALF) - math.erfc(-low * ROOT_HALF))
    else:
        p = 1.0 - 0.5 * (math.erfc(-low * ROOT_HALF) + math.erfc(high * ROOT_HALF))
    p = max(p, LEAST)
    ru, ru1, ru2 = _end(high, p)
    rl, rl1, rl2 = _end(low, p)
    return math.log(p), ru, ru1, ru2, rl, rl1, rl2


@kernel
def _inner(size, low, high, eta, weight, p, score):
    """Both thresholds finite: fills P and the score, returns log 1 and the sums of derivatives at both."""
    at_high, at_low = 0.0, 0.0
    for i in range(size):
        u, v = high - eta[i], low - eta[i]
        du, qu = density_and_tail(u)
        dl, ql = density_and_tail(v)
        value = abs(ql - qu) if (v > 0.0) | (u < 0.0) else 1.0 - ql - qu
        value = max(value, LEAST)
        scale = weight[i] / value
        ru, rl = du * scale, dl * scale
        p[i] = value
        score[i] = rl - ru
        at_high += ru
        at_low -= rl
    return 0.0, at_high, at_low


@kernel
def _outer(size, sign, threshold, eta, weight, p, score):
    """One threshold: P = Phi(sign (threshold - eta)); returns log 1 and the sum of derivatives in the threshold."""
    total = 0.0
    for i in range(size):
        x = sign * (threshold - eta[i])
        density, tail = density_and_tail(x)
        value = max(tail if x < 0.0 else 1.0 - tail, LEAST)
        r = sign * density * weight[i] / value
        p[i] = value
        score[i] = -r
        total += r
    return 0.0, total


@kernel
def _single_inner(size, low, high, eta, weight, p, score):
    """``_inner`` in single precision: the sums, and how many rows are too far from a threshold for it."""
    at_high, at_low, far = ZERO, ZERO, ZERO
    upper, lower, most = SINGLE(high), SINGLE(low), SINGLE(FARTHEST_SINGLE)
    for i in range(size):
        u, v = upper - eta[i], lower - eta[i]
        du, qu = density_and_tail_single(u)
        dl, ql = density_and_tail_single(v)
        value = abs(ql - qu) if (v > ZERO) | (u < ZERO) else ONE - ql - qu
        value = max(value, LEAST_SINGLE)
        scale = weight[i] / value
        ru, rl = du * scale, dl * scale
        p[i] = value
        score[i] = rl - ru
        at_high += ru
        at_low -= rl
        far += ONE if (abs(u) > most) | (abs(v) > most) else ZERO
    return at_high, at_low, far


@kernel
def _single_outer(size, sign, threshold, eta, weight, p, score):
    """``_outer`` in single precision: the sum, and how many rows are too far from the threshold for it."""
    total, far, most = ZERO, ZERO, SINGLE(FARTHEST_SINGLE)
    side, end = SINGLE(sign), SINGLE(threshold)
    for i in range(size):
        x = side * (end - eta[i])
        density, tail = density_and_tail_single(x)
        value = max(tail if x < ZERO else ONE - tail, LEAST_SINGLE)
        r = side * density * weight[i] / value
        p[i] = value
        score[i] = -r
        total += r
        far += ONE if abs(x) > most else ZERO
    return total, far


@kernel
def _between(size, low, high, weight, p, at_high, at_low):
    """Rows with ends of their own, see ``Latent.between``."""
    for i in range(size):
        u, v = high[i], low[i]
        du, qu = density_and_tail(u)
        dl, ql = density_and_tail(v)
        value = max(abs(ql - qu) if (v > 0.0) | (u < 0.0) else 1.0 - ql - qu, LEAST)
        scale = weight[i] / value
        p[i] = value
        at_high[i], at_low[i] = du * scale, dl * scale


@kernel
def _probabilities(k, tau, eta, shift, p):
    low, high = tau[k], tau[k + 1]
    for s in range(eta.size):
        v, u = low[s] - eta[s] - shift[s], high[s] - eta[s] - shift[s]
        _, ql = density_and_tail(v)
        _, qu = density_and_tail(u)
        p[s] = max(abs(ql - qu) if (v > 0.0) | (u < 0.0) else 1.0 - ql - qu, LEAST)


@kernel
def _slopes(weight, k, tau, eta, shift, score, curvature):
    low, high = tau[k], tau[k + 1]
    for s in range(eta.size):
        v, u = low[s] - eta[s] - shift[s], high[s] - eta[s] - shift[s]
        dl, ql = density_and_tail(v)
        du, qu = density_and_tail(u)
        p = max(abs(ql - qu) if (v > 0.0) | (u < 0.0) else 1.0 - ql - qu, LEAST)
        r = (dl - du) / p
        score[s] += weight * r
        curvature[s] += weight * max(r * r + (u * du - v * dl) / p, 0.0)


def _log_mass(low: Any, high: Any) -> Any:
    """log(Phi(high) - Phi(low)) without cancellation, in a PyMC graph.

    Around zero erf(high) and -erf(low) add up. In a tail, seen as the left one, with erfcx(x) = exp(x^2) erfc(x):
    2 (Phi(b) - Phi(a)) = exp(-b^2 / 2) (erfcx(-b / sqrt 2) - exp((b^2 - a^2) / 2) erfcx(-a / sqrt 2)). Each form gets
    harmless ends where the other one is used, because an infinite value would spoil the gradient there.
    """
    import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

    right, root = pt.gt(low, 0.0), math.sqrt(2.0)
    a, b = pt.switch(right, -high, low) / root, pt.switch(right, -low, high) / root
    around = pt.gt(b, 0.0)
    at_zero = pt.log(pt.erf(pt.switch(around, b, 1.0)) - pt.erf(pt.switch(around, a, -1.0)))
    a, b = pt.switch(around, -2.0, a), pt.switch(around, -1.0, b)
    in_tail = pt.log(pt.erfcx(-b) - pt.exp((b - a) * (b + a)) * pt.erfcx(-a)) - b * b
    return pt.switch(around, at_zero, in_tail) - math.log(2.0)


def _graph_noise(size: Any) -> Any:
    import pymc as pm  # takes seconds, and only graphs need it

    return pm.Normal.dist(size=size)


def _noise(size: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(size)


PROBIT = Latent(
    link="probit",
    sd=1.0,
    quantile=ndtri,
    noise=_noise,
    interval=interval,
    inner=_inner,
    outer=_outer,
    probabilities=_probabilities,
    slopes=_slopes,
    log_mass=_log_mass,
    graph_noise=_graph_noise,
    first_sd=0.6,
    between=_between,
    single=(_single_inner, _single_outer),
)
