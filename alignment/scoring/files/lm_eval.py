"""Samples of lm-evaluation-harness as a score table: each metric of each filter a dimension."""

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import pluralstats as ps

from .archives import ImportedScoresWarning, existing, number, parsed, score_rows, text_of

_STAMP = re.compile(r"^samples_(?P<task>.+?)(_\d{4}-\d\d-\d\dT[\d.-]+)?$")
_NO_METRIC = {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter"}
_NO_METRIC |= {"doc_hash", "prompt_hash", "target_hash"}
_SHOWN = 5  # documents in a message
_LONGEST = 60  # characters of a value in a message


class _Sample(NamedTuple):
    """A line, with its filter: the name of it, or "filter 2" for the second line of a document without names."""

    line: int
    content: dict[str, Any]
    filter: str


class _Score(NamedTuple):
    """A number of a sample under the name of its metric; of a list of numbers ``metric: 1``."""

    metric: str
    score: float


def lm_eval_scores(path: str | Path, *, arm: str | None = None, seed: int = 1) -> pd.DataFrame:
    """Scores of a samples file of lm-evaluation-harness (``--log_samples``).

    Parameters
    ----------
    path : path
        ``samples_<task>_<time>.jsonl``.
    arm : str, optional
        Of the table; the name of the folder by default, where the harness puts the model's name.
    seed : int
        Training seed of that model.

    Returns
    -------
    DataFrame
        ``arm``, ``prompt_id`` (doc id), ``response`` (the filtered text; of a multiple-choice task the likeliest
        choice), ``judge`` ("lm-eval"), ``seed``, ``dimension`` (``task: metric``, with a filter ``task: metric,
        filter``, as the harness calls it; of a list of numbers ``task: metric: 1``), ``score``. Files of earlier
        versions do not name filters: their lines about one document are "filter 1", "filter 2".

    Raises
    ------
    ConfigError
        No such file, or another kind of file.
    DataError
        A line is no JSON or no sample (with its number), no sample has a metric, or a document occurs twice with one
        filter.

    Warns
    -----
    ImportedScoresWarning
        Metrics that are no numbers of one sample, such as the texts from which a metric of the whole corpus is
        computed; they are not in the table.
    """
    path = existing(path, (".jsonl",), "samples file of lm-evaluation-harness")
    found = _STAMP.match(path.stem)
    task, model = found["task"] if found else path.stem, arm or path.resolve().parent.name
    samples = _named(list(_lines(path)), path)
    rows = [
        (model, str(sample.content["doc_id"]), _likeliest(sample.content), "lm-eval", seed, dimension, score.score)
        for sample in samples
        for score in _scores(sample.content)
        for dimension in [f"{task}: {score.metric}" + (f",{sample.filter}" if sample.filter else "")]
    ]
    table = score_rows(rows, path, "no line has a metric that is a number.")
    _say_what_is_left_out(path, samples)
    return table


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for row, line in enumerate(text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        sample = parsed(line, f"{path}, line {row},")
        if not isinstance(sample, dict) or "doc_id" not in sample:
            raise ps.DataError(f"{path}, line {row}, is no sample: it has no `doc_id`.")
        yield row, sample


def _named(lines: list[tuple[int, dict[str, Any]]], path: Path) -> list[_Sample]:
    """The samples with their filters; numbered where every document has as many lines and none names its filter."""
    docs = [str(sample["doc_id"]) for _, sample in lines]
    filters = [str(sample.get("filter", "none")) for _, sample in lines]
    turn = pd.DataFrame({"doc": docs, "filter": filters}).groupby(["doc", "filter"]).cumcount().to_numpy() + 1
    most = int(turn.max(initial=0))
    unnamed = not any("filter" in sample for _, sample in lines)
    if most > 1 and not (unnamed and len(lines) == most * len(set(docs))):
        again = [i for i in range(len(lines)) if turn[i] > 1]
        shown = ", ".join(f"{docs[i]} (line {lines[i][0]})" for i in again[:_SHOWN])
        raise ps.DataError(
            f"{path} has {len(again):,} line{'s' * (len(again) > 1)} about a document that had a line with the same "
            f"filter before: {shown}{', ...' if len(again) > _SHOWN else ''}. Were two runs written into a file? Keep "
            "the lines of one."
        )
    return [
        _Sample(line, sample, f"filter {turn[i]}" if most > 1 else filters[i] if filters[i] != "none" else "")
        for i, (line, sample) in enumerate(lines)
    ]


def _likeliest(sample: Mapping[str, Any]) -> str:
    """The text a model gave, or the choice to which it gave the highest log-likelihood."""
    replies = sample.get("filtered_resps") or [""]
    if isinstance(replies[0], str):
        return replies[0]
    arguments = sample.get("arguments") or {}
    asked = list(arguments.values()) if isinstance(arguments, dict) else arguments
    choices = [list(each.values()) if isinstance(each, dict) else each for each in asked]
    if len(choices) != len(replies) or not all(isinstance(reply, list) and reply for reply in replies):
        return str(replies[0][0] if isinstance(replies[0], list) and replies[0] else replies[0])
    best = max(range(len(replies)), key=lambda i: number(replies[i][0]))
    return str(choices[best][1]).strip()


def _metrics(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Named by the sample itself; in older files all that is not known to be something else."""
    named = sample.get("metrics")
    names = named if isinstance(named, list) else [name for name in sample if name not in _NO_METRIC]
    return {str(name): sample.get(name) for name in names}


def _scores(sample: Mapping[str, Any]) -> Iterator[_Score]:
    for name, value in _metrics(sample).items():
        if isinstance(value, int | float):
            yield _Score(name, float(value))
        elif _is_numbers(value):
            yield from (_Score(f"{name}: {i}", float(part)) for i, part in enumerate(value, start=1))


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, int | float) for part in value)


def _say_what_is_left_out(path: Path, samples: list[_Sample]) -> None:
    left: dict[str, list[Any]] = {}
    for sample in samples:
        for name, value in _metrics(sample.content).items():
            if not isinstance(value, int | float) and not _is_numbers(value):
                left.setdefault(name, []).append(value)
    if left:
        said = "; ".join(
            f"`{name}` of {len(values):,} sample{'s' * (len(values) > 1)} (first: {json.dumps(values[0])[:_LONGEST]})"
            for name, values in left.items()
        )
        warnings.warn(
            f"{path}: metrics that are no numbers of one sample are not in the table: {said}.",
            ImportedScoresWarning,
            stacklevel=3,
        )
