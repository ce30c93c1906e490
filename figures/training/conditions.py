"""Conditions of training in rows: effects against the base, wins before judges, distances from groups."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_intervals, interval_entries, interval_entry
from ..parts.rows import headed
from ..parts.tables import DIMENSION, ESTIMATES, by_dimension, check_columns, drawn_from, has, with_key
from ..parts.words import in_order

SEED_MM = 1.3  # from the estimate down to the dots of seeds
SEED: dict[str, Any] = {
    "marker": "o", "ms": 2.6, "mfc": "white", "mec": style.RULE, "mew": 0.7, "ls": "none", "label": "one training seed",
}  # fmt: skip
HALF_MM = 1.8  # of the band of a floor
METRICS = {
    "wasserstein": "Wasserstein distance",
    "jensen_shannon": "Jensen–Shannon divergence",
    "jensen_shannon_distance": "Jensen–Shannon distance",
}


@drawn_from(
    "the effects of `compare_arms`", ("arm", *ESTIMATES), names=["arm"], once="arm", key=["arm"],
    also="Score points. Used where present: lower_50, upper_50, baseline, n_seeds (at the margin).",
)  # fmt: skip
def arms(
    table: Any, *, seeds: pd.DataFrame | None = None, ax: Axes | None = None, rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """The difference of each arm from the base with its interval, and each training seed's difference below it.

    Parameters
    ----------
    seeds : DataFrame, optional
        ``compare_arms(...).seeds``: arm, estimate, [dimension]; one open dot for each row.

    Examples
    --------
    >>> arms(pd.DataFrame({"arm": ["dpo"], "estimate": 0.4, "lower": 0.1, "upper": 0.7})).get_xlabel()
    'difference from the base (score points)'
    """
    if seeds is not None:
        check_columns(seeds, ("arm", "estimate"), "arms", "the seeds of `compare_arms`")
    words = f"difference from {table['baseline'].iloc[0] if 'baseline' in table else 'the base'} (score points)"
    return draw_chart(
        [Panel(part, name, words) for name, part in by_dimension(table).items()],
        headed(table), partial(_draw_arms, seeds=seeds), ax=ax, what="Effects of training conditions", thing="arm",
        entries=interval_entries(table, prob, "effect"), margin="n_seeds", margin_title="seeds", slot=5.4,
        narrowest=34, rope=rope,
    )  # fmt: skip


def _draw_arms(ax: Axes, y: np.ndarray, rows: pd.DataFrame, seeds: pd.DataFrame | None) -> None:
    """Estimates with the dots of their seeds below, of the arms and the dimension of the panel."""
    draw_intervals(ax, y, rows)
    if seeds is None:
        return
    if DIMENSION in rows and DIMENSION in seeds:
        seeds = seeds[seeds[DIMENSION].astype(str) == str(rows[DIMENSION].iloc[0])]
    below = seeds["arm"].astype(str).map(dict(zip(rows["arm"].astype(str), y + SEED_MM, strict=True)))
    some = below.notna() & np.isfinite(seeds["estimate"].astype(float))
    if some.any():
        ax.plot(seeds["estimate"][some], below[some], **SEED, zorder=3.3)


@drawn_from(
    "the table of `judged_wins`", ("arm", "against", "group", *ESTIMATES), names=("arm", "against", "group"),
    once="group",
    also="Percent. Used where present: n_judgements.",
)  # fmt: skip
def win_rates(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """How often each arm's answers win, in percent, with the line of no difference at 50.

    Examples
    --------
    >>> names = {"arm": ["dpo"], "against": "base", "group": "all"}
    >>> win_rates(pd.DataFrame(names | {"estimate": 60.0, "lower": 52.0, "upper": 68.0})).get_xlabel()
    'wins against base, ties half (percent)'
    """
    several = len(in_order(table["group"])) > 1  # arms are headers where groups judged, else labels
    rows = table.assign(group=table["group"].astype(str).replace("all", "all judges"))
    rows = with_key(rows, ["arm", "group"] if several else ["arm"])
    words = f"wins against {', '.join(in_order(rows['against']))}, ties half (percent)"
    return draw_chart(
        [Panel(rows, quantity=words, null=50.0)], headed(rows), draw_intervals, ax=ax, what="Wins of conditions",
        thing="rate", entries=[interval_entry("wins", prob)], margin="n_judgements", margin_title="judgements",
    )  # fmt: skip


@drawn_from(
    "the table of `distribution_distances`", ("arm", "target", "metric", "unit", *ESTIMATES),
    names=("arm", "target", "metric"), once="pair of arm and group", key=("target", "arm"),
    also="Used where present: floor, floor_lower, floor_upper (of two halves of the same raters).",
)  # fmt: skip
def distances(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Distance of each arm's ratings from each group's, one panel for each metric; grey: two halves of the group.

    Examples
    --------
    >>> names = {"arm": ["dpo"], "target": "left", "metric": "wasserstein", "unit": "rating points"}
    >>> distances(pd.DataFrame(names | {"estimate": 0.4, "lower": 0.3, "upper": 0.5})).get_xlabel()
    'Wasserstein distance (rating points)'
    """
    metrics = table.groupby(table["metric"].astype(str), sort=False)
    return draw_chart(
        [Panel(part, quantity=f"{METRICS.get(name, name)} ({part['unit'].iloc[0]})", null=None)
         for name, part in metrics],
        headed(table, "from "), _draw_distances, ax=ax, what="Distances of ratings from those of groups",
        thing="distance", entries=[interval_entry("distance", prob)], narrowest=45,
    )  # fmt: skip


def _draw_distances(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    if has(rows, "floor"):
        low, high = rows["floor_lower"], rows["floor_upper"]
        band: dict[str, Any] = {"color": style.BAND, "lw": 0, "label": "between two halves of the group's raters"}
        ax.barh(y, high - low, left=low, height=2 * HALF_MM, **band, zorder=1)
        ax.vlines(rows["floor"], y - HALF_MM, y + HALF_MM, color=style.RULE, lw=0.8, zorder=1.5)
    draw_intervals(ax, y, rows)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]) if rows["lower"].min() < 0 else 0.0)
