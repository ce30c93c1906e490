"""The six cohesion metrics of every group of one axis, from counts, when raters and items carry multiplicities.

For group G and the rest of the raters; c_ik and e_ik count answer k of item i in G and in the rest, n_i and m_i are
their sums, P_i = n_i^2 - sum w^2 the pairs of ratings of different raters in G, D the distance of two answers:

    irr                1 - D_o / D_e; D_o = sum v_i n_i d_i / P_i / sum v_i n_i with d_i = sum_kl c_ik D_kl c_il over
                       items with P_i > 0; D_e = the distance of all their ratings pooled (as in :mod:`.pairs`)
    plurality_size     mean over the same items of max_k c_ik / n_i
    negentropy         mean over the same items of ln K - H(c_i / n_i)
    xrr                1 - d_o / d_e; d_o = sum v_i (n_i + m_i) x_i / (n_i m_i) / sum v_i (n_i + m_i) with
                       x_i = sum_kl c_ik D_kl e_il over items with n_i, m_i > 0; d_e = sum_kl C_k D_kl E_l / (N M)
                       with the sums C, E, N, M of v_i c_i, v_i e_i, v_i n_i, v_i m_i over the same items
    voting_agreement   alpha of two raters, the group and the rest, whose ratings are their most frequent answers,
                       over items with n_i, m_i > 0; of tied answers each is the vote with equal probability, and
                       observed and expected distance are averages over them
    cross_negentropy   mean over the same items of ln K - H(c_i / n_i, (e_i + 1 / K) / (m_i + 1))

Everything is a sum over items, so one pass over the ratings sorted by item serves all groups of the axis, and no
array grows with pairs. With every multiplicity 1 and complete data these are the metrics of the papers.

Bootstrap replicates and permutations go through in blocks, which joblib spreads over threads.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from pluralstats.cluster.spreading import spread
from pluralstats.disagreement.cohesion.axes import Axis
from pluralstats.disagreement.counting.one_item import bilinear, cross_negentropy, entropy, votes
from pluralstats.disagreement.counting.pairs import Crossed
from pluralstats.disagreement.counting.resampling import multiplicities, stream
from pluralstats.inference.diagnosis.ratios import SMALLEST_DENOMINATOR
from pluralstats.storage.compiled import strict

BASIC = ("irr", "plurality_size", "negentropy", "xrr", "voting_agreement", "cross_negentropy")
_DISTANCE, _RATINGS, _SQUARES, _ITEMS, _PLURALITY, _NEGENTROPY = range(6)  # sums within a group
_CROSS, _CROSS_NEGENTROPY, _CROSS_ITEMS, _CROSS_SQUARES, _VOTES, _SAME_VOTE = range(6)  # sums across group and rest
_WITHIN, _GROUP, _REST, _VOTED = range(4)  # pooled counts of answers


@strict
def _between_copies(twice, level, distance, w, n_items, n_levels):
    """Number and distance of pairs between copies of a rater who answered an item twice, (n_items, L, 2)."""
    excess = np.zeros((n_items, n_levels, 2))
    for t in range(len(twice)):
        m = w[twice[t, 1]]
        pairs = 2.0 * twice[t, 4] * (m * m - m)
        excess[twice[t, 0], level[twice[t, 1]], 0] += pairs
        excess[twice[t, 0], level[twice[t, 1]], 1] += pairs * distance[twice[t, 2], twice[t, 3]]
    return excess


@strict
def _count(first, last, rater, code, level, w, count, squares):
    """Fills the answers of one item in each group, (L, K), and their sums of w^2, (L,)."""
    count[:] = 0.0
    squares[:] = 0.0
    for row in range(first, last):
        m, g = w[rater[row]], level[rater[row]]
        count[g, code[row]] += m
        squares[g] += m * m


@strict
def _add_within(count, squares, excess, distance, v, sums, pooled):
    """One item's part in irr, plurality size and negentropy of one group."""
    n = count.sum()
    pairs = n * n - squares - excess[0]
    if pairs <= 0.0:
        return
    sums[_DISTANCE] += v * n / pairs * (bilinear(count, distance, count) - excess[1])
    sums[_RATINGS] += v * n
    sums[_SQUARES] += v * v * squares
    sums[_ITEMS] += v
    sums[_PLURALITY] += v * count.max() / n
    sums[_NEGENTROPY] += v * (np.log(len(count)) - entropy(count, n))
    pooled[_WITHIN] += v * count


