"""Sums over rows: what all ratings add to random effects, cells and loadings, and the linear predictor they have."""

import numpy as np

from pluralstats.storage.compiled import kernel

PROBIT, LOGIT = 0, 1  # the noise whose averages over normal effects predictions know in closed form or by quadrature
LINKS = {"probit": PROBIT, "logit": LOGIT}


@kernel
def linear_predictor(fixed, cell, index, loading, v, eta):
    """eta (n,) = fixed[cell] + sum over groupings of loading[cell, t] * v[index[:, t]], written in place."""
    for i in range(eta.size):
        value = fixed[cell[i]]
        for t in range(index.shape[1]):
            value += loading[cell[i], t] * v[index[i, t]]
        eta[i] = value


@kernel
def sum_by_level(index, values, n_levels):
    """(n_levels,) sums of values over the levels of one index column or of the cells."""
    out = np.zeros(n_levels)
    for i in range(index.size):
        out[index[i]] += values[i]
    return out


@kernel
def sum_by_effects(index, cell, loading, values, size):
    """(size,) sums of a row quantity times its loadings over the random effects, stacked."""
    out = np.zeros(size)
    for i in range(index.shape[0]):
        for t in range(index.shape[1]):
            out[index[i, t]] += loading[cell[i], t] * values[i]
    return out


@kernel
def sum_by_loadings(index, cell, values, v, out):
    """Adds to out (n_cells, T), the derivatives in loadings, the row quantity times the row's effects."""
    for i in range(index.shape[0]):
        for t in range(index.shape[1]):
            out[cell[i], t] += values[i] * v[index[i, t]]


@kernel
def sum_by_cells(cell, values, scale, out):
    """Adds to out (n_cells, T) the rows of values (n, T), each times its scale (n,)."""
    for i in range(values.shape[0]):
        for t in range(values.shape[1]):
            out[cell[i], t] += scale[i] * values[i, t]


@kernel
def predictors(fixed, cell, index, loading, part, v, out):
    """out (n, 3), eta, log s and a of each row, from ``fixed`` (3, n_cells) and the effects of each predictor."""
    for i in range(out.shape[0]):
        for m in range(out.shape[1]):
            out[i, m] = fixed[m, cell[i]]
        for t in range(index.shape[1]):
            out[i, part[t]] += loading[cell[i], t] * v[index[i, t]]


@kernel
def sum_parts_by_effects(index, cell, loading, part, values, size):
    """``sum_by_effects`` of values (n, 3), each loading with that of its predictor."""
    out = np.zeros(size)
    for i in range(index.shape[0]):
        for t in range(index.shape[1]):
            out[index[i, t]] += loading[cell[i], t] * values[i, part[t]]
    return out


@kernel
def sum_parts_by_loadings(index, cell, part, values, v, out):
    """``sum_by_loadings`` of values (n, 3)."""
    for i in range(index.shape[0]):
        for t in range(index.shape[1]):
            out[cell[i], t] += values[i, part[t]] * v[index[i, t]]


@kernel
def sum_parts_by_cells(cell, part, touched, curvature, out):
    """Takes from out (n_cells, T) what a loading adds to H: touched (n, T, 3) times curvature (n, 3, 3)."""
    for i in range(touched.shape[0]):
        for t in range(touched.shape[1]):
            for m in range(3):
                out[cell[i], t] -= curvature[i, part[t], m] * touched[i, t, m]
