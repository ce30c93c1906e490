"""What a wide table probably means, and the call that reads it: proposed, never done without a word."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.scale import number_text
from pluralstats.data.tables.frames import holds_nested, levels
from pluralstats.errors import DataError, listed

RATER_IDS = ("PROLIFIC_PID", "prolific_pid", "prolific_id", "Prolific ID", "workerId", "WorkerId", "worker_id")
RESPONSE_IDS = ("ResponseId", "response_id", "Response ID")
_MOST_ANSWERS = 11
_FEWEST_ROWS, _NEARLY = 3, 0.8  # of which columns of ticks are answers of one scale
_BETWEEN = re.compile(r"[\W_]+")
_END = re.compile(r"(?P<stem>.*?)(?P<part>\d+|\[[^\]]*\](?:\[[^\]]*\])?)", re.DOTALL)
_LOOP = re.compile(r"\d+_(?P<question>.+)", re.DOTALL)
_GRID = re.compile(r"(?P<question>.*\S) \[(?P<row>[^\]]+)\]", re.DOTALL)
_RATER = ("rater", "annotator", "worker", "participant", "respondent", "subject", "user", "coder", "judge", "person")
_ITEM = ("item", "text", "unit", "document", "doc", "tweet", "post", "comment", "prompt", "instance", "example", "task")


@dataclass(frozen=True)
class Proposal:
    """A shape that is likely.

    Attributes
    ----------
    title : str
        What it is called.
    options : mapping
        Arguments of ``read_ratings`` that read the table so; empty when they could not be told.
    columns : tuple of str
        The columns that hold ratings.
    """

    title: str
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What to do, for a message."""
        if not self.options:
            return (
                f'This looks like {self.title}. Say which columns are items, such as items="Q1_*", and which names '
                f'the raters, such as columns={{"<its name>": "rater"}}.'
            )
        rated = listed([f"'{name}'" for name in self.columns])
        call = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.options.items())
        return f"This looks like {self.title}, with the ratings in {rated}. If so, pass {call}."


class LikelyError(DataError):
    """A table that is likely of a shape; ``proposal`` has the arguments that read it so."""

    def __init__(self, proposal: Proposal, before: str = "") -> None:
        super().__init__(f"{before}{proposal.sentence}")
        self.proposal = proposal


def survey_proposal(
    table: pd.DataFrame, title: str, ids: Sequence[str], tool: Collection[str], others: Collection[str]
) -> Proposal:
    """The items of a survey, by names that go on counting and answers that are alike."""
    candidates = [name for name in map(str, table.columns) if name not in {*ids, *tool, *others}]
    rated = _alike(table, candidates)
    options: dict[str, Any] = {"items": _items(rated, candidates)} if rated else {}
    filled = [name for name in ids if name in table and table[name].notna().all()]
    rater = next(iter(filled), None) or _named_like(candidates, (*_RATER, "name"), rated)
    if options and rater:
        options["columns"] = {rater: "rater"}
    return Proposal(title, options, tuple(rated))


def proposal(table: pd.DataFrame, others: Collection[str] = ()) -> Proposal | None:
    """What a table that is none of the known shapes probably is; None when nothing is likely."""
    names = [name for name in map(str, table.columns) if name not in others]
    stem, points = _stem_of_points(_points(table, names)) or _ticked(table, names) or ("", [])
    rater = next((name for name in RATER_IDS if name in names), None) or _named_like(names, _RATER, points)
    item = _named_like(names, _ITEM, points)
    renamed = {old: new for old, new in ((rater, "rater"), (item, "item")) if old and old != new}
    called = {"columns": renamed} if renamed else {}
    if points:
        return Proposal("a column for each answer", {"answers": f"{stem}*", **called}, tuple(points))
    rest = [name for name in names if name not in (rater, item)]
    if rater and item:
        rated = _alike(table, rest) or [name for name in rest if _answers(table[name]) is not None][:1]
        known = rated if len(rated) > 1 else []
        return Proposal("a column a dimension", {"dimensions": known, **called}, tuple(known)) if known else None
    if item and (raters := _same_answers(table, rest)):
        return Proposal("a row an item and a column a rater", {"raters": raters, **called}, tuple(raters))
    ids = [rater] if rater else RESPONSE_IDS
    found = survey_proposal(table, "a row a person and a column an item", ids, (), others)
    return found if found.options else None


def _items(rated: Sequence[str], candidates: Sequence[str]) -> str | list[str]:
    """The shortest pattern that means these columns and no other."""
    loops = [match for name in rated if (match := _LOOP.fullmatch(name))]
    if len(loops) == len(rated):
        several = len({match["question"] for match in loops}) > 1
        return "{item}_{dimension}" if several else f"*_{loops[0]['question']}"
    grids = [match for name in rated if (match := _GRID.fullmatch(name))]
    if len(grids) == len(rated):
        questions = {match["question"] for match in grids}
        return "{dimension} [{item}]" if len(questions) > 1 else f"{grids[0]['question']} [{{item}}]"
    stems = list(dict.fromkeys(name[: -len(_last_part(name))] for name in rated))
    patterns = [f"{stem}*" for stem in stems]
    beside = [name for name in candidates if name not in rated]
    if not all(stems) or any(name.startswith(stem) for stem in stems for name in beside):
        return list(rated)
    return patterns[0] if len(patterns) == 1 else patterns


