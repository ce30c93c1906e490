"""The joint log density of parameters and random effects, with its gradient.

Parameters x = (tau_1, log gaps of each group, b, log sd, w of the correlations, [log residual sd]), in which the steps
of a monotonic effect have numbers without constraints in their places (``step_places``); random effects w,
stacked, for an intercept with

    u_t = sd_t^(1 - a_t) c_t^(a_t) w_t,        w_t ~ N(0, (sd_t / c_t)^(2 a_t)),

c_t the sd at the mode: a_t = 0 is the non-centred form, a_t = 1 the centred one. Of a term of several effects, with
Lambda the root of their covariance (``covariance_roots``), Lambda_0 that at the mode and a = diag(a_t),

    u = Lambda K w,    K w ~ N(0, I),    K_t = (1 - a_t) e_t + a_t (Lambda_0,t - sum_{b < t} Lambda_tb K_b) / Lambda_tt,

row by row (``root_entries``): with a_t = 1 for all Lambda K is Lambda_0. The same to first order around the
mode. The sampler moves in z, from which ``affine_map`` and ``root_entries``
make x and w.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.roots import Pairs, add_root_gradient, fill_root
from pluralstats.inference.kernels.gradients import Runs, Shared, likelihood_of_rows
from pluralstats.inference.marginal.priors import add_log_prior
from pluralstats.inference.sampling.affine_map import position, to_noise
from pluralstats.inference.sampling.nests import nested_gradient, unnest
from pluralstats.inference.sampling.root_entries import (
    entries_gradient,
    from_entries,
    relative_root,
    relative_root_gradient,
)
from pluralstats.model.category_rows import CategoryRows
from pluralstats.model.step_places import Steps, fill_steps, steps_gradient
from pluralstats.model.thresholds import fill_stack, stack_gradient
from pluralstats.storage.compiled import kernel


class Rows(NamedTuple):
    """Ratings as the kernels read them, sorted by group of thresholds and category (numbers: one, as in the design).

    ``chunk``, ``single_chunk`` (0: none) and ``part_chunk`` of the family, their addresses; ``unweighted`` whether
    every weight is 1; ``runs`` of rows; ``y`` (n,) ratings that are numbers, else empty; ``weight`` (n,); ``at`` where
    rows get their predictors from; ``X`` (n_cells, p) and ``part`` (p,) the predictor that a column moves, of
    ``n_predictors``;
    ``known`` (n_cells,) the offset of eta; ``offsets`` (T + 1,) of the groupings in the stacked effects; ``blocks``
    (B + 1,) first grouping of each term; ``pairs`` of correlated groupings; ``cuts`` (G + 1,) where thresholds of
    groups start, ``ordered`` whether they are, ``n_thresholds`` numbers that stand for all; ``category`` of ``cs()``;
    ``steps`` of monotonic effects.
    """

    chunk: int
    single_chunk: int
    part_chunk: int
    unweighted: bool
    runs: Runs
    y: np.ndarray
    weight: np.ndarray
    at: Shared
    X: np.ndarray
    part: np.ndarray
    n_predictors: int
    known: np.ndarray
    offsets: np.ndarray
    blocks: np.ndarray
    pairs: Pairs
    cuts: np.ndarray
    ordered: bool
    n_thresholds: int
    category: CategoryRows
    steps: Steps


@kernel
def effect_scales(rows, map_, x, root, scale):
    """Fills root (T, T), Lambda, and scale (T, T): u = scale w, a number for an intercept, T for several effects."""
    terms, first_sd = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1]
    fill_root(x[first_sd : first_sd + terms + rows.pairs.row.size], rows.pairs, terms, root)
    scale[:] = 0.0
    for k in range(rows.blocks.size - 1):
        start, stop = rows.blocks[k], rows.blocks[k + 1]
        if stop - start == 1:
            a = map_.centred[start]
            scale[start, start] = math.exp((1.0 - a) * x[first_sd + start] + a * map_.log_sd[start])
        else:
            own, K = root[start:stop, start:stop], np.empty((stop - start, stop - start))
            relative_root(own, map_.anchor[start:stop, start:stop], map_.centred[start:stop], K)
            for b in range(stop - start):
                for t in range(b, stop - start):
                    total = 0.0
                    for k in range(b, t + 1):
                        total += own[t, k] * K[k, b]
                    scale[start + t, start + b] = total


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
def _fixed_part(X, part, known, b, out):
    """Fills out (predictors, n_cells); eta, the first, has the offset too."""
    out[:] = 0.0
    for c in range(X.shape[0]):
        out[0, c] = known[c]
        for j in range(b.size):
            out[part[j], c] += X[c, j] * b[j]


@kernel
def _likelihood(rows, x, effects, gx, to_effects):
    """Log-likelihood; fills its gradient in (thresholds, b, residual) and in the effects on the latent scale."""
    k, p = rows.n_thresholds, rows.X.shape[1]
    b, to_b = x[k : k + p].copy(), np.zeros(p)
    own = np.empty(max(k, 1) * max(rows.category.Z.shape[0], 1))
    to_own, cells = np.zeros(own.size), (rows.n_predictors, rows.X.shape[0])
    fixed, to_cells = np.empty(cells), np.zeros(cells)
    fill_steps(rows.steps, x[k : k + p], b)
    _fixed_part(rows.X, rows.part, rows.known, b, fixed)
    if k:
        fill_stack(x, rows.cuts, rows.ordered, rows.category, b, own)
    else:
        own[0] = math.exp(x[-1])
    total = likelihood_of_rows(rows, own, fixed, effects, to_own, to_cells, to_effects)
    if k:
        stack_gradient(x, rows.cuts, rows.ordered, rows.category, to_own, gx, to_b)
    else:
        gx[-1] = to_own[0]
    for c in range(rows.X.shape[0]):
        for j in range(p):
            to_b[j] += rows.X[c, j] * to_cells[rows.part[j], c]
    steps_gradient(rows.steps, x[k : k + p], to_b, gx[k : k + p])
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
def _several(rows, map_, w, start, stop, root, scale, to_root, gw):
    """The same for groupings start to stop, a term of several effects; fills ``to_root``, the gradient in Lambda."""
    c, levels = stop - start, rows.offsets[start + 1] - rows.offsets[start]
    K, sums, along = np.zeros((c, c)), np.zeros((c, c)), np.zeros((c, c))
    own_root, anchor = root[start:stop, start:stop], map_.anchor[start:stop, start:stop]
    relative_root(own_root, anchor, map_.centred[start:stop], K)
    P = K.T @ K
    for b in range(c):  # w_b moves u_b and what comes after it, whose gradients are still needed then
        own = w[rows.offsets[start + b] : rows.offsets[start + b + 1]]
        to_own = gw[rows.offsets[start + b] : rows.offsets[start + b + 1]]
        for a in range(c):
            other = w[rows.offsets[start + a] : rows.offsets[start + a + 1]]
            to_other = gw[rows.offsets[start + a] : rows.offsets[start + a + 1]]
            product, slope = 0.0, 0.0
            for i in range(levels):
                product += own[i] * other[i]
                slope += to_other[i] * own[i]
            sums[a, b] = product
            along[a, b] = slope if a >= b else 0.0
        for i in range(levels):
            to_own[i] *= scale[start + b, start + b]
        for a in range(b + 1, c):
            to_other = gw[rows.offsets[start + a] : rows.offsets[start + a + 1]]
            for i in range(levels):
                to_own[i] += scale[start + a, start + b] * to_other[i]
    for b in range(c):
        to_own = gw[rows.offsets[start + b] : rows.offsets[start + b + 1]]
        for a in range(c):
            other = w[rows.offsets[start + a] : rows.offsets[start + a + 1]]
            for i in range(levels):
                to_own[i] -= P[a, b] * other[i]
    total = -0.5 * (P * sums).sum()
    to_K = -(K @ sums)
    for a in range(c):
        total += levels * math.log(K[a, a])
        to_K[a, a] += levels / K[a, a]
    relative_root_gradient(own_root, anchor, K, to_K, along, map_.centred[start:stop], to_root[start:stop, start:stop])
    return total


@kernel
def joint_density(rows, priors, map_, x, w, gx, gw):
    """Log density of (x, w) up to a constant; fills its gradients gx (P,) and gw (q,)."""
    terms, first_sd = rows.offsets.size - 1, rows.n_thresholds + rows.X.shape[1]
    root, scale, to_root = np.empty((terms, terms)), np.empty((terms, terms)), np.zeros((terms, terms))
    effects = np.empty(w.size)
    effect_scales(rows, map_, x, root, scale)
    scaled_effects(rows, scale, w, effects)
    gx[:] = 0.0
    gw[:] = 0.0
    total = _likelihood(rows, x, effects, gx, gw) + add_log_prior(priors, x, gx)
    for k in range(rows.blocks.size - 1):
        start, stop = rows.blocks[k], rows.blocks[k + 1]
        if stop - start == 1:
            total += _intercepts(rows, map_, x, w, effects, start, scale[start, start], gx, gw)
        else:
            total += _several(rows, map_, w, start, stop, root, scale, to_root, gw)
    last = first_sd + terms + rows.pairs.row.size
    add_root_gradient(x[first_sd:last], rows.pairs, terms, root, to_root, gx[first_sd:last])
    return total


@kernel
def whitened_density(rows, priors, map_, z, gradient):
    """Log density in z up to a constant; fills its gradient (P + q,)."""
    size = map_.x.size
    x, w, gx, gw = np.empty(size), np.empty(z.size - size), np.empty(size), np.empty(z.size - size)
    position(map_, z, x, w)
    from_entries(rows, x)
    unnest(map_, rows.offsets, x, w)
    total = joint_density(rows, priors, map_, x, w, gx, gw)
    nested_gradient(map_, rows.offsets, x, w, gx, gw)
    total += entries_gradient(rows, x, gx)
    to_noise(map_, gx, gw, gradient)
    return total
