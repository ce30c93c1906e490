"""Columns of any type as numbers: text, decimals and objects, where the role of the column is a number."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pluralstats.data.tables.frames import levels
from pluralstats.data.tables.texts import decimal_commas, numbers_in

_CODE = r"^\s*[+-]?0[0-9]"  # leading zeros, as in 007
_KINDS = {"string": "text", "decimal": "decimals", "mixed-integer": "text and numbers"}


class Numbers(NamedTuple):
    """A column as numbers.

    ``values`` (n,): NaN where a cell is missing or no number; ``is_all``: whether there are cells and all are numbers
    or missing; ``has_codes``: whether some are codes such as 007; ``was``: "" for a column of numbers, else what.
    """

    values: np.ndarray
    is_all: bool = True
    has_codes: bool = False
    was: str = ""


def is_number_column(column: pd.Series) -> bool:
    """Whether a column holds numbers by its type; true and false are none."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def numbers_of(column: pd.Series) -> Numbers:
    """The numbers in a column of any type; also in text, with decimal commas, as decimals or as other objects."""
    if is_number_column(column):
        return Numbers(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if (plain := _plain_numbers(column)) is not None:
        return plain
    level = levels(column, in_order=False)
    texts = list(level.categories)
    found = numbers_in(texts)
    was = _KINDS.get(pd.api.types.infer_dtype(column, skipna=True), "objects")
    return Numbers(
        np.append(found, np.nan)[level.codes],
        bool(texts) and not np.isnan(found).any(),
        any(re.match(_CODE, text) for text in texts),
        "text with decimal commas" if decimal_commas(texts) else was,
    )


def _plain_numbers(column: pd.Series) -> Numbers | None:
    """A text column of which every cell is a plain number, all at once; None for every other column."""
    if not isinstance(column.dtype, pd.StringDtype) or column.isna().all():
        return None
    cells = pa.array(column)
    try:
        values = pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:
        return None
    if pc.any(pc.is_nan(values)).as_py():  # the word "nan", which is no number
        return None
    has_codes = pc.any(pc.match_substring_regex(cells, _CODE)).as_py()
    return Numbers(values.to_numpy(zero_copy_only=False), True, bool(has_codes), "text")
