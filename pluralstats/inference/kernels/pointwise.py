"""Log-likelihoods of units (ratings, raters, items) in many draws at once, random effects integrated where asked.

Every loop runs over draws, so that it is as fast for a unit of one rating as for one of a thousand. A level of an
integrated term has effect u = sd v, v ~ N(0, 1); for each draw the mode and curvature of v are found by Newton's
method and the integral is taken by adaptive Gauss-Hermite quadrature around them (Liu & Pierce 1994, Biometrika
81(3), 624-629).
"""

import math

import numpy as np

from pluralstats.model.families.family import probabilities_at, slopes_at
from pluralstats.model.families.vector_math import (
    LEAST,
    LN2,
    MANTISSA,
    ONE_BITS,
    SMALLEST_EXPONENT,
    bits_of,
    exponential,
    float_of,
)
from pluralstats.storage.compiled import kernel

CHUNK = 128  # draws at a time: the arrays of a chunk stay in the first-level cache
TILE = 16
FAR = 1e4  # stands for an infinite threshold, far beyond where the tails are cut
NEWTON_STEPS, LONGEST_STEP = 30, 2.0
CLOSE = 0.1  # last Newton step in conditional sds: the mode is then known to about a hundredth
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


@kernel
def fixed_part(X, cell, b, eta):
    """Fills eta (R, D) with X[cell] b; b (p, D). Neighbouring rows of one cell are computed once."""
    for i in range(cell.size):
        if i > 0 and cell[i] == cell[i - 1]:
            eta[i] = eta[i - 1]
            continue
        eta[i] = 0.0
        for j in range(b.shape[0]):
            x = X[cell[i], j]
            if x != 0.0:
                for s in range(b.shape[1]):
                    eta[i, s] += x * b[j, s]


@kernel
def add_effects(effects, level, multiplier, eta):
    """Adds effects (D, q) of the level of each row, times its multiplier (R,), to eta (R, D).

    A tile of draws at a time for the cache's sake.
    """
    for first in range(0, eta.shape[1], TILE):
        last = min(first + TILE, eta.shape[1])
        for i in range(level.size):
            for s in range(first, last):
                eta[i, s] += multiplier[i] * effects[s, level[i]]


@kernel
def multiply(p, mantissa, exponent):
    """Products that never underflow: mantissas in [1, 2) and exponents of 2 apart."""
    for s in range(p.size):
        bits = bits_of(mantissa[s] * p[s])
        exponent[s] += (bits >> 52) - 1023
        mantissa[s] = float_of((bits & MANTISSA) | ONE_BITS)


@kernel
def _log_likelihood(family, rows, y, weight, cuts, tau, eta, shift, out):
    """Sum over rows of weight log P(y | eta + shift) in each draw of a chunk, (D,)."""
    p, mantissa, exponent = np.empty(out.size), np.ones(out.size), np.zeros(out.size, np.int64)
    out[:] = 0.0
    probabilities = probabilities_at(family.probabilities)
    for i in rows:
        probabilities(y[i], tau[cuts[i, 0] : cuts[i, 1]], eta[i], shift, p)
        if weight[i] == 1.0:
            multiply(p, mantissa, exponent)
        else:
            for s in range(out.size):
                out[s] += weight[i] * math.log(p[s])
    for s in range(out.size):
        out[s] += math.log(mantissa[s]) + exponent[s] * LN2


@kernel
def _find_modes(family, rows, y, weight, cuts, tau, eta, sd, v, precision):
    """Moves v (D,) to the mode of its conditional density in each draw; fills the curvature there."""
    score, shift, slopes = np.empty(v.size), np.empty(v.size), slopes_at(family.slopes)
    for _ in range(NEWTON_STEPS):
        score[:], precision[:] = 0.0, 0.0
        for s in range(v.size):
            shift[s] = sd[s] * v[s]
        for i in rows:
            slopes(weight[i], y[i], tau[cuts[i, 0] : cuts[i, 1]], eta[i], shift, score, precision)
        farthest = 0.0
        for s in range(v.size):
            precision[s] = 1.0 + sd[s] * sd[s] * precision[s]
            step = (sd[s] * score[s] - v[s]) / precision[s]
            v[s] += min(max(step, -LONGEST_STEP), LONGEST_STEP)
            farthest = max(farthest, abs(step) * math.sqrt(precision[s]))
        if farthest < CLOSE:
            break


