"""Exports of Label Studio: tasks with annotations (JSON), and a row an annotation (JSON_MIN and CSV)."""

from collections.abc import Iterator, Mapping
from typing import Any

from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export, found_in
from pluralstats.data.reading.shapes.tools.label_studio import export, is_row_export, value_of
from pluralstats.data.reading.shapes.tools.questions import UNKNOWN, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.errors import counted

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
