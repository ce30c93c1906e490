"""Every shape of a file of ratings that can be read, the surest first: one module and one line each."""

from pluralstats.data.reading.shapes import (
    argilla,
    dimensions,
    doccano,
    label_studio,
    lewidi,
    long,
    mturk,
    potato,
    prodigy,
)
from pluralstats.data.reading.sources import Shape

SHAPES: tuple[Shape, ...] = (
    label_studio.SHAPE,
    argilla.SHAPE,
    prodigy.SHAPE,
    doccano.SHAPE,
    potato.SHAPE,
    mturk.SHAPE,
    lewidi.SHAPE,
    dimensions.SHAPE,
    long.SHAPE,
)
BY_NAME = {shape.name: shape for shape in SHAPES}
