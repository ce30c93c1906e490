"""Answers of Google Forms: a time stamp first, and "Question [Row]" for each row of a grid.

Nothing in the layout names the person, unless the form collects addresses ("Email Address", "Username").
"""

import re

from pluralstats.data.reading.proposals import RATER_IDS
from pluralstats.data.reading.shapes.surveys.responses import Responses, found_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import numbered_table

_TIMES = ("timestamp", "zeitstempel", "horodateur", "marca temporal", "informazioni cronologiche", "tijdstempel")
_ADDRESSES = ("Email Address", "Email address", "Username", "E-Mail-Adresse", "Nutzername", "Adresse e-mail")
_GRID = re.compile(r".*\S \[[^\]]+\](\.\d+)?", re.DOTALL)


def read(source: Source) -> Found:
    """The grids' rows under each other."""
    numbered = numbered_table(source.numbered)
    first = str(numbered.table.columns[0])
    ids = (*_ADDRESSES, *RATER_IDS)
    texts = {name: name for name in numbered.table.columns}
    responses = Responses(numbered, SHAPE.title, ids=ids, texts=texts, tool=frozenset((first, *_ADDRESSES)))
    return found_in(responses, source.wanted, SHAPE.name)


def recognises(source: Source) -> bool:
    """A time stamp first and two rows of a grid or more."""
    names = [str(name) for name in source.table.columns]
    return bool(names) and names[0].strip().casefold() in _TIMES and sum(map(bool, map(_GRID.fullmatch, names))) > 1


SHAPE = Shape("google_forms", "answers of a Google form", recognises, read)
