"""Evaluation logs of inspect_ai as a score table: each scorer a dimension, each epoch a row."""

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import pluralstats as ps

from .archives import ImportedScoresWarning, entry, existing, number, parsed, score_rows, text_of

GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}  # of inspect_ai
_ATTACHMENT = "attachment://"
_HEADERS = ("header.json", "_journal/start.json", "start.json")  # of a log that was not finished in the journal
_SHOWN = 8  # grades in a message

type Grades = Mapping[str, float] | Mapping[str, Mapping[str, float]]


class _Value(NamedTuple):
    """One number or word of a scorer about a sample."""

    scorer: str
    dimension: str
    value: Any


def inspect_scores(
    path: str | Path, *, arm: str | None = None, seed: int = 1, grades: Grades | None = None
) -> pd.DataFrame:
    """Scores of an evaluation log of inspect_ai.

    Parameters
    ----------
    path : path
        A log: ``.eval`` (a zip of JSON, as inspect_ai writes by default) or ``.json``.
    arm : str, optional
        Of the table; the model's name in the log by default.
    seed : int
        Training seed of that model: a log does not know it.
    grades : mapping, optional
        What words stand for, of all scorers, ``{"A": 4, "B": 3}``, or of some, ``{"model_graded_qa": {"A": 4}}``;
        nan leaves a word out. Scorers that are not named, and all without ``grades``, use those of inspect_ai: 1 for
        C, 0.5 for P, 0 for I and N, and 1 and 0 for yes, true, no and false.

    Returns
    -------
    DataFrame
        ``arm``, ``prompt_id`` (sample id), ``response`` (completion), ``judge`` (scorer), ``seed``, ``dimension``
        (``task: scorer``; of a scorer of several values ``task: scorer: value``), ``score`` (missing where a scorer
        gave none), ``epoch``: a sample of several epochs has a row for each.

    Raises
    ------
    ConfigError
        No such file, or another kind of file; ``grades`` of scorers that are not in the log.
    DataError
        The file is no log, is damaged or has no scored samples, or has words that are no grades: all at once.

    Warns
    -----
    ImportedScoresWarning
        Samples without scores, which are not in the table, or an evaluation that did not end well.
    """
    path = existing(path, (".json", ".eval"), "inspect_ai log")
    header, samples = _packed_log(path) if path.suffix == ".eval" else _plain_log(path)
    spec = header.get("eval") if isinstance(header, dict) else None
    if not isinstance(spec, dict) or "task" not in spec:
        raise ps.DataError(f"{path} is no inspect_ai log: expected an object with `eval`, found none.")
    found = [(sample, value) for sample in samples for value in _values(sample, str(spec["task"]))]
    meanings = _meanings([value for _, value in found], grades, path)
    model = arm or str(spec.get("model", "model"))
    rows = [
        (model, str(sample["id"]), _completion(sample), value.scorer, seed, value.dimension, score, epoch)
        for sample, value in found
        for score, epoch in [(_score(value.value, meanings[value.scorer]), int(sample.get("epoch", 1)))]
    ]
    table = score_rows(
        rows, path, "no sample has scores; was the evaluation stopped, or run without a scorer?", ("epoch",)
    )
    _say_what_is_left_out(path, header, samples)
    return table


