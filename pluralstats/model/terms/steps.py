"""The columns of a monotonic effect: whether a level, or a number, is at or above each level but the lowest."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, DataError, listed, problems_error
from pluralstats.model.formula.calls import Expansion, Factor
from pluralstats.model.formula.misplaced import misplaced

MOST_LEVELS = 50  # different numbers of a column that are taken for steps


def levels_in_order(factor: Factor, values: pd.Series, order: Sequence[str]) -> tuple[np.ndarray, ...]:
    """The levels from the lowest on, (D + 1,), those that occur.

    Raises
    ------
    ConfigError
        A category whose levels have no order, or not all of them.
    DataError
        Only one level, or more numbers than are steps.
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        found = np.unique(values.to_numpy(float))
        if found.size > MOST_LEVELS:
            raise DataError(
                f"'{factor.text}' has a step for every value of '{factor.column}', and there are {found.size:,} of "
                f"them. Use the number itself, poly({factor.column}, 2) or bs({factor.column}, df=4)."
            )
    else:
        found = _categories(factor, values, order)
    if found.size < 2:
        only = listed([str(one) for one in found])
        raise DataError(f"'{factor.text}' needs two levels of '{factor.column}' or more; found {only}.")
    return (found,)


def _categories(factor: Factor, values: pd.Series, order: Sequence[str]) -> np.ndarray:
    known = [str(level) for level in values.astype("category").cat.categories]
    if not len(order):
        raise ConfigError(
            f"'{factor.text}' needs levels in order, and those of '{factor.column}' ({listed(known, 12)}) have none. "
            f'Pass order={{"{factor.column}": [lowest, ..., highest]}} to Ratings, or an ordered categorical, or '
            "numbers."
        )
    if strange := [level for level in known if level not in order]:
        raise ConfigError(
            f"'{factor.text}': the level {listed(strange)} of '{factor.column}' has no place in the order "
            f"{', '.join(order)}. Leave its raters out, or recode it."
        )
    return np.asarray([level for level in order if level in known], object)


def at_or_above(factor: Factor, values: pd.Series, learnt: tuple[np.ndarray, ...]) -> np.ndarray:
    """(m, D) zeros and ones.

    Raises
    ------
    DataError
        Values that the ratings do not have.
    """
    levels = pd.Index(learnt[0])
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    place = levels.get_indexer(values.to_numpy(float) if numeric else pd.Index(values.astype(object)))
    if strange := [f"{value:g}" if numeric else str(value) for value in values[place < 0].unique()]:
        known = [f"{level:g}" if numeric else str(level) for level in learnt[0]]
        raise DataError(
            f"'{factor.text}' has a step for every value of '{factor.column}' in the ratings ({listed(known, 12)}); "
            f"found {listed(strange)}. Recode or drop these rows."
        )
    return (place[:, None] >= np.arange(1, len(levels))).astype(float)


def step_names(learnt: tuple[np.ndarray, ...]) -> tuple[str, ...]:
    """(D,) the level that each step leads to."""
    return tuple(f"{level:g}" if isinstance(level, float) else str(level) for level in learnt[0][1:])


def step_places(
    terms: Sequence[str], of: Expansion, learnt: Mapping[str, tuple[np.ndarray, ...]]
) -> tuple[tuple[int, int], ...]:
    """(first column, number of columns) of each monotonic effect among columns of these terms (p,).

    Raises
    ------
    ConfigError
        An effect in a product, or one of whose columns others determine.
    """
    if problems := misplaced(of, slopes=False):
        raise problems_error(ConfigError, problems)
    out = []
    for text in dict.fromkeys(f.text for term in of.terms for f in term if f.call == "mo"):
        columns = [j for j, term in enumerate(terms) if term == text]
        if len(columns) < learnt[text][0].size - 1:
            raise ConfigError(
                f"The steps of '{text}' are told by other columns of the formula, so that its effect cannot be known. "
                "Keep it, or what determines it."
            )
        out.append((columns[0], len(columns)))
    return tuple(out)
