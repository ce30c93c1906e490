"""Variance shares: how much of the disagreement is item, group, person and noise."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .intervals import THIN, numeric_axis
from .panels import finished, is_leftmost, label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels
from .tables import DIMENSION, check_columns, count, in_order, listed, number, rows_with_numbers, wrapped

COLUMNS = ("component", "percent", "lower", "upper")
BAR_MM = 2.8


def variance_shares(table: pd.DataFrame, *, ax: Axes | None = None) -> Any:
    """Share of each component of the latent variance, with its interval and its number beside it.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.variance_shares``: component, percent (0-100), lower, upper; used where present: dimension
        (one panel for each). Components are drawn in the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"component": ["item", "residual"], "percent": [30.0, 70.0],
    ...     "lower": [25.0, 65.0], "upper": [35.0, 75.0]})
    >>> variance_shares(table).get_xlabel()
    'percent of the latent variance'
    """
    check_columns(table, COLUMNS, "variance_shares", "the table of `ps.variance_shares`")
    names = [name for name in (DIMENSION, "component") if name in table]
    rows, left_out = rows_with_numbers(table, ["percent", "lower", "upper"], names, "variance_shares")
    components = in_order(rows["component"])
    dimensions = in_order(rows[DIMENSION]) if DIMENSION in rows else [""]
    with style.drawing("one" if len(dimensions) == 1 else "two", ax):
        layout = arrange({"": {name: name for name in components}}, characters=22, slot=4.6)
        axes = panel_axes(
            len(dimensions), layout.height + 14, width=style.width_mm(), labels=30, narrowest=27, ax=ax
        )
        for panel, dimension in zip(axes, dimensions, strict=True):
            part = rows[rows[DIMENSION].astype(str) == dimension] if dimension else rows
            _draw_panel(panel, part, layout)
            panel.set_title(wrapped(dimension, 18 if len(axes) > 1 else 60))
        share_limits(axes)
        numeric_axis(axes, ticks=4)
        label_x(axes, "percent of the latent variance")
        return finished(axes, _sentences(rows, dimensions, left_out))


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    y = np.array([layout.y[name] for name in rows["component"].astype(str)])
    draw_labels(ax, layout, visible=is_leftmost(ax))
    ax.barh(y, rows["percent"], height=BAR_MM, color=style.ESTIMATE_LIGHT, zorder=2)
    ax.hlines(y, rows["lower"], rows["upper"], color=style.INK, lw=THIN, zorder=3)
    for at, percent, end in zip(y, rows["percent"], np.maximum(rows["upper"], rows["percent"]), strict=True):
        ax.annotate(f"{percent:.0f}", (end, at), (2.5, 0), textcoords="offset points", va="center", ha="left")
    ax.axvline(0, color=style.INK, lw=0.6)
    # Room for the number right of the longest interval.
    ax.set_xlim(0, 1.18 * max(rows["upper"].max(), rows["percent"].max(), 1.0))


def _sentences(rows: pd.DataFrame, dimensions: list[str], left_out: str) -> list[str]:
    shares = [
        f"{row.component} {number(row.percent, 0)}% ({number(row.lower, 0)} to {number(row.upper, 0)})"
        + (f" in {getattr(row, DIMENSION)}" if dimensions != [""] else "")
        for row in rows.itertuples()
    ]
    where = f" in {count(len(dimensions), 'dimension')} ({listed(dimensions)})" if dimensions != [""] else ""
    return [
        f"Bars of the shares of the latent variance{where}, with intervals: {listed(shares, 12)}.",
        left_out,
    ]
