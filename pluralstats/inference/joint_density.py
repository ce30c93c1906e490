"""The joint log density of parameters and random effects, with its gradient, and the coordinates it is sampled in.

Parameters x = (tau_1, log gaps, b, log sd, [log residual sd]); random effects w, stacked by term, with

    u_t = sd_t^(1 - a_t) c_t^(a_t) w_t,        w_t ~ N(0, (sd_t / c_t)^(2 a_t)),

c_t the sd at the mode: a_t = 0 is the non-centred form, a_t = 1 the centred one. The sampler moves in z, where

    x = x0 + R z_x,        w = w0 + M (x - x0) + H^(-1/2) (s z_w)

with R R' the covariance of x and H the curvature of the random effects in Laplace's approximation, and M the
derivative of their mode in x: with s = 1, z is standard normal wherever that approximation is right (METHODS section
2). Warm-up draws correct x0, R, w0 and s.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels import jit
from pluralstats.inference.prior_density import add_log_prior
from pluralstats.inference.row_gradients import cumulative_rows, gaussian_rows

GAUSSIAN = 2  # beside PROBIT and LOGIT


class Rows(NamedTuple):
    """Ratings as the kernels read them, sorted by category (gaussian: as in the design).

    ``link`` PROBIT, LOGIT or GAUSSIAN; ``unweighted`` whether every weight is 1; ``starts`` (K + 1,) first row of each
    category; ``y`` (n,) gaussian ratings, else empty; ``weight``, ``cell`` (n,); ``level`` (T, n)
    positions in the stacked effects; ``X`` (n_cells, p);
    ``offsets`` (T + 1,) of the terms in the stacked effects; ``n_thresholds``.
    """

    link: int
    unweighted: bool
    starts: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    cell: np.ndarray
    level: np.ndarray
    X: np.ndarray
    offsets: np.ndarray
    n_thresholds: int


class Whitening(NamedTuple):
    """The affine map from z to (x, w), in the blocks of ``arrow``.

    ``x`` (P,), ``root`` (P, P), ``w`` (q,), ``moves`` (P, q), ``scale`` (q,) the s, ``centred`` (T,) the a_t,
    ``log_sd`` (T,) the log c_t.
    H^(-1/2): ``D`` (n_first,), sparse ``C`` (``pointers``, ``columns``, ``values``) already divided by D, and for the
    other terms either ``L`` (n_rest, n_rest), the lower Cholesky factor of the Schur complement, or, where that is too
    large, its ``diagonal`` root (n_rest,) with one direction ``ridge`` (n_rest,) stretched by 1 + ``stretch``.
    """

    x: np.ndarray
    root: np.ndarray
    w: np.ndarray
    moves: np.ndarray
    scale: np.ndarray
    centred: np.ndarray
    log_sd: np.ndarray
    D: np.ndarray
    pointers: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    L: np.ndarray
    diagonal: np.ndarray
    ridge: np.ndarray
    stretch: float


@jit
def _solve_transposed(L, r):
    """r becomes L'^-1 r."""
    for i in range(r.size - 1, -1, -1):
        r[i] /= L[i, i]
        for j in range(i):
            r[j] -= L[i, j] * r[i]


@jit
def _solve(L, r):
    """r becomes L^-1 r."""
    for i in range(r.size):
        total = 0.0
        for j in range(i):
            total += L[i, j] * r[j]
        r[i] = (r[i] - total) / L[i, i]


@jit
def _stretched(map_, r):
    """r plus its part along the ridge, stretched."""
    along = 0.0
    for i in range(r.size):
        along += map_.ridge[i] * r[i]
    for i in range(r.size):
        r[i] += map_.stretch * along * map_.ridge[i]


@jit
def noise_to_effects(map_, z):
    """H^(-1/2) z, in place."""
    first = map_.D.size
    rest = z[first:]
    if map_.L.size:
        _solve_transposed(map_.L, rest)
    else:
        _stretched(map_, rest)
        for i in range(rest.size):
            rest[i] /= map_.diagonal[i]
    for level in range(first):
        value = z[level] / math.sqrt(map_.D[level])
        for j in range(map_.pointers[level], map_.pointers[level + 1]):
            value -= map_.values[j] * rest[map_.columns[j]]
        z[level] = value


@jit
def _gradient_to_noise(map_, g):
    """The transpose of :func:`noise_to_effects`, in place."""
    first = map_.D.size
    rest = g[first:]
    for level in range(first):
        for j in range(map_.pointers[level], map_.pointers[level + 1]):
            rest[map_.columns[j]] -= map_.values[j] * g[level]
        g[level] /= math.sqrt(map_.D[level])
    if map_.L.size:
        _solve(map_.L, rest)
    else:
        for i in range(rest.size):
            rest[i] /= map_.diagonal[i]
        _stretched(map_, rest)


