"""Pair probabilities given a rater, one posterior draw at a time.

Both responses are rated by the same rater. Let t be everything that the rater adds to the linear predictors (x'b of the
profile and the rater's effect); given t ratings are independent, and with c_k = P(y <= k) = F(tau_k - t - o)

    P(a above b) + 1/2 P(tie) = 1/2 + 1/2 sum_k [c_k(a) c_{k-1}(b) - c_{k-1}(a) c_k(b)],   k = 1 .. K - 1,

which is exactly antisymmetric in a and b. The sum over raters runs over nodes t with weights. A utility of several
dimensions takes the place of the rating, its distribution given t by convolution. F is looked up in a table, a 256th
of a unit of scale apart, interpolated linearly: wrong by 5e-7 at most.
"""

import numpy as np

from pluralstats.inference.kernels.rows import PROBIT
from pluralstats.results.averaging.averages import one_by_one
from pluralstats.storage.compiled import kernel

STEPS = 256  # entries of a table to a unit of scale
REACH = 32  # units of scale on either side, beyond which F is 0 or 1 (logit: to 1e-14)


def cumulative_tables(link: int, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 or S, 2 REACH STEPS + 1) tables of P(residual + N(0, own) <= x scale), and the scales (S,).

    Parameters
    ----------
    link : PROBIT or LOGIT
    own : (S,) variance of what is integrated over for each response by itself
    """
    x = np.arange(-REACH * STEPS, REACH * STEPS + 1) / STEPS
    scale = np.sqrt(1.0 + own)
    if link == PROBIT or not own.any():
        scale = scale if link == PROBIT else np.ones_like(own)
        return _cumulative(link, x[None], np.zeros(1)), scale
    return _cumulative(link, x * scale[:, None], np.sqrt(own)), scale


def _cumulative(link: int, x: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """(S, M) P(residual + N(0, sd^2) <= x)."""
    return one_by_one(link, np.zeros((len(x), 1)), -x, sd)[:, :, 0]


def in_entries(scale: np.ndarray, latent: np.ndarray) -> np.ndarray:
    """Differences on the latent scale, (S, ...), as numbers of entries of a table with scales (S,)."""
    return np.ascontiguousarray(latent * (STEPS / scale).reshape(-1, *[1] * (latent.ndim - 1)))


def as_positions(scale: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Thresholds (S, K - 1) as positions in a table, whose middle entry is 0."""
    return in_entries(scale, tau) + REACH * STEPS


@kernel
def look_up(table, position):
    if position <= 0.0:
        return 0.0
    if position >= table.size - 1.0:
        return 1.0
    i = int(position)
    return table[i] + (position - i) * (table[i + 1] - table[i])


@kernel
def add_gains(below, first, second, weight, out):
    """Add weight (P(a above b) + 1/2 P(tie) - 1/2) of every pair, from cumulative probabilities (J, V) of the items."""
    last = below.shape[1] - 1
    for r in range(first.size):
        a, b = below[first[r]], below[second[r]]
        total = 0.0
        for k in range(last):
            total += a[k + 1] * b[k] - a[k] * b[k + 1]
        out[r] += 0.5 * weight * total


@kernel
def add_rating_pairs(table, tau, offsets, nodes, weight, first, second, out):
    """Pairs by one rating: add their probabilities less a half, weighted, to ``out`` (S, G, R).

    Parameters
    ----------
    table : of ``cumulative_tables``
    tau : (S, K - 1) thresholds, as positions in the table
    offsets : (S, J) what items add to the linear predictor, in entries of the table
    nodes, weight : (S, N), (S, G, N) what raters add, in entries, and its distribution in each target
    first, second : (R,) items of the pairs
    """
    n_cuts = tau.shape[1]
    below = np.ones((offsets.shape[1], n_cuts + 1))
    gain = np.empty(first.size)
    for s in range(tau.shape[0]):
        F = table[min(s, table.shape[0] - 1)]
        for i in range(nodes.shape[1]):
            if not weight[s, :, i].any():
                continue
            for j in range(offsets.shape[1]):
                for k in range(n_cuts):
                    below[j, k] = look_up(F, tau[s, k] - nodes[s, i] - offsets[s, j])
            gain[:] = 0.0
            add_gains(below, first, second, 1.0, gain)
            for g in range(weight.shape[1]):
                if weight[s, g, i] != 0.0:  # below 0 at the outer nodes of an interpolation
                    out[s, g] += weight[s, g, i] * gain


