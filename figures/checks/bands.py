"""Bands that uniform ranks and right coverage stay inside; probabilities are exact, nothing is simulated."""

from functools import lru_cache

import numpy as np
from scipy.stats import binom

HALVINGS = 30


def binomial_band(n: int, p: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """The smallest counts with cumulative probability of at least ``tail`` and of at least 1 - ``tail``."""
    return binom.ppf(tail, n, p).astype(int), binom.ppf(1.0 - tail, n, p).astype(int)


@lru_cache(maxsize=32)
def simultaneous_band(n: int, points: tuple[float, ...], prob: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and most of ``n`` uniform numbers below each point that hold at all (increasing) points together.

    Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32, section 2: pointwise intervals of one
    tail probability, the largest with which all of them hold with probability ``prob`` (by recursion over points).
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
    counts, probability, before = np.zeros(1, int), np.ones(1), 0.0
    for at, first, last in zip(z, *binomial_band(n, z, tail), strict=True):
        to = np.arange(first, last + 1)
        step = binom.pmf(to[:, None] - counts, n - counts, (at - before) / (1.0 - before))
        counts, probability, before = to, step @ probability, at
    return float(probability.sum())
