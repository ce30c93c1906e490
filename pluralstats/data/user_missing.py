"""Codes that a file itself declares missing, each with its own meaning: they are missing, and they are counted."""

import pandas as pd


def policy_record(step: str, column: str, policy: str, n_rows: int, detail: str = "") -> dict[str, object]:
    """A record of what a reader did, with the fields of ``POLICY_COLUMNS``; raters are not known yet."""
    return {"step": step, "column": column, "policy": policy, "n_rows": n_rows, "n_raters": 0, "detail": detail}


def user_missing_record(column: str, label: str, n_rows: int, code: str) -> dict[str, object]:
    """A record of cells that are missing because the file says what their code means."""
    return policy_record("user_missing", column, label, n_rows, f"code {code}")


def without_stata_codes(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[dict[str, object], ...]]:
    """The missing values of ``pd.read_stata(convert_missing=True)`` as missing, and a record of each code."""
    records: list[dict[str, object]] = []
    columns: dict[str, pd.Series] = {}
    for name, column in table.items():
        if column.dtype != object or not pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
            continue
        where = column.map(lambda cell: isinstance(cell, pd.io.stata.StataMissingValue)).to_numpy(dtype=bool)
        if where.any():
            codes = column[where].map(str).value_counts().sort_index()
            records += [user_missing_record(str(name), code, int(n), code) for code, n in codes.items()]
            columns[str(name)] = column.mask(where).infer_objects()
    return (table.assign(**columns), tuple(records)) if columns else (table, ())
