"""Pair tables and response tables: read, checked as a whole, cut to one target, weights of mean 1."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import pluralstats as ps
from pluralstats.errors import path_of
from pluralstats.storage.carded_tables import card_path, read_copy, table_and_card

from .checks import identical, listed, missing, numbers, refuse, row_problem, target_problem, texts
from .files import read_csv, read_json_lines

TEXTS_OF_PAIRS = ("prompt", "chosen", "rejected")
TEXTS_OF_RESPONSES = ("prompt", "response")
_SUM_TOLERANCE = 1e-6  # of the probabilities of a row


@dataclass(frozen=True)
class TrainingTable:
    """Rows that passed every check, with where they come from.

    Attributes
    ----------
    frame : DataFrame
        ``prompt``; ``chosen``, ``rejected`` and ``p``, or ``response`` and ``p_<answer>``; ``weight``, and ``target``
        where there is one.
    target : str or None
        The only target of the rows; None where the table names none, or several (group-robust training).
    provenance : dict
        The card inside the Parquet file, or beside another file (``<name>.card.json``); empty for a data frame or a
        file without one.
    data_hash : str
        SHA-256 of the rows, their order included; numbers to ten decimals.
    """

    frame: pd.DataFrame
    target: str | None
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def data_hash(self) -> str:
        text = self.frame.to_json(orient="split", double_precision=10)  # freshly compiled code differs in the last bits
        return hashlib.sha256(text.encode()).hexdigest()


def read_table(source: str | Path | pd.DataFrame | ps.Pairs) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A table and its card, both checked against the checksums that were kept when they were saved.

    Parameters
    ----------
    source : path, Pairs or DataFrame
        A path is of Parquet, CSV or JSON lines (``.parquet``, ``.csv``, ``.jsonl``).

    Returns
    -------
    tuple
        The table, and its card as a dict (empty without one). Of a CSV and of JSON lines prompts, responses and ids
        are the texts that stand in the file (1.10 and 007), and ``p``, ``p_<answer>``, ``weight`` and ``score`` are
        numbers.

    Raises
    ------
    ConfigError
        No such file, or another kind of file.
    DataError
        The file or its card cannot be read, or has changed since it was saved.
    """
    if isinstance(source, pd.DataFrame):
        return source, {}
    if isinstance(source, ps.Pairs):
        return source.table, dict(source.card)
    path = path_of(source, "table")
    readers = {".csv": read_csv, ".jsonl": read_json_lines}
    if path.suffix not in (".parquet", *readers):
        raise ps.ConfigError(f"A table is a .parquet, .csv or .jsonl file; found {path.name}. Save it as one of these.")
    if not path.is_file():
        raise ps.ConfigError(f"There is no file {path}. Give the path of a table that `pluralstats pairs` wrote.")
    beside = card_path(path)
    if path.suffix == ".parquet":  # the card inside counts: a program that was killed may have left none beside
        table, card = table_and_card(path)
        return table, card or (read_copy(beside, path) if beside.is_file() else {})
    try:
        return readers[path.suffix](path), read_copy(beside, path) if beside.is_file() else {}
    except (ValueError, OSError) as error:  # parsers of pandas and pyarrow raise kinds of ValueError
        raise ps.DataError(f"{path} cannot be read: {error}. Write it again.") from error


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
    problems = missing(frame, (*TEXTS_OF_PAIRS, "p"))
    if not problems:
        problems = [
            *texts(frame, TEXTS_OF_PAIRS),
            *numbers(frame, "p", "a probability from 0 to 1", 1.0),
            *identical(frame),
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
    problems = missing(frame, TEXTS_OF_RESPONSES)
    if len(answers) < 2:
        problems.append(f"A table of rated responses has a column p_<answer> for each answer; found {len(answers)}.")
    if not problems:
        problems = texts(frame, TEXTS_OF_RESPONSES)
        for name in answers:
            problems += numbers(frame, name, "a probability from 0 to 1", 1.0)
    if not problems:
        off = (frame[list(answers)].sum(axis=1) - 1).abs() > _SUM_TOLERANCE
        problems += row_problem(off, f"The probabilities {', '.join(answers)} do not sum to 1")
    return _finished(frame, (*TEXTS_OF_RESPONSES, *answers), target, problems)


def prompt_rows(frame: pd.DataFrame, target: str | None = None) -> pd.DataFrame:
    """Rows with a prompt, every column kept, with weights of mean 1: what GRPO answers.

    Raises
    ------
    DataError
        All problems at once, with row numbers.
    """
    problems = missing(frame, ("prompt",))
    if not problems:
        problems = texts(frame, ("prompt",))
    names = tuple(str(name) for name in frame.columns if name not in ("weight", "target"))
    return _finished(frame, names, target, problems)


def pair_responses(pairs: pd.DataFrame) -> pd.DataFrame:
    """Both responses of every pair as rows of their own.

    Parameters
    ----------
    pairs : DataFrame
        Of ``pair_rows``.

    Returns
    -------
    DataFrame
        ``prompt``, ``response``, ``share`` (probability that this one is preferred: p, or 1 - p of the rejected one),
        ``weight`` (of the pair). The rows of a pair stand together.

    Examples
    --------
    >>> pairs = pd.DataFrame({"prompt": ["Hi"], "chosen": ["a"], "rejected": ["b"], "p": [0.75], "weight": [1.0]})
    >>> pair_responses(pairs)[["response", "share"]].to_dict("records")
    [{'response': 'a', 'share': 0.75}, {'response': 'b', 'share': 0.25}]
    """
    sides = [
        pairs[["prompt", "weight"]].assign(response=pairs[name], share=share)
        for name, share in (("chosen", pairs["p"]), ("rejected", 1 - pairs["p"]))
    ]
    return pd.concat(sides).sort_index(kind="stable").reset_index(drop=True)


def unit_mean(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a weight above 0, their weights scaled to mean 1."""
    used = rows[rows["weight"] > 0]
    return used.assign(weight=used["weight"] / used["weight"].mean()).reset_index(drop=True)


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
            f"The table holds rows of {len(found)} targets: {listed(found)}. Choose one with `target=` "
            '(--target), or train on all groups with method "robust_dpo".'
        )
    return found[0] if found else None


def _finished(frame: pd.DataFrame, names: tuple[str, ...], target: str | None, problems: list[str]) -> pd.DataFrame:
    if "weight" in frame:
        problems = problems + numbers(frame, "weight", "0 or more", float("inf"))
    if "target" in frame:
        problems = problems + row_problem(frame["target"].isna(), "`target` is missing")
    problems = problems + target_problem(frame, target)
    refuse(problems)
    rows = frame if target is None else frame[frame["target"] == target]
    weight = rows["weight"].astype(float) if "weight" in rows else pd.Series(1.0, index=rows.index)
    if not weight.sum() > 0:
        raise ps.DataError("All weights are 0: nothing would be learned. Weights are 0 or more and some are above 0.")
    kept = [*names, *(["target"] if "target" in rows else [])]
    return rows[kept].assign(weight=weight / weight.mean()).reset_index(drop=True)
