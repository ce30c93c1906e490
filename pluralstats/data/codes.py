"""Categories by their codes: what would take pandas a sort of all rows is one look at a table of numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

_TABLE = 10**7  # pairs for which a table of all is cheaper than looking up those that occur
_MOST = 2**62  # combinations that still fit a whole number of 64 bits


def distinct_pairs(one: np.ndarray, other: np.ndarray, n_other: int) -> tuple[np.ndarray, np.ndarray]:
    """Each pair of codes that occurs, once; -1 is missing, and a code like others.

    >>> [codes.tolist() for codes in distinct_pairs(np.array([1, 0, 1]), np.array([2, -1, 2]), 3)]
    [[0, 1], [-1, 2]]
    """
    width = n_other + 1
    both = (one.astype(np.int64) + 1) * width + (other + 1)
    size = (int(one.max(initial=0)) + 2) * width
    if size <= _TABLE:
        met = np.zeros(size, dtype=bool)
        met[both] = True
        both = np.flatnonzero(met)
    else:
        both = np.sort(pd.unique(both))
    return both // width - 1, both % width - 1


def combined(codes: Sequence[np.ndarray]) -> np.ndarray:
    """One number for each combination of codes, none of them missing, (n,)."""
    key, size = np.zeros(len(codes[0]), dtype=np.int64), 1
    for column in codes:
        n = int(column.max(initial=0)) + 1
        if size * n > _MOST:
            key = pd.factorize(key)[0].astype(np.int64)
            size = int(key.max(initial=0)) + 1
        key, size = key * n + column, size * n
    return key


def used_only(level: pd.Categorical) -> pd.Categorical:
    """The same cells without the levels that none of them has."""
    counts = np.bincount(level.codes[level.codes >= 0], minlength=len(level.categories))
    if counts.all():
        return level
    new_codes = np.append(np.where(counts > 0, np.cumsum(counts > 0) - 1, -1), -1)
    return pd.Categorical.from_codes(
        new_codes[level.codes], categories=level.categories[counts > 0], ordered=level.ordered
    )
