"""The Wright map: raters, thresholds and items on one latent scale."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .intervals import numeric_axis
from .panels import label_x, panel_axes, share_limits
from .tables import (
    DIMENSION,
    by_dimension,
    check_columns,
    in_order,
    listed,
    number,
    plural,
    rows_with_numbers,
    wrapped,
)

PARAMETER_COLUMNS = ("kind", "parameter", "estimate", "lower", "upper")
EFFECT_COLUMNS = ("term", "group", "estimate")
HISTOGRAM_MM, FEW_MM = 15.0, 7.0  # height of a term with many and with few groups
LABEL_MM = 3.2  # a line of threshold labels
TICK_MM = 3.0
FEW = 30  # groups that are drawn one by one
EXTREMES = 5


def wright(
    table_parameters: pd.DataFrame, table_random_effects: pd.DataFrame, *, ax: Axes | None = None
) -> Axes | np.ndarray:
    """Where the thresholds lie among the raters above and the items below, all on the latent scale.

    Parameters
    ----------
    table_parameters : DataFrame
        ``fit.parameters``: kind (rows "threshold" are drawn), parameter ("1|2"), estimate, lower, upper; used
        where present: dimension (one panel for each).
    table_random_effects : DataFrame
        ``fit.random_effects``: term, group, estimate; used where present: dimension. Raters stand above the
        thresholds, other terms below; up to 30 groups are ticks, more a histogram with its extremes as ticks.
    ax : Axes, optional
        Where to draw; for one panel only.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing (a gaussian fit has no thresholds), or ``ax`` is given for several
        panels.

    Examples
    --------
    >>> parameters = pd.DataFrame({"kind": "threshold", "parameter": ["1|2", "2|3"], "estimate": [-1.0, 1.0],
    ...     "lower": [-1.1, 0.9], "upper": [-0.9, 1.1]})
    >>> effects = pd.DataFrame({"term": "rater", "group": ["r1", "r2"], "estimate": [-0.4, 0.3]})
    >>> wright(parameters, effects).get_xlabel()
    'latent scale (higher = higher ratings)'
    """
    thresholds, lost_thresholds, effects, lost_effects = _checked(table_parameters, table_random_effects)
    parts = by_dimension(thresholds)
    lanes = _lanes(effects)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        lines = max(max(_label_lines(part, _of(effects, name))) for name, part in parts.items()) + 1
        height = sum(lanes.values()) + _threshold_lane(lines)
        axes = panel_axes(list(parts), height, labels=20, narrowest=50, ax=ax)
        for panel, (dimension, part) in zip(axes, parts.items(), strict=True):
            _draw_panel(panel, part, _of(effects, dimension), lanes, _threshold_lane(lines))
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, "latent scale (higher = higher ratings)")
        return finished(axes, [*_sentences(parts, effects), lost_thresholds, lost_effects])


def _checked(parameters: pd.DataFrame, effects: pd.DataFrame) -> tuple[pd.DataFrame, str, pd.DataFrame, str]:
    check_columns(parameters, PARAMETER_COLUMNS, "wright", "`fit.parameters`")
    check_columns(effects, EFFECT_COLUMNS, "wright", "`fit.random_effects`")
    chosen = parameters[parameters["kind"].astype(str) == "threshold"]
    thresholds, lost = rows_with_numbers(chosen, ["estimate"], ["parameter"], "wright")
    groups, lost_groups = rows_with_numbers(effects, ["estimate"], ["term", "group"], "wright")
    return thresholds, lost, groups, lost_groups


def _of(rows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    return rows[rows[DIMENSION].astype(str) == dimension] if dimension and DIMENSION in rows else rows


def _lanes(effects: pd.DataFrame) -> dict[str, float]:
    """The height of each term in mm, raters first; a few groups need no room for a histogram."""
    terms = sorted(in_order(effects["term"]), key=lambda term: term != "rater")
    names = effects["term"].astype(str)
    return {term: HISTOGRAM_MM if (names == term).sum() > FEW else FEW_MM for term in terms}


def _threshold_lane(lines: int) -> float:
    return 5.0 + LABEL_MM * lines


def _label_lines(thresholds: pd.DataFrame, effects: pd.DataFrame) -> list[int]:
    """The line of each threshold's label: the lowest whose last label is far enough to the left."""
    values = np.concatenate([thresholds["estimate"], effects["estimate"]])
    per_mm = max(np.ptp(values), 1e-9) / 45.0  # latent units; about the width of the narrowest panel
    ends: list[float] = []
    lines = []
    for row in thresholds.itertuples():
        half = (0.7 * len(_label(row.parameter)) + 0.8) * per_mm
        line = next((i for i, end in enumerate(ends) if row.estimate - half >= end), len(ends))
        ends[line : line + 1] = [row.estimate + half]
        lines.append(line)
    return lines


