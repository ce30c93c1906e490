"""Each rater and each item: what was observed against what a model expects."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from . import style
from .alt import finished
from .check_marks import check_rows, checked_table, outside
from .keys import draw_key
from .panels import panel_axes
from .tables import DIMENSION, count, listed, number, shortened

HEIGHT_MM = 40.0
MOST_LINES = 60  # units whose intervals can be told apart
_NAMES = {"mean": "means", "sd": "sds", "agreement": "agreement"}


def predicted_units(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against expected mean, sd and agreement of single raters and items, the diagonal between them.

    A point lies at the median of the replications (x) and at the observed value (y); up to 60 units have their
    interval as a line, which meets the diagonal unless the observed value lies outside. The share outside stands in
    the title: about 1 - ``prob`` or less for a right model.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.predictive_checks``: statistic, level (rows "rater" and "item" are drawn), unit,
        category, observed, estimate, lower, upper; used where present: dimension (panels for each).
    ax : Axes, optional
        Where to draw; for one panel only.
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
    >>> table = pd.DataFrame({"statistic": "mean", "level": "rater", "unit": ["r1", "r2"], "category": "",
    ...     "observed": [3.0, 3.1], "estimate": [3.0, 3.3], "lower": [2.9, 3.2], "upper": [3.1, 3.4]})
    >>> predicted_units(table).get_title(loc="left")
    'rater means, 50% of 2 outside'
    """
    checked_table(table, "predicted_units")
    rows, left_out = check_rows(table, table["level"].isin(["rater", "item"]).to_numpy(), "predicted_units")
    dimensions = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    panels = dict(iter(rows.groupby([dimensions, "level", "statistic"], sort=False)))
    titles = [_title(dimension, level, name, part) for (dimension, level, name), part in panels.items()]
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        axes = panel_axes(titles, HEIGHT_MM, labels=6, narrowest=44, above=5, own_rows=True, ax=ax)
        for panel, ((_, _, statistic), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part)
            unit = "%" if statistic == "agreement" else "rating points"
            panel.set_xlabel(f"expected ({unit})")
            panel.set_ylabel("observed")
        _draw_key(axes, panels, prob, own=ax is None)
        return finished(axes, [*_sentences(panels), left_out])


def _title(dimension: str, level: str, statistic: str, rows: pd.DataFrame) -> str:
    place = f"{dimension}, " if dimension else ""
    return f"{place}{level} {_NAMES.get(statistic, statistic)}, {_percent_outside(rows)} of {len(rows):,} outside"


def _percent_outside(rows: pd.DataFrame) -> str:
    return f"{100 * outside(rows).mean():.0f}%"


def _draw_panel(ax: Axes, rows: pd.DataFrame) -> None:
    out, few = outside(rows), len(rows) <= MOST_LINES
    x, y = rows["estimate"].to_numpy(), rows["observed"].to_numpy()
    ends = rows[["lower", "upper"]].to_numpy() if few else np.column_stack([x, x])
    low, high = min(ends.min(), y.min()), max(ends.max(), y.max())
    room = 0.04 * (high - low) or 0.5
    ax.set(xlim=(low - room, high + room), ylim=(low - room, high + room))
    ax.plot([0, 1], [0, 1], transform=ax.transAxes, color=style.RULE, lw=0.8, zorder=1)
    if few:
        ax.hlines(y, rows["lower"], rows["upper"], color=style.ESTIMATE_LIGHT, lw=0.8, zorder=2)
    ax.plot(x[~out], y[~out], **_mark(few, False), zorder=3)
    ax.plot(x[out], y[out], **_mark(few, True), zorder=3.2)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], min_n_ticks=2))


def _mark(few: bool, out: bool) -> dict[str, Any]:
    size = 3.2 if few else 2.2
    if out:
        return {"linestyle": "none", "marker": "D", "ms": size, "mfc": style.INK, "mec": "white", "mew": 0.3}
    return {"linestyle": "none", "marker": "o", "ms": size, "mfc": style.ESTIMATE, "mec": "none", "alpha": 0.6}


def _draw_key(axes: list[Axes], panels: dict[tuple[str, str, str], pd.DataFrame], prob: float, own: bool) -> None:
    few = any(len(part) <= MOST_LINES for part in panels.values())
    interval = f"{100 * prob:g}% interval"
    entries = [(Line2D([], [], **_mark(few, False)), f"inside the {interval}")]
    if any(outside(part).any() for part in panels.values()):
        entries.append((Line2D([], [], **_mark(few, True)), "outside"))
    if few:
        entries.append((Line2D([], [], color=style.ESTIMATE_LIGHT, lw=0.8), interval))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=own)


def _sentences(panels: dict[tuple[str, str, str], pd.DataFrame]) -> list[str]:
    sentences = ["Observed against expected values of single raters or items, with the diagonal."]
    for (dimension, level, statistic), rows in panels.items():
        place = f" in {dimension}" if dimension else ""
        far = (rows["observed"] - rows["estimate"]).abs()
        worst = rows.loc[far.idxmax()]
        sentences.append(
            f"{statistic} of {count(len(rows), level)}{place}: {_percent_outside(rows)} outside their interval; "
            f"farthest {listed([shortened(worst['unit'])])}, {number(worst['observed'])} observed, "
            f"{number(worst['estimate'])} expected."
        )
    return sentences
