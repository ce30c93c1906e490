"""The Wright map: raters, thresholds and items on one latent scale."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .intervals import draw_intervals, numeric_axis
from .panels import finished, is_leftmost, label_x, panel_axes, share_limits
from .tables import (
    DIMENSION,
    check_columns,
    count,
    in_order,
    listed,
    number,
    rows_with_numbers,
    shortened,
    wrapped,
)

PARAMETER_COLUMNS = ("kind", "parameter", "estimate", "lower", "upper")
EFFECT_COLUMNS = ("term", "group", "estimate")
LANE_MM = 15.0  # of a term
LABEL_MM = 3.2  # a line of threshold labels
TICK_MM = 3.0
FEW = 30  # groups that are drawn one by one
EXTREMES = 5


def wright(
    table_parameters: pd.DataFrame, table_random_effects: pd.DataFrame, *, ax: Axes | None = None
) -> Any:
    """Where the thresholds lie among the raters above and the items below, all on the latent scale.

    Parameters
    ----------
    table_parameters : DataFrame
        ``fit.parameters``: kind (rows "threshold" are drawn), parameter ("1|2"), estimate, lower, upper; used where
        present: dimension (one panel for each).
    table_random_effects : DataFrame
        ``fit.random_effects``: term, group, estimate; used where present: dimension. The first term stands above the
        thresholds, the others below; up to 30 groups are ticks, more become a histogram with ticks for the extremes.
    ax : Axes, optional
        Where to draw; for one panel only.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing (a gaussian fit has no thresholds), or ``ax`` is given for several panels.

    Examples
    --------
    >>> parameters = pd.DataFrame({"kind": "threshold", "parameter": ["1|2", "2|3"], "estimate": [-1.0, 1.0],
    ...     "lower": [-1.1, 0.9], "upper": [-0.9, 1.1]})
    >>> effects = pd.DataFrame({"term": "rater", "group": ["r1", "r2"], "estimate": [-0.4, 0.3]})
    >>> wright(parameters, effects).get_xlabel()
    'latent scale (higher = higher ratings)'
    """
    thresholds, lost_thresholds, effects, lost_effects = _checked(table_parameters, table_random_effects)
    dimensions = in_order(thresholds[DIMENSION]) if DIMENSION in thresholds else [""]
    terms = _rater_first(in_order(effects["term"]))
    with style.drawing("one" if len(dimensions) == 1 else "two", ax):
        lanes = max(
            _label_lines(_of(thresholds, dimension), _of(effects, dimension)).max()
            for dimension in dimensions
        )
        height = len(terms) * LANE_MM + _threshold_lane(lanes)
        axes = panel_axes(
            len(dimensions), height + 15, width=style.width_mm(), labels=20, narrowest=50, ax=ax
        )
        for panel, dimension in zip(axes, dimensions, strict=True):
            _draw_panel(panel, _of(thresholds, dimension), _of(effects, dimension), terms, lanes)
            panel.set_title(wrapped(dimension, 28 if len(axes) > 1 else 60))
        share_limits(axes)
        numeric_axis(axes, ticks=6 if len(axes) == 1 else 5)
        label_x(axes, "latent scale (higher = higher ratings)")
        return finished(axes, [*_sentences(thresholds, effects, dimensions), lost_thresholds, lost_effects])


def _checked(parameters: pd.DataFrame, effects: pd.DataFrame) -> tuple[pd.DataFrame, str, pd.DataFrame, str]:
    check_columns(parameters, PARAMETER_COLUMNS, "wright", "`fit.parameters`")
    check_columns(effects, EFFECT_COLUMNS, "wright", "`fit.random_effects`")
    chosen = parameters[parameters["kind"].astype(str) == "threshold"]
    thresholds, lost = rows_with_numbers(chosen, ["estimate"], ["parameter"], "wright")
    groups, lost_groups = rows_with_numbers(effects, ["estimate"], ["term", "group"], "wright")
    return thresholds, lost, groups, lost_groups


def _of(rows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    return rows[rows[DIMENSION].astype(str) == dimension] if dimension and DIMENSION in rows else rows


def _rater_first(terms: list[str]) -> list[str]:
    return sorted(terms, key=lambda term: term != "rater")


def _threshold_lane(lines: int) -> float:
    return 4.5 + LABEL_MM * (lines + 1)


def _label_lines(thresholds: pd.DataFrame, effects: pd.DataFrame) -> np.ndarray:
    """The line of each threshold's label: the lowest whose last label is far enough to the left."""
    values = np.concatenate([thresholds["estimate"], effects["estimate"]])
    per_mm = max(np.ptp(values), 1e-9) / 50.0  # latent units; 50 mm is the narrowest panel
    ends: list[float] = []
    lines = []
    for row in thresholds.itertuples():
        half = (0.75 * len(_label(row.parameter)) + 0.8) * per_mm
        line = next((i for i, end in enumerate(ends) if row.estimate - half >= end), len(ends))
        ends[line : line + 1] = [row.estimate + half]
        lines.append(line)
    return np.array(lines)


