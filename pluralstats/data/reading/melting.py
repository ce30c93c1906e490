"""Columns of ratings under each other: one row a rating from one row a person or an item."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.column_patterns import Column
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.errors import DataError, counted, listed, problems_error


def melted_columns(wide: NumberedTable, columns: Sequence[Column], names: frozenset[str]) -> NumberedTable:
    """One row a rating; the parts of the columns' names become columns of their own.

    Parameters
    ----------
    wide : NumberedTable
        One row a person, or an item.
    columns : list of Column
        The columns that hold ratings.
    names : frozenset of str
        The names of all columns as they will be called.

    Raises
    ------
    DataError
        When a column has a name that is needed, or the parts of the names do not cross.
    """
    parts = list(columns[0].parts)
    melted = {column.name for column in columns}
    taken = [name for name in (*parts, "rating") if name in names - melted]
    problems = [f"The data have a column '{name}' already, beside columns that are one {name} each." for name in taken]
    problems = [f"{problem} Rename or drop it." for problem in problems] + _not_crossed(columns, parts)
    if problems:
        raise problems_error(DataError, problems)
    n = len(wide.table)
    long = pd.concat([wide.table.drop(columns=list(melted))] * len(columns), ignore_index=True)
    ids = {part: _repeated([column.parts[part] for column in columns], n) for part in parts}
    rating = pd.concat([wide.table[column.name] for column in columns], ignore_index=True)
    return replace(wide, table=long.assign(**ids, rating=rating), rows=np.tile(wide.rows, len(columns)))


def _repeated(parts: list[str], n: int) -> pd.Categorical:
    kept = list(dict.fromkeys(parts))
    codes = np.repeat([kept.index(part) for part in parts], n)
    return pd.Categorical.from_codes(codes, categories=kept)


def _not_crossed(columns: Sequence[Column], parts: Sequence[str]) -> list[str]:
    """Names that a pattern of two parts meets by accident: neither of their parts occurs in another column."""
    if len(parts) < 2:
        return []
    seen = [[column.parts[part] for column in columns] for part in parts]
    alone = [
        column.name
        for column, *values in zip(columns, *seen, strict=True)
        if all(of.count(value) == 1 for value, of in zip(values, seen, strict=True))
    ]
    if not alone or len(columns) == 1:
        return []
    quoted = listed([f"'{name}'" for name in alone])
    return [
        f"{counted(len(alone), 'column')} of the pattern cross with no other, so that they may be something else: "
        f"{quoted}. Write the pattern narrower, or name the columns."
    ]


def without_empty(long: NumberedTable, step: str, rater: str) -> NumberedTable:
    """The rows that have a rating; the others, of questions that were not asked, are counted."""
    empty = blank(long.table["rating"])
    if empty.all():
        raise DataError(f"The columns of ratings are empty, all {counted(len(empty), 'cell')} of them. Name others.")
    n_raters = long.table[rater][empty].nunique() if rater in long.table else 0
    detail = f"{counted(int(empty.sum()), 'empty cell')} of {len(empty):,}"
    policies = (*long.policies, policy_record(step, "rating", "not asked", empty.sum(), n_raters, detail))
    if not empty.any():
        return replace(long, policies=policies)
    return replace(long, table=long.table[~empty].reset_index(drop=True), rows=long.rows[~empty], policies=policies)


def blank(column: pd.Series) -> np.ndarray:
    """Where a cell is missing or has spaces only, (n,) bool."""
    empty = column.isna()
    if pd.api.types.is_numeric_dtype(column.dtype):
        return empty.to_numpy()
    if isinstance(column.dtype, pd.StringDtype):
        return (empty | (column.str.strip() == "")).to_numpy(bool)
    spaces = column.astype(object).map(lambda cell: isinstance(cell, str) and not cell.strip())
    return (empty | spaces.astype(bool)).to_numpy()