@strict
def _add_across(count, rest, distance, v, sums, pooled, vote, other):
    """One item's part in xrr, voting agreement and cross-negentropy of one group and the rest."""
    n, m = count.sum(), rest.sum()
    if n == 0.0 or m == 0.0:
        return
    sums[_CROSS] += v * (n + m) / (n * m) * bilinear(count, distance, rest)
    sums[_CROSS_NEGENTROPY] += v * cross_negentropy(count, n, rest, m)
    sums[_CROSS_ITEMS] += v
    sums[_CROSS_SQUARES] += v * v
    pooled[_GROUP] += v * count
    pooled[_REST] += v * rest
    votes(count, vote)
    votes(rest, other)
    sums[_VOTES] += v * bilinear(vote, distance, other)
    sums[_SAME_VOTE] += v * v * (bilinear(vote, distance, vote) + bilinear(other, distance, other))
    pooled[_VOTED] += v * (vote + other)


@strict
def _one_minus(observed, expected):
    return 1.0 - observed / expected if expected > 0.0 else np.nan


@strict
def _finished(within, across, pooled, distance):
    """The six metrics of one group from its sums; NaN where there are no items or all ratings are equal."""
    result = np.full(6, np.nan)
    if within[_ITEMS] > 0.0:
        n = within[_RATINGS]
        expected = bilinear(pooled[_WITHIN], distance, pooled[_WITHIN]) / (n * n - within[_SQUARES])
        result[0] = _one_minus(within[_DISTANCE] / n, expected)
        result[1] = within[_PLURALITY] / within[_ITEMS]
        result[2] = within[_NEGENTROPY] / within[_ITEMS]
    if across[_CROSS_ITEMS] > 0.0:
        n, m, items = pooled[_GROUP].sum(), pooled[_REST].sum(), across[_CROSS_ITEMS]
        expected = bilinear(pooled[_GROUP], distance, pooled[_REST]) / (n * m)
        result[3] = _one_minus(across[_CROSS] / (n + m), expected)
        voted = bilinear(pooled[_VOTED], distance, pooled[_VOTED]) - across[_SAME_VOTE]
        pairs = 4.0 * items * items - 2.0 * across[_CROSS_SQUARES]
        result[4] = _one_minus(across[_VOTES] / items, voted / pairs)
        result[5] = across[_CROSS_NEGENTROPY] / items
    return result


@strict
def _metrics(first, rater, code, twice, distance, level, n_levels, w, v):
    n_items, K = len(first) - 1, len(distance)
    within, across, pooled = np.zeros((n_levels, 6)), np.zeros((n_levels, 6)), np.zeros((n_levels, 4, K))
    count, squares, vote, other = np.empty((n_levels, K)), np.empty(n_levels), np.empty(K), np.empty(K)
    excess = _between_copies(twice, level, distance, w, n_items, n_levels)
    for i in range(n_items):
        if v[i] == 0.0:
            continue
        _count(first[i], first[i + 1], rater, code, level, w, count, squares)
        everybody = count.sum(axis=0)
        for g in range(n_levels):
            _add_within(count[g], squares[g], excess[i, g], distance, v[i], within[g], pooled[g])
            _add_across(count[g], everybody - count[g], distance, v[i], across[g], pooled[g], vote, other)
    result = np.empty((n_levels, 6))
    for g in range(n_levels):
        result[g] = _finished(within[g], across[g], pooled[g], distance)
    return result