def _label(parameter: object) -> str:
    sides = [wrapped(side, 14, 1) for side in str(parameter).split("|")]
    return ("|" if max(map(len, sides)) <= 3 else " | ").join(sides)


def _draw_panel(
    ax: Axes, thresholds: pd.DataFrame, effects: pd.DataFrame, lanes: dict[str, float], lane: float
) -> None:
    top, ticks = 0.0, {}
    for i, (term, high) in enumerate(lanes.items()):
        values = effects.loc[effects["term"].astype(str) == term, "estimate"].to_numpy()
        # The second term hangs from the thresholds like a mirror image of the first.
        _draw_term(ax, values, top if i == 1 else top + high, high, upward=i != 1)
        ticks[top + high / 2] = f"{wrapped(plural(term), 14)}\nn = {len(values):,}"
        top += high
        if i == 0:
            ticks[top + lane - 2.5] = "thresholds"
            _draw_thresholds(ax, thresholds, _label_lines(thresholds, effects), top + lane - 2.5)
            top += lane
    ax.vlines(thresholds["estimate"], 0, top, color=style.BAND, lw=0.7, zorder=0)
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.set_ylim(top, 0)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for text in ax.get_yticklabels():
        text.set_parse_math(False)


def _draw_term(ax: Axes, values: np.ndarray, base: float, high: float, *, upward: bool) -> None:
    sign = -1.0 if upward else 1.0  # the y axis counts millimetres downward
    ax.axhline(base, color=style.RULE, lw=0.5, zorder=1)
    single = values
    if len(values) > FEW and np.ptp(values) > 0:
        density, edges = np.histogram(values, bins=int(np.clip(np.sqrt(len(values)), 10, 40)))
        steps = sign * 0.9 * high * density / density.max()
        ax.stairs(base + steps, edges, baseline=base, fill=True, color=style.ESTIMATE_LIGHT, zorder=1.5)
        ax.stairs(base + steps, edges, baseline=base, color=style.ESTIMATE, lw=0.6, zorder=1.6)
        ordered = np.sort(values)
        single = np.concatenate([ordered[:EXTREMES], ordered[-EXTREMES:]])
    ax.vlines(single, base, base + sign * TICK_MM, color=style.ESTIMATE, lw=0.7, zorder=2)


def _draw_thresholds(ax: Axes, thresholds: pd.DataFrame, lines: list[int], y: float) -> None:
    ax.hlines(np.full(len(thresholds), y), thresholds["lower"], thresholds["upper"], color=style.RULE, lw=2.4)
    ax.plot(thresholds["estimate"], np.full(len(thresholds), y), "|", ms=6, mew=1.0, color=style.INK, zorder=3)
    for row, line in zip(thresholds.itertuples(), lines, strict=True):
        text = ax.text(row.estimate, y - 3.2 - LABEL_MM * line, _label(row.parameter), ha="center", va="center")
        text.set(parse_math=False, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})


def _sentences(parts: dict[str, pd.DataFrame], effects: pd.DataFrame) -> list[str]:
    sentences = ["Thresholds between the distributions of the terms on one latent scale."]
    for dimension, thresholds in parts.items():
        place = f" in {dimension}" if dimension else ""
        values = [f"{row.parameter} at {number(row.estimate)}" for row in thresholds.itertuples()]
        sentences.append(f"Thresholds{place}: {listed(values, 10)}.")
        for term, groups in _of(effects, dimension).groupby("term", sort=False, observed=True)["estimate"]:
            spread = f"from {number(groups.min())} to {number(groups.max())}"
            sentences.append(f"{len(groups):,} {plural(str(term))}{place} lie {spread}.")
    return sentences
