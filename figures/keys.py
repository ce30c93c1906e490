"""Keys above the panels, never over data: as many entries to a line as the figure's width holds."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple

from . import style
from .panels import figure_of
from .tables import display_width

CHARACTER_MM = 1.32  # a character of 7 pt text, on average
HANDLE_MM = 8.0  # the mark with the spaces around it


def draw_key(axes: Sequence[Axes], handles: Sequence[Any], labels: Sequence[str], *, own: bool, **options: Any) -> None:
    """Explain the marks above all panels of our own figure, or just above the caller's Axes; entries read in lines."""
    width = style.width_mm() if own else axes[0].get_window_extent().width / figure_of(axes[0]).dpi * 25.4
    columns = key_columns(labels, width)
    order = [i for column in range(columns) for i in range(column, len(labels), columns)]  # a legend fills columns
    entries = [handles[i] for i in order], [labels[i] for i in order]
    options |= {"ncols": columns, "handler_map": {tuple: HandlerTuple(ndivide=1)}}
    if own:
        figure_of(axes[0]).legend(*entries, loc="outside upper left", **options)
    else:
        place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.06), "borderaxespad": 0.0}
        axes[0].legend(*entries, **place, **options)


def key_columns(labels: Sequence[str], width: float) -> int:
    """The most columns whose widest entries fit side by side into ``width`` mm.

    >>> key_columns(["agree", "disagree"], 89.0), key_columns(["a" * 40, "b" * 40], 89.0)
    (2, 1)
    """
    for columns in range(len(labels), 1, -1):
        widest = [max(map(display_width, labels[i::columns])) for i in range(columns)]
        if CHARACTER_MM * sum(widest) + HANDLE_MM * columns <= width:
            return columns
    return 1