def _last_part(name: str) -> str:
    match = _END.fullmatch(name)
    return name[len(match["stem"]) :] if match else ""


def _alike(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Columns whose names count on from a stem and that have the same few answers, or numbers."""
    groups: dict[str, list[str]] = {}
    for name in names:
        loop, end = _LOOP.fullmatch(name), _END.fullmatch(name)
        stem = f"*_{loop['question']}" if loop else end["stem"] if end else ""
        if stem:
            groups.setdefault(stem, []).append(name)
    return [name for group in groups.values() if len(group) > 1 and _one_scale(table, group) for name in group]


def _same_answers(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Columns with few answers each of which is an answer in another of them; two at least."""
    answers = {name: found for name in names if (found := _answers(table[name]))}
    shared = [
        name
        for name, found in answers.items()
        if len(found) <= _MOST_ANSWERS
        and any(len(found & other) > 1 for that, other in answers.items() if that != name)
    ]
    return shared if len(shared) > 1 and _one_scale(table, shared) else []


def _one_scale(table: pd.DataFrame, names: Sequence[str]) -> bool:
    found = [answers for name in names if (answers := _answers(table[name]))]
    every = set().union(*found)
    numeric = bool(every) and bool(pd.to_numeric(pd.Series(sorted(every)), errors="coerce").notna().all())
    return len(every) > 1 and (len(every) <= _MOST_ANSWERS or numeric)


def _answers(column: pd.Series) -> set[str] | None:
    """The different answers of a column; None when its cells hold lists or objects."""
    if holds_nested(column):
        return None
    texts = levels(column, in_order=False).categories
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce")  # 1 and 1.0 are one answer
    return {number_text(number) if np.isfinite(number) else text for text, number in zip(texts, numbers, strict=True)}


def _points(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Columns called by the numbers of a scale, nearly every row of which has one filled."""
    groups: dict[str, list[str]] = {}
    for name in names:
        part = _last_part(name)
        if part.isdecimal():
            groups.setdefault(name[: -len(part)], []).append(name)
    for group in groups.values():
        if len(group) > 1 and _one_filled(table[group]):
            return group
    return []


def _stem_of_points(points: list[str]) -> tuple[str, list[str]] | None:
    return (points[0][: -len(_last_part(points[0]))], points) if points else None


def _ticked(table: pd.DataFrame, names: Sequence[str]) -> tuple[str, list[str]] | None:
    """How columns of ticks begin, and the columns: nearly every row of them has one, as answers of one scale do."""
    groups: dict[str, list[str]] = {}
    for name in names:
        for end in {match.end() for match in _BETWEEN.finditer(name)} - {len(name)}:
            groups.setdefault(name[:end], []).append(name)
    plain = {stem: group for stem, group in groups.items() if len(group) > 1 and not set(stem) & set("*?{}")}
    return next(((stem, group) for stem, group in plain.items() if _one_ticked(table[group])), None)


def _one_ticked(cells: pd.DataFrame) -> bool:
    """Whether cells are 0, 1 or empty, every column has a 1, and nearly every row exactly one."""
    numbers = cells.apply(pd.to_numeric, errors="coerce")
    if (numbers.isna() & cells.notna()).any(axis=None) or not numbers.fillna(0).isin((0, 1)).all(axis=None):
        return False
    nearly_all = (numbers.sum(axis=1) == 1).mean() >= _NEARLY
    return bool(len(cells) >= _FEWEST_ROWS and nearly_all and (numbers == 1).any().all())


def has_unclear_points(table: pd.DataFrame) -> bool:
    """Whether columns are points of one scale, in which noughts are written or a row has two points."""
    points = _points(table, list(map(str, table.columns)))
    cells = table[points].apply(pd.to_numeric, errors="coerce")
    return bool(points) and bool((cells == 0).any(axis=None) or (cells.notna().sum(axis=1) > 1).any())


def _one_filled(cells: pd.DataFrame) -> bool:
    numbers = cells.apply(pd.to_numeric, errors="coerce")
    if (numbers.isna() & cells.notna()).any(axis=None):
        return False
    marks = set(np.unique(numbers.to_numpy()[numbers.notna().to_numpy()]))
    own = all(set(numbers[name].dropna()) <= {float(_last_part(str(name)))} for name in cells)
    filled = numbers.notna() if own else numbers.fillna(0) != 0
    return (own or marks <= {0.0, 1.0}) and bool((filled.sum(axis=1) == 1).mean() > 0.5) and len(marks) > 1


def _named_like(names: Sequence[str], words: Sequence[str], without: Collection[str]) -> str | None:
    """The first column whose name has one of the words as its beginning, or after a blank or line."""
    for word in words:
        for name in names:
            if name not in without and re.search(rf"(?:^|[\W_]){word}", name.casefold()):
                return name
    return None
