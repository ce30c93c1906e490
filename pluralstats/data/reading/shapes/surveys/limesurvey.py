"""Responses of LimeSurvey, with any of its headings: codes, texts, or both.

Layout: id, submitdate, lastpage, startlanguage, then questions as ``G01Q01[SQ001]`` (``G01Q01_SQ001`` with codes of
its expressions), "How rude? [Text 1]", or ``G01Q01[SQ001]. How rude? [Text 1]``. A response that was not sent has no
submitdate.
"""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.melting import blank
from pluralstats.data.reading.proposals import RATER_IDS
from pluralstats.data.reading.shapes.surveys.responses import LeftOut, Responses, found_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import NumberedTable, numbered_table
from pluralstats.errors import DataError

_CODES = {
    "id": "Response ID",
    "submitdate": "Date submitted",
    "lastpage": "Last page",
    "startlanguage": "Start language",
    "seed": "Seed",
    "token": "Access code",
    "startdate": "Date started",
    "datestamp": "Date last action",
    "ipaddr": "IP address",
    "refurl": "Referrer URL",
}
_NEEDED = ("submitdate", "lastpage", "startlanguage")
_CODE_AND_TEXT = re.compile(r"(?P<code>[A-Za-z]\w*(?:\[[^\]]*\])*)\. (?P<text>.+)", re.DOTALL)
_NOT_SHOWN = ("{question_not_shown}", "N/A")


def read(source: Source) -> Found:
    """The responses that were sent; questions that were not shown are empty."""
    numbered = _without_not_shown(numbered_table(source.numbered))
    table = numbered.table
    matches = {name: match for name in table.columns if (match := _CODE_AND_TEXT.fullmatch(name))}
    short = {name: match["code"] for name, match in matches.items()}
    texts = {name: matches[name]["text"] if name in matches else name for name in table.columns}
    own = {name: code for name in table.columns if (code := _own_code(name))}
    by_code = {code: name for name, code in own.items()}
    if "submitdate" not in by_code:
        raise DataError("The file has no column 'submitdate', as LimeSurvey writes. Pass another format=.")
    not_sent = blank(table[by_code["submitdate"]])
    responses = Responses(
        numbered,
        SHAPE.title,
        ids=tuple(by_code[code] for code in ("token", "id") if code in by_code) + RATER_IDS,
        short=short,
        texts=texts,
        tool=frozenset(own),
        left_out=(LeftOut("unfinished", not_sent, " without a date of sending"),),
    )
    return found_in(_with_codes(responses, source.wanted.others), source.wanted, SHAPE.name)


def _own_code(name: str) -> str | None:
    """The code of one of LimeSurvey's own columns, whatever the heading."""
    return next((code for code, text in _CODES.items() if name in (code, text, f"{code}. {text}")), None)


def _with_codes(responses: Responses, wanted: frozenset[str]) -> Responses:
    """Columns that the user calls by their code, called so."""
    renamed = {name: code for name, code in responses.short.items() if code in wanted and name not in wanted}
    numbered = replace(responses.numbered, table=responses.numbered.table.rename(columns=renamed))
    return replace(responses, numbered=numbered)


def _without_not_shown(numbered: NumberedTable) -> NumberedTable:
    """Cells of questions that were not shown made empty, and counted."""
    texts = numbered.table.select_dtypes(["object", "string"])
    where = texts.isin(_NOT_SHOWN)
    n = int(where.to_numpy().sum())
    if not n:
        return numbered
    table = numbered.table.assign(**{name: texts[name].mask(where[name], np.nan) for name in texts})
    found = [word for word in _NOT_SHOWN if (texts == word).any(axis=None)]
    kept = (*numbered.policies, policy_record("not_shown", "", "missing", n, 0, " and ".join(found)))
    return replace(numbered, table=pd.DataFrame(table), policies=kept)


def recognises(source: Source) -> bool:
    """The three columns that LimeSurvey writes into every file, with one kind of heading."""
    return set(_NEEDED) <= {_own_code(str(name)) for name in source.table.columns}


SHAPE = Shape("limesurvey", "a LimeSurvey export", recognises, read)
