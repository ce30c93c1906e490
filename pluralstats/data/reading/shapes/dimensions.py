"""One row per rater and item, one column of ratings for each dimension."""

from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import numbered_table
from pluralstats.data.tables.wide import melted


def read(source: Source) -> Found:
    """The rating columns under each other, their names as dimension."""
    return Found(melted(numbered_table(source.numbered), source.wanted.dimensions), shape=SHAPE.name)


SHAPE = Shape("dimensions", "a column a dimension", lambda source: bool(source.wanted.dimensions), read)
