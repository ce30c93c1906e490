"""Variance shares: how much of the disagreement is item, group, person and noise."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .intervals import THIN, numeric_axis
from .panels import label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels
from .tables import DIMENSION, by_dimension, check_columns, in_order, listed, number, rows_with_numbers

COLUMNS = ("component", "percent", "lower", "upper")
BAR_MM = 2.8


def variance_shares(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Share of each component of the latent variance, with its interval and its number beside it.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.variance_shares``: component, percent (0-100), lower, upper; used where present:
        dimension (one panel for each). Components are drawn in the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    prob : float
        Probability of lower to upper, for the axis label.

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
    'percent of the latent variance, with 95% intervals'
    """
    check_columns(table, COLUMNS, "variance_shares", "the table of `ps.variance_shares`")
    names = [name for name in (DIMENSION, "component") if name in table]
    rows, left_out = rows_with_numbers(table, ["percent", "lower", "upper"], names, "variance_shares")
    parts = by_dimension(rows)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        layout = arrange({"": {name: name for name in in_order(rows["component"])}}, characters=22, slot=4.6)
        axes = panel_axes(list(parts), layout.height, labels=30, narrowest=27, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout)
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, f"percent of the latent variance, with {100 * prob:g}% intervals")
        return finished(axes, _sentences(parts, left_out))


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    y = np.array([layout.y[name] for name in rows["component"].astype(str)])
    draw_labels(ax, layout)
    ax.barh(y, rows["percent"], height=BAR_MM, color=style.ESTIMATE_LIGHT, zorder=2)
    ax.hlines(y, rows["lower"], rows["upper"], color=style.INK, lw=THIN, zorder=3)
    for at, percent, end in zip(y, rows["percent"], rows[["upper", "percent"]].max(axis=1), strict=True):
        ax.annotate(rounded(percent), (end, at), (2.5, 0), textcoords="offset points", va="center_baseline", ha="left")
    ax.axvline(0, color=style.INK, lw=0.6)
    # Room for the number right of the longest interval.
    ax.set_xlim(0, 1.18 * max(rows["upper"].max(), rows["percent"].max(), 1.0))


def rounded(percent: float) -> str:
    """A share as a whole number; a small share is not nothing.

    >>> rounded(0.2), rounded(34.6)
    ('<1', '35')
    """
    return "<1" if 0 < percent < 0.5 else f"{percent:.0f}"


def _sentences(parts: dict[str, pd.DataFrame], left_out: str) -> list[str]:
    sentences = ["Bars of the shares of the latent variance."]
    for dimension, rows in parts.items():
        shares = [
            f"{row.component} {rounded(row.percent)}% ({number(row.lower, 0)} to {number(row.upper, 0)})"
            for row in rows.itertuples()
        ]
        sentences.append(f"{dimension or 'Shares'} (intervals in brackets): {listed(shares, 8)}.")
    return [*sentences, left_out]
