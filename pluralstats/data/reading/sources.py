"""What every reader of a shape works with: the file, what the user said of it, and what comes out."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.reading.formats.records import Record, is_json, read_records, table_of
from pluralstats.data.reading.tables import STATISTICAL, existing_file, read_numbered
from pluralstats.data.tables.frames import REQUIRED, NumberedTable, numbered_table


@dataclass(frozen=True)
class Wanted:
    """What the user said about the shape of a file.

    Attributes
    ----------
    dimensions : tuple of str
        Columns that are one dimension each.
    items, raters, answers : tuple of str
        Columns, or patterns of columns such as "Q1_*", that are one item, one rater or one answer each.
    columns : mapping, name in the file -> fixed name
        Columns to rename.
    codes_of : collection of str
        Columns whose numbers are wanted where SPSS and Stata have value labels.
    others : frozenset of str
        Columns that the user gave another meaning: demographics, covariates, columns to rename.
    people : path or data frame, optional
        A second table, one row a rater.
    people_key : str
        Its column with the raters' ids; empty: it is recognised.
    unfinished : {"drop", "keep"}
        What to do with responses that were begun and not sent.
    """

    dimensions: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    raters: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    codes_of: Collection[str] = ()
    others: frozenset[str] = frozenset()
    people: Any = None
    people_key: str = ""
    unfinished: str = "drop"


def rater_column(table: pd.DataFrame, wanted: Wanted) -> str:
    """The name that the raters' column has before columns are renamed."""
    return next((str(old) for old, new in wanted.columns.items() if new == "rater" and old in table), "rater")


@dataclass(frozen=True)
class Source:
    """A file, a folder or a data frame on its way in; what is read of a file is read once.

    ``paths`` are the files, where there are several: of a folder, a pattern such as "*.csv", or a list.
    """

    path: Path | None
    wanted: Wanted
    frame: pd.DataFrame | None = None
    paths: tuple[Path, ...] = ()

    @cached_property
    def numbered(self) -> NumberedTable:
        """The flat table in the file with the numbers of its rows and what was left out there; or of the frame."""
        if self.path is None:
            return numbered_table(self.frame)
        if self.records:
            return NumberedTable(table_of(self.records), np.arange(1, len(self.records) + 1))
        return read_numbered(self.path, codes_of=self.wanted.codes_of)

    @property
    def table(self) -> pd.DataFrame:
        """The flat table in the file, unchecked; the frame, where there is no file."""
        return self.numbered.table

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """The objects in a JSON file, with everything that is nested in them; none for other files."""
        return read_records(existing_file(self.path)) if self.path and self.is_file and is_json(self.path) else ()

    def asked_anew(self, wanted: Wanted) -> "Source":
        """The same with other wishes; what was read of the file stays read, where value labels are not to be undone."""
        again = replace(self, wanted=wanted)
        has_codes = self.path is not None and self.path.name.casefold().endswith(tuple(STATISTICAL))
        kept = ("records",) if has_codes and wanted.codes_of != self.wanted.codes_of else ("records", "numbered")
        again.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        return again

    @property
    def is_file(self) -> bool:
        """Whether there is a file behind it, neither a folder nor a frame."""
        return self.path is not None and not self.is_folder

    @property
    def is_folder(self) -> bool:
        """Whether it is a whole folder, which some tools write, and has no table of its own."""
        return self.path is not None and self.path.is_dir()

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the columns, renamed as the user wants them."""
        return frozenset(str(self.wanted.columns.get(name, name)) for name in self.table.columns)

    @property
    def is_long(self) -> bool:
        """Whether the table has the three columns that ratings need."""
        return set(REQUIRED) <= self.names


@dataclass(frozen=True)
class Found:
    """What a reader made of a source.

    Attributes
    ----------
    numbered : NumberedTable
        One row a rating (or what ``Ratings`` makes that of), the user's row numbers, and policies: what was left out,
        taken apart or converted on the way.
    options : mapping
        Options of ``Ratings`` that the file itself tells (``columns``, ``scale``, ``demographics`` ...); those that
        the user gives win.
    shape : str
        The name of the shape that was read.
    notes : tuple of str
        What was assumed on the way and ``check`` shall say, as sentences.
    texts : DataFrame, optional
        item, question, text: what the headings say of the items.
    asked : mapping, column -> text
        What the headings say of columns that are no items.
    """

    numbered: NumberedTable
    options: Mapping[str, Any] = field(default_factory=dict)
    shape: str = "long"
    notes: tuple[str, ...] = ()
    texts: pd.DataFrame | None = None
    asked: Mapping[str, str] = field(default_factory=dict)


class Shape(NamedTuple):
    """A way in which files hold ratings.

    ``name`` is what ``format=`` says; ``title`` what messages call it ("a Label Studio export"); ``recognises`` looks
    at column names, suffix or first records only, and must be sure; ``read`` makes one row a rating of it.
    """

    name: str
    title: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Found]
