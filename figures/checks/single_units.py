"""Each rater and each item: what was observed against what a model expects."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.alt import finished
from ..parts.fonts import fitted
from ..parts.marks import Entry, draw_key
from ..parts.panels import TITLE, panel_axes, round_ticks, settle
from ..parts.sources import drawn_from
from ..parts.tables import by_dimension_and
from ..parts.words import count, number, shortened
from .replications import check_rows, outside

HEIGHT_MM, NARROWEST_MM, TITLE_MM = 40.0, 44.0, 34.0
MOST_LINES = 60  # units whose intervals can be told apart
NAMES = {"mean": "means", "sd": "sds", "agreement": "agreement"}
Panels = Mapping[tuple[str, ...], pd.DataFrame]  # dimension, level, statistic -> rows


@drawn_from(Fit=lambda fit: ps.predictive_checks(fit))
def predicted_units(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against expected mean, sd and agreement of single raters and items, the diagonal between them.

    A point lies at the median of the replications (x) and at the observed value (y); up to 60 units have their
    interval as a line, which meets the diagonal unless the observed value lies outside. The share outside stands in
    the title: about 1 - ``prob`` or less for a right model.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.predictive_checks``: statistic, level (rows "rater" and "item" are drawn), unit, category, observed,
        estimate, lower, upper.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": "mean", "level": "rater", "unit": ["r1", "r2"], "category": "",
    ...     "observed": [3.0, 3.1], "estimate": [3.0, 3.3], "lower": [2.9, 3.2], "upper": [3.1, 3.4]})
    >>> predicted_units(table).get_title(loc="left")
    'rater means\\n50% of 2 outside'
    """
    rows, left_out = check_rows(table, "predicted_units", lambda table: table["level"].isin(["rater", "item"]))
    panels = by_dimension_and(rows, "level", "statistic")
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        titles = [_title(*place) + _outside_words(part) for place, part in panels.items()]
        axes = panel_axes(titles, labels=0, narrowest=NARROWEST_MM, own_rows=True, ax=ax)
        for panel, ((_, _, statistic), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part)
            unit = "%" if statistic == "agreement" else "rating points"
            panel.set(xlabel=f"expected ({unit})", ylabel="observed")
        draw_key(axes, _entries(panels, prob), own=ax is None)
        settle(axes, HEIGHT_MM, own=ax is None)
        return finished(axes, [*_sentences(panels), left_out])


def _title(dimension: str, level: str, statistic: str) -> str:
    """Dimension, and what of whom: a line each, as the share outside has, so that no title is cut."""
    place = fitted(dimension, TITLE_MM, TITLE, weight="bold") + "\n" if dimension else ""
    return f"{place}{level} {NAMES.get(statistic, statistic)}\n"


def _outside_words(rows: pd.DataFrame) -> str:
    return f"{_percent_outside(rows)} of {len(rows):,} outside"


def _percent_outside(rows: pd.DataFrame) -> str:
    return f"{100 * outside(rows).mean():.0f}%"


def _draw_panel(ax: Axes, rows: pd.DataFrame) -> None:
    out, few = outside(rows), len(rows) <= MOST_LINES
    x, y = rows["estimate"].to_numpy(), rows["observed"].to_numpy()
    ends = np.r_[x, y, rows[["lower", "upper"]].to_numpy().ravel()] if few else np.r_[x, y]
    room = 0.04 * np.ptp(ends) or 0.5
    limits = (ends.min() - room, ends.max() + room)
    ax.set(xlim=limits, ylim=limits)
    ax.plot([0, 1], [0, 1], transform=ax.transAxes, color=style.RULE, lw=0.8, zorder=1)
    if few:
        ax.hlines(y, rows["lower"], rows["upper"], color=style.ESTIMATE_LIGHT, lw=0.8, zorder=2)
    ax.plot(x[~out], y[~out], **_mark(few, False), zorder=3)
    ax.plot(x[out], y[out], **_mark(few, True), zorder=3.2)
    round_ticks(ax)


def _mark(few: bool, out: bool) -> dict[str, Any]:
    look = {"marker": "D", "mfc": style.INK, "mec": "white", "mew": 0.3}
    inside = {"marker": "o", "mfc": style.ESTIMATE, "mec": "none", "alpha": 0.6}
    return {"linestyle": "none", "ms": 3.2 if few else 2.2, **(look if out else inside)}


def _entries(panels: Panels, prob: float) -> list[Entry]:
    few = any(len(part) <= MOST_LINES for part in panels.values())
    interval = f"{100 * prob:g}% interval"
    entries: list[Entry] = [(Line2D([], [], **_mark(few, False)), f"inside the {interval}")]
    if any(outside(part).any() for part in panels.values()):
        entries.append((Line2D([], [], **_mark(few, True)), "outside"))
    if few:
        entries.append((Line2D([], [], color=style.ESTIMATE_LIGHT, lw=0.8), interval))
    return entries


def _sentences(panels: Panels) -> list[str]:
    sentences = ["Observed against expected values of single raters or items, with the diagonal."]
    for (dimension, level, statistic), rows in panels.items():
        worst = rows.loc[(rows["observed"] - rows["estimate"]).abs().idxmax()]
        sentences.append(
            f"{statistic} of {count(len(rows), level)}{f' in {dimension}' if dimension else ''}: "
            f"{_percent_outside(rows)} outside their interval; farthest {shortened(worst['unit'])}, "
            f"{number(worst['observed'])} observed, {number(worst['estimate'])} expected."
        )
    return sentences
