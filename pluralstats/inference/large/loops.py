"""Compiled loops of the iterative factor: the curvature by its sparse pattern; see ``factor`` for the matrices.

A matrix with a small block for each level of the terms that are not eliminated is (rest, w): the row of an effect has
the entries of its block up to the diagonal, those of the columns of its term in order (``Cliques``).
"""

from pluralstats.inference.elimination.loops import factor_corner
from pluralstats.storage.compiled import kernel


@kernel
def assemble(index, cell, loading, slot, pair_slot, column, weight, D, C, B, between):
    """Adds the sum over rows of w l l' to D (levels, c, c), C (nnz, c), the blocks B (rest, w) and ``between`` (m,)."""
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
            if loads[t] == 0.0:
                continue
            scaled, k, p = weight[i] * loads[t], t - width, index[i, t] - first
            for a in range(width):
                C[slot[i, k], a] += scaled * loads[a]
            B[p, column[p]] += scaled * loads[t]
            for s in range(k):
                at, load = pair_slot[i, k * (k - 1) // 2 + s], loads[width + s]
                if at >= 0:
                    between[at] += scaled * load
                else:
                    B[p, column[index[i, width + s] - first]] += scaled * load


@kernel
def assemble_parts(index, cell, loading, slot, pair_slot, column, part, curvature, D, C, B, between):
    """``assemble`` for rows of several predictors, ``curvature`` (n, 3, 3) between those that loadings move."""
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
            k, p = t - width, index[i, t] - first
            for a in range(width):
                C[slot[i, k], a] += w[part[t], part[a]] * loads[t] * loads[a]
            B[p, column[p]] += w[part[t], part[t]] * loads[t] * loads[t]
            for s in range(k):
                at, value = (
                    pair_slot[i, k * (k - 1) // 2 + s],
                    w[part[t], part[width + s]] * loads[t] * loads[width + s],
                )
                if at >= 0:
                    between[at] += value
                else:
                    B[p, column[index[i, width + s] - first]] += value


@kernel
def factor_levels(pointers, D, C):
    """In place: D + 1 = R R' becomes R, and C becomes R^-1 C."""
    width = D.shape[1]
    for level in range(D.shape[0]):
        for a in range(width):
            D[level, a, a] += 1.0
        factor_corner(D, level)
        for e in range(pointers[level], pointers[level + 1]):
            for a in range(width):
                total = C[e, a]
                for k in range(a):
                    total -= D[level, a, k] * C[e, k]
                C[e, a] = total / D[level, a, a]


@kernel
def subtract_own(pointers, columns, C, column, step, where, S):
    """S less the blocks of C'C, (rest, w); ``where`` (rest,) is room."""
    for level in range(pointers.size - 1):
        low, high = pointers[level], pointers[level + 1]
        for e in range(low, high):
            p = columns[e]
            where[p] = e
            for b in range(column[p] + 1):
                f = where[p - (column[p] - b) * step[p]]
                for a in range(C.shape[1]):
                    S[p, b] -= C[e, a] * C[f, a]


@kernel
def scale_beside(pointers, columns, column, step, root, where, C):
    """C becomes C R'^-1 for the blocks R of ``root``; ``where`` (rest,) is room."""
    for level in range(pointers.size - 1):
        for e in range(pointers[level], pointers[level + 1]):
            p = columns[e]
            where[p] = e
            for a in range(C.shape[1]):
                total = C[e, a]
                for b in range(column[p]):
                    total -= root[p, b] * C[where[p - (column[p] - b) * step[p]], a]
                C[e, a] = total / root[p, column[p]]


@kernel
def unscale_beside(pointers, columns, column, step, root, where, C, out):
    """Fills out (nnz, c) with C R' for the blocks R of ``root``; ``where`` (rest,) is room."""
    for level in range(pointers.size - 1):
        for e in range(pointers[level], pointers[level + 1]):
            p = columns[e]
            where[p] = e
            for a in range(C.shape[1]):
                for b in range(column[p] + 1):
                    out[e, a] += root[p, b] * C[where[p - (column[p] - b) * step[p]], a]


@kernel
def scale_between(first, second, start, before, column, root, between):
    """Values of pairs become those of R^-1 (..) R'^-1: first along the first of a pair, then along the second."""
    for side in range(2):
        for k in range(start.size - 1):
            for i in range(start[k], start[k + 1]):
                p = first[i] if side == 0 else second[i]
                total, back, b = between[i], before[k, side], column[p] - 1
                while b >= 0:
                    total -= root[p, b] * between[start[back] + i - start[k]]
                    back, b = before[back, side], b - 1
                between[i] = total / root[p, column[p]]


@kernel
def add_through(pointers, columns, C, first, last, x, out):
    """out += C'C x for the rows of C of some levels; x and out (rest, k)."""
    width, k = C.shape[1], x.shape[1]
    total = x[0].copy()
    for level in range(first, last):
        for a in range(width):
            for j in range(k):
                total[j] = 0.0
            for e in range(pointers[level], pointers[level + 1]):
                value, p = C[e, a], columns[e]
                for j in range(k):
                    total[j] += value * x[p, j]
            for e in range(pointers[level], pointers[level + 1]):
                value, p = C[e, a], columns[e]
                for j in range(k):
                    out[p, j] += value * total[j]


@kernel
def add_beside(column, step, own, first, second, between, x, out):
    """out = own x less the matrix with ``between`` at (first, second) and (second, first), times x."""
    for p in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[p, j] = own[p, column[p]] * x[p, j]
        for b in range(column[p]):
            q = p - (column[p] - b) * step[p]
            for j in range(x.shape[1]):
                out[p, j] += own[p, b] * x[q, j]
                out[q, j] += own[p, b] * x[p, j]
    for e in range(between.size):
        p, q = first[e], second[e]
        for j in range(x.shape[1]):
            out[p, j] -= between[e] * x[q, j]
            out[q, j] -= between[e] * x[p, j]
