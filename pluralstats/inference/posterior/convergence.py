"""Rank-normalised split R-hat, effective sample sizes and Monte Carlo errors of many quantities at once.

Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021, Bayesian Analysis 16(2), 667-718: sections 3 (R-hat), 4.1-4.3
(bulk and tail effective sample size), with autocorrelations summed by Geyer's initial monotone sequence. The numbers
are those of ``arviz.summary`` for chains in which correlations die out; the loops are compiled because a rater model
has thousands of random effects.
"""

import math
from functools import lru_cache
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
    n, m = draws.shape[1:]
    out = Convergence(*(np.full(m, np.nan) for _ in range(4)))
    if n < 4:
        return out
    for first in range(0, m, AT_ONCE):  # draws of one quantity lie far apart, and a block of them is read at once
        block = np.ascontiguousarray(draws[:, :, first : first + AT_ONCE].transpose(2, 0, 1), dtype=float)
        for j, values in enumerate(block, start=first):
            if np.isfinite(values).all() and np.ptp(values) > 0.0:
                _fill(out, j, values)
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


def _halves(draws: np.ndarray) -> np.ndarray:
    """(2 chains, n // 2) first and last halves; the middle draw of an odd number is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _fill(out: Convergence, j: int, values: np.ndarray) -> None:
    """Entry j of all four from the draws (chains, n) of one quantity."""
    halves = _halves(values)
    normal, ordered = _normal_scores(halves)
    middle = ordered.size // 2  # of an even number
    folded, _ = _normal_scores(np.abs(halves - 0.5 * (ordered[middle - 1] + ordered[middle])))
    out.r_hat[j] = max(split_r_hat(normal), split_r_hat(folded))
    out.ess_bulk[j] = effective_size(normal)
    ends = _quantiles(ordered if halves.size == values.size else np.sort(values, axis=None))
    out.ess_tail[j] = min(effective_size((halves <= q).astype(float)) for q in ends)
    out.mcse[j] = values.std(ddof=1) / math.sqrt(effective_size(halves))


def _normal_scores(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the values by their ranks, and the values in order."""
    flat = values.ravel()
    order, ranks = np.argsort(flat), np.empty(flat.size)
    ordered = flat[order]
    average_ranks(order, flat, ranks)
    return _scores_of_ranks(flat.size)[(2.0 * ranks).astype(np.int64)].reshape(values.shape), ordered


@lru_cache(maxsize=8)
def _scores_of_ranks(n: int) -> np.ndarray:
    """(2 n + 1,) normal scores of the ranks 0, 1/2, 1 .. n: means of ranks are among them."""
    return ndtri(
        (0.5 * np.arange(2 * n + 1) - 0.375) / (n + 0.25), where=np.arange(2 * n + 1) > 0, out=np.zeros(2 * n + 1)
    )


def _quantiles(ordered: np.ndarray) -> list[float]:
    """Ends of the tails by linear interpolation, as ``numpy.quantile``, which takes longer than all else here."""
    places = [q * (ordered.size - 1) for q in TAILS]
    below = [min(int(place), ordered.size - 2) for place in places]
    return [
        float(ordered[k] + (place - k) * (ordered[k + 1] - ordered[k])) for k, place in zip(below, places, strict=True)
    ]


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
