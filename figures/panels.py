"""One figure with one panel, or with several that share their rows and their scale."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pluralstats.errors import ConfigError

from . import style
from .alt import figure_of
from .font_weights import write_title
from .tables import wrapped
from .text_widths import fitted, width_of

TITLE_LINE_MM = 3.2
OWN_LABELS_MM = 20.0  # row labels inside each panel
FRAME_MM = 10.5  # x axis and its label
LABEL, EDGE_MM = "axes.labelsize", 0.5


def panel_axes(
    titles: Sequence[str],
    height: float,
    *,
    labels: float,
    narrowest: float,
    above: float = 0.0,
    beside: float = 0.0,
    own_rows: bool = False,
    ax: Axes | None = None,
) -> list[Axes]:
    """One Axes for each title, in reading order in a new figure, or the caller's ``ax``.

    Parameters
    ----------
    titles : sequence of str
        What each panel shows; "" for no title.
    height : float
        Height of the data area of a panel, in mm.
    labels, narrowest : float
        Width kept for the labels at the left and the least width of a panel, in mm.
    above : float
        Height of what stands above the panels (the key), in mm.
    beside : float
        Width of the columns of numbers at the right of each panel, in mm.
    own_rows : bool
        Whether each panel has rows of its own; else only the panels at the left write the row labels.
    ax : Axes or None
        The caller's Axes.

    Raises
    ------
    ConfigError
        An Axes is given but there are several panels.
    """
    if ax is not None:
        _refuse_several(len(titles))
        write_title(ax, wrapped(titles[0], 60))
        return [ax]
    width = style.width_mm()
    rows = ceil(len(titles) / max(1, int((width - labels) // narrowest)))
    columns = ceil(len(titles) / rows)  # 6 panels where 5 fit become 3 + 3, not 5 + 1
    room = (width - labels - 10) / columns - (OWN_LABELS_MM if own_rows else 0.0) - beside
    texts = [fitted(title, room, "axes.titlesize", weight="bold", lines=3) for title in titles]
    lines = max(text.count("\n") + 1 if text else 0 for text in texts)
    high = above + rows * (height + FRAME_MM + TITLE_LINE_MM * lines)
    figure = Figure(figsize=(width / 25.4, high / 25.4), layout="constrained")
    grid = figure.add_gridspec(rows, columns)
    axes = [figure.add_subplot(grid[i // columns, i % columns]) for i in range(len(titles))]
    for panel, text in zip(axes, texts, strict=True):
        write_title(panel, text)
        panel.tick_params(axis="y", labelleft=own_rows or _is_leftmost(panel))
    return axes


def is_rightmost(ax: Axes, axes: Sequence[Axes]) -> bool:
    """Whether no other panel stands to the right of this one."""
    after = list(axes).index(ax) + 1
    return after == len(axes) or _is_leftmost(axes[after])


def share_limits(axes: Sequence[Axes]) -> None:
    """Give all panels the widest of their x limits, so that lengths compare across panels."""
    limits = np.array([ax.get_xlim() for ax in axes])
    for ax in axes:
        ax.set_xlim(limits[:, 0].min(), limits[:, 1].max())


def label_panel(ax: Axes, text: str, labels: float) -> None:
    """Write the quantity of one of several panels; ``labels`` mm are kept for row labels and margins."""
    place = ax.get_subplotspec()
    columns = place.get_gridspec().ncols if place else 1
    if columns > 1:
        ax.set_xlabel(fitted(text, (_figure_mm(ax) - labels) / columns, LABEL))
    else:
        _label_inside(ax, fitted(text, 0.8 * _figure_mm(ax), LABEL))


def label_x(axes: Sequence[Axes], text: str) -> None:
    """Write the quantity once: under the panel, or under all panels together."""
    text = fitted(text, _figure_mm(axes[0]) - 2 * EDGE_MM, LABEL)
    if len(axes) > 1:
        figure_of(axes[0]).supxlabel(text)
    else:
        _label_inside(axes[0], text)


def _label_inside(ax: Axes, text: str) -> None:
    """The label of the only panel: under its middle, or as near to it as the edges of the figure allow."""
    ax.set_xlabel(text)
    figure, width, half = figure_of(ax), _figure_mm(ax), width_of(text, LABEL) / 2 + EDGE_MM
    if half <= width / 4:
        return  # short enough for a panel of half the width
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)  # before it nobody knows how wide the row labels are
    left, right = (width * end for end in ax.get_position().intervalx)
    middle = np.clip((left + right) / 2, half, max(half, width - half))
    ax.xaxis.label.set_x((middle - left) / (right - left))


def _figure_mm(ax: Axes) -> float:
    return float(figure_of(ax).get_size_inches()[0]) * 25.4


def _is_leftmost(ax: Axes) -> bool:
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def _refuse_several(n: int) -> None:
    if n > 1:
        raise ConfigError(f"`ax` holds one panel, the table fills {n}. Pass the rows of one, or leave `ax` out.")


def set_item_limits(ax: Axes, x: np.ndarray, top: float, answers: np.ndarray) -> None:
    """Items by a rating across ``x`` (rating points) and a measure from 0 up to ``top``, with a tick at each answer."""
    room = 0.05 * np.ptp(x) or 0.5
    ax.set(xlim=(x.min() - room, x.max() + room), ylim=(-0.05 * top, 1.05 * top))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))
    if 2 < len(answers) < 8:
        ax.set_xticks(answers)
