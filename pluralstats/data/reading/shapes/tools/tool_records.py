"""The records of a tool's export, from JSON or a table, and the answers in each; those unlike the tool's are named."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pluralstats.data.reading.formats.json_text import NUMBER
from pluralstats.data.reading.formats.records import Record
from pluralstats.data.reading.shapes.tools.questions import Answer
from pluralstats.data.reading.sources import Source
from pluralstats.errors import DataError, counted, rows_text

_FIRST = 20  # records that are looked at to recognise a shape


class OddRecordError(ValueError):
    """A record is not as the tool writes it; the message says what was found."""


def answers_in(
    path: Path | None, records: Iterable[Record], of_record: Callable[[Record, int], Iterable[Answer]], title: str
) -> list[Answer]:
    """The answers of every record, as ``of_record`` finds them in one; ``title`` is what messages call the shape.

    Raises
    ------
    DataError
        One sentence about all records that are not as the tool writes them: edited by hand, cut, or of another tool.
    """
    answers: list[Answer] = []
    odd: list[tuple[int, str]] = []
    for row, given in enumerate(records, start=1):
        try:
            answers += [_checked(answer) for answer in of_record(given, row)]
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # a part that is absent or of another kind
            odd.append((row, _why(error)))
    if odd:
        rows = rows_text([row for row, _ in odd])
        raise DataError(
            f"{path} has {counted(len(odd), 'record')} unlike those of {title} ({rows}): {odd[0][1]}. "
            f"Correct or drop them, or export again."
        )
    return answers


def _checked(answer: Answer) -> Answer:
    for name, value in (("item", answer.item), ("rater", answer.rater)):
        if not isinstance(value, str | NUMBER | None):
            raise OddRecordError(f"the {name} of an answer is {json.dumps(value, default=str)[:40]}")
    if not isinstance(answer.others, dict):
        raise OddRecordError(f"what is said of an item is {json.dumps(answer.others, default=str)[:40]}")
    return answer


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"'{error.args[0]}' is missing"
    return str(error) if isinstance(error, OddRecordError) else "a part of it is of another kind"


def rows_of(source: Source, first: int | None = None) -> Sequence[Record]:
    """The records of a JSON file, or the rows of a table, with None where a cell is missing; the first few only."""
    if source.records:
        return source.records[:first]
    table = source.table.head(len(source.table) if first is None else first)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): _listed_cell(cell) for name, cell in row.items()} for row in rows]


def names_of(source: Source) -> frozenset[str]:
    """The names of the columns of a file as they stand in it; none of a folder or a frame."""
    if not source.is_file:
        return frozenset()
    return frozenset(name for record in source.records[:_FIRST] for name in record) or frozenset(
        map(str, source.table.columns)
    )


def _listed_cell(cell: Any) -> Any:
    """Arrays, as Parquet has them, as lists of plain values."""
    return [_listed_cell(one) for one in cell.tolist()] if isinstance(cell, np.ndarray) else cell


def read_cell(cell: Any) -> Any:
    """What a cell holds: its list or object where it is written as JSON, else the cell."""
    if isinstance(cell, str) and cell.lstrip().startswith(("[", "{")):
        try:
            return json.loads(cell)
        except json.JSONDecodeError:
            return cell
    return cell
