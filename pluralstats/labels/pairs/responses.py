"""Responses to questions, checked, and the pairs of them."""

from collections.abc import Sequence
from itertools import combinations
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.policies.items import as_rated
from pluralstats.data.tables.frames import levels, missing_columns, natural_key, numbered_table
from pluralstats.errors import ConfigError, DataError, counted, listed, nearest, problems_error, rows_text

COLUMNS = ("item", "question", "prompt", "response")


class Candidates(NamedTuple):
    """Pairs of responses under one question.

    ``responses`` (J rows) in the natural order of questions and items, whatever the order of the rows given;
    ``first, second`` (R,) rows of it; ``priority`` (R,) random numbers that decide which pairs of a question are kept
    where it has too many, the same for all targets and policies.
    """

    responses: pd.DataFrame
    first: np.ndarray
    second: np.ndarray
    priority: np.ndarray

    @property
    def items(self) -> list[str]:
        """(J,) the items."""
        return self.responses["item"].tolist()


def candidate_pairs(responses: Any, rated: Sequence[str], seed: int) -> Candidates:
    """All pairs of responses under one question.

    Parameters
    ----------
    responses : data frame
        ``item``, ``question``, ``prompt``, ``response``.
    rated : list of str
        Items that have ratings.
    seed : int
        Of ``priority``.

    Raises
    ------
    DataError
        Missing columns or cells, an item that is there twice or has no ratings, different prompts of one question, no
        question with two responses: all at once, with row numbers from 1.
    """
    numbered = numbered_table(responses)
    if problems := missing_columns(numbered.table, COLUMNS):
        raise problems_error(DataError, [problem.replace("the data have", "`responses` has") for problem in problems])
    keys = {name: pd.Series(levels(numbered.table[name])).astype(object) for name in ("item", "question")}
    keys["item"] = _names(keys["item"], keys["question"], rated)
    table = numbered.table[list(COLUMNS)].assign(**keys)
    problems = [problem for name in COLUMNS for problem in _missing(table[name], numbered.rows)]
    problems += [*_repeated(table, numbered.rows), *_unrated(table, set(rated), numbered.rows, rated)]
    problems += _prompts(table, numbered.rows)
    if not problems and not table["question"].duplicated().any():
        problems.append("No question has two responses, so there are no pairs. Give each response its question.")
    if problems:
        raise problems_error(DataError, problems)
    order = sorted(range(len(table)), key=lambda i: (natural_key(table["question"][i]), natural_key(table["item"][i])))
    table = table.iloc[order].reset_index(drop=True)
    pairs = [pair for rows in table.groupby("question", sort=False).indices.values() for pair in combinations(rows, 2)]
    first, second = np.array(pairs, np.int64).T
    return Candidates(table, first, second, np.random.default_rng(seed).random(len(pairs)))


def _names(item: pd.Series, question: pd.Series, rated: Sequence[str]) -> pd.Series:
    """Items by the names they have among the ratings; missing ones stay missing."""
    known = (item.notna() & question.notna()).to_numpy()
    names = as_rated(item[known].tolist(), question[known].tolist(), rated)
    return item.mask(known, pd.Series(names, index=item.index[known], dtype=object))


def _missing(column: pd.Series, rows: np.ndarray) -> list[str]:
    empty = np.array([not isinstance(cell, str) or not cell.strip() for cell in column])
    if not empty.any():
        return []
    where = f"{counted(int(empty.sum()), 'row')} ({rows_text(rows[empty])})"
    return [f"'{column.name}' of `responses` is missing or no text in {where}. Fill it in or drop them."]


def _repeated(table: pd.DataFrame, rows: np.ndarray) -> list[str]:
    again = (table["item"].duplicated(keep=False) & table["item"].notna()).to_numpy()
    if not again.any():
        return []
    items = listed([f"'{item}'" for item in table["item"][again].unique()])
    return [f"`responses` has one row an item; found several of {items} ({rows_text(rows[again])}). Keep one of each."]


def _unrated(table: pd.DataFrame, rated: set[str], rows: np.ndarray, known: Sequence[str]) -> list[str]:
    strange = (~table["item"].isin(rated) & table["item"].notna()).to_numpy()
    if not strange.any():
        return []
    names = table["item"][strange].unique()
    hint = nearest(names[0], known)
    return [
        f"{counted(len(names), 'item')} of `responses` ({listed([f"'{item}'" for item in names], 3)}; "
        f"{rows_text(rows[strange])}) {'has' if len(names) == 1 else 'have'} no ratings.{hint} Drop these rows."
    ]


def _prompts(table: pd.DataFrame, rows: np.ndarray) -> list[str]:
    different = table.groupby("question")["prompt"].nunique()
    bad = different.index[different > 1]
    at = table["question"].isin(bad).to_numpy()
    return [
        f"{counted(len(bad), 'question')} of `responses` ({listed([f"'{name}'" for name in bad], 3)}; "
        f"{rows_text(rows[at])}) {'has' if len(bad) == 1 else 'have'} different prompts. Responses are compared under "
        "one prompt: correct it, or make questions of their own."
    ] * bool(len(bad))


def check_limits(min_margin: object, max_pairs: object, seed: object) -> None:
    """Refuse limits on pairs that cannot be meant, all at once."""
    problems = []
    if not (isinstance(min_margin, Real) and 0.0 <= float(min_margin) <= 0.5):
        problems.append(f"`min_margin` is a distance of p from 1/2, 0 to 0.5; found {min_margin!r}.")
    if max_pairs is not None and not (_is_whole(max_pairs) and int(max_pairs) >= 1):  # type: ignore[call-overload]  # whole
        problems.append(f"`max_pairs` is a whole number of pairs per question, at least 1; found {max_pairs!r}.")
    if not (_is_whole(seed) and int(seed) >= 0):  # type: ignore[call-overload]  # as above
        problems.append(f"`seed` is a whole number of at least 0; found {seed!r}.")
    if problems:
        raise problems_error(ConfigError, problems)


def _is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


def kept_pairs(
    candidates: Candidates, pair: np.ndarray, p: np.ndarray, min_margin: float, max_pairs: int | None
) -> np.ndarray:
    """Rows (in order) with p known and far enough from 1/2, of at most ``max_pairs`` pairs a question.

    Parameters
    ----------
    pair : (n,) which pair each row is about
    p : (n,)
    """
    at = np.flatnonzero(np.isfinite(p) & (np.abs(p - 0.5) >= min_margin))
    if max_pairs is None:
        return at
    there = np.unique(pair[at])
    question = candidates.responses["question"].to_numpy()[candidates.first[there]]
    rank = pd.Series(candidates.priority[there]).groupby(question).rank(method="first").to_numpy()
    return at[np.isin(pair[at], there[rank <= max_pairs])]
