"""One row a person, one column an item: a survey whose tool is not known, with ``items=``."""

from pluralstats.data.reading.proposals import RATER_IDS
from pluralstats.data.reading.shapes.surveys.responses import Responses, found_in
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import numbered_table


def read(source: Source) -> Found:
    """The columns of the items under each other."""
    responses = Responses(numbered_table(source.numbered), title=SHAPE.title, ids=RATER_IDS)
    return found_in(responses, source.wanted, SHAPE.name)


SHAPE = Shape("survey", "a row a person and a column an item", lambda source: bool(source.wanted.items), read)
