"""Marks for an estimate with its interval, one or several in a row, their key, and the numeric axis below."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, cycle
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.container import Container
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullLocator

from .. import style
from .alt import figure_of
from .fonts import POINT_MM, RC, widest
from .tables import has

THIN, THICK, DOT = 0.8, 2.4, 3.6  # line widths and dot size in points
HAIR, CAP = 0.5, 3.6  # simultaneous intervals: a hair line between two caps
RAW_DOT, RAW_OFFSET_MM = 3.4, 1.1  # beside the estimate, not on it
SIMULTANEOUS = ("lower_simultaneous", "upper_simultaneous")
SLACK_MM = 0.3  # a screen rounds the width of each letter to its pixels
DASHES = 2.6  # a mark long enough to tell line styles apart, in sizes of the font
RAW_MARK: dict[str, Any] = {
    "linestyle": "none", "marker": "o", "ms": RAW_DOT, "mfc": "white", "mec": style.RULE, "mew": 0.8,
}  # fmt: skip
STEP_MM = 1.9  # between two marks of a row
UNNAMED = re.compile(r"_child\d+|_container\d+|_nolegend_")  # what matplotlib calls a mark without a ``label``
Entry = tuple[Any, str]  # of a key: the mark and what it is


def draw_intervals(
    ax: Axes, y: np.ndarray, rows: pd.DataFrame, *, colour: str = style.ESTIMATE, marker: str = "o"
) -> None:
    """A thin line from lower to upper and a thick one over the 50% interval, where known, and a dot at the estimate."""
    for low, high, width, over in (("lower", "upper", THIN, 3.0), ("lower_50", "upper_50", THICK, 3.2)):
        if {low, high} <= set(rows.columns):
            ax.hlines(y, rows[low], rows[high], color=colour, lw=width, zorder=over)
    dot: dict[str, Any] = {"ms": DOT, "mfc": colour, "mec": "white", "mew": 0.4}
    ax.plot(rows["estimate"], y, linestyle="none", marker=marker, zorder=3.4, **dot)


def draw_simultaneous(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Hair lines with caps over the simultaneous intervals, where a row has one."""
    if not has(rows, *SIMULTANEOUS):
        return
    low, high = (rows[name].to_numpy(dtype=float, na_value=np.nan) for name in SIMULTANEOUS)
    some = np.isfinite(low) & np.isfinite(high)
    ax.hlines(y[some], low[some], high[some], color=style.ESTIMATE, lw=HAIR, zorder=2.8)
    for ends in (low, high):
        ax.plot(ends[some], y[some], "|", color=style.ESTIMATE, ms=CAP, mew=HAIR, zorder=2.8)


