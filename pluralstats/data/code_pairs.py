"""Which levels go with which raters, by integer codes: a check and every policy ask it of all rows, many times."""

from typing import NamedTuple

import numpy as np
import pandas as pd

_MOST_CELLS = 50_000_000  # marks, one a byte; with more, pairs are looked up one by one


class Pairs(NamedTuple):
    """The different pairs of two codes, both known."""

    first: np.ndarray
    second: np.ndarray


def distinct_pairs(first: np.ndarray, second: np.ndarray) -> Pairs:
    """Each pair that occurs, once, in the order of its codes; pairs with a missing code (-1) are none.

    >>> [codes.tolist() for codes in distinct_pairs(np.array([1, 0, 1, 1]), np.array([0, 2, 0, -1]))]
    [[0, 1], [2, 0]]
    """
    known = (first >= 0) & (second >= 0)
    if not known.all():
        first, second = first[known], second[known]
    if not len(first):
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    n_second = int(second.max()) + 1
    n_cells = (int(first.max()) + 1) * n_second
    cell = first.astype(np.int64) * n_second + second
    if n_cells <= _MOST_CELLS:
        marked = np.zeros(n_cells, dtype=bool)
        marked[cell] = True
        found = np.flatnonzero(marked)
    else:
        found = np.sort(pd.unique(cell))
    return Pairs(*np.divmod(found, n_second))


def n_different(first: np.ndarray, second: np.ndarray, n_second: int) -> np.ndarray:
    """How many different first codes go with each second code, (n_second,)."""
    return np.bincount(distinct_pairs(first, second).second, minlength=n_second)


def firsts(of: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """The first value that goes with each code, -1 where there is none, (n,).

    >>> firsts(np.array([1, 0, 1]), np.array([7, 8, 9]), 3).tolist()
    [8, 7, -1]
    """
    found = np.full(n, -1, dtype=np.int64)
    found[of[::-1]] = values[::-1]
    return found


def used_levels(level: pd.Categorical) -> pd.Categorical:
    """Without the levels that no row has."""
    n_rows = np.bincount(level.codes + 1, minlength=len(level.categories) + 1)[1:]
    return level if (n_rows > 0).all() else level.remove_unused_categories()
