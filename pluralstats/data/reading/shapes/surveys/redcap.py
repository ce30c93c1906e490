"""Records of REDCap: a row a record, or a row a record and event or repeated instrument.

Layout: the record's id first, then ``redcap_event_name``, ``redcap_repeat_instrument``, ``redcap_repeat_instance``,
``redcap_survey_identifier`` and ``FORM_timestamp`` where they were exported, the fields, and ``FORM_complete`` after
those of each form; a checkbox is one column for each choice, ``race___1``, with 0 and 1, or Unchecked and Checked.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.column_patterns import NamesLike
from pluralstats.data.reading.melting import blank
from pluralstats.data.reading.proposals import RATER_IDS
from pluralstats.data.reading.shapes.surveys.responses import LeftOut, Responses, found_in
from pluralstats.data.reading.sources import Found, Shape, Source, Wanted
from pluralstats.data.tables.frames import NumberedTable, numbered_table
from pluralstats.errors import DataError, counted, listed

_CHECKBOX = re.compile(r"(?P<field>.+)___(?P<choice>.+)")
_OWN = re.compile(r"redcap_.+|.+_timestamp|.+_complete")
_TICKED, _NOT_TICKED = {"1", "checked"}, {"0", "unchecked"}
_NOT_SENT = "[not completed]"


def read(source: Source) -> Found:
    """The records: checkboxes as one answer, what a record says in one event known in all of its rows."""
    numbered = with_checkboxes(numbered_table(source.numbered), source.wanted)
    wanted, table = source.wanted, numbered.table
    key = str(table.columns[0])
    if table[key].astype(str).duplicated().any():
        numbered = _one_row_a_rating(_known_in_all_rows(numbered, key, wanted), key, wanted)
        table = numbered.table
    times = [name for name in table.columns if name.endswith("_timestamp")]
    not_sent = (table[times].astype(str) == _NOT_SENT).any(axis=1).to_numpy() if times else np.zeros(len(table), bool)
    responses = Responses(
        numbered,
        SHAPE.title,
        ids=(*RATER_IDS, key),
        tool=frozenset(name for name in table.columns if _OWN.fullmatch(name)),
        left_out=(LeftOut("unfinished", not_sent, f" with {_NOT_SENT}"),),
    )
    return found_in(responses, wanted, SHAPE.name)


def with_checkboxes(numbered: NumberedTable, wanted: Wanted) -> NumberedTable:
    """One column with the list of ticked choices for each checkbox; one that was not ticked at all is missing."""
    table, policies = numbered.table, list(numbered.policies)
    named = NamesLike((*wanted.items, *wanted.dimensions, *wanted.others))
    matches = [match for name in table.columns if name not in named and (match := _CHECKBOX.fullmatch(name))]
    fields: dict[str, dict[str, str]] = {}
    for match in matches:
        fields.setdefault(match["field"], {})[match[0]] = match["choice"]
    for field, choices in fields.items():
        if field in table:
            continue
        chosen = _chosen(table, choices)
        if chosen is None:
            continue
        table = table.drop(columns=list(choices)).assign(**{field: chosen})
        n = int(chosen.map(lambda cell: cell is not None and len(cell) > 1).sum())
        detail = f"{counted(len(choices), 'column')}, {listed(list(choices.values()))}"
        policies.append(policy_record("checkboxes", field, "choices in one cell", n, 0, detail))
    return replace(numbered, table=table, policies=tuple(policies))


def _chosen(table: pd.DataFrame, choices: Mapping[str, str]) -> pd.Series | None:
    """The ticked choices of each row; None when the columns hold anything but ticks."""
    cells = table[list(choices)].map(_tick)
    known = cells.isin([*_TICKED, *_NOT_TICKED, ""])
    if not known.all(axis=None):
        return None
    names = list(choices.values())
    ticked = cells.isin(_TICKED).to_numpy()
    rows = [[name for name, yes in zip(names, row, strict=True) if yes] or None for row in ticked]
    return pd.Series(rows, index=table.index, dtype=object)


def _tick(cell: object) -> str:
    if pd.isna(cell):
        return ""
    return str(cell).strip().casefold().removesuffix(".0")


def _known_in_all_rows(numbered: NumberedTable, key: str, wanted: Wanted) -> NumberedTable:
    """What a record says once, in its baseline say, stands in all of its rows; what it says twice stays."""
    table, filled = numbered.table, []
    rated = {key, *_rated(table, wanted), *(old for old, new in wanted.columns.items() if new == "item")}
    for name in [name for name in table.columns if name not in rated and not _OWN.fullmatch(name)]:
        known = table[name].mask(blank(table[name]))
        answers = known.map(str, na_action="ignore").groupby(table[key])
        first = known.groupby(table[key]).transform("first")
        n = int((first.notna() & known.isna()).sum())
        if n and answers.nunique().max() == 1:
            table = table.assign(**{name: first})
            filled.append(f"{name} ({n:,})")
    detail = listed(filled, 20)
    policies = (*numbered.policies, policy_record("events", key, "facts of a record in all its rows", detail=detail))
    return replace(numbered, table=table, policies=policies)


def _one_row_a_rating(numbered: NumberedTable, key: str, wanted: Wanted) -> NumberedTable:
    """The rows that have ratings; several of one record are waves, by event and instance."""
    table = numbered.table
    rated = _rated(table, wanted)
    if not rated:
        return numbered
    keep = ~np.all([blank(table[name]) for name in rated], axis=0)
    if not keep.any():
        raise DataError(f"No row of the REDCap export has a rating in {listed(rated)}. Choose other columns.")
    detail = "rows of other events and instruments"
    policies = (
        *numbered.policies,
        policy_record("rows_without_ratings", "rating", "not asked", (~keep).sum(), 0, detail),
    )
    table = table[keep].reset_index(drop=True)
    numbered = NumberedTable(table, numbered.rows[keep], policies)
    several = bool(table[key].astype(str).duplicated().any()) and bool(wanted.items or wanted.dimensions)
    parts = [name for name in ("redcap_event_name", "redcap_repeat_instance") if name in table]
    if not several or not parts or "wave" in table or "wave" in wanted.columns.values():
        return numbered
    waves = table[parts].astype(object).where(table[parts].notna(), "").astype(str)
    wave = waves.agg(lambda row: " ".join(part for part in row if part), axis=1)
    return replace(numbered, table=table.assign(wave=wave))


def _rated(table: pd.DataFrame, wanted: Wanted) -> list[str]:
    """The columns with ratings, as far as the user named them."""
    named = NamesLike((*wanted.items, *wanted.dimensions))
    called_so = [name for name in table.columns if wanted.columns.get(name, name) == "rating"]
    return [name for name in table.columns if name in named and not _OWN.fullmatch(name)] or called_so


def recognises(source: Source) -> bool:
    """A record's id first, and columns that REDCap alone writes."""
    names = [str(name) for name in source.table.columns]
    if not names or names[0] not in ("record_id", "study_id", "participant_id", "subject_id"):
        return False
    own = [name for name in names if name.startswith("redcap_") or _CHECKBOX.fullmatch(name)]
    return bool(own) or (names[0] == "record_id" and any(name.endswith("_complete") for name in names))


SHAPE = Shape("redcap", "a REDCap export", recognises, read)
