"""Compiled loops of the block elimination in ``arrow``, where the matrices are explained."""

import numpy as np

from pluralstats.inference.kernels import jit


@jit
def assemble(index, first, slot, weight, D, C, B):
    """Adds Z'WZ to D (n_first,), C (nnz,) and the lower triangle of B (n_rest, n_rest)."""
    n, terms = index.shape
    for i in range(n):
        w = weight[i]
        D[index[i, 0]] += w
        for t in range(1, terms):
            C[slot[i, t - 1]] += w
            for s in range(1, t + 1):
                a, b = index[i, t] - first, index[i, s] - first
                B[max(a, b), min(a, b)] += w


@jit
def scale_lower(B, scale, out):
    """out = I + diag(scale) B diag(scale), lower triangle; B and out may be the same array."""
    for b in range(scale.size):
        for a in range(b, scale.size):
            out[a, b] = B[a, b] * (scale[a] * scale[b])
        out[b, b] += 1.0


@jit
def eliminate(pointers, columns, D, C, B):
    """B - C' D^-1 C, lower triangle, in place."""
    for level in range(D.size):
        for b in range(pointers[level], pointers[level + 1]):
            scaled = C[b] / D[level]
            column = columns[b]
            for a in range(b, pointers[level + 1]):
                B[columns[a], column] -= C[a] * scaled


@jit
def inverse_over_rows(index, first, slot, starts, pointers, columns, D, C, inverse, sd, out):
    """out[i, t] = e_t' H^-1 S z_i for each row: the entries of H^-1 that one row touches."""
    terms = sd.size
    g = np.zeros(columns.size)
    for level in range(D.size):
        low, high = pointers[level], pointers[level + 1]
        corner = 1.0 / D[level]
        for a in range(low, high):
            for b in range(low, a):
                entry = inverse[columns[a], columns[b]]
                g[a] += entry * C[b]
                g[b] += entry * C[a]
            g[a] += inverse[columns[a], columns[a]] * C[a]
        for a in range(low, high):
            g[a] /= D[level]
            corner += C[a] * g[a] / D[level]
        for i in range(starts[level], starts[level + 1]):
            out[i, 0] = sd[0] * corner
            for t in range(1, terms):
                out[i, 0] -= sd[t] * g[slot[i, t - 1]]
                out[i, t] = -sd[0] * g[slot[i, t - 1]]
                for s in range(1, terms):
                    a, b = index[i, t] - first, index[i, s] - first
                    out[i, t] += sd[s] * inverse[max(a, b), min(a, b)]


@jit
def corner(pointers, columns, D, C, inverse):
    """(n_first,) diagonal of H^-1 over the eliminated term."""
    out = 1.0 / D
    for level in range(D.size):
        for a in range(pointers[level], pointers[level + 1]):
            half = 0.5 * inverse[columns[a], columns[a]] * C[a]
            for b in range(pointers[level], a):
                half += inverse[columns[a], columns[b]] * C[b]
            out[level] += 2.0 * C[a] * half / (D[level] * D[level])
    return out
