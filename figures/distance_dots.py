"""How far models are from the ratings of each group, above the floor that noise sets."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from . import style
from .alt import finished
from .intervals import draw_intervals, interval_handle, numeric_axis
from .keys import draw_key, key_height
from .panels import label_panel, panel_axes
from .rows import Rows, arrange, draw_labels, draw_stripes
from .tables import check_columns, count, in_order, listed, number, rows_with_numbers
from .unique_rows import refuse_repeats

COLUMNS = ("arm", "target", "metric", "unit", "estimate", "lower", "upper")
FLOOR = ("floor", "floor_lower", "floor_upper")
HALF_MM = 1.8  # of a band
WORDS = {
    "wasserstein": "Wasserstein distance",
    "jensen_shannon": "Jensen–Shannon divergence",
    "jensen_shannon_distance": "Jensen–Shannon distance",
}


def distances(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Distance of each arm's ratings from each group's, one panel for each metric; grey: two halves of the group.

    Parameters
    ----------
    table : DataFrame
        Of ``distribution_distances``: arm, target, metric, unit, estimate, lower, upper; used where present:
        floor, floor_lower, floor_upper (of two halves of the same raters).
    ax : Axes, optional
        Where to draw; for one metric only.
    prob : float
        Probability of the intervals, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several metrics

    Raises
    ------
    ConfigError
        Columns or rows are missing, a pair occurs twice, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "target": "left", "metric": "wasserstein", "unit": "rating points",
    ...     "estimate": [0.4], "lower": [0.3], "upper": [0.5]})
    >>> distances(table).get_xlabel()
    'Wasserstein distance (rating points)'
    """
    check_columns(table, COLUMNS, "distances", "the table of `distribution_distances`")
    rows, left_out = rows_with_numbers(table, COLUMNS[4:], ["arm", "target"], "distances")
    refuse_repeats(rows, ["arm", "target", "metric"], "distances", "pair of arm and group")
    rows["key"] = list(zip(rows["target"].astype(str), rows["arm"].astype(str), strict=True))
    groups: dict[str, dict[Any, str]] = {}
    for target, arm in rows["key"]:
        groups.setdefault(f"from {target}", {})[target, arm] = arm
    metrics = in_order(rows["metric"])
    handles, labels = _key(rows, prob)
    with style.drawing("one" if len(metrics) == 1 else "two", ax):
        layout = arrange(groups, characters=24, slot=2 * HALF_MM)
        axes = panel_axes([""] * len(metrics), layout.height, labels=36, narrowest=45, above=key_height(labels), ax=ax)
        for panel, metric in zip(axes, metrics, strict=True):
            part = rows[rows["metric"].astype(str) == metric]
            _draw_panel(panel, part, layout)
            words = f"{WORDS.get(metric, metric)} ({part['unit'].iloc[0]})"
            label_panel(panel, words, 45)
        numeric_axis(axes)
        draw_key(axes, handles, labels, own=ax is None)
        return finished(axes, [*_sentences(rows, metrics), left_out])


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    y = np.array([layout.y[key] for key in rows["key"]])
    if _has_floor(rows):
        for at, low, high in zip(y, rows["floor_lower"], rows["floor_upper"], strict=True):
            ax.fill_betweenx([at - HALF_MM, at + HALF_MM], low, high, color=style.BAND, lw=0, zorder=1)
        ax.vlines(rows["floor"], y - HALF_MM, y + HALF_MM, color=style.RULE, lw=0.8, zorder=1.5)
    draw_intervals(ax, y, rows)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]) if ax.get_xlim()[0] < 0 else 0.0)


def _has_floor(rows: pd.DataFrame) -> bool:
    return set(FLOOR) <= set(rows.columns) and bool(rows["floor"].notna().any())


def _key(rows: pd.DataFrame, prob: float) -> tuple[list[Any], list[str]]:
    handles, labels = [interval_handle(style.ESTIMATE)], [f"distance, {100 * prob:g}% interval"]
    if _has_floor(rows):
        handles.append(Patch(facecolor=style.BAND, edgecolor=style.RULE, lw=0.5))
        labels.append("between two halves of the group's raters")
    return handles, labels


def _sentences(rows: pd.DataFrame, metrics: list[str]) -> list[str]:
    arms, targets = count(rows["arm"].nunique(), "arm"), listed(in_order(rows["target"]))
    sentences = [f"Distances of the ratings of {arms} from those of {targets}."]
    for metric in metrics:
        part = rows[rows["metric"].astype(str) == metric]
        low, high = part.loc[part["estimate"].idxmin()], part.loc[part["estimate"].idxmax()]
        sentences.append(
            f"{WORDS.get(metric, metric)}: from {number(low['estimate'])} ({low['arm']}, {low['target']}) to "
            f"{number(high['estimate'])} ({high['arm']}, {high['target']})."
        )
    sentences.append("Grey bands are distances between halves of the same raters." if _has_floor(rows) else "")
    return sentences
