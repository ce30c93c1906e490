"""The columns of one factor of a formula: a number, the levels of a category, or a call such as ``poly(age, 2)``.

What a call needs to know of the ratings (their mean, the recurrence of orthogonal polynomials) is learnt once from all
of them and kept, so that new values get the columns that the same values have in the ratings.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.shares import Sets, share_table
from pluralstats.errors import ConfigError, DataError, listed
from pluralstats.model.formula.tokens import Factor

type Learnt = tuple[np.ndarray, ...]
NO_SETS: Sets = {}


class Call(NamedTuple):
    """``learn`` (factor, x (n,), weight (n,)) -> what is kept; ``columns`` (factor, x (m,), kept) -> (m, k)."""

    learn: Callable[[Factor, np.ndarray, np.ndarray], Learnt]
    columns: Callable[[Factor, np.ndarray, Learnt], np.ndarray]


def learn(factor: Factor, values: pd.Series, weight: np.ndarray, sets: Sets = NO_SETS) -> Learnt:
    """What the columns of a factor need to know of the ratings.

    Parameters
    ----------
    values : (n,) the column in the ratings, none missing
    weight : (n,) how often each rating occurred
    sets : of levels that one person has together, where the column is of shares

    Returns
    -------
    of a category its names, its levels, and (names, levels) how much of each level a name is

    Raises
    ------
    ConfigError
        A call of a category.
    DataError
        Values that the call has no number for.
    """
    if is_category(factor, values):
        names = list(values.astype("category").cat.categories)
        levels, shares = share_table(names, sets)
        return np.asarray(names, object), np.asarray(levels, object), shares
    if not factor.call:
        return ()
    if not _is_number(values):
        levels = listed([str(level) for level in values.astype("category").cat.categories], 6)
        raise ConfigError(
            f"'{factor.text}' needs numbers, and '{factor.column}' has the levels {levels}. Write the column alone."
        )
    return NUMERIC[factor.call].learn(factor, values.to_numpy(float), weight)


def numbers(factor: Factor, values: pd.Series, learnt: Learnt) -> np.ndarray:
    """(m, k) columns of a number or of a call of one, at new values.

    Raises
    ------
    DataError
        Values that the call has no number for.
    """
    x = values.to_numpy(float)
    return NUMERIC[factor.call].columns(factor, x, learnt) if factor.call else x[:, None]


def level_codes(factor: Factor, values: pd.Series, learnt: Learnt) -> np.ndarray:
    """(m,) positions of the levels of a category at new values.

    Raises
    ------
    DataError
        Levels that the ratings do not have: nothing is known about them.
    """
    given, known = values.astype("category").cat, pd.Index(learnt[0])
    place = np.append(known.get_indexer(pd.Index(given.categories, dtype=object)), -1)  # -1 is the code of missing ones
    codes = place[given.codes]
    if strange := [str(value) for value in values[codes < 0].unique()]:
        raise DataError(
            f"'{factor.column}' has values that the model has not seen: {listed(strange)}; it knows "
            f"{listed([str(level) for level in learnt[0]], 12)}. Recode or drop these rows."
        )
    return codes


def is_category(factor: Factor, values: pd.Series) -> bool:
    """Whether a factor has levels: a column of text, or any in C()."""
    return factor.call == "C" or (not factor.call and not _is_number(values))


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype)  # booleans among them


def _nothing(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    return ()


def _power(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    return x[:, None] ** factor.number


def _positive(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    if (x <= 0.0).any():
        bad = x[x <= 0.0]
        raise DataError(
            f"'{factor.text}' needs values above 0; found {bad.size:,} at or below it, such as {bad[0]:g}. Correct "
            f"them, or compute a column of your own."
        )
    return np.log(x)[:, None]


def _log(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    _positive(factor, x, ())
    return ()


def _mean(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    return (np.average(x, weights=weight),)


def _mean_and_sd(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    """The sd of n - 1, as ``scale`` in R."""
    mean = np.average(x, weights=weight)
    sd = np.sqrt((weight @ (x - mean) ** 2) / max(weight.sum() - 1.0, 1.0))
    if not sd > 0.0:
        raise DataError(f"'{factor.text}' divides by a standard deviation of 0: all values are {x[0]:g}.")
    return mean, sd


def _recurrence(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    """Mean, sd, alpha (degree,) and the mean squares (degree + 1,) of the monic orthogonal polynomials of z."""
    if (found := np.unique(x).size) <= factor.number:
        raise DataError(
            f"'{factor.text}' needs more than {factor.number} different values of '{factor.column}'; found {found}. "
            "Use a lower degree."
        )
    mean, sd = _mean_and_sd(factor, x, weight)
    z, alpha, squares = (x - mean) / sd, np.empty(factor.number), np.ones(factor.number + 1)
    before, at = np.zeros_like(z), np.ones_like(z)
    for k in range(factor.number):
        alpha[k] = np.average(z * at**2, weights=weight) / squares[k]
        before, at = at, (z - alpha[k]) * at - (squares[k] / squares[k - 1] * before if k else 0.0)
        squares[k + 1] = np.average(at**2, weights=weight)
    return mean, sd, alpha, squares


def _orthogonal(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    """(m, degree) orthogonal polynomials of degrees 1 ..: mean 0, mean square 1 and uncorrelated over the ratings.

    Those of ``poly(x, degree)`` in R times the root of the number of ratings: a coefficient is then the effect of one
    standard deviation of its polynomial, and does not grow with the number of ratings. The recurrence is that of
    Kennedy & Gentle (1980), Statistical Computing, pages 342-347.
    """
    mean, sd, alpha, squares = learnt
    z, columns = (x - mean) / sd, np.empty((x.size, factor.number))
    before, at = np.zeros_like(z), np.ones_like(z)
    for k in range(factor.number):
        before, at = at, (z - alpha[k]) * at - (squares[k] / squares[k - 1] * before if k else 0.0)
        columns[:, k] = at / np.sqrt(squares[k + 1])
    return columns


NUMERIC: Mapping[str, Call] = {
    "I": Call(_nothing, _power),
    "log": Call(_log, _positive),
    "center": Call(_mean, lambda factor, x, learnt: x[:, None] - learnt[0]),
    "scale": Call(_mean_and_sd, lambda factor, x, learnt: (x[:, None] - learnt[0]) / learnt[1]),
    "poly": Call(_recurrence, _orthogonal),
}
