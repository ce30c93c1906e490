"""Cohesion: whether raters of a group agree more among themselves than with others, beside chance."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import pluralstats as ps
from pluralstats.errors import ConfigError, nearest

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.marks import DOT, FIRST, SECOND, THIN, Entry, draw_beside, interval_entry, look_entry
from ..parts.rows import draw_words, rater_groups
from ..parts.tables import by_dimension_and, checked_rows, drawn_from, has, with_key
from ..parts.words import count, in_order, listed, number

COLUMNS, SOURCE = ("demographic", "level", "pair", "kind", "estimate"), "the table of `ps.cohesion`"
NULL, NULL_BAND = ("null_lower", "null_upper", "null_median"), "#d2d2d2"
OPTIONAL = ("lower", "upper", *NULL)
KINDS = {"in_group": (FIRST, "within the group"), "cross_group": (SECOND, "with all other raters")}
INDEX = "association"
BY_MODEL = ("latent", "ratings")  # scales of `ps.model_cohesion`
AROUND_ONE = ("reliability", *BY_MODEL)  # pairs whose index is 1 without association
# Of each pair in the order of the panels: the words on the axis of the values, and of the index.
PAIRS = {
    "reliability": ("IRR and XRR (α within and between)", "GAI, reliability (IRR / XRR)"),
    "voting": ("plurality size and voting agreement", "GAI, voting (plurality size / voting agreement)"),
    "distribution": ("negentropy and cross-negentropy (nats)", "GAI, distribution (negentropy / cross-negentropy)"),
    **{scale: (f"agreement of two new raters of an item ({words})", f"agreement within over with others ({scale})")
       for scale, words in zip(BY_MODEL, ("latent correlation", "correlation of ratings"), strict=True)},
}  # fmt: skip
P_VALUES = {
    "p_two_sided_bh": "two-sided, Benjamini-Hochberg",
    "p_two_sided": "two-sided, uncorrected",
    "p_bh": "on its side of the null’s median, Benjamini-Hochberg",
    "p": "on its side of the null’s median, uncorrected",
}
BEYOND = 2.0  # spans of the estimates: an interval that runs farther ends in an arrow
OBJECTS: dict[str, Any] = {
    "Ratings": lambda ratings: ps.cohesion(ratings, ratings.demographics),
    "Fit": lambda fit: ps.model_cohesion(fit, fit.ratings.demographics),
}


@drawn_from(**OBJECTS)
def cohesion(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """In-group agreement of each group beside its agreement with all other raters, one panel for each pair.

    Grey bars behind the marks are the permutation null of each: raters keep their ratings, groups are shuffled. The
    two of voting are different quantities, so that each compares with its own null only.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.cohesion`` or ``ps.model_cohesion`` (with ``scale`` for ``pair``; its rows about the rest are drawn):
        demographic, level, pair (reliability, voting, distribution), kind ("in_group" and "cross_group" are drawn),
        estimate; used where present: lower, upper, null_lower, null_upper, null_median, n_raters.

    Examples
    --------
    >>> names = {"demographic": "gender", "level": "male", "pair": "reliability", "kind": ["in_group", "cross_group"]}
    >>> cohesion(pd.DataFrame(names | {"estimate": [0.4, 0.3]})).get_xlabel()
    'IRR and XRR (α within and between)'
    """
    rows, left_out = _rows(table, list(KINDS), "cohesion")
    rows["whom"] = [KINDS[kind][1] for kind in rows["kind"]]
    entries = [look_entry(*KINDS[kind], prob) for kind in KINDS if kind in set(rows["kind"])]
    entries += [(Patch(color=NULL_BAND), f"groups permuted, {100 * prob:g}%")] if _has_null(rows).any() else []
    looks, under = {kind: look for kind, (look, _) in KINDS.items()}, partial(_draw_null, height=1.5)
    return draw_chart(
        [Panel(part, name, PAIRS.get(pair, (pair,))[0], null=None) for (name, pair), part in _panels(rows).items()],
        rater_groups(rows), partial(draw_beside, column="kind", looks=looks, under=under), ax=ax, thing="group",
        what=f"Agreement within and across groups of raters by {listed(in_order(rows['demographic']))}", beside="whom",
        entries=entries, sentences=[left_out], slot=5.0, narrowest=38,
    )  # fmt: skip


@drawn_from(**OBJECTS)
def association(
    table: Any, *, ax: Axes | None = None, p: str = "p_two_sided_bh", below: float = 0.05, prob: float = 0.95
) -> Axes | np.ndarray:
    """Group association index (in-group over cross-group agreement) of each group over its permutation null.

    The grey bar is where the index lies when groups are shuffled among raters. A dot is filled when its p is small and
    the null is drawn, open otherwise. The index of reliability is 1 without association, and 1 is marked. The others
    are not: voting divides a share by a coefficient, and negentropies rise when ratings are few; their null alone says
    where no association lies.

    Parameters
    ----------
    table : DataFrame
        As in ``cohesion``, with the kind "association"; a dot of ``ps.model_cohesion`` is filled when the interval
        leaves out 1 too. A pair without a defined index has no panel, a group without one is left out, or marked "no
        ratio" where another pair has one.
    p : {"p_two_sided_bh", "p_two_sided", "p_bh", "p"}
        The column of the p that fills the dots.
    below : float
        Dots with a p of at most this are filled.

    Examples
    --------
    >>> names = {"demographic": "gender", "level": ["male", "female"], "pair": "reliability", "kind": "association"}
    >>> association(pd.DataFrame(names | {"estimate": 1.1, "null_lower": 0.9, "null_upper": 1.2})).get_xlabel()
    'GAI, reliability (IRR / XRR)'
    """
    if p not in P_VALUES:
        raise ConfigError(f"`p` must be one of {', '.join(P_VALUES)}, found {p!r}.{nearest(str(p), P_VALUES)}")
    rows, left_out = _rows(table, [INDEX], INDEX)
    rows["filled"] = _filled(rows, p, below)
    panels = [
        Panel(_with_undefined(part, rows), name, PAIRS.get(pair, (pair, pair))[1], 1.0 if pair in AROUND_ONE else None)
        for (name, pair), part in _panels(rows).items()
    ]
    small = [f"{row.level} {number(row.estimate)}" for row in rows[rows["filled"]].itertuples()]
    shown = p in rows and (_has_null(rows).any() or set(rows["pair"]) & set(BY_MODEL))
    said = f"{count(len(small), 'group')} with p at most {below:g}{': ' if small else ''}{listed(small)}."
    return draw_chart(
        panels, rater_groups(rows),
        partial(_draw_association, limits={pair: _limits(part, pair) for pair, part in rows.groupby("pair")}), ax=ax,
        what="Agreement within each group of raters over its agreement with all others", thing="group",
        entries=_association_key(rows, p, below, prob), sentences=[said if shown else "", left_out], narrowest=38,
    )  # fmt: skip


def _rows(table: Any, kinds: Sequence[str], figure: str) -> tuple[pd.DataFrame, str]:
    """The rows of some kinds; of ``ps.model_cohesion`` those about a group and the rest, its scales as pairs."""
    if {"scale", "other", "kind"} <= set(table):
        kept = table["other"].astype(str).eq("rest") | (table["kind"] == "in_group")
        table = table[kept.to_numpy()].rename(columns={"scale": "pair"})
    if "kind" in table:
        table = table[table["kind"].isin(kinds).to_numpy()]
    names, once = COLUMNS[:4] if len(kinds) > 1 else COLUMNS[:3], "group of a pair"
    rows, left_out = checked_rows(
        table, COLUMNS, figure, SOURCE, numbers=["estimate"], names=names, once=once, key=COLUMNS[:2]
    )
    order = {key: i for i, key in enumerate(with_key(table, COLUMNS[:2])["key"].unique())}
    rows = rows.sort_values("key", key=lambda keys: keys.map(order), kind="stable")  # also where a row is left out
    return rows.assign(**{name: np.nan for name in OPTIONAL if name not in rows}), left_out


def _panels(rows: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
    """The rows of each dimension and pair, pairs in the order of the methods whatever the groups' order."""
    parts = by_dimension_and(rows, "pair")
    dimensions, order = in_order(name for name, _ in parts), [*PAIRS, *in_order(rows["pair"])]
    return dict(sorted(parts.items(), key=lambda item: (dimensions.index(item[0][0]), order.index(item[0][1]))))