def _label(parameter: object) -> str:
    return shortened(str(parameter).replace("|", " | ") if len(str(parameter)) > 5 else parameter, 30)


def _draw_panel(
    ax: Axes, thresholds: pd.DataFrame, effects: pd.DataFrame, terms: list[str], lanes: int
) -> None:
    lane = _threshold_lane(lanes)
    tops = [0.0, *(LANE_MM + lane + i * LANE_MM for i in range(len(terms) - 1))]
    ax.vlines(thresholds["estimate"], 0, tops[-1] + max(LANE_MM, lane), color=style.GRID, lw=0.7, zorder=0)
    for i, (term, top) in enumerate(zip(terms, tops, strict=True)):
        part = effects.loc[effects["term"].astype(str) == term, "estimate"].to_numpy()
        upward = i != 1  # the second term hangs from the thresholds like a mirror image
        _draw_term(ax, part, top + LANE_MM if upward else top, upward)
    _draw_thresholds(ax, thresholds, effects, LANE_MM + lane - 3.0)
    heights = [top + LANE_MM / 2 for top in tops]
    sizes = [int((effects["term"].astype(str) == term).sum()) for term in terms]
    labels = [f"{wrapped(term, 14)}s\nn = {n:,}" for term, n in zip(terms, sizes, strict=True)]
    ax.set_yticks(
        [*heights, LANE_MM + lane - 3.0],
        [*labels, "thresholds"] if is_leftmost(ax) else [""] * (len(terms) + 1),
    )
    ax.set_ylim(len(terms) * LANE_MM + lane, 0)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _draw_term(ax: Axes, values: np.ndarray, base: float, upward: bool) -> None:
    sign = -1.0 if upward else 1.0  # the y axis counts millimetres downward
    ax.axhline(base, color=style.RULE, lw=0.5, zorder=1)
    single = values
    if len(values) > FEW and np.ptp(values) > 0:
        density, edges = np.histogram(values, bins=int(np.clip(np.sqrt(len(values)), 10, 40)))
        high = sign * 0.85 * LANE_MM * density / density.max()
        ax.stairs(base + high, edges, baseline=base, fill=True, color=style.ESTIMATE_LIGHT, zorder=1.5)
        ax.stairs(base + high, edges, baseline=base, color=style.ESTIMATE, lw=0.6, zorder=1.6)
        ordered = np.sort(values)
        single = np.concatenate([ordered[:EXTREMES], ordered[-EXTREMES:]])
    ax.vlines(single, base, base + sign * TICK_MM, color=style.ESTIMATE, lw=0.7, zorder=2)


def _draw_thresholds(ax: Axes, thresholds: pd.DataFrame, effects: pd.DataFrame, y: float) -> None:
    draw_intervals(ax, np.full(len(thresholds), y), thresholds, colour=style.REFERENCE, marker="D")
    for row, line in zip(thresholds.itertuples(), _label_lines(thresholds, effects), strict=True):
        ax.text(
            row.estimate,
            y - 2.8 - LABEL_MM * line,
            _label(row.parameter),
            ha="center",
            va="center",
            parse_math=False,
        )


def _sentences(thresholds: pd.DataFrame, effects: pd.DataFrame, dimensions: list[str]) -> list[str]:
    sentences = ["Thresholds between the distributions of the terms on one latent scale."]
    for dimension in dimensions:
        part, place = _of(thresholds, dimension), f" in {dimension}" if dimension else ""
        values = [f"{row.parameter} at {number(row.estimate)}" for row in part.itertuples()]
        sentences.append(f"Thresholds{place}: {listed(values, 10)}.")
        for term, groups in _of(effects, dimension).groupby("term", sort=False, observed=True)["estimate"]:
            spread = f"from {number(groups.min())} to {number(groups.max())}"
            sentences.append(f"{count(len(groups), str(term))}{place} lie {spread}.")
    return sentences
