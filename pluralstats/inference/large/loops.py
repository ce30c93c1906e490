"""Compiled loops of the iterative factor: the curvature by its sparse pattern; see ``factor`` for the matrices."""

import math

from pluralstats.inference.elimination.loops import back_substituted, factor_corner
from pluralstats.storage.compiled import kernel


@kernel
def assemble(index, cell, loading, slot, pair_slot, weight, D, C, B, between):
    """Adds the sum over rows of w l l' to D (levels, c, c), C (nnz, c), the diagonal B (rest,) and ``between`` (m,)."""
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
            scaled, k = weight[i] * loads[t], t - width
            for a in range(width):
                C[slot[i, k], a] += scaled * loads[a]
            B[index[i, t] - first] += scaled * loads[t]
            for s in range(k):
                between[pair_slot[i, k * (k - 1) // 2 + s]] += scaled * loads[width + s]


@kernel
def assemble_parts(index, cell, loading, slot, pair_slot, part, curvature, D, C, B, between):
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
            k = t - width
            for a in range(width):
                C[slot[i, k], a] += w[part[t], part[a]] * loads[t] * loads[a]
            B[index[i, t] - first] += w[part[t], part[t]] * loads[t] * loads[t]
            for s in range(k):
                at = pair_slot[i, k * (k - 1) // 2 + s]
                between[at] += w[part[t], part[width + s]] * loads[t] * loads[width + s]


@kernel
def eliminate(pointers, columns, D, C, S):
    """In place: D + 1 = R R' becomes R, C becomes R^-1 C, and S, the diagonal of B, that of 1 + B - C' D^-1 C."""
    width = D.shape[1]
    for p in range(S.size):
        S[p] += 1.0
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
                S[columns[e]] -= C[e, a] * C[e, a]


@kernel
def scale(columns, C, S, root):
    """Fills root (rest,) with that of S, and divides C by it."""
    for p in range(S.size):
        root[p] = math.sqrt(S[p])
    for e in range(columns.size):
        for a in range(C.shape[1]):
            C[e, a] /= root[columns[e]]


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
def add_beside(own, first, second, between, x, out):
    """out = own x less the matrix with ``between`` at (first, second) and (second, first), times x."""
    for p in range(own.size):
        for j in range(x.shape[1]):
            out[p, j] = own[p] * x[p, j]
    for e in range(between.size):
        p, q = first[e], second[e]
        for j in range(x.shape[1]):
            out[p, j] -= between[e] * x[q, j]
            out[q, j] -= between[e] * x[p, j]


@kernel
def inverse_blocks(pointers, columns, D, C, inverse, corner, beside):
    """``loops.inverse_blocks`` for an inverse (rest,) of the Schur complement that is diagonal, in units of its root."""
    width = D.shape[1]
    for level in range(D.shape[0]):
        low, high = pointers[level], pointers[level + 1]
        for e in range(low, high):
            for a in range(width):
                beside[e, a] = inverse[columns[e]] * C[e, a]
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
def diagonal_over_rows(index, cell, loading, slot, inverse, corner, beside, root, part, out):
    """out[i, t, m] = e_t' G l_i with the loadings of predictor m, for G with a diagonal inverse of the complement."""
    n, terms = index.shape
    width = corner.shape[1]
    first = corner.shape[0] * width
    for i in range(n):
        level, loads = index[i, 0], loading[cell[i]]
        for a in range(width):
            for b in range(width):
                out[i, a, part[b]] += corner[level, a, b] * loads[b]
        for t in range(width, terms):
            p = index[i, t] - first
            for a in range(width):
                entry = beside[slot[i, t - width], a] / root[p]
                out[i, a, part[t]] -= loads[t] * entry
                out[i, t, part[a]] -= loads[a] * entry
            out[i, t, part[t]] += loads[t] * inverse[p] / (root[p] * root[p])


@kernel
def vectors_over_rows(index, cell, loading, vectors, weights, part, out):
    """Adds the sum over k of weight e_t'y y'l_i to out (n, T, parts), y (q, K) the ``vectors``."""
    along = weights.copy()
    for i in range(index.shape[0]):
        loads = loading[cell[i]]
        for m in range(out.shape[2]):
            for k in range(weights.size):
                along[k] = 0.0
            for t in range(index.shape[1]):
                if part[t] == m:
                    p, load = index[i, t], loads[t]
                    for k in range(weights.size):
                        along[k] += load * vectors[p, k]
            for k in range(weights.size):
                along[k] *= weights[k]
            for t in range(index.shape[1]):
                p, total = index[i, t], 0.0
                for k in range(weights.size):
                    total += along[k] * vectors[p, k]
                out[i, t, m] += total


@kernel
def between_columns(pointers, columns, C, level, column, out):
    """Adds C'C between effects of one ``level`` (rest,) and different ``column`` (rest,) to out (levels, c, c)."""
    for first in range(pointers.size - 1):
        for e in range(pointers[first], pointers[first + 1]):
            p = columns[e]
            if level[p] < 0:
                continue
            for f in range(pointers[first], pointers[first + 1]):
                q = columns[f]
                if level[p] == level[q] and p != q:
                    for a in range(C.shape[1]):
                        out[level[p], column[p], column[q]] += C[e, a] * C[f, a]