def draw_raw(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Open circles at the raw values, where the table has them, just below the estimates (y counts mm downward)."""
    if has(rows, "raw"):
        ax.plot(rows["raw"].to_numpy(dtype=float, na_value=np.nan), y + RAW_OFFSET_MM, **RAW_MARK, zorder=3.3)


def interval_entry(words: str, prob: float | None = None, colour: str = style.ESTIMATE, marker: str = "o") -> Entry:
    """The mark of an estimate with its interval, and its words."""
    handle = Line2D([], [], color=colour, lw=THIN, marker=marker, ms=DOT, mec="white", mew=0.4)
    return handle, words if prob is None else f"{words}, {100 * prob:g}% interval"


def interval_entries(rows: pd.DataFrame, prob: float, words: str = "estimate", raw: str = "difference") -> list[Entry]:
    """What dot, lines and circles (the raw difference or mean) of a table are."""
    entries = [interval_entry(words, prob)]
    if has(rows, "lower_50"):
        entries.append((Line2D([], [], color=style.ESTIMATE, lw=THICK), "50% interval"))
    if has(rows, *SIMULTANEOUS):
        whisker = Line2D([], [], color=style.ESTIMATE, lw=HAIR, marker="|", ms=CAP, mew=HAIR, markevery=(0, 1))
        entries.append((whisker, f"simultaneous {100 * prob:g}% interval"))
    if has(rows, "raw"):
        entries.append((Line2D([], [], **RAW_MARK), f"raw {raw}"))
    return entries


class Look(NamedTuple):
    """Colour and shape, so that a greyscale print tells marks apart; raw values are open circles."""

    colour: str
    marker: str
    raw: bool = False


FIRST, SECOND = Look(style.ESTIMATE, "o"), Look(style.OKABE_ITO[0], "s")


def looks_of(names: Iterable[str], raw: str = "") -> dict[str, Look]:
    """A look for each name, the first dark grey; ``raw`` is the name of raw values."""
    looks = zip(names, chain([style.REFERENCE], cycle(style.OKABE_ITO)), cycle(style.MARKERS), strict=False)
    return {name: Look(colour, marker, name == raw) for name, colour, marker in looks}


def draw_beside(
    ax: Axes, y: np.ndarray, rows: pd.DataFrame, column: str, looks: Mapping[str, Look],
    under: Callable[[Axes, np.ndarray, pd.DataFrame], None] | None = None,
) -> None:  # fmt: skip
    """The marks of each row beside each other around ``y``, those of one value of a column in one look.

    Names that the panel does not have take no room; ``under`` draws what lies behind the marks.
    """
    values = rows[column].astype(str)
    here = [name for name in looks if (values == name).any()]
    for i, name in enumerate(here):
        some, look = (values == name).to_numpy(), looks[name]
        at, part = y[some] + STEP_MM * (i - (len(here) - 1) / 2), rows[some]
        if under is not None:
            under(ax, at, part)
        if look.raw:
            ax.hlines(at, part["lower"], part["upper"], color=style.RULE, lw=0.8, zorder=3)
            ax.plot(part["estimate"], at, **RAW_MARK, zorder=3.4)
        else:
            draw_intervals(ax, at, part, colour=look.colour, marker=look.marker)


def look_entry(look: Look, words: str, prob: float | None = None) -> Entry:
    """The mark of a look in the key."""
    handle, words = interval_entry(words, prob, look.colour, look.marker)
    return (Line2D([], [], **RAW_MARK) if look.raw else handle), words


def labelled(axes: Sequence[Axes]) -> list[Entry]:
    """What the marks that were drawn with a ``label`` are, each once.

    matplotlib's own ``get_legend_handles_labels`` passes over every name that begins with "_".
    """
    found: dict[Any, Any] = {}
    for ax in axes:
        for mark in [*ax.get_children(), *ax.containers]:
            label = mark.get_label() if isinstance(mark, (Line2D, Patch, Collection, Container)) else None
            if label and not UNNAMED.fullmatch(str(label)):
                found.setdefault((type(mark), str(label)), mark)
    return [(mark, label) for (_, label), mark in found.items()]


def draw_key(axes: Sequence[Axes], entries: Sequence[Entry], *, own: bool, **options: Any) -> None:
    """Explain the marks above all panels of our own figure, or just above the caller's Axes; never over data."""
    if not entries:
        return
    width = style.width_mm() if own else axes[0].get_window_extent().width / figure_of(axes[0]).dpi * 25.4
    columns = key_columns([words for _, words in entries], width, options.get("handlelength"))
    # matplotlib fills a key column by column; ours is read line by line.
    order = [i for column in range(columns) for i in range(column, len(entries), columns)]
    handles, labels = zip(*(entries[i] for i in order), strict=True)
    if own:
        figure_of(axes[0]).legend(handles, labels, loc="outside upper left", ncols=columns, **options)
    else:
        options |= {"bbox_to_anchor": (0.0, 1.06), "borderaxespad": 0.0}
        axes[0].legend(handles, labels, loc="lower left", ncols=columns, **options)


def key_columns(labels: Sequence[str], width: float, handlelength: float | None = None) -> int:
    """The most columns of a key that fit into ``width`` mm; ``handlelength`` of its marks in sizes of the font."""
    mark, pad, gap = (RC[f"legend.{part}"] for part in ("handlelength", "handletextpad", "columnspacing"))
    size = POINT_MM * FontProperties(size=RC["legend.fontsize"]).get_size_in_points()
    each = (mark if handlelength is None else handlelength) + pad + gap
    for columns in range(len(labels), 1, -1):
        words = sum(widest(labels[i::columns], "legend.fontsize") for i in range(columns))
        if words + size * (each * columns - gap + 1.0) + SLACK_MM * columns <= width:
            return columns
    return 1


def round_sizes(largest: float) -> list[int]:
    """One or two round numbers for a key that shows how areas are read."""
    ten = 10 ** int(np.log10(max(largest, 1)))
    top = max(step * ten for step in (1, 2, 5) if step * ten <= max(largest, 1))
    return [top // 10, top] if top >= 10 else [top]


class RoundTicks(Locator):
    """As many round ticks as their labels leave room for; 1, 2 and 5 of each decade where a ratio axis is long."""

    def __call__(self) -> Any:
        axis: Any = self.axis
        length = axis.axes.get_window_extent().width / figure_of(axis.axes).dpi * 25.4
        low, high = sorted(axis.get_view_interval())
        if axis.get_scale() == "log" and high / low >= 6:
            some = (1.0, 2.0, 5.0) if 40 * np.log10(high / low) <= length else (1.0,)
            return LogLocator(subs=some, numticks=20).tick_values(low, high)
        for n in range(6, 1, -1):
            steps = [1, 2, 5, 10] if n < 4 else [1, 2, 2.5, 5, 10]
            ticks = MaxNLocator(nbins=n, steps=steps, min_n_ticks=2).tick_values(low, high)
            words = axis.get_major_formatter().format_ticks(ticks)
            if 1.3 * widest(words, "xtick.labelsize") <= length * (ticks[1] - ticks[0]) / (high - low):
                break
        return ticks


def numeric_axis(axes: Sequence[Axes], *, ratio: bool = False) -> None:
    """Round ticks with plain numbers, also on the logarithmic axis of a ratio."""
    for ax in axes:
        ax.xaxis.set_major_locator(RoundTicks())
        if ratio:
            ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            ax.xaxis.set_minor_locator(NullLocator())
        ax.tick_params(axis="x", pad=2)
