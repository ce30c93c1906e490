"""Columns built of single cells without changing a value, and categories looked up by their codes.

Whole numbers with gaps stay whole and text stays text. What would take pandas a sort of all rows is one look at a table
of numbers.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

_KINDS = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
WHOLE = {pa.from_numpy_dtype(kind.type): kind for kind in map(pd.api.types.pandas_dtype, _KINDS)}
WHOLE_WITH_GAPS = {kind.numpy_dtype: kind for kind in WHOLE.values()}
_EXACT = 2**53  # beyond it floats skip whole numbers


def exact_column(cells: Sequence[object]) -> pd.Series:
    """A column of the cells of a file; None is missing.

    Cells of one type become a column of it. Where that would change a value (whole numbers beyond 64 bits, or beyond
    2^53 among others, text among numbers) they stay objects.

    >>> exact_column([2**53 + 1, None]).tolist()[0], exact_column(["007", 7]).tolist()
    (9007199254740993, ['007', 7])
    """
    known = [cell for cell in cells if cell is not None]
    kinds = {type(cell) for cell in known}
    if kinds == {str}:
        return pd.Series(cells, dtype="str")
    if kinds == {int} and all(isinstance(cell, int) and -(2**63) <= cell < 2**63 for cell in known):
        return pd.Series(cells, dtype="Int64" if len(known) < len(cells) else "int64")
    if kinds and kinds <= {int, float} and not any(type(cell) is int and abs(cell) > _EXACT for cell in known):
        return pd.Series(cells, dtype="float64")
    return pd.Series(cells, dtype=object)


def exact_concat(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns under each other; a column that is whole numbers in one only keeps its values."""
    unlike = [name for name in tables[0].columns if len({table[name].dtype for table in tables}) > 1]
    return pd.concat([table.astype(dict.fromkeys(unlike, object)) for table in tables], ignore_index=True)


def exact_table(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as pandas; whole numbers with gaps do not become floats."""
    with_gaps = {column.type for column in table.columns if column.null_count}
    kinds = {kind: WHOLE[kind] for kind in with_gaps & set(WHOLE)}
    return table.to_pandas(types_mapper=kinds.get, split_blocks=True)


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


def constant_within(frame: pd.DataFrame, unit: str, columns: list[str]) -> bool:
    """Whether every unit (rater, item) has one combination of the columns."""
    unit_of = _codes(frame[unit])
    one = np.zeros(unit_of.max(initial=0) + 1, dtype=int)  # a row of each unit
    one[unit_of] = np.arange(len(frame))
    at = one[unit_of]
    return all(bool((codes == codes[at]).all()) for codes in (_codes(frame[name]) for name in columns))


def _codes(column: pd.Series) -> np.ndarray:
    """(n,) numbers from 0 on, the same where a column has the same; missing is a value too."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(dtype=int) + 1
    return pd.factorize(column)[0] + 1
