"""One row a person, as surveys are exported: who is the rater, which responses count, which columns are items."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.column_patterns import Column, Names, columns_like
from pluralstats.data.reading.melting import blank, melted_columns, without_empty
from pluralstats.data.reading.proposals import LikelyError, survey_proposal
from pluralstats.data.reading.sources import Found, Wanted, rater_column
from pluralstats.data.tables.frames import NumberedTable, missing_columns
from pluralstats.data.tables.wide import melted
from pluralstats.errors import DataError, counted, problems_error

_MOSTLY_EMPTY = 0.5  # share of empty cells from which items were shown to some people only
_QUESTION_AND_ROW = re.compile(r"(?P<question>.*\S)\s*(?:\[(?P<row>.+)\]| - (?P<part>.+))", re.DOTALL)


class LeftOut(NamedTuple):
    """Responses that do not count, by the name of the policy; ``where`` (n_responses,)."""

    step: str
    where: np.ndarray
    detail: str


@dataclass(frozen=True)
class Responses:
    """A table of responses, without what the tool wrote beside them.

    Attributes
    ----------
    numbered : NumberedTable
        One row a response.
    title : str
        What messages call the export.
    ids : tuple of str
        Columns that may name the rater, the surest first.
    short : mapping, heading -> code
        Where headings have more than the code of a question.
    texts : mapping, heading -> text
        What was asked.
    tool : frozenset of str
        Columns of the tool itself, which are no items.
    left_out : tuple of LeftOut
        Previews, spam, unfinished responses.
    """

    numbered: NumberedTable
    title: str = "a row a person"
    ids: tuple[str, ...] = ()
    short: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    tool: frozenset[str] = frozenset()
    left_out: tuple[LeftOut, ...] = ()


def found_in(responses: Responses, wanted: Wanted, shape: str) -> Found:
    """One row a rating of responses, by the columns that the user named.

    Raises
    ------
    LikelyError
        When no columns were named; it has the call that would.
    """
    table = responses.numbered.table
    columns = _rated(responses, wanted)
    numbered = _counting(responses, wanted, columns)
    numbered, notes = with_raters(numbered, responses.ids, wanted)
    if not wanted.items:
        long = melted(numbered, wanted.dimensions) if wanted.dimensions else numbered
        return Found(long, shape=shape, notes=notes, asked=responses.texts)
    names = frozenset(str(wanted.columns.get(name, name)) for name in numbered.table.columns)
    empty = np.concatenate([blank(numbered.table[column.name]) for column in columns])
    long = melted_columns(numbered, columns, names)
    if empty.mean() > _MOSTLY_EMPTY:
        long = without_empty(long, "empty_cells", rater_column(long.table, wanted))
    known = [column for column in columns if column.name in table]
    return Found(long, shape=shape, notes=notes, texts=_texts(known, responses.texts), asked=responses.texts)


def _rated(responses: Responses, wanted: Wanted) -> list[Column]:
    """The columns with ratings, in the terms of the user."""
    table = responses.numbered.table
    if wanted.items:
        known = {name: responses.short.get(name, name) for name in table.columns}
        return columns_like(wanted.items, Names(known, wanted.others | responses.tool), "item")
    if wanted.dimensions:
        if problems := missing_columns(table, wanted.dimensions):
            raise problems_error(DataError, problems)
        return [Column(name, {"dimension": name}) for name in wanted.dimensions]
    rating = [name for name in table.columns if wanted.columns.get(name, name) == "rating"]
    if not rating:
        raise LikelyError(survey_proposal(table, responses.title, responses.ids, responses.tool, wanted.others))
    return [Column(rating[0], {})]


def _counting(responses: Responses, wanted: Wanted, columns: Sequence[Column]) -> NumberedTable:
    """The responses that count; how many ratings the others had is in the policies."""
    numbered = responses.numbered
    n_filled = np.sum([~blank(numbered.table[column.name]) for column in columns], axis=0)
    keep = np.ones(len(numbered.table), dtype=bool)
    policies = list(numbered.policies)
    for step, where, detail in responses.left_out:
        kept = step == "unfinished" and wanted.unfinished == "keep"
        new = where & keep
        text = f"{counted(int(new.sum()), 'response')}{detail}" if new.any() else ""
        policy = "keep" if kept else "drop"
        policies.append(policy_record(step, "rating", policy, n_filled[new].sum(), new.sum(), text))
        keep &= kept | ~where
    if not keep.any():
        counts = {left.step: int(left.where.sum()) for left in responses.left_out}
        reasons = ", ".join(f"{n} {step}" for step, n in counts.items() if n)
        advice = ' Pass unfinished="keep" to use responses that were not sent.' if counts.get("unfinished") else ""
        raise DataError(f"No response is left of {counted(len(keep), 'row')}; left out: {reasons}.{advice}")
    return NumberedTable(numbered.table[keep].reset_index(drop=True), numbered.rows[keep], tuple(policies))


def with_raters(numbered: NumberedTable, ids: Sequence[str], wanted: Wanted) -> tuple[NumberedTable, tuple[str, ...]]:
    """With a column ``rater``: the user's, else the first of ``ids`` that is filled in every row, else row numbers."""
    table = numbered.table
    if rater_column(table, wanted) in table:
        return numbered, ()
    usable = [name for name in ids if name in table and name not in wanted.others and not blank(table[name]).any()]
    if usable:
        table = table.rename(columns={usable[0]: "rater"})
        policies = (*numbered.policies, policy_record("rater", usable[0], "read as rater", len(table)))
        note = f"No column was named as rater; '{usable[0]}' is taken."
    else:
        table = table.assign(rater=[f"row {row}" for row in numbered.rows])
        policies = (*numbered.policies, policy_record("rater", "", "row number", len(table), len(table)))
        note = (
            "No column names the raters: each row is a rater of its own, called by its number. If one does, pass "
            'columns={"<its name>": "rater"}.'
        )
    return replace(numbered, table=table, policies=policies), (note,)


def _texts(columns: Sequence[Column], texts: Mapping[str, str]) -> pd.DataFrame | None:
    """What the headings say: item, question (what several items share, if any), text."""
    rows = []
    for column in columns:
        text = texts.get(column.name, "").strip()
        match = _QUESTION_AND_ROW.fullmatch(text)
        if match:
            rows.append((column.parts["item"], match["question"], (match["row"] or match["part"]).strip()))
        elif text:
            rows.append((column.parts["item"], "", text))
    return pd.DataFrame(rows, columns=["item", "question", "text"]).drop_duplicates() if rows else None
