"""Log-likelihood of all rows with its gradient in eta and in thresholds or residual sd, in one vectorised pass.

Rows are sorted by category, within groups of thresholds, so that within a run of rows the thresholds around an answer
are constants. What an answer contributes is said by its family, a chunk of rows at a time. Rows whose noise and use of
the scale differ have three predictors, eta, log s and a; others have eta alone.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.model.families.family import chunk_at, part_chunk_at
from pluralstats.storage.compiled import kernel

CHUNK = 256  # rows at a time: every array of a chunk stays in the first-level cache


class Places(NamedTuple):
    """Where rows get their predictors from: ``cell`` (n,), ``place`` (T, n) positions in the stacked effects,
    ``multiplier`` (T, n_cells) of the effects, ``plain`` (T,) whether all of them are 1, and ``part`` (T,) the
    predictor that a grouping moves."""

    cell: np.ndarray
    place: np.ndarray
    multiplier: np.ndarray
    plain: np.ndarray
    part: np.ndarray


class Runs(NamedTuple):
    """Rows of one category and one group of thresholds: ``starts`` (R + 1,) the first row of each run, ``category``
    (R,), and ``cuts`` (R, 2) where the thresholds of its group start and stop."""

    starts: np.ndarray
    category: np.ndarray
    cuts: np.ndarray


@kernel
def _predictor(first, size, m, fixed, effects, at, out):
    """Predictor m of a chunk: fixed part plus the effects of its groupings times their multipliers."""
    for i in range(size):
        out[i] = fixed[m, at.cell[first + i]]
    for t in range(at.plain.size):
        if at.part[t] != m:
            continue
        if at.plain[t]:
            for i in range(size):
                out[i] += effects[at.place[t, first + i]]
        else:
            for i in range(size):
                out[i] += at.multiplier[t, at.cell[first + i]] * effects[at.place[t, first + i]]


@kernel
def _scatter(first, size, m, score, at, to_cells, to_effects):
    """Adds the scores of a chunk in predictor m to their cells and to the levels of its groupings."""
    for i in range(size):
        to_cells[m, at.cell[first + i]] += score[i]
    for t in range(at.plain.size):
        if at.part[t] != m:
            continue
        if at.plain[t]:
            for i in range(size):
                to_effects[at.place[t, first + i]] += score[i]
        else:
            for i in range(size):
                to_effects[at.place[t, first + i]] += at.multiplier[t, at.cell[first + i]] * score[i]


@kernel
def likelihood_of_rows(rows, own, fixed, effects, to_own, to_cells, to_effects):
    """Log-likelihood of rows in their runs; adds its gradient to ``to_own``, ``to_cells`` and ``to_effects``.

    Parameters
    ----------
    rows : with the address of the family's ``chunk``, ``runs``, ``y`` (n,) or empty, ``weight`` (n,), whether all of
        them are 1 (``unweighted``), and ``at``, Places
    own : (m,) thresholds of all groups, or the residual sd (1,); ``to_own`` in the log of the latter
    fixed : (1, n_cells) the fixed part of eta, or (3, n_cells) of eta, log s and a
    effects : (q,) random effects on the latent scale
    """
    if fixed.shape[0] > 1:
        return _likelihood_of_parts(rows, own, fixed, effects, to_own, to_cells, to_effects)
    total, chunk = 0.0, chunk_at(rows.chunk)
    eta, p, score = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for r in range(rows.runs.category.size):
        at, last = rows.runs.cuts[r, 0], rows.runs.cuts[r, 1]
        for first in range(rows.runs.starts[r], rows.runs.starts[r + 1], CHUNK):
            size = min(CHUNK, rows.runs.starts[r + 1] - first)
            y, w = rows.y[first : first + size], rows.weight[first : first + size]
            _predictor(first, size, 0, fixed, effects, rows.at, eta)
            k = rows.runs.category[r]
            total += chunk(k, size, rows.unweighted, y, own[at:last], eta, w, p, score, to_own[at:last])
            _scatter(first, size, 0, score, rows.at, to_cells, to_effects)
    return total


@kernel
def _likelihood_of_parts(rows, own, fixed, effects, to_own, to_cells, to_effects):
    """The same with all three predictors."""
    total, chunk = 0.0, part_chunk_at(rows.part_chunk)
    m, work, scores = np.empty((3, CHUNK)), np.empty((4, CHUNK)), np.empty((3, CHUNK))
    for r in range(rows.runs.category.size):
        at, last = rows.runs.cuts[r, 0], rows.runs.cuts[r, 1]
        for first in range(rows.runs.starts[r], rows.runs.starts[r + 1], CHUNK):
            size = min(CHUNK, rows.runs.starts[r + 1] - first)
            w, k = rows.weight[first : first + size], rows.runs.category[r]
            for part in range(3):
                _predictor(first, size, part, fixed, effects, rows.at, m[part])
            total += chunk(k, size, rows.unweighted, own[at:last], m[0], m[1], m[2], w, work, scores, to_own[at:last])
            for part in range(3):
                _scatter(first, size, part, scores[part], rows.at, to_cells, to_effects)
    return total
