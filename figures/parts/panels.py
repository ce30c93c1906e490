"""One figure with one panel, or with several that share their scale; its height follows from what stands in it."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pluralstats.errors import ConfigError

from .. import style
from .alt import figure_of
from .fonts import BOLD, embolden, fitted, width_of

TITLE, LABEL = "axes.titlesize", "axes.labelsize"
EDGE_MM, GAP_MM = 0.5, 2.0  # from a text to the edge of the figure, between texts of two panels
SETTLED = 1e-9  # inches: a height is found but for rounding, and needs no further layout


def panel_axes(
    titles: Sequence[str], *, labels: float, narrowest: float, own_rows: bool = False, ax: Axes | None = None
) -> list[Axes]:
    """One Axes for each title ("" for none), in reading order in a new figure, or the caller's ``ax``.

    ``labels`` is the width kept for the labels at the left and ``narrowest`` the least width of a panel, in mm; unless
    each panel has rows of its own, only the panels at the left write the row labels.
    """
    if ax is not None:
        if len(titles) > 1:
            raise ConfigError(
                f"`ax` holds one panel, the table fills {len(titles)}. Pass the rows of one, or leave `ax` out."
            )
        room = ax.get_window_extent().width / figure_of(ax).dpi * 25.4
        write_title(ax, fitted(titles[0], room, TITLE, weight="bold"))
        return [ax]
    width = style.width_mm()
    rows = ceil(len(titles) / max(1, int((width - labels) // narrowest)))
    columns = ceil(len(titles) / rows)  # 6 panels where 5 fit become 3 + 3, not 5 + 1
    figure = Figure(figsize=(width / 25.4, 2.0 * rows), layout="constrained")
    grid = figure.add_gridspec(rows, columns)
    axes = [figure.add_subplot(grid[i // columns, i % columns]) for i in range(len(titles))]
    for panel, title in zip(axes, titles, strict=True):
        write_title(panel, title)
        panel.tick_params(axis="y", labelleft=own_rows or is_leftmost(panel))
    return axes


def settle(axes: Sequence[Axes], height: float, *, own: bool) -> None:
    """Fit titles and labels of our own figure into its panels, and make their data areas ``height`` mm high.

    Where rows of panels are of different heights, it is that of ``axes``, which stand in rows of one height.
    """
    figure = figure_of(axes[0])
    layout = figure.get_layout_engine()
    if not own or layout is None:
        return
    place = axes[0].get_subplotspec()
    ratios: Any = place.get_gridspec().get_height_ratios() if place else [1]
    rows = sum(ratios) / ratios[place.rowspan.start if place else 0]
    titles = [ax.get_title("left") or ax.get_title() for ax in axes]
    for ax in axes:
        write_title(ax, "")  # of a left title matplotlib makes room for a half, so that long ones squeeze the panels
    layout.execute(figure)  # before it nobody knows how wide the row labels are
    _fit_texts(axes, titles)
    for _ in range(2):  # a low figure leaves no room that could be measured
        layout.execute(figure)
        width, high = figure.get_size_inches()
        lacking = height / 25.4 - min(ax.get_position().height for ax in axes) * high
        if abs(lacking) < SETTLED:
            return
        figure.set_size_inches(width, high + rows * lacking)
    layout.execute(figure)


def _fit_texts(axes: Sequence[Axes], titles: Sequence[str]) -> None:
    """Titles end before the next panel begins; x labels stand under their panel, or as near as their width allows."""
    width = _figure_mm(axes[0])
    for i, ax in enumerate(axes):
        first, last = is_leftmost(ax), is_rightmost(ax, axes)
        left, right = (width * end for end in ax.get_position().intervalx)
        before = EDGE_MM if first else (width * axes[i - 1].get_position().x1 + left + GAP_MM) / 2
        after = width - EDGE_MM if last else (right + width * axes[i + 1].get_position().x0 - GAP_MM) / 2
        taken = _ends(ax)[1] > right + 4.0  # by a margin of numbers, whose own title stands beside ours
        end = right if taken else width if last else _ends(axes[i + 1])[0]
        write_title(ax, fitted(titles[i], end - left - GAP_MM, TITLE, weight="bold", lines=3))
        ax.set_xlabel(fitted(ax.get_xlabel(), after - before, LABEL))
        half = width_of(ax.get_xlabel(), LABEL) / 2
        middle = np.clip((left + right) / 2, before + half, max(before + half, after - half))
        ax.xaxis.label.set_x((middle - left) / (right - left))


def _ends(ax: Axes) -> tuple[float, float]:
    """Where a panel with its labels and margins begins and ends, in mm."""
    box: Any = ax.get_tightbbox(for_layout_only=True)
    return box.x0 / figure_of(ax).dpi * 25.4, box.x1 / figure_of(ax).dpi * 25.4


def is_leftmost(ax: Axes) -> bool:
    """Whether no other panel stands to the left of this one."""
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def is_rightmost(ax: Axes, axes: Sequence[Axes]) -> bool:
    """Whether no other panel stands to the right of this one."""
    after = list(axes).index(ax) + 1
    return after == len(axes) or is_leftmost(axes[after])


def share_limits(axes: Sequence[Axes]) -> None:
    """Give all panels the widest of their x limits, so that lengths compare across panels."""
    low, high = zip(*(ax.get_xlim() for ax in axes), strict=True)
    for ax in axes:
        ax.set_xlim(min(low), max(high))


def write_title(ax: Axes, words: str) -> None:
    """Set the title of a panel in the weight of the style at hand."""
    title = ax.set_title(words)
    if title.get_fontweight() in BOLD:
        embolden(title)


def label_x(axes: Sequence[Axes], text: str) -> None:
    """Write the quantity once: under the panel, or under all panels together."""
    if len(axes) > 1:
        figure_of(axes[0]).supxlabel(fitted(text, _figure_mm(axes[0]) - 2 * EDGE_MM, LABEL))
    else:
        axes[0].set_xlabel(text)


def set_item_limits(ax: Axes, x: np.ndarray, top: float, answers: np.ndarray) -> None:
    """Items by a rating across ``x`` (rating points) and a measure from 0 up to ``top``, with a tick at each answer."""
    room = 0.05 * np.ptp(x) or 0.5
    ax.set(xlim=(x.min() - room, x.max() + room), ylim=(-0.05 * top, 1.05 * top))
    round_ticks(ax)
    if 2 < len(answers) < 8:
        ax.set_xticks(answers)


def round_ticks(ax: Axes) -> None:
    """About five round ticks on either axis of a plane."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))


def _figure_mm(ax: Axes) -> float:
    return float(figure_of(ax).get_size_inches()[0]) * 25.4
