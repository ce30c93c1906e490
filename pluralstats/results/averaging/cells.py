"""Loops over draws and cells that average cumulative probabilities, see ``averages``."""

import numpy as np

from pluralstats.inference.kernels.rows import PROBIT
from pluralstats.results.averaging.mixtures import add_cell
from pluralstats.results.averaging.smooth_tables import (
    add_directly,
    extent_of,
    fill_polynomials,
    fill_table,
    split_of,
    value_at,
)
from pluralstats.storage.compiled import kernel

FAR = 1e4  # where no threshold but one that is as good as infinite lies, in units of the noise


@kernel
def _ends(tau, linear, people):
    """The smallest and largest tau - linear of some people."""
    smallest, largest = linear[people[0]], linear[people[0]]
    for r in people:
        smallest, largest = min(smallest, linear[r]), max(largest, linear[r])
    return tau[0] - largest, tau[-1] - smallest


@kernel
def _add_people(tau, linear, people, polynomials, low, step, least, most, total, values):
    """Add G(tau_k - linear_r) of some people to values (R, K - 1)."""
    per_step = 1.0 / step
    for r in people:
        for k in range(tau.size):
            values[r, k] += value_at(polynomials, low, per_step, least, most, total, tau[k] - linear[r])


@kernel
def _inner_ends(tau, linear, people):
    """As ``_ends``, of the thresholds that are not as good as infinite."""
    low, high = np.inf, -np.inf
    for cut in tau:
        if abs(cut) < FAR:
            low, high = min(low, cut), max(high, cut)
    if low > high:
        low, high = 0.0, 0.0
    smallest, largest = linear[people[0]], linear[people[0]]
    for r in people:
        smallest, largest = min(smallest, linear[r]), max(largest, linear[r])
    return low - largest, high - smallest


@kernel
def _weigh(values, weight_starts, setting, weight, out):
    """Add the values (R, K - 1) of people to the averages (A, K - 1) of the settings that they are in."""
    for r in range(values.shape[0]):
        for m in range(weight_starts[r], weight_starts[r + 1]):
            for k in range(values.shape[1]):
                out[setting[m], k] += weight[m] * values[r, k]


@kernel
def average_cumulative(link, tau, linear, kinds, cells, sd_new, offsets, share, weights, rules, out):
    """P(y <= k) for every setting and draw: one table of G for each draw and cell.

    Parameters
    ----------
    tau : (S, K - 1) thresholds
    linear : (S, R) linear predictors of people
    kinds : (R,) people sorted by kind, and (G + 1,) the first of each kind in that order
    cells : (C,) kind of the people of each cell, and (C + 1,) its first item among ``offsets``
    sd_new : (S, C) standard deviation of everything integrated over
    offsets : (S, N) effects of the items of all cells, one cell after another
    share : (N,) of the item among all that the kind meets
    weights : (R + 1,), (M,), (M,): where the settings of each person start, the settings, the person's share in them
    rules : two (2, H) arrays, nodes and weights of Gauss-Hermite and of the sum over the logistic density
    out : (S, A, K - 1) zeros, to which the averages are added
    """
    order, kind_starts = kinds
    kind_of, cell_starts = cells
    for s in range(tau.shape[0]):
        values = np.zeros((linear.shape[1], tau.shape[1]))
        for g in range(kind_of.size):
            people = order[kind_starts[kind_of[g]] : kind_starts[kind_of[g] + 1]]
            items = offsets[s, cell_starts[g] : cell_starts[g + 1]]
            shares = share[cell_starts[g] : cell_starts[g + 1]]
            kernel, scale, factor, far = split_of(link, sd_new[s, g])
            least, most = items.min() - far, items.max() + far
            step = max(0.25 if link == PROBIT else 0.125, scale / 16.0)
            first, last = _ends(tau[s], linear[s], people)
            low, step, n_rows = extent_of(first, last, least, most, step)
            table, polynomials = np.empty((n_rows, 4)), np.empty((n_rows - 1, 6))
            rule = rules[0] if kernel == 1 else rules[1]
            fill_table(kernel, scale, items, shares, low, step, factor, rule[0], rule[1], table)
            fill_polynomials(table, step, polynomials)
            _add_people(tau[s], linear[s], people, polynomials, low, step, least, most, shares.sum(), values)
        _weigh(values, *weights, out[s])


