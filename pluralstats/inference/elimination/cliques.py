"""The effects of one level of a term as a small block, wherever they lie in the stack.

A matrix with a block for each level of the terms that are not eliminated is (rest, w): the row of an effect has the
entries of its block up to the diagonal, those of the columns of its term in order.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.storage.compiled import kernel


class Cliques(NamedTuple):
    """Which effects are a block, (rest,) each: ``column`` of an effect in its term, and ``step`` to the next column."""

    column: np.ndarray
    step: np.ndarray

    @property
    def width(self) -> int:
        return int(self.column.max(initial=0)) + 1


class Ridges(NamedTuple):
    """A root of a Schur complement that is nearly right: Q (1 + sum of stretch u u') for the directions u.

    ``column``, ``step`` as in ``Cliques``; ``root`` (rest, w) the Cholesky factors Q of the blocks; ``along`` (d, rest)
    the u, orthonormal; ``stretch`` (d,) is of the inverse root.
    """

    column: np.ndarray
    step: np.ndarray
    root: np.ndarray
    along: np.ndarray
    stretch: np.ndarray


def cliques(blocks: Sequence[slice], offsets: np.ndarray, width: int) -> Cliques:
    """Of the groupings from ``width`` on; ``blocks`` of each term, ``offsets`` (T + 1,) of groupings in the stack."""
    first = int(offsets[width])
    column, step = np.zeros(int(offsets[-1]) - first, np.int64), np.ones(int(offsets[-1]) - first, np.int64)
    for block in blocks:
        for t in range(max(block.start, width), block.stop):
            own = slice(int(offsets[t]) - first, int(offsets[t + 1]) - first)
            column[own], step[own] = t - block.start, own.stop - own.start
    return Cliques(column, step)


@kernel
def factor_blocks(column, step, S):
    """The lower Cholesky factor of every block of S (rest, w), in place."""
    for p in range(S.shape[0]):
        for b in range(column[p] + 1):
            q, total = p - (column[p] - b) * step[p], S[p, b]
            for k in range(b):
                total -= S[p, k] * S[q, k]
            S[p, b] = math.sqrt(total) if b == column[p] else total / S[q, b]


@kernel
def solve_blocks(column, step, root, x):
    """x (rest, k) becomes R^-1 x for the blocks R of ``root``."""
    for p in range(x.shape[0]):
        for j in range(x.shape[1]):
            total = x[p, j]
            for b in range(column[p]):
                total -= root[p, b] * x[p - (column[p] - b) * step[p], j]
            x[p, j] = total / root[p, column[p]]


@kernel
def solve_blocks_transposed(column, step, root, x):
    """x (rest, k) becomes R'^-1 x."""
    for p in range(x.shape[0] - 1, -1, -1):
        for j in range(x.shape[1]):
            value = x[p, j] / root[p, column[p]]
            x[p, j] = value
            for b in range(column[p]):
                x[p - (column[p] - b) * step[p], j] -= root[p, b] * value
