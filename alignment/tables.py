"""Pair tables and response tables: read, checked as a whole, cut to one target, weights of mean 1."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pluralstats as ps

TEXTS_OF_PAIRS = ("prompt", "chosen", "rejected")
TEXTS_OF_RESPONSES = ("prompt", "response")
_SHOWN = 5  # rows or names listed in a message
_SUM_TOLERANCE = 1e-6  # of the probabilities of a row


@dataclass(frozen=True)
class TrainingTable:
    """Rows that passed every check, with where they come from.

    Attributes
    ----------
    frame : DataFrame
        As ``pair_rows`` or ``response_rows`` return it.
    target : str or None
        The only target of the rows; None where the table names none, or several (group-robust training).
    provenance : dict
        The card that lay beside the file (``<name>.card.json``); empty for a data frame or a file without one.
    data_hash : str
        SHA-256 of the rows, their order included.
    """

    frame: pd.DataFrame
    target: str | None
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def data_hash(self) -> str:
        text = self.frame.to_json(orient="split", double_precision=15)
        return hashlib.sha256(text.encode()).hexdigest()


def read_table(source: str | Path | pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A table and the card beside it.

    Parameters
    ----------
    source : path or DataFrame
        Parquet, CSV or JSON lines (``.parquet``, ``.csv``, ``.jsonl``).

    Returns
    -------
    tuple
        The table as it is, and its card as a dict (empty without one).

    Raises
    ------
    ConfigError
        No such file, or another kind of file.
    DataError
        The file or its card cannot be read.
    """
    if isinstance(source, pd.DataFrame):
        return source, {}
    path = Path(source)
    readers = {".parquet": pd.read_parquet, ".csv": pd.read_csv, ".jsonl": _read_json_lines}
    if path.suffix not in readers:
        raise ps.ConfigError(f"A table is a .parquet, .csv or .jsonl file; found {path.name}. Save it as one of these.")
    if not path.is_file():
        raise ps.ConfigError(f"There is no file {path}. Give the path of a table that `pluralstats pairs` wrote.")
    try:
        return readers[path.suffix](path), _read_card(path.with_name(f"{path.stem}.card.json"))
    except (ValueError, OSError) as error:  # parsers of pandas and pyarrow raise kinds of ValueError
        raise ps.DataError(f"{path} cannot be read: {error}. Write it again.") from error


def _read_json_lines(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True, dtype=False, convert_dates=False)


