"""Each rater and each item: what was observed against what a model expects."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps

from .. import style
from ..parts.alt import extremes, first_of
from ..parts.chart import draw_planes
from ..parts.fonts import fitted
from ..parts.panels import TITLE, round_ticks
from ..parts.tables import by_dimension_and, drawn_from
from ..parts.words import joined
from .replications import COLUMNS, NAMES, SOURCE, VALUES, outside

HEIGHT_MM, NARROWEST_MM, TITLE_MM = 40.0, 44.0, 34.0
MOST_LINES = 60  # units whose intervals can be told apart
WHAT = "Observed against expected values of single raters or items, with the diagonal."
PLURALS = {"mean": "means", "sd": "sds", "agreement": "agreement"}
INSIDE: dict[str, Any] = {"ls": "none", "marker": "o", "mfc": style.ESTIMATE, "mec": "none", "alpha": 0.6, "zorder": 3}
OUTSIDE: dict[str, Any] = {
    "ls": "none", "marker": "D", "mfc": style.INK, "mec": "white", "mew": 0.3, "zorder": 3.2, "label": "outside",
}  # fmt: skip


@drawn_from(
    SOURCE, COLUMNS, numbers=VALUES, names=NAMES, only=lambda table: table["level"].isin(["rater", "item"]),
    Fit=lambda fit: ps.predictive_checks(fit),
    also="Rows of the levels rater and item are drawn.",
)  # fmt: skip
def predicted_units(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against expected mean, sd and agreement of single raters and items, the diagonal between them.

    A point lies at the median of the replications (x) and at the observed value (y); up to 60 units have their
    interval as a line, which meets the diagonal unless the observed value lies outside. The share outside stands in
    the title: about 1 - ``prob`` or less for a right model.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": "mean", "level": "rater", "unit": ["r1", "r2"], "category": "",
    ...     "observed": [3.0, 3.1], "estimate": [3.0, 3.3], "lower": [2.9, 3.2], "upper": [3.1, 3.4]})
    >>> predicted_units(table).get_title(loc="left")
    'rater means\\n50% of 2 outside'
    """
    panels, said = {}, []
    parts = by_dimension_and(table, "level", "statistic")
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        for (dimension, level, statistic), part in parts.items():
            what = f"{level} {PLURALS.get(statistic, statistic)}"
            share = f"{100 * outside(part).mean():.0f}% of {len(part):,} outside"
            place = fitted(dimension, TITLE_MM, TITLE, weight="bold") + "\n" if dimension else ""
            panels[f"{place}{what}\n{share}"] = part  # a line each, so that no title is cut
            place = joined(dimension, f"observed {what}", share)
            said.append(extremes(part, part["unit"], place=place, thing=level, column="observed"))
        draw = partial(_draw, interval=f"{100 * prob:g}% interval")
        return draw_planes(
            panels, draw, ax=ax, height=HEIGHT_MM, narrowest=NARROWEST_MM, sentences=[WHAT, *first_of(said)]
        )


def _draw(axes: Sequence[Axes], parts: Sequence[pd.DataFrame], interval: str) -> None:
    for ax, rows in zip(axes, parts, strict=True):
        x, y = rows["estimate"].to_numpy(), rows["observed"].to_numpy()
        few = len(rows) <= MOST_LINES
        for some, look in ((~outside(rows), INSIDE | {"label": f"inside the {interval}"}), (outside(rows), OUTSIDE)):
            if some.any():
                ax.plot(x[some], y[some], ms=3.2 if few else 2.2, **look)
        ends = np.r_[x, y]
        if few:
            ax.hlines(y, rows["lower"], rows["upper"], color=style.ESTIMATE_LIGHT, lw=0.8, zorder=2, label=interval)
            ends = np.r_[ends, rows["lower"], rows["upper"]]
        room = 0.04 * np.ptp(ends) or 0.5
        limits = (ends.min() - room, ends.max() + room)
        ax.plot([0, 1], [0, 1], transform=ax.transAxes, color=style.RULE, lw=0.8, zorder=1)
        unit = "%" if rows["statistic"].iloc[0] == "agreement" else "rating points"
        ax.set(xlim=limits, ylim=limits, xlabel=f"expected ({unit})", ylabel="observed")
        round_ticks(ax)
