"""Bands that uniform ranks and right coverage stay inside: exact binomial probabilities, nothing simulated."""

from functools import lru_cache

import numpy as np
from scipy.special import bdtr, gammaln

HALVINGS = 30


def binomial_band(n: int, p: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """The smallest counts with cumulative probability of at least ``tail`` and of at least 1 - ``tail``.

    >>> [end.tolist() for end in binomial_band(100, np.array([0.5]), 0.025)]
    [[40], [60]]
    """
    below = bdtr(np.arange(n + 1)[:, None].astype(float), n, p[None, :])
    below[-1] = 1.0
    return (below < tail).sum(axis=0), (below < 1.0 - tail).sum(axis=0)


@lru_cache(maxsize=32)
def simultaneous_band(n: int, points: tuple[float, ...], prob: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and most of ``n`` uniform numbers below each point that hold at all points together.

    Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32, section 2: pointwise intervals of one
    tail probability, the largest with which all of them hold with probability ``prob`` (by recursion over points).

    Parameters
    ----------
    points : tuple of float
        Increasing, between 0 and 1.
    """
    z = np.array(points)
    low, high = 0.0, 0.5 * (1.0 - prob)
    if _holds(n, z, high) >= prob:
        return binomial_band(n, z, high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _holds(n, z, middle) >= prob else (low, middle)
    return binomial_band(n, z, low)


def _holds(n: int, z: np.ndarray, tail: float) -> float:
    """P(all counts lie in the pointwise band): the counts at increasing z are a Markov chain with binomial steps."""
    lower, upper = binomial_band(n, z, tail)
    counts, probability, before = np.zeros(1, int), np.ones(1), 0.0
    for at, first, last in zip(z, lower, upper, strict=True):
        to = np.arange(first, last + 1)
        step = _binomial(to[:, None] - counts[None, :], n - counts[None, :], (at - before) / (1.0 - before))
        counts, probability, before = to, step @ probability, at
    return float(probability.sum())


def _binomial(k: np.ndarray, n: np.ndarray, p: float) -> np.ndarray:
    """P(k of n); 0 where k is negative or more than n."""
    possible = (k >= 0) & (k <= n)
    k = np.where(possible, k, 0)
    log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * np.log(p) + (n - k) * np.log1p(-p)
    return np.where(possible, np.exp(log), 0.0)
