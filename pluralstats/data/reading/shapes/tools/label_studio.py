"""Exports of Label Studio: tasks with annotations (JSON), and a row an annotation (JSON_MIN and CSV)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.questions import CHOICE, OTHER, RATING, TEXT, UNKNOWN, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in, names_of, read_cell, rows_of
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted
from pluralstats.errors import DataError, counted, listed

_OF_ANNOTATION = (
    "id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "history"
)  # fmt: skip
_SURE = {"annotator", "annotation_id", "lead_time"}
_KINDS = {"rating": RATING, "number": RATING, "choices": CHOICE, "taxonomy": CHOICE, "selected": CHOICE, "text": TEXT}
_REGION = {"start", "end", "x", "y", "points", "startOffset", "ranges", "videoLength"}  # of a part of the item
_LOOKED_AT = 100  # rows in which results are looked for


def value_of(value: Mapping[str, Any], type_: Any = None) -> tuple[str, Any]:
    """The kind and the content of one result of Label Studio, such as {"rating": 4}."""
    key = next((key for key in _KINDS if key in value and (key != "text" or type_ in (None, "textarea"))), None)
    if key is None or _REGION & set(value):
        return OTHER, dict(value)
    content = read_cell(value[key])
    if key == "taxonomy":
        content = [" / ".join(map(str, path)) if isinstance(path, list) else str(path) for path in content]
    return _KINDS[key], content


def is_row_export(source: Source) -> bool:
    """Whether the columns are those of the tool, or those of a task with cells that hold its results."""
    names = names_of(source)
    if names >= _SURE and names & {"id", "created_at"}:
        return True
    if not names >= {"id", "annotator"}:
        return False
    return any(_is_result(read_cell(cell)) for row in rows_of(source, _LOOKED_AT) for cell in row.values())


def _is_result(cell: Any) -> bool:
    """[{"rating": 4}], or {"choices": ["yes", "maybe"]}."""
    first = cell[0] if isinstance(cell, list) and cell else cell
    return isinstance(first, dict) and bool(set(first) & set(_KINDS) - {"text"})


def export(source: Source, title: str) -> Export:
    """The answers in the rows; which columns are answers, the cells tell or the user says."""
    rows = [{name: read_cell(cell) for name, cell in row.items()} for row in rows_of(source)]
    questions = _questions(rows, source.wanted)
    data = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _OF_ANNOTATION]
    data = [name for name in data if name not in questions]

    def answers(row: Record, number: int) -> Iterator[Answer]:
        others = {name: row.get(name) for name in data}
        for question in questions:
            kind, value = _read(row.get(question))
            yield Answer(row.get("id"), row.get("annotator"), question, value, number, kind, others=others)

    note = f"Columns taken for answers: {listed(questions, 20)}; for what the task says: {listed(data, 20) or 'none'}."
    return Export(
        answers_in(source.path, rows, answers, title),
        {"item": ("id",), "rater": ("annotator", "completed_by")},
        notes=[note],
    )


def _questions(rows: Sequence[Record], wanted: Wanted) -> list[str]:
    """Columns with results in their cells, and columns that differ between the annotations of one task."""
    named = wanted.dimensions or [old for old, new in wanted.columns.items() if new == "rating"]
    names = dict.fromkeys(name for row in rows for name in row if name not in _OF_ANNOTATION)
    if named := [name for name in named if name in names]:
        return list(named)
    questions = [name for name in names if any(_is_result(row.get(name)) for row in rows) or _differs(rows, name)]
    if not questions:
        raise DataError(
            f"No column differs between the annotations of one task, so none can be told to be an answer; the columns "
            f"are {listed(list(names), 20)}. Name the answers with dimensions=."
        )
    return questions


def _differs(rows: Sequence[Record], name: str) -> bool:
    seen = defaultdict(set)
    for row in rows:
        if row.get(name) is not None:
            seen[str(row.get("id"))].add(str(row[name]))
    return any(len(values) > 1 for values in seen.values())


def _read(cell: Any) -> tuple[str, Any]:
    if isinstance(cell, dict):
        return value_of(cell)
    if isinstance(cell, list) and cell and all(isinstance(one, dict) for one in cell):
        return value_of(cell[0]) if len(cell) == 1 else (OTHER, cell)
    return (CHOICE if isinstance(cell, list) else UNKNOWN), cell


OWN_NAMES = {"item": ("id",), "rater": ("completed_by", "annotator")}


def recognises(source: Source) -> bool:
    """Tasks with data and annotations that have results; or the columns of a row an annotation."""
    if source.records and all(map(_is_task, source.records[:20])):
        return True
    return is_row_export(source)


def _is_task(record: Record) -> bool:
    if isinstance(record.get("task"), dict) and isinstance(record.get("result"), list):
        return isinstance(record["task"].get("data"), dict)  # what cloud storage gets, one annotation a file
    annotations = _annotations(record)
    return (
        isinstance(record.get("data"), dict) and isinstance(annotations, list) and all(map(_is_annotation, annotations))
    )


def _annotations(task: Mapping[str, Any]) -> Any:
    return task.get("annotations", task.get("completions"))  # the name before version 1.0


def _is_annotation(annotation: Any) -> bool:
    return isinstance(annotation, dict) and "result" in annotation


def read(source: Source) -> Found:
    """One row for each answer; cancelled annotations are counted and left out, drafts and predictions are none."""
    if not any(map(_is_task, source.records[:20])):
        return found_in(export(source, SHAPE.title), source, SHAPE.name)
    answers = answers_in(source.path, source.records, _answers, SHAPE.title)
    return found_in(Export(answers, OWN_NAMES, notes=_not_used(source.records)), source, SHAPE.name)


def _answers(task: Record, row: int) -> Iterator[Answer]:
    annotations = _annotations(task)
    if annotations is None:
        task, annotations = task["task"], [task]
    for annotation in annotations:
        yield from _of_annotation(task, annotation, row)


def _of_annotation(task: Mapping[str, Any], annotation: Mapping[str, Any], row: int) -> Iterator[Answer]:
    item, rater, data = task.get("id"), _annotator(annotation), task["data"]
    if annotation.get("was_cancelled") or annotation.get("skipped"):
        yield Answer(item, rater, "", None, row, reason="cancelled annotation")
        return
    results = annotation["result"] or []
    if not results:
        yield Answer(item, rater, "", None, row)
    for result in results:
        kind, value = _value(result)
        question = result.get("from_name") or result.get("type") or kind
        yield Answer(item, rater, str(question), value, row, kind, others=data)


def _annotator(annotation: Mapping[str, Any]) -> Any:
    """The name that the tool's own tables give: the mail address where the export has it, else the number."""
    who = annotation.get("completed_by")
    return who.get("email") or who.get("id") if isinstance(who, dict) else who


def _value(result: Mapping[str, Any]) -> tuple[str, Any]:
    value = result.get("value")
    return value_of(value, result.get("type")) if isinstance(value, dict) else (UNKNOWN, value)


def _not_used(tasks: tuple[Record, ...]) -> list[str]:
    """What stands beside the annotations and is no annotation."""
    counts = {name: sum(_length(task.get(f"{name}s")) for task in tasks) for name in ("prediction", "draft")}
    return [f"Not used, as it is no annotation: {counted(n, name)}." for name, n in counts.items() if n]


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


SHAPE = Shape("label-studio", "a Label Studio export", recognises, read)
