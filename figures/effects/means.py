"""Expected ratings of groups with their intervals, the raw mean beside each."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps

from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_intervals, draw_raw, interval_entries
from ..parts.rows import rater_groups
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension, check_columns, checked_rows, rows_of
from ..parts.words import count, in_order, listed, lowest_highest, number, on_scale
from .contrast_rows import by_columns

COLUMNS, SOURCE = ("demographic", "level", "estimand", "estimate", "lower", "upper"), "the table of `ps.group_means`"


@drawn_from(Fit=lambda fit: ps.group_means(fit, fit.ratings.demographics))
def group_means(
    table: Any, *, ax: Axes | None = None, estimand: str = "mean", scale: Any = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Expected ratings of groups, one row for each level.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.group_means``: demographic, level, estimand, estimate, lower, upper; used where present: lower_50,
        upper_50, raw, n_raters, unit. Columns between level and estimand are those of ``by=``.
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["female", "male"], "estimand": "mean",
    ...     "estimate": [3.0, 3.2], "lower": [2.9, 3.1], "upper": [3.1, 3.3]})
    >>> group_means(table, scale=(1, 5)).get_xlabel()
    'expected rating (scale 1–5)'
    """
    check_columns(table, COLUMNS, "group_means", SOURCE)
    key = (*COLUMNS[:2], *by_columns(table, "level"))
    chosen = rows_of(table, "estimand", estimand, "group_means")
    rows, left_out = checked_rows(chosen, COLUMNS, "group_means", SOURCE, names=COLUMNS[:2], key=key)
    words = f"expected rating{on_scale(scale)}" if estimand == "mean" else f"{estimand.replace('>=', '≥')} (percent)"
    ends = [f"{', '.join(row['key'])} with {number(row['estimate'])}" for row in lowest_highest(rows)]
    groups = f"{count(rows['key'].nunique(), 'group')} by {listed(in_order(rows['demographic']))}"
    return draw_chart(
        [Panel(part, name, words, null=None) for name, part in by_dimension(rows).items()],
        rater_groups(rows),
        _draw_means,
        entries=interval_entries(rows, prob, raw="mean"),
        sentences=[f"{words} of {groups}.", f"From {ends[0]} to {ends[1]}.", left_out],
        narrowest=23,
        ax=ax,
    )


def _draw_means(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    draw_intervals(ax, y, rows)
    draw_raw(ax, y, rows)
