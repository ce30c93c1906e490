"""The effects of raters and items, sorted: every one of a few, a band and the extremes of thousands."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .. import style
from ..parts.alt import finished
from ..parts.marks import draw_intervals, numeric_axis
from ..parts.panels import label_x, panel_axes, settle, share_limits
from ..parts.rows import bare_rows
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension_and, checked_rows
from ..parts.words import in_order, lowest_highest, number, plural, shortened, wrapped

COLUMNS = ("term", "group", "estimate", "sd")
ENDS = {"lower": -1.960, "upper": 1.960, "lower_50": -0.674, "upper_50": 0.674}  # of a normal distribution, in sd
ROW_MM = 3.4
MOST_ROWS = 30  # more groups than this are drawn as a band between the extremes
MOST_POINTS = 1000  # of the band; more could not be told apart in print
LARGE, SMALL = (5, 30.0), (3, 18.0)  # groups named at either end, and the height of the band between them in mm


@drawn_from(Fit=lambda fit: fit.random_effects)
def caterpillar(table: Any, *, term: str | None = None, ax: Axes | None = None) -> Axes | np.ndarray:
    """Rater severities and item locations on the latent scale, sorted, with 95% and 50% intervals.

    Parameters
    ----------
    table : DataFrame
        ``fit.random_effects``: term, group, estimate, sd. Intervals are estimate plus and minus 1.96 and 0.674 sd.
    term : str, optional
        Which term to draw; by default one panel for each term of the table.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"term": "rater", "group": ["r1", "r2"], "estimate": [-0.4, 0.3], "sd": [0.2, 0.2]}
    ... )
    >>> caterpillar(table, term="rater").get_xlabel()
    'rater effect on the latent scale (higher = higher ratings)'
    """
    names = ("term", "group")
    rows, left_out = checked_rows(
        table, COLUMNS, "caterpillar", "`fit.random_effects`", numbers=COLUMNS[2:], names=names,
        only=None if term is None else ("term", term),
    )  # fmt: skip
    rows = rows.assign(**{name: rows["estimate"] + z * rows["sd"] for name, z in ENDS.items()})
    panels, terms = by_dimension_and(rows, "term"), in_order(rows["term"])
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        extremes, band = LARGE if len(panels) <= 4 else SMALL
        titles = [", ".join(filter(None, (d, plural(name) if len(panels) > 1 else ""))) for d, name in panels]
        axes = panel_axes(titles, labels=0, narrowest=45, own_rows=True, ax=ax)
        heights = [
            _draw_panel(panel, part.sort_values("estimate", ascending=False, kind="stable"), name, extremes, band)
            for panel, ((_, name), part) in zip(axes, panels.items(), strict=True)
        ]
        share_limits(axes)
        numeric_axis(axes)
        what = f"{wrapped(terms[0], 20, 1)} effect" if len(terms) == 1 else "effect"
        label_x(axes, f"{what} on the latent scale (higher = higher ratings)")
        settle(axes, max(heights), own=ax is None)
        return finished(axes, [*_sentences(panels), left_out])


def _draw_panel(ax: Axes, rows: pd.DataFrame, term: str, extremes: int, band: float) -> float:
    """Draw every group, or the extremes with a band between; the height of the panel in mm."""
    labels, n = [shortened(group) for group in rows["group"]], len(rows)
    ticks = (np.arange(n) + 0.5) * ROW_MM
    height = n * ROW_MM
    if n > MOST_ROWS:
        height, between = 2 * extremes * ROW_MM + band, n - 2 * extremes
        top, bottom = extremes * ROW_MM, extremes * ROW_MM + band
        _draw_band(ax, np.linspace(top, bottom, between), rows.iloc[extremes:-extremes])
        ends = [*range(extremes), *range(n - extremes, n)]
        rows, labels = rows.iloc[ends], [labels[i] for i in ends]
        ticks = np.r_[ticks[:extremes], bottom + ticks[:extremes], (top + bottom) / 2]
        labels.append(f"{between:,}\n{wrapped(plural(term), 14)}\nbetween")
    draw_intervals(ax, ticks[: len(rows)], rows)
    ax.set_yticks(ticks, labels)
    ax.set_ylim(height, 0)
    ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
    bare_rows(ax)
    return height


def _draw_band(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    some = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).round().astype(int))
    y, rows = y[some], rows.iloc[some]
    ax.fill_betweenx(y, rows["lower"], rows["upper"], color=style.BAND, lw=0, zorder=0.5)
    ax.fill_betweenx(y, rows["lower_50"], rows["upper_50"], color=style.ESTIMATE_LIGHT, lw=0, zorder=0.6)
    ax.plot(rows["estimate"], y, color=style.ESTIMATE, lw=1.0, zorder=2)


def _sentences(panels: dict[tuple[str, ...], pd.DataFrame]) -> list[str]:
    sentences = ["Sorted effects on the latent scale with 95% and 50% intervals; the lowest and highest are named."]
    for (dimension, term), part in panels.items():
        low, high = lowest_highest(part)
        sentences.append(
            f"{len(part):,} {plural(term)}{f' in {dimension}' if dimension else ''}: from {number(low['estimate'])} "
            f"({low['group']}) to {number(high['estimate'])} ({high['group']})."
        )
    return sentences
