"""Statistics of how often each item got each answer, when raters and items carry multiplicities.

A rater drawn w times and an item drawn v times give w v copies of a rating. With c_k = the sum of w over the ratings
of item i that are answer k, n = the sum of c and P_i = n^2 - sum w^2 the pairs of ratings of different raters:

    agreement of item i   a_i = (sum_kl W_kl c_k c_l - sum w^2) / P_i        W_kk = 1; items with P_i > 0
    observed              p_a = sum v_i a_i / sum v_i                        the same items
    share of answer k     pi_k = sum v_i c_ik / n_i / sum v_i                every item with a rating
    Gwet AC1, AC2         p_e = sum W / (q (q - 1)) sum pi_k (1 - pi_k)      q answers on the scale
    Fleiss                p_e = sum pi_k^2                                   W the identity
    coefficient           (p_a - p_e) / (1 - p_e)

Gwet (2014, Handbook of Inter-Rater Reliability, 4th edition, chapters 2 to 4) gives these for unequal numbers of
ratings: an item with one rating counts in pi, not in p_a. Two copies of a rater are no pair, as in :mod:`.pairs`.
"""

import math
from collections.abc import Sequence

import numpy as np

from pluralstats.disagreement.counting.one_item import bilinear, entropy, polarisation
from pluralstats.disagreement.counting.pairs import Crossed, answered_twice
from pluralstats.storage.compiled import strict

STATISTICS = ("ac1", "ac2", "fleiss", "distance", "entropy", "polarisation")
NEED_ANSWERS = ("ac1", "ac2", "fleiss", "entropy", "polarisation")  # undefined on a continuous scale
_RATED, _PAIRED, _EQUAL, _WEIGHTED, _DISTANCE, _ENTROPY, _POLARISATION = range(7)


def answered(item: np.ndarray, rater: np.ndarray, rating: np.ndarray, values: tuple[float, ...]) -> Crossed:
    """All ratings, also of items that got one; rows are sorted by item, then answer.

    Parameters
    ----------
    item, rater : (n,) int
    rating : (n,) float, rating points
    values : tuple of float, (K,)
        The answers of the scale, used or not; empty for a continuous scale: then ``value`` holds the ratings met.

    Examples
    --------
    >>> table = answered(np.array([7, 0, 0]), np.array([1, 2, 1]), np.array([1.0, 3.0, 1.0]), (1.0, 2.0, 3.0))
    >>> table.first.tolist(), table.code.tolist(), table.value.tolist()
    ([0, 2, 3], [0, 2, 0], [1.0, 2.0, 3.0])
    """
    value = np.array(values) if values else np.unique(rating)
    code = np.searchsorted(value, rating)
    raters, rater = np.unique(rater, return_inverse=True)
    _, item, count = np.unique(item, return_inverse=True, return_counts=True)
    by_rater, by_answer = np.lexsort((code, rater, item)), np.lexsort((rater, code, item))
    twice = answered_twice(item[by_rater], rater[by_rater], code[by_rater])
    first = np.concatenate([[0], np.cumsum(count)])
    return Crossed(first, rater[by_answer], code[by_answer], value, twice, len(raters))


def agreement_weights(kind: str, values: Sequence[float] | np.ndarray) -> np.ndarray:
    """How far two answers agree: 1 on the diagonal, 0 between the ends of the scale, (K, K).

    "ordinal": 1 - d (d + 1) / (K (K - 1)) for answers d steps apart; "linear": 1 - |x - y| / range and "quadratic":
    1 - (x - y)^2 / range^2 in rating points (Gwet 2014, section 3.5). Empty for a continuous scale.

    Examples
    --------
    >>> agreement_weights("ordinal", (1.0, 2.0, 3.0)).round(3).tolist()
    [[1.0, 0.667, 0.0], [0.667, 1.0, 0.667], [0.0, 0.667, 1.0]]
    """
    if not len(values):
        return np.empty((0, 0))
    points = np.array(values)
    steps = np.arange(len(points), dtype=float)
    apart = np.abs(np.subtract.outer(points, points))
    rank = np.abs(np.subtract.outer(steps, steps))
    distance = {"ordinal": rank * (rank + 1.0), "linear": apart, "quadratic": apart**2}[kind]
    return 1.0 - distance / distance.max()


