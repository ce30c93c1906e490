"""Tables of texts in files: ids stay the text that is written there, and numbers are what a role says is a number.

A program that guesses types reads 1.1 and 1.10 as one prompt, 007 as 7, and an answer "NA" as none.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

NUMBERS = {"p", "weight", "score", "outcome"}  # and every p_<answer>
TEXTS = {"prompt", "response", "chosen", "rejected", "item", "rater", "judge", "arm", "dimension", "target", "group"}


def read_csv(path: Path) -> pd.DataFrame:
    """A CSV; an empty cell is missing and nothing else is.

    Prompts, responses, raters and whatever is called an id are texts, ``p``, ``p_<answer>``, ``weight``, ``score`` and
    ``outcome`` numbers. Other columns are numbers where every cell is written as a program writes a number, so that
    nothing is lost (3 and 0.5, not 007 and 1.10).
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("rows have more cells than the first line has names")
    return table.assign(**{name: _column(name, table[name]) for name in table})


def read_json_lines(path: Path) -> pd.DataFrame:
    """JSON lines; where a text belongs, a number is the text that stands in the file, 1.10 and not 1.1."""
    lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    table = pd.DataFrame([_record(line) for line in lines])
    return table.assign(**{name: _numbers(table[name], _number) for name in table if _is_numeric(name)})


def _record(line: str) -> dict[str, Any]:
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError(f"a line of the file is an object in braces; found {line[:40]}")
    written = json.loads(line, parse_int=str, parse_float=str)
    return {name: written[name] if _is_text(name) and _is_number(value) else value for name, value in values.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(name: str) -> bool:
    return name in TEXTS or name == "id" or name.endswith("_id")


def _is_numeric(name: str) -> bool:
    return name in NUMBERS or name.startswith("p_")


def _column(name: str, column: pd.Series) -> pd.Series:
    if _is_text(name):
        return column
    return _numbers(column, _number if _is_numeric(name) else _plain)


def _numbers(column: pd.Series, read: Callable[[Any], float | int | None]) -> pd.Series:
    """The column as numbers, or as it is where a cell is none: checks name the rows of those."""
    there = column.notna()
    found = [read(cell) for cell in column[there]]
    if not found or any(number is None for number in found):
        return column
    whole = there.all() and all(isinstance(number, int) for number in found)
    values = pd.Series(found, index=column.index[there], dtype="int64" if whole else "float64")
    return values.reindex(column.index)


def _number(cell: Any) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def _plain(cell: Any) -> float | int | None:
    """A number whose text is the one that a program writes for it; 2^63 and more are no numbers of a table."""
    if not isinstance(cell, str):
        return None
    number = _number(cell)
    if number is None or not math.isfinite(number):
        return None
    if cell == repr(number):
        return number
    return int(cell) if cell.removeprefix("-").isdecimal() and str(int(cell)) == cell and abs(number) < 2**63 else None
