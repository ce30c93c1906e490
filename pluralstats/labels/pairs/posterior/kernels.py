"""Pair probabilities given a rater, one posterior draw at a time.

Both responses are rated by the same rater. Let t be everything that the rater adds to the linear predictors (x'b of the
profile and the rater's effect); given t ratings are independent, and with c_k = P(y <= k) = F(tau_k - t - o)

    P(a above b) + 1/2 P(tie) = 1/2 + 1/2 sum_k [c_k(a) c_{k-1}(b) - c_{k-1}(a) c_k(b)],   k = 1 .. K - 1,

which is exactly antisymmetric in a and b. The sum over raters runs over nodes t with weights. A utility of several
dimensions takes the place of the rating, its distribution given t by convolution. F is looked up in a table, a 256th
of a unit of scale apart, interpolated linearly: wrong by 5e-7 at most. Families whose thresholds and linear predictor
are not one difference have a table for each k.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.rows import LINKS, PROBIT
from pluralstats.model.families.family import Family
from pluralstats.results.averaging.averages import thresholds_of
from pluralstats.results.averaging.curves import curves_at, cuts_of
from pluralstats.results.averaging.mixtures import TAIL
from pluralstats.storage.compiled import kernel

STEPS = 256  # entries of a table to a unit of scale
REACH = 32  # units of scale on either side, beyond which F is 0 or 1 (logit: to 1e-14)
FARTHEST = 500  # units of scale of a table, beyond which a draw has no meaning


class Tables(NamedTuple):
    """``values`` (1 or S, C, M) of C curves, 0 in the middle, for ``cut`` (S, K - 1); units of ``scale`` (S,)."""

    values: np.ndarray
    scale: np.ndarray
    cut: np.ndarray

    @property
    def positions(self) -> np.ndarray:
        """(S, K - 1) the cuts as positions in a table."""
        return in_entries(self.scale, self.cut) + self.values.shape[2] // 2


def cumulative_tables(family: Family, tau: np.ndarray, own: np.ndarray) -> Tables:
    """Tables of P(y <= k) as functions of a distance, see ``averaging.curves``.

    Parameters
    ----------
    tau : (S, K - 1)
    own : (S,) variance of what is integrated over for each response by itself
    """
    cut = cuts_of(family, tau)
    if family.averaged not in LINKS:
        return _tables_of_any(family, tau, own, cut)
    x = np.arange(-REACH * STEPS, REACH * STEPS + 1) / STEPS
    scale, is_probit = np.sqrt(1.0 + own), LINKS[family.averaged] == PROBIT
    if is_probit or not own.any():
        scale = scale if is_probit else np.ones_like(own)
        return Tables(curves_at(family, tau[:1], -x[None], np.zeros(1)), scale, cut)
    return Tables(curves_at(family, tau, -x * scale[:, None], np.sqrt(own)), scale, cut)


def _tables_of_any(family: Family, tau: np.ndarray, own: np.ndarray, cut: np.ndarray) -> Tables:
    scale = np.maximum(thresholds_of(family).strip(tau), np.sqrt(own))
    farthest = np.abs(tau - cut).max(axis=1) + REACH + TAIL * np.sqrt(own)
    reach = int(np.ceil(min((farthest / scale).max(), FARTHEST)))
    x = np.arange(-reach * STEPS, reach * STEPS + 1) / STEPS
    return Tables(curves_at(family, tau, -x * scale[:, None], np.sqrt(own)), scale, cut)


def stacked(tables: Sequence[Tables]) -> np.ndarray:
    """(D, 1 or S, C, M) tables of several dimensions, those with fewer curves or entries filled up."""
    n, curves, size = np.max([one.values.shape for one in tables], axis=0)
    out = np.empty((len(tables), n, curves, size))
    for to, one in zip(out, tables, strict=True):
        more = (size - one.values.shape[2]) // 2
        to[:, :, :more], to[:, :, size - more :] = 0.0, 1.0
        to[:, :, more : size - more] = one.values  # one curve stands for all
        to[:, one.values.shape[1] :] = to[:, [one.values.shape[1] - 1]]
    return out


def in_entries(scale: np.ndarray, latent: np.ndarray) -> np.ndarray:
    """Differences on the latent scale, (S, ...), as numbers of entries of a table with scales (S,)."""
    return np.ascontiguousarray(latent * (STEPS / scale).reshape(-1, *[1] * (latent.ndim - 1)))


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
    table : (1 or S, C, M)
    tau : (S, K - 1) cuts, as positions in the table
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
                    below[j, k] = look_up(F[min(k, F.shape[0] - 1)], tau[s, k] - nodes[s, i] - offsets[s, j])
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
                    curve = F[min(k, F.shape[0] - 1)]
                    above += gaps[k] * (1.0 - look_up(curve, tau[s, k] - nodes[s, i] - offsets[s, j]))
                for g in range(weight.shape[1]):
                    out[s, g, j] += weight[s, g, i] * worth * above


@kernel
def _answers(F, tau, latent, out):
    """Probabilities of the answers on one dimension into ``out`` (K,); those above an infinite threshold have 0."""
    low = 0.0
    for k in range(tau.size):
        high = look_up(F[min(k, F.shape[0] - 1)], tau[k] - latent)
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
    tables : (D, 1 or S, C, M)
    tau : (S, D, K - 1) cuts, as positions, infinite where a dimension has fewer
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
