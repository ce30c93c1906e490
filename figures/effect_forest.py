"""The forest of effects: one row for each contrast, one panel for each dimension."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .effect_rows import SLOPE, by_columns, contrast_groups, effect_rows, in_words, is_ratio, quantity
from .intervals import (
    SIMULTANEOUS,
    draw_interval_key,
    draw_intervals,
    draw_raw,
    draw_simultaneous,
    numeric_axis,
)
from .panels import is_rightmost, label_x, panel_axes, share_limits
from .rows import Rows, arrange, count_range, counts_at, draw_labels, draw_margin, draw_stripes
from .tables import DIMENSION, by_dimension, count, in_order, listed, number


def forest(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    estimand: str = "points",
    scale: Any = None,
    rope: float = 0.0,
    prob: float = 0.95,
) -> Axes | np.ndarray:
    """Differences between groups with their intervals, the raw difference beside each.

    Pairwise contrasts are spelt out ("Black minus White"); simultaneous intervals are hair lines with caps.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.effects`` or ``ps.contrasts``: demographic, level, reference, estimand, estimate, lower,
        upper; used where present: lower_50, upper_50, lower_simultaneous, upper_simultaneous, raw, n_raters,
        n_raters_reference, unit, dimension (one panel for each). Columns between reference and estimand are those
        of ``by=``. Rows keep the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    estimand : str
        Which rows to draw; estimands are never mixed.
    scale : Scale or sequence of float, optional
        The rating scale, such as ``(1, 5)``, for the axis label.
    rope : float
        Half-width of the band of practical equivalence in the estimand's unit (log units for ratios).
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a contrast occurs twice, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": ["gender"], "level": ["male"], "reference": ["female"],
    ...     "estimand": ["points"], "estimate": [0.2], "lower": [0.1], "upper": [0.3]})
    >>> forest(table, scale=(1, 5)).get_xlabel()
    'difference in rating points (scale 1–5)'
    """
    rows, left_out = effect_rows(table, estimand, "forest", [DIMENSION])
    parts = by_dimension(rows)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        wide = style.width_mm() > 120
        groups = contrast_groups(rows, by_columns(rows), estimand)
        layout = arrange(groups, characters=32 if wide else 24, slot=4.4)
        axes = panel_axes(list(parts), layout.height, labels=50 if wide else 36, narrowest=23, above=9, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout, estimand, rope)
        _draw_counts(axes, rows, layout)
        finish_axes(axes, rows, estimand, scale)
        if ax is None:
            half, raw, together = _known(rows, "lower_50"), _known(rows, "raw"), _together(rows)
            draw_interval_key(axes, prob=prob, half=half, raw=raw, simultaneous=together)
        return finished(axes, _sentences(rows, estimand, scale, rope, left_out))


def finish_axes(axes: list[Axes], rows: pd.DataFrame, estimand: str, scale: Any) -> None:
    """The same limits, few ticks, and the quantity written once."""
    share_limits(axes)
    numeric_axis(axes, ratio=is_ratio(estimand))
    label_x(axes, quantity(rows, estimand, scale))


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, estimand: str, rope: float) -> None:
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    draw_null(ax, estimand, rope)
    draw_intervals(ax, y, rows)
    if _together(rows):
        draw_simultaneous(ax, y, rows)
    if "raw" in rows:
        draw_raw(ax, y, rows["raw"].to_numpy(dtype=float, na_value=np.nan))


def draw_null(ax: Axes, estimand: str, rope: float) -> None:
    """The line of no difference and, around it, the band of practical equivalence."""
    ratio = is_ratio(estimand)
    if ratio:
        ax.set_xscale("log")
    ax.axvline(1.0 if ratio else 0.0, color=style.RULE, lw=0.8, zorder=1)
    if rope > 0:
        low, high = (np.exp(-rope), np.exp(rope)) if ratio else (-rope, rope)
        ax.axvspan(low, high, color=style.BAND, lw=0, zorder=0.5)


def _draw_counts(axes: list[Axes], rows: pd.DataFrame, layout: Rows) -> None:
    at = counts_at(rows, "n_raters", layout.y)
    if _known(rows, "n_raters_reference"):
        headers = dict(zip(in_order(rows["demographic"]), layout.headers.values(), strict=True))
        for name, part in rows.groupby(rows["demographic"].astype(str)):
            if in_order(part["reference"]) == [SLOPE]:
                continue
            if len(in_order(part["reference"])) == 1:
                at[headers[name]] = f"ref. {count_range(part['n_raters_reference'].to_numpy(float))}"
            else:  # between all pairs every row has a reference of its own
                others = counts_at(part, "n_raters_reference", layout.y)
                at |= {y: f"{at.get(y, '')} / {n}" for y, n in others.items()}
    for ax in axes:
        if at and is_rightmost(ax, axes):
            draw_margin(ax, at, "raters")


def _together(rows: pd.DataFrame) -> bool:
    return all(_known(rows, name) for name in SIMULTANEOUS)


def _known(rows: pd.DataFrame, column: str) -> bool:
    return column in rows and bool(rows[column].notna().any())


def _sentences(rows: pd.DataFrame, estimand: str, scale: Any, rope: float, left_out: str) -> list[str]:
    demographics = listed(in_order(rows["demographic"]))
    dimensions = listed(in_order(rows[DIMENSION])) if DIMENSION in rows else ""
    low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    return [
        f"Forest plot of {count(len(rows), 'effect')} of {demographics}, {quantity(rows, estimand, scale)}.",
        f"One panel for each dimension: {dimensions}." if dimensions else "",
        f"The lowest estimate is {described(low, estimand)}, the highest {described(high, estimand)}.",
        "Thin lines are intervals, thick lines 50% intervals, open circles raw differences.",
        "Capped hair lines are simultaneous intervals of all contrasts of a family." if _together(rows) else "",
        f"A grey band marks differences within {rope:g} as practically equivalent." if rope > 0 else "",
        left_out,
    ]


def described(row: pd.Series, estimand: str) -> str:
    """An effect with its interval and its contrast, for a sentence."""
    place = f", {row[DIMENSION]}" if DIMENSION in row.index else ""
    interval = f"{number(row['lower'])} to {number(row['upper'])}"
    return f"{number(row['estimate'])} (interval {interval}; {in_words(row['key'], estimand)}{place})"
