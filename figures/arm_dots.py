"""Training conditions against the base: the effect of each arm, its training seeds as dots."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from . import style
from .alt import finished
from .intervals import THICK, draw_intervals, interval_handle, numeric_axis
from .keys import draw_key, key_height
from .panels import is_rightmost, label_x, panel_axes, share_limits
from .rows import Rows, arrange, count_range, draw_labels, draw_margin, draw_stripes
from .tables import DIMENSION, by_dimension, check_columns, count, in_order, listed, number, rows_with_numbers
from .unique_rows import refuse_repeats

COLUMNS = ("arm", "estimate", "lower", "upper")
SEED_OFFSET_MM = 1.3  # below the estimate, not on it
SEED_MARK: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "ms": 2.6,
    "mfc": "white",
    "mec": style.RULE,
    "mew": 0.7,
}


def arms(
    table: pd.DataFrame,
    *,
    seeds: pd.DataFrame | None = None,
    ax: Axes | None = None,
    rope: float = 0.0,
    prob: float = 0.95,
) -> Axes | np.ndarray:
    """The difference of each arm from the base with its interval, and each training seed's difference below it.

    Parameters
    ----------
    table : DataFrame
        ``compare_arms(...).effects``: arm, estimate, lower, upper (score points); used where present: lower_50,
        upper_50, baseline, n_seeds (at the margin), dimension (one panel for each). Arms keep the order of the table.
    seeds : DataFrame, optional
        ``compare_arms(...).seeds``: arm, estimate, [dimension]; one open dot for each row.
    ax : Axes, optional
        Where to draw; for one panel only.
    rope : float
        Half-width of the band of practical equivalence in score points.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, an arm occurs twice in a panel, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "estimate": [0.4], "lower": [0.1], "upper": [0.7], "baseline": "base"})
    >>> arms(table).get_xlabel()
    'difference from base (score points)'
    """
    check_columns(table, COLUMNS, "arms", "the effects of `compare_arms`")
    names = [name for name in (DIMENSION, "arm") if name in table]
    rows, left_out = rows_with_numbers(table, COLUMNS[1:], names, "arms")
    refuse_repeats(rows, names, "arms", "arm")
    dots = _seeds(seeds)
    parts = by_dimension(rows)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        layout = arrange({"": {name: name for name in in_order(rows["arm"])}}, characters=24, slot=5.4)
        handles, labels = _key(rows, dots, prob)
        above = key_height(labels) + 5
        axes = panel_axes(list(parts), layout.height, labels=36, narrowest=34, above=above, ax=ax)
        for panel, (dimension, part) in zip(axes, parts.items(), strict=True):
            own = dots[dots[DIMENSION].astype(str) == dimension] if dimension and DIMENSION in dots else dots
            _draw_panel(panel, part, own, layout, rope)
        for panel in axes:
            if is_rightmost(panel, axes):
                _draw_counts(panel, rows, layout)
        share_limits(axes)
        numeric_axis(axes)
        base = in_order(rows["baseline"])[0] if "baseline" in rows else "the base"
        label_x(axes, f"difference from {base} (score points)")
        draw_key(axes, handles, labels, own=ax is None)
        return finished(axes, [*_sentences(parts, base, dots, rope), left_out])


def _seeds(seeds: pd.DataFrame | None) -> pd.DataFrame:
    if seeds is None or not len(seeds):
        return pd.DataFrame({"arm": [], "estimate": []})
    check_columns(seeds, ("arm", "estimate"), "arms", "the seeds of `compare_arms`")
    return seeds[np.isfinite(seeds["estimate"].to_numpy(float))]


def _draw_panel(ax: Axes, rows: pd.DataFrame, dots: pd.DataFrame, layout: Rows, rope: float) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(0.0, color=style.RULE, lw=0.8, zorder=1)
    if rope > 0:
        ax.axvspan(-rope, rope, color=style.BAND, lw=0, zorder=0.5)
    draw_intervals(ax, np.array([layout.y[name] for name in rows["arm"].astype(str)]), rows)
    known = dots[dots["arm"].astype(str).isin(rows["arm"].astype(str))]
    y = np.array([layout.y[name] for name in known["arm"].astype(str)]) + SEED_OFFSET_MM
    ax.plot(known["estimate"], y, **SEED_MARK, zorder=3.3)


def _draw_counts(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    if "n_seeds" in rows:
        counts = rows.groupby(rows["arm"].astype(str), sort=False)["n_seeds"]
        draw_margin(ax, {layout.y[name]: count_range(part.to_numpy(float)) for name, part in counts}, "seeds")


def _key(rows: pd.DataFrame, dots: pd.DataFrame, prob: float) -> tuple[list[Any], list[str]]:
    entries: list[tuple[Any, str]] = [(interval_handle(style.ESTIMATE), f"effect, {100 * prob:g}% interval")]
    if {"lower_50", "upper_50"} <= set(rows.columns):
        entries.append((Line2D([], [], color=style.ESTIMATE, lw=THICK), "50% interval"))
    if len(dots):
        entries.append((Line2D([], [], **SEED_MARK), "one training seed"))
    handles, labels = map(list, zip(*entries, strict=True))
    return handles, labels


def _sentences(parts: dict[str, pd.DataFrame], base: str, dots: pd.DataFrame, rope: float) -> list[str]:
    sentences = [f"Effects of training conditions on scores, as differences from {base} in score points."]
    for dimension, rows in parts.items():
        texts = [
            f"{row.arm} {number(row.estimate)} (interval {number(row.lower)} to {number(row.upper)})"
            for row in rows.itertuples()
        ]
        sentences.append(f"{dimension or count(len(rows), 'arm')}: {listed(texts, 8)}.")
    sentences.append("Open dots are single training seeds." if len(dots) else "")
    sentences.append(f"A grey band marks differences within {rope:g} as practically equivalent." if rope > 0 else "")
    return sentences
