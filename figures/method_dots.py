"""The same contrast by several methods: whether a finding hangs on one of them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .effect_forest import draw_null
from .effect_rows import by_columns, contrast_groups, in_words, is_ratio, quantity
from .intervals import RAW_MARK, draw_intervals, interval_handle, numeric_axis
from .keys import draw_key, key_height
from .panels import label_panel, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels
from .tables import DIMENSION, check_columns, count, in_order, listed, number, rows_with_numbers, wrapped

COLUMNS = ("demographic", "level", "reference", "estimand", "method", "estimate")
STEP_MM = 1.9  # between the methods of one contrast
RAW = "raw"
WORDS = {
    "exact": "this model, exact",
    "item_only": "without rater effects",
    "gee": "GEE",
    "ordinal_gee": "ordinal GEE",
    RAW: "raw",
}


def robustness(
    table: pd.DataFrame, *, ax: Axes | None = None, scale: Any = None, most: int = 18, prob: float = 0.95
) -> Axes | np.ndarray:
    """Each contrast once for every method, one panel for each estimand, because estimands do not compare.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.robustness``: demographic, level, reference, estimand, method, estimate; used where present:
        lower, upper (a method without an interval is a dot), unit, dimension (panels for each). Columns between
        reference and estimand tell contrasts apart. Contrasts and methods keep the order of the table; the first
        method is dark grey, raw differences are open circles.
    ax : Axes, optional
        Where to draw; for one panel only.
    scale : Scale or sequence of float, optional
        The rating scale, such as ``(1, 5)``, for the axis label.
    most : int
        The most contrasts; of more, those on which the methods differ most.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several estimands or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a contrast occurs twice with a method, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "race", "level": "Black", "reference": "White", "estimand": "points",
    ...     "method": ["exact", "gee"], "estimate": [0.2, 0.25], "lower": [0.1, 0.1], "upper": [0.3, 0.4]})
    >>> robustness(table, scale=(1, 5)).get_xlabel()
    'difference in rating points (scale 1–5)'
    """
    rows, left_out = _checked(table)
    kept = _most_different(rows, most)
    panels, methods = _panels(kept), in_order(kept["method"])
    handles, labels = _key(kept, methods, prob)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = _layout(kept, max(len(in_order(part["method"])) for part in panels.values()))
        titles = [dimension for dimension, _ in panels]
        axes = panel_axes(titles, layout.height, labels=40, narrowest=42, above=key_height(labels), ax=ax)
        for panel, ((_, estimand), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part, layout, methods, estimand)
            label_panel(panel, quantity(part, estimand, scale), 40)
        for estimand in in_order(kept["estimand"]):  # estimands do not compare, dimensions do
            same = [panel for panel, (_, name) in zip(axes, panels, strict=True) if name == estimand]
            share_limits(same)
            numeric_axis(same, ratio=is_ratio(estimand))
        draw_key(axes, handles, labels, own=ax is None)
        return finished(axes, [*_sentences(rows, kept, panels, methods), left_out])


def _checked(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    check_columns(table, COLUMNS, "robustness", "the table of `ps.robustness`")
    names = [name for name in (DIMENSION, "demographic", "level", "method") if name in table]
    rows, left_out = rows_with_numbers(table, ["estimate"], names, "robustness")
    rows["key"] = list(
        zip(*(rows[name].astype(str) for name in ["demographic", "level", "reference", *by_columns(rows)]), strict=True)
    )
    where = [name for name in (DIMENSION, "estimand", "method", "key") if name in rows]
    repeated = rows[rows.duplicated(where)]
    if len(repeated):
        raise ConfigError(
            f"`robustness` draws each contrast once for a method, but {count(len(repeated), 'row')} repeat one "
            f"(first: {in_words(repeated['key'].iloc[0], 'points')} by {repeated['method'].iloc[0]}). Filter the "
            "table, or tell the rows apart by a column `dimension`."
        )
    return rows.assign(**{name: np.nan for name in ("lower", "upper") if name not in rows}), left_out


def _most_different(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The contrasts with the widest range between methods, relative to all ranges of the estimand, in their order."""
    if rows["key"].nunique() <= most:
        return rows
    where = [name for name in (DIMENSION, "estimand", "key") if name in rows]
    ranges = rows.groupby(where, sort=False)["estimate"].agg(np.ptp).reset_index()
    ranges["estimate"] /= ranges.groupby("estimand")["estimate"].transform("max").replace(0.0, 1.0)
    widest = ranges.groupby("key")["estimate"].max().sort_values(ascending=False, kind="stable").index[: max(most, 1)]
    return rows[rows["key"].isin(set(widest))].reset_index(drop=True)


