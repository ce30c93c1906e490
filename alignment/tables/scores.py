"""The score table (who scored which response of which arm), checked once before anything is computed from it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import pluralstats as ps

from .rows import read_table

COLUMNS = ("arm", "prompt_id", "judge", "seed", "score")
UNIT = ("arm", "seed", "prompt_id", "judge", "dimension")
ONE = "score"  # the dimension of a table that has none
MOST_ROWS = 5  # of bad rows that a message lists


def checked_scores(scores: pd.DataFrame, needed: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """The table with texts as texts, ``dimension`` and ``response`` present, and rows in an order of their own.

    Parameters
    ----------
    scores : data frame
        One row for each score: the columns ``needed``, used where present ``response``, ``epoch`` and ``dimension``.
        Texts and epochs of responses matter only where an arm answered a prompt more than once with one seed.

    Returns
    -------
    data frame
        All columns of ``scores``; the five names and ``dimension`` are text, ``score`` is float.

    Raises
    ------
    DataError
        A column is missing, a name is missing, a score is no finite number, or a judge scored a response twice.
    """
    refuse_missing_columns(scores, needed, "A score table")
    table = scores.reset_index(drop=True)
    if not len(table):
        raise ps.DataError("The score table has no rows. Score the responses of at least two arms.")
    table = table if "dimension" in table else table.assign(dimension=ONE)
    table = table if "response" in table else table.assign(response="")
    names = [name for name in (*needed, "dimension") if name != "score"]
    problems = [*_empty_names(table, names), *_bad_scores(table)]
    if problems:
        raise ps.DataError("\n".join(problems))
    table = table.assign(**{name: table[name].astype(str) for name in names}, score=table["score"].astype(float))
    table["response"] = table["response"].astype(str)
    return table


def read_scores(path: str | Path) -> pd.DataFrame:
    """A score table from a file, as the command that scores texts writes it.

    Names and ids are the texts that stand in the file: of prompts 1.1 and 1.10, 7 and 007 none becomes another.

    Parameters
    ----------
    path : path
        Parquet, CSV or JSON lines (``.parquet``, ``.csv``, ``.jsonl``).

    Returns
    -------
    DataFrame
        As ``compare_arms`` reads it. A score that is missing or no number is left for it to name.

    Raises
    ------
    ConfigError
        No such file, or another kind of file.
    DataError
        The file cannot be read, or lacks ``arm``, ``prompt_id``, ``judge``, ``seed`` or ``score``.
    """
    table = read_table(path)[0]
    refuse_missing_columns(table, COLUMNS, "A score table")
    return table


def refuse_missing_columns(table: pd.DataFrame, needed: Sequence[str], what: str) -> None:
    """Raise a DataError that names the columns that are missing and those that are there."""
    if not isinstance(table, pd.DataFrame):
        raise ps.DataError(f"{what} is a pandas DataFrame; found {type(table).__name__}.")
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise ps.DataError(
            f"{what} needs the columns {', '.join(needed)}; it lacks {', '.join(missing)} and has "
            f"{', '.join(map(str, table.columns)) or 'none'}. Rename or add them."
        )


def refuse_repeats(table: pd.DataFrame, unit: Sequence[str] = UNIT) -> None:
    """Raise a DataError where a judge scored one response twice on one dimension."""
    repeated = table.duplicated([*unit, "response", *(["epoch"] if "epoch" in table else [])])
    if repeated.any():
        first = table.loc[repeated].iloc[0]
        raise ps.DataError(
            f"Each judge scores a response once on a dimension; {rows_in_words(repeated)} repeat one (first: arm "
            f"'{first['arm']}', prompt '{first['prompt_id']}', judge '{first['judge']}', seed '{first['seed']}'). Drop "
            "repeats, or tell responses of one prompt apart by the column `response` or `epoch`."
        )


def rows_in_words(bad: pd.Series | np.ndarray) -> str:
    """How many rows are bad and which, counted from 1.

    >>> rows_in_words(np.array([False, True, True]))
    '2 rows (2, 3)'
    """
    at = np.flatnonzero(np.asarray(bad)) + 1
    shown = ", ".join(map(str, at[:MOST_ROWS])) + (", ..." if at.size > MOST_ROWS else "")
    return f"{at.size} row{'' if at.size == 1 else 's'} ({shown})"


def _empty_names(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    return [
        f"`{name}` is missing in {rows_in_words(table[name].isna())}. Fill it in or drop the rows."
        for name in names
        if table[name].isna().any()
    ]


def _bad_scores(table: pd.DataFrame) -> list[str]:
    values = pd.to_numeric(table["score"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values)
    if not bad.any():
        return []
    found = ", ".join(dict.fromkeys(map(str, table.loc[bad, "score"].iloc[:MOST_ROWS])))
    return [f"`score` is no finite number in {rows_in_words(bad)}: {found}. Score these responses again or drop them."]
