"""The first sheet of an Excel file, cell by cell: text cells stay text, whole numbers whole, formulas their results."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.formats.leftovers import tidy
from pluralstats.data.tables.columns import exact_column
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.data.tables.user_missing import formula_record
from pluralstats.errors import listed

type Rows = list[list[object]]

_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!"))


def excel_table(openpyxl: Any, path: Path, missing: Collection[str]) -> NumberedTable:
    """The cells under the first row that names columns; lines with one cell above it are left out."""
    rows, formulas = _with_results(openpyxl, path)
    filled = [i for i, row in enumerate(rows) if any(_is_filled(cell) for cell in row)]
    header = next((i for i in filled if sum(_is_filled(cell) for cell in rows[i]) > 1), filled[0] if filled else 0)
    titles = [str(next(filter(_is_filled, rows[i]))) for i in filled if i < header]
    records = [policy_record("title_line", "", "left out", len(titles), detail=listed(titles))] if titles else []
    names = ["" if cell is None else str(cell).strip() for cell in rows[header]] if rows else []
    body = rows[header + 1 :]
    width = max(len(names), *map(len, body), 0)
    n_errors = sum(cell in _ERRORS for row in body for cell in row if isinstance(cell, str))
    records += [policy_record("excel_errors", "", "missing", n_errors, detail="cells such as #N/A")] if n_errors else []
    names += [""] * (width - len(names))
    records += _without_results(body, names, {at - header - 1: found for at, found in formulas.items() if at > header})
    words = {*missing, *_ERRORS}
    columns = {i: exact_column([_cell(row, i, words) for row in body]) for i in range(width)}
    return tidy(path, pd.DataFrame(columns, index=range(len(body))), names, tuple(records))


def _with_results(openpyxl: Any, path: Path) -> tuple[Rows, dict[int, dict[int, str]]]:
    """The cells of the sheet, and the formulas among them by row and column.

    What a formula gave is in the file only where a spreadsheet program wrote it, and openpyxl reads either formulas or
    results. Sheets without formulas, nearly all, are read once.
    """
    rows = _sheet(openpyxl, path, results=False)
    special = openpyxl.worksheet.formula
    others = (special.ArrayFormula, special.DataTableFormula)
    likely = {i: found for i, row in enumerate(rows) if (found := _formulas(row, others))}
    if not likely:
        return rows, {}
    results = _sheet(openpyxl, path, results=True)
    formulas = {
        i: {j: text for j, text in found.items() if results[i][j] != rows[i][j]}
        for i, found in likely.items()  # text that begins with "=" stays what it is
    }
    return results, formulas


def _sheet(openpyxl: Any, path: Path, *, results: bool) -> Rows:
    book = openpyxl.load_workbook(path, read_only=True, data_only=results)
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def _formulas(row: Sequence[object], others: tuple[type, ...]) -> dict[int, str]:
    """The cells of a row that may be formulas, by their column."""
    texts = {j: cell for j, cell in enumerate(row) if isinstance(cell, str) and cell.startswith("=")}
    return texts | {j: "a formula of several cells" for j, cell in enumerate(row) if isinstance(cell, others)}


def _without_results(body: Rows, names: Sequence[str], formulas: dict[int, dict[int, str]]) -> list[dict[str, object]]:
    """Formulas that no program has calculated made missing, and a record for each column of them.

    They are empty, or 0 where XlsxWriter wrote them: libraries write text that begins with "=" as a formula. A nought
    among numbers may be a result; among texts, or where a column has no other cell, it is none.
    """
    records = []
    for j in sorted({j for found in formulas.values() for j in found}):
        at = {i: body[i][j] for i, found in formulas.items() if j in found}
        others = [row[j] for i, row in enumerate(body) if i not in at or at[i] != 0]
        no_number = all(isinstance(cell, str) for cell in others if _is_filled(cell))
        lost = [i for i, cell in at.items() if not _is_filled(cell) or (no_number and cell == 0)]
        for i in lost:
            body[i][j] = None
        if lost:
            records.append(formula_record(names[j], formulas[lost[0]][j], np.array(lost) + 1))
    return records


def _is_filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _cell(row: list[object], i: int, words: Collection[str]) -> object:
    cell = row[i] if i < len(row) else None
    return None if isinstance(cell, str) and cell in words else cell
