"""Scores that other evaluation programs wrote: inspect_ai logs and lm-evaluation-harness samples as a score table."""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import pluralstats as ps

from .scorers import SCORE_COLUMNS

_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_ATTACHMENT = "attachment://"
_STAMP = re.compile(r"^samples_(?P<task>.+?)(_\d{4}-\d\d-\d\dT[\d.-]+)?$")
_NO_METRIC = {"doc_id", "prompt_hash", "doc_hash", "target_hash"}


def inspect_scores(path: str | Path, *, arm: str | None = None, seed: int = 1) -> pd.DataFrame:
    """Scores of an evaluation log of inspect_ai.

    Parameters
    ----------
    path : path
        A log: ``.json``, or ``.eval`` (a zip of JSON; logs packed with zstandard need Python 3.14 or
        ``inspect log convert --to json``).
    arm : str, optional
        Of the table; the model's name in the log by default.
    seed : int
        Training seed of that model: a log does not know it.

    Returns
    -------
    DataFrame
        ``arm``, ``prompt_id`` (sample id), ``response`` (completion), ``judge`` (scorer), ``seed``, ``dimension``
        (the task; for a scorer of several values ``task: value``), ``score``: the number, or 1 for C, 0.5 for P, 0 for
        I and N; missing for other words. A sample of several epochs has a row for each.

    Raises
    ------
    ConfigError
        No such file, or another kind of file.
    DataError
        The file is no log, or has no scored samples.
    """
    path = _existing(path, (".json", ".eval"), "inspect_ai log")
    header, samples = _packed_log(path) if path.suffix == ".eval" else _plain_log(path)
    spec = header.get("eval") if isinstance(header, dict) else None
    if not isinstance(spec, dict) or "task" not in spec:
        raise ps.DataError(f"{path} is no inspect_ai log: expected an object with `eval`, found none.")
    rows = [
        (arm or str(spec.get("model", "model")), str(sample["id"]), _completion(sample), judge, seed, dimension, score)
        for sample in samples
        for judge, dimension, score in _inspect_values(sample, str(spec["task"]))
    ]
    return _finished(rows, path, "no sample has scores; was the evaluation stopped, or run without a scorer?")


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
        choice), ``judge`` ("lm-eval", with the filter where there is one), ``seed``, ``dimension``
        (``task: metric``), ``score``.

    Raises
    ------
    ConfigError
        No such file, or another kind of file.
    DataError
        A line is no JSON or no sample (with its number), or no sample has a metric.
    """
    path = _existing(path, (".jsonl",), "samples file of lm-evaluation-harness")
    found = _STAMP.match(path.stem)
    task = found["task"] if found else path.stem
    rows = []
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        sample = _parsed(line, f"{path}, line {number},")
        if not isinstance(sample, dict) or "doc_id" not in sample:
            raise ps.DataError(f"{path}, line {number}, is no sample: it has no `doc_id`.")
        judge = "lm-eval" if sample.get("filter", "none") == "none" else f"lm-eval: {sample['filter']}"
        common = (arm or path.resolve().parent.name, str(sample["doc_id"]), _likeliest(sample), judge, seed)
        rows += [(*common, f"{task}: {metric}", score) for metric, score in _metrics(sample)]
    return _finished(rows, path, "no line has a metric that is a number.")


def _existing(path: str | Path, endings: tuple[str, ...], what: str) -> Path:
    path = Path(path)
    if path.suffix not in endings:
        raise ps.ConfigError(f"A {what} ends in {' or '.join(endings)}; found {path.name}.")
    if not path.is_file():
        raise ps.ConfigError(f"There is no file {path}.")
    return path


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ps.DataError(f"{path} cannot be read: {error}.") from error


def _parsed(text: str | bytes, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:  # also bytes that are no UTF-8
        raise ps.DataError(f"{where} is no JSON: {error}.") from error


def _plain_log(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    log = _parsed(_text(path), str(path))
    return log, (log.get("samples") or []) if isinstance(log, dict) else []


def _packed_log(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    """Header and samples; of a log that was not finished the header is in the journal."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            first = next((n for n in ("header.json", "_journal/start.json", "start.json") if n in names), None)
            header = None if first is None else _parsed(archive.read(first), f"{path}, {first},")
            samples = sorted(n for n in names if n.startswith("samples/") and n.endswith(".json"))
            return header, [_parsed(archive.read(name), f"{path}, {name},") for name in samples]
    except NotImplementedError as error:
        raise ps.DataError(
            f"{path} is packed in a way that this Python cannot read ({error}). Run: inspect log convert --to json"
        ) from error
    except (zipfile.BadZipFile, OSError) as error:
        raise ps.DataError(f"{path} is no .eval log, which is a zip of JSON: {error}.") from error


def _completion(sample: Mapping[str, Any]) -> str:
    output = sample.get("output") or {}
    text = output.get("completion")
    if text is None:
        choices = output.get("choices") or [{}]
        text = _content(choices[0].get("message", {}).get("content", ""))
    if text.startswith(_ATTACHMENT):  # long texts lie elsewhere in the sample
        text = (sample.get("attachments") or {}).get(text.removeprefix(_ATTACHMENT), text)
    return text


def _content(content: str | list[dict[str, Any]]) -> str:
    """The text of a message: without reasoning, which is another part."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def _inspect_values(sample: Mapping[str, Any], task: str) -> Iterator[tuple[str, str, float]]:
    for judge, score in (sample.get("scores") or {}).items():
        value = score.get("value") if isinstance(score, dict) else score
        if isinstance(value, dict):
            yield from ((judge, f"{task}: {key}", _number(part)) for key, part in value.items())
        elif isinstance(value, list):
            yield from ((judge, f"{task}: {i + 1}", _number(part)) for i, part in enumerate(value))
        else:
            yield judge, task, _number(value)


def _number(value: Any) -> float:
    if isinstance(value, str):
        word = value.strip()
        if word in _GRADES or word.lower() in _GRADES:
            return _GRADES.get(word, _GRADES.get(word.lower(), float("nan")))
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


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
    best = max(range(len(replies)), key=lambda i: _number(replies[i][0]))
    return str(choices[best][1]).strip()


def _metrics(sample: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Named by the sample itself; in older files everything on the top level that is a number."""
    named = sample.get("metrics")
    names = named if isinstance(named, list) else [name for name in sample if name not in _NO_METRIC]
    numbers = {name: sample.get(name) for name in names}
    return [(name, float(value)) for name, value in numbers.items() if isinstance(value, int | float)]


def _finished(rows: list[tuple[Any, ...]], path: Path, otherwise: str) -> pd.DataFrame:
    if not rows:
        raise ps.DataError(f"{path} has no scores: {otherwise}")
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
