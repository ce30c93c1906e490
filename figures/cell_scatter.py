"""Intersections of demographics: what partial pooling makes of the mean of each cell."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from . import style
from .alt import finished
from .cells import cell_rows, crossed
from .intervals import THIN
from .keys import draw_key, key_height
from .margin_names import draw_names, panel_height
from .panels import panel_axes
from .tables import DIMENSION, count, listed, number, wrapped

NUMBERS = ("n_raters", "raw", "predicted", "lower", "upper", "difference", "difference_lower", "difference_upper")
COLUMNS = ("term", "group", *NUMBERS)
HEIGHT_MM = 46.0
LINE_CHARACTERS = 22  # of the names at the margin
AREA = 45.0  # of the largest cell, in square points
LEAST_AREA = 1.5  # a smaller point could not be seen
MOST_LINES = 25  # cells whose intervals can be told apart


def intersections(
    table: pd.DataFrame, *, ax: Axes | None = None, scale: Any = None, named: int = 6, prob: float = 0.95
) -> Axes | np.ndarray:
    """The expected rating of each cell after partial pooling (y) against its raw mean (x), the diagonal between.

    The farther a cell lies from the diagonal, the more its mean was drawn towards what its demographics predict
    each for itself. Areas are proportional to the number of raters. Cells are named where the interval of their
    difference from the additive prediction excludes 0, and at the highest and lowest expected rating.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.intersections``: term, group, n_raters, raw, predicted, lower, upper (rating points),
        difference, difference_lower, difference_upper (predicted less additive); used where present: a column
        for each demographic of the term, which names the cells, dimension. Terms and dimensions have a panel each.
    ax : Axes, optional
        Where to draw; for one panel only.
    scale : Scale or sequence of float, optional
        The rating scale, such as ``(1, 5)``, for the axis labels.
    named : int
        The most cells to name in a panel.
    prob : float
        Probability of the intervals, for the alt text.

    Returns
    -------
    Axes, or array of Axes when there are several terms or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "gender:race", "group": ["male:White", "male:Black"], "n_raters": [90, 12],
    ...     "raw": [3.0, 3.6], "predicted": [3.0, 3.3], "lower": [2.9, 3.0], "upper": [3.1, 3.6],
    ...     "difference": [0.0, 0.1], "difference_lower": [-0.1, -0.1], "difference_upper": [0.1, 0.3]})
    >>> intersections(table).get_ylabel()
    'expected rating, partially pooled'
    """
    rows, left_out = cell_rows(table, COLUMNS, NUMBERS, "intersections", 2 * LINE_CHARACTERS - 4)
    panels = _panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        largest = rows["n_raters"].max()
        handles, labels = _key(rows, largest)
        titles = [_title(dimension, term, len(panels)) for dimension, term in panels]
        axes = panel_axes(titles, HEIGHT_MM, labels=6, narrowest=80, above=key_height(labels), own_rows=True, ax=ax)
        for panel, part in zip(axes, panels.values(), strict=True):
            _draw_panel(panel, part, largest, named, panel_height(panel, None if ax else HEIGHT_MM))
            panel.set_xlabel(f"raw mean of the cell{_range(scale)}")
            panel.set_ylabel("expected rating, partially pooled")
        draw_key(axes, handles, labels, own=ax is None)
        return finished(axes, [*_sentences(panels, prob), left_out])


def _panels(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The rows of each dimension and term in order of appearance."""
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    return dict(iter(rows.groupby([dimension, rows["term"].astype(str)], sort=False)))


def _title(dimension: str, term: str, n: int) -> str:
    """What a panel shows; of a single one only the dimension."""
    return ", ".join(text for text in (dimension, crossed(term) if n > 1 else "") if text)


def _range(scale: Any) -> str:
    values = list(getattr(scale, "values", scale) if scale is not None else ())
    return f" (rating points, scale {values[0]:g}–{values[-1]:g})" if values else " (rating points)"


def _draw_panel(ax: Axes, rows: pd.DataFrame, largest: float, named: int, height: float) -> None:
    _set_limits(ax, rows)
    low, high = ax.get_xlim()
    ax.plot([low, high], [low, high], color=style.RULE, lw=0.8, zorder=1, scalex=False, scaley=False)  # raw = expected
    chosen = _chosen(rows, named)
    lined = rows if len(rows) <= MOST_LINES else rows.loc[chosen]
    area = np.maximum(AREA * rows["n_raters"] / largest, LEAST_AREA)
    for differs, part in rows.groupby("differs"):  # the few that differ lie on top
        mark, over = _mark(bool(differs)), 3 + bool(differs)
        lines = part.loc[part.index.isin(lined.index)]
        ax.vlines(lines["raw"], lines["lower"], lines["upper"], color=mark["facecolor"], lw=THIN, zorder=over - 1)
        ax.scatter(part["raw"], part["predicted"], s=area[part.index], **mark, zorder=over)
    cells = rows.loc[chosen]
    names = [wrapped(label, LINE_CHARACTERS, 3) for label in cells["label"]]
    draw_names(ax, cells[["raw", "predicted"]].to_numpy(), names, np.sqrt(area[chosen].to_numpy()) / 2, height)


