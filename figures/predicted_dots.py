"""Means, spread and agreement of groups of raters as observed, beside what a model produces."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .check_marks import check_rows, checked_table, draw_check_key, draw_observed, group_words, in_numbers, outside
from .intervals import draw_intervals, numeric_axis
from .panels import is_rightmost, panel_axes, share_limits
from .rows import Rows, arrange, counts_at, draw_labels, draw_margin, draw_stripes, rater_groups
from .tables import DIMENSION, count, in_order, listed, wrapped

_QUANTITIES = {
    "mean": "mean (rating points)",
    "sd": "sd (rating points)",
    "agreement": "pairs that agree (%)",
}
SPREAD = "sd of means"
_MEANS = {"sd of rater means": "of raters", "sd of item means": "of items"}


def predicted_moments(
    table: pd.DataFrame, *, ax: Axes | None = None, words: str = "replicated", prob: float = 0.95
) -> Axes | np.ndarray:
    """Mean, sd and percent agreement of everybody and of each group, one panel each.

    The sds of the means of raters and items stand among the sds: they show a missing random term.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.predictive_checks``: statistic ("mean", "sd", "agreement", "sd of rater means", "sd of
        item means" are drawn), level ("overall" and "group"), unit, category, observed, estimate, lower, upper;
        used where present: lower_50, upper_50, n_ratings, dimension (panels for each). Rows keep the order of
        the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    words : str
        What the intervals are of, for the key.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several statistics

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": "mean", "level": "group", "unit": ["gender:female", "gender:male"],
    ...     "category": "", "observed": [3.0, 3.1], "estimate": [3.0, 3.1], "lower": [2.9, 3.0],
    ...     "upper": [3.1, 3.2]})
    >>> predicted_moments(table).get_xlabel()
    'mean (rating points)'
    """
    checked_table(table, "predicted_moments")
    about_groups = table["level"].isin(["overall", "group"]) & table["statistic"].isin([*_QUANTITIES, *_MEANS])
    rows, left_out = check_rows(table, about_groups.to_numpy(), "predicted_moments")
    rows["key"] = [_key(row.statistic, row.unit) for row in rows.itertuples()]
    rows["panel"] = rows["statistic"].replace(dict.fromkeys(_MEANS, "sd"))
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    panels = dict(iter(rows.groupby([dimension, "panel"], sort=False)))
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = arrange(rater_groups(rows), characters=24, slot=4.6)
        titles = [title for title, _ in panels]
        axes = panel_axes(titles, layout.height, labels=36, narrowest=34, above=9, ax=ax)
        for panel, ((_, statistic), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part, layout)
            panel.set_xlabel(wrapped(_QUANTITIES[statistic], 26 if len(axes) > 1 else 50))
        _share(axes, [statistic for _, statistic in panels])
        _draw_counts(axes, rows, layout)
        draw_check_key(axes, None, rows, words, prob, own=ax is None)
        return finished(axes, [*_sentences(rows), left_out])


def _key(statistic: str, unit: str) -> tuple[str, str]:
    """Demographic and level; the spread of means stands under a header of its own."""
    if statistic in _MEANS:
        return SPREAD, _MEANS[statistic]
    demographic, _, level = str(unit).partition(":")
    return demographic, level or "all"


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    draw_intervals(ax, y - 0.7, rows)
    draw_observed(ax, y + 0.7, rows)  # beside the estimate, not on it


def _share(axes: list[Axes], statistics: list[str]) -> None:
    """The same limits for one statistic in all dimensions."""
    for statistic in in_order(statistics):
        share_limits([ax for ax, name in zip(axes, statistics, strict=True) if name == statistic])
    numeric_axis(axes)


def _draw_counts(axes: list[Axes], rows: pd.DataFrame, layout: Rows) -> None:
    at = counts_at(rows[rows["key"].str[0] != SPREAD], "n_ratings", layout.y)
    for ax in axes:
        if at and is_rightmost(ax, axes):
            draw_margin(ax, at, "ratings")


def _sentences(rows: pd.DataFrame) -> list[str]:
    units = {"agreement": "%"}
    names = [f"{row.statistic} {in_numbers(row, units.get(row.statistic, ''))}" for row in _overall(rows).itertuples()]
    out = [f"{row.statistic} of {group_words(row.unit)}" for row in rows[outside(rows)].itertuples()]
    groups = count(rows["key"].nunique(), "row")
    sentences = [f"Observed statistics of {groups} beside intervals of what the model produces."]
    if names:
        sentences.append(f"All raters: {listed(names)}.")
    found = f": {listed(out, 8)}" if out else ""
    return [*sentences, f"{len(out)} of {count(len(rows), 'statistic')} lie outside their interval{found}."]


def _overall(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["unit"].astype(str) == "all"]
