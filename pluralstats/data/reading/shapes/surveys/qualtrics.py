"""Exports of Qualtrics: three header rows, and columns of its own beside the questions.

Layout: first row names, second row texts of the questions, third row ``{"ImportId": ...}``; ``Status`` is a text or a
sum of 1 (preview), 2 (test), 4 (imported), 8 (spam), 16 (offline); ``Finished`` is True or 1.
"""

import re

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.proposals import RATER_IDS
from pluralstats.data.reading.shapes.surveys.responses import LeftOut, Responses, found_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import NumberedTable, numbered_table
from pluralstats.errors import DataError

_IMPORT_ID = r'\s*\{\s*"ImportId"'
_OWN = frozenset(
    (
        *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished"),
        *("RecordedDate", "ResponseId", "RecipientLastName", "RecipientFirstName", "RecipientEmail"),
        *("ExternalReference", "LocationLatitude", "LocationLongitude", "DistributionChannel", "UserLanguage"),
        *("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"),
    )
)
_BESIDE = re.compile(r"Q_.+|SC\d+|.+_TEXT|.+_DO(_.+)?|.+_(First Click|Last Click|Page Submit|Click Count)")
_PREVIEW, _SPAM = 1 | 2, 8


def read(source: Source) -> Found:
    """The responses without the rows of the header, previews, spam and what was not sent."""
    table, texts = without_header_rows(numbered_table(source.numbered))
    own = frozenset(name for name in table.table.columns if name in _OWN or _BESIDE.fullmatch(name))
    responses = Responses(
        table, SHAPE.title, ids=(*RATER_IDS, "ResponseId"), texts=texts, tool=own, left_out=_left_out(table.table)
    )
    return found_in(responses, source.wanted, SHAPE.name)


def without_header_rows(numbered: NumberedTable) -> tuple[NumberedTable, dict[str, str]]:
    """The rows of people, and the texts of the questions by column."""
    table = numbered.table
    last = _import_row(table)
    if last is None:
        raise DataError(
            'No row has {"ImportId": ...}, as the third row of a Qualtrics export has. Pass another format=.'
        )
    if last + 1 == len(table):
        raise DataError("The Qualtrics export has its header rows and no responses.")
    texts = table.iloc[0] if last else pd.Series(dtype=object)
    policies = (
        *numbered.policies,
        policy_record("header_rows", "", "read as texts", detail=f"{last + 1} beside the names"),
    )
    kept = NumberedTable(table[last + 1 :].reset_index(drop=True), numbered.rows[last + 1 :], policies)
    return kept, {str(name): str(text) for name, text in texts.dropna().items()}


def _import_row(table: pd.DataFrame) -> int | None:
    """Which of the first rows has the ImportId in every cell that is not empty; None when there is none."""
    for row in range(min(3, len(table))):
        cells = table.iloc[row].dropna()
        if len(cells) and all(isinstance(cell, str) and re.match(_IMPORT_ID, cell) for cell in cells):
            return row
    return None


def _left_out(table: pd.DataFrame) -> tuple[LeftOut, ...]:
    none = pd.Series("", index=table.index)
    status = table.get("Status", none).fillna("").astype(str).str.strip().str.casefold()
    channel = table.get("DistributionChannel", none).fillna("").astype(str).str.strip().str.casefold()
    finished = table.get("Finished", none).fillna("").astype(str).str.strip().str.casefold()
    code = pd.to_numeric(status, errors="coerce").fillna(0).to_numpy().astype(np.int64)
    preview = (code & _PREVIEW > 0) | status.str.contains("preview|test") | channel.isin(["preview", "test"])
    spam = (code & _SPAM > 0) | status.str.contains("spam")
    return (
        LeftOut("previews", preview.to_numpy(), " of a preview or test"),
        LeftOut("spam", spam.to_numpy(), " that Qualtrics takes for spam"),
        LeftOut("unfinished", finished.isin(["false", "0"]).to_numpy(), " not finished"),
    )


def recognises(source: Source) -> bool:
    """The row of import ids, which no other tool writes."""
    return not source.is_folder and _import_row(source.table) is not None


SHAPE = Shape("qualtrics", "a Qualtrics export", recognises, read)
