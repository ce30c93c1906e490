"""What ``prodigy db-out`` writes: a line an annotation, with accept, reject or ignore."""

from collections.abc import Iterator, Sequence
from typing import Any

from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, CHOICES, OTHER, TEXT, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.errors import DataError

_HASHES = ("_input_hash", "_task_hash")
_NOT_DATA = (
    *_HASHES,
    "answer",
    "options",
    "accept",
    "spans",
    "tokens",
    "html",
    "config",
    "style",
    "label",
    "user_input",
)
_WHOLE_TASKS = ("classification", "choice", "text", "html", "image", "blocks", "text_input", "review", "audio")
_ANSWERS = ("accept", "reject", "ignore")


def recognises(source: Source) -> bool:
    """Records with the hashes of the tool and an answer that is accept, reject or ignore."""
    return bool(source.records) and all(
        set(_HASHES) <= set(record) and record.get("answer") in _ANSWERS for record in source.records[:20]
    )


def read(source: Source) -> Found:
    """One row an annotation; ignored tasks, and rejected ones with choices, are counted and left out."""
    if source.records and not any(_rater(record) for record in source.records):
        raise DataError(
            f"{source.path} does not say who answered: no record has `_annotator_id` or `_session_id`. Start Prodigy "
            f"with a named session for each annotator, or put each annotator's file into a folder and read that."
        )
    several = _several(source.records)
    answers = answers_in(source.path, source.records, lambda record, row: _answers(record, row, several), SHAPE.title)
    possible = {answer.question: [0, 1] for answer in answers} | {"choice": _options(source.records)}
    notes = ["accept is rated 1 and reject 0."] if any(a.value in (0, 1) and a.kind == "" for a in answers) else []
    return found_in(Export(answers, OWN_NAMES, possible, notes), source, SHAPE.name)


OWN_NAMES = {"item": ("_input_hash",), "rater": ("_annotator_id", "_session_id")}


def _rater(record: Record) -> Any:
    return record.get("_annotator_id") or record.get("_session_id")


def _several(records: Sequence[Record]) -> bool:
    """Whether more than one option could be chosen."""
    styles = [config.get("choice_style") for record in records if isinstance(config := record.get("config"), dict)]
    return "multiple" in styles or any(len(_listed(record, "accept")) > 1 for record in records)


def _options(records: Sequence[Record]) -> list[Any]:
    """The options of all records, in the order in which they were shown."""
    options = [option for record in records for option in _listed(record, "options") if isinstance(option, dict)]
    return list(dict.fromkeys(option["id"] for option in options if isinstance(option.get("id"), str | int)))


def _listed(record: Record, name: str) -> list[Any]:
    return given if isinstance(given := record.get(name), list) else []


def _answers(record: Record, row: int, several: bool) -> Iterator[Answer]:
    data = {name: value for name, value in record.items() if name not in _NOT_DATA and not name.startswith("_")}
    base = Answer(record["_input_hash"], _rater(record), "", None, row, others=data)
    has_choices = "options" in record or "accept" in record
    if record["answer"] == "ignore":
        yield base._replace(reason="ignored task")
    elif has_choices and record["answer"] == "reject":
        yield base._replace(reason="rejected task")
    elif has_choices:
        kind = CHOICES if several else CHOICE
        yield base._replace(question="choice", value=record.get("accept") or [], kind=kind)
    elif record.get("_view_id", "classification") not in _WHOLE_TASKS or record.get("spans"):
        yield base._replace(
            question=str(record.get("_view_id", "spans")), value=record.get("spans") or {"": 0}, kind=OTHER
        )
    else:
        value = int(record["answer"] == "accept")
        yield base._replace(question=str(record.get("label") or "answer"), value=value)
    if record.get("user_input") and record["answer"] == "accept":
        yield base._replace(question="user_input", value=record["user_input"], kind=TEXT)


SHAPE = Shape("prodigy", "a Prodigy export", recognises, read)
