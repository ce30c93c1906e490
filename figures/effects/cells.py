"""Intersections of demographics: what partial pooling makes of each cell, and how far it lies from its main effects."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.alt import finished
from ..parts.chart import Panel, draw_chart
from ..parts.marks import THIN, Entry, draw_intervals, draw_key, interval_entry
from ..parts.names import draw_names
from ..parts.panels import panel_axes, round_ticks, settle
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension, by_dimension_and
from ..parts.words import band_sentence, count, in_order, listed, lowest_highest, number, on_scale, wrapped
from .cell_names import cell_rows, crossed

DIFFERENCES = ("n_raters", "difference", "difference_lower", "difference_upper")
NUMBERS = ("raw", "predicted", "lower", "upper", *DIFFERENCES)
HEIGHT_MM = 46.0
MARGIN_CHARACTERS, ROW_CHARACTERS = 22, 28  # a line of a name at the margin, and of a row
AREA, LEAST_AREA = 45.0, 1.5  # of the largest cell and of one that is just seen, in square points
MOST_LINES = 25  # cells whose intervals can be told apart
Terms = dict[tuple[str, ...], pd.DataFrame]


@drawn_from(Fit=lambda fit: ps.intersections(fit))
def intersections(
    table: Any, *, ax: Axes | None = None, scale: Any = None, named: int = 6, prob: float = 0.95
) -> Axes | np.ndarray:
    """The expected rating of each cell after partial pooling (y) against its raw mean (x), the diagonal between.

    The farther a cell lies from the diagonal, the more its mean was drawn towards what its demographics predict
    each for itself. Areas are proportional to the number of raters. Cells are named where the interval of their
    difference from the additive prediction excludes 0, and at the highest and lowest expected rating.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.intersections``: term, group, n_raters, raw, predicted, lower, upper (rating points), difference,
        difference_lower, difference_upper (predicted less additive); used where present: a column for each
        demographic of the term, which names the cells. Terms have a panel each.
    named : int
        The most cells to name in a panel.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "gender:race", "group": ["male:White", "male:Black"], "n_raters": [90, 12],
    ...     "raw": [3.0, 3.6], "predicted": [3.0, 3.3], "lower": [2.9, 3.0], "upper": [3.1, 3.6],
    ...     "difference": [0.0, 0.1], "difference_lower": [-0.1, -0.1], "difference_upper": [0.1, 0.3]})
    >>> intersections(table).get_ylabel()
    'expected rating, partially pooled'
    """
    rows, left_out = cell_rows(table, NUMBERS, "intersections", 2 * MARGIN_CHARACTERS - 4)
    panels, several = by_dimension_and(rows, "term"), len(in_order(rows["term"])) > 1
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        titles = [", ".join(filter(None, (place, crossed(term) if several else ""))) for place, term in panels]
        axes = panel_axes(titles, labels=6, narrowest=80, own_rows=True, ax=ax)
        largest = rows["n_raters"].max()
        draw_key(axes, _key(rows, largest), own=ax is None)
        for panel, part in zip(axes, panels.values(), strict=True):
            _set_limits(panel, part)
            panel.set_xlabel(f"raw mean of the cell{on_scale(scale, 'rating points')}")
            panel.set_ylabel("expected rating, partially pooled")
        settle(axes, HEIGHT_MM, own=ax is None)
        for panel, part in zip(axes, panels.values(), strict=True):
            _draw_cells(panel, part, largest, named)
        settle(axes, HEIGHT_MM, own=ax is None)  # names at the margin made the panels narrower
        return finished(axes, [*_pooled_sentences(panels, prob), left_out])


@drawn_from(Fit=lambda fit: ps.intersections(fit))
def intersection_differences(
    table: Any, *, ax: Axes | None = None, most: int = 24, rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """Expected rating of each cell less the additive prediction, with intervals, the largest first.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.intersections``: term, group, n_raters, difference, difference_lower, difference_upper (rating
        points); used where present: a column for each demographic of the term. Terms stand under each other.
    most : int
        The most cells in a panel; of more those whose interval excludes 0, then the largest differences.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "gender:race", "group": ["male:White", "male:Black"], "n_raters": [90, 12],
    ...     "difference": [0.0, 0.1], "difference_lower": [-0.1, -0.1], "difference_upper": [0.1, 0.3]})
    >>> intersection_differences(table).get_xlabel()
    'difference in rating points'
    """
    rows, left_out = cell_rows(table, DIFFERENCES, "intersection_differences", 2 * ROW_CHARACTERS - 6)
    names = {"difference": "estimate", "difference_lower": "lower", "difference_upper": "upper"}
    numbers = rows[list(names)].rename(columns=names)
    rows = rows.drop(columns=list(names.values()), errors="ignore").join(numbers).assign(key=rows.index)
    parts = {dimension: _largest(part, most) for dimension, part in by_dimension(rows).items()}
    return draw_chart(
        [Panel(part, name, "difference in rating points") for name, part in parts.items()],
        _by_term,
        draw_intervals,
        ax=ax,
        entries=[interval_entry("difference", prob)],
        sentences=[*_difference_sentences(parts, len(rows), rope), left_out],
        slot=0.0,
        narrowest=80,
        rope=rope,
    )


def _set_limits(ax: Axes, rows: pd.DataFrame) -> None:
    """Raw means spread more than pooled ones: y gets two fifths of the range of x at least, so that both are read."""
    low, high = rows["raw"].min(), rows["raw"].max()
    room = 0.07 * (high - low) or 0.5
    lowest, highest = ("lower", "upper") if len(rows) <= MOST_LINES else ("predicted", "predicted")
    bottom, top = rows[lowest].min(), rows[highest].max()
    up = 0.07 * (top - bottom) + max(0.0, 0.4 * (high - low + 2 * room) - (top - bottom)) / 2
    ax.set(xlim=(low - room, high + room), ylim=(bottom - up, top + up))
    round_ticks(ax)


def _draw_cells(ax: Axes, rows: pd.DataFrame, largest: float, named: int) -> None:
    limits = ax.get_xlim()
    ax.plot(limits, limits, color=style.RULE, lw=0.8, zorder=1, scalex=False, scaley=False)  # raw = expected
    chosen = _chosen(rows, named)
    lined = rows if len(rows) <= MOST_LINES else rows.loc[chosen]
    area = np.maximum(AREA * rows["n_raters"] / largest, LEAST_AREA)
    for differs, part in rows.groupby("differs"):  # the few that differ lie on top
        mark, over = _mark(bool(differs)), 3 + bool(differs)
        lines = part.loc[part.index.isin(lined.index)]
        ax.vlines(lines["raw"], lines["lower"], lines["upper"], color=mark["facecolor"], lw=THIN, zorder=over - 1)
        ax.scatter(part["raw"], part["predicted"], s=area[part.index], **mark, zorder=over)
    cells = rows.loc[chosen]
    names = [wrapped(label, MARGIN_CHARACTERS, 3) for label in cells["label"]]
    draw_names(ax, cells[["raw", "predicted"]].to_numpy(), names, np.sqrt(area[chosen].to_numpy()) / 2)


def _mark(differs: bool) -> dict[str, Any]:
    face, edge = (style.ESTIMATE, "white") if differs else (style.ESTIMATE_LIGHT, style.RULE)
    return {"facecolor": face, "edgecolor": edge, "linewidth": 0.4}


def _chosen(rows: pd.DataFrame, named: int) -> list[Any]:
    """Cells to name: those that differ, the largest difference first, then the ends of the expected ratings."""
    by_size = rows.loc[rows["differs"], "difference"].abs().sort_values(ascending=False, kind="stable").index
    ordered = rows["predicted"].sort_values(kind="stable").index
    ends = [index for pair in zip(ordered[::-1][:2], ordered[:2], strict=True) for index in pair]
    return list(dict.fromkeys([*by_size, *ends]))[: max(named, 0)]


def _key(rows: pd.DataFrame, largest: float) -> list[Entry]:
    words = {True: "differs from additive", False: "no clear difference from additive"}
    entries: list[Entry] = [
        (_dot(4.5, *_mark(differs).values()), words[differs])
        for differs in (True, False)
        if (rows["differs"] == differs).any()
    ]
    entries.append((Line2D([], [], color=style.RULE, lw=0.8), "expected = raw"))
    for n in round_sizes(largest):
        size = float(np.sqrt(max(AREA * n / largest, LEAST_AREA)))
        entries.append((_dot(size, "white", style.RULE, 0.6), count(n, "rater")))
    return entries


def _dot(size: float, face: str, edge: str, width: float) -> Line2D:
    return Line2D([], [], linestyle="none", marker="o", ms=size, mfc=face, mec=edge, mew=width)


def round_sizes(largest: float) -> list[int]:
    """One or two round numbers that show how areas are read.

    >>> round_sizes(430), round_sizes(7), round_sizes(1)
    ([20, 200], [5], [1])
    """
    ten = 10 ** int(np.log10(max(largest, 1)))
    top = max(step * ten for step in (1, 2, 5) if step * ten <= max(largest, 1))
    return [top // 10, top] if top >= 10 else [top]


def _largest(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most ``most`` cells: those that differ before the others, each by size; drawn from high to low."""
    sizes = rows.assign(size=rows["estimate"].abs())
    by_size = sizes.sort_values(["differs", "size"], ascending=False, kind="stable").head(max(most, 1))
    return by_size.sort_values("estimate", ascending=False, kind="stable")


