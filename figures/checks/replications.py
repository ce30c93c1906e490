"""Ratings as observed beside ratings that a model or its priors produce: shares of the categories, moments of groups.

Tables of intervals are drawn, so that nothing is replicated here: ``arviz_plots.plot_ppc_dist`` and its kin take
``fit.draws``, know no groups of raters, and have neither the intervals nor which values lie outside.
"""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import pluralstats as ps

from .. import style
from ..parts.alt import alt_text, extremes, finished
from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_intervals, draw_key, interval_entries, labelled
from ..parts.panels import panel_axes, settle
from ..parts.rows import EVERYBODY, Groups, Rows, arrange, counts_at, headed, rater_groups
from ..parts.tables import by_dimension_and, drawn_from, with_key
from ..parts.words import count, in_order, listed, number

VALUES = ("observed", "estimate", "lower", "upper")
NAMES = ("statistic", "unit", "category")
COLUMNS = (*NAMES, "level", *VALUES)
SOURCE = "the table of `ps.predictive_checks`"
MOST_PANELS, MOST_ROWS, MANY_MM = 20, 15, 60.0  # more categories share a height, and some of them have a label
QUANTITIES = {"mean": "mean (rating points)", "sd": "sd (rating points)", "agreement": "pairs that agree (%)"}
SPREAD, MEANS = "sd of means", {"sd of rater means": "of raters", "sd of item means": "of items"}
POINTS = {"mean": ("all ratings", "mean"), "sd": ("all ratings", "sd")} | {
    name: (SPREAD, MEANS[name]) for name in MEANS
}
BAR = "#cfcfcf"
CIRCLE: dict[str, Any] = {"linestyle": "none", "marker": "o", "ms": 3.6, "mec": style.INK, "mew": 0.8, "zorder": 3.6}
INSIDE, OUTSIDE = "observed", "observed, outside"


def _moments(table: pd.DataFrame) -> Any:
    return table["level"].isin(["overall", "group"]) & table["statistic"].isin([*QUANTITIES, *MEANS])


@drawn_from(
    SOURCE, COLUMNS, numbers=VALUES, names=NAMES, key=["category"], Fit=lambda fit: ps.predictive_checks(fit),
    only=lambda table: table["statistic"].astype(str) == "share",
    also="Used where present: lower_50, upper_50, p. Of more than 20 groups those with the most extreme p are drawn.",
)  # fmt: skip
def predicted_shares(
    table: Any, *, ax: Axes | None = None, words: str = "replicated", prob: float = 0.95
) -> Axes | np.ndarray:
    """Observed share of each category as a bar, the model's interval on it: everybody, then each group.

    Parameters
    ----------
    words : str
        What the intervals are of, for the key.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": "share", "level": "overall", "unit": "all", "category": ["no", "yes"],
    ...     "observed": [40.0, 60.0], "estimate": [41.0, 59.0], "lower": [38.0, 56.0], "upper": [44.0, 62.0]})
    >>> predicted_shares(table).get_xlabel()
    'percent of the ratings'
    """
    panels, undrawn = _share_panels(table)
    first = next(iter(panels.values()))
    said = extremes(first, first["category"], place=group_words(first["unit"].iloc[0]), thing="share")
    return draw_chart(
        [Panel(part, title, "percent of the ratings", None) for title, part in panels.items()],
        category_rows(table), draw_shares, ax=ax, entries=interval_entries(table, prob, words),
        sentences=["Percent of the ratings in each category: bars of the observed ones, intervals of the model.", said,
                   outside_words(pd.concat(panels.values())), undrawn], narrowest=26, stripes=False,
    )  # fmt: skip


@drawn_from(
    SOURCE, COLUMNS, numbers=VALUES, names=NAMES, only=_moments, Fit=lambda fit: ps.predictive_checks(fit),
    also="Used where present: lower_50, upper_50, n_ratings.",
)  # fmt: skip
def predicted_moments(
    table: Any, *, ax: Axes | None = None, words: str = "replicated", prob: float = 0.95
) -> Axes | np.ndarray:
    """Mean, sd and percent agreement of everybody and of each group, one panel each.

    The sds of the means of raters and items stand among the sds: they show a missing random term.

    Parameters
    ----------
    words : str
        What the intervals are of, for the key.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": "mean", "level": "group", "unit": ["gender:female", "gender:male"],
    ...     "category": "", "observed": 3.0, "estimate": [3.0, 3.1], "lower": 2.9, "upper": 3.2})
    >>> predicted_moments(table).get_xlabel()
    'mean (rating points)'
    """
    rows = table.assign(key=[_moment_key(row.statistic, str(row.unit)) for row in table.itertuples()])
    panels = by_dimension_and(rows.assign(panel=rows["statistic"].replace(dict.fromkeys(MEANS, "sd"))), "panel")
    return draw_chart(
        [Panel(part, title, QUANTITIES[statistic], None) for (title, statistic), part in panels.items()],
        rater_groups(rows), draw_beside, ax=ax, entries=interval_entries(rows, prob, words),
        what="Observed statistics beside intervals of what the model produces", sentences=[outside_words(rows)],
        margin=lambda rows, layout: counts_at(rows[rows["key"].str[0] != SPREAD], "n_ratings", layout.y),
        margin_title="ratings", slot=4.6, narrowest=34,
    )  # fmt: skip


