"""The effects of raters and items, sorted: every one of a few, a band and the extremes of thousands."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .. import style
from ..parts.alt import extremes, first_of
from ..parts.chart import draw_planes
from ..parts.marks import draw_intervals, numeric_axis
from ..parts.panels import label_x, share_limits
from ..parts.rows import bare_rows
from ..parts.tables import by_dimension_and, drawn_from
from ..parts.words import in_order, joined, plural, shortened, wrapped

WHAT = "Sorted effects with 95% and 50% intervals."
ENDS = {"lower": -1.960, "upper": 1.960, "lower_50": -0.674, "upper_50": 0.674}  # of a normal distribution, in sd
ROW_MM = 3.4
MOST_ROWS = 30  # more groups than this are drawn as a band between the extremes
MOST_POINTS = 1000  # of the band; more could not be told apart in print
LARGE, SMALL = (5, 30.0), (3, 18.0)  # groups named at either end, and the height of the band between them in mm


@drawn_from(
    "`fit.random_effects`", ("term", "group", "estimate", "sd"), numbers=("estimate", "sd"), names=("term", "group"),
    only="term", Fit=lambda fit: fit.random_effects,
    also="Intervals are estimate plus and minus 1.96 and 0.674 sd.",
)  # fmt: skip
def caterpillar(table: Any, *, term: str | None = None, ax: Axes | None = None) -> Axes | np.ndarray:
    """Rater severities and item locations on the latent scale, sorted, with 95% and 50% intervals.

    Parameters
    ----------
    term : str, optional
        Which term to draw; by default one panel for each term of the table.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "rater", "group": ["r1", "r2"], "estimate": [-0.4, 0.3], "sd": 0.2})
    >>> caterpillar(table).get_xlabel()
    'rater effect on the latent scale (higher = higher ratings)'
    """
    rows = table.assign(**{name: table["estimate"] + z * table["sd"] for name, z in ENDS.items()})
    parts, panels, said = by_dimension_and(rows, "term"), {}, []
    for (dimension, name), part in parts.items():
        part = part.sort_values("estimate", ascending=False, kind="stable")
        panels[joined(dimension, plural(name) if len(parts) > 1 else "")] = part
        said.append(extremes(part, part["group"], place=joined(dimension, plural(name)), thing="effect"))
    ends, band = LARGE if len(panels) <= 4 else SMALL
    heights = [ROW_MM * (len(part) if len(part) <= MOST_ROWS else 2 * ends) + band * (len(part) > MOST_ROWS)
               for part in parts.values()]  # fmt: skip
    draw = partial(_draw, ends=ends, heights=heights)
    return draw_planes(panels, draw, ax=ax, height=max(heights), narrowest=44, sentences=[WHAT, *first_of(said)])


def _draw(axes: list[Axes], parts: list[pd.DataFrame], ends: int, heights: list[float]) -> None:
    """Every group, or the ``ends`` with a band between."""
    terms = in_order(name for part in parts for name in part["term"].iloc[:1])
    for ax, rows, height in zip(axes, parts, heights, strict=True):
        labels, ticks = [shortened(group) for group in rows["group"]], (np.arange(len(rows)) + 0.5) * ROW_MM
        if len(rows) > MOST_ROWS:
            top, between = ends * ROW_MM, rows.iloc[ends:-ends]
            _draw_band(ax, np.linspace(top, height - top, len(between)), between)
            rows = pd.concat([rows.head(ends), rows.tail(ends)])
            words = f"{len(between):,}\n{wrapped(plural(rows['term'].iloc[0]), 14)}\nbetween"
            labels = [*labels[:ends], *labels[-ends:], words]
            ticks = np.r_[ticks[:ends], height - top + ticks[:ends], height / 2]
        draw_intervals(ax, ticks[: len(rows)], rows)
        ax.set_yticks(ticks, labels)
        ax.set_ylim(height, 0)
        ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
        bare_rows(ax)
    share_limits(axes)
    numeric_axis(axes)
    what = f"{wrapped(terms[0], 20, 1)} effect" if len(terms) == 1 else "effect"
    label_x(axes, f"{what} on the latent scale (higher = higher ratings)")


def _draw_band(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    some = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).round().astype(int))
    y, rows = y[some], rows.iloc[some]
    ax.fill_betweenx(y, rows["lower"], rows["upper"], color=style.BAND, lw=0, zorder=0.5)
    ax.fill_betweenx(y, rows["lower_50"], rows["upper_50"], color=style.ESTIMATE_LIGHT, lw=0, zorder=0.6)
    ax.plot(rows["estimate"], y, color=style.ESTIMATE, lw=1.0, zorder=2)
