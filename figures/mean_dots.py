"""Expected ratings of groups with their intervals, the raw mean beside each."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError, nearest

from . import style
from .alt import finished
from .effect_rows import by_columns_before, on_scale
from .intervals import draw_interval_key, draw_intervals, draw_raw, numeric_axis
from .panels import is_rightmost, label_x, panel_axes, share_limits
from .rows import Rows, arrange, counts_at, draw_labels, draw_margin, draw_stripes
from .tables import DIMENSION, by_dimension, check_columns, count, in_order, listed, number, rows_with_numbers

COLUMNS = ("demographic", "level", "estimand", "estimate", "lower", "upper")


def group_means(
    table: pd.DataFrame, *, ax: Axes | None = None, estimand: str = "mean", scale: Any = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Expected ratings of groups, one row for each level, one panel for each dimension.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.group_means``: demographic, level, estimand, estimate, lower, upper; used where present:
        lower_50, upper_50, raw, n_raters, unit, dimension (one panel for each). Columns between level and estimand
        are those of ``by=``. Rows keep the order of the table.
    ax : Axes, optional
        Where to draw; for one panel only.
    estimand : str
        Which rows to draw.
    scale : Scale or sequence of float, optional
        The rating scale, such as ``(1, 5)``, for the axis label.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["female", "male"], "estimand": "mean",
    ...     "estimate": [3.0, 3.2], "lower": [2.9, 3.1], "upper": [3.1, 3.3]})
    >>> group_means(table, scale=(1, 5)).get_xlabel()
    'expected rating (scale 1–5)'
    """
    check_columns(table, COLUMNS, "group_means", "the table of `ps.group_means`")
    rows, left_out = _rows(table, estimand)
    parts = by_dimension(rows)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        layout = arrange(_groups(rows), characters=28, slot=4.4)
        axes = panel_axes(list(parts), layout.height, labels=40, narrowest=23, above=9, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout)
        share_limits(axes)
        numeric_axis(axes)
        at = counts_at(rows, "n_raters", layout.y)
        label_x(axes, _quantity(rows, estimand, scale))
        for panel in axes:
            if at and is_rightmost(panel, axes):
                draw_margin(panel, at, "raters")
        if ax is None:
            draw_interval_key(axes, prob=prob, half=_known(rows, "lower_50"), raw=_known(rows, "raw"), of="mean")
        return finished(axes, [*_sentences(rows, estimand, scale), left_out])


def _rows(table: pd.DataFrame, estimand: str) -> tuple[pd.DataFrame, str]:
    found = in_order(table["estimand"])
    if estimand not in found:
        raise ConfigError(
            f"`group_means` found no rows with the estimand '{estimand}'; the table has "
            f"{', '.join(found) or 'no rows'}.{nearest(estimand, found)}"
        )
    chosen = table[table["estimand"].astype(str) == estimand]
    names = [name for name in (DIMENSION, "demographic", "level") if name in table]
    rows, left_out = rows_with_numbers(chosen, ["estimate", "lower", "upper"], names, "group_means")
    columns = ["demographic", "level", *by_columns_before(table, "level")]
    rows["key"] = list(zip(*(rows[column].astype(str) for column in columns), strict=True))
    return rows, left_out


def _groups(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label, in the order of the table."""
    groups: dict[str, dict[Hashable, str]] = {}
    for key in dict.fromkeys(rows["key"]):
        groups.setdefault(key[0], {})[key] = ", ".join(key[1:])
    return groups


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    draw_intervals(ax, y, rows)
    if _known(rows, "raw"):
        draw_raw(ax, y, rows["raw"].to_numpy(dtype=float, na_value=np.nan))


def _known(rows: pd.DataFrame, column: str) -> bool:
    return column in rows and bool(rows[column].notna().any())


def _quantity(rows: pd.DataFrame, estimand: str, scale: Any) -> str:
    if estimand == "mean":
        return "expected rating" + on_scale(scale)
    return f"{estimand.replace('>=', '≥')} (percent)"


def _sentences(rows: pd.DataFrame, estimand: str, scale: Any) -> list[str]:
    by = listed(in_order(rows["demographic"]))
    sentences = [f"{_quantity(rows, estimand, scale)} of {count(rows['key'].nunique(), 'group')} by {by}."]
    ends = [rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]]
    words = [f"{', '.join(row['key'])} with {number(row['estimate'])}" for row in ends]
    return [*sentences, f"From {words[0]} to {words[1]}."]
