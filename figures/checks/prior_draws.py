"""What priors say about ratings before any is seen, with the observed ratings beside."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import pluralstats as ps

from .. import style
from ..parts.alt import finished
from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_key
from ..parts.panels import panel_axes, settle
from ..parts.rows import Rows, arrange
from ..parts.sources import drawn_from
from ..parts.tables import with_key
from ..parts.words import count, in_order, listed
from . import replications as checks

POINTS = {name: ("all ratings", name) for name in ("mean", "sd")} | {
    name: (checks.SPREAD, label) for name, label in checks.MEANS.items()
}


def _of_fit(fit: Any) -> pd.DataFrame:
    return ps.prior_predictive(fit.ratings, fit.formula, family=fit.family, link=fit.link, priors=fit.priors)


@drawn_from(Fit=_of_fit, Ratings=lambda ratings: ps.prior_predictive(ratings))
def prior_predictive(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Shares of the categories, and below spread and differences in rating points, as the priors alone produce them.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.prior_predictive``: statistic, level, unit, category, observed, estimate, lower, upper; used where
        present: reference (of differences), lower_50, upper_50. The caller's ``ax`` holds shares or rating points.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": ["share", "share", "sd"], "level": "overall", "unit": "all",
    ...     "category": ["no", "yes", ""], "observed": [40.0, 60.0, 0.5], "estimate": [50.0, 50.0, 0.4],
    ...     "lower": [1.0, 1.0, 0.1], "upper": [99.0, 99.0, 0.5]})
    >>> [axes.get_xlabel() for axes in prior_predictive(table)]
    ['percent of the ratings', 'rating points']
    """
    rows, left_out = checks.check_rows(table, "prior_predictive", _drawn)
    is_share = rows["statistic"].astype(str) == "share"
    shares, points = with_key(rows[is_share], ["category"]), rows[~is_share]
    points = points.assign(key=[_key(row) for row in points.itertuples()])
    with style.drawing("one", ax):
        charts: list[Any] = []
        if len(shares):
            layout = checks.category_rows(in_order(shares["category"]))
            charts.append((Panel(shares, "", "percent of the ratings", None), layout, checks.draw_shares))
        if len(points):
            layout = arrange(_groups(points), slot=4.6)
            charts.append((Panel(points, "", "rating points"), layout, checks.draw_beside))
        axes = _stacked([layout for _, layout, _ in charts], ax)
        for at, (panel, layout, marks) in zip(axes, charts, strict=True):
            draw_chart([panel], layout, marks, ax=at, stripes=marks is checks.draw_beside)
        pad = max(at.yaxis.get_tick_params()["pad"] for at in axes)  # labels begin where the longest begins
        for at in axes:
            at.tick_params(axis="y", pad=pad)
        bars, circles = (part if len(part) else None for part in (shares, points))
        draw_key(axes, checks.check_entries("from the priors", prob, bars=bars, circles=circles), own=ax is None)
        settle(axes[:1], charts[0][1].height, own=ax is None)
        return finished(axes, [*_sentences(shares, points), left_out])


def _drawn(table: pd.DataFrame) -> pd.Series:
    statistic = table["statistic"].astype(str)
    return (statistic == "share") & (table["level"] == "overall") | statistic.isin([*POINTS, "difference"])


def _key(row: Any) -> tuple[str, str]:
    """Header and label of a statistic in rating points."""
    if str(row.statistic) in POINTS:
        return POINTS[str(row.statistic)]
    demographic, _, level = str(row.unit).partition(":")
    reference = str(getattr(row, "reference", ""))
    return (f"{demographic}, minus {reference}" if reference else demographic), level


def _groups(rows: pd.DataFrame) -> dict[str, dict[Any, str]]:
    groups: dict[str, dict[Any, str]] = {}
    for header, label in rows["key"]:
        groups.setdefault(header, {})[header, label] = label
    return groups


def _stacked(layouts: list[Rows], ax: Axes | None) -> list[Axes]:
    """One panel above the other, each as high as its rows."""
    if ax is not None:
        return panel_axes([""] * len(layouts), labels=0, narrowest=1, ax=ax)
    figure = Figure(figsize=(style.width_mm() / 25.4, 4.0), layout="constrained")
    grid = figure.add_gridspec(len(layouts), 1, height_ratios=[layout.height for layout in layouts])
    return [figure.add_subplot(grid[i, 0]) for i in range(len(layouts))]


def _sentences(shares: pd.DataFrame, points: pd.DataFrame) -> list[str]:
    texts = [f"{row.category} {checks.in_numbers(row, '%')}" for row in shares.itertuples()]
    named = [
        f"{row.statistic} {checks.in_numbers(row, '')}" for row in points[points["level"] == "overall"].itertuples()
    ]
    sentences = [
        "What the priors alone say about the ratings, with the observed values.",
        f"Shares: {listed(texts, 8)}." if texts else "",
        f"Rating points: {listed(named, 8)}." if named else "",
    ]
    differences = points[points["level"] == "group"]
    if len(differences):
        widest = differences.loc[(differences["upper"] - differences["lower"]).idxmax()]
        sentences.append(
            f"{count(len(differences), 'difference')} between groups; the widest interval is that of "
            f"{checks.group_words(widest['unit'])}: {checks.in_numbers(widest, '')}."
        )
    out = sum(int(checks.outside(part).sum()) for part in (shares, points))
    return [*sentences, f"{count(out, 'observed value')} checks.outside the interval."]
