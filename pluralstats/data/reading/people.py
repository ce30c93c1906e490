"""What a second table says of the raters, joined once for each of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.melting import blank
from pluralstats.data.reading.sources import Found, Wanted
from pluralstats.data.reading.tables import read_numbered
from pluralstats.data.tables.columns import WHOLE_WITH_GAPS
from pluralstats.data.tables.frames import NumberedTable, levels, natural_key, numbered_table
from pluralstats.errors import DataError, counted, listed, nearest, problems_error

WITHHELD = ("DATA_EXPIRED", "CONSENT_REVOKED")
_KEYS = (
    *("rater", "rater_id", "raters", "annotator", "annotator_id", "annotators", "worker", "worker_id", "WorkerId"),
    *("Participant id", "participant_id", "Participant ID", "Prolific ID", "PROLIFIC_PID", "prolific_id", "user_id"),
    *("respondent_id", "subject_id", "user"),
)


def with_people(found: Found, wanted: Wanted) -> Found:
    """The ratings with what ``people`` says of each rater.

    Raises
    ------
    DataError
        When the column with the ids cannot be told, a rater has several rows that differ, no rater has a row, or a
        column stands in both tables with different values.
    """
    if wanted.people is None:
        return found
    columns = {**found.options.get("columns", {}), **wanted.columns}
    numbered = found.numbered
    rater = next((str(old) for old, new in columns.items() if new == "rater" and old in numbered.table), "rater")
    if rater not in numbered.table:
        raise DataError(
            "`people` is joined by the raters, and the ratings have no column 'rater'. "
            'Use columns={"<your name>": "rater"} to name it.'
        )
    people, name, typed = _table(wanted.people)
    raters = levels(numbered.table[rater])
    key = _key(people, raters, rater, wanted.people_key, name)
    people, policies = _one_row_each(people, key, wanted, name)
    people, withheld = _without_withheld(people, key)
    at = pd.Index(levels(people[key]).astype(object)).get_indexer(pd.Index(raters.categories, dtype=object))
    _refuse_no_match(at, raters, people[key], name)
    shared = [column for column in people.columns if column != key and column in numbered.table]
    _refuse_different(numbered, people, raters, at, shared)
    joined = _joined(numbered.table, people.drop(columns=[key, *shared]), at[raters.codes], raters.codes < 0)
    matches = _matches(people[key], raters, at)
    told = (*numbered.policies, *policies, *withheld, *matches)
    return replace(found, numbered=replace(numbered, table=joined, policies=told, typed=numbered.typed | typed))


def _table(people: Any) -> tuple[pd.DataFrame, str, frozenset[str]]:
    """The second table, what messages call it, and its columns whose text is meant as text."""
    is_file = isinstance(people, str | Path)
    numbered = numbered_table(read_numbered(people) if is_file else people)
    return numbered.table, str(people) if is_file else "`people`", numbered.typed


def _key(people: pd.DataFrame, raters: pd.Categorical, rater: str, given: str, name: str) -> str:
    """The column with the raters' ids: the one given, that of the raters' own name, or the one of a usual name."""
    if given:
        if given not in people:
            raise DataError(f"{name} has no column '{given}'.{nearest(given, people.columns)}")
        return given
    known = set(raters.categories)
    folded = {str(column).casefold(): str(column) for column in people.columns}
    likely = dict.fromkeys(folded[word.casefold()] for word in (rater, *_KEYS) if word.casefold() in folded)
    met = [column for column in likely if known & set(levels(people[column], in_order=False).categories)]
    if met and (len(met) == 1 or met[0].casefold() == rater.casefold()):
        return met[0]
    if met:
        raise DataError(
            f"{name} has ids of raters in {counted(len(met), 'column')}: {', '.join(met)}. Name the one that is meant "
            f"with people_key=."
        )
    quoted = listed([f"'{column}'" for column in people.columns], 12)
    raise DataError(
        f"{name} has no column in which the raters of the ratings are found; the raters are "
        f"{listed(list(raters.categories), 3)}, the columns {quoted}. Name the column with people_key=."
    )


def _one_row_each(
    people: pd.DataFrame, key: str, wanted: Wanted, name: str
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """One row a rater; rows that say the same are one, by the columns that were asked for, if any were."""
    ids = levels(people[key])
    without = int((ids.codes < 0).sum())
    people, ids = people[ids.codes >= 0].reset_index(drop=True), ids[ids.codes >= 0]
    asked = [column for column in people.columns if column in wanted.others and column != key]
    facts = people[asked or [column for column in people.columns if column != key]]
    texts = facts.apply(lambda column: pd.Series(levels(column, in_order=False)).astype(object).fillna(""))
    distinct = texts.assign(**{key: ids.codes}).drop_duplicates()
    several = distinct[key].value_counts()
    if len(differ := several.index[several > 1]):
        names = sorted((str(ids.categories[code]) for code in differ), key=natural_key)
        raise DataError(
            f"{name} has several rows that differ for {counted(len(differ), 'rater')}: {listed(names)}. Keep one row "
            f"for each."
        )
    kept = people.loc[distinct.index].reset_index(drop=True)
    n_equal = len(people) - len(kept)
    detail = f"{counted(n_equal, 'equal row')} more" + (f", {without} without an id" if without else "")
    return kept, [policy_record("people", key, "one row a rater", 0, 0, detail)] if n_equal or without else []


def _without_withheld(people: pd.DataFrame, key: str) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """What Prolific writes for people who took their consent back is missing, so that numbers stay numbers."""
    policies = []
    for name in people.columns.drop(key):
        texts = people[name].astype(object)
        where = texts.map(lambda cell: isinstance(cell, str) and cell.strip() in WITHHELD).to_numpy(bool)
        if not where.any():
            continue
        people = people.assign(**{name: texts.mask(where, None)})  # no numbers of them: 007 and 7 are two levels
        found = [f"{word} {int((texts.astype(str).str.strip() == word).sum())}" for word in WITHHELD]
        detail = ", ".join(text for text in found if not text.endswith(" 0"))
        policies.append(policy_record("withheld", name, "undisclosed", 0, where.sum(), detail))
    return people, policies


def _refuse_no_match(at: np.ndarray, raters: pd.Categorical, ids: pd.Series, name: str) -> None:
    if (at >= 0).any():
        return
    theirs = list(levels(ids).categories)
    raise DataError(
        f"No rater has a row in {name}: raters are {listed(list(raters.categories), 3)}, its '{ids.name}' has "
        f"{listed(theirs, 3)}. Name the column with the raters' ids with people_key=, or the raters with columns=."
    )


def _refuse_different(
    numbered: NumberedTable, people: pd.DataFrame, raters: pd.Categorical, at: np.ndarray, shared: Sequence[str]
) -> None:
    """A column in both tables says the same in both, or it is not clear which is meant."""
    problems = []
    row = np.where(raters.codes >= 0, at[raters.codes], -1)
    for name in shared:
        here = _texts(numbered.table[name])[row >= 0]
        there = _texts(people[name])[row[row >= 0]]
        if len(differ := np.flatnonzero(here != there)):
            who = dict.fromkeys(str(raters.categories[code]) for code in raters.codes[row >= 0][differ])
            problems.append(
                f"Ratings and people both have a column '{name}', which differs for {counted(len(who), 'rater')}: "
                f"{listed(list(who))}. Rename or drop one of them."
            )
    if problems:
        raise problems_error(DataError, problems)


def _texts(column: pd.Series) -> np.ndarray:
    return np.where(blank(column), "", np.asarray(levels(column, in_order=False).astype(object), dtype=object))


def _joined(table: pd.DataFrame, people: pd.DataFrame, row: np.ndarray, no_rater: np.ndarray) -> pd.DataFrame:
    row = np.where(no_rater, -1, row)
    whole = {name: WHOLE_WITH_GAPS[column.dtype] for name, column in people.items() if column.dtype in WHOLE_WITH_GAPS}
    beside = people.astype(whole).reindex(row).set_axis(table.index, axis=0)  # floats would merge whole numbers
    return pd.concat([table, beside], axis=1)


def _matches(ids: pd.Series, raters: pd.Categorical, at: np.ndarray) -> list[dict[str, object]]:
    """Raters without a row, and rows without a rating."""
    without = at < 0
    names = [str(rater) for rater in raters.categories[without]]
    n_rows = int(np.isin(raters.codes, np.flatnonzero(without)).sum())
    theirs = list(levels(ids).categories)
    unused = sorted(set(theirs) - set(raters.categories), key=natural_key)
    return [
        policy_record("people", str(ids.name), "raters without a row", n_rows, len(names), listed(names, 20)),
        policy_record("people", str(ids.name), "rows without a rating", 0, len(unused), listed(unused, 20)),
    ]