@kernel
def _integrated(family, rows, y, weight, cuts, tau, eta, sd, start, nodes, log_weights, out):
    """Adds to out (D,) the log of the integral over the effect of one level."""
    D, Q = out.size, nodes.size
    v, precision, shift = start / np.maximum(sd, LEAST), np.empty(D), np.empty(D)
    for s in range(D):
        v[s] = min(max(v[s], -6.0), 6.0)
    terms, largest, total = np.empty((Q, D)), np.full(D, -math.inf), np.zeros(D)
    _find_modes(family, rows, y, weight, cuts, tau, eta, sd, v, precision)
    for q in range(Q):
        for s in range(D):
            shift[s] = sd[s] * (v[s] + nodes[q] / math.sqrt(precision[s]))
        _log_likelihood(family, rows, y, weight, cuts, tau, eta, shift, terms[q])
        for s in range(D):
            at = v[s] + nodes[q] / math.sqrt(precision[s])
            terms[q, s] += log_weights[q] - 0.5 * at * at
            largest[s] = max(largest[s], terms[q, s])
    for q in range(Q):
        for s in range(D):
            total[s] += exponential(max(terms[q, s] - largest[s], SMALLEST_EXPONENT))
    for s in range(D):
        out[s] += largest[s] + math.log(total[s]) - 0.5 * math.log(precision[s]) - HALF_LOG_2PI


@kernel
def ordered_units(family, y, weight, cuts, tau, eta, level_start, unit_start, sd, start, nodes, log_weights, out):
    """Fills out (U, D) with the log-likelihood of each unit in each draw.

    Parameters
    ----------
    family : ``Addresses`` of a family of ordered answers
    y, weight : (R,) rows sorted by unit and level
    cuts : (R, 2) where the thresholds of the row's group, with -FAR and FAR around them, start and stop
    tau : (M, D) those of all groups
    eta : (R, D) linear predictor without the integrated effect
    level_start : (L + 1,) first row of each level
    unit_start : (U + 1,) first level of each unit
    sd : (D,) of the integrated effect, or empty when nothing is integrated
    start : (L,) where to look for the effects first
    nodes, log_weights : (Q,) of the quadrature for the density exp(-z^2 / 2)
    """
    nothing = np.zeros(CHUNK)
    for first in range(0, eta.shape[1], CHUNK):
        last = min(first + CHUNK, eta.shape[1])
        part, cut = eta[:, first:last].copy(), tau[:, first:last].copy()  # contiguous, or loops are not vectorised
        sum_of_levels = np.empty(last - first)
        for u in range(unit_start.size - 1):
            sum_of_levels[:] = 0.0
            for g in range(unit_start[u], unit_start[u + 1]):
                rows = range(level_start[g], level_start[g + 1])
                if sd.size:
                    s = sd[first:last]
                    begin = start[g]
                    _integrated(family, rows, y, weight, cuts, cut, part, s, begin, nodes, log_weights, sum_of_levels)
                else:
                    still = nothing[: last - first]
                    _log_likelihood(family, rows, y, weight, cuts, cut, part, still, sum_of_levels)
            out[u, first:last] = sum_of_levels


@kernel
def gaussian_units(y, weight, sigma, eta, level_start, unit_start, sd, out):
    """The same for ratings y ~ N(eta + u, sigma^2), u ~ N(0, sd^2), in closed form; ``sigma`` (D,), ``sd`` (D,).

    With W the sum of weights, R and Q those of weighted residuals and their squares and c = 1 + W sd^2 / sigma^2, a
    level has -W log(sigma sqrt(2 pi)) - (Q - R^2 sd^2 / (sigma^2 c)) / (2 sigma^2) - log(c) / 2.
    """
    out[:] = 0.0
    size = eta.shape[1]
    sums, squares = np.empty(size), np.empty(size)
    for u in range(unit_start.size - 1):
        for g in range(unit_start[u], unit_start[u + 1]):
            sums[:], squares[:], total = 0.0, 0.0, 0.0
            for i in range(level_start[g], level_start[g + 1]):
                total += weight[i]
                for s in range(size):
                    r = y[i] - eta[i, s]
                    sums[s] += weight[i] * r
                    squares[s] += weight[i] * r * r
            for s in range(size):
                noise, between = sigma[s] * sigma[s], sd[s] * sd[s]
                ratio = 1.0 + total * between / noise
                gain = sums[s] * sums[s] * between / (noise * noise * ratio)
                out[u, s] += 0.5 * (gain - squares[s] / noise - math.log(ratio)) - total * (
                    math.log(sigma[s]) + HALF_LOG_2PI
                )
