"""Log-likelihood of all rows with its gradient in eta and in thresholds or residual sd, in one vectorised pass.

Rows are sorted by category, so that within a run of rows the thresholds around an answer are constants. What an answer
contributes is said by its family, a chunk of rows at a time.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.model.families.family import chunk_at
from pluralstats.storage.compiled import kernel

CHUNK = 256  # rows at a time: every array of a chunk stays in the first-level cache


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
def likelihood_of_rows(rows, own, fixed, effects, to_own, to_cells, to_effects):
    """Log-likelihood of rows sorted by category; adds its gradient to ``to_own``, ``to_cells`` and ``to_effects``.

    Parameters
    ----------
    rows : with the address of the family's ``chunk``, ``starts`` (K + 1,) first row of each category, ``y`` (n,) or
        empty, ``weight`` (n,), whether all of them are 1 (``unweighted``), and ``at``, Places
    own : (K - 1,) thresholds, or the residual sd (1,); ``to_own`` in the log of the latter
    fixed : (n_cells,) linear predictor of the fixed part
    effects : (q,) random effects on the latent scale
    """
    total, chunk = 0.0, chunk_at(rows.chunk)
    eta, p, score = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for k in range(rows.starts.size - 1):
        for first in range(rows.starts[k], rows.starts[k + 1], CHUNK):
            size = min(CHUNK, rows.starts[k + 1] - first)
            y, w = rows.y[first : first + size], rows.weight[first : first + size]
            _predictor(first, size, fixed, effects, rows.at, eta)
            total += chunk(k, size, rows.unweighted, y, own, eta, w, p, score, to_own)
            _scatter(first, size, score, rows.at, to_cells, to_effects)
    return total
