"""Models compared by how well they predict ratings left out."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import style
from .alt import finished
from .intervals import THICK, draw_intervals, interval_handle, numeric_axis
from .keys import draw_key
from .panels import label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels, draw_margin, draw_stripes
from .tables import DIMENSION, by_dimension, check_columns, count, in_order, listed, number, rows_with_numbers

COLUMNS = ("model", "elpd_difference", "se_difference")


def elpd(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes | np.ndarray:
    """Expected log predictive density of each model less that of the best, with one and two standard errors.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.compare``: model, elpd_difference (0 for the best model, negative for the others),
        se_difference; used where present: weight (stacking, 0-1), dimension (one panel for each). Models are
        drawn in the order of the table.
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
    >>> table = pd.DataFrame({"model": ["items and raters", "items only"], "elpd_difference": [0.0, -120.0],
    ...     "se_difference": [0.0, 15.0], "weight": [0.97, 0.03]})
    >>> elpd(table).get_xlabel()
    'elpd less that of the best model (higher = better)'
    """
    check_columns(table, COLUMNS, "elpd", "the table of `ps.compare`")
    names = [name for name in (DIMENSION, "model") if name in table]
    rows, left_out = rows_with_numbers(table, list(COLUMNS[1:]), names, "elpd")
    parts = by_dimension(rows)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        layout = arrange({"": {name: name for name in in_order(rows["model"])}}, characters=24, slot=7.2)
        axes = panel_axes(list(parts), layout.height, labels=36, narrowest=52, above=9, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout)
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, "elpd less that of the best model (higher = better)")
        handles = [
            interval_handle(style.ESTIMATE),
            Line2D([], [], color=style.ESTIMATE, lw=THICK),
        ]
        draw_key(axes, handles, ["difference, ± 2 standard errors", "± 1 standard error"], own=ax is None)
        return finished(axes, [*_sentences(parts), left_out])


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
    at, se = rows["elpd_difference"], rows["se_difference"]
    ends = {"estimate": at, "lower": at - 2 * se, "upper": at + 2 * se, "lower_50": at - se, "upper_50": at + se}
    y = np.array([layout.y[name] for name in rows["model"].astype(str)])
    draw_intervals(ax, y, rows.assign(**ends))
    # Of a model far behind nothing else remains to be seen, so that the numbers stand beside.
    texts = [f"{number(a, 1)} ± {number(s, 1)}" for a, s in zip(at, se, strict=True)]
    if "weight" in rows:
        texts = [f"{text}\nweight {w:.2f}" for text, w in zip(texts, rows["weight"], strict=True)]
    draw_margin(ax, dict(zip(y, texts, strict=True)), "difference ± se")


def _sentences(parts: dict[str, pd.DataFrame]) -> list[str]:
    sentences = ["Differences in expected log predictive density from the best model."]
    for dimension, rows in parts.items():
        texts = [
            f"{row.model} {number(row.elpd_difference, 1)} (se {number(row.se_difference, 1)})"
            for row in rows.itertuples()
        ]
        sentences.append(f"{dimension or count(len(rows), 'model')}: {listed(texts, 8)}.")
    return sentences
