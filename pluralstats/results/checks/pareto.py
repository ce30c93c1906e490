"""Leaving one unit out by reweighting draws: Pareto-smoothed importance sampling, compiled.

The density of a unit given all others is 1 / E[1 / p], over draws of the full posterior. A few draws carry most of
that mean, so the largest ratios 1 / p are replaced by quantiles of a generalised Pareto distribution fitted to them;
its shape k says how far the result can be trusted.

References
----------
Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto smoothed importance sampling, J. Mach. Learn. Res. 25(72),
algorithm 1. Vehtari, Gelman & Gabry (2017), Stat. Comput. 27, 1413-1432. Zhang & Stephens (2009), Technometrics
51(3), 316-325: the fit of the distribution.
"""

import math

import numpy as np

from pluralstats.inference.posterior.convergence import effective_size
from pluralstats.model.families.vector_math import SMALLEST_EXPONENT, exponential, sum_of_logs
from pluralstats.storage.compiled import kernel

LEAST_DRAWS = 100
FEW_EFFECTIVE = 225  # effective draws up to which the tail is a fifth of them all
CHUNK = 256
NEGLIGIBLE = 10.0 * float(np.finfo(float).eps)
PRIOR_SHAPE, PRIOR_SIZE, PRIOR_QUARTILES = 0.5, 10.0, 3.0  # k is shrunk to 0.5 as if by 10 values


def bad_shape(n_draws: int) -> float:
    """Pareto k above which the density of a left-out unit is not to be relied on: min(1 - 1 / log10(S), 0.7).

    >>> round(bad_shape(1000), 3), bad_shape(4000)
    (0.667, 0.7)
    """
    return min(1.0 - 1.0 / math.log10(n_draws), 0.7)


@kernel
def tail_size(n, r_eff):
    """Number of ratios that are smoothed."""
    if n * r_eff > FEW_EFFECTIVE:
        return int(3.0 * math.sqrt(n / r_eff))
    return n // 5


@kernel
def smallest_first(values, m):
    """Reorders in place: the m smallest stand first, the next one at position m (Hoare's selection)."""
    low, high = 0, values.size - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < m:
            low = i
        if m < i:
            high = j


@kernel
def _mean_log(b, x):
    """Mean of log(1 - b x), by products of mantissas instead of logarithms."""
    total, buffer = 0.0, np.empty(CHUNK)
    for first in range(0, x.size, CHUNK):
        size = min(CHUNK, x.size - first)
        for i in range(size):
            buffer[i] = 1.0 - b * x[first + i]
        total += sum_of_logs(buffer, size)
    return total / x.size


@kernel
def fit_pareto(x):
    """Shape k and scale of a generalised Pareto distribution for x (M,) > 0, ascending; missing if nothing fits."""
    n, m = x.size, 30 + int(math.sqrt(x.size))
    quartile = x[int(n / 4.0 - 0.5)]
    if not quartile > x[0]:
        return math.nan, math.nan
    b, log_weight = np.empty(m), np.empty(m)
    for j in range(m):
        b[j] = (1.0 - math.sqrt(m / (j + 0.5))) / (PRIOR_QUARTILES * quartile) + 1.0 / x[-1]
        k = _mean_log(b[j], x)
        log_weight[j] = n * (math.log(-b[j] / k) - k - 1.0)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    weight = np.where(weight >= NEGLIGIBLE, weight, 0.0)
    b_mean = (b * weight).sum() / weight.sum()
    k = _mean_log(b_mean, x)
    return (n * k + PRIOR_SIZE * PRIOR_SHAPE) / (n + PRIOR_SIZE), -k / b_mean


@kernel
def smooth_tail(log_ratio, cutoff):
    """Replaces the largest log ratios (M,), descending from 0, by Pareto quantiles; returns k.

    ``cutoff`` is the largest log ratio outside the tail. k is -inf where all are equal, so that nothing is
    smoothed, and missing where no Pareto distribution fits.
    """
    m, start = log_ratio.size, math.exp(cutoff)
    if log_ratio[-1] == log_ratio[0]:
        return -math.inf
    excess = np.empty(m)
    for q in range(m):
        excess[q] = math.exp(log_ratio[m - 1 - q]) - start
    k, scale = fit_pareto(excess)
    if not (math.isfinite(k) and scale > 0.0):
        return math.nan
    for q in range(m):
        distance = -math.log1p(-(q + 0.5) / m)
        value = distance if k == 0.0 else math.expm1(k * distance) / k
        log_ratio[m - 1 - q] = min(math.log(start + scale * value), 0.0)
    return k


@kernel
def left_out(log_p, r_eff, work):
    """Log density of a unit when it is left out, when it is not, and Pareto k.

    Parameters
    ----------
    log_p : (S,) its log-likelihood in each draw, finite
    r_eff : relative efficiency, effective draws / draws
    work : (S,) overwritten
    """
    n, largest = log_p.size, -math.inf
    for s in range(n):
        work[s] = log_p[s]
        largest = max(largest, log_p[s])
    m = min(tail_size(n, r_eff), n - 1)
    smallest_first(work, m)
    tail = np.sort(work[:m])
    lowest = tail[0]
    mean, weights, weighted = 0.0, 0.0, float(n - m)
    for s in range(n):
        mean += exponential(max(work[s] - largest, SMALLEST_EXPONENT))
    for s in range(m, n):
        weights += exponential(max(lowest - work[s], SMALLEST_EXPONENT))
    log_ratio = lowest - tail
    k = smooth_tail(log_ratio, lowest - work[m])
    for q in range(m):
        weights += math.exp(log_ratio[q])
        weighted += math.exp(log_ratio[q] + tail[q] - lowest)
    return lowest + math.log(weighted / weights), largest + math.log(mean / n), k


@kernel
def relative_efficiency(log_p, chains):
    """Effective draws of a likelihood over draws, from split chains stacked one after another; 0 chains: 1."""
    n = log_p.size
    if chains == 0 or n < 8 * chains:
        return 1.0
    length, largest = n // chains, log_p.max()
    half = length // 2
    halves = np.empty((2 * chains, half))
    for c in range(chains):
        last = (c + 1) * length - half
        for i in range(half):
            halves[2 * c, i] = exponential(max(log_p[c * length + i] - largest, SMALLEST_EXPONENT))
            halves[2 * c + 1, i] = exponential(max(log_p[last + i] - largest, SMALLEST_EXPONENT))
    return effective_size(halves) / halves.size


@kernel
def left_out_units(log_p, chains, out):
    """Fills out (U, 3), log density left out, log density, Pareto k, for log-likelihoods (U, S)."""
    work = np.empty(log_p.shape[1])
    for u in range(log_p.shape[0]):
        out[u, 0], out[u, 1], out[u, 2] = left_out(log_p[u], relative_efficiency(log_p[u], chains), work)
