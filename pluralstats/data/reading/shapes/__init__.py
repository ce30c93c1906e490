"""Every shape of a file of ratings that can be read, the surest first: one module and one line each."""

from pluralstats.data.reading.shapes import (
    answer_columns,
    argilla,
    dimensions,
    doccano,
    google_forms,
    label_studio,
    lewidi,
    limesurvey,
    long,
    matrix,
    mturk,
    potato,
    prodigy,
    qualtrics,
    redcap,
    survey,
)
from pluralstats.data.reading.sources import Shape

SHAPES: tuple[Shape, ...] = (
    answer_columns.SHAPE,
    matrix.SHAPE,
    label_studio.SHAPE,
    argilla.SHAPE,
    prodigy.SHAPE,
    doccano.SHAPE,
    potato.SHAPE,
    mturk.SHAPE,
    lewidi.SHAPE,
    qualtrics.SHAPE,
    limesurvey.SHAPE,
    redcap.SHAPE,
    google_forms.SHAPE,
    dimensions.SHAPE,
    survey.SHAPE,
    long.SHAPE,
)
FOLDERS = (argilla.SHAPE, doccano.SHAPE, potato.SHAPE)  # that a whole folder may be
BY_NAME = {shape.name: shape for shape in SHAPES}
