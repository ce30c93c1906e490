"""Tables for people: CSV files that hold no formulas, and texts without control characters."""

from pathlib import Path

import pandas as pd

from pluralstats.storage.shown_text import spreadsheet_text, visible

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
