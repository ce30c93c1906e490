"""The joint log density of parameters and random effects, with its gradient.

Parameters x = (tau_1, log gaps of each group, b, log sd, w of the correlations, [log residual sd]); random effects w, stacked, for
an intercept with

    u_t = sd_t^(1 - a_t) c_t^(a_t) w_t,        w_t ~ N(0, (sd_t / c_t)^(2 a_t)),

c_t the sd at the mode: a_t = 0 is the non-centred form, a_t = 1 the centred one. Terms with slopes are non-centred,
u = Lambda w (``covariance_roots``). The sampler moves in z, from which ``affine_map`` makes x and w.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.roots import Pairs, add_root_gradient, fill_root
from pluralstats.inference.kernels.gradients import Places, Runs, likelihood_of_rows
from pluralstats.inference.marginal.priors import add_log_prior
from pluralstats.inference.sampling.affine_map import position, to_noise
from pluralstats.inference.sampling.nests import nested_gradient, unnest
from pluralstats.model.thresholds import fill_thresholds, thresholds_gradient
from pluralstats.storage.compiled import kernel


class Rows(NamedTuple):
    """Ratings as the kernels read them, sorted by group of thresholds and category (numbers: one, as in the design).

    ``chunk`` and ``part_chunk`` of the family, their addresses; ``unweighted`` whether every weight is 1; ``runs`` of
    rows; ``y`` (n,) ratings that are numbers, else empty; ``weight`` (n,); ``at`` where rows get their
    effects from; ``X`` (n_cells, p) and ``part`` (p,) the predictor that a column moves, of ``n_predictors``;
    ``offsets`` (T + 1,) of the groupings in the stacked effects; ``blocks`` (B + 1,)
    first grouping of each term; ``pairs`` of correlated groupings; ``cuts`` (G + 1,) where thresholds of groups start,
    ``ordered`` whether they are, ``n_thresholds`` of all.
    """

    chunk: int
    part_chunk: int
    unweighted: bool
    runs: Runs
    y: np.ndarray
    weight: np.ndarray
    at: Places
    X: np.ndarray
    part: np.ndarray
    n_predictors: int
    offsets: np.ndarray
    blocks: np.ndarray
    pairs: Pairs
    cuts: np.ndarray
    ordered: bool
    n_thresholds: int


@kernel
def effect_scales(rows, map_, x, scale):
    """Fills scale (T, T): u = scale w, a number for an intercept, Lambda for a term with slopes."""
    terms, first_sd = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1]
    fill_root(x[first_sd : first_sd + terms + rows.pairs.row.size], rows.pairs, terms, scale)
    for t in range(terms):
        a = map_.centred[t]
        if a != 0.0:
            scale[t, t] = math.exp((1.0 - a) * x[first_sd + t] + a * map_.log_sd[t])


@kernel
def scaled_effects(rows, scale, w, effects):
    """Fills the effects (q,) on the latent scale."""
    for k in range(rows.blocks.size - 1):
        for a in range(rows.blocks[k], rows.blocks[k + 1]):
            first, last = rows.offsets[a], rows.offsets[a + 1]
            for i in range(first, last):
                effects[i] = scale[a, a] * w[i]
            for b in range(rows.blocks[k], a):
                shift = rows.offsets[b] - first
                for i in range(first, last):
                    effects[i] += scale[a, b] * w[i + shift]


@kernel
def _fixed_part(X, part, b, out):
    """Fills out (predictors, n_cells)."""
    out[:] = 0.0
    for c in range(X.shape[0]):
        for j in range(b.size):
            out[part[j], c] += X[c, j] * b[j]


@kernel
def _likelihood(rows, x, effects, gx, to_effects):
    """Log-likelihood; fills its gradient in (thresholds, b, residual) and in the effects on the latent scale."""
    k, p = rows.n_thresholds, rows.X.shape[1]
    own, to_own = np.empty(max(k, 1)), np.zeros(max(k, 1))
    cells = (rows.n_predictors, rows.X.shape[0])
    fixed, to_cells = np.empty(cells), np.zeros(cells)
    _fixed_part(rows.X, rows.part, x[k : k + p], fixed)
    if k:
        fill_thresholds(x, rows.cuts, rows.ordered, own)
    else:
        own[0] = math.exp(x[-1])
    total = likelihood_of_rows(rows, own, fixed, effects, to_own, to_cells, to_effects)
    if k:
        thresholds_gradient(x, rows.cuts, rows.ordered, to_own, gx)
    else:
        gx[-1] = to_own[0]
    for c in range(rows.X.shape[0]):
        for j in range(p):
            gx[k + j] += rows.X[c, j] * to_cells[rows.part[j], c]
    return total


@kernel
def _intercepts(rows, map_, x, w, effects, t, scale, gx, gw):
    """Log density of the effects of grouping t, a random intercept; moves gw from u to w and adds to gx."""
    at = rows.n_thresholds + rows.X.shape[1] + t
    a, along, square = map_.centred[t], 0.0, 0.0
    precision = math.exp(2.0 * a * (map_.log_sd[t] - x[at]))
    for i in range(rows.offsets[t], rows.offsets[t + 1]):
        along += gw[i] * effects[i]
        square += w[i] * w[i]
        gw[i] = scale * gw[i] - precision * w[i]
    levels = rows.offsets[t + 1] - rows.offsets[t]
    gx[at] += (1.0 - a) * along + a * (precision * square - levels)
    return -0.5 * precision * square - a * levels * x[at]


@kernel
def _slopes(rows, w, start, stop, scale, to_scale, gw):
    """The same for the groupings start to stop, a term with slopes; fills ``to_scale``, the gradient in Lambda."""
    square = 0.0
    for b in range(start, stop):  # w_b moves u_b and what comes after it, whose gradients are still needed then
        first, last = rows.offsets[b], rows.offsets[b + 1]
        for a in range(b, stop):
            shift, along = rows.offsets[a] - first, 0.0
            for i in range(first, last):
                along += gw[i + shift] * w[i]
            to_scale[a, b] = along
        for i in range(first, last):
            square += w[i] * w[i]
            gw[i] = scale[b, b] * gw[i] - w[i]
        for a in range(b + 1, stop):
            shift = rows.offsets[a] - first
            for i in range(first, last):
                gw[i] += scale[a, b] * gw[i + shift]
    return -0.5 * square


@kernel
def joint_density(rows, priors, map_, x, w, gx, gw):
    """Log density of (x, w) up to a constant; fills its gradients gx (P,) and gw (q,)."""
    terms, first_sd = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1]
    scale, to_scale, effects = np.empty((terms, terms)), np.zeros((terms, terms)), np.empty(w.size)
    effect_scales(rows, map_, x, scale)
    scaled_effects(rows, scale, w, effects)
    gx[:] = 0.0
    gw[:] = 0.0
    total = _likelihood(rows, x, effects, gx, gw) + add_log_prior(priors, x, gx)
    for k in range(rows.blocks.size - 1):
        start, stop = rows.blocks[k], rows.blocks[k + 1]
        if stop - start == 1:
            total += _intercepts(rows, map_, x, w, effects, start, scale[start, start], gx, gw)
        else:
            total += _slopes(rows, w, start, stop, scale, to_scale, gw)
    last = first_sd + terms + rows.pairs.row.size
    add_root_gradient(x[first_sd:last], rows.pairs, terms, scale, to_scale, gx[first_sd:last])
    return total


@kernel
def whitened_density(rows, priors, map_, z, gradient):
    """Log density in z up to a constant; fills its gradient (P + q,)."""
    size = map_.x.size
    x, w, gx, gw = np.empty(size), np.empty(z.size - size), np.empty(size), np.empty(z.size - size)
    position(map_, z, x, w)
    unnest(map_, rows.offsets, x, w)
    total = joint_density(rows, priors, map_, x, w, gx, gw)
    nested_gradient(map_, rows.offsets, x, w, gx, gw)
    to_noise(map_, gx, gw, gradient)
    return total
