"""Every shape of a file of ratings that can be read, the surest first: one module and one line each."""

from pluralstats.data.reading.shapes import dimensions, long
from pluralstats.data.reading.sources import Shape

SHAPES: tuple[Shape, ...] = (
    dimensions.SHAPE,
    long.SHAPE,
)
BY_NAME = {shape.name: shape for shape in SHAPES}
