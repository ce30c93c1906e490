"""Group association: whether raters of a group agree more among themselves than with others, beside chance."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pluralstats.errors import ConfigError, nearest

from . import style
from .alt import finished
from .cohesion_groups import (
    NULL_BAND,
    cohesion_panels,
    cohesion_rows,
    draw_null_bands,
    draw_rater_counts,
    has_null,
)
from .intervals import DOT, THIN, interval_handle, numeric_axis
from .keys import draw_key
from .panels import label_panel, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels, draw_stripes, draw_words, rater_groups
from .tables import count, in_order, listed, number

BY_MODEL = ("latent", "ratings")  # scales of `ps.model_cohesion`
P_VALUES = {
    "p_two_sided_bh": "two-sided, Benjamini-Hochberg",
    "p_two_sided": "two-sided, uncorrected",
    "p_bh": "on its side of the null’s median, Benjamini-Hochberg",
    "p": "on its side of the null’s median, uncorrected",
}
AROUND_ONE = ("reliability", *BY_MODEL)  # pairs whose index is 1 without association
BEYOND = 2.0  # spans of the estimates: an interval that runs farther ends in an arrow
_QUANTITIES = {
    "reliability": "GAI, reliability (IRR / XRR)",
    "voting": "GAI, voting (plurality size / voting agreement)",
    "distribution": "GAI, distribution (negentropy / cross-negentropy)",
    "latent": "agreement within over with others (latent)",
    "ratings": "agreement within over with others (ratings)",
}


def association(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    p: str = "p_two_sided_bh",
    below: float = 0.05,
    prob: float = 0.95,
) -> Axes | np.ndarray:
    """Group association index (in-group over cross-group agreement) of each group over its permutation null.

    The grey bar is where the index lies when groups are shuffled among raters. A dot is filled when its p is small and
    the null is drawn, open otherwise. The index of reliability is 1 without association, and 1 is marked. The others
    are not: voting divides a share by a coefficient, and negentropies rise when ratings are few; their null alone says
    where no association lies.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.cohesion``, or of ``ps.model_cohesion`` (a dot is filled when the interval leaves out 1
        too): demographic, level, pair, kind ("association" is drawn), estimate; used where
        present: lower, upper, null_lower, null_upper, null_median, the column ``p``, n_raters, dimension (panels for
        each). Groups are sorted by their index in the first panel. A pair without a defined index has no panel, a
        group without one is left out, or marked "no ratio" where another pair has one.
    ax : Axes, optional
        Where to draw; for one panel only.
    p : {"p_two_sided_bh", "p_two_sided", "p_bh", "p"}
        Which p fills the dots.
    below : float
        Dots with a p of at most this are filled.
    prob : float
        Probability of the intervals, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several pairs or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a group occurs twice in a pair, there is no such p, or ``ax`` is given for
        several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "female"], "pair": "reliability",
    ...     "kind": "association", "estimate": [1.1, 0.9], "null_lower": 0.9, "null_upper": 1.1})
    >>> association(table).get_xlabel()
    'GAI, reliability (IRR / XRR)'
    """
    if p not in P_VALUES:
        raise ConfigError(f"`p` must be one of {', '.join(P_VALUES)}, found {p!r}.{nearest(str(p), P_VALUES)}")
    rows, left_out = cohesion_rows(table, ["association"], "association")
    rows["filled"] = _filled(rows, p, below)
    panels = cohesion_panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = arrange(rater_groups(rows), characters=24, slot=4.4)
        titles = [dimension for dimension, _ in panels]
        axes = panel_axes(titles, layout.height, labels=36, narrowest=38, above=13, ax=ax)
        for panel, ((_, pair), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part, layout, pair in AROUND_ONE)
            label_panel(panel, _QUANTITIES.get(pair, pair), 45)
        for pair in in_order(rows["pair"]):
            same = [i for i, (_, name) in enumerate(panels) if name == pair]
            _limit([axes[i] for i in same], rows[(rows["pair"] == pair).to_numpy()], pair in AROUND_ONE)
        for panel, (_, pair), part in zip(axes, panels, panels.values(), strict=True):
            at = [layout.y[key] for key in layout.y.keys() - set(part["key"])]
            draw_words(panel, at, 1.0 if pair in AROUND_ONE else panel.get_xlim()[0], "no ratio")
        numeric_axis(axes)
        draw_rater_counts(axes, rows, layout.y)
        _draw_arrows(axes, panels, layout)
        _draw_key(axes, rows, p, below, prob, own=ax is None)
        return finished(axes, [*_sentences(panels, p, below), left_out])


def _filled(rows: pd.DataFrame, p: str, below: float) -> np.ndarray:
    """A p is never shown without the null it belongs to; by the model, not against the interval of the ratio."""
    if p not in rows:
        return np.zeros(len(rows), dtype=bool)
    beside = (_numbers(rows, "lower") > 1.0) | (_numbers(rows, "upper") < 1.0)
    shown = np.where(rows["pair"].isin(BY_MODEL), beside, has_null(rows))
    return shown & (rows[p].to_numpy(float, na_value=np.nan) <= below)


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, one: bool) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout, set(rows["key"]))
    if one:
        ax.axvline(1.0, color=style.RULE, lw=0.8, zorder=1)
    y = np.array([layout.y[key] for key in rows["key"]])
    draw_null_bands(ax, y, rows, 2.8)
    if {"lower", "upper"} <= set(rows.columns):
        ax.hlines(y, rows["lower"], rows["upper"], color=style.ESTIMATE, lw=THIN, zorder=3)
    for filled in (False, True):
        some = (rows["filled"] == filled).to_numpy()
        ax.plot(rows["estimate"].to_numpy()[some], y[some], **_mark(filled), zorder=3.4)


def _mark(filled: bool) -> dict[str, Any]:
    edge = {"mfc": style.ESTIMATE, "mec": "white", "mew": 0.4} if filled else {"mfc": "white", "mec": style.ESTIMATE}
    return {"linestyle": "none", "marker": "o", "ms": DOT + (0.0 if filled else -0.4), "mew": 0.8, **edge}


def _limit(axes: list[Axes], rows: pd.DataFrame, one: bool) -> None:
    """Limits that hold every estimate; a ratio with a denominator near 0 must not squash the others."""
    inner = np.concatenate([rows["estimate"].to_numpy(), [1.0] if one else []])
    span = max(np.ptp(inner), 0.1)
    names = [name for name in ("lower", "upper", "null_lower", "null_upper") if name in rows]
    ends = rows[names].to_numpy(float, na_value=np.nan).ravel()
    ends = np.concatenate([ends[np.isfinite(ends)], inner])
    low = max(ends.min(), inner.min() - BEYOND * span)
    high = min(ends.max(), inner.max() + BEYOND * span)
    for ax in axes:
        ax.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    share_limits(axes)


def _draw_arrows(axes: list[Axes], panels: dict[tuple[str, str], pd.DataFrame], layout: Rows) -> None:
    """Arrow heads where an interval leaves the panel."""
    for ax, rows in zip(axes, panels.values(), strict=True):
        y = np.array([layout.y[key] for key in rows["key"]])
        for name, edge, sign, marker in zip(("lower", "upper"), ax.get_xlim(), (-1, 1), "<>", strict=True):
            out = sign * (_numbers(rows, name) - edge) > 0
            if out.any():  # a line without points and without clipping would stretch the layout
                at = np.full(out.sum(), edge)
                ax.plot(at, y[out], marker, ms=2.6, color=style.ESTIMATE, clip_on=False, zorder=3.5)


def _numbers(rows: pd.DataFrame, name: str) -> np.ndarray:
    return rows[name].to_numpy(float, na_value=np.nan) if name in rows else np.full(len(rows), np.nan)


def _draw_key(axes: list[Axes], rows: pd.DataFrame, p: str, below: float, prob: float, *, own: bool) -> None:
    entries: list[tuple[Any, str]] = []
    if rows["filled"].any():
        what = "interval beside 1" if rows["pair"].isin(BY_MODEL).all() else P_VALUES[p]
        entries.append((Line2D([], [], **_mark(True)), f"p ≤ {below:g} ({what})"))
    if not rows["filled"].all():
        entries.append((Line2D([], [], **_mark(False)), "other groups" if rows["filled"].any() else "GAI"))
    if {"lower", "upper"} <= set(rows.columns):
        entries.append((interval_handle(style.ESTIMATE, ""), f"{100 * prob:g}% interval"))
    if has_null(rows).any():
        entries.append((Patch(color=NULL_BAND), f"groups permuted, {100 * prob:g}% and median"))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=own)


def _sentences(panels: dict[tuple[str, str], pd.DataFrame], p: str, below: float) -> list[str]:
    by_model = any(pair in BY_MODEL for _, pair in panels)
    sentences = [
        "Agreement within each group over agreement with all others, by the model."
        if by_model
        else "Group association index of each group beside its permutation null."
    ]
    for (dimension, pair), rows in panels.items():
        place = f" in {dimension}" if dimension else ""
        low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
        sentences.append(
            f"{pair}{place}: from {number(low['estimate'])} ({low['level']}) to {number(high['estimate'])} "
            f"({high['level']})."
        )
        if p in rows and (has_null(rows).any() or pair in BY_MODEL):
            names = [f"{row.level} {number(row.estimate)}" for row in rows[rows["filled"]].itertuples()]
            found = f": {listed(names)}" if names else ""
            sentences.append(f"{count(len(names), 'group')} with p at most {below:g}{found}.")
    return sentences
