"""The results of a batch on Amazon Mechanical Turk: a row an assignment, ``Input.*`` and ``Answer.*`` columns."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, CHOICES, OTHER, UNKNOWN, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in, names_of, read_cell, rows_of
from pluralstats.data.reading.sources import Found, Shape, Source

_INPUT, _ANSWER, _ALL_ANSWERS = "Input.", "Answer.", "Answer.taskAnswers"
_TRUTH = {"true": True, "false": False}
_ABOUT_RATERS = {
    "age", "gender", "sex", "race", "ethnicity", "education", "country", "nationality", "language", "religion",
    "income", "politics", "party", "ideology", "occupation", "employment",
}  # fmt: skip


def recognises(source: Source) -> bool:
    """The columns that every results file has, and an answer."""
    names = names_of(source)
    return names >= {"HITId", "WorkerId"} and any(name.startswith(_ANSWER) for name in names)


def read(source: Source) -> Found:
    """One row for each answer; rejected assignments are counted and left out; the item is an input or the HIT."""
    rows = rows_of(source)
    item = _item_column(names_of(source))
    answers = answers_in(source.path, rows, lambda row, number: _answers(row, number, item), SHAPE.title)
    answers, about = _about_raters(answers)
    notes = [f"Items are named by {item}."]
    if about:
        notes.append(f"Answers that describe the rater are columns: {', '.join(about)}.")
    return found_in(Export(answers, {"item": (item,), "rater": ("WorkerId",)}, notes=notes), source, SHAPE.name)


def _item_column(names: frozenset[str]) -> str:
    """The one input that is called an id; a HIT otherwise, which is an item unless it is posted anew."""
    ids = [name for name in names if name.startswith(_INPUT) and re.search(r"(^|[._-])(id|item)$", name, re.IGNORECASE)]
    ids += [name for name in names if name.startswith(_INPUT) and re.search(r"[a-z]I[dD]$", name)]
    return ids[0] if len(ids) == 1 else "HITId"


def _answers(row: Record, number: int, item: str) -> Iterator[Answer]:
    inputs = {
        name: value for name, value in row.items() if (name.startswith(_INPUT) or name == "HITId") and name != item
    }
    base = Answer(row.get(item), row.get("WorkerId"), "", None, number, others=inputs)
    status = row.get("AssignmentStatus")  # a rejected one that was approved later keeps its time of rejection
    if str(status).casefold() == "rejected" or (status is None and row.get("RejectionTime")):
        yield base._replace(reason="rejected assignment")
        return
    for question, (kind, value) in _questions(row).items():
        yield base._replace(question=question, value=value, kind=kind)


def _questions(row: Record) -> dict[str, tuple[str, Any]]:
    """The answer to each question, whether in columns of its own or together in ``Answer.taskAnswers``."""
    given: dict[str, Any] = {}
    for name, cell in row.items():
        if name == _ALL_ANSWERS:
            pages = read_cell(cell)
            for page in pages if isinstance(pages, list) else [pages]:
                given |= page if isinstance(page, dict) else {}
        elif name.startswith(_ANSWER):
            given[name.removeprefix(_ANSWER)] = cell
    return {name: _value(value) for name, value in _joined_boxes(given).items()}


def _joined_boxes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Columns "tone.1", "tone.2" of true and false as one answer {"1": false, "2": true} to "tone"."""
    boxes: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, cell in given.items():
        question, dot, box = name.rpartition(".")
        if dot and str(cell).casefold() in _TRUTH:  # 1 and 0 may be ratings
            boxes[question][box] = _TRUTH[str(cell).casefold()]
    together = {question: box for question, box in boxes.items() if len(box) > 1}
    alone = {name: cell for name, cell in given.items() if name.rpartition(".")[0] not in together}
    return {**alone, **together}


def _value(value: Any) -> tuple[str, Any]:
    if not isinstance(value, dict):
        return (OTHER if isinstance(value, list) else UNKNOWN), value
    if set(value) == {"label"}:  # crowd-classifier
        return CHOICE, value["label"]
    if set(value) == {"labels"}:
        return CHOICES, value["labels"]
    if not value or not all(isinstance(ticked, bool) for ticked in value.values()):
        return OTHER, value
    ticked = [box for box, is_ticked in value.items() if is_ticked]
    return (CHOICES if len(ticked) > 1 else CHOICE), ticked or None


def _about_raters(answers: Sequence[Answer]) -> tuple[list[Answer], list[str]]:
    """The answers about items; questions such as "age", where nobody answered differently, as columns of raters."""
    said: dict[str, dict[Any, set[str]]] = defaultdict(lambda: defaultdict(set))
    for answer in answers:
        if _ABOUT_RATERS & set(re.split(r"[^a-z]+", answer.question.casefold())) and isinstance(
            answer.value, str | int
        ):
            said[answer.question][answer.rater].add(str(answer.value))
    about = [name for name, raters in said.items() if all(len(values) == 1 for values in raters.values())]
    columns = {
        rater: {name: next(iter(said[name][rater])) for name in about if rater in said[name]}
        for rater in {answer.rater for answer in answers}
    }
    kept = [
        answer._replace(others={**answer.others, **columns[answer.rater]})
        for answer in answers
        if answer.question not in about
    ]
    return kept, about


SHAPE = Shape("mturk", "a batch of Mechanical Turk", recognises, read)
