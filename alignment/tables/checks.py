"""What can be wrong with a table: finished sentences with row numbers, and one error for all of them."""

from typing import Any

import numpy as np
import pandas as pd

import pluralstats as ps

_SHOWN = 5  # rows in a message; four times as many names


def refuse(problems: list[str], error: type[ps.PluralstatsError] = ps.DataError) -> None:
    """Raise one error with every problem; nothing where there is none."""
    if problems:
        lines = problems if len(problems) == 1 else [f"{len(problems)} problems were found:", *problems]
        raise error("\n- ".join(lines), problems)


def missing(frame: pd.DataFrame, needed: tuple[str, ...]) -> list[str]:
    lost = [name for name in needed if name not in frame]
    if not lost:
        return [] if len(frame) else ["The table has no rows."]
    return [f"The table lacks the column{'s' * (len(lost) > 1)} {', '.join(lost)}; it has {listed(frame.columns)}."]


def texts(frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    problems = []
    for name in names:
        empty = np.array([not _is_text(cell) for cell in frame[name]])
        problems += row_problem(empty, f"`{name}` is empty or no text")
    return problems


def _is_text(cell: Any) -> bool:
    if isinstance(cell, list | np.ndarray):  # messages of a conversation
        return len(cell) > 0 and all(isinstance(turn, dict) and {"role", "content"} <= turn.keys() for turn in cell)
    return isinstance(cell, str) and bool(cell.strip())


def identical(frame: pd.DataFrame) -> list[str]:
    return row_problem(frame["chosen"].eq(frame["rejected"]), "`chosen` and `rejected` are the same text")


def numbers(frame: pd.DataFrame, name: str, what: str, most: float) -> list[str]:
    values = pd.to_numeric(frame[name], errors="coerce")
    lost = values.isna()
    outside = ~lost & ~values.between(0.0, most)  # infinity is between none
    outside |= values.eq(np.inf)
    found = ", ".join(f"{value:g}" for value in values[outside].unique()[:_SHOWN])
    return [
        *row_problem(lost, f"`{name}` is missing or no number"),
        *row_problem(outside, f"`{name}` is {what}; found {found}"),
    ]


def row_problem(bad: Any, sentence: str) -> list[str]:
    rows = np.flatnonzero(np.asarray(bad, dtype=bool)) + 1
    if not len(rows):
        return []
    more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    shown = ", ".join(map(str, rows[:_SHOWN]))
    return [
        f"{sentence} (row{'s' * (len(rows) > 1)} {shown}{more}). Repair or drop {'it' if len(rows) == 1 else 'them'}."
    ]


def target_problem(frame: pd.DataFrame, target: str | None) -> list[str]:
    if target is None:
        return []
    if "target" not in frame:
        return [f"There is no target {target!r}: the table has no column `target`. Leave `target` out."]
    found = sorted(frame["target"].dropna().unique())
    return [] if target in found else [f"No row has the target {target!r}; the table has {listed(found)}."]


def listed(names: Any) -> str:
    names = [str(name) for name in names]
    more = f" and {len(names) - 4 * _SHOWN} more" if len(names) > 4 * _SHOWN else ""
    return ", ".join(names[: 4 * _SHOWN]) + more
