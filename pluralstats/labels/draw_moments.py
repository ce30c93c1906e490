"""Label distributions of items for the people of a group, summed up over posterior draws a block at a time.

Draws of 1,580 items and five answers are 250 MB for every group, so none are kept: a block of draws is predicted by
``results.row_draws``, which tabulates the group's average response once a draw, and only sums go on.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fitted import Fit
from pluralstats.inference.drawn import DrawnPosterior
from pluralstats.inference.kernels import jit
from pluralstats.results.new_rows import NewRows
from pluralstats.results.profiles import Setting
from pluralstats.results.row_draws import rows_of_people, single_rows

BLOCK_NUMBERS = 4_000_000  # probabilities of a block of draws: 32 MB


class Answers(NamedTuple):
    """The answers that labels are about: ``code`` (C,) of each answer used in the ratings, ``values`` (K,) points.

    Codes of several answers are equal where the scale is collapsed.
    """

    code: np.ndarray
    values: np.ndarray


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


@jit
def _add_draws(at_least, code, values, first, sums):
    """Add a block of draws to ``sums`` (n, 2 K + 3).

    Columns are sums of p and of (p - first)^2 for every answer, of the expected rating less that of ``first``, of its
    square, and of the entropy of p. Squares of distances from the first draw lose no digits where draws are close.

    Parameters
    ----------
    at_least : (S, n, C - 1) P(rating >= c) of the answers used but the lowest
    code : (C,) position of each answer used among the K
    values : (K,) rating points
    first : (n, K) probabilities of one draw
    """
    K = values.size
    p = np.empty(K)
    for s in range(at_least.shape[0]):
        for j in range(at_least.shape[1]):
            p[:] = 0.0
            above = 1.0
            for c in range(code.size):
                below = min(at_least[s, j, c], above) if c < code.size - 1 else 0.0
                p[code[c]] += above - below
                above = below
            moved, entropy = 0.0, 0.0
            for k in range(K):
                away = p[k] - first[j, k]
                sums[j, k] += away
                sums[j, K + k] += away * away
                moved += values[k] * away
                entropy -= p[k] * np.log(p[k]) if p[k] > 0.0 else 0.0
            sums[j, 2 * K] += moved
            sums[j, 2 * K + 1] += moved * moved
            sums[j, 2 * K + 2] += entropy


def label_moments(fit: Fit, table: pd.DataFrame, people: Setting, answers: Answers) -> Moments:
    """Label distributions of the rows of ``table`` for new raters of a group, one value a draw, summed up.

    Parameters
    ----------
    table : data frame, (n, columns)
        Items, dimensions and what else the formula knows of a row that is not about raters.
    people : Setting
        The group: facts about raters that the formula needs, with shares.
    answers : Answers
    """
    rows = NewRows(table, table, people, ())
    n, K = len(table), answers.values.size
    first, sums, n_draws = np.empty((n, K)), np.zeros((n, 2 * K + 3)), 0
    determined = pooled = np.zeros(n, bool)
    for part in _blocks(fit, n, people):
        draws = rows_of_people(part, rows, table) if len(people.profiles.columns) else single_rows(part, table)
        if not n_draws:
            first = probabilities(draws.at_least[0], answers)
            determined, pooled = draws.determined, draws.pooled
        _add_draws(draws.at_least, answers.code, answers.values, first, sums)
        n_draws += len(draws.at_least)
    found = _moments(sums, n_draws, first, answers.values)
    for numbers in found:
        numbers[~determined] = np.nan
    return Moments(*found, pooled)


def probabilities(at_least: np.ndarray, answers: Answers) -> np.ndarray:
    """(n, K) probabilities from P(rating >= c) (n, C - 1).

    >>> probabilities(np.array([[0.7, 0.2]]), Answers(np.array([0, 0, 1]), np.array([1.0, 2.0]))).round(6).tolist()
    [[0.8, 0.2]]
    """
    n = len(at_least)
    above = np.minimum.accumulate(np.column_stack([np.ones(n), at_least, np.zeros(n)]), axis=1)
    out = np.zeros((n, answers.values.size))
    np.add.at(out.T, answers.code, (above[:, :-1] - above[:, 1:]).T)
    return out


def entropies(p: np.ndarray) -> np.ndarray:
    """(n,) entropy in nats of (n, K) probabilities.

    >>> entropies(np.array([[1.0, 0.0], [0.5, 0.5]])).round(4).tolist()
    [0.0, 0.6931]
    """
    return -(p * np.log(np.where(p > 0.0, p, 1.0))).sum(axis=1) + 0.0  # no negative zero


def _blocks(fit: Fit, n_rows: int, people: Setting) -> Iterator[Fit]:
    """The fit with a block of its draws at a time."""
    n_draws = len(fit.samples.sd)
    size = max(1, BLOCK_NUMBERS // (n_rows * max(fit.design.categories.size, _kinds(fit, people))))
    for start in range(0, n_draws, size):
        samples = fit.samples.at(np.arange(start, min(start + size, n_draws)))
        yield replace(fit, posterior=DrawnPosterior(samples, 1, flat=fit.posterior.flat_coefficients))


def _kinds(fit: Fit, people: Setting) -> int:
    """At most how many kinds of people differ in what is looked up for a row or in what multiplies it."""
    terms = [grouping.term for grouping in fit.design.groupings]
    named = {name for term in terms for name in (*term.factors, *term.columns)}
    columns = [name for name in people.profiles if name in named]
    return len(people.profiles[columns].drop_duplicates()) if columns else 1


def _moments(sums: np.ndarray, n_draws: int, first: np.ndarray, values: np.ndarray) -> list[np.ndarray]:
    """Means and sds from the sums of ``_add_draws``; the sd of a single draw is missing."""
    K = values.size
    average = sums / n_draws
    mean = first + average[:, :K]
    moved = average[:, 2 * K]
    square = np.column_stack([average[:, K : 2 * K] - average[:, :K] ** 2, average[:, 2 * K + 1] - moved**2])
    spread = (
        np.sqrt(np.maximum(square, 0.0) * (n_draws / (n_draws - 1))) if n_draws > 1 else np.full_like(square, np.nan)
    )
    entropy = entropies(mean)
    disagreement = np.minimum(average[:, 2 * K + 2], entropy)  # Jensen's inequality, also where digits are lost
    return [mean, spread[:, :K], first @ values + moved, spread[:, K], entropy, disagreement, entropy - disagreement]
