"""Label distributions of items for the people of a group, summed up over posterior draws a block at a time.

Draws of 1,580 items and five answers are 250 MB for every group, so none are kept: a block of draws is predicted for
one group after the other, and only sums go on.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.labels.distributions.item_draws import Part, part_draws, parts_of
from pluralstats.results.averaging.manners import numbers_of
from pluralstats.results.averaging.people import Setting
from pluralstats.storage.compiled import kernel

BLOCK_NUMBERS = 1_000_000  # probabilities, or people, of a block of draws: 8 MB; more are slower


class Answers(NamedTuple):
    """The answers that labels are about: ``code`` (C,) of each answer used in the ratings, ``values`` (K,) points.

    Codes of several answers are equal where the scale is collapsed. ``worth`` (C,): points of each answer used, where
    they are not those of its code.
    """

    code: np.ndarray
    values: np.ndarray
    worth: np.ndarray | None = None

    @property
    def points(self) -> np.ndarray:
        """(C,) of each answer used."""
        return self.values[self.code] if self.worth is None else self.worth


class Moments(NamedTuple):
    """Of n rows over draws: ``mean, sd`` (n, K) of probabilities, ``expected, expected_sd`` (n,) rating points.

    ``entropy`` H(E p) = ``disagreement`` E H(p) + ``ignorance`` (n,), nats; ``pooled`` (n,) whether people like no
    rater are among those averaged over. Rows that the data do not determine are missing.
    """

    mean: np.ndarray
    sd: np.ndarray
    expected: np.ndarray
    expected_sd: np.ndarray
    entropy: np.ndarray
    disagreement: np.ndarray
    ignorance: np.ndarray
    pooled: np.ndarray


@kernel
def add_draws(at_least, rows, code, points, first, base, sums):
    """Add a block of draws to ``sums`` (n, 2 K + 3).

    Columns are sums of p and of (p - first)^2 for every answer, of the expected rating less that of one draw, of its
    square, and of the entropy of p. Squares of distances from the first draw lose no digits where draws are close.

    Parameters
    ----------
    at_least : (S, m, C - 1) P(rating >= c) of the answers used but the lowest
    rows : (m,) which of the n rows they are of
    code : (C,) position of each answer used among the K
    points : (C,) rating points of each
    first, base : (n, K), (n,) probabilities and expected ratings of one draw
    """
    K = first.shape[1]
    p = np.empty(K)
    for s in range(at_least.shape[0]):
        for i in range(at_least.shape[1]):
            j = rows[i]
            p[:] = 0.0
            above, moved, entropy = 1.0, -base[j], 0.0
            for c in range(code.size):
                below = min(at_least[s, i, c], above) if c < code.size - 1 else 0.0
                p[code[c]] += above - below
                moved += points[c] * (above - below)
                above = below
            for k in range(K):
                away = p[k] - first[j, k]
                sums[j, k] += away
                sums[j, K + k] += away * away
                entropy -= p[k] * np.log(p[k]) if p[k] > 0.0 else 0.0
            sums[j, 2 * K] += moved
            sums[j, 2 * K + 1] += moved * moved
            sums[j, 2 * K + 2] += entropy


def label_moments(fit: Fit, table: pd.DataFrame, groups: Sequence[Setting], answers: Answers) -> list[Moments]:
    """Label distributions of the rows of ``table`` for new raters of each group, summed up over draws.

    Parameters
    ----------
    table : data frame, (n, columns)
        Items, dimensions and what else the formula knows of a row that is not about raters.
    groups : list of Setting
        The people of each group: facts about raters that the formula needs, with shares.
    answers : Answers
    """
    n, K = len(table), answers.values.size
    parts = [parts_of(fit, table, people) for people in groups]
    first, base = np.empty((len(groups), n, K)), np.empty((len(groups), n))
    sums, n_draws = np.zeros((len(groups), n, 2 * K + 3)), len(fit.samples.sd)
    answers_used = max(fit.design.categories.size, 2)
    largest = max(
        max(part.share.size * answers_used, len(part.X), numbers_of(fit, part.manners))
        for of_group in parts
        for part in of_group
    )
    size = max(1, BLOCK_NUMBERS // largest)
    for start in range(0, n_draws, size):
        draws, kernel = slice(start, min(start + size, n_draws)), None
        for g, of_group in enumerate(parts):
            for part in of_group:
                at_least, kernel = part_draws(fit, draws, part, kernel)
                if not start:
                    each = _of_each(at_least[0])
                    first[g, part.rows], base[g, part.rows] = _merged(each, answers), each @ answers.points
                add_draws(at_least, part.rows, answers.code, answers.points, first[g], base[g], sums[g])
    found = [_moments(of_group, n_draws, *at) for of_group, *at in zip(sums, first, base, strict=True)]
    return [_flagged(moments, of_group, n) for moments, of_group in zip(found, parts, strict=True)]


def _flagged(found: dict[str, np.ndarray], parts: list[Part], n: int) -> Moments:
    """Moments without those of rows that the data do not determine, and which rows are pooled."""
    pooled = np.zeros(n, bool)
    for part in parts:
        pooled[part.rows] = part.pooled
        for numbers in found.values() if not part.determined else ():
            numbers[part.rows] = np.nan
    return Moments(**found, pooled=pooled)


def probabilities(at_least: np.ndarray, answers: Answers) -> np.ndarray:
    """(n, K) probabilities from P(rating >= c) (n, C - 1).

    >>> probabilities(np.array([[0.7, 0.2]]), Answers(np.array([0, 0, 1]), np.array([1.0, 2.0]))).round(6).tolist()
    [[0.8, 0.2]]
    """
    return _merged(_of_each(at_least), answers)


def _of_each(at_least: np.ndarray) -> np.ndarray:
    """(n, C) of every answer used."""
    n = len(at_least)
    above = np.minimum.accumulate(np.column_stack([np.ones(n), at_least, np.zeros(n)]), axis=1)
    return above[:, :-1] - above[:, 1:]


def _merged(each: np.ndarray, answers: Answers) -> np.ndarray:
    out = np.zeros((len(each), answers.values.size))
    np.add.at(out.T, answers.code, each.T)
    return out


def entropies(p: np.ndarray) -> np.ndarray:
    """(n,) entropy in nats of (n, K) probabilities.

    >>> entropies(np.array([[1.0, 0.0], [0.5, 0.5]])).round(4).tolist()
    [0.0, 0.6931]
    """
    return -(p * np.log(np.where(p > 0.0, p, 1.0))).sum(axis=1) + 0.0  # no negative zero


def _moments(sums: np.ndarray, n_draws: int, first: np.ndarray, base: np.ndarray) -> dict[str, np.ndarray]:
    """Means and sds from the sums of ``add_draws``; the sd of a single draw is missing."""
    K = first.shape[1]
    average = sums / n_draws
    mean = first + average[:, :K]
    moved = average[:, 2 * K]
    square = np.column_stack([average[:, K : 2 * K] - average[:, :K] ** 2, average[:, 2 * K + 1] - moved**2])
    spread = (
        np.sqrt(np.maximum(square, 0.0) * (n_draws / (n_draws - 1))) if n_draws > 1 else np.full_like(square, np.nan)
    )
    entropy = entropies(mean)
    disagreement = np.minimum(average[:, 2 * K + 2], entropy)  # Jensen's inequality, also where digits are lost
    return {
        "mean": mean,
        "sd": spread[:, :K],
        "expected": base + moved,
        "expected_sd": spread[:, K],
        "entropy": entropy,
        "disagreement": disagreement,
        "ignorance": entropy - disagreement,
    }