@strict
def _between_copies(twice, value, weights, w, n_items):
    """Pairs between copies of a rater who answered an item twice: number, equal, weighted, distance, (n_items, 4)."""
    excess = np.zeros((n_items, 4))
    for t in range(len(twice)):
        m, i, c, k = w[twice[t, 1]], twice[t, 0], twice[t, 2], twice[t, 3]
        pairs = 2.0 * twice[t, 4] * (m * m - m)
        excess[i, 0] += pairs
        excess[i, 1] += pairs * (c == k)
        excess[i, 2] += pairs * weights[c, k] if len(weights) > 0 else 0.0
        excess[i, 3] += pairs * abs(value[c] - value[k])
    return excess


@strict
def _counted(first, last, rater, code, value, w, count):
    """Fills ``count`` (K,) with the answers of one item; sum of w, sum of w^2, distance over all ordered pairs.

    Rows are sorted by answer, so that each rating is as far above those before it as their sum says.
    """
    n = squares = distance = below = 0.0
    count[:] = 0.0
    for row in range(first, last):
        m, x = w[rater[row]], value[code[row]] - value[code[first]]  # equal ratings: exactly 0
        distance += 2.0 * m * (x * n - below)
        n, squares, below = n + m, squares + m * m, below + m * x
        if len(count) > 0:
            count[code[row]] += m
    return n, squares, distance


@strict
def _sums(first, rater, code, value, twice, weights, w, v):
    """Sums over items, (7,), and over items of the shares of each answer, (K,)."""
    K, n_items = len(weights), len(first) - 1
    sums, shares, count = np.zeros(7), np.zeros(K), np.empty(K)
    excess = _between_copies(twice, value, weights, w, n_items)
    for i in range(n_items):
        n, squares, distance = _counted(first[i], first[i + 1], rater, code, value, w, count)
        if v[i] == 0.0 or n == 0.0:
            continue
        sums[_RATED] += v[i]
        shares += v[i] / n * count
        pairs = n * n - squares - excess[i, 0]
        if pairs > 0.0:
            sums[_PAIRED] += v[i]
            sums[_DISTANCE] += v[i] * (distance - excess[i, 3]) / pairs
        if pairs > 0.0 and K > 0:
            sums[_EQUAL] += v[i] * ((count * count).sum() - squares - excess[i, 1]) / pairs
            sums[_WEIGHTED] += v[i] * (bilinear(count, weights, count) - squares - excess[i, 2]) / pairs
            sums[_ENTROPY] += v[i] * entropy(count, n)
            sums[_POLARISATION] += v[i] * polarisation(count)
    return sums, shares


def answer_statistics(table: Crossed, weights: np.ndarray, raters: np.ndarray, items: np.ndarray) -> np.ndarray:
    """The numbers named in ``STATISTICS`` of one replicate, (6,).

    Parameters
    ----------
    table : Crossed
        Of :func:`answered`.
    weights : (K, K) float
        Of :func:`agreement_weights`; empty when the scale is continuous: only "distance" is then a number.
    raters : (n_raters,) float
        How often each rater was drawn; whole numbers.
    items : (n_items,) float
        How often each item was drawn.

    Returns
    -------
    ndarray, (6,)
        NaN where undefined: no item with ratings of two raters drawn, or (fleiss) all ratings equal.

    Examples
    --------
    >>> table = answered(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1.0, 1, 2, 3]), (1.0, 2.0, 3.0))
    >>> weights = agreement_weights("ordinal", table.value)
    >>> answer_statistics(table, weights, np.ones(2), np.ones(2)).round(3).tolist()
    [0.273, 0.593, 0.2, 0.5, 0.347, 0.0]
    """
    sums, shares = _sums(table.first, table.rater, table.code, table.value, table.twice, weights, raters, items)
    result = np.full(len(STATISTICS), np.nan)
    if sums[_PAIRED] == 0.0:
        return result
    result[3:] = sums[_DISTANCE:] / sums[_PAIRED]
    if not len(weights):
        result[4:] = np.nan
        return result
    share, q = shares / sums[_RATED], len(weights)
    equal, weighted = sums[_EQUAL] / sums[_PAIRED], sums[_WEIGHTED] / sums[_PAIRED]
    spread = (share * (1.0 - share)).sum() / (q - 1.0)
    by_chance = (share * share).sum()
    result[0] = _corrected(equal, spread)
    result[1] = _corrected(weighted, weights.sum() / q * spread)
    result[2] = math.nan if (share > 0.0).sum() == 1 else _corrected(equal, by_chance)
    return result


def _corrected(observed: float, expected: float) -> float:
    return (observed - expected) / (1.0 - expected)
