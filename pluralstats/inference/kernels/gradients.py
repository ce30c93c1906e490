"""Log-likelihood of all rows with its gradient in eta and in thresholds or residual sd, in one vectorised pass.

Rows are sorted by category, within groups of thresholds, so that within a run of rows the thresholds around an answer
are constants. What an answer contributes is said by its family, a chunk of rows at a time. Rows whose noise and use of
the scale differ have three predictors, eta, log s and a; others have eta alone.

A predictor is a sum of few numbers that many rows share, such as a rater's effect with the fixed part of the rater and
an item's effect; they are made once, and rows only find them (``Shared``).
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.model.families.family import chunk_at, part_chunk_at, single_chunk_at
from pluralstats.storage.compiled import kernel

CHUNK = 480  # rows at a time: every array of a chunk stays in the first-level cache, and ``sum_of_logs`` takes no more


class Shared(NamedTuple):
    """Where rows get their predictors from: numbers that rows share, one from each of F factors.

    ``place`` (F, n) of rows among the S numbers, without a sign, since a place that could be negative takes twice the
    time; ``part`` (F,) the predictor that a factor moves. Number s is the sum of ``multiplier`` times entry ``source``
    over ``start[s]`` to ``start[s + 1]``; entries are those of the fixed part, a row of cells for each predictor, and
    then the effects.
    """

    place: np.ndarray
    part: np.ndarray
    start: np.ndarray
    source: np.ndarray
    multiplier: np.ndarray


class Runs(NamedTuple):
    """Rows of one category and one group of thresholds: ``starts`` (R + 1,) the first row of each run, ``category``
    (R,), and ``cuts`` (R, 2) where the thresholds of its group start and stop."""

    starts: np.ndarray
    category: np.ndarray
    cuts: np.ndarray


@kernel
def _fill_shared(at, fixed, effects, shared):
    """Fills the numbers that rows share (S,)."""
    cells = fixed.shape[1]
    of_fixed = fixed.size
    for s in range(shared.size):
        total = 0.0
        for j in range(at.start[s], at.start[s + 1]):
            k = at.source[j]
            value = effects[k - of_fixed] if k >= of_fixed else fixed[k // cells, k % cells]
            total += at.multiplier[j] * value
        shared[s] = total


@kernel
def _to_sources(at, to_shared, to_cells, to_effects):
    """Adds the gradient in what rows share to that in the fixed part and in the effects."""
    cells = to_cells.shape[1]
    of_fixed = to_cells.size
    for s in range(to_shared.size):
        for j in range(at.start[s], at.start[s + 1]):
            k = at.source[j]
            if k >= of_fixed:
                to_effects[k - of_fixed] += at.multiplier[j] * to_shared[s]
            else:
                to_cells[k // cells, k % cells] += at.multiplier[j] * to_shared[s]


@kernel
def _predictor(first, size, m, shared, at, out):
    """Predictor m of a chunk."""
    count = 0
    for f in range(at.part.size):
        if at.part[f] != m:
            continue
        place = at.place[f, first : first + size]
        if count:
            for i in range(size):
                out[i] += shared[place[i]]
        else:
            for i in range(size):
                out[i] = shared[place[i]]
        count += 1
    if count == 0:
        out[:size] = 0.0


@kernel
def _scatter(first, size, m, score, at, to_shared):
    """Adds the scores of a chunk in predictor m to what its rows share."""
    for f in range(at.part.size):
        if at.part[f] != m:
            continue
        place = at.place[f, first : first + size]
        for i in range(size):
            to_shared[place[i]] += score[i]


@kernel
def likelihood_of_rows(rows, own, fixed, effects, to_own, to_cells, to_effects):
    """Log-likelihood of rows in their runs; adds its gradient to ``to_own``, ``to_cells`` and ``to_effects``.

    Parameters
    ----------
    rows : with the addresses of the family's ``chunk``, ``single_chunk`` and ``part_chunk``, ``runs``, ``y`` (n,) or
        empty, ``weight`` (n,), whether all of them are 1 (``unweighted``), and ``at``, Shared
    own : (m,) thresholds of all groups, or the residual sd (1,); ``to_own`` in the log of the latter
    fixed : (1, n_cells) the fixed part of eta, or (3, n_cells) of eta, log s and a
    effects : (q,) random effects on the latent scale
    """
    shared, to_shared = np.empty(rows.at.start.size - 1), np.zeros(rows.at.start.size - 1)
    _fill_shared(rows.at, fixed, effects, shared)
    if fixed.shape[0] > 1:
        total = _likelihood_of_parts(rows, own, shared, to_own, to_shared)
    elif rows.single_chunk:
        total = _likelihood_in_single_precision(rows, own, shared, to_own, to_shared)
    else:
        total = _likelihood_of_eta(rows, own, shared, to_own, to_shared)
    _to_sources(rows.at, to_shared, to_cells, to_effects)
    return total


@kernel
def _likelihood_of_eta(rows, own, shared, to_own, to_shared):
    """Rows of one predictor."""
    total, chunk = 0.0, chunk_at(rows.chunk)
    eta, p, score = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for r in range(rows.runs.category.size):
        at, last = rows.runs.cuts[r, 0], rows.runs.cuts[r, 1]
        for first in range(rows.runs.starts[r], rows.runs.starts[r + 1], CHUNK):
            size = min(CHUNK, rows.runs.starts[r + 1] - first)
            y, w = rows.y[first : first + size], rows.weight[first : first + size]
            _predictor(first, size, 0, shared, rows.at, eta)
            k = rows.runs.category[r]
            total += chunk(k, size, rows.unweighted, y, own[at:last], eta, w, p, score, to_own[at:last])
            _scatter(first, size, 0, score, rows.at, to_shared)
    return total


@kernel
def _likelihood_in_single_precision(rows, own, shared, to_own, to_shared):
    """The same with 32 bits within a chunk, twice as many rows at once and half the steps for each; sums have 64. A
    chunk with a row for which that is not enough, far from its category, is done again in double precision."""
    total, chunk, again = 0.0, single_chunk_at(rows.single_chunk), chunk_at(rows.chunk)
    eta, p, score = np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32), np.empty(CHUNK, np.float32)
    exact_eta, exact_p, exact_score = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    weight, short = np.ones(CHUNK, np.float32), shared.astype(np.float32)
    for r in range(rows.runs.category.size):
        at, last, k = rows.runs.cuts[r, 0], rows.runs.cuts[r, 1], rows.runs.category[r]
        for first in range(rows.runs.starts[r], rows.runs.starts[r + 1], CHUNK):
            size = min(CHUNK, rows.runs.starts[r + 1] - first)
            w = rows.weight[first : first + size]
            if not rows.unweighted:
                weight[:size] = w
            _predictor(first, size, 0, short, rows.at, eta)
            value = chunk(k, size, rows.unweighted, own[at:last], eta, weight, p, score, to_own[at:last])
            if math.isnan(value):
                _predictor(first, size, 0, shared, rows.at, exact_eta)
                y, u = rows.y[first : first + size], rows.unweighted
                value = again(k, size, u, y, own[at:last], exact_eta, w, exact_p, exact_score, to_own[at:last])
                _scatter(first, size, 0, exact_score, rows.at, to_shared)
            else:
                _scatter(first, size, 0, score, rows.at, to_shared)
            total += value
    return total


@kernel
def _likelihood_of_parts(rows, own, shared, to_own, to_shared):
    """Rows of all three predictors."""
    total, chunk = 0.0, part_chunk_at(rows.part_chunk)
    m, work, scores = np.empty((3, CHUNK)), np.empty((4, CHUNK)), np.empty((3, CHUNK))
    for r in range(rows.runs.category.size):
        at, last = rows.runs.cuts[r, 0], rows.runs.cuts[r, 1]
        for first in range(rows.runs.starts[r], rows.runs.starts[r + 1], CHUNK):
            size = min(CHUNK, rows.runs.starts[r + 1] - first)
            w, k = rows.weight[first : first + size], rows.runs.category[r]
            for part in range(3):
                _predictor(first, size, part, shared, rows.at, m[part])
            total += chunk(k, size, rows.unweighted, own[at:last], m[0], m[1], m[2], w, work, scores, to_own[at:last])
            for part in range(3):
                _scatter(first, size, part, scores[part], rows.at, to_shared)
    return total
