"""What the checks of suspicious data look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.policies.options import RatingOptions
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales, answers_of
from pluralstats.data.tables.frames import levels
from pluralstats.data.tables.texts import cell_text, numbers_in

_LOOKED_AT = 200  # cells from which it is seen that a column that nobody named holds words
_MOSTLY = 0.9  # share of different values that are numbers in a column of numbers


class Advised(NamedTuple):
    """A sentence that advises an option of ``Ratings``: the option, its values, and the column that it is about."""

    sentence: str
    option: str
    values: tuple[object, ...]
    column: str = "rating"

    def __str__(self) -> str:
        return self.sentence


class Numbers(NamedTuple):
    """The different numbers of a column, increasing, and how many rows have each."""

    value: np.ndarray
    n_rows: np.ndarray


class Typed(NamedTuple):
    """A column as it stands in the file: ``codes`` (n,) of its different cells, -1 where one is missing."""

    codes: np.ndarray
    distinct: list[object]


class Columns:
    """Columns of the user's table, each taken apart once: that is most of the time of a check."""

    def __init__(self, table: pd.DataFrame, texts: Mapping[str, str] = MappingProxyType({})) -> None:
        self.table, self.texts = table, texts  # what was asked, by column, where the file says it
        self.typed = cache(self._typed)
        self.level = cache(self._level)
        self.numbers = cache(self._numbers)

    def _typed(self, name: str) -> Typed:
        column = self.table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            return Typed(column.cat.codes.to_numpy(), list(column.cat.categories))
        if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
            level = levels(column)  # among objects of several kinds True is 1
            return Typed(level.codes, list(level.categories))
        codes, distinct = pd.factorize(column)
        return Typed(codes.astype(np.int32), list(distinct))  # they are kept: half the memory

    def _level(self, name: str) -> pd.Categorical:
        codes, distinct = self.typed(name)
        column = self.table[name]
        if isinstance(column.dtype, pd.CategoricalDtype) or not distinct:
            return levels(column)
        level = levels(pd.Series(distinct))
        return pd.Categorical.from_codes(np.append(level.codes, -1)[codes], dtype=level.dtype)

    def _numbers(self, name: str) -> Numbers | None:
        column = self.table[name]
        if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
            return None
        if not pd.api.types.is_numeric_dtype(column.dtype) and _holds_words(column):
            return None
        codes, distinct = self.typed(name)
        n_rows = np.bincount(codes + 1, minlength=len(distinct) + 1)[1:]
        value = numbers_in([cell_text(cell) for cell in distinct])
        known = np.isfinite(value) & (n_rows > 0)
        if not known.any() or known.sum() < _MOSTLY * (n_rows > 0).sum():
            return None
        different, at = np.unique(value[known], return_inverse=True)
        return Numbers(different, np.bincount(at, weights=n_rows[known]).astype(np.int64))


@dataclass(frozen=True)
class Evidence:
    """What the checks look at.

    Attributes
    ----------
    columns : Columns
        Of the user's table, with the fixed column names.
    rows : ndarray of int
        The user's row numbers.
    asked : Batch
        All rows with an id, answers recoded, before any is left out.
    batch : Batch
        What came of it; raters without demographics have a level of their own.
    used : Batch
        What ``Ratings`` would hold.
    scale, options
        As given or guessed.
    given : frozenset of str
        The options that the user gave.
    """

    columns: Columns
    rows: np.ndarray
    asked: Batch
    batch: Batch
    used: Batch
    scale: Scale | Scales
    options: RatingOptions
    given: frozenset[str]

    @property
    def table(self) -> pd.DataFrame:
        """The user's table."""
        return self.columns.table

    @property
    def answers(self) -> Scale:
        """The scale, or every answer of any, for texts that are not told apart by scale."""
        return answers_of(self.scale)

    def by_scale(self) -> list[tuple[str, Scale, pd.DataFrame]]:
        """The ratings on each scale, with what they are called (" of wave 1"; "" where there is one scale)."""
        if not isinstance(self.scale, Scales):
            return [("", self.scale, self.batch.table)]
        parts = self.scale.parts(self.batch.table)
        return [(f" of {self.scale.column} {level}", own, self.batch.table[here]) for level, own, here in parts]

    def n_rows(self, where: np.ndarray) -> int:
        """Number of the user's rows marked; a row of a wide file counts once."""
        return len(np.unique(self.rows[where]))

    def level(self, name: str) -> pd.Categorical:
        """The clean levels of a column of the user's table."""
        return self.columns.level(name)

    def numbers(self, name: str) -> Numbers | None:
        """The numbers in a column; None where it holds other things."""
        return self.columns.numbers(name)


def _holds_words(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        first = pd.Series(column.cat.categories[:_LOOKED_AT])
    else:
        first = column[column.first_valid_index() :].head(_LOOKED_AT).dropna() if column.notna().any() else column[:0]
    return bool(np.isfinite(numbers_in([cell_text(cell) for cell in first])).sum() < 0.5 * max(1, len(first)))
