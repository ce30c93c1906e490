"""Columns and cells of the page's tables: rounded to what the interval supports, sortable, chosen by selectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from pluralstats.printing.wording import digits_for, interval, number, p_value, slugs
from pluralstats.study.writing.selection import Selection, Words, seen_words, selection
from pluralstats.study.writing.verdicts import Row, digits_of


class Cell(NamedTuple):
    """What is shown, and the number it is sorted by ("" sorts by the text)."""

    text: str
    sort: str = ""


class Column(NamedTuple):
    """A header, how a row becomes a cell, and whether the cells are numbers."""

    header: str
    cell: Callable[[Row], Cell]
    numeric: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table ready for the template: columns, the rows of cells that are seen first, and those to choose from.

    Attributes
    ----------
    name : str
        Of its file in the folder ``tables``, which has all rows and columns unrounded.
    all_rows : sequence of rows
        Every row of the page, where a reader may choose (``choice``); empty where all are seen or none can be chosen.
    seen : str
        A sentence on which rows are seen; "" where all are.
    """

    id: str
    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    choice: Selection
    all_rows: Sequence[Sequence[Cell]] = field(repr=False)
    seen: str

    @property
    def chosen_by(self) -> Sequence[int]:
        """For each selector the column with its values; -1 where there is none."""
        headers = [column.header for column in self.columns]
        return [headers.index(each.label) if each.label in headers else -1 for each in self.choice.selectors]

    @property
    def same(self) -> Sequence[int]:
        """Columns that say one thing in all rows that are seen: that which a selector says."""
        pairs = zip(self.chosen_by, self.choice.selectors, strict=True)
        return [column for column, each in pairs if each.chosen >= 0] if self.all_rows else []

    @property
    def head(self) -> int:
        """The column that names the rows: the first that is seen."""
        return next((i for i in range(len(self.columns)) if i not in self.same), 0)


def page_table(
    name: str,
    caption: str,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    choose: Sequence[str] = ("dimension",),
    words: Words = MappingProxyType({}),
    first: Mapping[str, str] = MappingProxyType({}),
    dimension: bool = True,
) -> PageTable:
    """``frame`` with the given columns shown, after one for the dimension where it has several and unless told not to.

    Parameters
    ----------
    name : str
        Of the study's table, which is the file that the page names.
    choose : sequence of str
        Columns of the frame by which a reader of a long table chooses rows, see ``selection``.
    words, first : mapping
        By column: how values are called there, and which one is seen first.
    """
    if dimension and "dimension" in frame:
        columns = [text("Dimension", "dimension"), *columns]
    rows = [[column.cell(record) for column in columns] for record in frame.to_dict("records")]
    chosen = selection(frame, choose, words, first)
    seen = [rows[i] for i in chosen.seen]
    rest = rows if len(seen) < len(rows) and chosen.selectors else []
    said = seen_words(chosen) if len(seen) < len(rows) else ""
    return PageTable(f"table-{slugs([name])[0]}", name, caption, columns, seen, chosen, rest, said)


def text(header: str, key: str) -> Column:
    """A column of words."""
    return Column(header, lambda row: Cell("" if pd.isna(row[key]) else str(row[key])))


def figure(header: str, key: str, digits: int = 0) -> Column:
    """A column of numbers with a fixed number of digits."""
    return Column(header, lambda row: _number_cell(row[key], digits), numeric=True)


def estimate(header: str, key: str = "estimate", digits: int | None = None) -> Column:
    """A column of numbers with the digits that the row's interval supports."""
    return Column(header, lambda row: _number_cell(row[key], _digits(row, digits)), numeric=True)


def bracket(header: str, digits: int | None = None) -> Column:
    """A column of intervals, sorted by the lower end."""

    def cell(row: Row) -> Cell:
        return _interval_cell(row["lower"], row["upper"], _digits(row, digits))

    return Column(header, cell, numeric=True)


def _digits(row: Row, digits: int | None) -> int:
    if digits is not None:
        return digits
    return digits_of(row) if "estimand" in row else digits_for(row["lower"], row["upper"])


def _number_cell(value: float, digits: int) -> Cell:
    shown = number(float(value), digits)
    return Cell(shown, "" if shown == "–" else sort_key(value))


def _interval_cell(lower: float, upper: float, digits: int | None) -> Cell:
    if pd.isna(lower) and pd.isna(upper):
        return Cell("–")
    return Cell(interval(lower, upper, digits), sort_key(lower))


def sort_key(value: float) -> str:
    """A number to sort by, to six digits.

    >>> sort_key(0.123456789), sort_key(float("inf"))
    ('0.123457', 'Infinity')
    """
    return f"{value:.6g}".replace("inf", "Infinity")  # as the browser's Number() reads it


def comparison() -> Column:
    """A column of what is compared: a level and its reference."""
    return Column("Comparison", lambda row: Cell(f"{row['level']} − {row['reference']}"))


def interval_of(header: str, low: str, high: str) -> Column:
    """A column of intervals under other names."""
    return Column(header, lambda row: _interval_cell(row[low], row[high], None), numeric=True)


def p_adjusted(key: str) -> Column:
    """A column of adjusted p values."""
    return Column("p, adjusted", lambda row: Cell(p_value(row[key]), sort_key(row[key])), numeric=True)
