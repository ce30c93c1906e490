"""What priors say about ratings before any is seen, with the observed ratings beside."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .alt import finished
from .check_marks import (
    check_rows,
    checked_table,
    draw_check_key,
    draw_observed,
    group_words,
    in_numbers,
    outside,
)
from .intervals import draw_intervals, numeric_axis
from .panels import FRAME_MM, panel_axes
from .predicted_bars import category_rows, draw_shares
from .rows import Rows, arrange, draw_labels, draw_stripes
from .tables import count, in_order, listed

KEY_MM = 12.0
_POINTS = {
    "mean": ("all ratings", "mean"),
    "sd": ("all ratings", "sd"),
    "sd of rater means": ("sd of means", "of raters"),
    "sd of item means": ("sd of means", "of items"),
}


def prior_predictive(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Shares of the categories, and spread and differences in rating points, as the priors alone produce them.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.prior_predictive``: statistic, level, unit, category, observed, estimate, lower, upper;
        used where present: reference (of differences), lower_50, upper_50.
    ax : Axes, optional
        Where to draw; for the rows of one panel only (shares, or the statistics in rating points).
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of two Axes: shares above rating points

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for both panels.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": ["share", "share", "sd"], "level": "overall", "unit": "all",
    ...     "category": ["no", "yes", ""], "observed": [40.0, 60.0, 0.5], "estimate": [50.0, 50.0, 0.4],
    ...     "lower": [1.0, 1.0, 0.1], "upper": [99.0, 99.0, 0.5]})
    >>> [axes.get_xlabel() for axes in prior_predictive(table)]
    ['percent of the ratings', 'rating points']
    """
    checked_table(table, "prior_predictive")
    statistic = table["statistic"].astype(str)
    drawn = (statistic == "share") & (table["level"] == "overall") | statistic.isin([*_POINTS, "difference"])
    rows, left_out = check_rows(table, drawn.to_numpy(), "prior_predictive")
    is_share = rows["statistic"].astype(str) == "share"
    shares, points = rows[is_share], rows[~is_share]
    with style.drawing("one", ax):
        layouts = []
        if len(shares):
            layouts.append(category_rows(in_order(shares["category"])))
        if len(points):
            points = points.assign(key=[_key(row) for row in points.itertuples()])
            layouts.append(arrange(_groups(points), characters=24, slot=4.6))
        axes = _stacked([layout.height for layout in layouts], ax)
        if len(shares):
            draw_shares(axes[0], shares, layouts[0])
            axes[0].set_xlabel("percent of the ratings")
        if len(points):
            _draw_points(axes[-1], points, layouts[-1])
        numeric_axis(axes)
        _align_labels(axes)
        bars, circles = (part if len(part) else None for part in (shares, points))
        draw_check_key(axes, bars, circles, "from the priors", prob, own=ax is None)
        return finished(axes, [*_sentences(shares, points), left_out])


def _key(row: Any) -> tuple[str, str]:
    statistic, unit = str(row.statistic), str(row.unit)
    if statistic in _POINTS:
        return _POINTS[statistic]
    demographic, _, level = unit.partition(":")
    reference = str(getattr(row, "reference", ""))
    return (f"{demographic}, minus {reference}" if reference else demographic), level


def _groups(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    groups: dict[str, dict[Hashable, str]] = {}
    for header, label in rows["key"]:
        groups.setdefault(header, {})[header, label] = label
    return groups


def _stacked(heights: list[float], ax: Axes | None) -> list[Axes]:
    """One panel above the other, each as high as its rows."""
    if ax is not None:
        return panel_axes([""] * len(heights), 0.0, labels=0, narrowest=1, ax=ax)
    high = KEY_MM + sum(height + FRAME_MM for height in heights)
    figure = Figure(figsize=(style.width_mm() / 25.4, high / 25.4), layout="constrained")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    return [figure.add_subplot(grid[i, 0]) for i in range(len(heights))]


def _draw_points(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
    draw_intervals(ax, y - 0.7, rows)
    draw_observed(ax, y + 0.7, rows)
    ax.set_xlabel("rating points")


def _align_labels(axes: list[Axes]) -> None:
    """Labels of both panels start at the left edge of the longest."""
    ticks: list[Any] = [ax.yaxis.get_major_ticks()[0] for ax in axes]  # whose stubs say that get_pad returns nothing
    pads = [tick.get_pad() for tick in ticks]
    for ax in axes:
        ax.tick_params(axis="y", pad=max(pads))


def _sentences(shares: pd.DataFrame, points: pd.DataFrame) -> list[str]:
    sentences = ["What the priors alone say about the ratings, with the observed values."]
    texts = [f"{row.category} {in_numbers(row, '%')}" for row in shares.itertuples()]
    if texts:
        sentences.append(f"Shares: {listed(texts, 8)}.")
    named = points[points["level"] == "overall"] if len(points) else points
    texts = [f"{row.statistic} {in_numbers(row, '')}" for row in named.itertuples()]
    if texts:
        sentences.append(f"Rating points: {listed(texts, 8)}.")
    differences = points[points["level"] == "group"] if len(points) else points
    if len(differences):
        widest = differences.loc[(differences["upper"] - differences["lower"]).idxmax()]
        sentences.append(
            f"{count(len(differences), 'difference')} between groups; the widest interval is that of "
            f"{group_words(widest['unit'])}: {in_numbers(widest, '')}."
        )
    out = sum(int(outside(part).sum()) for part in (shares, points) if len(part))
    return [*sentences, f"{count(out, 'observed value')} outside the interval."]
