"""Compiled loops of the block elimination in ``arrow``, where the matrices are explained."""

import math

from pluralstats.storage.compiled import kernel


@kernel
def assemble(index, cell, loading, slot, weight, D, C, B):
    """Adds the sum over rows of w l l' to D (levels, c, c), C (nnz, c) and the lower triangle of B (rest, rest)."""
    n, terms = index.shape
    width = D.shape[1]
    first = D.shape[0] * width
    for i in range(n):
        level, loads = index[i, 0], loading[cell[i]]
        for a in range(width):
            scaled = weight[i] * loads[a]
            for b in range(a + 1):
                D[level, a, b] += scaled * loads[b]
        for t in range(width, terms):
            if loads[t] == 0.0:  # of a term by dimension a row has one column
                continue
            scaled, p = weight[i] * loads[t], index[i, t] - first
            for a in range(width):
                C[slot[i, t - width], a] += scaled * loads[a]
            for s in range(width, t + 1):
                q = index[i, s] - first
                B[max(p, q), min(p, q)] += scaled * loads[s]


@kernel
def assemble_parts(index, cell, loading, slot, part, curvature, D, C, B):
    """``assemble`` for rows of several predictors: w of two loadings is the curvature between their predictors.

    ``part`` (T,) predictor of each grouping, ``curvature`` (n, 3, 3).
    """
    n, terms = index.shape
    width = D.shape[1]
    first = D.shape[0] * width
    for i in range(n):
        level, loads, w = index[i, 0], loading[cell[i]], curvature[i]
        for a in range(width):
            for b in range(a + 1):
                D[level, a, b] += w[part[a], part[b]] * loads[a] * loads[b]
        for t in range(width, terms):
            if loads[t] == 0.0:
                continue
            p = index[i, t] - first
            for a in range(width):
                C[slot[i, t - width], a] += w[part[t], part[a]] * loads[t] * loads[a]
            for s in range(width, t + 1):
                q = index[i, s] - first
                B[max(p, q), min(p, q)] += w[part[t], part[s]] * loads[t] * loads[s]


@kernel
def factor_corner(D, level):
    """The lower Cholesky factor of a level's block, in place."""
    for a in range(D.shape[1]):
        for b in range(a + 1):
            total = D[level, a, b]
            for k in range(b):
                total -= D[level, a, k] * D[level, b, k]
            D[level, a, b] = math.sqrt(total) if a == b else total / D[level, b, b]


@kernel
def eliminate(pointers, columns, D, C, B):
    """In place: D = R R' becomes R, C becomes R^-1 C, and the lower triangle of B becomes B - C' D^-1 C."""
    width = D.shape[1]
    for level in range(D.shape[0]):
        factor_corner(D, level)
        low, high = pointers[level], pointers[level + 1]
        for e in range(low, high):
            for a in range(width):
                total = C[e, a]
                for k in range(a):
                    total -= D[level, a, k] * C[e, k]
                C[e, a] = total / D[level, a, a]
        for f in range(low, high):
            column = columns[f]
            for e in range(f, high):
                total = 0.0
                for k in range(width):
                    total += C[e, k] * C[f, k]
                B[columns[e], column] -= total


@kernel
def solve_corner(D, b):
    """R^-1 b in place; b (c * levels, k), effect after effect."""
    levels, width = D.shape[0], D.shape[1]
    for a in range(width):
        for level in range(levels):
            row = a * levels + level
            for j in range(b.shape[1]):
                total = b[row, j]
                for k in range(a):
                    total -= D[level, a, k] * b[k * levels + level, j]
                b[row, j] = total / D[level, a, a]


@kernel
def solve_corner_transposed(D, b):
    """R'^-1 b in place; b (c * levels, k)."""
    levels, width = D.shape[0], D.shape[1]
    for a in range(width - 1, -1, -1):
        for level in range(levels):
            row = a * levels + level
            for j in range(b.shape[1]):
                total = b[row, j]
                for k in range(a + 1, width):
                    total -= D[level, k, a] * b[k * levels + level, j]
                b[row, j] = total / D[level, a, a]


@kernel
def subtract_from_rest(pointers, columns, C, top, rest):
    """rest -= C' top."""
    levels = pointers.size - 1
    for level in range(levels):
        for e in range(pointers[level], pointers[level + 1]):
            for a in range(C.shape[1]):
                for j in range(rest.shape[1]):
                    rest[columns[e], j] -= C[e, a] * top[a * levels + level, j]


