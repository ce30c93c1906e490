"""What Potato writes: ``user_state.json`` of each annotator, lines with ``label_annotations``, tables of answers."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pluralstats.data.reading.formats.records import Record, read_records
from pluralstats.data.reading.proposals import has_unclear_points
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, CHOICES, OTHER, RATING, TEXT, UNKNOWN, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in, names_of, rows_of
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.reading.tables import existing_file

STATE, LABELS = "instance_id_to_label_to_value", "label_annotations"
STATE_FILE, LINES_FILE = "user_state.json", "annotated_instances.jsonl"
_BETWEEN, _SPAN = ":::", "span_annotation:::"
_USERS = ("user", "user_id", "username")
_TEXT_NAMES = ("text_box", "text", "free_response", "_data")
_NO, _YES = (None, "", "false", "False"), (True, "true", "True")
_NUMBERS = ("slider", "scale_", "number", "value")  # labels whose value is the answer, which may be 0
OWN_NAMES = {"item": ("instance_id", "id"), "rater": _USERS}


def recognises(source: Source) -> bool:
    """The folder of annotators, one of its files, or a table with columns like "tone:::scale_5", "tone.scale_5"."""
    if source.path is not None and source.path.is_dir():
        return bool(_state_files(source.path))
    if any(STATE in record or LABELS in record for record in source.records[:1]):
        return True
    names = names_of(source)
    if "instance_id" not in names or not names & set(_USERS) or has_unclear_points(source.table):
        return False
    answers = names - {"instance_id", "displayed_text", *_USERS}
    dotted = bool(answers) and all("." in name or name.startswith("annotator_origin") for name in answers)
    return {"labels", "spans"} <= names or any(_BETWEEN in name for name in names) or (dotted and not source.is_long)


def _state_files(folder: Path) -> list[Path]:
    states = sorted(folder.rglob(STATE_FILE))
    return states or sorted(folder.glob(f"*/{LINES_FILE}"))


def read(source: Source) -> Found:
    """One row for each answer about an item; answers on pages of a survey become columns of their rater."""
    if source.path is not None and source.path.is_dir():
        answers = [answer for file in _state_files(source.path) for answer in _of_file(file)]
    elif source.records and STATE in source.records[0]:
        answers = answers_in(source.path, source.records, _of_state, SHAPE.title)
    elif source.records and (LABELS in source.records[0] or "labels" in source.records[0]):
        answers = _of_lines(source.path, source.records)
    else:
        answers = answers_in(source.path, rows_of(source), _of_row, SHAPE.title)
    about_items, notes = _with_pages(answers)
    return found_in(Export(about_items, OWN_NAMES, notes=notes), source, SHAPE.name)


def _of_file(file: Path) -> list[Answer]:
    records = read_records(existing_file(file))
    if file.name != STATE_FILE:
        return _of_lines(file, records)
    return answers_in(file, [{"user_id": file.parent.name, **record} for record in records], _of_state, SHAPE.title)


def _of_state(state: Record, row: int) -> Iterator[Answer]:
    pages = state.get("phase_to_page_to_label_to_value") or {}
    for instance, given in [
        *state[STATE].items(),
        *((f"{p}/{q}.page", v) for p, page in pages.items() for q, v in page.items()),
    ]:
        for schema, labels in _by_schema(given).items():
            yield _answer(instance, state.get("user_id"), schema, labels, row)


def _by_schema(given: Any) -> dict[str, dict[str, Any]]:
    """Answers by schema and label: from nested objects, or from pairs of {"schema", "name"} and value."""
    schemas: dict[str, dict[str, Any]] = {}
    if isinstance(given, list):
        for label, value in given:
            schemas.setdefault(str(label["schema"]), {})[str(label["name"])] = value
        return schemas
    for schema, labels in (given or {}).items():
        inner = labels.get("labels", labels) if isinstance(labels, dict) else labels
        schemas[str(schema)] = inner if isinstance(inner, dict) else {str(schema): inner}
    return schemas


def _of_lines(path: Path | None, records: Sequence[Record]) -> list[Answer]:
    folder = "" if path is None else path.parent.name

    def answers(record: Record, row: int) -> Iterator[Answer]:
        item = record.get("id", record.get("instance_id"))
        rater = next((record[name] for name in _USERS if record.get(name)), folder)
        data = {"displayed_text": record["displayed_text"]} if "displayed_text" in record else {}
        for schema, labels in _by_schema(record[LABELS] if LABELS in record else record["labels"]).items():
            yield _answer(item, rater, schema, labels, row, data)

    return answers_in(path, records, answers, SHAPE.title)


def _of_row(record: Record, row: int) -> Iterator[Answer]:
    rater = next((record[name] for name in _USERS if name in record), None)
    data = {"displayed_text": record["displayed_text"]} if "displayed_text" in record else {}
    schemas: dict[str, dict[str, Any]] = {}
    for name, cell in record.items():
        schema, between, label = name.partition(_BETWEEN if _BETWEEN in name else ".")
        if between and not name.startswith(_SPAN) and not label.startswith("_"):
            schemas.setdefault(schema, {})[label] = cell
        elif name not in (*_USERS, "instance_id", "displayed_text") and not between:
            yield Answer(record["instance_id"], rater, name, cell, row, others=data)
    for schema, labels in schemas.items():
        yield _answer(record["instance_id"], rater, schema, labels, row, data)


def _answer(
    item: Any, rater: Any, schema: str, labels: Mapping[str, Any], row: int, data: Mapping[str, Any] | None = None
) -> Answer:
    kind, value = _value(schema, {name: value for name, value in labels.items() if _is_given(schema, name, value)})
    return Answer(item, rater, schema, value, row, kind, others=data or {})


def _is_given(schema: str, name: str, value: Any) -> bool:
    """Whether a label was chosen; 0 is an answer where the value is the answer, and else says that it was not."""
    if value is False or value in _NO:
        return False
    return name in (schema, *_NUMBERS) or value not in (0, "0")


def _value(schema: str, labels: Mapping[str, Any]) -> tuple[str, Any]:
    """The answer that the labels with a value give: a point of a scale, a label, several labels, or text."""
    if not labels:
        return UNKNOWN, None
    if len(labels) > 1:
        return CHOICES, list(labels)
    name, value = next(iter(labels.items()))
    if name.startswith("scale_") and name.removeprefix("scale_").isdecimal():
        return RATING, int(name.removeprefix("scale_"))
    if name in _TEXT_NAMES:
        return TEXT, value
    if isinstance(value, dict | list):
        return OTHER, value
    if name in (schema, *_NUMBERS[:3]) or (name == "value" and value not in _YES):
        return UNKNOWN, value
    return CHOICE, name


def _with_pages(answers: Sequence[Answer]) -> tuple[list[Answer], list[str]]:
    """The answers about items, with what their raters said on the pages of the survey as further columns."""
    said: dict[Any, dict[str, Any]] = {}
    for answer in answers:
        if _is_page(answer.item) and answer.value is not None:
            value = "; ".join(map(str, answer.value)) if isinstance(answer.value, list) else answer.value
            said.setdefault(answer.rater, {})[answer.question] = value
    about_items = [
        answer._replace(others={**answer.others, **said.get(answer.rater, {})})
        for answer in answers
        if not _is_page(answer.item)
    ]
    names = dict.fromkeys(name for answers in said.values() for name in answers)
    notes = [f"Answers on pages of the survey are columns of their rater: {', '.join(names)}."] if names else []
    return about_items, notes


def _is_page(item: Any) -> bool:
    """Whether an instance is a page of the survey (consent, demographics), which nobody rates."""
    name = str(item)
    return name.endswith((".html", ".page", "-page")) or name.startswith("surveyflow")


SHAPE = Shape("potato", "what Potato writes", recognises, read)
