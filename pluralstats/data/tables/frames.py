"""Any data frame into one pandas table with the fixed column names, remembering which row was which."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from pluralstats.data.tables.column_kinds import did_you_mean
from pluralstats.data.tables.columns import WHOLE
from pluralstats.data.tables.texts import cell_text, clean_text
from pluralstats.data.tables.user_missing import without_stata_codes
from pluralstats.errors import DataError, nearest, problems_error

REQUIRED = ("item", "rater", "rating")
ID_COLUMNS = ("item", "rater", "dimension", "question", "wave")
OPTIONAL = ("dimension", "question", "wave", "weight", "rater_weight")
_WAYS = {
    "item": " Columns that are an item each are named with items= in ps.read_ratings.",
    "rater": " Columns that are a rater each are named with raters= in ps.read_ratings.",
    "rating": " Columns that are a dimension each are named with dimensions= in ps.read_ratings.",
}
_LISTS = (list, tuple, np.ndarray)
_EXACT_DIGITS = 15  # numbers of so many digits are different floats


@dataclass(frozen=True)
class NumberedTable:
    """A pandas table with a fresh index, the number (from 1) of the user's row behind each row, (n,), and policies:
    records of what a reader left out or took apart on the way, with the fields of ``POLICY_COLUMNS``.

    ``typed``: columns whose text is meant to be text, as in data frames and Parquet; in other files all cells are.
    """

    table: pd.DataFrame
    rows: np.ndarray
    policies: tuple[dict[str, object], ...] = ()
    typed: frozenset[str] = frozenset()


def numbered_table(frame: Any) -> NumberedTable:
    """Any eager or lazy frame that narwhals knows, as pandas; the frame given is not touched.

    Raises
    ------
    DataError
        When ``frame`` is not a data frame, has no rows, or has two columns of one name.
    """
    given = frame if isinstance(frame, NumberedTable) else None
    table = _to_pandas(frame) if given is None else given.table
    names = [str(name) for name in table.columns]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"Two columns have one name: {_quoted(repeated)}. Rename or drop one of each.")
    if table.empty:
        raise DataError("The data have no rows; at least one rating is needed.")
    if given is not None:
        return given
    table, policies = without_stata_codes(table.set_axis(names, axis=1).reset_index(drop=True))
    return NumberedTable(table, np.arange(1, len(table) + 1), policies, frozenset(names))


def _to_pandas(frame: Any) -> pd.DataFrame:
    if isinstance(frame, pd.DataFrame):
        return frame
    try:
        known = nw.from_native(frame)
        eager = known.collect() if isinstance(known, nw.LazyFrame) else known
    except (TypeError, nw.exceptions.NarwhalsError) as error:
        raise DataError(
            f"Ratings need a data frame (pandas, polars, pyarrow or any that narwhals knows); "
            f"found {type(frame).__name__}. Use ps.read_ratings(path) for a file."
        ) from error
    exact = {name: _whole_numbers(eager[name].to_arrow()) for name in eager.columns if _has_gaps(eager[name])}
    return eager.to_pandas().assign(**exact)


def _has_gaps(column: nw.Series) -> bool:
    return column.dtype.is_integer() and column.null_count() > 0


def _whole_numbers(column: pa.Array | pa.ChunkedArray) -> pd.Series:
    """Whole numbers with gaps as whole numbers: as floats, ids beyond 2^53 would become one."""
    return column.to_pandas(types_mapper=WHOLE.get)


def renamed(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The table with the user's column names replaced by the fixed ones.

    Raises
    ------
    DataError
        When a column to rename is absent, or its new name is taken.
    """
    problems = [
        f"`columns` renames '{old}', but the data have no such column.{nearest(old, table.columns)}"
        for old in columns
        if old not in table.columns
    ]
    for new in sorted(set(columns.values())):
        takers = [old for old, name in columns.items() if name == new and old in table.columns]
        takers += [new] if new in table.columns and new not in columns else []
        if len(takers) > 1:
            problems.append(
                f"`columns` would leave {len(takers)} columns named '{new}': {_quoted(takers)}. "
                f"Drop all but one of them before."
            )
    if problems:
        raise problems_error(DataError, problems)
    return table.rename(columns=dict(columns))


def missing_columns(table: pd.DataFrame, wanted: Sequence[str]) -> list[str]:
    """One finished sentence for each wanted column the table does not have."""
    present = _quoted(table.columns)
    problems = []
    for name in dict.fromkeys(wanted):
        if name not in table.columns:
            hint = did_you_mean(name, list(table.columns))
            rename = f' Use columns={{"<your name>": "{name}"}} to rename one.' if name in REQUIRED else ""
            wide = _WAYS.get(name, "")
            problems.append(f"Column '{name}' is missing; the data have {present}.{hint}{rename}{wide}")
    return problems


