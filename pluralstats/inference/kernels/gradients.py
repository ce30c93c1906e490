"""Log-likelihood of all rows with its gradient in eta and in the thresholds, in one vectorised pass.

Rows are sorted by category, so that within a run of rows the two thresholds are constants and the outermost
categories need one end only. For a rating between thresholds l < u (measured from eta):

    probit  P = |Q(l) - Q(u)| if both lie on one side of 0, else 1 - Q(l) - Q(u);  d log P / du = phi(u) / P
    logit   log P = log F(u) + log F(-l) + log(1 - exp(l - u)), the last a constant of the category

The derivative in eta is minus the sum of the derivatives at both ends.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.rows import PROBIT
from pluralstats.model.families.vector_math import (
    density_and_tail,
    exponential,
    sum_of_logs,
)
from pluralstats.storage.compiled import kernel

CHUNK = 256  # rows at a time: every array of a chunk stays in the first-level cache
LEAST = 1e-300  # probabilities are not taken to be smaller: 37 latent sds from the nearest threshold
WIDEST = 700.0


class Places(NamedTuple):
    """Where rows get their linear predictor from: ``cell`` (n,), ``place`` (T, n) positions in the stacked effects,
    ``multiplier`` (T, n_cells) of the effects, and ``plain`` (T,) whether all of them are 1."""

    cell: np.ndarray
    place: np.ndarray
    multiplier: np.ndarray
    plain: np.ndarray


@kernel
def _predictor(first, size, fixed, effects, at, eta):
    """eta of a chunk: fixed part plus the effects of every grouping times their multipliers."""
    for i in range(size):
        eta[i] = fixed[at.cell[first + i]]
    for t in range(at.plain.size):
        if at.plain[t]:
            for i in range(size):
                eta[i] += effects[at.place[t, first + i]]
        else:
            for i in range(size):
                eta[i] += at.multiplier[t, at.cell[first + i]] * effects[at.place[t, first + i]]


@kernel
def _scatter(first, size, score, at, to_cells, to_effects):
    """Adds the scores of a chunk to their cells and to the levels of every grouping."""
    for i in range(size):
        to_cells[at.cell[first + i]] += score[i]
    for t in range(at.plain.size):
        if at.plain[t]:
            for i in range(size):
                to_effects[at.place[t, first + i]] += score[i]
        else:
            for i in range(size):
                to_effects[at.place[t, first + i]] += at.multiplier[t, at.cell[first + i]] * score[i]


@kernel
def _probit_inner(size, low, high, eta, weight, p, score):
    """Both thresholds finite: fills P and the score, returns the sums of the derivatives at high and at low."""
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
    return at_high, at_low


@kernel
def _probit_outer(size, sign, threshold, eta, weight, p, score):
    """One threshold: P = Phi(sign (threshold - eta)); returns the sum of the derivatives in the threshold."""
    total = 0.0
    for i in range(size):
        x = sign * (threshold - eta[i])
        density, tail = density_and_tail(x)
        value = max(tail if x < 0.0 else 1.0 - tail, LEAST)
        r = sign * density * weight[i] / value
        p[i] = value
        score[i] = -r
        total += r
    return total


@kernel
def _logit_inner(size, low, high, eta, weight, p, score):
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
    return at_high, at_low


@kernel
def _logit_outer(size, sign, threshold, eta, weight, p, score):
    total = 0.0
    for i in range(size):
        e = exponential(min(max(-sign * (threshold - eta[i]), -WIDEST), WIDEST))
        f = 1.0 / (1.0 + e)
        r = sign * weight[i] * e * f
        p[i] = max(f, LEAST)
        score[i] = -r
        total += r
    return total


@kernel
def _log_of(size, unweighted, weight, p):
    """Sum of weight log P of a chunk."""
    if unweighted:
        return sum_of_logs(p, size)
    total = 0.0
    for i in range(size):
        total += weight[i] * math.log(p[i])
    return total


@kernel
def cumulative_rows(link, unweighted, starts, weight, at, tau, fixed, effects, to_tau, to_cells, to_effects):
    """Log-likelihood of rows sorted by category; adds its gradient to ``to_tau``, ``to_cells`` and ``to_effects``.

    Parameters
    ----------
    link : PROBIT or LOGIT
    unweighted : bool, whether every weight is 1
    starts : (K + 1,) first row of each category
    weight : (n,)
    at : Places
    tau : (K - 1,) thresholds
    fixed : (n_cells,) linear predictor of the fixed part
    effects : (q,) random effects on the latent scale
    """
    total = 0.0
    eta, p, score = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for k in range(starts.size - 1):
        for first in range(starts[k], starts[k + 1], CHUNK):
            size = min(CHUNK, starts[k + 1] - first)
            w = weight[first : first + size]
            _predictor(first, size, fixed, effects, at, eta)
            if 0 < k < tau.size:
                if link == PROBIT:
                    at_high, at_low = _probit_inner(size, tau[k - 1], tau[k], eta, w, p, score)
                else:
                    at_high, at_low = _logit_inner(size, tau[k - 1], tau[k], eta, w, p, score)
                to_tau[k] += at_high
                to_tau[k - 1] += at_low
            else:
                sign, j = (1.0, 0) if k == 0 else (-1.0, tau.size - 1)
                if link == PROBIT:
                    to_tau[j] += _probit_outer(size, sign, tau[j], eta, w, p, score)
                else:
                    to_tau[j] += _logit_outer(size, sign, tau[j], eta, w, p, score)
            total += _log_of(size, unweighted, w, p)
            _scatter(first, size, score, at, to_cells, to_effects)
    return total


@kernel
def gaussian_rows(y, weight, at, sigma, fixed, effects, to_cells, to_effects):
    """Log-likelihood without constants, weight (-log sigma - (y - eta)^2 / (2 sigma^2)), and the weighted squares.

    Adds the gradient to ``to_cells`` and ``to_effects``.
    """
    squares, weights = 0.0, 0.0
    eta, score = np.empty(CHUNK), np.empty(CHUNK)
    for first in range(0, y.size, CHUNK):
        size = min(CHUNK, y.size - first)
        _predictor(first, size, fixed, effects, at, eta)
        for i in range(size):
            r, w = y[first + i] - eta[i], weight[first + i]
            squares += w * r * r
            weights += w
            score[i] = w * r / (sigma * sigma)
        _scatter(first, size, score, at, to_cells, to_effects)
    return -weights * math.log(sigma) - 0.5 * squares / (sigma * sigma), squares, weights
