"""Log-likelihoods of units whose rows have a noise and a use of the scale of their own, in many draws at once.

A level may have an effect on each of m = (eta, log s, a), u = sd v with v ~ N(0, I). For each draw the mode and
curvature of v are found by Newton's method and the integral is taken by adaptive Gauss-Hermite quadrature over a
product of nodes around them, as in ``pointwise`` (Liu & Pierce 1994, Biometrika 81(3), 624-629, section 5). The ends of
an answer and their derivatives in m are those of ``model.families.parts``.
"""

import math

import numpy as np

from pluralstats.inference.kernels.part_rows import chunk_of_draws, ends_of, log_likelihood, shifts_of
from pluralstats.inference.kernels.pointwise import CHUNK, CLOSE, HALF_LOG_2PI, LONGEST_STEP, NEWTON_STEPS
from pluralstats.model.families.family import bends_at
from pluralstats.model.families.vector_math import LEAST, SMALLEST_EXPONENT, exponential
from pluralstats.storage.compiled import kernel

FARTHEST_EFFECT = 6.0  # sds from zero where the search for a mode may begin
LEAST_STEP = 1e-3
LEAST_PIVOT = 0.1  # of the curvature, which far from its mode may not be positive definite


@kernel
def add_slopes(i, rows, shift, ends, middle, L, score, curvature):
    """Adds the derivatives of a row's weighted log P in m: score (3, D), minus the second ones (6, D).

    Those of the curvature are (eta, eta), (sigma, eta), (sigma, sigma), (a, eta), (a, sigma), (a, a).
    """
    low_open, high_open = rows.y[i] == 0, rows.cuts[i, 0] + rows.y[i] + 2 == rows.cuts[i, 1]
    for s in range(middle.size):
        scale = rows.m[1, i, s] * shift[1, s]
        zh, zl = 0.0 if high_open else ends[1, s], 0.0 if low_open else ends[0, s]
        ph, pl = 0.0 if high_open else zh - middle[s], 0.0 if low_open else zl - middle[s]
        h, w, hh, ww, hw = L[0, s], L[1, s], L[2, s], L[3, s], L[4, s]
        score[0, s] -= (h + w) * scale
        score[1, s] -= h * zh + w * zl
        score[2, s] += h * ph + w * pl
        curvature[0, s] -= (hh + 2.0 * hw + ww) * scale * scale
        curvature[1, s] -= (h + w + hh * zh + hw * (zh + zl) + ww * zl) * scale
        curvature[2, s] -= h * zh + w * zl + hh * zh * zh + 2.0 * hw * zh * zl + ww * zl * zl
        curvature[3, s] += (hh * ph + hw * (ph + pl) + ww * pl) * scale
        curvature[4, s] += h * ph + w * pl + hh * zh * ph + hw * (zh * pl + zl * ph) + ww * zl * pl
        curvature[5, s] -= h * ph + w * pl + hh * ph * ph + 2.0 * hw * ph * pl + ww * pl * pl


@kernel
def _roots(sd, curvature, root):
    """Fills the Cholesky root (6, D), row by row, of I + sd curvature sd."""
    for s in range(sd.shape[1]):
        x, y, z = sd[0, s], sd[1, s], sd[2, s]
        a = math.sqrt(max(1.0 + x * x * curvature[0, s], LEAST_PIVOT))
        b = x * y * curvature[1, s] / a
        d = math.sqrt(max(1.0 + y * y * curvature[2, s] - b * b, LEAST_PIVOT))
        e = x * z * curvature[3, s] / a
        f = (y * z * curvature[4, s] - e * b) / d
        root[0, s], root[1, s], root[2, s], root[3, s], root[4, s] = a, b, d, e, f
        root[5, s] = math.sqrt(max(1.0 + z * z * curvature[5, s] - e * e - f * f, LEAST_PIVOT))


@kernel
def _back(root, s, x, y, z):
    """Solves root' v = (x, y, z)."""
    third = z / root[5, s]
    second = (y - root[4, s] * third) / root[2, s]
    return (x - root[1, s] * second - root[3, s] * third) / root[0, s], second, third


@kernel
def _log_density(family, each, rows, v, shift, out):
    """Fills out (D,) with the log density of effects v (3, D) given a level's ratings, up to a constant."""
    log_likelihood(family, each, rows, shift, out)
    for s in range(out.size):
        out[s] -= 0.5 * (v[0, s] ** 2 + v[1, s] ** 2 + v[2, s] ** 2)


@kernel
def _newton_step(s, sd, v, score, root, step):
    """Fills the step of draw s, cut where it is long; its length in conditional sds before that."""
    x = (sd[0, s] * score[0, s] - v[0, s]) / root[0, s]
    y = (sd[1, s] * score[1, s] - v[1, s] - root[1, s] * x) / root[2, s]
    z = (sd[2, s] * score[2, s] - v[2, s] - root[3, s] * x - root[4, s] * y) / root[5, s]
    length = math.sqrt(x * x + y * y + z * z)
    x, y, z = _back(root, s, x, y, z)
    cut = min(1.0, LONGEST_STEP / max(abs(x), abs(y), abs(z), LEAST))
    step[0, s], step[1, s], step[2, s] = cut * x, cut * y, cut * z
    return length


