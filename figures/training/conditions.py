"""Conditions of training in rows: effects against the base, wins before judges, distances from groups."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import draw_intervals, interval_entries, interval_entry
from ..parts.sources import drawn_from
from ..parts.tables import DIMENSION, by_dimension, check_columns, checked_rows, has
from ..parts.words import band_sentence, count, in_order, listed, lowest_highest, number, with_interval

NUMBERS = ("estimate", "lower", "upper")
SEED_MM = 1.3  # from the estimate down to the dots of seeds
SEED: dict[str, Any] = {"marker": "o", "ms": 2.6, "mfc": "white", "mec": style.RULE, "mew": 0.7, "linestyle": "none"}
HALF_MM = 1.8  # of the band of a floor
METRICS = {
    "wasserstein": "Wasserstein distance",
    "jensen_shannon": "Jensen–Shannon divergence",
    "jensen_shannon_distance": "Jensen–Shannon distance",
}


@drawn_from()
def arms(
    table: Any, *, seeds: pd.DataFrame | None = None, ax: Axes | None = None, rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """The difference of each arm from the base with its interval, and each training seed's difference below it.

    Parameters
    ----------
    table : DataFrame
        ``compare_arms(...).effects``: arm, estimate, lower, upper (score points); used where present: lower_50,
        upper_50, baseline, n_seeds (at the margin).
    seeds : DataFrame, optional
        ``compare_arms(...).seeds``: arm, estimate, [dimension]; one open dot for each row.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "estimate": [0.4], "lower": [0.1], "upper": [0.7], "baseline": "base"})
    >>> arms(table).get_xlabel()
    'difference from base (score points)'
    """
    columns, source = ("arm", *NUMBERS), "the effects of `compare_arms`"
    rows, left_out = checked_rows(table, columns, "arms", source, names=["arm"], once="arm", key=["arm"])
    dots = pd.DataFrame({"arm": [], "estimate": []})
    if seeds is not None and len(seeds):
        check_columns(seeds, ("arm", "estimate"), "arms", "the seeds of `compare_arms`")
        dots = seeds[np.isfinite(seeds["estimate"].to_numpy(float))]
    parts, base = by_dimension(rows), in_order(rows["baseline"])[0] if "baseline" in rows else "the base"
    sentences = [f"Effects of training conditions on scores, as differences from {base} in score points."]
    for dimension, part in parts.items():
        texts = [f"{row.arm} {with_interval(row)}" for row in part.itertuples()]
        sentences.append(f"{dimension or count(len(part), 'arm')}: {listed(texts, 8)}.")
    sentences += ["Open dots are single training seeds." if len(dots) else "", band_sentence(rope), left_out]
    seed = [(Line2D([], [], **SEED), "one training seed")] if len(dots) else []
    return draw_chart(
        [Panel(part, name, f"difference from {base} (score points)") for name, part in parts.items()],
        {"": {key: key[0] for key in rows["key"]}}, partial(_draw_arms, dots=dots), sentences=sentences, ax=ax,
        entries=interval_entries(rows, prob, "effect") + seed, margin="n_seeds", margin_title="seeds", slot=5.4,
        narrowest=34, rope=rope,
    )  # fmt: skip


def _draw_arms(ax: Axes, y: np.ndarray, rows: pd.DataFrame, dots: pd.DataFrame) -> None:
    """Estimates with the dots of their seeds below, of the arms and the dimension of the panel."""
    draw_intervals(ax, y, rows)
    if DIMENSION in rows and DIMENSION in dots:
        dots = dots[dots[DIMENSION].astype(str) == str(rows[DIMENSION].iloc[0])]
    below = dots["arm"].astype(str).map(dict(zip(rows["arm"].astype(str), y + SEED_MM, strict=True)))
    ax.plot(dots["estimate"][below.notna()], below.dropna(), **SEED, zorder=3.3)


@drawn_from()
def win_rates(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """How often each arm's answers win, in percent, with the line of no difference at 50.

    Parameters
    ----------
    table : DataFrame
        Of ``judged_wins``: arm, against, group, estimate, lower, upper (percent); used where present: n_judgements.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "against": "base", "group": "all", "estimate": [60.0], "lower": [52.0],
    ...     "upper": [68.0]})
    >>> win_rates(table).get_xlabel()
    'wins against base, ties half (percent)'
    """
    names, source = ("arm", "against", "group"), "the table of `judged_wins`"
    rows, left_out = checked_rows(
        table, (*names, *NUMBERS), "win_rates", source, names=names, once="group", key=names[::2]
    )
    several, base = len(in_order(rows["group"])) > 1, ", ".join(in_order(rows["against"]))
    groups: dict[str, dict[Any, str]] = {}  # arms are headers where groups judged, else labels
    for arm, group in rows["key"]:
        groups.setdefault(arm if several else "", {})[arm, group] = _judges(group) if several else arm
    sentences = [f"Win rates of {count(rows['arm'].nunique(), 'arm')} against {base} in percent, ties counted half."]
    for arm, part in rows.groupby(rows["arm"].astype(str), sort=False):
        ends = [f"{number(row['estimate'], 0)}% ({_judges(row['group'])})" for row in lowest_highest(part)]
        sentences.append(f"{arm}: {f'from {ends[0]} to {ends[1]}' if len(part) > 1 else ends[0]}.")
    return draw_chart(
        [Panel(rows, quantity=f"wins against {base}, ties half (percent)", null=50.0)], groups, draw_intervals, ax=ax,
        entries=[interval_entry("wins", prob)], sentences=[*sentences, left_out],
        margin="n_judgements", margin_title="judgements",
    )  # fmt: skip


def _judges(group: object) -> str:
    return "all judges" if group == "all" else str(group)


@drawn_from()
def distances(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Distance of each arm's ratings from each group's, one panel for each metric; grey: two halves of the group.

    Parameters
    ----------
    table : DataFrame
        Of ``distribution_distances``: arm, target, metric, unit, estimate, lower, upper; used where present: floor,
        floor_lower, floor_upper (of two halves of the same raters).

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "target": "left", "metric": "wasserstein", "unit": "rating points",
    ...     "estimate": [0.4], "lower": [0.3], "upper": [0.5]})
    >>> distances(table).get_xlabel()
    'Wasserstein distance (rating points)'
    """
    names, source, once = ("arm", "target", "metric"), "the table of `distribution_distances`", "pair of arm and group"
    rows, left_out = checked_rows(
        table, (*names, "unit", *NUMBERS), "distances", source, names=names, once=once, key=names[1::-1]
    )
    groups: dict[str, dict[Any, str]] = {}
    for target, arm in rows["key"]:
        groups.setdefault(f"from {target}", {})[target, arm] = arm
    arms, panels = count(rows["arm"].nunique(), "arm"), []
    sentences = [f"Distances of the ratings of {arms} from those of {listed(in_order(rows['target']))}."]
    for name, part in rows.groupby(rows["metric"].astype(str), sort=False):
        metric, ends = METRICS.get(name, name), lowest_highest(part)
        low, high = (f"{number(row['estimate'])} ({row['arm']}, {row['target']})" for row in ends)
        sentences.append(f"{metric}: from {low} to {high}.")
        panels.append(Panel(part, quantity=f"{metric} ({part['unit'].iloc[0]})", null=None))
    entries = [interval_entry("distance", prob)]
    if has(rows, "floor"):
        sentences.append("Grey bands are distances between halves of the same raters.")
        band = Patch(facecolor=style.BAND, edgecolor=style.RULE, lw=0.5)
        entries.append((band, "between two halves of the group's raters"))
    sentences.append(left_out)
    return draw_chart(panels, groups, _draw_distances, entries=entries, sentences=sentences, narrowest=45, ax=ax)


def _draw_distances(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    if has(rows, "floor"):
        low, high = rows["floor_lower"], rows["floor_upper"]
        ax.barh(y, high - low, left=low, height=2 * HALF_MM, color=style.BAND, lw=0, zorder=1)
        ax.vlines(rows["floor"], y - HALF_MM, y + HALF_MM, color=style.RULE, lw=0.8, zorder=1.5)
    draw_intervals(ax, y, rows)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]) if rows["lower"].min() < 0 else 0.0)
