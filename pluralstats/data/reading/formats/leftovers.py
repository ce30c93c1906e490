"""What spreadsheets leave in and around a table: columns without name, blank rows, the header again, totals."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.tables.frames import NumberedTable
from pluralstats.errors import DataError, counted, listed

type Records = tuple[dict[str, object], ...]

_TOTALS = {
    *("total", "totals", "grand total", "subtotal", "sum", "mean", "average", "count", "median"),
    *("gesamt", "gesamtsumme", "summe", "mittelwert", "somme", "moyenne", "promedio", "media"),
}
_MOST_TOTALS = 5  # rows at the end that may be totals


def tidy(path: Path, table: pd.DataFrame, names: Sequence[str | None], policies: Records = ()) -> NumberedTable:
    """A table as it stands in a file with the names of its columns; rows that are no data are left out and counted.

    Parameters
    ----------
    names : list of str or None
        The name of each column; None leaves it out, and an empty name does where the column is empty.
    policies : tuple of dict
        What was left out before.

    Raises
    ------
    DataError
        When two columns have one name.
    """
    table, said = _named(path, table, names)
    rows = np.arange(1, len(table) + 1)
    records = [*policies, *said]
    for step, find in (("blank_rows", _blank), ("repeated_header", _header_again), ("totals_row", _totals)):
        where = find(table)
        if where.any():
            detail = f"the first is row {rows[where][0]}"
            records.append(policy_record(step, "", "drop", where.sum(), detail=detail))
            table, rows = table[~where].reset_index(drop=True), rows[~where]
    return NumberedTable(table, rows, tuple(records))


def _named(path: Path, table: pd.DataFrame, names: Sequence[str | None]) -> tuple[pd.DataFrame, Records]:
    kept = [i for i, name in enumerate(names) if name or (name is not None and not table.iloc[:, i].isna().all())]
    empty = sum(name == "" for name in names) - sum(names[i] == "" for i in kept)
    called = [names[i] or f"column {i + 1}" for i in kept]
    if repeated := sorted({name for name in called if called.count(name) > 1}):
        raise DataError(f"{path}: two columns have one name: {listed(repeated)}. Rename or drop one of each.")
    detail = f"{counted(empty, 'empty column')} without name"
    said = (policy_record("columns", "", "left out", detail=detail),) if empty else ()
    return (table if len(kept) == len(names) else table.iloc[:, kept]).set_axis(called, axis=1), said


def _blank(table: pd.DataFrame) -> np.ndarray:
    """Rows without any cell, (n,) bool."""
    blank = np.ones(len(table), dtype=bool)
    for name in table.columns:
        if not blank.any():
            break
        blank &= table[name].isna().to_numpy()
    return blank


def _header_again(table: pd.DataFrame) -> np.ndarray:
    """Rows that repeat the names of the columns, as files put under each other have them, (n,) bool."""
    again = np.ones(len(table), dtype=bool)
    for name in table.columns:
        if not again.any():
            break
        at = np.flatnonzero(again)
        cells = table[name].iloc[at]
        again[at] = (cells == name).fillna(False).to_numpy(dtype=bool)
    return again


def _totals(table: pd.DataFrame) -> np.ndarray:
    """Rows at the end that begin with "Total" or the like and lack cells that all other rows have, (n,) bool."""
    where = np.zeros(len(table), dtype=bool)
    last = table.tail(_MOST_TOTALS)
    for row in range(len(last) - 1, -1, -1):
        cells = last.iloc[row].dropna()
        is_total = len(cells) and str(cells.iloc[0]).strip(" :").casefold() in _TOTALS
        if not (is_total and len(cells) < table.shape[1]):
            break
        where[len(table) - len(last) + row] = True
    if where.any() and not (table[where].isna().any() & table[~where].notna().all()).any():
        where[:] = False
    return where
