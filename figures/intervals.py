"""Marks for an estimate with its interval, and the numeric axis below them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from . import style
from .alt import figure_of
from .keys import draw_key

THIN, THICK, DOT = 0.8, 2.4, 3.6  # line widths and dot size in points
HAIR, CAP = 0.5, 3.6  # simultaneous intervals: a hair line between two caps
RAW_DOT, RAW_OFFSET_MM = 3.4, 1.1  # beside the estimate, not on it
SIMULTANEOUS = ("lower_simultaneous", "upper_simultaneous")

RAW_MARK: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "ms": RAW_DOT,
    "mfc": "white",
    "mec": style.RULE,
    "mew": 0.8,
}


def draw_intervals(
    ax: Axes, y: np.ndarray, rows: pd.DataFrame, *, colour: str = style.ESTIMATE, marker: str = "o"
) -> None:
    """A thin line from lower to upper, a thick one over the 50% interval if known, a dot at the estimate."""
    ax.hlines(y, rows["lower"], rows["upper"], color=colour, lw=THIN, zorder=3)
    if {"lower_50", "upper_50"} <= set(rows.columns):
        ax.hlines(y, rows["lower_50"], rows["upper_50"], color=colour, lw=THICK, zorder=3.2)
    ax.plot(
        rows["estimate"],
        y,
        linestyle="none",
        marker=marker,
        ms=DOT,
        mfc=colour,
        mec="white",
        mew=0.4,
        zorder=3.4,
    )


def draw_simultaneous(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Hair lines with caps over the simultaneous intervals, where a row has one."""
    low, high = (rows[name].to_numpy(dtype=float, na_value=np.nan) for name in SIMULTANEOUS)
    some = np.isfinite(low) & np.isfinite(high)
    ax.hlines(y[some], low[some], high[some], color=style.ESTIMATE, lw=HAIR, zorder=2.8)
    for ends in (low, high):
        ax.plot(ends[some], y[some], "|", color=style.ESTIMATE, ms=CAP, mew=HAIR, zorder=2.8)


def draw_raw(ax: Axes, y: np.ndarray, raw: np.ndarray) -> None:
    """Open circles at the raw differences, just below the estimates (the y axis counts mm downward)."""
    ax.plot(raw, y + RAW_OFFSET_MM, **RAW_MARK, zorder=3.3)


def draw_interval_key(
    axes: Sequence[Axes], *, prob: float, half: bool, raw: bool, simultaneous: bool = False, of: str = "difference"
) -> None:
    """One line above the panels that says what dot, lines and circle (the raw difference or mean) are."""
    entries: list[tuple[Any, str]] = [(interval_handle(style.ESTIMATE), f"estimate, {100 * prob:g}% interval")]
    if half:
        entries.append((Line2D([], [], color=style.ESTIMATE, lw=THICK), "50% interval"))
    if simultaneous:
        whisker = Line2D([], [], color=style.ESTIMATE, lw=HAIR, marker="|", ms=CAP, mew=HAIR, markevery=(0, 1))
        entries.append((whisker, f"simultaneous {100 * prob:g}% interval"))
    if raw:
        entries.append((Line2D([], [], **RAW_MARK), f"raw {of}"))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=True)


def interval_handle(colour: str, marker: str = "o") -> Any:
    """The mark of an estimate with its interval, for a key."""
    return Line2D([], [], color=colour, lw=THIN, marker=marker, ms=DOT, mec="white", mew=0.4)


def numeric_axis(axes: Sequence[Axes], *, ratio: bool = False) -> None:
    """As many round ticks as there is room for; ratios on a logarithmic axis with plain numbers."""
    for ax in axes:
        ticks = _room_for_ticks(ax)
        if ratio:
            _ratio_axis(ax, ticks)
        else:
            steps = [1, 2, 5, 10] if ticks < 4 else [1, 2, 2.5, 5, 10]
            ax.xaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=steps, min_n_ticks=2))
        ax.tick_params(axis="x", pad=2)


def _room_for_ticks(ax: Axes) -> int:
    place = ax.get_subplotspec()
    columns = place.get_gridspec().ncols if place else 1
    inner = 0.7 * figure_of(ax).get_size_inches()[0] * 25.4 / columns  # mm; the rest is for labels
    return int(np.clip(inner // 9, 2, 6))


def _ratio_axis(ax: Axes, ticks: int) -> None:
    low, high = ax.get_xlim()
    # Powers of ten leave a narrow axis with the single tick 1; round numbers serve it better.
    narrow = MaxNLocator(nbins=ticks, steps=[1, 2, 5, 10], min_n_ticks=2)
    ax.xaxis.set_major_locator(narrow if high / low < 6 else LogLocator(subs=_subs(high / low, ticks), numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def _subs(span: float, ticks: int) -> tuple[float, ...]:
    """Ticks at 1, 2 and 5 of each decade while there is room, else at 1 only."""
    return (1.0, 2.0, 5.0) if 3 * np.log10(span) <= ticks + 1 else (1.0,)
