"""Text of others on its way to people: nothing in it is obeyed by a terminal, a word processor or a spreadsheet.

That includes tables for people: CSV files that hold no formulas, and texts without control characters.
"""

import re
from pathlib import Path

import pandas as pd

# C0 but tab and line feed, delete and C1, the marks that turn the direction of writing, halves of surrogate pairs
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"-\s*(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*%?\s*")


def visible(text: str) -> str:
    r"""The text with every control character written out; line feeds and tabs stay.

    >>> visible("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    return _CONTROL.sub(lambda found: _written(ord(found[0])), text)


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def spreadsheet_text(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula; numbers stay numbers.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("-2"), spreadsheet_text("-2+cmd"), spreadsheet_text("never")
    ("'=1+1", '-2', "'-2+cmd", 'never')
    """
    formula = text.startswith(("=", "+", "@", "\t", "\r", "\n"))
    formula |= text.startswith("-") and text != "-" and not _NUMBER.fullmatch(text)
    return f"'{text}" if formula else text


NO_TEXT = "biufcmM"  # kinds of columns


def for_spreadsheets(table: pd.DataFrame) -> pd.DataFrame:
    """The table with all of its texts, and the names of its columns, as ``spreadsheet_text``; numbers are untouched."""
    out = table.copy()
    for position, dtype in enumerate(table.dtypes):
        if dtype.kind in NO_TEXT:
            continue
        column = table.iloc[:, position].astype(object)
        out.isetitem(position, column.map(lambda cell: spreadsheet_text(cell) if isinstance(cell, str) else cell))
    return out.set_axis([spreadsheet_text(str(name)) for name in table.columns], axis=1)


def visible_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with all of its texts as ``visible``; columns of categories keep their order."""
    out = table.copy()
    for position, dtype in enumerate(table.dtypes):
        column = table.iloc[:, position]
        if isinstance(dtype, pd.CategoricalDtype) and dtype.categories.dtype.kind not in NO_TEXT:
            shown = {level: visible(str(level)) for level in dtype.categories}
            if len(set(shown.values())) == len(shown):
                out.isetitem(position, column.cat.rename_categories(shown))
        elif not isinstance(dtype, pd.CategoricalDtype) and dtype.kind not in NO_TEXT:
            shown_cells = column.map(lambda cell: visible(cell) if isinstance(cell, str) else cell)
            out.isetitem(position, shown_cells.astype(dtype))
    return out


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A CSV file for people; the Parquet file beside it has the values as they are."""
    path.write_bytes(csv_bytes(table))


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The content of such a file."""
    return for_spreadsheets(table).to_csv(index=False).encode("utf-8", errors="backslashreplace")
