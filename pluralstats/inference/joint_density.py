"""The joint log density of parameters and random effects, with its gradient.

Parameters x = (tau_1, log gaps, b, log sd, [log residual sd]); random effects w, stacked by term, with

    u_t = sd_t^(1 - a_t) c_t^(a_t) w_t,        w_t ~ N(0, (sd_t / c_t)^(2 a_t)),

c_t the sd at the mode: a_t = 0 is the non-centred form, a_t = 1 the centred one. The sampler moves in z, from which
``affine_map`` makes x and w.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.affine_map import position, to_noise
from pluralstats.inference.kernels import jit
from pluralstats.inference.prior_density import add_log_prior
from pluralstats.inference.row_gradients import cumulative_rows, gaussian_rows

GAUSSIAN = 2  # beside PROBIT and LOGIT


class Rows(NamedTuple):
    """Ratings as the kernels read them, sorted by category (gaussian: as in the design).

    ``link`` PROBIT, LOGIT or GAUSSIAN; ``unweighted`` whether every weight is 1; ``starts`` (K + 1,) first row of each
    category; ``y`` (n,) gaussian ratings, else empty; ``weight``, ``cell`` (n,); ``level`` (T, n) positions in the
    stacked effects; ``X`` (n_cells, p); ``offsets`` (T + 1,) of the terms in the stacked effects; ``n_thresholds``.
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
    to_noise(map_, gx, gw, gradient)
    return total