@kernel
def subtract_from_top(pointers, columns, C, rest, top):
    """top -= C rest."""
    levels = pointers.size - 1
    for level in range(levels):
        for e in range(pointers[level], pointers[level + 1]):
            for a in range(C.shape[1]):
                for j in range(rest.shape[1]):
                    top[a * levels + level, j] -= C[e, a] * rest[columns[e], j]


@kernel
def back_substituted(D, level, r):
    """R'^-1 r in place for one level, r (c,)."""
    for a in range(r.size - 1, -1, -1):
        for k in range(a + 1, r.size):
            r[a] -= D[level, k, a] * r[k]
        r[a] /= D[level, a, a]


@kernel
def inverse_blocks(pointers, columns, D, C, inverse, corner, beside):
    """Fills the entries of H^-1 that levels of the eliminated term touch.

    ``corner`` (levels, c, c) its blocks; ``beside`` (nnz, c) minus its entries at the places of C. ``inverse`` is the
    lower triangle of the inverse of the Schur complement.
    """
    width = D.shape[1]
    for level in range(D.shape[0]):
        low, high = pointers[level], pointers[level + 1]
        for a in range(low, high):
            for b in range(low, a):
                entry = inverse[columns[a], columns[b]]
                for k in range(width):
                    beside[a, k] += entry * C[b, k]
                    beside[b, k] += entry * C[a, k]
            for k in range(width):
                beside[a, k] += inverse[columns[a], columns[a]] * C[a, k]
        for a in range(width):
            corner[level, a, a] = 1.0
            for b in range(width):
                for e in range(low, high):
                    corner[level, a, b] += C[e, a] * beside[e, b]
        for b in range(width):
            back_substituted(D, level, corner[level, :, b])
        for a in range(width):
            back_substituted(D, level, corner[level, a])
        for e in range(low, high):
            back_substituted(D, level, beside[e])


@kernel
def inverse_over_rows(index, cell, loading, slot, inverse, corner, beside, out):
    """out[i, t] = e_t' H^-1 l_i for each row: the entries of H^-1 that one row touches, times its loadings."""
    n, terms = index.shape
    width = corner.shape[1]
    first = corner.shape[0] * width
    for i in range(n):
        level, loads = index[i, 0], loading[cell[i]]
        for a in range(width):
            for b in range(width):
                out[i, a] += corner[level, a, b] * loads[b]
        for t in range(width, terms):
            p = index[i, t] - first
            for a in range(width):
                entry = beside[slot[i, t - width], a]
                out[i, a] -= loads[t] * entry
                out[i, t] -= loads[a] * entry
            for s in range(width, terms):
                q = index[i, s] - first
                out[i, t] += loads[s] * inverse[max(p, q), min(p, q)]


@kernel
def over_eliminated(index, loads, slot, corner, beside, part, out):
    """Adds to out (T, m) of one row what goes through the level that is eliminated: its block and what is beside."""
    level, width = index[0], corner.shape[1]
    for a in range(width):
        for b in range(width):
            out[a, part[b]] += corner[level, a, b] * loads[b]
    for t in range(width, index.size):
        for a in range(width):
            entry = beside[slot[t - width], a]
            out[a, part[t]] -= loads[t] * entry
            out[t, part[a]] -= loads[a] * entry


@kernel
def inverse_over_parts(index, cell, loading, slot, part, inverse, corner, beside, out):
    """out[i, t, m] = e_t' H^-1 l_i of the loadings l_i of predictor m only: ``inverse_over_rows`` by predictor."""
    n, terms = index.shape
    width = corner.shape[1]
    first = corner.shape[0] * width
    for i in range(n):
        loads = loading[cell[i]]
        over_eliminated(index[i], loads, slot[i], corner, beside, part, out[i])
        for t in range(width, terms):
            p = index[i, t] - first
            for s in range(width, terms):
                q = index[i, s] - first
                out[i, t, part[s]] += loads[s] * inverse[max(p, q), min(p, q)]


@kernel
def add_identity(D, B):
    """I + the matrix, in place."""
    for level in range(D.shape[0]):
        for a in range(D.shape[1]):
            D[level, a, a] += 1.0
    for b in range(B.shape[0]):
        B[b, b] += 1.0
