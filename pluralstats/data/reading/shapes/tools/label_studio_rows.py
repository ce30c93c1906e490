"""CSV and JSON_MIN of Label Studio: a row an annotation, the answers between the columns of the task."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.answers import Export
from pluralstats.data.reading.shapes.tools.questions import CHOICE, OTHER, RATING, TEXT, UNKNOWN, Answer
from pluralstats.data.reading.shapes.tools.tool_records import answers_in, names_of, read_cell, rows_of
from pluralstats.data.reading.sources import Source, Wanted
from pluralstats.errors import DataError, listed

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