def _of_fit(fit: Any) -> pd.DataFrame:
    return ps.prior_predictive(fit.ratings, fit.formula, family=fit.family, link=fit.link, priors=fit.priors)


def _drawn(table: pd.DataFrame) -> Any:
    statistic = table["statistic"].astype(str)
    return (statistic == "share") & (table["level"] == "overall") | statistic.isin([*POINTS, "difference"])


@drawn_from(
    "the table of `ps.prior_predictive`", COLUMNS, numbers=VALUES, names=NAMES, only=_drawn, Fit=_of_fit,
    Ratings=lambda ratings: ps.prior_predictive(ratings),
    also="Used where present: reference (of differences), lower_50, upper_50.",
)  # fmt: skip
def prior_predictive(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Shares of the categories, and below spread and differences in rating points, as the priors alone produce them.

    The caller's ``ax`` holds shares or rating points.

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
        some = category_rows(shares)
        layouts = some if isinstance(some, Rows) else arrange(some, slot=4.4), arrange(headed(points), slot=4.6)
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


def outside(rows: pd.DataFrame) -> np.ndarray:
    """(n,) bool, which observed values lie outside lower to upper."""
    return ((rows["observed"] < rows["lower"]) | (rows["observed"] > rows["upper"])).to_numpy()


def outside_words(rows: pd.DataFrame) -> str:
    """A sentence: how many observed values lie outside, and which."""
    names = [f"{row.category or row.statistic} of {group_words(row.unit)} ({number(row.observed)})"
             for row in rows[outside(rows)].itertuples()]  # fmt: skip
    found = f"{len(names)} of {count(len(rows), 'observed value')} lie outside their interval"
    return f"{found}: {listed(names, 8)}." if names else f"{found}."


def group_words(unit: object) -> str:
    """The unit of a check in words, such as "gender: male" or "all raters"."""
    demographic, colon, level = str(unit).partition(":")
    return f"{demographic}: {level}" if colon else ("all raters" if unit == EVERYBODY else str(unit))


def category_rows(rows: pd.DataFrame) -> Groups | Rows:
    """One row for each category; many share a height, and some of them have a label."""
    categories = in_order(rows["category"])
    if len(categories) <= MOST_ROWS:
        return headed(rows)
    step, every = MANY_MM / len(categories), -(-len(categories) // MOST_ROWS)
    y: dict[Hashable, float] = {(name,): step * (i + 0.5) for i, name in enumerate(categories)}
    labels: dict[Hashable, str] = {(name,): name if i % every == 0 else "" for i, name in enumerate(categories)}
    return Rows(y, labels, {}, MANY_MM, {(name,): name for name in categories})


def draw_shares(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Bars of the observed shares, those outside their interval with a dark edge, and intervals of the model."""
    height = min(2.9, 0.66 * np.diff(np.sort(y)).min()) if len(y) > 1 else 2.9
    edge: dict[str, Any] = {"edgecolor": style.INK, "linewidth": min(0.8, 0.7 * height), "zorder": 2.1}
    for some, look in ((~outside(rows), {"label": INSIDE}), (outside(rows), {"label": OUTSIDE} | edge)):
        if some.any():
            ax.barh(y[some], rows["observed"][some], height, facecolor=BAR, **({"zorder": 2} | look))
    draw_intervals(ax, y, rows)
    ax.axvline(0, color=style.INK, lw=0.6)
    ax.set_xlim(0, 1.04 * max(rows["upper"].max(), rows["observed"].max(), 1.0))


def draw_beside(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Intervals, and beside each a circle at the observed value: open inside, filled outside."""
    draw_intervals(ax, y - 0.7, rows)
    for some, fill, words in ((~outside(rows), "white", INSIDE), (outside(rows), style.INK, OUTSIDE)):
        if some.any():
            ax.plot(rows["observed"].to_numpy()[some], y[some] + 0.7, **CIRCLE, mfc=fill, label=words)


def _share_panels(rows: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], str]:
    """The rows of each panel by its title, and a sentence on groups that are not drawn."""
    titles = rows["unit"].map(group_words)
    if "dimension" in rows:
        titles = rows["dimension"].astype(str) + ", " + titles
    extreme = np.minimum(rows["p"], 1.0 - rows["p"]) if "p" in rows else pd.Series(0.5, rows.index)
    kept = extreme.where(rows["unit"] != EVERYBODY, -1.0).groupby(titles, sort=False).min().nsmallest(MOST_PANELS).index
    panels = {str(title): part for title, part in rows.groupby(titles, sort=False) if title in kept}
    undrawn = titles.nunique() - len(panels)
    said = f"Not drawn: {count(undrawn, 'group')} with less extreme checks." if undrawn else ""
    return (panels if len(panels) > 1 else {"": rows}), said


def _moment_key(statistic: str, unit: str) -> tuple[str, str]:
    """Demographic and level; the spread of means stands under a header of its own."""
    if statistic in MEANS:
        return SPREAD, MEANS[statistic]
    demographic, _, level = unit.partition(":")
    return demographic, level or EVERYBODY


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
