"""The same contrasts under several models, side by side."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .effect_forest import described, draw_null, finish_axes
from .effect_rows import by_columns, contrast_groups, effect_rows, quantity
from .intervals import draw_intervals, interval_handle
from .keys import draw_key, key_height
from .panels import panel_axes
from .rows import Rows, arrange, draw_labels
from .tables import DIMENSION, by_dimension, count, in_order, listed, wrapped

STEP_MM = 1.9  # between the models of one contrast


def comparison(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    estimand: str = "points",
    scale: Any = None,
    rope: float = 0.0,
) -> Axes | np.ndarray:
    """Each contrast once for every model: what changes when the model changes.

    Parameters
    ----------
    table : DataFrame
        The effects tables of the models under each other with a column model: model, demographic, level,
        reference, estimand, estimate, lower, upper; used where present: lower_50, upper_50, dimension, unit.
        Models are drawn in the order of the table; the first is dark grey.
    ax, estimand, scale, rope
        As in ``forest``.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a contrast occurs twice in a model, or ``ax`` is given for several
        panels.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["items only", "items and raters"], "demographic": "race",
    ...     "level": "Black", "reference": "White", "estimand": "points", "estimate": [0.2, 0.2],
    ...     "lower": [0.1, -0.1], "upper": [0.3, 0.5]})
    >>> comparison(table).get_xlabel()
    'difference in rating points'
    """
    rows, left_out = effect_rows(table, estimand, "comparison", [DIMENSION, "model"])
    parts, models = by_dimension(rows), in_order(rows["model"])
    labels = [wrapped(model, 40) for model in models]
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        wide = style.width_mm() > 120
        groups = contrast_groups(rows, by_columns(rows), estimand)
        layout = arrange(groups, characters=32 if wide else 24, slot=STEP_MM * len(models) + 2)
        axes = panel_axes(
            list(parts),
            layout.height,
            labels=50 if wide else 36,
            narrowest=23,
            above=key_height(labels),
            ax=ax,
        )
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout, models)
            draw_null(panel, estimand, rope)
        finish_axes(axes, rows, estimand, scale)
        handles = [interval_handle(_colours(models)[model], _marker(i)) for i, model in enumerate(models)]
        draw_key(axes, handles, labels, own=ax is None)
        return finished(axes, _sentences(rows, models, estimand, scale, left_out))


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, models: list[str]) -> None:
    draw_labels(ax, layout)
    colours = _colours(models)
    for i, model in enumerate(models):
        part = rows[rows["model"].astype(str) == model]
        shift = STEP_MM * (i - (len(models) - 1) / 2)
        y = np.array([layout.y[key] for key in part["key"]]) + shift
        draw_intervals(ax, y, part, colour=colours[model], marker=_marker(i))


def _colours(models: list[str]) -> dict[str, str]:
    return style.level_colours(models, reference=models[0])


def _marker(i: int) -> str:
    return style.MARKERS[i % len(style.MARKERS)]


def _sentences(rows: pd.DataFrame, models: list[str], estimand: str, scale: Any, left_out: str) -> list[str]:
    contrasts = count(rows["key"].nunique(), "contrast")
    demographics = listed(in_order(rows["demographic"]))
    widest = rows.loc[rows["estimate"].abs().idxmax()]
    return [
        f"{contrasts} of {demographics} under {count(len(models), 'model')}: {listed(models)}.",
        f"The axis is {quantity(rows, estimand, scale)}.",
        f"One panel for each dimension: {listed(in_order(rows[DIMENSION]))}." if DIMENSION in rows else "",
        f"The largest estimate is {described(widest, estimand)}, model {widest['model']}.",
        left_out,
    ]
