"""Ratings as observed beside ratings that a model produces: shares of the categories, and moments of groups.

Tables of intervals are drawn, so that nothing is replicated here: ``arviz_plots.plot_ppc_dist`` and its kin take
``fit.draws``, know no groups of raters, and have neither the intervals nor which values lie outside.
"""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import pluralstats as ps

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import THICK, Entry, draw_intervals, interval_entry
from ..parts.rows import EVERYBODY, Rows, arrange, counts_at, rater_groups
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension_and, checked_rows, has, with_key
from ..parts.words import count, in_order, listed, number

COLUMNS = ("statistic", "level", "unit", "category", "observed", "estimate", "lower", "upper")
SOURCE = "the table of `ps.predictive_checks`"
MOST_PANELS, MOST_ROWS, MANY_MM = 20, 15, 60.0  # more categories share a height, and some of them have a label
QUANTITIES = {"mean": "mean (rating points)", "sd": "sd (rating points)", "agreement": "pairs that agree (%)"}
SPREAD, MEANS = "sd of means", {"sd of rater means": "of raters", "sd of item means": "of items"}
OBSERVED_BAR = "#cfcfcf"
_OUTSIDE_BAR: dict[str, Any] = {"facecolor": OBSERVED_BAR, "edgecolor": style.INK, "linewidth": 0.8}
_CIRCLE: dict[str, Any] = {"linestyle": "none", "marker": "o", "ms": 3.6, "mec": style.INK, "mew": 0.8}


@drawn_from(Fit=lambda fit: ps.predictive_checks(fit))
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
    rows, left_out = check_rows(table, "predicted_shares", lambda table: table["statistic"].astype(str) == "share")
    panels, undrawn = _share_panels(with_key(rows, ["category"]))
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        charts = [Panel(part, title, "percent of the ratings", None) for title, part in panels.items()]
        entries = check_entries(words, prob, bars=pd.concat(panels.values()))
        return draw_chart(
            charts, category_rows(in_order(rows["category"])), draw_shares, ax=ax, entries=entries,
            sentences=[*_share_sentences(panels), undrawn, left_out], narrowest=26, stripes=False,
        )  # fmt: skip


@drawn_from(Fit=lambda fit: ps.predictive_checks(fit))
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
    ...     "category": "", "observed": [3.0, 3.1], "estimate": [3.0, 3.1], "lower": [2.9, 3.0],
    ...     "upper": [3.1, 3.2]})
    >>> predicted_moments(table).get_xlabel()
    'mean (rating points)'
    """
    rows, left_out = check_rows(
        table, "predicted_moments",
        lambda table: table["level"].isin(["overall", "group"]) & table["statistic"].isin([*QUANTITIES, *MEANS]),
    )  # fmt: skip
    rows["key"] = [_moment_key(row.statistic, row.unit) for row in rows.itertuples()]
    panels = by_dimension_and(rows.assign(panel=rows["statistic"].replace(dict.fromkeys(MEANS, "sd"))), "panel")
    return draw_chart(
        [Panel(part, title, QUANTITIES[statistic], None) for (title, statistic), part in panels.items()],
        rater_groups(rows), draw_beside, ax=ax, entries=check_entries(words, prob, circles=rows),
        sentences=[*_moment_sentences(rows), left_out], margin_title="ratings", slot=4.6, narrowest=34,
        margin=lambda rows, layout: counts_at(rows[rows["key"].str[0] != SPREAD], "n_ratings", layout.y),
    )  # fmt: skip


def check_rows(table: Any, figure: str, chosen: Any, source: str = SOURCE) -> tuple[pd.DataFrame, str]:
    """The rows of a predictive check that ``chosen`` marks, and a sentence on those left out."""
    some = table[chosen(table)] if isinstance(table, pd.DataFrame) and {"statistic", "level"} <= set(table) else table
    return checked_rows(some, COLUMNS, figure, source, numbers=COLUMNS[4:], names=["statistic", "unit", "category"])


def outside(rows: pd.DataFrame) -> np.ndarray:
    """(n,) bool, which observed values lie outside lower to upper."""
    return ((rows["observed"] < rows["lower"]) | (rows["observed"] > rows["upper"])).to_numpy()


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
    return Rows(y, {(name,): name if i % every == 0 else "" for i, name in enumerate(categories)}, {}, MANY_MM)


def draw_shares(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Bars of the observed shares, those outside their interval with a dark edge, and intervals of the model."""
    height = min(2.9, 0.66 * np.diff(np.sort(y)).min()) if len(y) > 1 else 2.9
    out = outside(rows)
    ax.barh(y, rows["observed"], height=height, color=OBSERVED_BAR, zorder=2)
    edge = _OUTSIDE_BAR | {"linewidth": min(0.8, 0.35 * height)}
    ax.barh(y[out], rows["observed"][out], height=height, **edge, zorder=2.1)
    draw_intervals(ax, y, rows)
    ax.axvline(0, color=style.INK, lw=0.6)
    ax.set_xlim(0, 1.04 * max(rows["upper"].max(), rows["observed"].max(), 1.0))


