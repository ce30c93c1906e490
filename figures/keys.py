"""Keys above the panels, never over data: as many entries to a line as the figure's width holds."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from . import style
from .alt import figure_of
from .text_widths import RC, points_mm, widest

DASHES = 2.6  # a mark long enough to tell line styles apart, in sizes of the font
SLACK_MM = 0.3  # a screen rounds the width of each letter to its pixels
EDGES = 1.0  # left and right of the key, in sizes of its font


def draw_key(axes: Sequence[Axes], handles: Sequence[Any], labels: Sequence[str], *, own: bool, **options: Any) -> None:
    """Explain the marks above all panels of our own figure, or just above the caller's Axes."""
    width = style.width_mm() if own else axes[0].get_window_extent().width / figure_of(axes[0]).dpi * 25.4
    columns = key_columns(labels, width, options.get("handlelength"))
    order = [i for column in range(columns) for i in range(column, len(labels), columns)]
    handles, labels = [handles[i] for i in order], [labels[i] for i in order]
    options["ncols"] = columns
    if own:
        figure_of(axes[0]).legend(handles, labels, loc="outside upper left", **options)
    else:
        options |= {"bbox_to_anchor": (0.0, 1.06), "borderaxespad": 0.0}
        axes[0].legend(handles, labels, loc="lower left", **options)


def key_height(labels: Sequence[str], handlelength: float | None = None) -> float:
    """The height of the key of our own figure, in mm."""
    columns = key_columns(labels, style.width_mm(), handlelength)
    lines = [max(text.count("\n") + 1 for text in labels[i : i + columns]) for i in range(0, len(labels), columns)]
    return 3.5 * sum(lines) + 1.0


def key_columns(labels: Sequence[str], width: float, handlelength: float | None = None) -> int:
    """The most columns whose widest entries fit side by side into ``width`` mm.

    ``handlelength`` is that of the marks, in sizes of the font, where it is not the one of the style.

    >>> key_columns(["agree", "disagree"], 89.0), key_columns(["a" * 40, "b" * 40], 89.0)
    (2, 1)
    """
    parts = ("handlelength", "handletextpad", "columnspacing")
    mark, *spaces = (RC[f"legend.{part}"] for part in parts)
    each = (mark if handlelength is None else handlelength) + sum(spaces)
    size = points_mm("legend.fontsize")
    for columns in range(len(labels), 1, -1):
        words = sum(widest(labels[i::columns], "legend.fontsize") for i in range(columns))
        if words + size * (each * columns - spaces[-1] + EDGES) + SLACK_MM * columns <= width:
            return columns
    return 1