def as_list(value: Any) -> Any:
    """An array or pandas Index as a tuple of plain values; everything else as it is."""
    is_array = isinstance(value, np.ndarray | pd.Index | pd.Series) and value.ndim == 1
    return tuple(value.tolist()) if is_array else value


def is_list(value: object) -> bool:
    """Whether a value is a list of things, which text is not."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def levels(column: pd.Series, *, in_order: bool = True) -> pd.Categorical:
    """A column as clean text levels: trimmed, one code for é, numbers in their shortest exact text, empty text missing.

    Text stays as it stands: "1.0" and "1" are two levels, the numbers 1.0 and 1 are one. Categorical columns keep
    their order of levels; others get natural order ("9" before "10"), so that neither the order of rows nor the
    library that read the file matters. ``in_order=False`` skips the sorting.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, distinct, ordered = np.asarray(column.cat.codes), list(column.cat.categories), True
    else:
        cells = _texts_of_objects(column) if _is_mixed(column) else column
        codes, index = pd.factorize(cells)
        distinct, ordered = list(index), not in_order
    texts = [cell_text(value) for value in distinct]
    kept = list(dict.fromkeys(text for text in texts if text))
    kept = kept if ordered else in_natural_order(kept)
    position = {text: i for i, text in enumerate(kept)}
    new_codes = np.array([position.get(text, -1) for text in texts] + [-1], dtype=np.int64)
    return pd.Categorical.from_codes(new_codes[codes], categories=pd.Index(kept, dtype="str"))


def _is_mixed(column: pd.Series) -> bool:
    """Objects of several kinds, among which True is 1 and a list cannot be looked up."""
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True).startswith("mixed")


def _texts_of_objects(column: pd.Series) -> pd.Series:
    missing = column.isna()
    return pd.Series([None if no else cell_text(value) for value, no in zip(column, missing, strict=True)], dtype="str")


def holds_nested(column: pd.Series) -> bool:
    """Whether some cell is a list or an object rather than a plain value."""
    return column.dtype == object and any(isinstance(cell, (*_LISTS, dict, set)) for cell in column)


def joined(column: pd.Series, separator: str) -> pd.Series:
    """Lists of choices, as Parquet and JSON can hold them, as text with the separator."""
    if not _is_mixed(column):
        return column
    if any(isinstance(cell, dict | set) for cell in column):
        raise DataError(f"Column '{column.name}' holds nested objects. Make columns of plain values of it.")
    cells = [separator.join(map(str, cell)) if isinstance(cell, _LISTS) else cell for cell in column]
    return pd.Series(cells, index=column.index, dtype=object, name=column.name)  # `map` would make floats of numbers


def relabelled(level: pd.Categorical, new: Mapping[str, str | None]) -> pd.Categorical:
    """Levels with some renamed, merged or (None) made missing; a new name stands where its first was."""
    texts = [new.get(text, text) for text in level.categories]
    kept = list(dict.fromkeys(text for text in texts if text is not None))
    position = {text: i for i, text in enumerate(kept)}
    new_codes = np.array([-1 if text is None else position[text] for text in texts] + [-1], dtype=np.int64)
    return pd.Categorical.from_codes(new_codes[level.codes], categories=pd.Index(kept, dtype="str"))


def as_text(value: object) -> str:
    """A value as ``levels`` writes it, so that 2, 2.0 and "2" mean the same answer."""
    return cell_text(value) or clean_text(str(value))


def in_natural_order(texts: list[str]) -> list[str]:
    """Texts sorted by ``natural_key``; by their numbers alone where that is all in which they differ, as ids do."""
    head = texts[0].rstrip("0123456789") if texts else ""
    tails = [text[len(head) :] for text in texts]
    if all(text.startswith(head) for text in texts) and all(map(_is_short_number, tails)):
        return sorted(texts, key=lambda text: (int(text[len(head) :]), text))
    return sorted(texts, key=natural_key)


def _is_short_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _EXACT_DIGITS


def natural_key(text: str) -> tuple[tuple[int, float, str], ...]:
    """A sorting key that reads numbers inside text as numbers.

    >>> sorted(["item10", "item9", "Item1"], key=natural_key)
    ['Item1', 'item9', 'item10']
    """
    parts = re.split(r"(\d+)", text.casefold())
    key = tuple((0, float(part), "") if part.isdecimal() else (1, 0.0, part) for part in parts if part)
    return (*key, (2, 0.0, text))  # ties such as "A" and "a" keep one order


def _quoted(names: Sequence[str] | pd.Index) -> str:
    return ", ".join(f"'{name}'" for name in names)