def _mark(differs: bool) -> dict[str, Any]:
    if differs:
        return {"facecolor": style.ESTIMATE, "edgecolor": "white", "linewidth": 0.4}
    return {"facecolor": style.ESTIMATE_LIGHT, "edgecolor": style.RULE, "linewidth": 0.4}


def _set_limits(ax: Axes, rows: pd.DataFrame) -> None:
    """Raw means spread more than pooled ones: y gets two fifths of the range of x at least, so that both are read."""
    low, high = rows["raw"].min(), rows["raw"].max()
    room = 0.07 * (high - low) or 0.5
    ax.set_xlim(low - room, high + room)
    lowest, highest = ("lower", "upper") if len(rows) <= MOST_LINES else ("predicted", "predicted")
    bottom, top = rows[lowest].min(), rows[highest].max()
    missing = max(0.0, 0.4 * (high - low + 2 * room) - (top - bottom)) / 2
    room = 0.07 * (top - bottom) + missing
    ax.set_ylim(bottom - room, top + room)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))


def _chosen(rows: pd.DataFrame, named: int) -> list[Any]:
    """Cells to name: those that differ, the largest difference first, then the ends of the expected ratings."""
    differing = rows[rows["differs"]]
    by_size = differing["difference"].abs().sort_values(ascending=False, kind="stable").index
    ordered = rows["predicted"].sort_values(kind="stable").index
    ends = [index for pair in zip(ordered[::-1][:2], ordered[:2], strict=True) for index in pair]
    return list(dict.fromkeys([*by_size, *ends]))[: max(named, 0)]


def _key(rows: pd.DataFrame, largest: float) -> tuple[list[Any], list[str]]:
    entries: list[tuple[Any, str]] = []
    words = {True: "differs from additive", False: "no clear difference from additive"}
    for differs in (True, False):
        if (rows["differs"] == differs).any():
            mark = _mark(differs)
            face = {"mfc": mark["facecolor"], "mec": mark["edgecolor"], "mew": mark["linewidth"]}
            entries.append((Line2D([], [], linestyle="none", marker="o", ms=4.5, **face), words[differs]))
    entries.append((Line2D([], [], color=style.RULE, lw=0.8), "expected = raw"))
    for n in round_sizes(largest):
        size = np.sqrt(max(AREA * n / largest, LEAST_AREA))
        face = {"mfc": "white", "mec": style.RULE, "mew": 0.6}
        entries.append((Line2D([], [], linestyle="none", marker="o", ms=size, **face), count(n, "rater")))
    handles, labels = map(list, zip(*entries, strict=True))
    return handles, labels


def round_sizes(largest: float) -> list[int]:
    """One or two round numbers that show how areas are read.

    >>> round_sizes(430), round_sizes(7), round_sizes(1)
    ([20, 200], [5], [1])
    """
    ten = 10 ** int(np.log10(max(largest, 1)))
    top = max(step * ten for step in (1, 2, 5) if step * ten <= max(largest, 1))
    return [top // 10, top] if top >= 10 else [top]


def _sentences(panels: dict[tuple[str, str], pd.DataFrame], prob: float) -> list[str]:
    sentences = ["Expected ratings after partial pooling against raw means of the cells, with the diagonal."]
    for (dimension, term), rows in panels.items():
        place = f" in {dimension}" if dimension else ""
        differing = rows[rows["differs"]].sort_values("difference", key=lambda at: -at.abs(), kind="stable")
        names = [f"{name} {number(at)}" for _, name, at in differing[["name", "difference"]].itertuples()]
        low, high = rows.loc[rows["predicted"].idxmin()], rows.loc[rows["predicted"].idxmax()]
        sentences += [
            f"{count(len(rows), 'cell')} of {crossed(term)}{place}: raw means from {number(rows['raw'].min())} to "
            f"{number(rows['raw'].max())}, expected ratings from {number(low['predicted'])} ({low['name']}) to "
            f"{number(high['predicted'])} ({high['name']}).",
            f"Different from the additive prediction by their {100 * prob:g}% interval: "
            f"{listed(names) if names else 'none'}.",
        ]
    return sentences
