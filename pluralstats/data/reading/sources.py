"""What every reader of a shape works with: the file, what the user said of it, and what comes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pluralstats.data.frames import REQUIRED, NumberedTable, numbered_table
from pluralstats.data.reading.tables import read_numbered


@dataclass(frozen=True)
class Wanted:
    """What the user said about the shape of a file.

    Attributes
    ----------
    dimensions : tuple of str
        Columns that are one dimension each.
    items, raters : tuple of str
        Columns, or patterns of columns such as "Q1_*", that are one item or one rater each.
    columns : mapping, name in the file -> fixed name
        Columns to rename.
    codes_of : tuple of str
        Columns whose numbers are wanted where SPSS and Stata have value labels.
    """

    dimensions: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    raters: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    codes_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file, a folder or a data frame on its way in; what is read of a file is read once."""

    path: Path | None
    wanted: Wanted
    frame: pd.DataFrame | None = None

    @cached_property
    def numbered(self) -> NumberedTable:
        """The flat table in the file with the numbers of its rows and what was left out there; or of the frame."""
        if self.path is None:
            return numbered_table(self.frame)
        return read_numbered(self.path, codes_of=self.wanted.codes_of)

    @property
    def table(self) -> pd.DataFrame:
        """The flat table in the file, unchecked; the frame, where there is no file."""
        return self.numbered.table

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
    """

    numbered: NumberedTable
    options: Mapping[str, Any] = field(default_factory=dict)
    shape: str = "long"


class Shape(NamedTuple):
    """A way in which files hold ratings.

    ``name`` is what ``format=`` says; ``title`` what messages call it ("a Label Studio export"); ``recognises`` looks
    at column names, suffix or first records only, and must be sure; ``read`` makes one row a rating of it.
    """

    name: str
    title: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Found]
