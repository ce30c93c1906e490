"""How much raters agree within groups, and what their disagreement consists of."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import THIN, draw_intervals, interval_entry
from ..parts.rows import EVERYBODY, rater_groups
from ..parts.tables import (
    DIMENSION,
    ESTIMATES,
    by_dimension,
    by_dimension_and,
    check_columns,
    checked_rows,
    drawn_from,
    rows_of,
)
from ..parts.words import in_order

GROUP = ("demographic", "level")
COLUMNS = (*GROUP, "coefficient", *ESTIMATES)
SOURCE = "the table of `ps.agreement`"
COEFFICIENTS = {
    "alpha_nominal": "Krippendorff’s α, nominal",
    "alpha_ordinal": "Krippendorff’s α, ordinal",
    "alpha_interval": "Krippendorff’s α, interval",
    "percent": "pairs that agree (%)",
    "ac1": "Gwet’s AC1",
    "ac2": "Gwet’s AC2",
    "fleiss": "Fleiss’ κ",
    "distance": "mean distance (points)",
    "entropy": "mean entropy (nats)",
    "polarisation": "mean polarisation (0–1)",
}
PERCENTS = ("percent", "lower", "upper")
BAR_MM = 2.8


@drawn_from(Ratings=lambda ratings: ps.agreement(ratings, ratings.demographics))
def agreement(
    table: Any, *, ax: Axes | None = None, bootstrap: str | None = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Agreement of the raters in each group, one panel for each coefficient; a line and a band for everybody.

    Dimensions have a panel each where there are groups, and else a row each.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.agreement``: demographic, level ("all" for everybody), coefficient, estimate, lower, upper; used where
        present: bootstrap, n_raters.
    bootstrap : str, optional
        Which intervals to draw; by default "both" where the table has them, else its first.

    Examples
    --------
    >>> names = {"demographic": ["all", "gender"], "level": ["all", "male"], "coefficient": "alpha_ordinal"}
    >>> agreement(pd.DataFrame(names | {"estimate": 0.4, "lower": 0.3, "upper": 0.5})).get_xlabel()
    'Krippendorff’s α, ordinal'
    """
    check_columns(table, COLUMNS, "agreement", SOURCE)
    if "bootstrap" in table and len(table):
        kinds = in_order(table["bootstrap"])
        bootstrap = bootstrap or ("both" if "both" in kinds else kinds[0])
        table = rows_of(table, "bootstrap", bootstrap, "agreement")
    rows, left_out = checked_rows(
        table, COLUMNS, "agreement", SOURCE, names=("coefficient", *GROUP), once="group of a coefficient", key=GROUP
    )
    rows["whole"] = rows["demographic"].astype(str) == EVERYBODY
    rows["whom"] = np.where(rows["whole"], "all raters", "groups of raters")
    entries = [interval_entry("group", prob)] if not rows["whole"].all() else []
    entries += [interval_entry("all raters", prob, style.REFERENCE, "D")] if rows["whole"].any() else []
    groups = rater_groups(rows)
    if rows["whole"].all() and DIMENSION in rows:  # a panel of one point each would be five axes of the same
        rows = rows.assign(key=[(name,) for name in rows[DIMENSION].astype(str)]).drop(columns=DIMENSION)
        groups = {"all raters": {key: key[0] for key in rows["key"]}}
    parts = by_dimension_and(rows, "coefficient")
    panels = [
        Panel(part, dimension, COEFFICIENTS.get(name, name), null=None) for (dimension, name), part in parts.items()
    ]
    resampled = "raters and items" if bootstrap == "both" else bootstrap
    said = [f"Intervals come from a bootstrap with {resampled} resampled." if bootstrap else "", left_out]
    return draw_chart(
        panels, groups, _draw_agreement, ax=ax, what="Agreement of raters", beside="whom",
        entries=entries, sentences=said,
    )  # fmt: skip


def _draw_agreement(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    whole = rows["whole"].to_numpy()
    for row in rows[whole].itertuples() if not whole.all() else ():
        ax.axvspan(row.lower, row.upper, color=style.BAND, lw=0, zorder=0.5)
        ax.axvline(row.estimate, color=style.RULE, lw=0.8, zorder=1)
    draw_intervals(ax, y[whole], rows[whole], colour=style.REFERENCE, marker="D")
    draw_intervals(ax, y[~whole], rows[~whole])


@drawn_from(
    "the table of `ps.variance_shares`", ("component", *PERCENTS), numbers=PERCENTS, names=["component"],
    key=["component"], Fit=lambda fit: ps.variance_shares(fit), also="0-100. Components keep their order.",
)  # fmt: skip
def variance_shares(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Share of each component of the latent variance, with its interval and its number beside it.

    Examples
    --------
    >>> table = pd.DataFrame({"component": ["item", "rest"], "percent": [30.0, 70.0], "lower": 25.0, "upper": 75.0})
    >>> variance_shares(table).get_xlabel()
    'percent of the latent variance, with 95% intervals'
    """
    rows = table.assign(estimate=table["percent"])
    words = f"percent of the latent variance, with {100 * prob:g}% intervals"
    return draw_chart(
        [Panel(part, dimension, words, null=None) for dimension, part in by_dimension(rows).items()],
        {"": {key: key[0] for key in rows["key"]}}, _draw_shares, what="Bars of the components", thing="component",
        slot=4.6, narrowest=27, stripes=False, margin="", ax=ax,
    )  # fmt: skip


def _draw_shares(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    ax.barh(y, rows["percent"], height=BAR_MM, color=style.ESTIMATE_LIGHT, zorder=2)
    ax.hlines(y, rows["lower"], rows["upper"], color=style.INK, lw=THIN, zorder=3)
    ax.axvline(0, color=style.INK, lw=0.6)
    ends = rows[["upper", "percent"]].max(axis=1)
    for at, percent, end in zip(y, rows["percent"], ends, strict=True):
        ax.annotate(rounded(percent), (end, at), (2.5, 0), textcoords="offset points", va="center_baseline", ha="left")
    ax.set_xlim(0, 1.18 * max(ends.max(), 1.0))  # room for the number right of the longest interval


def rounded(percent: float) -> str:
    """A share as a whole number; a small share is not nothing."""
    return "<1" if 0 < percent < 0.5 else f"{percent:.0f}"
