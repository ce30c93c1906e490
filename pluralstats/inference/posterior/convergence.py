"""Rank-normalised split R-hat, effective sample sizes and Monte Carlo errors of many quantities at once.

Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021, Bayesian Analysis 16(2), 667-718: sections 3 (R-hat), 4.1-4.3
(bulk and tail effective sample size), with autocorrelations summed by Geyer's initial monotone sequence. The numbers
are those of ``arviz.summary`` for chains in which correlations die out; the loops are compiled because a rater model
has thousands of random effects.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2

from pluralstats.storage.compiled import kernel

TAILS = (0.05, 0.95)
AT_ONCE = 256  # quantities
HIGHEST_R_HAT = 1.01
FALSE_ALARMS = 0.01  # chance that good chains of a whole fit are told to disagree
IN_TAILS = 0.65  # effective draws in the tails for each draw: 0.62 to 0.71 for the least of 1,295 effects, eight seeds


class Convergence(NamedTuple):
    """Each (m,): R-hat, bulk and tail effective sample size, Monte Carlo standard error of the mean."""

    r_hat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray
    mcse: np.ndarray


def convergence(draws: np.ndarray) -> Convergence:
    """Convergence of m quantities.

    Parameters
    ----------
    draws : (chains, n, m)
        With n of at least 4; anything else gives missing values, as do quantities that never vary or are missing.
    """
    chains, n, m = draws.shape
    out = Convergence(*(np.full(m, np.nan) for _ in range(4)))
    if n < 4:
        return out
    for first in range(0, m, AT_ONCE):
        block = np.ascontiguousarray(draws[:, :, first : first + AT_ONCE].reshape(chains * n, -1).T, float)
        known = np.isfinite(block).all(axis=1) & (np.ptp(block, axis=1) > 0.0)
        _fill(Convergence(*(one[first : first + AT_ONCE] for one in out)), np.flatnonzero(known), block, chains)
    return out


def highest_r_hat(draws: int, chains: int, quantities: int) -> float:
    """The largest R-hat of many quantities that chance explains: 1.01, or more where draws are few and quantities many.

    Of good chains (B / W) df is chi-squared with df = 2 chains - 1, over the effective draws of a half; R-hat is about
    1 + (B / W - 1) / (2 draws of a half).

    >>> highest_r_hat(2000, 4, 6), highest_r_hat(2000, 4, 6000), highest_r_hat(20000, 4, 6000)
    (1.01, 1.0153, 1.01)
    """
    if draws < 2 * chains:
        return HIGHEST_R_HAT
    df, half = 2 * chains - 1, draws / (2 * chains)
    spread = float(chi2.ppf(1.0 - FALSE_ALARMS / max(quantities, 1), df)) / df / IN_TAILS
    return max(HIGHEST_R_HAT, round(1.0 + (spread - 1.0) / (2.0 * half), 4))


def _fill(out: Convergence, known: np.ndarray, block: np.ndarray, chains: int) -> None:
    """The ``known`` (k,) entries of all four from the draws (m, chains n) of m quantities."""
    values = block[known]
    at = values.reshape(len(known), chains, values.shape[1] // chains)
    half = at.shape[2] // 2  # the middle draw of an odd number is left out of halves
    halves = np.concatenate([at[:, :, :half], at[:, :, -half:]], axis=1)
    ends = np.quantile(values, TAILS, axis=1)
    size = 2 * chains * half
    scores = ndtri((0.5 * np.arange(2 * size + 1) - 0.375) / (size + 0.25))  # of ranks, which may be halves
    order, found = np.argsort(halves.reshape(len(known), size), axis=1), np.empty((4, len(known)))
    _judge(halves, order, ends, scores, found)
    found[3] = values.std(axis=1, ddof=1) / np.sqrt(found[3])
    for one, new in zip(out, found, strict=True):
        one[known] = new


@kernel
def _judge(halves, order, ends, scores, out):
    """Fills out (4, m) with R-hat, bulk and tail effective size, and that of the mean, from halves of chains (m, 2
    chains, n) with the ``order`` of their draws, ``ends`` (2, m) where tails begin, and normal scores of ranks."""
    rows, n = halves.shape[1], halves.shape[2]
    size = rows * n
    rank, normal, flat = np.empty(size), np.empty((rows, n)), np.empty(size)
    folded, of_folded = np.empty(size), np.empty(size, np.int64)
    for j in range(halves.shape[0]):
        for c in range(rows):
            for i in range(n):
                flat[c * n + i] = halves[j, c, i]
        average_ranks(order[j], flat, rank)
        _scores_of_ranks(rank, scores, normal)
        out[0, j], out[1, j] = split_r_hat(normal), effective_size(normal)
        _fold(order[j], flat, folded, of_folded)
        average_ranks(of_folded, folded, rank)
        _scores_of_ranks(rank, scores, normal)
        out[0, j] = max(out[0, j], split_r_hat(normal))
        out[2, j], out[3, j] = np.inf, effective_size(halves[j])
        for side in range(2):
            for c in range(rows):
                for i in range(n):
                    normal[c, i] = 1.0 if halves[j, c, i] <= ends[side, j] else 0.0
            out[2, j] = min(out[2, j], effective_size(normal))


@kernel
def _scores_of_ranks(rank, scores, normal):
    rows, n = normal.shape
    for c in range(rows):
        for i in range(n):
            normal[c, i] = scores[int(2.0 * rank[c * n + i])]


@kernel
def _fold(order, values, folded, of_folded):
    """Fills distances from the median and their order, which is that of both sides merged."""
    size = order.size
    median = 0.5 * (values[order[size // 2 - 1]] + values[order[size // 2]])
    for i in range(size):
        folded[i] = abs(values[i] - median)
    below, above = size // 2 - 1, size // 2
    for k in range(size):
        if above == size or (below >= 0 and folded[order[below]] <= folded[order[above]]):
            of_folded[k] = order[below]
            below -= 1
        else:
            of_folded[k] = order[above]
            above += 1


@kernel
def average_ranks(order, values, ranks):
    """Fills ranks 1 .. n, the mean rank for equal values (a chain that rejects stays where it is)."""
    start = 0
    for i in range(1, order.size + 1):
        if i == order.size or values[order[i]] != values[order[start]]:
            for j in range(start, i):
                ranks[order[j]] = 0.5 * (start + 1 + i)
            start = i


@kernel
def split_r_hat(chains):
    """Root of the pooled variance over the mean variance within chains (m, n)."""
    m, n = chains.shape
    means, within = np.empty(m), 0.0
    for c in range(m):
        means[c] = chains[c].mean()
        within += ((chains[c] - means[c]) ** 2).sum() / (n - 1) / m
    between = ((means - means.mean()) ** 2).sum() / (m - 1)
    return math.sqrt((n - 1) / n + between / within) if within > 0.0 else np.nan


@kernel
def _covariance_at(centred, lag):
    """Mean over chains of the autocovariance at one lag, divisor n."""
    m, n = centred.shape
    total = 0.0
    for c in range(m):
        for i in range(n - lag):
            total += centred[c, i] * centred[c, i + lag]
    return total / (m * n)


@kernel
def effective_size(chains):
    """Effective number of draws in (m, n) chains of one quantity."""
    m, n = chains.shape
    centred, means = np.empty((m, n)), np.empty(m)
    for c in range(m):
        means[c] = chains[c].mean()
        for i in range(n):  # a slice would compile numba's words for shapes that differ, two seconds of them
            centred[c, i] = chains[c, i] - means[c]
    within = _covariance_at(centred, 0)
    if within <= 0.0:
        return float(m * n)
    total = within + (((means - means.mean()) ** 2).sum() / (m - 1) if m > 1 else 0.0)
    unbiased = within * n / (n - 1)
    sum_of_pairs, last_pair, lag, after = 0.0, np.inf, 0, 0.0
    while lag + 1 < n - 1:
        even = 1.0 if lag == 0 else 1.0 - (unbiased - _covariance_at(centred, lag)) / total
        odd = 1.0 - (unbiased - _covariance_at(centred, lag + 1)) / total
        if even + odd <= 0.0:
            after = max(even, 0.0)
            break
        last_pair = min(last_pair, even + odd)
        sum_of_pairs += last_pair
        lag += 2
    time = max(2.0 * sum_of_pairs - 1.0 + after, 1.0 / math.log10(m * n))
    return m * n / time