@jit
def position(map_, z, x, w):
    """Fills x (P,) and w (q,) from z (P + q,)."""
    size = x.size
    for i in range(w.size):
        w[i] = map_.scale[i] * z[size + i]
    noise_to_effects(map_, w)
    for i in range(w.size):
        w[i] += map_.w[i]
    for j in range(size):
        step = 0.0
        for k in range(size):
            step += map_.root[j, k] * z[k]
        x[j] = map_.x[j] + step
        for i in range(w.size):
            w[i] += map_.moves[j, i] * step


@jit
def _to_noise(map_, gx, gw, out):
    """Fills the gradient in z (P + q,) from those in x and w; gw is overwritten."""
    size = gx.size
    for j in range(size):
        total = 0.0
        for i in range(gw.size):
            total += map_.moves[j, i] * gw[i]
        gx[j] += total
    for k in range(size):
        total = 0.0
        for j in range(size):
            total += map_.root[j, k] * gx[j]
        out[k] = total
    _gradient_to_noise(map_, gw)
    for i in range(gw.size):
        out[size + i] = map_.scale[i] * gw[i]


@jit
def thresholds(x, n_thresholds, tau):
    """Fills tau (K - 1,) from tau_1 and the log gaps."""
    for k in range(n_thresholds):
        tau[k] = x[0] if k == 0 else tau[k - 1] + math.exp(x[k])


@jit
def effect_scales(rows, map_, x, scale):
    """Fills scale (T,): u_t = scale_t w_t."""
    first_sd = rows.n_thresholds + rows.X.shape[1]
    for t in range(scale.size):
        a = map_.centred[t]
        scale[t] = math.exp((1.0 - a) * x[first_sd + t] + a * map_.log_sd[t])


@jit
def _fixed_part(X, b, out):
    for c in range(X.shape[0]):
        total = 0.0
        for j in range(b.size):
            total += X[c, j] * b[j]
        out[c] = total


@jit
def _likelihood(rows, x, effects, gx, to_effects):
    """Log-likelihood; fills its gradient in (thresholds, b, residual) and in the effects on the latent scale."""
    k, p = rows.n_thresholds, rows.X.shape[1]
    tau, to_tau = np.empty(k), np.zeros(k)
    fixed, to_cells = np.empty(rows.X.shape[0]), np.zeros(rows.X.shape[0])
    _fixed_part(rows.X, x[k : k + p], fixed)
    if rows.link == GAUSSIAN:
        sigma = math.exp(x[-1])
        total, squares, weights = gaussian_rows(
            rows.y, rows.weight, rows.cell, rows.level, sigma, fixed, effects, to_cells, to_effects
        )
        gx[-1] = squares / (sigma * sigma) - weights
    else:
        thresholds(x, k, tau)
        total = cumulative_rows(
            rows.link,
            rows.unweighted,
            rows.starts,
            rows.weight,
            rows.cell,
            rows.level,
            tau,
            fixed,
            effects,
            to_tau,
            to_cells,
            to_effects,
        )
    above = 0.0
    for j in range(k - 1, -1, -1):
        above += to_tau[j]
        gx[j] = above * (math.exp(x[j]) if j > 0 else 1.0)
    for c in range(to_cells.size):
        for j in range(p):
            gx[k + j] += rows.X[c, j] * to_cells[c]
    return total


@jit
def joint_density(rows, priors, map_, x, w, gx, gw):
    """Log density of (x, w) up to a constant; fills its gradients gx (P,) and gw (q,)."""
    terms, first_sd = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1]
    scale, effects = np.empty(terms), np.empty(w.size)
    effect_scales(rows, map_, x, scale)
    for t in range(terms):
        for i in range(rows.offsets[t], rows.offsets[t + 1]):
            effects[i] = scale[t] * w[i]
    gx[:] = 0.0
    gw[:] = 0.0
    total = _likelihood(rows, x, effects, gx, gw) + add_log_prior(priors, x, gx)
    for t in range(terms):
        a, along, square = map_.centred[t], 0.0, 0.0
        precision = math.exp(2.0 * a * (map_.log_sd[t] - x[first_sd + t]))
        for i in range(rows.offsets[t], rows.offsets[t + 1]):
            along += gw[i] * effects[i]
            square += w[i] * w[i]
            gw[i] = scale[t] * gw[i] - precision * w[i]
        levels = rows.offsets[t + 1] - rows.offsets[t]
        total -= 0.5 * precision * square + a * levels * x[first_sd + t]
        gx[first_sd + t] += (1.0 - a) * along + a * (precision * square - levels)
    return total


@jit
def whitened_density(rows, priors, map_, z, gradient):
    """Log density in z up to a constant; fills its gradient (P + q,)."""
    size = map_.x.size
    x, w, gx, gw = np.empty(size), np.empty(z.size - size), np.empty(size), np.empty(z.size - size)
    position(map_, z, x, w)
    total = joint_density(rows, priors, map_, x, w, gx, gw)
    _to_noise(map_, gx, gw, gradient)
    return total
