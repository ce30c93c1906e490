"""The columns of one factor of a formula: a number, the levels of a category, or a call such as ``poly(age, 2)``.

What a call needs to know of the ratings (their mean, the recurrence of orthogonal polynomials) is learnt once from all
of them and kept, so that new values get the columns that the same values have in the ratings.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.shares import Sets, share_table
from pluralstats.errors import ConfigError, DataError, listed
from pluralstats.model.formula.calls import Factor
from pluralstats.model.smooth_columns import smooth, smooth_columns
from pluralstats.model.terms.curves import Learnt, basis, knots, mean_and_sd, orthogonal, recurrence
from pluralstats.model.terms.steps import at_or_above, levels_in_order

NO_SETS: Sets = {}


class Call(NamedTuple):
    """``learn`` (factor, x (n,), weight (n,)) -> what is kept; ``columns`` (factor, x (m,), kept) -> (m, k)."""

    learn: Callable[[Factor, np.ndarray, np.ndarray], Learnt]
    columns: Callable[[Factor, np.ndarray, Learnt], np.ndarray]


def learn(
    factor: Factor, values: pd.Series, weight: np.ndarray, sets: Sets = NO_SETS, order: Sequence[str] = ()
) -> Learnt:
    """What the columns of a factor need to know of the ratings.

    Parameters
    ----------
    values : (n,) the column in the ratings, none missing
    weight : (n,) how often each rating occurred
    sets : of levels that one person has together, where the column is of shares
    order : the levels of a category from the lowest on, where they have an order

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
    if not factor.offset and is_category(factor, values):
        names = list(values.astype("category").cat.categories)
        levels, shares = share_table(names, sets)
        return np.asarray(names, object), np.asarray(levels, object), shares
    if factor.call == "mo":
        return levels_in_order(factor, values, order)
    if not _is_number(values) and (factor.call or factor.offset):
        found = listed([str(level) for level in values.astype("category").cat.categories], 6)
        instead = "Name a column of numbers" if factor.offset else "Write the column alone"
        if pd.to_numeric(pd.Series(values.unique()).dropna().astype(str), errors="coerce").notna().all():
            instead += ", or name it in `covariates` and not in `demographics`, whose numbers are levels"
        raise ConfigError(f"'{factor.text}' needs numbers, and '{factor.column}' has the levels {found}. {instead}.")
    if not factor.call:
        return ()
    return NUMERIC[factor.call].learn(factor, values.to_numpy(float), weight)


def numbers(factor: Factor, values: pd.Series, learnt: Learnt) -> np.ndarray:
    """(m, k) columns of a number or of a call of one, at new values.

    Raises
    ------
    DataError
        Values that the call has no number for.
    """
    if factor.call == "mo":
        return at_or_above(factor, values, learnt)
    x = values.to_numpy(float)
    return NUMERIC[factor.call].columns(factor, x, learnt) if factor.call else x[:, None]


def offset_of(factors: Sequence[Factor], frame: pd.DataFrame, learnt: Mapping[str, Learnt]) -> np.ndarray:
    """(m,) the sum of some offsets at the values of a frame; zeros without any."""
    parts = [numbers(factor, frame[factor.column], learnt[factor.text])[:, 0] for factor in factors]
    return np.sum(parts, axis=0) if parts else np.zeros(len(frame))


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


NUMERIC: Mapping[str, Call] = {
    "I": Call(_nothing, _power),
    "log": Call(_log, _positive),
    "center": Call(_mean, lambda factor, x, learnt: x[:, None] - learnt[0]),
    "scale": Call(mean_and_sd, lambda factor, x, learnt: (x[:, None] - learnt[0]) / learnt[1]),
    "poly": Call(recurrence, orthogonal),
    "bs": Call(knots, basis),
    "s": Call(smooth, smooth_columns),
}
