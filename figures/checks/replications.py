"""Ratings as observed beside ratings that a model produces: shares of the categories, and moments of groups.

Tables of intervals are drawn, so that nothing is replicated here: ``arviz_plots.plot_ppc_dist`` and its kin take
``fit.draws``, know no groups of raters, and have neither the intervals nor which values lie outside.
"""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps

from .. import style
from ..parts.alt import extremes
from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_intervals, interval_entries
from ..parts.rows import EVERYBODY, Rows, arrange, counts_at, rater_groups
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension_and
from ..parts.words import count, in_order, listed, number

VALUES = ("observed", "estimate", "lower", "upper")
NAMES = ("statistic", "unit", "category")
COLUMNS = (*NAMES, "level", *VALUES)
SOURCE = "the table of `ps.predictive_checks`"
MOST_PANELS, MOST_ROWS, MANY_MM = 20, 15, 60.0  # more categories share a height, and some of them have a label
QUANTITIES = {"mean": "mean (rating points)", "sd": "sd (rating points)", "agreement": "pairs that agree (%)"}
SPREAD, MEANS = "sd of means", {"sd of rater means": "of raters", "sd of item means": "of items"}
BAR = "#cfcfcf"
CIRCLE: dict[str, Any] = {"linestyle": "none", "marker": "o", "ms": 3.6, "mec": style.INK, "mew": 0.8, "zorder": 3.6}
INSIDE, OUTSIDE = "observed", "observed, outside"


def _moments(table: pd.DataFrame) -> Any:
    return table["level"].isin(["overall", "group"]) & table["statistic"].isin([*QUANTITIES, *MEANS])


@drawn_from(
    SOURCE, COLUMNS, numbers=VALUES, names=NAMES, key=["category"], Fit=lambda fit: ps.predictive_checks(fit),
    only=lambda table: table["statistic"].astype(str) == "share",
)  # fmt: skip
def predicted_shares(
    table: Any, *, ax: Axes | None = None, words: str = "replicated", prob: float = 0.95
) -> Axes | np.ndarray:
    """Observed share of each category as a bar, the model's interval on it: everybody, then each group.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.predictive_checks`` or ``ps.prior_predictive``: statistic (rows "share" are drawn), level, unit,
        category, observed, estimate, lower, upper; used where present: lower_50, upper_50, p. Categories keep the
        order of the table. Of more than 20 groups those with the most extreme p are drawn.
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
    said = extremes(first, list(first["category"]), place=group_words(first["unit"].iloc[0]), thing="share")
    return draw_chart(
        [Panel(part, title, "percent of the ratings", None) for title, part in panels.items()],
        category_rows(in_order(table["category"])), draw_shares, ax=ax, entries=interval_entries(table, prob, words),
        sentences=["Percent of the ratings in each category: bars of the observed ones, intervals of the model.", said,
                   outside_words(pd.concat(panels.values())), undrawn], narrowest=26, stripes=False,
    )  # fmt: skip


@drawn_from(SOURCE, COLUMNS, numbers=VALUES, names=NAMES, only=_moments, Fit=lambda fit: ps.predictive_checks(fit))
def predicted_moments(
    table: Any, *, ax: Axes | None = None, words: str = "replicated", prob: float = 0.95
) -> Axes | np.ndarray:
    """Mean, sd and percent agreement of everybody and of each group, one panel each.

    The sds of the means of raters and items stand among the sds: they show a missing random term.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.predictive_checks``: statistic ("mean", "sd", "agreement", "sd of rater means", "sd of item means" are
        drawn), level ("overall" and "group"), unit, category, observed, estimate, lower, upper; used where present:
        lower_50, upper_50, n_ratings. Rows keep the order of the table.
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
    """The unit of a check in words.

    >>> group_words("gender:male"), group_words("all")
    ('gender: male', 'all raters')
    """
    demographic, colon, level = str(unit).partition(":")
    return f"{demographic}: {level}" if colon else ("all raters" if unit == EVERYBODY else str(unit))


def category_rows(categories: list[str]) -> Rows:
    """One row for each category; many share a height, and some of them have a label."""
    if len(categories) <= MOST_ROWS:
        return arrange({"": {(name,): name for name in categories}}, slot=4.4)
    step, every = MANY_MM / len(categories), -(-len(categories) // MOST_ROWS)
    y: dict[Hashable, float] = {(name,): step * (i + 0.5) for i, name in enumerate(categories)}
    labels: dict[Hashable, str] = {(name,): name if i % every == 0 else "" for i, name in enumerate(categories)}
    return Rows(y, labels, {}, MANY_MM, {(name,): name for name in categories})


def draw_shares(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Bars of the observed shares, those outside their interval with a dark edge, and intervals of the model."""
    height = min(2.9, 0.66 * np.diff(np.sort(y)).min()) if len(y) > 1 else 2.9
    edge: dict[str, Any] = {"edgecolor": style.INK, "linewidth": min(0.8, 0.35 * height), "zorder": 2.1}
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
    panels = dict(iter(rows.groupby(titles, sort=False)))
    if len(panels) <= MOST_PANELS:
        return panels if len(panels) > 1 else {"": rows}, ""
    groups = [title for title, part in panels.items() if (part["unit"] != EVERYBODY).all()]
    chosen = set(sorted(groups, key=lambda title: _most_extreme(panels[title]))[: MOST_PANELS - 1])
    kept = [title for title in panels if title in chosen or title not in groups][:MOST_PANELS]
    undrawn = f"Not drawn: {count(len(panels) - len(kept), 'group')} with less extreme checks."
    return {title: panels[title] for title in kept}, undrawn


def _most_extreme(rows: pd.DataFrame) -> float:
    return float(np.minimum(rows["p"], 1.0 - rows["p"]).min()) if "p" in rows else 0.5


def _moment_key(statistic: str, unit: str) -> tuple[str, str]:
    """Demographic and level; the spread of means stands under a header of its own."""
    if statistic in MEANS:
        return SPREAD, MEANS[statistic]
    demographic, _, level = unit.partition(":")
    return demographic, level or EVERYBODY