def _plain_log(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    log = parsed(text_of(path), str(path))
    return log, (log.get("samples") or []) if isinstance(log, dict) else []


def _packed_log(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            first = next((name for name in _HEADERS if name in names), None)
            header = None if first is None else parsed(entry(archive, path, first), f"{path}, {first},")
            samples = sorted(name for name in names if name.startswith("samples/") and name.endswith(".json"))
            return header, [parsed(entry(archive, path, name), f"{path}, {name},") for name in samples]
    except (zipfile.BadZipFile, OSError) as error:
        raise ps.DataError(f"{path} is no .eval log, which is a zip of JSON: {error}.") from error


def _completion(sample: Mapping[str, Any]) -> str:
    output = sample.get("output") or {}
    text = output.get("completion")
    if text is None:
        choices = output.get("choices") or [{}]
        text = _content(choices[0].get("message", {}).get("content"))
    if text.startswith(_ATTACHMENT):  # long texts lie elsewhere in the sample
        text = (sample.get("attachments") or {}).get(text.removeprefix(_ATTACHMENT), text)
    return text


def _content(content: Any) -> str:
    """The text of a message: without reasoning, which is another part."""
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if part.get("type") == "text")
    return content if isinstance(content, str) else ""


def _values(sample: Mapping[str, Any], task: str) -> Iterator[_Value]:
    """Scorers measure different things in units of their own, so that each is a dimension."""
    for scorer, score in (sample.get("scores") or {}).items():
        value, about = score.get("value") if isinstance(score, dict) else score, f"{task}: {scorer}"
        if isinstance(value, dict):
            yield from (_Value(scorer, f"{about}: {key}", part) for key, part in value.items())
        elif isinstance(value, list):
            yield from (_Value(scorer, f"{about}: {i}", part) for i, part in enumerate(value, start=1))
        else:
            yield _Value(scorer, about, value)


def _meanings(values: list[_Value], grades: Grades | None, path: Path) -> dict[str, dict[str, float]]:
    """What the words of every scorer stand for; a DataError about those that stand for nothing."""
    given = dict(grades or {})
    by_scorer = {name: part for name, part in given.items() if isinstance(part, Mapping)}
    scorers = list(dict.fromkeys(value.scorer for value in values))
    unknown = [name for name in by_scorer if name not in scorers] if values else []
    if unknown or 0 < len(by_scorer) < len(given):
        raise ps.ConfigError(
            f"`grades` is a mapping of words to numbers, or of scorers of the log ({', '.join(scorers)}) to such "
            f"mappings; found {grades!r}."
        )
    common = given if given and not by_scorer else GRADES
    meanings = {name: dict(by_scorer.get(name, common)) for name in scorers}
    problems = [sentence for name in scorers for sentence in _unknown_words(name, values, meanings[name])]
    if problems:
        raise ps.DataError("\n".join(f"{path}: {problem}" for problem in problems), problems)
    return meanings


def _unknown_words(scorer: str, values: list[_Value], meaning: Mapping[str, float]) -> list[str]:
    words = [word for value in values if value.scorer == scorer and (word := _word(value.value)) is not None]
    counts = {word: words.count(word) for word in dict.fromkeys(words) if _meant(word, meaning) is None}
    if not counts:
        return []
    listed = ", ".join(f"{word} ({n:,})" for word, n in list(counts.items())[:_SHOWN])
    return [
        f"scorer '{scorer}' gave words that stand for no number: {listed}"
        f"{', ...' if len(counts) > _SHOWN else ''}. Say what all its words mean, "
        f"`grades={{{scorer!r}: {{{next(iter(counts))!r}: 1.0, ...}}}}`; float('nan') leaves a word out."
    ]


def _word(value: Any) -> str | None:
    """A value as a word; None where it is a number or nothing."""
    numeric = isinstance(value, int | float) or (isinstance(value, str) and number(value) == number(value))
    return None if value is None or numeric else str(value).strip()


def _meant(word: str, meaning: Mapping[str, float]) -> float | None:
    """Words of several letters in any case: yes, Yes; a letter as it is, for c may be another grade than C."""
    found = meaning.get(word)
    return meaning.get(word.lower()) if found is None and len(word) > 1 else found


def _score(value: Any, meaning: Mapping[str, float]) -> float:
    word = _word(value)
    return number(value) if word is None else number(_meant(word, meaning))


def _say_what_is_left_out(path: Path, header: Mapping[str, Any], samples: list[dict[str, Any]]) -> None:
    without = [sample for sample in samples if not sample.get("scores")]
    failed = sum(bool(sample.get("error")) for sample in without)
    status = header.get("status", "started")
    sentences = []
    done = (header.get("results") or {}).get("completed_samples")
    if isinstance(done, int) and done > len(samples):
        sentences.append(f"The log says that {done:,} samples were completed and holds {len(samples):,} of them.")
    if without:
        sentences.append(
            f"{len(without):,} of {len(samples):,} samples without scores ({failed:,} with an error) are left out."
        )
    if status != "success":
        sentences.append(f"The evaluation has the status '{status}': samples may be missing.")
    if sentences:
        warnings.warn(f"{path}: {' '.join(sentences)}", ImportedScoresWarning, stacklevel=3)
