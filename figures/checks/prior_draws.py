"""What priors say about ratings before any is seen, with the observed ratings beside."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import pluralstats as ps

from .. import style
from ..parts.alt import alt_text, finished
from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_key, interval_entries, labelled
from ..parts.panels import panel_axes, settle
from ..parts.rows import arrange, headed
from ..parts.sources import drawn_from
from ..parts.tables import with_key
from ..parts.words import in_order
from .replications import (
    COLUMNS,
    MEANS,
    NAMES,
    SPREAD,
    VALUES,
    category_rows,
    draw_beside,
    draw_shares,
    outside_words,
)

POINTS = {name: ("all ratings", name) for name in ("mean", "sd")} | {
    name: (SPREAD, label) for name, label in MEANS.items()
}


def _of_fit(fit: Any) -> pd.DataFrame:
    return ps.prior_predictive(fit.ratings, fit.formula, family=fit.family, link=fit.link, priors=fit.priors)


def _drawn(table: pd.DataFrame) -> Any:
    statistic = table["statistic"].astype(str)
    return (statistic == "share") & (table["level"] == "overall") | statistic.isin([*POINTS, "difference"])


@drawn_from(
    "the table of `ps.prior_predictive`", COLUMNS, numbers=VALUES, names=NAMES, only=_drawn, Fit=_of_fit,
    Ratings=lambda ratings: ps.prior_predictive(ratings),
)  # fmt: skip
def prior_predictive(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Shares of the categories, and below spread and differences in rating points, as the priors alone produce them.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.prior_predictive``: statistic, level, unit, category, observed, estimate, lower, upper; used where
        present: reference (of differences), lower_50, upper_50. The caller's ``ax`` holds shares or rating points.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": ["share", "sd"], "level": "overall", "unit": "all", "category": ["no", ""],
    ...     "observed": [40.0, 0.5], "estimate": [50.0, 0.4], "lower": [1.0, 0.1], "upper": [99.0, 0.5]})
    >>> [axes.get_xlabel() for axes in prior_predictive(table)]
    ['percent of the ratings', 'rating points']
    """
    is_share = table["statistic"].astype(str) == "share"
    shares, points = with_key(table[is_share], ["category"]), table[~is_share]
    points = points.assign(key=[_key(row) for row in points.itertuples()])
    with style.drawing("one", ax):
        layouts = category_rows(in_order(shares["category"])), arrange(headed(points), slot=4.6)
        charts = [(Panel(shares, quantity="percent of the ratings", null=None), layouts[0], draw_shares),
                  (Panel(points, quantity="rating points"), layouts[1], draw_beside)]  # fmt: skip
        charts = [chart for chart in charts if len(chart[0].rows)]
        heights = [layout.height for _, layout, _ in charts]
        axes = _stacked(heights) if ax is None else panel_axes([""] * len(charts), labels=0, narrowest=1, ax=ax)
        for at, (panel, layout, marks) in zip(axes, charts, strict=True):
            draw_chart([panel], layout, marks, ax=at, entries=None, stripes=marks is draw_beside,
                       what="What the priors alone say", thing="statistic")  # fmt: skip
        pad = max(at.yaxis.get_tick_params()["pad"] for at in axes)  # labels begin where the longest begins
        for at in axes:
            at.tick_params(axis="y", pad=pad)
        draw_key(axes, [*labelled(axes), *interval_entries(table, prob, "from the priors")], own=ax is None)
        settle(axes[:1], heights[0], own=ax is None)
        return finished(axes, [alt_text(axes), outside_words(table)])


def _key(row: Any) -> tuple[str, str]:
    """Header and label of a statistic in rating points."""
    if str(row.statistic) in POINTS:
        return POINTS[str(row.statistic)]
    demographic, _, level = str(row.unit).partition(":")
    reference = str(getattr(row, "reference", ""))
    return (f"{demographic}, minus {reference}" if reference else demographic), level


def _stacked(heights: list[float]) -> list[Axes]:
    """One panel above the other, each as high as its rows."""
    figure = Figure(figsize=(style.width_mm() / 25.4, 4.0), layout="constrained")
    return list(figure.subplots(len(heights), squeeze=False, height_ratios=heights).ravel())
