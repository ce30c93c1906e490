"""Every shape of a file of ratings that can be read, the surest first: one module and one line each."""

from dataclasses import replace

from pluralstats.data.reading.shapes import answer_columns, dimensions, long, matrix
from pluralstats.data.reading.shapes.surveys import google_forms, limesurvey, qualtrics, redcap, survey
from pluralstats.data.reading.shapes.tools import argilla, doccano, label_studio, lewidi, mturk, potato, prodigy
from pluralstats.data.reading.sources import Found, Shape, Source
from pluralstats.data.tables.frames import REQUIRED

TOOLS: tuple[Shape, ...] = (
    label_studio.SHAPE,
    argilla.SHAPE,
    prodigy.SHAPE,
    doccano.SHAPE,
    potato.SHAPE,
    mturk.SHAPE,
    lewidi.SHAPE,
    limesurvey.SHAPE,
    redcap.SHAPE,
    google_forms.SHAPE,
)


def has_own_names(source: Source) -> bool:
    """Whether item, rater and rating stand in the file by these names, whatever a tool has left beside them."""
    wanted = source.wanted
    if source.is_folder:
        return False
    return not wanted.items and not wanted.dimensions and set(REQUIRED) <= set(map(str, source.table.columns))


def read_by_own_names(source: Source) -> Found:
    """The table as it stands, with a note where it may be a tool's export."""
    notes = tuple(
        f"The columns item, rater and rating are used as they stand; the file has columns as {tool.title} too. "
        f'To read it so, pass format="{tool.name}".'
        for tool in TOOLS
        if tool.recognises(source)
    )
    return replace(long.read(source), notes=notes)


SHAPES: tuple[Shape, ...] = (
    answer_columns.SHAPE,
    matrix.SHAPE,
    qualtrics.SHAPE,
    long.SHAPE._replace(recognises=has_own_names, read=read_by_own_names),
    *TOOLS,
    dimensions.SHAPE,
    survey.SHAPE,
    long.SHAPE,
)
FOLDERS = (argilla.SHAPE, doccano.SHAPE, potato.SHAPE)  # that a whole folder may be
BY_NAME = {shape.name: shape for shape in SHAPES}
