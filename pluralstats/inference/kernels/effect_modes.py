"""Where the random effects of a level have their mode, in many draws, and the curvature there.

The k effects of a level, those of all integrated terms, are u = Lambda v with v ~ N(0, I). Rows of a model with a noise
and a use of the scale are moved by them in m = (eta, log s, a), others in eta alone.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.part_rows import ends_of, power
from pluralstats.inference.kernels.part_units import LEAST_PIVOT, LEAST_STEP, add_slopes
from pluralstats.inference.kernels.pointwise import CLOSE, LONGEST_STEP, NEWTON_STEPS, multiply
from pluralstats.inference.kernels.roots_of_draws import factor, solve, solve_transposed, to_standard
from pluralstats.model.families.family import bends_at, probabilities_at, slopes_at
from pluralstats.model.families.vector_math import LEAST, LN2
from pluralstats.storage.compiled import kernel


class Effects(NamedTuple):
    """The effects that rows of L levels have together, and the roots of their covariances in D draws.

    Attributes
    ----------
    place : (R, T) position of a row's effect of each term's column among the effects of its level
    multiplier : (R, T) what it is multiplied by
    part : (T,) what it moves: eta, log s or a
    size : (L,) effects of each level
    piece_start : (L + 1,) first piece of each level; the effects of a piece are correlated, pieces are independent
    block : (P,) which root a piece has
    width : (B,) effects of a piece
    root : (B, k, k, D) lower triangular
    """

    place: np.ndarray
    multiplier: np.ndarray
    part: np.ndarray
    size: np.ndarray
    piece_start: np.ndarray
    block: np.ndarray
    width: np.ndarray
    root: np.ndarray


@kernel
def effects_at(at, g, v, u):
    """Fills u = Lambda v (k, D)."""
    first = 0
    u[:] = 0.0
    for p in range(at.piece_start[g], at.piece_start[g + 1]):
        b = at.block[p]
        for i in range(at.width[b]):
            for j in range(i + 1):
                for s in range(v.shape[1]):
                    u[first + i, s] += at.root[b, i, j, s] * v[first + j, s]
        first += at.width[b]


@kernel
def _shift_of(at, i, u, shift):
    """Fills what the effects do to row i: eta is added to, 1 / s and exp(a) are multiplied; shift (1 or 3, D)."""
    shift[:] = 0.0
    for t in range(at.part.size):
        x, m, a = at.multiplier[i, t], at.part[t], at.place[i, t]
        if x != 0.0:
            for s in range(u.shape[1]):
                shift[m, s] += x * u[a, s]
    if shift.shape[0] > 1:
        for s in range(u.shape[1]):
            shift[1, s] = power(-shift[1, s])
            shift[2, s] = power(shift[2, s])


@kernel
def log_density(family, each, rows, at, u, v, out):
    """Fills out (D,) with the log density of the effects v, u = Lambda v, and of a level's ratings, up to pi."""
    size = out.size
    p, mantissa, exponent = np.empty(size), np.ones(size), np.zeros(size, np.int64)
    shift, ends = np.empty((rows.m.shape[0], size)), np.empty((2, size))
    middle, nothing = np.empty(size), np.zeros(size)
    probabilities = probabilities_at(family.probabilities)
    out[:] = 0.0
    for i in each:
        _shift_of(at, i, u, shift)
        if shift.shape[0] > 1:
            ends_of(i, rows, shift, ends, middle)
            probabilities(0, ends, nothing, nothing, p)
        else:
            probabilities(rows.y[i], rows.tau[rows.cuts[i, 0] : rows.cuts[i, 1]], rows.m[0, i], shift[0], p)
        if rows.weight[i] == 1.0:
            multiply(p, mantissa, exponent)
        else:
            for s in range(size):
                out[s] += rows.weight[i] * math.log(p[s])
    for s in range(size):
        out[s] += math.log(mantissa[s]) + exponent[s] * LN2
    for a in range(v.shape[0]):
        for s in range(size):
            out[s] -= 0.5 * v[a, s] * v[a, s]


