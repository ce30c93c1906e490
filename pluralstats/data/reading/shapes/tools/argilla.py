"""Exports of Argilla: records with responses, nested (``to_json``, ``to_disk``, the server) or a column a question."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, CHOICES, OTHER, RATING, TEXT, UNKNOWN, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in, names_of, read_cell, rows_of
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.errors import DataError

SETTINGS, RECORDS = Path(".argilla") / "settings.json", "records.json"
_KINDS = {
    "rating": RATING,
    "label_selection": CHOICE,
    "multi_label_selection": CHOICES,
    "text": TEXT,
    "ranking": OTHER,
    "span": OTHER,
}
_RESPONSES, _USERS, _STATUS = ".responses", ".responses.users", ".responses.status"
_NOTE = (
    "This export of Argilla does not say which answers were submitted and which were discarded or are drafts; all are "
    "used. Exports of dataset.records.to_list(flatten=True) and to_datasets() keep the status."
)
_NOT_COUNTED = {"discarded": "discarded response", "draft": "draft response", "missing": "missing response"}


def recognises(source: Source) -> bool:
    """A folder of ``to_disk``; records with fields and responses; or columns such as "tone.responses.users"."""
    if source.path is not None and source.path.is_dir():
        return (source.path / SETTINGS).is_file() and (source.path / RECORDS).is_file()
    if source.records and all("fields" in record and "responses" in record for record in source.records[:20]):
        return True
    names = names_of(source)
    flat = {name.removesuffix(_USERS) for name in names if name.endswith(_USERS)}
    return any(f"{name}{_RESPONSES}" in names for name in flat) or _has_lists_of_users(source, names)


def _has_lists_of_users(source: Source, names: frozenset[str]) -> bool:
    """The columns of version 1: {"user_id", "value", "status"} in a list, "tone-suggestion" beside "tone"."""
    questions = [name for name in names if f"{name}-suggestion" in names]
    return bool(questions) and all(
        {"user_id", "value"} <= set(cell[0])
        for row in rows_of(source, 20)
        for name in questions
        if isinstance(cell := read_cell(row.get(name)), list) and cell and isinstance(cell[0], dict)
    )


def read(source: Source) -> Found:
    """One row for each submitted answer; discarded responses and drafts are counted and left out."""
    if source.path is not None and source.path.is_dir():
        source = replace(source, path=source.path / RECORDS)
    settings = _settings(source.path)
    kinds = {name: _KINDS.get(question["type"], UNKNOWN) for name, question in settings.items()}
    possible = {
        name: [option["value"] for option in question["options"]]
        for name, question in settings.items()
        if kinds[name] in (RATING, CHOICES) and question.get("options")
    }
    answers = [
        answer._replace(kind=kinds.get(answer.question, UNKNOWN))
        for answer in answers_in(source.path, rows_of(source), _answers, SHAPE.title)
    ]
    known = any(answer.reason != _UNKNOWN_STATUS for answer in answers)
    answers = [answer._replace(reason=answer.reason.removeprefix(_UNKNOWN_STATUS)) for answer in answers]
    notes = [] if known or not answers else [_NOTE]
    return found_in(
        Export(answers, {"item": ("id", "external_id"), "rater": ("user_id", "user")}, possible, notes),
        source,
        SHAPE.name,
    )


_UNKNOWN_STATUS = "unknown status"


def _settings(path: Path | None) -> dict[str, Mapping[str, Any]]:
    """The questions of the data set by name, where the settings lie beside the records."""
    file = None if path is None else path.parent / SETTINGS
    if file is None or not file.is_file():
        return {}
    try:
        questions = json.loads(file.read_text(encoding="utf-8"))["questions"]
        return {question["name"]: {**question["settings"]} for question in questions}
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f"{file} is no settings file of Argilla. Export the data set again.") from error


def _answers(record: Record, row: int) -> Iterator[Answer]:
    item = next((record[name] for name in ("id", "external_id", "_server_id") if record.get(name) is not None), row)
    fields = record.get("fields") or {}
    for question, response in _responses(record):
        status = response.get("status")
        reason = _UNKNOWN_STATUS if status is None else _NOT_COUNTED.get(str(status), "")
        rater = response.get("user_id", response.get("user"))
        data = {**fields, **(record.get("metadata") or {})} if fields else _data(record)
        yield Answer(item, rater, question, response.get("value"), row, reason=reason, others=data)


def _responses(record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each question with each response to it, in any of the layouts."""
    responses = record.get("responses")
    if isinstance(responses, dict):
        yield from ((question, response) for question, given in responses.items() for response in given)
    elif isinstance(responses, list):
        for response in responses:
            values = response.get("values") or {"": {"value": None}}
            yield from ((question, {**response, "value": value["value"]}) for question, value in values.items())
    else:
        yield from _in_columns(record)


def _in_columns(record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in record:
        cell = read_cell(record[name])
        if name.endswith(_USERS):
            question = name.removesuffix(_USERS)
            values = read_cell(record.get(question + _RESPONSES))
            status = read_cell(record.get(question + _STATUS))
            yield from ((question, response) for response in _parallel(question, cell, values, status))
        elif f"{name}-suggestion" in record and isinstance(cell, list):
            yield from ((name, response) for response in cell)


def _parallel(question: str, users: Any, values: Any, status: Any) -> Sequence[Mapping[str, Any]]:
    users, values = users or [], values or []
    status = status or [None] * len(users)
    if not len(users) == len(values) == len(status):
        raise DataError(
            f"'{question}' has {len(values)} responses of {len(users)} users with {len(status)} statuses in one "
            f"record; each response needs one of each. Export the records again."
        )
    return [
        {"user_id": user, "value": value, "status": state}
        for user, value, state in zip(users, values, status, strict=True)
    ]


def _data(record: Record) -> Mapping[str, Any]:
    """The plain columns of a flat record: its fields and metadata."""
    questions = [name.removesuffix(_USERS) for name in record if name.endswith(_USERS)]
    questions += [name for name in record if f"{name}-suggestion" in record]
    own = ("id", "status", "_server_id", "external_id", "external-id")
    return {
        name: value
        for name, value in record.items()
        if name not in own and not any(name == q or name.startswith((f"{q}.", f"{q}-suggestion")) for q in questions)
    }


SHAPE = Shape("argilla", "an Argilla export", recognises, read)
