"""What annotation tools write, as ratings: answers of raters about items, with what was left out and why."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.reading.formats.json_text import NUMBER
from pluralstats.data.reading.shapes.tools.questions import (
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
from pluralstats.data.reading.sources import Found, Source, Wanted
from pluralstats.data.tables.frames import OPTIONAL, REQUIRED, NumberedTable, as_text
from pluralstats.errors import DataError, listed

_TEXTS = ("text", "displayed_text", "prompt", "Input.text", "sentence")  # what tools and their users call it


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
    kept, left_out = _counted_out(export.answers)
    questions = by_question(kept)
    chosen = chosen_questions(source.wanted, questions)
    questions, more = only_ratings(questions, chosen)
    left_out += more
    if not questions:
        raise DataError(_nothing_left(source, left_out))
    several = {question for question, answers in questions.items() if has_several(answers)}
    if not chosen and (sentence := mixed_answers(questions, several)):
        raise DataError(f"{source.path}: {sentence[0].lower()}{sentence[1:]}")
    policies = (*_left_out_before(source), *left_out, *_taken_apart(questions, several), *map(_note, export.notes))
    numbered = _numbered(export, source, questions, several)
    scale = told_scale(export.possible, questions, several)
    notes = (*export.notes, f"Left out on reading: {_reasons(left_out)}.") if left_out else tuple(export.notes)
    options = {} if scale is None else {"scale": scale}
    return Found(replace(numbered, policies=policies), options, shape, notes, _texts(numbered.table, source.wanted))


def _numbered(
    export: Export, source: Source, questions: Mapping[str, Sequence[Answer]], several: Collection[str]
) -> NumberedTable:
    """One row for each rating, the answers to one question after those to another."""
    rows = [
        row
        for question, answers in questions.items()
        for row in (each_choice(answers, export.possible.get(question)) if question in several else answers)
    ]
    table = _table(rows, bool(source.wanted.dimensions) or len({row.question for row in rows}) > 1)
    return NumberedTable(_named_as_wanted(table, source.wanted, export.own_names), _row_numbers(source, rows))


def _left_out_before(source: Source) -> tuple[dict[str, object], ...]:
    """What was left out of a table on the way here; JSON and folders are read whole."""
    return source.numbered.policies if source.is_file else ()


def _row_numbers(source: Source, rows: Sequence[Answer]) -> np.ndarray:
    """The numbers of the rows in a file; in a folder, of the records in each of its files."""
    numbers = np.array([row.row for row in rows])
    return source.numbered.rows[numbers - 1] if source.is_file else numbers


def _texts(table: pd.DataFrame, wanted: Wanted) -> pd.DataFrame | None:
    """The text of each item, where one column of the tool has it; None where no column does or several may."""
    names = [name for name in _TEXTS if name in table]
    item = next((old for old, new in wanted.columns.items() if new == "item"), "item")
    if len(names) != 1 or item not in table:
        return None
    first = table.drop_duplicates(item, ignore_index=True)
    return pd.DataFrame({"item": first[item], "question": None, "text": first[names[0]]})


def _note(sentence: str) -> dict[str, object]:
    return record("", "note", (), sentence)


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
    is_number = all(isinstance(value, NUMBER) and not isinstance(value, bool) for value in values)
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
    found = _reasons(policies) or "no answers at all"
    return f"{source.path} has no answer that is a rating; found: {found}. Name the question with dimensions=."


def _reasons(policies: Sequence[Mapping[str, object]]) -> str:
    """Why answers were left out, and how many."""
    reasons = Counter[str]()
    for policy in policies:
        name = f"'{policy['column']}' " if policy["column"] not in ("", "rating") else ""
        reasons[f"{name}{policy['detail']}"] += int(str(policy["n_rows"]))
    return listed([f"{reason} ({n:,})" for reason, n in reasons.items()])
