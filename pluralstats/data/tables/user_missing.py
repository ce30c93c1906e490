"""What a file itself says of its cells: codes declared missing, labels that are no answers, formulas without results.

Readers count them in policies; here stand the words of those policies, and what ``check`` reads of them again.
"""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.errors import rows_text

_LABELLED = "value_labels"
_FORMULAS = "formulas"
_NOT_DECLARED = re.compile(r"code (\S+), labelled and not declared missing")


def user_missing_record(column: str, label: str, n_rows: int, code: str) -> dict[str, object]:
    """A record of cells that are missing because the file says what their code means."""
    return policy_record("user_missing", column, label, n_rows, detail=f"code {code}")


def labelled_record(column: str, label: str, n_rows: int, code: str) -> dict[str, object]:
    """A record of ratings whose label says that they are no answer, though the file does not declare them missing."""
    return policy_record(_LABELLED, column, label, n_rows, detail=f"code {code}, labelled and not declared missing")


def labelled_codes(policies: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """The codes of ratings that are no answers by their labels, and these labels.

    >>> labelled_codes([labelled_record("rating", "don't know", 3, "8")])
    {'8': "don't know"}
    """
    labelled = [record for record in policies if record["step"] == _LABELLED and record["n_rows"]]
    return {code: str(record["policy"]) for record in labelled for code in _NOT_DECLARED.findall(str(record["detail"]))}


def formula_record(column: str, formula: str, rows: np.ndarray) -> dict[str, object]:
    """A record of formulas that no spreadsheet program has calculated."""
    detail = f"without a result, such as {formula} ({rows_text(rows)})"
    return policy_record(_FORMULAS, column, "missing", len(rows), detail=detail)


def formulas_without_result(policies: Iterable[Mapping[str, object]]) -> list[str]:
    """A sentence for each column with formulas that no spreadsheet program has calculated."""
    return [
        f"Column '{record['column']}' has formulas {record['detail']}, which are missing. Libraries write text that "
        f"begins with '=' so: write such cells as text, or open the file in a spreadsheet program and save it."
        for record in policies
        if record["step"] == _FORMULAS
    ]


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