def metrics(
    table: Crossed, distance: np.ndarray, level: np.ndarray, n_levels: int, raters: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """The metrics named in ``BASIC`` of each group in one replicate, (L, 6).

    Parameters
    ----------
    table : Crossed
        All ratings, by item (:func:`.answer_counts.answered`).
    distance : (K, K) float
        Distance of two answers, 0 on the diagonal.
    level : (n_raters,) int
        The group of each rater, 0 .. L - 1.
    raters, items : (n_raters,), (n_items,) float
        How often each was drawn; whole numbers.

    Examples
    --------
    Two items; the group rates 1 1 and 2 2, the rest 1 1 and 2 1.

    >>> from pluralstats.disagreement.counting.answers import answered
    >>> rating = np.array([1.0, 1, 1, 1, 2, 2, 2, 1])
    >>> table = answered(np.repeat([0, 1], 4), np.tile([0, 1, 2, 3], 2), rating, (1.0, 2.0))
    >>> metrics(table, 1 - np.eye(2), np.array([0, 0, 1, 1]), 2, np.ones(4), np.ones(2))[0].round(3).tolist()
    [1.0, 1.0, 0.693, 0.5, 0.571, 0.255]
    """
    level = np.ascontiguousarray(level)  # for every other layout the loops would be compiled anew
    return _metrics(table.first, table.rater, table.code, table.twice, distance, level, n_levels, raters, items)


_BLOCK = 50  # replicates of one task; each block has a stream of its own, so that the number of threads moves nothing


def bootstrapped(table: Crossed, distance: np.ndarray, axis: Axis, replicates: int, seed: int) -> np.ndarray:
    """Metrics with other raters and other items, (replicates, L, 6).

    Raters are drawn within each level of the axis, so that every replicate has groups of the sizes of the data.
    """
    one = partial(_bootstrap_replicate, table, distance, axis)
    return _blocks(one, axis, replicates, seed, "cohesion", "bootstrap", axis.name)


def permuted(table: Crossed, distance: np.ndarray, axis: Axis, permutations: int, seed: int) -> np.ndarray:
    """Metrics after whole rows of the table of raters and demographics were exchanged, (permutations, L, 6).

    The permutation depends on the seed and its number only: every axis meets the same ones.
    """
    one = partial(_permutation, table, distance, axis)
    return _blocks(one, axis, permutations, seed, "cohesion", "permutation")


def _blocks(one: Callable[[np.random.Generator], np.ndarray], axis: Axis, n: int, seed: int, *names: str) -> np.ndarray:
    """``one`` called n times, each block of calls with its own random generator."""
    sizes = [min(_BLOCK, n - start) for start in range(0, n, _BLOCK)]
    tasks = [(one, size, stream(seed, *names, str(block))) for block, size in enumerate(sizes)]
    done = spread(_block, tasks, [one])
    return np.concatenate([np.empty((0, len(axis.levels), len(BASIC))), *done])


def _block(one: Callable[[np.random.Generator], np.ndarray], size: int, generator: np.random.Generator) -> np.ndarray:
    return np.array([one(generator) for _ in range(size)])


def _bootstrap_replicate(
    table: Crossed, distance: np.ndarray, axis: Axis, generator: np.random.Generator
) -> np.ndarray:
    raters = np.empty(table.n_raters)
    for g in range(len(axis.levels)):
        members = axis.level == g
        raters[members] = multiplicities(generator, int(members.sum()))
    items = multiplicities(generator, table.n_items)
    return metrics(table, distance, axis.level, len(axis.levels), raters, items)


def _permutation(table: Crossed, distance: np.ndarray, axis: Axis, generator: np.random.Generator) -> np.ndarray:
    level = axis.level[generator.permutation(table.n_raters)]
    return metrics(table, distance, level, len(axis.levels), np.ones(table.n_raters), np.ones(table.n_items))


def with_association(basic: np.ndarray) -> np.ndarray:
    """The six metrics and C_I / C_X of each pair, (..., 6) to (..., 9); no ratio, NaN, to a C_X near 0.

    Parameters
    ----------
    basic : (..., 6)
        In the order of ``BASIC``: in-group, then cross-group.

    Examples
    --------
    >>> with_association(np.array([0.4, 0.6, 0.2, 0.2, -0.1, np.nan]))[6:]
    array([ 2., nan, nan])
    """
    inside, across = basic[..., :3], basic[..., 3:]
    has_ratio = across > SMALLEST_DENOMINATOR
    ratio = np.where(has_ratio, inside / np.where(has_ratio, across, 1.0), np.nan)
    return np.concatenate([basic, ratio], axis=-1)
