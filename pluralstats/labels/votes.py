"""Ratings of items counted into labels: shares, majority, mean, median."""

from typing import NamedTuple

import numpy as np

ROUNDING = 1e-9  # relative; sums of weights that differ by less are equal


class Votes(NamedTuple):
    """Ratings of n rows of a label table: ``row``, ``rater``, ``answer`` (N,) codes, ``weight`` (N,)."""

    row: np.ndarray
    rater: np.ndarray
    answer: np.ndarray
    weight: np.ndarray
    n: int
    values: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """(n, K) sums of weights."""
        K = self.values.size
        return np.bincount(self.row * K + self.answer, self.weight, self.n * K).reshape(self.n, K)


class Decided(NamedTuple):
    """Labels of n rows: ``p`` (n, K), ``tie`` (n,) whether several answers were equally good, and sentences."""

    p: np.ndarray
    tie: np.ndarray
    caveats: tuple[str, ...] = ()


def shares(votes: Votes) -> Decided:
    """The share of each answer."""
    counts = votes.counts
    return Decided(counts / counts.sum(axis=1, keepdims=True), np.zeros(votes.n, bool))


def majority(votes: Votes) -> Decided:
    """The most frequent answer; equally frequent ones share.

    >>> votes = Votes(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 2]), np.ones(4), 1, np.arange(3.0))
    >>> majority(votes).p.tolist(), majority(votes).tie.tolist()
    ([[0.5, 0.0, 0.5]], [True])
    """
    counts = votes.counts
    top = counts >= counts.max(axis=1, keepdims=True) * (1.0 - ROUNDING)
    return Decided(top / top.sum(axis=1, keepdims=True), top.sum(axis=1) > 1)


def mean(votes: Votes) -> Decided:
    """The mean in rating points, as the two answers around it with the shares whose mean it is.

    >>> votes = Votes(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 1]), np.ones(4), 1, np.arange(1.0, 4.0))
    >>> mean(votes).p.tolist()
    [[0.25, 0.75, 0.0]]
    """
    values, share = votes.values, shares(votes).p
    point = np.clip(share @ values, values[0], values[-1])
    below = np.clip(np.searchsorted(values, point, side="right") - 1, 0, values.size - 2)
    above = (point - values[below]) / (values[below + 1] - values[below])
    p, rows = np.zeros_like(share), np.arange(votes.n)
    p[rows, below], p[rows, below + 1] = 1.0 - above, above
    return Decided(p, np.zeros(votes.n, bool))


def median(votes: Votes) -> Decided:
    """The middle answer; where the middle falls between two, they share.

    >>> votes = Votes(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 1]), np.ones(4), 1, np.arange(1.0, 4.0))
    >>> median(votes).p.tolist(), median(votes).tie.tolist()
    ([[0.5, 0.5, 0.0]], [True])
    """
    reached = np.cumsum(shares(votes).p, axis=1)
    lower, upper = np.argmax(reached >= 0.5 - ROUNDING, axis=1), np.argmax(reached > 0.5 + ROUNDING, axis=1)
    p, rows = np.zeros_like(reached), np.arange(votes.n)
    p[rows, lower] += 0.5
    p[rows, upper] += 0.5
    return Decided(p, lower != upper)