def _read_card(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def pair_rows(frame: pd.DataFrame, target: str | None = None) -> pd.DataFrame:
    """The pairs of one target, checked, with weights of mean 1.

    Parameters
    ----------
    frame : DataFrame
        ``prompt``, ``chosen``, ``rejected`` (texts; a prompt may be a list of messages with ``role`` and ``content``),
        ``p`` (probability that the chosen response is preferred), ``weight`` (1 where the column is missing) and
        ``target`` (optional).
    target : str, optional
        Only the rows of this target; all without it.

    Returns
    -------
    DataFrame
        ``prompt``, ``chosen``, ``rejected``, ``p``, ``weight`` and, where given, ``target``; index from 0.

    Raises
    ------
    DataError
        All problems at once, with row numbers counted from 1 without the header.

    Examples
    --------
    >>> frame = pd.DataFrame({"prompt": ["Hi"] * 2, "chosen": ["a", "b"], "rejected": ["c", "d"], "p": [0.9, 0.6]})
    >>> pair_rows(frame.assign(weight=[3.0, 1.0]))["weight"].tolist()
    [1.5, 0.5]
    """
    problems = _missing(frame, (*TEXTS_OF_PAIRS, "p"))
    if not problems:
        problems = [
            *_texts(frame, TEXTS_OF_PAIRS),
            *_numbers(frame, "p", "a probability from 0 to 1", 1.0),
            *_identical(frame),
        ]
    return _finished(frame, (*TEXTS_OF_PAIRS, "p"), target, problems)


def response_rows(frame: pd.DataFrame, target: str | None = None) -> pd.DataFrame:
    """Rated responses of one target, checked, with weights of mean 1: what reward models are trained on.

    Parameters
    ----------
    frame : DataFrame
        ``prompt``, ``response`` (texts), ``p_<answer>`` for every answer (rows sum to 1), ``weight`` (1 where the
        column is missing) and ``target`` (optional).
    target : str, optional
        Only the rows of this target.

    Returns
    -------
    DataFrame
        ``prompt``, ``response``, the ``p_`` columns in their order, ``weight`` and, where given, ``target``.

    Raises
    ------
    DataError
        All problems at once, with row numbers.
    """
    answers = tuple(str(name) for name in frame.columns if str(name).startswith("p_") and name != "p_sd")
    problems = _missing(frame, TEXTS_OF_RESPONSES)
    if len(answers) < 2:
        problems.append(f"A table of rated responses has a column p_<answer> for each answer; found {len(answers)}.")
    if not problems:
        problems = _texts(frame, TEXTS_OF_RESPONSES)
        for name in answers:
            problems += _numbers(frame, name, "a probability from 0 to 1", 1.0)
    if not problems:
        off = (frame[list(answers)].sum(axis=1) - 1).abs() > _SUM_TOLERANCE
        problems += _row_problem(off, f"The probabilities {', '.join(answers)} do not sum to 1")
    return _finished(frame, (*TEXTS_OF_RESPONSES, *answers), target, problems)


def prompt_rows(frame: pd.DataFrame, target: str | None = None) -> pd.DataFrame:
    """Rows with a prompt, every column kept, with weights of mean 1: what GRPO answers.

    Raises
    ------
    DataError
        All problems at once, with row numbers.
    """
    problems = _missing(frame, ("prompt",))
    if not problems:
        problems = _texts(frame, ("prompt",))
    names = tuple(str(name) for name in frame.columns if name not in ("weight", "target"))
    return _finished(frame, names, target, problems)


def refuse(problems: list[str], error: type[ps.PluralstatsError] = ps.DataError) -> None:
    """Raise one error with every problem; nothing where there is none."""
    if problems:
        lines = problems if len(problems) == 1 else [f"{len(problems)} problems were found:", *problems]
        raise error("\n- ".join(lines), problems)


def only_target(frame: pd.DataFrame) -> str | None:
    """The target of rows that have one.

    Raises
    ------
    DataError
        Several: a model trained on all would be pulled to contrary answers by rows about the same texts.
    """
    found = sorted(frame["target"].unique()) if "target" in frame else []
    if len(found) > 1:
        raise ps.DataError(
            f"The table holds rows of {len(found)} targets: {_listed(found)}. Choose one with `target=` "
            '(--target), or train on all groups with method "robust_dpo".'
        )
    return found[0] if found else None


def _missing(frame: pd.DataFrame, needed: tuple[str, ...]) -> list[str]:
    lost = [name for name in needed if name not in frame]
    if not lost:
        return [] if len(frame) else ["The table has no rows."]
    return [f"The table lacks the column{'s' * (len(lost) > 1)} {', '.join(lost)}; it has {_listed(frame.columns)}."]


def _texts(frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    problems = []
    for name in names:
        empty = np.array([not _is_text(cell) for cell in frame[name]])
        problems += _row_problem(empty, f"`{name}` is empty or no text")
    return problems


def _is_text(cell: Any) -> bool:
    if isinstance(cell, list | np.ndarray):  # messages of a conversation
        return len(cell) > 0 and all(isinstance(turn, dict) and {"role", "content"} <= turn.keys() for turn in cell)
    return isinstance(cell, str) and bool(cell.strip())


def _identical(frame: pd.DataFrame) -> list[str]:
    return _row_problem(frame["chosen"].eq(frame["rejected"]), "`chosen` and `rejected` are the same text")


def _numbers(frame: pd.DataFrame, name: str, what: str, most: float) -> list[str]:
    values = pd.to_numeric(frame[name], errors="coerce")
    lost = values.isna()
    outside = ~lost & ~values.between(0.0, most)  # infinity is between none
    outside |= values.eq(np.inf)
    found = ", ".join(f"{value:g}" for value in values[outside].unique()[:_SHOWN])
    return [
        *_row_problem(lost, f"`{name}` is missing or no number"),
        *_row_problem(outside, f"`{name}` is {what}; found {found}"),
    ]


def _row_problem(bad: Any, sentence: str) -> list[str]:
    rows = np.flatnonzero(np.asarray(bad, dtype=bool)) + 1
    if not len(rows):
        return []
    more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    shown = ", ".join(map(str, rows[:_SHOWN]))
    return [
        f"{sentence} (row{'s' * (len(rows) > 1)} {shown}{more}). Repair or drop {'it' if len(rows) == 1 else 'them'}."
    ]


def _finished(frame: pd.DataFrame, names: tuple[str, ...], target: str | None, problems: list[str]) -> pd.DataFrame:
    if "weight" in frame:
        problems = problems + _numbers(frame, "weight", "0 or more", float("inf"))
    if "target" in frame:
        problems = problems + _row_problem(frame["target"].isna(), "`target` is missing")
    problems = problems + _target_problem(frame, target)
    refuse(problems)
    rows = frame if target is None else frame[frame["target"] == target]
    weight = rows["weight"].astype(float) if "weight" in rows else pd.Series(1.0, index=rows.index)
    if not weight.sum() > 0:
        raise ps.DataError("All weights are 0: nothing would be learned. Weights are 0 or more and some are above 0.")
    kept = [*names, *(["target"] if "target" in rows else [])]
    return rows[kept].assign(weight=weight / weight.mean()).reset_index(drop=True)


def _target_problem(frame: pd.DataFrame, target: str | None) -> list[str]:
    if target is None:
        return []
    if "target" not in frame:
        return [f"There is no target {target!r}: the table has no column `target`. Leave `target` out."]
    found = sorted(frame["target"].dropna().unique())
    return [] if target in found else [f"No row has the target {target!r}; the table has {_listed(found)}."]


def _listed(names: Any) -> str:
    names = [str(name) for name in names]
    more = f" and {len(names) - 4 * _SHOWN} more" if len(names) > 4 * _SHOWN else ""
    return ", ".join(names[: 4 * _SHOWN]) + more
