"""A table of pairs that somebody else made: everything that is wrong with it, at once."""

from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.tables.frames import numbered_table
from pluralstats.errors import DataError, counted, listed, nearest, problems_error, rows_text

TEXTS = ("prompt", "chosen", "rejected")
NEEDED = (*TEXTS, "p")


def checked_table(frame: Any) -> pd.DataFrame:
    """The table with numeric ``p`` and ``weight``, weights of mean 1; raises as ``Pairs.of_table`` does."""
    numbered = numbered_table(frame)
    table, rows = numbered.table, numbered.rows
    problems = [
        f"Column '{name}' is missing; the pairs have {listed([f"'{c}'" for c in table.columns], 20)}."
        + nearest(name, table.columns)
        + (P_HINT if name == "p" else "")
        for name in NEEDED
        if name not in table
    ]
    for name in TEXTS:
        problems += _texts(table, name, rows) if name in table else []
    p, of_p = _numbers(table, "p", rows, 1.0) if "p" in table else (np.empty(0), [])
    weight, of_weight = _numbers(table, "weight", rows, np.inf) if "weight" in table else (np.ones(len(table)), [])
    problems += [*of_p, *of_weight]
    if not of_weight and not weight.any():
        problems.append("`weight` is 0 in all rows, so that nothing would be learnt. Give the pairs that count 1.")
    problems += _targets(table, rows)
    if problems:
        raise problems_error(DataError, problems)
    return table.assign(p=p, weight=weight / weight.mean())


P_HINT = " It is the probability that the chosen response is preferred: 1 for a pair that is certain."


def _texts(table: pd.DataFrame, name: str, rows: np.ndarray) -> list[str]:
    bad = np.array([not isinstance(cell, str) or not cell.strip() for cell in table[name]])
    if not bad.any():
        return []
    return [f"`{name}` is missing or no text in {_where(bad, rows)}. Fill it in or drop them."]


def _numbers(table: pd.DataFrame, name: str, rows: np.ndarray, most: float) -> tuple[np.ndarray, list[str]]:
    """A column as numbers from 0 to ``most``, and sentences about what is missing or outside."""
    found = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    missing = table[name].isna().to_numpy()
    outside = ~missing & ~(np.isfinite(found) & (found >= 0.0) & (found <= most))
    problems = []
    if missing.any():
        problems.append(f"`{name}` is missing in {_where(missing, rows)}. Fill it in or drop them.")
    if outside.any():
        values = listed([str(value) for value in table[name][outside].unique()])
        what = "a probability, 0 to 1" if most == 1.0 else "a number, 0 or more"
        problems.append(f"`{name}` must be {what}; found {values} ({rows_text(rows[outside])}). Correct these rows.")
    return found, problems


def _targets(table: pd.DataFrame, rows: np.ndarray) -> list[str]:
    if "target" not in table:
        return []
    empty = np.array([not isinstance(cell, str) or not cell.strip() for cell in table["target"]])
    return [f"`target` names no group in {_where(empty, rows)}. Fill it in or drop them."] if empty.any() else []


def _where(bad: np.ndarray, rows: np.ndarray) -> str:
    return f"{counted(int(bad.sum()), 'row')} ({rows_text(rows[bad])})"