def _has_null(rows: pd.DataFrame) -> np.ndarray:
    return np.isfinite(rows[list(NULL[:2])].to_numpy(float, na_value=np.nan)).all(axis=1)


def _draw_null(ax: Axes, y: np.ndarray, rows: pd.DataFrame, height: float) -> None:
    """Grey bars over the intervals of the permutation null, a line at its median where it is known."""
    low, high, median = (rows[name].to_numpy(float, na_value=np.nan) for name in NULL)
    some = _has_null(rows)
    for bar in ax.barh(y[some], (high - low)[some], left=low[some], height=height, color=NULL_BAND, lw=0, zorder=1.5):
        bar.sticky_edges.x.clear()  # a bar would end the panel where it ends
    ax.vlines(median, y - height / 2, y + height / 2, color=style.RULE, lw=0.8, zorder=1.6)


def _filled(rows: pd.DataFrame, p: str, below: float) -> np.ndarray:
    """A p is never shown without the null it belongs to; by the model, not against the interval of the ratio."""
    shown = np.where(rows["pair"].isin(BY_MODEL), (rows["lower"] > 1.0) | (rows["upper"] < 1.0), _has_null(rows))
    values = rows[p].to_numpy(float, na_value=np.nan) if p in rows else np.full(len(rows), np.nan)
    return shown & (values <= below)