@kernel
def average_ways(link, tau, noise, node_weight, way, linear, kinds, cells, sd_new, offsets, share, weights, rules, out):
    """As ``average_cumulative`` for cells with noises and thresholds of their own, at nodes of a new rater's.

    Parameters
    ----------
    tau, noise : (S, U, H, K - 1), (S, U, H) of each way to rate at each node
    node_weight : (H,)
    way : (C,) of each cell
    """
    order, kind_starts = kinds
    kind_of, cell_starts = cells
    for s in range(tau.shape[0]):
        values = np.zeros((linear.shape[1], tau.shape[3]))
        for g in range(kind_of.size):
            people = order[kind_starts[kind_of[g]] : kind_starts[kind_of[g] + 1]]
            at = np.arange(people.size)
            found = np.zeros((people.size, tau.shape[3]))
            for h in range(node_weight.size):
                scale = 1.0 / noise[s, way[g], h]
                cuts, own = scale * tau[s, way[g], h], scale * linear[s][people]
                items = scale * offsets[s, cell_starts[g] : cell_starts[g + 1]]
                shares = node_weight[h] * share[cell_starts[g] : cell_starts[g + 1]]
                _add_cell(link, cuts, own, at, items, shares, scale * sd_new[s, g], rules, found)
            for i in at:
                values[people[i]] += found[i]
        _weigh(values, *weights, out[s])


@kernel
def _add_cell(link, tau, linear, people, items, shares, sd, rules, values):
    """Add G(tau_k - linear_r) of one cell to values (R, K - 1), by a table or, of few people, one by one."""
    which, scale, factor, far = split_of(link, sd)
    rule = rules[0] if which == 1 else rules[1]
    least, most = items.min() - far, items.max() + far
    step = max(0.25 if link == PROBIT else 0.125, scale / 16.0)
    first, last = _inner_ends(tau, linear, people)
    low, step, n_rows = extent_of(first, last, least, most, step)
    if people.size * tau.size <= n_rows:
        add_directly(which, scale, factor, rule, tau, linear, people, items, shares, values)
        return
    table, polynomials = np.empty((n_rows, 4)), np.empty((n_rows - 1, 6))
    fill_table(which, scale, items, shares, low, step, factor, rule[0], rule[1], table)
    fill_polynomials(table, step, polynomials)
    _add_people(tau, linear, people, polynomials, low, step, least, most, shares.sum(), values)


@kernel
def average_any(address, shifts, unit, ways, linear, kinds, cells, sd_new, offsets, share, weights, out):
    """As ``average_ways`` for any family, see ``mixtures.add_cell``; ``unit`` (S, U, H) of each way at each node."""
    tau, noise, node_weight, way = ways
    order, kind_starts = kinds
    kind_of, cell_starts = cells
    for s in range(tau.shape[0]):
        values = np.zeros((linear.shape[1], tau.shape[3]))
        for g in range(kind_of.size):
            people = order[kind_starts[kind_of[g]] : kind_starts[kind_of[g] + 1]]
            at = np.arange(people.size)
            found = np.zeros((people.size, tau.shape[3]))
            for h in range(node_weight.size):
                scale = 1.0 / noise[s, way[g], h]
                cuts, own = scale * tau[s, way[g], h], scale * linear[s][people]
                items = scale * offsets[s, cell_starts[g] : cell_starts[g + 1]]
                shares, sd = node_weight[h] * share[cell_starts[g] : cell_starts[g + 1]], scale * sd_new[s, g]
                add_cell(address, shifts, unit[s, way[g], h], cuts, own, at, items, shares, sd, found)
            for i in at:
                values[people[i]] += found[i]
        _weigh(values, *weights, out[s])