@kernel
def _find_modes(family, each, rows, sd, v, root):
    """Moves v (3, D) to the mode of its conditional density in each draw; fills the root of the curvature there.

    The density of an effect on log s is not log-concave: a step that leads down is halved.
    """
    size = v.shape[1]
    shift, ends, middle, L = np.empty((3, size)), np.empty((2, size)), np.empty(size), np.empty((5, size))
    score, curvature, own, bends = np.empty((3, size)), np.empty((6, size)), np.empty((6, size)), bends_at(family.bends)
    at, step, density, highest = v.copy(), np.zeros((3, size)), np.empty(size), np.full(size, -math.inf)
    for _ in range(NEWTON_STEPS):
        score[:], curvature[:] = 0.0, 0.0
        shifts_of(at, sd, shift)
        _log_density(family, each, rows, at, shift, density)
        for i in each:
            ends_of(i, rows, shift, ends, middle)
            bends(rows.weight[i], ends[0], ends[1], L)
            add_slopes(i, rows, shift, ends, middle, L, score, curvature)
        _roots(sd, curvature, own)
        farthest = 0.0
        for s in range(size):
            length = 1.0
            if density[s] >= highest[s]:
                v[:, s], root[:, s], highest[s] = at[:, s], own[:, s], density[s]
                length = _newton_step(s, sd, at, score, own, step)
            else:
                step[:, s] *= 0.5
                length = 0.0 if max(abs(step[0, s]), abs(step[1, s]), abs(step[2, s])) < LEAST_STEP else 1.0
            farthest = max(farthest, length)
            at[:, s] = v[:, s] + step[:, s]
        if farthest < CLOSE:
            break


@kernel
def _integrated(family, each, rows, sd, start, nodes, log_weights, out):
    """Adds to out (D,) the log of the integral over the effects (3,) of one level."""
    size, Q = out.size, log_weights.size
    v, root, at, shift = np.empty((3, size)), np.empty((6, size)), np.empty((3, size)), np.empty((3, size))
    for m in range(3):
        for s in range(size):
            far = start[m] / max(sd[m, s], LEAST)
            v[m, s] = min(max(far, -FARTHEST_EFFECT), FARTHEST_EFFECT)
    terms, largest, total = np.empty((Q, size)), np.full(size, -math.inf), np.zeros(size)
    _find_modes(family, each, rows, sd, v, root)
    for q in range(Q):
        for s in range(size):
            x, y, z = _back(root, s, nodes[q, 0], nodes[q, 1], nodes[q, 2])
            at[0, s], at[1, s], at[2, s] = v[0, s] + x, v[1, s] + y, v[2, s] + z
        shifts_of(at, sd, shift)
        log_likelihood(family, each, rows, shift, terms[q])
        for s in range(size):
            terms[q, s] += log_weights[q] - 0.5 * (at[0, s] ** 2 + at[1, s] ** 2 + at[2, s] ** 2)
            largest[s] = max(largest[s], terms[q, s])
    for q in range(Q):
        for s in range(size):
            total[s] += exponential(max(terms[q, s] - largest[s], SMALLEST_EXPONENT))
    for s in range(size):
        spread = math.log(root[0, s] * root[2, s] * root[5, s])
        out[s] += largest[s] + math.log(total[s]) - spread - 3.0 * HALF_LOG_2PI


@kernel
def part_units(family, rows, level_start, unit_start, sd, start, nodes, log_weights, out):
    """Fills out (U, D) with the log-likelihood of each unit in each draw.

    Parameters
    ----------
    family : ``Addresses``
    rows : ``PartRows``
    level_start, unit_start : (L + 1,) first row of each level, (U + 1,) first level of each unit
    sd : (3, D) of the integrated effects on each of m, or (3, 0) when nothing is integrated
    start : (3, L) where to look for the effects first
    nodes, log_weights : (Q, 3) and (Q,) of the quadrature for the density exp(-z'z / 2)
    """
    for first in range(0, out.shape[1], CHUNK):
        last = min(first + CHUNK, out.shape[1])
        part, still = chunk_of_draws(rows, first, last), np.ones((3, last - first))
        still[0] = 0.0
        sum_of_levels, of_level = np.empty(last - first), np.empty(last - first)
        for u in range(unit_start.size - 1):
            sum_of_levels[:] = 0.0
            for g in range(unit_start[u], unit_start[u + 1]):
                each = range(level_start[g], level_start[g + 1])
                of_level[:] = 0.0
                if sd.shape[1]:
                    own = sd[:, first:last].copy()
                    _integrated(family, each, part, own, start[:, g], nodes, log_weights, of_level)
                else:
                    log_likelihood(family, each, part, still, of_level)
                for s in range(last - first):
                    sum_of_levels[s] += of_level[s]
            out[u, first:last] = sum_of_levels