def _panels(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """(dimension, estimand) -> its rows; the dimensions of one estimand stand beside each other, as they compare."""
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    parts = dict(iter(rows.groupby([dimension, rows["estimand"].astype(str)], sort=False)))
    return {key: parts[key] for name in in_order(rows["estimand"]) for key in parts if key[1] == name}


def _layout(rows: pd.DataFrame, methods: int) -> Rows:
    # "minus" would be wrong for the panels of ratios, which share their rows with the others.
    ratios = [name for name in in_order(rows["estimand"]) if is_ratio(name)]
    groups = contrast_groups(rows, by_columns(rows), ratios[0] if ratios else "points")
    return arrange(groups, characters=26, slot=STEP_MM * methods + 2)


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, methods: list[str], estimand: str) -> None:
    draw_labels(ax, layout)
    draw_null(ax, estimand, 0.0)
    here = [method for method in methods if method in set(rows["method"].astype(str))]
    for step, method in enumerate(here):
        i, part = methods.index(method), rows[(rows["method"].astype(str) == method).to_numpy()]
        y = np.array([layout.y[key] for key in part["key"]]) + STEP_MM * (step - (len(here) - 1) / 2)
        if method == RAW:
            ax.hlines(y, part["lower"], part["upper"], color=style.RULE, lw=0.8, zorder=3)
            ax.plot(part["estimate"], y, **RAW_MARK, zorder=3.4)
        else:
            draw_intervals(ax, y, part, colour=_colour(i), marker=style.MARKERS[i % len(style.MARKERS)])


def _colour(i: int) -> str:
    return style.REFERENCE if i == 0 else style.OKABE_ITO[(i - 1) % len(style.OKABE_ITO)]


def _key(rows: pd.DataFrame, methods: list[str], prob: float) -> tuple[list[Any], list[str]]:
    handles = [
        Line2D([], [], **RAW_MARK)
        if method == RAW
        else interval_handle(_colour(i), style.MARKERS[i % len(style.MARKERS)])
        for i, method in enumerate(methods)
    ]
    labels = [wrapped(WORDS.get(method, method), 40) for method in methods]
    if rows["lower"].notna().any():
        handles.append(interval_handle(style.INK, ""))
        labels.append(f"{100 * prob:g}% interval")
    return handles, labels


def _sentences(
    rows: pd.DataFrame, kept: pd.DataFrame, panels: dict[tuple[str, str], pd.DataFrame], methods: list[str]
) -> list[str]:
    contrasts, hidden = kept["key"].nunique(), rows["key"].nunique() - kept["key"].nunique()
    names = listed([WORDS.get(method, method) for method in methods])
    sentences = [f"{count(contrasts, 'contrast')} by {count(len(methods), 'method')}: {names}."]
    if hidden:
        sentences.append(f"Not drawn: {count(hidden, 'contrast')} on which the methods differ less.")
    for (dimension, estimand), part in panels.items():
        ranges = part.groupby("key", sort=False)["estimate"].agg(["min", "max"]).reset_index()
        row = ranges.loc[(ranges["max"] - ranges["min"]).idxmax()]
        place = f" in {dimension}" if dimension else ""
        if len(in_order(part["method"])) > 1:
            sentences.append(
                f"{estimand}{place}: the methods differ most on {in_words(row['key'], estimand)}, from "
                f"{number(row['min'])} to {number(row['max'])}."
            )
    return sentences
