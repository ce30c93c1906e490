"""One row a rating: the shape that everything else is brought into."""

from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import numbered_table


def read(source: Source) -> Found:
    """The table as it stands."""
    return Found(numbered_table(source.numbered), shape=SHAPE.name)


SHAPE = Shape("long", "a row a rating", lambda source: source.is_long, read)