@kernel
def add_expected(table, tau, gaps, worth, offsets, nodes, weight, out):
    """Add ``worth`` times the part of the expected rating above the lowest, weighted, to ``out`` (S, G, J).

    Parameters
    ----------
    gaps : (K - 1,) differences of neighbouring ratings
    worth : float
        Utility of a rating point. Others as above.
    """
    for s in range(tau.shape[0]):
        F = table[min(s, table.shape[0] - 1)]
        for i in range(nodes.shape[1]):
            if not weight[s, :, i].any():
                continue
            for j in range(offsets.shape[1]):
                above = 0.0
                for k in range(gaps.size):
                    above += gaps[k] * (1.0 - look_up(F, tau[s, k] - nodes[s, i] - offsets[s, j]))
                for g in range(weight.shape[1]):
                    out[s, g, j] += weight[s, g, i] * worth * above


@kernel
def _answers(F, tau, latent, out):
    """Probabilities of the answers on one dimension into ``out`` (K,); those above an infinite threshold have 0."""
    low = 0.0
    for k in range(tau.size):
        high = look_up(F, tau[k] - latent)
        out[k] = high - low
        low = high
    out[tau.size] = 1.0 - low


@kernel
def add_dimension(d, answers, to, sizes, work):
    """Move the distribution of the utility in ``work`` (2, V) on by the answers (K,) on dimension d."""
    before, after = work[d % 2], work[(d + 1) % 2]
    after[: sizes[d + 1]] = 0.0
    for v in range(sizes[d]):
        p = before[v]
        for k in range(answers.size):
            after[to[d, v, k]] += p * answers[k]


@kernel
def cumulate(last, below):
    """Cumulative probabilities (V,) from those of each value."""
    total = 0.0
    for v in range(below.size):
        total += last[v]
        below[v] = total


@kernel
def _utility_below(F, tau, node, offset, to, sizes, answers, work, below):
    """Cumulative probabilities (V,) of the utility of one item given the rater, by convolution over dimensions."""
    work[0, 0] = 1.0
    for d in range(node.size):
        _answers(F[d], tau[d], node[d] + offset[d], answers)
        add_dimension(d, answers, to, sizes, work)
    cumulate(work[node.size % 2], below)


@kernel
def add_utility_pairs(tables, tau, offsets, nodes, weight, to, sizes, first, second, out):
    """Pairs by a utility of D dimensions: add their probabilities less a half, weighted, to ``out`` (S, G, R).

    Parameters
    ----------
    tables : (D, 1 or S, M)
    tau : (S, D, K - 1) thresholds, as positions, infinite where a dimension has fewer
    offsets : (S, J, D)
    nodes, weight : (S, G, N, D), (S, G, N)
    to, sizes : of ``Steps``
    """
    n_items = offsets.shape[1]
    below = np.empty((n_items, sizes[-1]))
    work, answers = np.zeros((2, sizes.max())), np.empty(tau.shape[2] + 1)
    for s in range(tau.shape[0]):
        F = tables[:, min(s, tables.shape[1] - 1)]
        for g in range(weight.shape[1]):
            for i in range(nodes.shape[2]):
                if weight[s, g, i] == 0.0:  # of another kind
                    continue
                for j in range(n_items):
                    node, offset = nodes[s, g, i], offsets[s, j]
                    _utility_below(F, tau[s], node, offset, to, sizes, answers, work, below[j])
                add_gains(below, first, second, weight[s, g, i], out[s, g])
