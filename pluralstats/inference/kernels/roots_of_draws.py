"""Curvatures of the effects of one level in many draws, and their Cholesky roots; entries known to be zero are skipped.

An item rated by 60 people has 60 effects of its raters that meet in the item's own effects alone: with the smaller
terms first no root has entries between two of them.
"""

import math

import numpy as np

from pluralstats.storage.compiled import kernel


@kernel
def linked_effects(at, each, g):
    """(k, k) lower: whether two effects of level g have a common row or piece, or gain an entry in the root."""
    k = at.size[g]
    linked, piece, first = np.zeros((k, k), np.bool_), np.empty((k, 2), np.int64), 0
    for p in range(at.piece_start[g], at.piece_start[g + 1]):
        last = first + at.width[at.block[p]]
        piece[first:last, 0], piece[first:last, 1] = first, last
        linked[first:last, first:last] = True
        first = last
    for i in each:
        for t in range(at.part.size):
            for r in range(at.part.size):
                a, b = at.place[i, t], at.place[i, r]
                if a >= b and at.multiplier[i, t] != 0.0 and at.multiplier[i, r] != 0.0:
                    linked[piece[a, 0] : piece[a, 1], piece[b, 0] : piece[b, 1]] = True
    for j in range(k):
        for a in range(j + 1, k):
            for b in range(j + 1, a + 1):
                if linked[a, j] and linked[b, j]:
                    linked[a, b] = True
    return linked


@kernel
def _times_root(at, first, b, x):
    """Replaces rows first, first + 1, ... of x (., D) by Lambda' times them, Lambda the root of block b."""
    for i in range(at.width[b]):
        for s in range(x.shape[1]):
            x[first + i, s] *= at.root[b, i, i, s]
        for j in range(i + 1, at.width[b]):
            for s in range(x.shape[1]):
                x[first + i, s] += at.root[b, j, i, s] * x[first + j, s]


@kernel
def to_standard(at, g, linked, C, score, v, H):
    """Fills H = I + Lambda' C Lambda (k, k, D), lower; the score in u becomes that of the log density in v."""
    k, size = v.shape
    column, first = np.empty((k, size)), 0
    for p in range(at.piece_start[g], at.piece_start[g + 1]):
        b = at.block[p]
        _times_root(at, first, b, score)
        for j in range(at.width[b]):
            _curvature_column(at, first, b, j, linked, C, column)
            _columns_of_pieces(at, g, first, column)
            for a in range(first + j, k):
                H[a, first + j] = column[a]
            for s in range(size):
                H[first + j, first + j, s] += 1.0
        first += at.width[b]
    for a in range(k):
        for s in range(size):
            score[a, s] -= v[a, s]


@kernel
def _curvature_column(at, first, b, j, linked, C, column):
    """Fills rows of C Lambda from ``first`` on, of the column j of the piece that starts there, (k, D)."""
    for a in range(first, column.shape[0]):
        column[a] = 0.0
        if not linked[a, first]:
            continue
        for i in range(j, at.width[b]):
            high, low = max(a, first + i), min(a, first + i)
            for s in range(column.shape[1]):
                column[a, s] += C[high, low, s] * at.root[b, i, j, s]


@kernel
def _columns_of_pieces(at, g, start, column):
    """Multiplies the rows of every piece from row ``start`` on by its Lambda'."""
    first = 0
    for p in range(at.piece_start[g], at.piece_start[g + 1]):
        b = at.block[p]
        if first >= start:
            _times_root(at, first, b, column)
        first += at.width[b]


@kernel
def factor(H, linked, least):
    """Replaces H (k, k, D), lower, by its root R, H = R R'; pivots are not taken to be smaller than ``least``."""
    k, _, size = H.shape
    for a in range(k):
        for b in range(a + 1):
            if not linked[a, b]:
                continue
            for j in range(b):
                if linked[a, j] and linked[b, j]:
                    for s in range(size):
                        H[a, b, s] -= H[a, j, s] * H[b, j, s]
            for s in range(size):
                H[a, b, s] = math.sqrt(max(H[a, a, s], least)) if a == b else H[a, b, s] / H[b, b, s]


@kernel
def solve(R, linked, x):
    """Replaces x (k, D) by R^-1 x."""
    for a in range(x.shape[0]):
        for b in range(a):
            if linked[a, b]:
                for s in range(x.shape[1]):
                    x[a, s] -= R[a, b, s] * x[b, s]
        for s in range(x.shape[1]):
            x[a, s] /= R[a, a, s]


@kernel
def solve_transposed(R, linked, x):
    """Replaces x (k, D) by R'^-1 x."""
    for a in range(x.shape[0] - 1, -1, -1):
        for s in range(x.shape[1]):
            x[a, s] /= R[a, a, s]
        for b in range(a):
            if linked[a, b]:
                for s in range(x.shape[1]):
                    x[b, s] -= R[a, b, s] * x[a, s]
