"""What annotation tools write, as ratings: answers of raters about items, with what was left out and why."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import counted, listed, rows_text
from pluralstats.data.frames import OPTIONAL, REQUIRED, NumberedTable, as_text
from pluralstats.data.reading.questions import (
    CHOICES,
    Answer,
    by_question,
    chosen_questions,
    each_choice,
    has_several,
    mixed_answers,
    only_ratings,
    record,
    told_scale,
)
from pluralstats.data.reading.records import Record
from pluralstats.data.reading.sources import Found, Source, Wanted
from pluralstats.errors import DataError

_TEXTS = ("text", "displayed_text", "prompt", "Input.text", "sentence")  # what tools and their users call it
_FIRST = 20  # records that are looked at to recognise a shape


@dataclass(frozen=True)
class Export:
    """All answers in an export, and what the tool says about them.

    Attributes
    ----------
    answers : list of Answer
        In the order of the file; one without a question stands for a whole annotation that does not count.
    own_names : mapping, fixed name -> names in the tool
        What the tool calls item and rater in one or another of its exports.
    possible : mapping, question -> list
        The answers that could be chosen, lowest first, where the tool says so.
    notes : list of str
        Sentences about the export as a whole.
    """

    answers: Sequence[Answer]
    own_names: Mapping[str, Sequence[str]]
    possible: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    notes: Sequence[str] = ()


def found_in(export: Export, source: Source, shape: str) -> Found:
    """The answers that are ratings as a table, one row a rating; what is left out is in the policies.

    Raises
    ------
    DataError
        When no answer is a rating, the questions cannot share a scale, or one that is wanted does not occur.
    """
    kept, policies = _counted_out(export.answers)
    questions = by_question(kept)
    chosen = chosen_questions(source.wanted, questions)
    questions, more = only_ratings(questions, chosen)
    if not questions:
        raise DataError(_nothing_left(source, (*policies, *more)))
    several = {question for question, answers in questions.items() if has_several(answers)}
    if not chosen and (sentence := mixed_answers(questions, several)):
        raise DataError(f"{source.path}: {sentence[0].lower()}{sentence[1:]}")
    numbers, left = _rows_in_file(source)
    policies = [*left, *policies, *more, *_taken_apart(questions, several), *map(_note, export.notes)]
    rows = [
        row
        for question, answers in questions.items()
        for row in (each_choice(answers, export.possible.get(question)) if question in several else answers)
    ]
    table = _table(rows, bool(source.wanted.dimensions) or len({row.question for row in rows}) > 1)
    numbered = NumberedTable(
        _named_as_wanted(table, source.wanted, export.own_names),
        numbers[[row.row - 1 for row in rows]] if len(numbers) else np.array([row.row for row in rows]),
        tuple(policies),
    )
    scale = told_scale(export.possible, questions, several)
    return Found(numbered, {} if scale is None else {"scale": scale}, shape, tuple(export.notes), _texts(table))


def _rows_in_file(source: Source) -> tuple[np.ndarray, tuple[dict[str, object], ...]]:
    """Of a table, the numbers of its rows and what was left out of it; nothing of JSON and folders."""
    if source.records or not source.is_file:
        return np.empty(0, dtype=int), ()
    return source.numbered.rows, source.numbered.policies


def _texts(table: pd.DataFrame) -> pd.DataFrame | None:
    """The text of each item, where one column of the tool has it; None where no column does or several may."""
    names = [name for name in _TEXTS if name in table]
    if len(names) != 1:
        return None
    texts = table[["item", names[0]]].drop_duplicates("item", ignore_index=True)
    return pd.DataFrame({"item": texts["item"], "question": None, "text": texts[names[0]]})


def _note(sentence: str) -> dict[str, object]:
    return record("", "note", (), sentence)


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
        if not isinstance(value, str | int | float | None):
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


def _counted_out(answers: Iterable[Answer]) -> tuple[list[Answer], list[dict[str, object]]]:
    """The answers that count, and for each reason those that do not."""
    kept: list[Answer] = []
    out: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        reason = answer.reason or ("no answer" if _is_empty(answer) else "")
        (out[reason] if reason else kept).append(answer)
    return kept, [record("rating", "drop", left, reason) for reason, left in out.items()]


def _is_empty(answer: Answer) -> bool:
    value = answer.value
    nothing = value is None or value == {} or (isinstance(value, float) and value != value)
    return nothing or (isinstance(value, str) and not value.strip()) or (value == [] and answer.kind != CHOICES)


def _taken_apart(questions: Mapping[str, list[Answer]], several: Collection[str]) -> list[dict[str, object]]:
    detail = "several choices in one answer: each choice is a dimension, 1 where it was chosen and 0 where not"
    return [
        record(question, "taken apart", questions[question], detail) for question in questions if question in several
    ]


def _table(rows: Sequence[Answer], has_dimension: bool) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "item": [_id(row.item) for row in rows],
        "rater": [_id(row.rater) for row in rows],
        "rating": _ratings([row.value for row in rows]),
    }
    if has_dimension:
        names = dict.fromkeys(row.question for row in rows)
        columns["dimension"] = pd.Categorical([row.question for row in rows], categories=list(names))
    others = dict.fromkeys(name for row in rows for name in row.others)
    for name in others:
        free = f"data.{name}" if name in (*REQUIRED, *OPTIONAL) else name
        columns[free] = [_cell(row.others.get(name)) for row in rows]
    return pd.DataFrame(columns)


def _id(value: Any) -> str | None:
    if value is None or value != value:
        return None
    return str(value) if isinstance(value, int | str) else as_text(value)  # whole numbers keep all their digits


def _ratings(values: Sequence[Any]) -> list[Any]:
    """Numbers as numbers; where there are words among them, all as text, so that 1 and True stay apart."""
    is_number = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return list(values) if is_number else [as_text(value) for value in values]


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _named_as_wanted(table: pd.DataFrame, wanted: Wanted, own_names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """With the names that the user renames: the tool's own, a question's, or a column that is used instead."""
    for old, new in wanted.columns.items():
        if old in table.columns:
            table = table.drop(columns=[new] if new in REQUIRED and new != old else [])
        elif new == "rating" or old in own_names.get(new, ()):
            table = table.rename(columns={new: old})
    return table


def _nothing_left(source: Source, policies: Sequence[Mapping[str, object]]) -> str:
    reasons = Counter[str]()
    for policy in policies:
        name = f"'{policy['column']}' " if policy["column"] not in ("", "rating") else ""
        reasons[f"{name}{policy['detail']}"] += int(str(policy["n_rows"]))
    found = listed([f"{reason} ({n:,})" for reason, n in reasons.items()]) or "no answers at all"
    return f"{source.path} has no answer that is a rating; found: {found}. Name the question with dimensions=."
