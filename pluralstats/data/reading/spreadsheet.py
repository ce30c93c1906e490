"""The first sheet of an Excel file, cell by cell: text cells stay text, whole numbers stay whole."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from pluralstats.data.batch import listed
from pluralstats.data.exact import exact_column
from pluralstats.data.frames import NumberedTable
from pluralstats.data.reading.leftovers import tidy
from pluralstats.data.user_missing import policy_record

_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!"))


def excel_table(openpyxl: Any, path: Path, missing: Collection[str]) -> NumberedTable:
    """The cells under the first row that names columns; lines with one cell above it are left out."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
    filled = [i for i, row in enumerate(rows) if any(_is_filled(cell) for cell in row)]
    header = next((i for i in filled if sum(map(_is_filled, rows[i])) > 1), filled[0] if filled else 0)
    titles = [str(next(filter(_is_filled, rows[i]))) for i in filled if i < header]
    records = [policy_record("title_line", "", "left out", len(titles), listed(titles))] if titles else []
    names = ["" if cell is None else str(cell).strip() for cell in rows[header]] if rows else []
    body = rows[header + 1 :]
    width = max(map(len, [names, *body]))
    n_errors = sum(cell in _ERRORS for row in body for cell in row if isinstance(cell, str))
    records += [policy_record("excel_errors", "", "missing", n_errors, "cells such as #N/A")] if n_errors else []
    words = {*missing, *_ERRORS}
    columns = {i: exact_column([_cell(row, i, words) for row in body]) for i in range(width)}
    table = pd.DataFrame(columns, index=range(len(body)))
    return tidy(path, table, [*names, *[""] * (width - len(names))], tuple(records))


def _is_filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _cell(row: list[object], i: int, words: Collection[str]) -> object:
    cell = row[i] if i < len(row) else None
    return None if isinstance(cell, str) and cell in words else cell