def draw_beside(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Intervals, and beside each a circle at the observed value: open inside, filled outside."""
    draw_intervals(ax, y - 0.7, rows)
    out = outside(rows)
    for some, fill in ((~out, "white"), (out, style.INK)):
        ax.plot(rows["observed"].to_numpy()[some], y[some] + 0.7, **_CIRCLE, mfc=fill, zorder=3.6)


def check_entries(
    words: str, prob: float, *, bars: pd.DataFrame | None = None, circles: pd.DataFrame | None = None
) -> list[Entry]:
    """What bars, circles, dots and lines are; ``bars`` and ``circles`` are the rows drawn that way."""
    entries: list[Entry] = []
    circle, filled = (Line2D([], [], **_CIRCLE, mfc=fill) for fill in ("white", style.INK))
    marks = [(bars, Patch(color=OBSERVED_BAR), Patch(**_OUTSIDE_BAR)), (circles, circle, filled)]
    drawn = [(rows, inner, outer) for rows, inner, outer in marks if rows is not None]
    for rows, inner, outer in drawn:
        entries += [(inner, "observed")] if not outside(rows).all() else []
        entries += [(outer, "observed, outside")] if outside(rows).any() else []
    entries.append(interval_entry(words, prob))
    if any(has(rows, "lower_50", "upper_50") for rows, _, _ in drawn):
        entries.append((Line2D([], [], color=style.ESTIMATE, lw=THICK), "50% interval"))
    return entries


def in_numbers(row: Any, unit: str) -> str:
    """Observed against expected in a sentence, such as "43.5% observed, 21.9% (20.9 to 23.0) expected"."""
    observed, estimate, lower, upper = (number(getattr(row, name), 1 if unit == "%" else 2) for name in COLUMNS[4:])
    return f"{observed}{unit} observed, {estimate}{unit} ({lower} to {upper}) expected"


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
    demographic, _, level = str(unit).partition(":")
    return demographic, level or EVERYBODY


def _share_sentences(panels: dict[str, pd.DataFrame]) -> list[str]:
    title, first = next(iter(panels.items()))
    texts = [f"{row.category} {in_numbers(row, '%')}" for row in first.itertuples()]
    out = {title: int(outside(part).sum()) for title, part in panels.items()}
    total = sum(len(part) for part in panels.values())
    places = [title for title, n in out.items() if n and title]
    where = f" ({listed(places)})" if places else ""
    return [
        "Bars of the observed shares of the categories with intervals of what the model produces.",
        f"{title or group_words(first['unit'].iloc[0])}: {listed(texts, 8)}.",
        f"{sum(out.values())} of {count(total, 'share')} lie outside their interval{where}.",
    ]


def _moment_sentences(rows: pd.DataFrame) -> list[str]:
    everybody = rows[rows["unit"].astype(str) == EVERYBODY]
    unit = {"agreement": "%"}
    names = [f"{row.statistic} {in_numbers(row, unit.get(row.statistic, ''))}" for row in everybody.itertuples()]
    out = [f"{row.statistic} of {group_words(row.unit)}" for row in rows[outside(rows)].itertuples()]
    found = f": {listed(out, 8)}" if out else ""
    return [
        f"Observed statistics of {count(rows['key'].nunique(), 'row')} beside intervals of what the model produces.",
        f"All raters: {listed(names)}." if names else "",
        f"{len(out)} of {count(len(rows), 'statistic')} lie outside their interval{found}.",
    ]
