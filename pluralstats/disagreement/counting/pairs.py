"""Pairs of ratings of the same item, counted when raters and items carry multiplicities.

A bootstrap replicate draws rater a w[a] times and item i v[i] times; rating r of rater a on item i then
exists w[a] v[i] times. Two copies of one rater agree with themselves for a reason that says nothing about
agreement, so pairs between copies are left out, of the pairs seen and of those that could have been seen:

    pairs of item i        P_i = (sum w)^2 - sum w^2                      over the ratings r of i
    disagreement of item i d_i = sum over pairs of w w' delta(r, r')      (copies have delta = 0)
    observed               D_o = sum v_i n_i d_i / P_i  /  sum v_i n_i    with n_i = sum w, items with P_i > 0
    expected               D_e = d(all) / (N^2 - sum (w v)^2)             all ratings pooled, N = sum v_i n_i
    alpha                      = 1 - D_o / D_e

With every multiplicity 1 this is Krippendorff's alpha (2011, Computing Krippendorff's alpha-reliability):
P_i = n_i (n_i - 1) and N^2 - N. All distances are squared differences of a score of the answer (points, or
midrank: the ordinal distance) or 0/1, so each sum over pairs is a difference of sums over ratings: no
V x V matrix, and the time is linear in rows.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.storage.compiled import strict


class Crossed(NamedTuple):
    """Ratings sorted by item, then rater: the arrays that the kernels read.

    Attributes
    ----------
    first : (n_items + 1,) int
        The rows of item i are first[i] : first[i + 1].
    rater : (n,) int
        Rater of each row, 0 .. n_raters - 1.
    code : (n,) int
        Position of the row's answer in ``value``.
    value : (V,) float
        The distinct answers in rating points, increasing.
    twice : (n_twice, 5) int
        Pairs of rows of one rater on one item (a second wave): item, rater, code, code, how many. Mostly empty.
    n_raters : int
    """

    first: np.ndarray
    rater: np.ndarray
    code: np.ndarray
    value: np.ndarray
    twice: np.ndarray
    n_raters: int

    @property
    def n_items(self) -> int:
        return len(self.first) - 1


def crossed(item: np.ndarray, rater: np.ndarray, rating: np.ndarray) -> Crossed:
    """The ratings that have a partner: items with fewer than two ratings are left out, as in alpha itself.

    Parameters
    ----------
    item, rater : (n,) int
        Any codes; their order decides which random draw belongs to whom, nothing else.
    rating : (n,) float
        Rating points.

    Examples
    --------
    >>> table = crossed(np.array([0, 0, 7]), np.array([1, 2, 1]), np.array([1.0, 3.0, 3.0]))
    >>> table.n_items, table.n_raters, table.value.tolist()
    (1, 2, [1.0, 3.0])
    """
    order = np.lexsort((rating, rater, item))
    item, rater, rating = item[order], rater[order], rating[order]
    _, position, count = np.unique(item, return_inverse=True, return_counts=True)
    paired = count[position] >= 2
    count = count[count >= 2]
    raters, rater = np.unique(rater[paired], return_inverse=True)
    value, code = np.unique(rating[paired], return_inverse=True)
    first = np.concatenate([[0], np.cumsum(count)])
    twice = answered_twice(np.repeat(np.arange(len(count)), count), rater, code)
    return Crossed(first, rater, code, value, twice, len(raters))


def answered_twice(item: np.ndarray, rater: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Pairs of rows of one rater on one item; rows are sorted by item, rater and code.

    Equal answers are counted, not paired one by one: a rating of weight 1,000 would have half a million pairs.

    >>> answered_twice(np.array([0, 0, 0]), np.array([1, 1, 1]), np.array([2, 2, 3])).tolist()
    [[0, 1, 2, 2, 1], [0, 1, 2, 3, 2]]
    """
    is_new = np.ones(len(item), dtype=bool)
    is_new[1:] = (item[1:] != item[:-1]) | (rater[1:] != rater[:-1]) | (code[1:] != code[:-1])
    at = np.flatnonzero(is_new)
    n, item, rater, code = np.diff(np.append(at, len(item))), item[at], rater[at], code[at]
    found = [np.column_stack([item, rater, code, code, n * (n - 1) // 2])[n > 1]]
    for gap in range(1, len(item)):
        low = np.flatnonzero((item[gap:] == item[:-gap]) & (rater[gap:] == rater[:-gap]))
        if not len(low):
            break
        high = low + gap
        found.append(np.column_stack([item[low], rater[low], code[low], code[high], n[low] * n[high]]))
    return np.concatenate(found)


@strict
def _pairs(first, rater, twice, w):
    """n_i and P_i of each item, (n_items,) each."""
    n_items = len(first) - 1
    size, pairs = np.zeros(n_items), np.zeros(n_items)
    for i in range(n_items):
        squares = 0.0
        for row in range(first[i], first[i + 1]):
            m = w[rater[row]]
            size[i] += m
            squares += m * m
        pairs[i] = size[i] * size[i] - squares
    for t in range(len(twice)):  # two answers of one rater pair within a copy of the rater, not across copies
        m = w[twice[t, 1]]
        pairs[twice[t, 0]] -= 2.0 * twice[t, 4] * (m * m - m)
    return size, pairs


@strict
def _pooled(first, rater, code, w, v, pairs, n_values):
    """Count of each answer among ratings with a partner, (V,), and the sum of squared multiplicities."""
    total, squares = np.zeros(n_values), 0.0
    for i in range(len(first) - 1):
        if v[i] > 0.0 and pairs[i] > 0.0:
            for row in range(first[i], first[i + 1]):
                m = v[i] * w[rater[row]]
                total[code[row]] += m
                squares += m * m
    return total, squares


@strict
def _scores(value, total):
    """What each answer counts on the ordinal and the interval scale, (2, V), both centred.

    The ordinal distance (sum of the counts from c to k, less half of both ends)^2 is a squared difference of
    midranks. Centring keeps the differences of sums below from cancelling.
    """
    scores, below, n = np.empty((2, len(value))), 0.0, total.sum()
    centre = (value * total).sum() / n if n > 0.0 else 0.0
    for c in range(len(value)):
        scores[0, c] = (below + 0.5 * total[c]) / n - 0.5 if n > 0.0 else 0.0
        scores[1, c] = value[c] - centre
        below += total[c]
    return scores


@strict
def _pooled_disagreement(total, scores):
    """d of all ratings pooled: nominal, ordinal, interval."""
    n, d = total.sum(), np.empty(3)
    d[0] = n * n - (total * total).sum()
    for kind in range(2):
        s1 = (total * scores[kind]).sum()
        s2 = (total * scores[kind] * scores[kind]).sum()
        d[kind + 1] = 2.0 * (n * s2 - s1 * s1)
    return d


@strict
def _item_disagreements(first, rater, code, w, v, scores):
    """d_i of each item: nominal, ordinal, interval, (n_items, 3)."""
    d, seen = np.zeros((len(first) - 1, 3)), np.zeros(scores.shape[1])
    for i in range(len(first) - 1):
        if v[i] == 0.0:
            continue
        n = same = o1 = o2 = p1 = p2 = 0.0
        for row in range(first[i], first[i + 1]):
            m, c = w[rater[row]], code[row]
            o, p = scores[0, c], scores[1, c]
            n += m
            same += m * (2.0 * seen[c] + m)  # (seen + m)^2 - seen^2, so that no second pass over answers is needed
            seen[c] += m
            o1, o2 = o1 + m * o, o2 + m * o * o
            p1, p2 = p1 + m * p, p2 + m * p * p
        for row in range(first[i], first[i + 1]):
            seen[code[row]] = 0.0
        d[i, 0] = n * n - same
        d[i, 1] = 2.0 * (n * o2 - o1 * o1)
        d[i, 2] = 2.0 * (n * p2 - p1 * p1)
    return d


@strict
def _without_own_copies(d, twice, w, scores):
    """Take the pairs between copies of a rater who answered an item twice out of d, in place."""
    for t in range(len(twice)):
        m, i, c, k = w[twice[t, 1]], twice[t, 0], twice[t, 2], twice[t, 3]
        excess = 2.0 * twice[t, 4] * (m * m - m)
        d[i, 0] -= excess * (c != k)
        d[i, 1] -= excess * (scores[0, c] - scores[0, k]) ** 2
        d[i, 2] -= excess * (scores[1, c] - scores[1, k]) ** 2


@strict
def _coefficients(first, rater, code, value, twice, w, v):
    size, pairs = _pairs(first, rater, twice, w)
    total, squares = _pooled(first, rater, code, w, v, pairs, len(value))
    scores = _scores(value, total)
    d = _item_disagreements(first, rater, code, w, v, scores)
    _without_own_copies(d, twice, w, scores)
    observed, share, n_items = np.zeros(3), 0.0, 0.0
    for i in range(len(size)):
        if v[i] > 0.0 and pairs[i] > 0.0:
            observed += v[i] * size[i] / pairs[i] * d[i]
            share += v[i] * (1.0 - d[i, 0] / pairs[i])
            n_items += v[i]
    result = np.full(4, np.nan)
    if n_items > 0.0:
        result[3] = 100.0 * share / n_items
        if (total > 0.0).sum() > 1:
            expected = _pooled_disagreement(total, scores) / (total.sum() ** 2 - squares)
            result[:3] = 1.0 - observed / total.sum() / expected
    return result


def coefficients(table: Crossed, raters: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Alpha nominal, ordinal, interval (-1..1) and percent agreement (0..100) of one replicate, (4,).

    Parameters
    ----------
    table : Crossed
    raters : (n_raters,) float
        How often each rater was drawn; whole numbers.
    items : (n_items,) float
        How often each item was drawn.

    Returns
    -------
    ndarray, (4,)
        NaN where undefined: no item with ratings of two raters drawn, or (alpha) all ratings equal.

    Examples
    --------
    >>> table = crossed(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1.0, 1.0, 2.0, 3.0]))
    >>> coefficients(table, np.ones(2), np.ones(2)).round(3).tolist()
    [0.4, 0.833, 0.727, 50.0]
    """
    value = table.value.astype(float, copy=False)  # for whole numbers the loops would be compiled anew
    return _coefficients(table.first, table.rater, table.code, value, table.twice, raters, items)