def _by_term(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    terms = rows["term"].astype(str)
    return {
        f"{crossed(term)}, less additive": dict(rows.loc[terms == term, "label"].items())
        for term in in_order(rows.sort_index()["term"])
    }


def _pooled_sentences(panels: Terms, prob: float) -> list[str]:
    sentences = ["Expected ratings after partial pooling against raw means of the cells, with the diagonal."]
    for (dimension, term), rows in panels.items():
        place = f" in {dimension}" if dimension else ""
        differing = rows[rows["differs"]].sort_values("difference", key=lambda at: -at.abs(), kind="stable")
        names = [f"{name} {number(at)}" for _, name, at in differing[["name", "difference"]].itertuples()]
        low, high = lowest_highest(rows, "predicted")
        sentences += [
            f"{count(len(rows), 'cell')} of {crossed(term)}{place}: raw means from {number(rows['raw'].min())} to "
            f"{number(rows['raw'].max())}, expected ratings from {number(low['predicted'])} ({low['name']}) to "
            f"{number(high['predicted'])} ({high['name']}).",
            f"Different from the additive prediction by their {100 * prob:g}% interval: {listed(names) or 'none'}.",
        ]
    return sentences


def _difference_sentences(panels: dict[str, pd.DataFrame], n: int, rope: float) -> list[str]:
    drawn = sum(map(len, panels.values()))
    sentences = [f"Differences of {count(drawn, 'cell')} from the additive prediction, in rating points."]
    if drawn < n:
        sentences.append(f"Not drawn: {count(n - drawn, 'cell')} with smaller differences.")
    for dimension, rows in panels.items():
        cells = rows.loc[rows["differs"], ["name", "estimate", "lower", "upper"]]
        names = [f"{name} {number(at)} ({number(a)} to {number(b)})" for _, name, at, a, b in cells.itertuples()]
        place = f" in {dimension}" if dimension else ""
        sentences.append(f"Intervals that exclude 0{place}: {listed(names) or 'none'}.")
    return [*sentences, band_sentence(rope, of="")]
