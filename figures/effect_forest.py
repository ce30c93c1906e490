"""The forest of effects: one row for each contrast, one panel for each dimension."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .effect_rows import by_columns, contrast_groups, effect_rows, in_words, is_ratio, quantity
from .intervals import draw_interval_key, draw_intervals, draw_raw, numeric_axis
from .panels import finished, is_leftmost, is_rightmost, label_x, panel_axes, share_limits
from .rows import Rows, arrange, count_range, draw_labels, draw_margin, draw_stripes
from .tables import DIMENSION, count, in_order, listed, number, wrapped


def forest(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    estimand: str = "points",
    scale: Any = None,
    rope: float = 0.0,
    prob: float = 0.95,
) -> Any:
    """Differences between groups with their intervals, the raw difference beside each.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.effects``: demographic, level, reference, estimand, estimate, lower, upper; used where
        present: lower_50, upper_50, raw, n_raters, n_raters_reference, unit, dimension (one panel for each). Columns
        between reference and estimand are taken for those of ``by=``. Rows are drawn in the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    estimand : str
        Which rows to draw; estimands are never mixed.
    scale : Scale or sequence of float, optional
        The rating scale, such as ``(1, 5)``, for the axis label.
    rope : float
        Half-width of the band of practical equivalence in the estimand's unit (log units for ratios); 0 draws none.
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
    dimensions = in_order(rows[DIMENSION]) if DIMENSION in rows else [""]
    with style.drawing("one" if len(dimensions) == 1 else "two", ax):
        wide = style.width_mm() > 120
        layout = arrange(contrast_groups(rows, by_columns(rows), estimand), characters=32 if wide else 22)
        axes = panel_axes(
            len(dimensions),
            layout.height + 17,
            width=style.width_mm(),
            labels=50 if wide else 36,
            narrowest=23,
            ax=ax,
        )
        for panel, dimension in zip(axes, dimensions, strict=True):
            part = rows[rows[DIMENSION].astype(str) == dimension] if dimension else rows
            _draw_panel(panel, part, layout, estimand, rope)
            panel.set_title(wrapped(dimension, 18 if len(axes) > 1 else 60))
        _draw_counts(axes, rows, layout)
        share_limits(axes)
        numeric_axis(axes, ratio=is_ratio(estimand), ticks=6 if len(axes) == 1 else 4)
        label_x(axes, quantity(rows, estimand, scale))
        if ax is None:
            draw_interval_key(axes, prob=prob, half=_known(rows, "lower_50"), raw=_known(rows, "raw"))
        return finished(axes, _sentences(rows, estimand, scale, rope, left_out))


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, estimand: str, rope: float) -> None:
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_labels(ax, layout, visible=is_leftmost(ax))
    draw_stripes(ax, layout)
    draw_null(ax, estimand, rope)
    draw_intervals(ax, y, rows)
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
    if "n_raters" not in rows:
        return
    at = {layout.y[key]: count_range(part.to_numpy(float)) for key, part in rows.groupby("key")["n_raters"]}
    for ax in axes:
        if is_rightmost(ax, axes):
            draw_margin(ax, at, "raters")


def _known(rows: pd.DataFrame, column: str) -> bool:
    return column in rows and bool(rows[column].notna().any())


def _sentences(rows: pd.DataFrame, estimand: str, scale: Any, rope: float, left_out: str) -> list[str]:
    demographics = listed(in_order(rows["demographic"]))
    dimensions = listed(in_order(rows[DIMENSION])) if DIMENSION in rows else ""
    low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    return [
        f"Forest plot of {count(len(rows), 'effect')} of {demographics} on ratings, {quantity(rows, estimand, scale)}.",
        f"One panel for each dimension: {dimensions}." if dimensions else "",
        f"Estimates run from {described(low, estimand)} to {described(high, estimand)}."
        if len(rows) > 1
        else "",
        f"The estimate is {described(low, estimand)}." if len(rows) == 1 else "",
        f"A grey band marks differences within {rope:g} as practically equivalent." if rope > 0 else "",
        left_out,
    ]


def described(row: pd.Series, estimand: str) -> str:
    """An effect with its interval and its contrast, for a sentence."""
    place = f", {row[DIMENSION]}" if DIMENSION in row.index else ""
    interval = f"{number(row['lower'])} to {number(row['upper'])}"
    return f"{number(row['estimate'])} (interval {interval}; {in_words(row['key'], estimand)}{place})"
