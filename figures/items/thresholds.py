"""The Wright map: raters, thresholds and items on one latent scale."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .. import style
from ..parts.alt import extremes, figure_of, finished, first_of
from ..parts.fonts import line_height, width_of
from ..parts.marks import numeric_axis
from ..parts.panels import label_x, panel_axes, settle, share_limits
from ..parts.rows import bare_rows
from ..parts.tables import DIMENSION, by_dimension, check_columns, drawn_from, rows_with_numbers
from ..parts.words import in_order, joined, plural, wrapped

PARAMETER_COLUMNS = ("kind", "parameter", "estimate", "lower", "upper")
EFFECT_COLUMNS = ("term", "group", "estimate")
HISTOGRAM_MM, FEW_MM = 15.0, 7.0  # height of a term with many and with few groups
TICK_MM, BAR_MM = 3.0, 2.5  # of a group; from the bar of the thresholds to the items
FEW = 30  # groups that are drawn one by one
EXTREMES = 5
INTERCEPT, PRECISION = "Intercept", "log(precision)"
Places = list[tuple[float, int]]  # of labels: on the latent scale, and the line above the thresholds


@drawn_from(Fit=lambda fit: (fit.parameters, fit.random_effects))
def wright(table_parameters: Any, table_random_effects: Any = None, *, ax: Axes | None = None) -> Axes | np.ndarray:
    """Where the thresholds lie among the raters above and the items below, all on the latent scale.

    Parameters
    ----------
    table_parameters : DataFrame
        ``fit.parameters``: kind (rows "threshold" are drawn; a gaussian fit has none), parameter ("1|2"), estimate,
        lower, upper.
    table_random_effects : DataFrame
        ``fit.random_effects``: term, group, estimate. Raters stand above the thresholds, other terms below; up to 30
        groups are ticks, more a histogram with its extremes as ticks.

    Examples
    --------
    >>> parameters = pd.DataFrame({"kind": "threshold", "parameter": ["1|2", "2|3"], "estimate": [-1.0, 1.0],
    ...     "lower": [-1.1, 0.9], "upper": [-0.9, 1.1]})
    >>> effects = pd.DataFrame({"term": "rater", "group": ["r1", "r2"], "estimate": [-0.4, 0.3]})
    >>> wright(parameters, effects).get_xlabel()
    'latent scale (higher = higher ratings)'
    """
    check_columns(table_parameters, PARAMETER_COLUMNS, "wright", "`fit.parameters`")
    check_columns(table_random_effects, EFFECT_COLUMNS, "wright", "`fit.random_effects`")
    chosen = _thresholds_of(table_parameters)
    thresholds, lost = rows_with_numbers(chosen, ["estimate"], ["parameter"], "wright")
    effects, lost_effects = rows_with_numbers(table_random_effects, ["estimate"], ["term", "group"], "wright")
    parts = by_dimension(thresholds)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        axes = panel_axes(list(parts), labels=20, narrowest=50, ax=ax)
        lanes = _lanes(effects)
        for panel, (dimension, part) in zip(axes, parts.items(), strict=True):
            own = _of(effects, dimension)
            panel.set_yticks(range(len(lanes) + 1), _lane_names(own, lanes))
            panel.plot(np.r_[part["estimate"], own["estimate"]], np.zeros(len(part) + len(own)), ls="none")  # limits
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, "latent scale (higher = higher ratings)")
        settle(axes, 40.0, own=ax is None)  # before it nobody knows how close labels of thresholds lie
        labels = [place_labels(panel, part) for panel, part in zip(axes, parts.values(), strict=True)]
        lane = 2 * BAR_MM + 1.0 + (max(line for own in labels for _, line in own) + 1) * line_height()
        for panel, (dimension, part), own in zip(axes, parts.items(), labels, strict=True):
            _draw_panel(panel, part, _of(effects, dimension), own, lanes, lane)
        settle(axes, sum(lanes.values()) + lane, own=ax is None)
        return finished(axes, [*_sentences(parts, effects), lost, lost_effects])


def _thresholds_of(parameters: pd.DataFrame) -> pd.DataFrame:
    """The rows of thresholds; cutpoints of a slider beside whose intercept raters and items are, without it.

    The logarithm of a slider's precision stands among them and is no place on the latent scale.
    """
    kind, name = parameters["kind"].astype(str), parameters["parameter"].astype(str)
    rows = parameters[(kind == "threshold") & (name != PRECISION)]
    constants = parameters[(kind == "coefficient") & (name == INTERCEPT)]
    if not (name == PRECISION).any() or not len(constants):
        return rows
    of = dict(zip(_dimensions(constants), constants["estimate"], strict=True))
    shift = _dimensions(rows).map(of).to_numpy(float)
    return rows.assign(**{end: rows[end] - shift for end in ("estimate", "lower", "upper")})


def _dimensions(rows: pd.DataFrame) -> pd.Series:
    return rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)


def place_labels(ax: Axes, thresholds: pd.DataFrame) -> Places:
    """Where each label stands: inside the panel, in the lowest line whose last label ends before it begins."""
    low, high = ax.get_xlim()
    per_mm = (high - low) / (ax.get_window_extent().width / figure_of(ax).dpi * 25.4)  # latent units
    ends: list[float] = []
    places = []
    for row in thresholds.sort_values("estimate").itertuples():
        half = (width_of(_label(row.parameter)) / 2 + 0.8) * per_mm
        middle = float(np.clip(row.estimate, low + half, max(low + half, high - half)))
        line = next((i for i, end in enumerate(ends) if middle - half >= end), len(ends))
        ends[line : line + 1] = [middle + half]
        places.append((middle, line))
    return places


def _of(rows: pd.DataFrame, dimension: str) -> pd.DataFrame:
    return rows[rows[DIMENSION].astype(str) == dimension] if dimension and DIMENSION in rows else rows


def _lanes(effects: pd.DataFrame) -> dict[str, float]:
    """The height of each term in mm, raters first; a few groups need no room for a histogram."""
    terms = sorted(in_order(effects["term"]), key=lambda term: term != "rater")
    names = effects["term"].astype(str)
    return {term: HISTOGRAM_MM if (names == term).sum() > FEW else FEW_MM for term in terms}


def _lane_names(effects: pd.DataFrame, lanes: dict[str, float]) -> list[str]:
    """From above: the first term, the thresholds, the other terms."""
    n = effects["term"].astype(str).value_counts()
    first, *others = [f"{wrapped(plural(term), 14)}\nn = {n.get(term, 0):,}" for term in lanes]
    return [first, "thresholds", *others]


def _draw_panel(
    ax: Axes, thresholds: pd.DataFrame, effects: pd.DataFrame, labels: Places, lanes: dict[str, float], lane: float
) -> None:
    top, ticks = 0.0, []
    for i, (term, high) in enumerate(lanes.items()):
        values = effects.loc[effects["term"].astype(str) == term, "estimate"].to_numpy()
        # The second term hangs from the thresholds like a mirror image of the first.
        _draw_term(ax, values, top if i == 1 else top + high, high, upward=i != 1)
        ticks.append(top + high / 2)
        top += high
        if i == 0:
            ticks.append(top + lane - BAR_MM)
            _draw_thresholds(ax, thresholds.sort_values("estimate"), labels, top + lane - BAR_MM)
            top += lane
    ax.vlines(thresholds["estimate"], 0, top, color=style.BAND, lw=0.7, zorder=0)
    ax.set_yticks(ticks, _lane_names(effects, lanes))
    ax.set_ylim(top, 0)
    bare_rows(ax)


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


def _draw_thresholds(ax: Axes, thresholds: pd.DataFrame, labels: Places, y: float) -> None:
    ax.hlines(np.full(len(thresholds), y), thresholds["lower"], thresholds["upper"], color=style.RULE, lw=2.4)
    ax.plot(thresholds["estimate"], np.full(len(thresholds), y), "|", ms=6, mew=1.0, color=style.INK, zorder=3)
    for name, (x, line) in zip(thresholds["parameter"], labels, strict=True):
        text = ax.text(x, y - BAR_MM - line_height() * (line + 0.5), _label(name), ha="center", va="center")
        text.set(parse_math=False, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6}, in_layout=False)


def _label(parameter: object) -> str:
    sides = [wrapped(side, 14, 1) for side in str(parameter).split("|")]
    return ("|" if max(map(len, sides)) <= 3 else " | ").join(sides)


def _sentences(parts: dict[str, pd.DataFrame], effects: pd.DataFrame) -> list[str]:
    sentences = []
    for dimension, thresholds in parts.items():
        own = _of(effects, dimension)
        said = [extremes(thresholds, thresholds["parameter"], place=dimension, thing="threshold")]
        for term, groups in own.groupby(own["term"].astype(str), sort=False):
            said.append(extremes(groups, groups["group"], place=joined(dimension, plural(term)), thing="effect"))
        sentences.append(" ".join(said))
    return ["Thresholds between the distributions of the terms on one latent scale.", *first_of(sentences)]
