"""Columns and cells of the page's tables: rounded to what the interval supports, sortable, downloadable."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from pluralstats.printing.wording import digits_for, interval, number, p_value, slugs
from pluralstats.storage.shown_text import csv_bytes
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
    """A table ready for the template: rows of cells under columns, the full table as a data URI."""

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    csv: str
    file: str


def page_table(
    name: str,
    caption: str,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    part: str = "",
    whole: pd.DataFrame | None = None,
    dimension: bool = True,
) -> PageTable:
    """``frame`` with the given columns shown, after one for the dimension where it has several and unless told not to.

    The download (``whole``, or ``frame``) is in full precision.
    """
    if dimension and "dimension" in frame:
        columns = [text("Dimension", "dimension"), *columns]
    rows = [[column.cell(record) for column in columns] for record in frame.to_dict("records")]
    slug = slugs([f"{name} {part}"])[0]
    return PageTable(f"table-{slug}", caption, columns, rows, csv_uri(frame if whole is None else whole), f"{slug}.csv")


def csv_uri(frame: pd.DataFrame) -> str:
    """The table as CSV inside a link, so that the page needs no other file."""
    content = csv_bytes(frame)
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(content).decode("ascii")


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
        return Cell(interval(row["lower"], row["upper"], _digits(row, digits)), str(row["lower"]))

    return Column(header, cell, numeric=True)


def _digits(row: Row, digits: int | None) -> int:
    if digits is not None:
        return digits
    return digits_of(row) if "estimand" in row else digits_for(row["lower"], row["upper"])


def _number_cell(value: float, digits: int) -> Cell:
    shown = number(float(value), digits)
    return Cell(shown, "" if shown == "–" else str(value))


def comparison() -> Column:
    """A column of what is compared: a level and its reference."""
    return Column("Comparison", lambda row: Cell(f"{row['level']} − {row['reference']}"))


def interval_of(header: str, low: str, high: str) -> Column:
    """A column of intervals under other names."""
    return Column(header, lambda row: Cell(interval(row[low], row[high]), str(row[low])), numeric=True)


def p_adjusted(key: str) -> Column:
    """A column of adjusted p values."""
    return Column("p, adjusted", lambda row: Cell(p_value(row[key]), str(row[key])), numeric=True)
