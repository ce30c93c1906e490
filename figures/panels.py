"""One figure with one or several panels, and the alt text that travels with it.

The alt text is kept as the label of every Axes (``Artist.get_label``), so it survives pickling and belongs to the panel
even when the Axes sits in a caller's own figure.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralstats.errors import ConfigError


def alt_text(figure_or_axes: Any) -> str:
    """The figure in words, for readers who cannot see it.

    Parameters
    ----------
    figure_or_axes : Axes, array of Axes or Figure
        What a figure function returned, or the figure it stands in.

    Returns
    -------
    str
        Empty for a figure that no function of this package has drawn.
    """
    texts = dict.fromkeys(str(ax.get_label()) for ax in _axes_of(figure_or_axes))
    return " ".join(text for text in texts if text)


def figure_of(figure_or_axes: Any) -> Figure:
    """The figure that holds these Axes (a Figure is its own)."""
    if isinstance(figure_or_axes, Figure):
        return figure_or_axes
    axes = _axes_of(figure_or_axes)
    figure = axes[0].get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def panel_axes(
    n: int, height: float, *, width: float, labels: float, narrowest: float, ax: Axes | None
) -> list[Axes]:
    """``n`` Axes in reading order in a new figure, or the caller's ``ax``.

    Parameters
    ----------
    n : int
        Number of panels.
    height, width : float
        Height of one panel with its axis, and width of the figure, in mm.
    labels, narrowest : float
        Width kept for the labels at the left and the least width of a panel, in mm.
    ax : Axes or None
        The caller's Axes.

    Raises
    ------
    ConfigError
        An Axes is given but there are several panels.
    """
    if ax is not None:
        if n > 1:
            raise ConfigError(
                f"`ax` holds one panel, the table fills {n}. Pass the rows of one panel, or leave `ax` out."
            )
        return [ax]
    columns = min(n, max(1, int((width - labels) // narrowest)))
    rows = ceil(n / columns)
    columns = ceil(n / rows)  # 6 panels where 5 fit become 3 + 3, not 5 + 1
    figure = Figure(figsize=(width / 25.4, rows * height / 25.4), layout="constrained")
    grid = figure.add_gridspec(rows, columns)
    return [figure.add_subplot(grid[i // columns, i % columns]) for i in range(n)]


def is_leftmost(ax: Axes) -> bool:
    """Whether the Axes stands in the first column of its figure (a free-standing Axes does)."""
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def is_rightmost(ax: Axes, axes: Sequence[Axes]) -> bool:
    """Whether no other panel stands to the right of this one."""
    after = axes.index(ax) + 1
    return after == len(axes) or is_leftmost(axes[after])


def share_limits(axes: Sequence[Axes]) -> None:
    """Give all panels the widest of their x limits, so that lengths compare across panels."""
    limits = np.array([ax.get_xlim() for ax in axes])
    for ax in axes:
        ax.set_xlim(limits[:, 0].min(), limits[:, 1].max())


def label_x(axes: Sequence[Axes], text: str) -> None:
    """Write the quantity once: under the panel, or under all panels together."""
    if len(axes) == 1:
        axes[0].set_xlabel(text)
    else:
        figure_of(axes[0]).supxlabel(text)


def finished(axes: Sequence[Axes], sentences: Iterable[str]) -> Any:
    """Attach the alt text; one Axes is returned bare, several as an array."""
    text = " ".join(sentence for sentence in sentences if sentence)
    for ax in axes:
        ax.set_label(text)
    return axes[0] if len(axes) == 1 else np.array(axes, dtype=object)


def _axes_of(figure_or_axes: Any) -> list[Axes]:
    if isinstance(figure_or_axes, Figure):
        return list(figure_or_axes.axes)
    return list(np.ravel(np.array(figure_or_axes, dtype=object)))