def _with_undefined(part: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a panel and, without an estimate, those of groups that only other panels have."""
    others = rows[~rows["key"].isin(set(part["key"]))].drop_duplicates("key")
    return pd.concat([part, others.assign(pair=part["pair"].iloc[0], **dict.fromkeys(("estimate", *OPTIONAL), np.nan))])


def _limits(rows: pd.DataFrame, pair: str) -> tuple[float, float]:
    """Limits that hold every estimate; a ratio with a denominator near 0 must not squash the others."""
    inner = np.array([*rows["estimate"], *([1.0] if pair in AROUND_ONE else [])])
    ends = rows[list(OPTIONAL[:4])].to_numpy(float, na_value=np.nan).ravel()
    ends, room = np.array([*ends[np.isfinite(ends)], *inner]), BEYOND * max(np.ptp(inner), 0.1)
    low, high = max(ends.min(), inner.min() - room), min(ends.max(), inner.max() + room)
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _draw_association(ax: Axes, y: np.ndarray, rows: pd.DataFrame, limits: Mapping[str, tuple[float, float]]) -> None:
    pair = rows["pair"].iloc[0]
    ax.set_xlim(limits[pair])
    _draw_null(ax, y, rows, 2.8)
    ax.hlines(y, rows["lower"], rows["upper"], color=style.ESTIMATE, lw=THIN, zorder=3)
    for filled in (False, True):
        some = (rows["filled"] == filled).to_numpy()
        ax.plot(rows["estimate"].to_numpy()[some], y[some], **_mark(filled), zorder=3.4)
    words_at = 1.0 if pair in AROUND_ONE else limits[pair][0]
    draw_words(ax, y[rows["estimate"].isna().to_numpy()], words_at, "no ratio")
    for name, edge, sign, marker in zip(("lower", "upper"), limits[pair], (-1, 1), "<>", strict=True):
        out = sign * (rows[name].to_numpy(float) - edge) > 0  # arrow heads where an interval leaves the panel
        if out.any():  # a line without points and without clipping would stretch the layout
            ax.plot(np.full(out.sum(), edge), y[out], marker, ms=2.6, color=style.ESTIMATE, clip_on=False, zorder=3.5)


def _mark(filled: bool) -> dict[str, Any]:
    edge = {"mfc": style.ESTIMATE, "mec": "white", "mew": 0.4} if filled else {"mfc": "white", "mec": style.ESTIMATE}
    return {"linestyle": "none", "marker": "o", "ms": DOT if filled else DOT - 0.4, "mew": 0.8, **edge}


def _association_key(rows: pd.DataFrame, p: str, below: float, prob: float) -> list[Entry]:
    some, what = rows["filled"].any(), "interval beside 1" if rows["pair"].isin(BY_MODEL).all() else P_VALUES[p]
    entries: list[tuple[bool, Entry]] = [
        (some, (Line2D([], [], **_mark(True)), f"p ≤ {below:g} ({what})")),
        (not rows["filled"].all(), (Line2D([], [], **_mark(False)), "other groups" if some else "GAI")),
        (has(rows, "lower"), interval_entry(f"{100 * prob:g}% interval", marker="")),
        (has(rows, *NULL[:2]), (Patch(color=NULL_BAND), f"groups permuted, {100 * prob:g}% and median")),
    ]
    return [entry for drawn, entry in entries if drawn]
