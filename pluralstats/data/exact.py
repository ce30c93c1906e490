"""Columns built of single cells without changing a value: whole numbers with gaps stay whole, text stays text."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

_WHOLE_KINDS = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
WHOLE = {pa.from_numpy_dtype(kind.type): kind for kind in map(pd.api.types.pandas_dtype, _WHOLE_KINDS)}
WHOLE_WITH_GAPS = {kind.numpy_dtype: kind for kind in WHOLE.values()}
_MOST = 2**53  # beyond it floats skip whole numbers


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
    if kinds and kinds <= {int, float} and not any(type(cell) is int and abs(cell) > _MOST for cell in known):
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