@kernel
def add_row(at, i, score, curvature, to_u, C):
    """Adds a row's derivatives in (eta, log s, a) to those in the effects: to_u (k, D), C (k, k, D) lower."""
    for t in range(at.part.size):
        x, m, a = at.multiplier[i, t], at.part[t], at.place[i, t]
        if x == 0.0:
            continue
        for s in range(to_u.shape[1]):
            to_u[a, s] += x * score[m, s]
        for r in range(t + 1):
            both, n, b = x * at.multiplier[i, r], at.part[r], at.place[i, r]
            if both == 0.0:
                continue
            high, low, pair = max(a, b), min(a, b), max(m, n) * (max(m, n) + 1) // 2 + min(m, n)
            for s in range(to_u.shape[1]):
                C[high, low, s] += both * curvature[pair, s]


@kernel
def _slopes_at(family, each, rows, at, u, to_u, C):
    """Fills the derivatives of a level's log-likelihood in its effects u, the second ones with their sign changed."""
    size, predictors = u.shape[1], rows.m.shape[0]
    shift, ends, middle, L = np.empty((predictors, size)), np.empty((2, size)), np.empty(size), np.empty((5, size))
    score, curvature = np.empty((predictors, size)), np.empty((predictors * (predictors + 1) // 2, size))
    slopes, bends = slopes_at(family.slopes), bends_at(family.bends)
    to_u[:], C[:] = 0.0, 0.0
    for i in each:
        _shift_of(at, i, u, shift)
        score[:], curvature[:] = 0.0, 0.0
        if predictors > 1:
            ends_of(i, rows, shift, ends, middle)
            bends(rows.weight[i], ends[0], ends[1], L)
            add_slopes(i, rows, shift, ends, middle, L, score, curvature)
        else:
            tau = rows.tau[rows.cuts[i, 0] : rows.cuts[i, 1]]
            slopes(rows.weight[i], rows.y[i], tau, rows.m[0, i], shift[0], score[0], curvature[0])
        add_row(at, i, score, curvature, to_u, C)


@kernel
def _cut_step(R, step, s):
    """Makes step (k, D), R'step so far, a step of draw s; returns its length in conditional sds before it is cut."""
    length, longest = 0.0, LEAST
    for a in range(step.shape[0]):
        longest = max(longest, abs(step[a, s]))
    cut = min(1.0, LONGEST_STEP / longest)
    for a in range(step.shape[0]):
        along = 0.0
        for b in range(a, step.shape[0]):
            along += R[b, a, s] * step[b, s]
        length += along * along
    for a in range(step.shape[0]):
        step[a, s] *= cut
    return math.sqrt(length)


@kernel
def _move(R, density, newton, highest, v, step, here):
    """Keeps the places ``here`` that lead up in ``v`` and goes on; the longest step left, in conditional sds."""
    farthest = 0.0
    for s in range(density.size):
        if density[s] >= highest[s]:
            highest[s] = density[s]
            for a in range(v.shape[0]):
                v[a, s], step[a, s] = here[a, s], newton[a, s]
            length = _cut_step(R, step, s)
        else:
            longest = 0.0
            for a in range(v.shape[0]):
                step[a, s] *= 0.5
                longest = max(longest, abs(step[a, s]))
            length = 0.0 if longest < LEAST_STEP else 1.0
        farthest = max(farthest, length)
        for a in range(v.shape[0]):
            here[a, s] = v[a, s] + step[a, s]
    return farthest


@kernel
def find_modes(family, each, rows, at, g, linked, v, R):
    """Moves v (k, D) to the mode in each draw, from where it is, and fills R (k, k, D) there.

    A step that leads down is halved: with effects on log s the density is not log-concave.
    """
    k, size = v.shape
    here, u, newton, C = v.copy(), np.empty((k, size)), np.empty((k, size)), np.empty((k, k, size))
    step, density, highest = np.zeros((k, size)), np.empty(size), np.full(size, -math.inf)
    for _ in range(NEWTON_STEPS):
        effects_at(at, g, here, u)
        log_density(family, each, rows, at, u, here, density)
        _slopes_at(family, each, rows, at, u, newton, C)
        to_standard(at, g, linked, C, newton, here, R)
        factor(R, linked, LEAST_PIVOT)
        solve(R, linked, newton)
        solve_transposed(R, linked, newton)
        if _move(R, density, newton, highest, v, step, here) < CLOSE:
            break
    v[:] = here
    effects_at(at, g, v, u)
    _slopes_at(family, each, rows, at, u, newton, C)
    to_standard(at, g, linked, C, newton, v, R)
    factor(R, linked, LEAST_PIVOT)
