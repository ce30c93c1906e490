"""Compiled loops of the iterative factor: entries of its inverse by rows; blocks of effects as in ``loops``."""

from pluralstats.inference.elimination.loops import back_substituted, over_eliminated
from pluralstats.storage.compiled import kernel


@kernel
def products(column, step, vectors, weights, images, out):
    """Takes from out (rest, w) the sums over k of weight, a vector's entry and its image's in an earlier column."""
    for p in range(vectors.shape[0]):
        for b in range(column[p] + 1):
            q = p - (column[p] - b) * step[p]
            for k in range(weights.size):
                out[p, b] -= weights[k] * vectors[p, k] * images[q, k]


@kernel
def inverse_blocks(pointers, columns, D, C, column, step, inside, root, where, corner, beside):
    """Entries of H^-1 that levels of the eliminated term touch, were (I - E)^-1 the blocks ``inside`` (rest, w).

    ``corner`` (levels, c, c), and ``beside`` (nnz, c) minus its entries at the places of C.
    """
    width = D.shape[1]
    for level in range(D.shape[0]):
        low, high = pointers[level], pointers[level + 1]
        for e in range(low, high):
            p = columns[e]
            where[p] = e
            for b in range(column[p] + 1):
                f = where[p - (column[p] - b) * step[p]]
                for a in range(width):
                    beside[e, a] += inside[p, b] * C[f, a]
                    if f != e:
                        beside[f, a] += inside[p, b] * C[e, a]
        for a in range(width):
            corner[level, a, a] = 1.0
            for b in range(width):
                for e in range(low, high):
                    corner[level, a, b] += C[e, a] * beside[e, b]
        for b in range(width):
            back_substituted(D, level, corner[level, :, b])
        for a in range(width):
            back_substituted(D, level, corner[level, a])
        for e in range(high - 1, low - 1, -1):
            p = columns[e]
            for a in range(width):
                beside[e, a] /= root[p, column[p]]
                for b in range(column[p]):
                    beside[where[p - (column[p] - b) * step[p]], a] -= root[p, b] * beside[e, a]
        for e in range(low, high):
            back_substituted(D, level, beside[e])


@kernel
def unscaled_blocks(column, step, root, inside, full):
    """The blocks R'^-1 inside R^-1, whole: full (rest, w) has the row of each effect over all columns of its term.

    ``full`` comes with zeros; column by column of the unit matrix.
    """
    size, width = full.shape
    x, y = full.copy(), full.copy()  # (rest, w) rows of R^-1, then of inside R^-1
    for p in range(size):
        a = column[p]
        for j in range(a + 1):
            total = 1.0 if j == a else 0.0
            for b in range(j, a):
                total -= root[p, b] * x[p - (a - b) * step[p], j]
            x[p, j] = total / root[p, a]
    for p in range(size):
        a = column[p]
        for b in range(a + 1):
            q = p - (a - b) * step[p]
            for j in range(width):
                y[p, j] += inside[p, b] * x[q, j]
                if b < a:
                    y[q, j] += inside[p, b] * x[p, j]
    for p in range(size):
        a = column[p]
        for b in range(a + 1):
            q = p - (a - b) * step[p]
            for j in range(width):
                full[q, j] += x[p, b] * y[p, j]


@kernel
def blocks_over_rows(index, cell, loading, slot, corner, beside, full, column, term, part, out):
    """out[i, t, m] = e_t' G l_i with the loadings of predictor m, for G with blocks only in the complement's inverse.

    ``term`` (T,) of each grouping.
    """
    n, terms = index.shape
    width = corner.shape[1]
    first = corner.shape[0] * width
    for i in range(n):
        loads = loading[cell[i]]
        over_eliminated(index[i], loads, slot[i], corner, beside, part, out[i])
        for t in range(width, terms):
            p = index[i, t] - first
            for s in range(width, terms):
                if term[s] == term[t]:
                    out[i, t, part[s]] += loads[s] * full[p, column[index[i, s] - first]]


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
