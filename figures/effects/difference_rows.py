"""The forest of effects: one row for each contrast, one panel for each dimension."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import pluralstats as ps

from ..parts.chart import draw_chart
from ..parts.marks import SIMULTANEOUS, draw_intervals, draw_raw, draw_simultaneous, interval_entries
from ..parts.rows import Rows, counts_at
from ..parts.sources import drawn_from
from ..parts.tables import has
from ..parts.words import count, count_range, in_order, listed
from .contrast_rows import SLOPE, by_columns, contrast_groups, contrast_panels, effect_rows


@drawn_from(Fit=lambda fit: ps.effects(fit))
def forest(
    table: Any,
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
        Of ``ps.effects`` or ``ps.contrasts``: demographic, level, reference, estimand, estimate, lower, upper; used
        where present: lower_50, upper_50, lower_simultaneous, upper_simultaneous, raw, n_raters, n_raters_reference,
        unit. Columns between reference and estimand are those of ``by=``. Rows keep their order.
    estimand : str
        Which rows to draw; estimands are never mixed.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": ["gender"], "level": ["male"], "reference": ["female"],
    ...     "estimand": ["points"], "estimate": [0.2], "lower": [0.1], "upper": [0.3]})
    >>> forest(table, scale=(1, 5)).get_xlabel()
    'difference in rating points (scale 1–5)'
    """
    rows, left_out = effect_rows(table, estimand, "forest")
    return draw_chart(
        contrast_panels(rows, estimand, scale),
        contrast_groups(rows, by_columns(rows), estimand),
        _draw_marks,
        ax=ax,
        entries=interval_entries(rows, prob),
        what=f"Forest plot of {count(len(rows), 'effect')} of {listed(in_order(rows['demographic']))}",
        thing="effect",
        sentences=[left_out],
        margin=_counts,
        narrowest=23,
        rope=rope,
    )


def _draw_marks(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    draw_intervals(ax, y, rows)
    if has(rows, *SIMULTANEOUS):
        draw_simultaneous(ax, y, rows)
    draw_raw(ax, y, rows)


def _counts(rows: pd.DataFrame, layout: Rows) -> dict[float, str]:
    """The raters of each level, and those of its reference in the header or, between all pairs, beside them."""
    at = counts_at(rows, "n_raters", layout.y)
    headers = dict(zip(in_order(rows["demographic"]), layout.headers.values(), strict=True))
    for name, part in rows.groupby(rows["demographic"].astype(str)) if has(rows, "n_raters_reference") else ():
        references = in_order(part["reference"])
        if len(references) > 1:
            others = counts_at(part, "n_raters_reference", layout.y)
            at |= {y: f"{at.get(y, '')} / {n}" for y, n in others.items()}
        elif references != [SLOPE]:
            at[headers[name]] = f"ref. {count_range(part['n_raters_reference'].to_numpy(float))}"
    return at
