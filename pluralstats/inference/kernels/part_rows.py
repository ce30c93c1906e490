"""Rows that have a noise and a use of the scale of their own, in many draws at once: their ends and log-likelihood."""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.pointwise import FAR, multiply
from pluralstats.model.families.family import probabilities_at
from pluralstats.model.families.vector_math import LN2, SMALLEST_EXPONENT, exponential
from pluralstats.storage.compiled import kernel


class PartRows(NamedTuple):
    """Rows sorted by unit and level, and D draws.

    Attributes
    ----------
    y, weight : (R,)
    cuts : (R, 2) where the thresholds of the row's group, those as good as infinite around them, start and stop
    group : (R,)
    tau : (M, D) thresholds of all groups
    centre : (G, D) their means
    m : (3, R, D) eta, log s and a without integrated effects; within a chunk of draws c - eta, 1 / s and exp(a)
    """

    y: np.ndarray
    weight: np.ndarray
    cuts: np.ndarray
    group: np.ndarray
    tau: np.ndarray
    centre: np.ndarray
    m: np.ndarray


@kernel
def power(x):
    return exponential(min(max(x, SMALLEST_EXPONENT), -SMALLEST_EXPONENT))


@kernel
def chunk_of_draws(rows, first, last):
    """The rows in some of the draws, contiguous, with m ready for use."""
    m, centre = rows.m[:, :, first:last].copy(), rows.centre[:, first:last].copy()
    for i in range(rows.y.size):
        for s in range(last - first):
            m[0, i, s] = centre[rows.group[i], s] - m[0, i, s]
            m[1, i, s] = power(-m[1, i, s])
            m[2, i, s] = power(m[2, i, s])
    return PartRows(rows.y, rows.weight, rows.cuts, rows.group, rows.tau[:, first:last].copy(), centre, m)


@kernel
def ends_of(i, rows, shift, ends, middle):
    """Fills z below and above the answer of a row, ends (2, D), and what of both does not depend on thresholds."""
    place, last = rows.cuts[i, 0] + rows.y[i], rows.cuts[i, 1] - 1
    low, high, c = rows.tau[place], rows.tau[place + 1], rows.centre[rows.group[i]]
    for s in range(middle.size):
        scale = rows.m[1, i, s] * shift[1, s]
        middle[s] = (rows.m[0, i, s] - shift[0, s]) * scale
        reach = scale * rows.m[2, i, s] * shift[2, s]
        ends[0, s] = middle[s] + reach * (low[s] - c[s])
        ends[1, s] = middle[s] + reach * (high[s] - c[s])
    if place == rows.cuts[i, 0]:
        ends[0] = -FAR
    if place + 1 == last:
        ends[1] = FAR


@kernel
def log_likelihood(family, each, rows, shift, out):
    """Sum over rows ``each`` of weight log P in every draw, (D,), effects moved by ``shift``."""
    size = out.size
    p, mantissa, exponent = np.empty(size), np.ones(size), np.zeros(size, np.int64)
    ends, middle, nothing = np.empty((2, size)), np.empty(size), np.zeros(size)
    out[:] = 0.0
    probabilities = probabilities_at(family.probabilities)
    for i in each:
        ends_of(i, rows, shift, ends, middle)
        probabilities(0, ends, nothing, nothing, p)
        if rows.weight[i] == 1.0:
            multiply(p, mantissa, exponent)
        else:
            for s in range(size):
                out[s] += rows.weight[i] * math.log(p[s])
    for s in range(size):
        out[s] += math.log(mantissa[s]) + exponent[s] * LN2


@kernel
def shifts_of(v, sd, shift):
    """Fills what effects sd v do to a row: eta is added to, 1 / s and exp(a) are multiplied."""
    for s in range(v.shape[1]):
        shift[0, s] = sd[0, s] * v[0, s]
        shift[1, s] = power(-sd[1, s] * v[1, s])
        shift[2, s] = power(sd[2, s] * v[2, s])
