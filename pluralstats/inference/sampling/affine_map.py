"""The affine map from the sampler's coordinates z to parameters x and random effects w.

    x = x0 + R z_x,        w = w0 + M (x - x0) + H^(-1/2) (s z_w)

with R R' the covariance of x and H the curvature of the random effects in Laplace's approximation, and M the
derivative of their mode in x: with s = 1, z is standard normal wherever that approximation is right (METHODS section
2). Warm-up draws correct x0, R, w0 and s.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.cliques import Ridges
from pluralstats.inference.sampling.nests import Nests
from pluralstats.storage.compiled import kernel


class Whitening(NamedTuple):
    """The affine map from z to (x, w), in the blocks of ``arrow``.

    ``x`` (P,), ``root`` (P, P), ``w`` (q,), ``moves`` (P, q), ``scale`` (q,) the s, ``centred`` (T,) the a_t,
    ``log_sd`` (T,) the log c_t, ``anchor`` (T, T) Lambda_0.
    H^(-1/2): ``D`` (levels, c, c) the Cholesky factors of the levels' blocks, sparse C (``pointers``, ``columns``,
    ``values`` (c, nnz)) beside them, already divided by those, and for the other terms either ``L`` (n_rest, n_rest),
    the lower Cholesky factor of the Schur complement, or, where that is too large, what is ``near`` it. ``nests``: see
    ``nested_effects``.

    The large arrays (``moves``, ``values``, ``L``) are in single precision: reading them is most of what the map costs,
    and it need not be exact, only the same in both directions.
    """

    x: np.ndarray
    root: np.ndarray
    w: np.ndarray
    moves: np.ndarray
    scale: np.ndarray
    centred: np.ndarray
    log_sd: np.ndarray
    anchor: np.ndarray
    D: np.ndarray
    pointers: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    L: np.ndarray
    near: Ridges
    nests: Nests


@kernel
def copy_into(target, values):
    """target[:] = values (n,), for which numba would compile its words for shapes that differ, two seconds of them."""
    for i in range(values.size):
        target[i] = values[i]


@kernel
def _solve_transposed(L, r):
    """r becomes L'^-1 r."""
    for i in range(r.size - 1, -1, -1):
        r[i] /= L[i, i]
        for j in range(i):
            r[j] -= L[i, j] * r[i]


@kernel
def _solve(L, r):
    """r becomes L^-1 r."""
    for i in range(r.size):
        total = 0.0
        for j in range(i):
            total += L[i, j] * r[j]
        r[i] = (r[i] - total) / L[i, i]


@kernel
def stretched(near, r):
    """r plus its parts along the ridges, stretched."""
    for k in range(near.stretch.size):
        along = 0.0
        for i in range(r.size):
            along += near.along[k, i] * r[i]
        for i in range(r.size):
            r[i] += near.stretch[k] * along * near.along[k, i]


@kernel
def divided(near, r):
    """r becomes Q^-1 r."""
    for i in range(r.size):
        a = near.column[i]
        total = r[i]
        for b in range(a):
            total -= near.root[i, b] * r[i - (a - b) * near.step[i]]
        r[i] = total / near.root[i, a]


@kernel
def divided_transposed(near, r):
    """r becomes Q'^-1 r."""
    for i in range(r.size - 1, -1, -1):
        a = near.column[i]
        r[i] /= near.root[i, a]
        for b in range(a):
            r[i - (a - b) * near.step[i]] -= near.root[i, b] * r[i]


@kernel
def noise_to_effects(map_, z):
    """H^(-1/2) z, in place."""
    levels, width = map_.D.shape[0], map_.D.shape[1]
    rest = z[levels * width :]
    if map_.L.size:
        _solve_transposed(map_.L, rest)
    else:
        stretched(map_.near, rest)
        divided_transposed(map_.near, rest)
    for a in range(width - 1, -1, -1):
        for level in range(levels):
            value = z[a * levels + level]
            for j in range(map_.pointers[level], map_.pointers[level + 1]):
                value -= map_.values[a, j] * rest[map_.columns[j]]
            for k in range(a + 1, width):
                value -= map_.D[level, k, a] * z[k * levels + level]
            z[a * levels + level] = value / map_.D[level, a, a]


@kernel
def _gradient_to_noise(map_, g):
    """The transpose of :func:`noise_to_effects`, in place."""
    levels, width = map_.D.shape[0], map_.D.shape[1]
    rest = g[levels * width :]
    for a in range(width):
        for level in range(levels):
            value = g[a * levels + level]
            for k in range(a):
                value -= map_.D[level, a, k] * g[k * levels + level]
            value /= map_.D[level, a, a]
            g[a * levels + level] = value
            for j in range(map_.pointers[level], map_.pointers[level + 1]):
                rest[map_.columns[j]] -= map_.values[a, j] * value
    if map_.L.size:
        _solve(map_.L, rest)
    else:
        divided(map_.near, rest)
        stretched(map_.near, rest)


@kernel
def position(map_, z, x, w):
    """Fills x (P,) and w (q,) from z (P + q,)."""
    size = x.size
    for i in range(w.size):
        w[i] = map_.scale[i] * z[size + i]
    noise_to_effects(map_, w)
    for i in range(w.size):
        w[i] += map_.w[i]
    step = np.zeros(size)
    for j in range(size):
        for k in range(size):
            step[j] += map_.root[j, k] * z[k]
        x[j] = map_.x[j] + step[j]
    _add_moves(map_.moves, step, w)


@kernel
def _add_moves(moves, step, w):
    """w += moves' step, four parameters at a time, so that w is read and written a quarter as often."""
    even = step.size // 4 * 4
    for j in range(0, even, 4):
        a, b, c, d = moves[j], moves[j + 1], moves[j + 2], moves[j + 3]
        of_a, of_b, of_c, of_d = step[j], step[j + 1], step[j + 2], step[j + 3]
        for i in range(w.size):
            w[i] += of_a * a[i] + of_b * b[i] + of_c * c[i] + of_d * d[i]
    for j in range(even, step.size):
        for i in range(w.size):
            w[i] += step[j] * moves[j, i]


@kernel
def _add_moved(moves, gw, gx):
    """gx += moves gw, the transpose of ``_add_moves``."""
    even = gx.size // 4 * 4
    for j in range(0, even, 4):
        a, b, c, d = moves[j], moves[j + 1], moves[j + 2], moves[j + 3]
        to_a, to_b, to_c, to_d = 0.0, 0.0, 0.0, 0.0
        for i in range(gw.size):
            to_a += a[i] * gw[i]
            to_b += b[i] * gw[i]
            to_c += c[i] * gw[i]
            to_d += d[i] * gw[i]
        gx[j] += to_a
        gx[j + 1] += to_b
        gx[j + 2] += to_c
        gx[j + 3] += to_d
    for j in range(even, gx.size):
        total = 0.0
        for i in range(gw.size):
            total += moves[j, i] * gw[i]
        gx[j] += total


@kernel
def to_noise(map_, gx, gw, out):
    """Fills the gradient in z (P + q,) from those in x and w; gw is overwritten."""
    size = gx.size
    _add_moved(map_.moves, gw, gx)
    for k in range(size):
        total = 0.0
        for j in range(size):
            total += map_.root[j, k] * gx[j]
        out[k] = total
    _gradient_to_noise(map_, gw)
    for i in range(gw.size):
        out[size + i] = map_.scale[i] * gw[i]
