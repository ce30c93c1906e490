"""Models compared by how well they predict ratings left out.

Drawn by hand: ``arviz_plots.plot_compare`` opens a figure of pyplot that cannot be ours, has one standard error and no
numbers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import THICK, draw_intervals, interval_entry
from ..parts.rows import Rows, headed
from ..parts.tables import by_dimension, checked_rows, drawn_from
from ..parts.words import number

COLUMNS = ("model", "elpd_difference", "se_difference")


@drawn_from()
def elpd(table: Any, *, ax: Axes | None = None) -> Axes | np.ndarray:
    """Expected log predictive density of each model less that of the best, with one and two standard errors.

    Parameters
    ----------
    table : DataFrame or mapping from name to Fit
        Of ``ps.compare``, or the fits to compare: model, elpd_difference (0 for the best model, negative for the
        others), se_difference; used where present: weight (stacking, 0-1). Models are drawn in the order of the table.

    Examples
    --------
    >>> elpd(pd.DataFrame({"model": ["a", "b"], "elpd_difference": [0, -120], "se_difference": [0, 15]})).get_xlabel()
    'elpd less that of the best model (higher = better)'
    """
    if isinstance(table, Mapping):
        table = ps.compare(table, by="rating")
    rows, left_out = checked_rows(
        table, COLUMNS, "elpd", "the table of `ps.compare`", numbers=COLUMNS[1:], names=["model"], key=["model"]
    )
    at, se = rows["elpd_difference"], rows["se_difference"]
    rows = rows.assign(estimate=at, lower=at - 2 * se, upper=at + 2 * se, lower_50=at - se, upper_50=at + se)
    thick = Line2D([], [], color=style.ESTIMATE, lw=THICK)
    return draw_chart(
        [Panel(part, name, "elpd less that of the best model (higher = better)")
         for name, part in by_dimension(rows).items()],
        headed(rows), draw_intervals, ax=ax, what="Models compared", thing="model",
        entries=[interval_entry("difference, ± 2 standard errors"), (thick, "± 1 standard error")],
        sentences=[left_out], margin=_numbers, margin_title="difference ± se", margins_everywhere=True, slot=8.4,
        narrowest=52,
    )  # fmt: skip


def _numbers(rows: pd.DataFrame, layout: Rows) -> dict[float, str]:
    """Differences and weights: of a model far behind nothing else remains to be seen."""
    texts = [f"{number(row.elpd_difference, 1)} ± {number(row.se_difference, 1)}" for row in rows.itertuples()]
    if "weight" in rows:
        texts = [f"{text}\nweight {w:.2f}" for text, w in zip(texts, rows["weight"], strict=True)]
    return dict(zip(layout.at(rows), texts, strict=True))
