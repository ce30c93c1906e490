"""Marks of a predictive check: what was observed over what a model produces, and which rows lie outside."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import style
from .intervals import THICK, interval_handle
from .keys import draw_key
from .rows import EVERYBODY
from .tables import DIMENSION, check_columns, number, rows_with_numbers

COLUMNS = ("statistic", "level", "unit", "category", "observed", "estimate", "lower", "upper")
NUMBERS = ["observed", "estimate", "lower", "upper"]
SOURCE = "the table of `ps.predictive_checks`"
OBSERVED_BAR = "#cfcfcf"
_OUTSIDE_BAR: dict[str, Any] = {"facecolor": OBSERVED_BAR, "edgecolor": style.INK, "linewidth": 0.8}
_CIRCLE: dict[str, Any] = {"linestyle": "none", "marker": "o", "ms": 3.6, "mec": style.INK, "mew": 0.8}


def check_rows(table: pd.DataFrame, chosen: np.ndarray, figure: str, source: str = SOURCE) -> tuple[pd.DataFrame, str]:
    """The chosen rows with finite numbers, and a sentence on those left out.

    Raises
    ------
    ConfigError
        Columns are missing, or no row is left.
    """
    names = [name for name in (DIMENSION, "statistic", "unit", "category") if name in table]
    return rows_with_numbers(table[chosen], NUMBERS, names, figure)


def checked_table(table: pd.DataFrame, figure: str, source: str = SOURCE) -> None:
    """Refuse a table without the columns of a predictive check."""
    check_columns(table, COLUMNS, figure, source)


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


def draw_observed(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Circles at the observed values: open inside the interval, filled outside."""
    out = outside(rows)
    for some, fill in ((~out, "white"), (out, style.INK)):
        ax.plot(rows["observed"].to_numpy()[some], y[some], **_CIRCLE, mfc=fill, zorder=3.6)


def draw_observed_bars(ax: Axes, y: np.ndarray, rows: pd.DataFrame, height: float) -> None:
    """Bars from 0 to the observed values; those outside the interval have a dark edge."""
    ax.barh(y, rows["observed"], height=height, color=OBSERVED_BAR, zorder=2)
    out = outside(rows)
    edge = _OUTSIDE_BAR | {"linewidth": min(0.8, 0.35 * height)}
    ax.barh(y[out], rows["observed"][out], height=height, **edge, zorder=2.1)


def draw_check_key(
    axes: Sequence[Axes], bars: pd.DataFrame | None, circles: pd.DataFrame | None, words: str, prob: float, *, own: bool
) -> None:
    """What bars, circles, dots and lines are; ``bars`` and ``circles`` are the rows drawn that way."""
    entries: list[tuple[Any, str]] = []
    marks: list[tuple[pd.DataFrame | None, Any, Any]] = [
        (bars, Patch(color=OBSERVED_BAR), Patch(**_OUTSIDE_BAR)),
        (circles, Line2D([], [], **_CIRCLE, mfc="white"), Line2D([], [], **_CIRCLE, mfc=style.INK)),
    ]
    for rows, inner, outer in marks:
        if rows is not None:
            out = outside(rows)
            entries += [(inner, "observed")] if not out.all() else []
            entries += [(outer, "observed, outside")] if out.any() else []
    entries.append((interval_handle(style.ESTIMATE), f"{words}, {100 * prob:g}% interval"))
    drawn = bars if bars is not None else circles
    if drawn is not None and {"lower_50", "upper_50"} <= set(drawn.columns):
        entries.append((Line2D([], [], color=style.ESTIMATE, lw=THICK), "50% interval"))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=own)


def in_numbers(row: Any, unit: str) -> str:
    """Observed against expected in a sentence, such as "43.5% observed, 21.9% (20.9 to 23.0) expected"."""
    digits = 1 if unit == "%" else 2
    observed, estimate, lower, upper = (
        number(value, digits) for value in (row.observed, row.estimate, row.lower, row.upper)
    )
    return f"{observed}{unit} observed, {estimate}{unit} ({lower} to {upper}) expected"
