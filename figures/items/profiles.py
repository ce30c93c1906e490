"""Raters by severity, with their noise and use of the scale beside it; those who stand out have names."""

from itertools import chain, zip_longest
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.alt import extremes, finished, first_of
from ..parts.fonts import POINT_MM, embolden, widest
from ..parts.marks import DOT, Entry, draw_intervals, draw_key, interval_entry, numeric_axis
from ..parts.panels import is_rightmost, panel_axes, settle, share_limits
from ..parts.rows import SIZE, bare_rows, draw_margin
from ..parts.tables import by_dimension, drawn_from, has
from ..parts.words import count, joined, listed, shortened

ROW_MM, LEAST_MM = 3.4, 1.0  # a rater with a name, and the least room for those between two of them
MOST_ROWS = 30  # more raters are not all named
ENDS = 5  # the most and the least severe have names whether they stand out or not
OF_ONE, OF_SEVERAL = (26, 40.0), (12, 16.0)  # most names in a panel, and room for all others in mm
NARROWEST_MM = 56.0
MODAL = ("modal_percent", "modal_percent_expected")
SAME, MARGIN = "same answer", "modal answer,\n% (expected)"
HAIR: dict[str, Any] = {"color": style.RULE, "alpha": 0.7, "zorder": 2}
THINNEST, INK = 0.35, 0.6  # of the others: a line in points, and how much of the room it may fill
# ticks: the first of these of which three or more can be seen
RATIOS = ((0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0), (0.6, 0.8, 1.0, 1.25, 1.6), (0.9, 0.95, 1.0, 1.05, 1.1))


class Measure(NamedTuple):
    """What one panel shows: columns, words of who stands out at either end, the axis, where the average is."""

    name: str
    ends: tuple[str, str]
    high: str
    low: str
    quantity: str
    null: float

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows as estimates with intervals, and whether each stands out."""
        values = dict(zip(("estimate", "lower", "upper"), (self.name, *self.ends), strict=True))
        notes = rows["note"].astype(str).str.split("; ") if "note" in rows else [[]] * len(rows)
        apart = [self.high in note or self.low in note for note in notes]
        return rows.assign(**{name: rows[column] for name, column in values.items()}, apart=apart)


MEASURES = (
    Measure("severity", ("lower", "upper"), "severe", "lenient",
            "severity (rating points below average)", 0.0),
    Measure("noise", ("noise_lower", "noise_upper"), "noisy", "consistent",
            "noise (ratio to the typical rater)", 1.0),
    Measure("use_of_scale", ("use_of_scale_lower", "use_of_scale_upper"), "middle of the scale", "ends of the scale",
            "use of the scale (over 1: its middle)", 1.0),
)  # fmt: skip


@drawn_from(
    "the table of `ps.rater_table`", ("rater", "severity", "lower", "upper"), numbers=("severity", "lower", "upper"),
    names=("rater",), once="rater", only="dimension", Fit=lambda fit: ps.rater_table(fit),
    also="Severity in rating points, positive where ratings are low. Used where present: noise and use_of_scale with "
    "their ends, note (who stands out), modal_percent and modal_percent_expected.",
)  # fmt: skip
def rater_profiles(
    table: Any, *, dimension: str | None = None, ax: Axes | None = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """Every rater's severity, the most severe first, beside noise and use of the scale where they are known.

    Of more than 30 raters those who stand out have names and rows of their own, with the most severe and the most
    lenient; the others are drawn thin between them, in the same order. At the margin: the share of a rater's most
    frequent answer, and what the model expects of it.

    Parameters
    ----------
    dimension : str, optional
        Which dimension to draw; default all of the table.

    Examples
    --------
    >>> table = pd.DataFrame({"rater": ["r1", "r2"], "severity": [0.4, -0.4], "lower": [0.1, -0.6], "upper": 0.7})
    >>> rater_profiles(table).get_xlabel()
    'severity (rating points below average)'
    """
    measures = [one for one in MEASURES if has(table, one.name, *one.ends)]
    parts = {name: _sorted(part) for name, part in by_dimension(table).items()}
    places = {name: _places(part, *(OF_ONE if len(parts) == 1 else OF_SEVERAL)) for name, part in parts.items()}
    panels = [(name, one) for name in parts for one in measures]
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        axes = _axes([name for name, _ in panels], len(measures), parts, ax)
        for panel, (name, one) in zip(axes, panels, strict=True):
            _draw(panel, one, one.of(parts[name]), places[name])
        for i, one in enumerate(measures):
            _finish(axes[i :: len(measures)], one)
        for panel, (name, _) in zip(axes, panels, strict=True):
            if has(parts[name], *MODAL) and (len(measures) == 1 or is_rightmost(panel, axes)):
                _draw_modal(panel, parts[name], places[name])
        height = max(place.height for place in places.values())
        draw_key(axes, _entries(parts, places, prob), own=ax is None)
        settle(axes, height, own=ax is None)
        return finished(axes, ["Raters, the most severe first.", *first_of(_said(parts, measures))])


class Places(NamedTuple):
    """Where raters stand, the most severe first: ``y`` (R,) in mm from the top, ``named`` (R,), whole ``height``."""

    y: np.ndarray
    named: np.ndarray
    height: float


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("severity", ascending=False, kind="stable").reset_index(drop=True)


def _places(rows: pd.DataFrame, most: int, room: float) -> Places:
    """Rows for those with names; the others in between, closer to each other."""
    named = np.ones(len(rows), bool)
    if len(rows) > MOST_ROWS:
        named = np.isin(np.arange(len(rows)), _who_is_named(rows, most))
    between = np.where(named, ROW_MM, room / max((~named).sum(), 1))
    # a few between two named ones have room enough to be seen
    run = np.cumsum(named)
    size = pd.Series(between).where(~named).groupby(run).transform("sum").to_numpy()
    between = np.where(~named & (size < LEAST_MM), between * LEAST_MM / np.maximum(size, 1e-9), between)
    ends = np.cumsum(between)
    return Places(ends - between / 2.0, named, float(ends[-1]))


def _who_is_named(rows: pd.DataFrame, most: int) -> list[int]:
    """Positions: the ends, then in turn who stands out in each respect, the farthest first."""
    n, ways = len(rows), []
    ways += [list(range(min(ENDS, n))), list(range(n - 1, max(n - 1 - ENDS, -1), -1))]
    for one in MEASURES[1:]:
        if has(rows, one.name):
            far = np.abs(np.log(rows[one.name].to_numpy(float)))
            ways.append([int(i) for i in np.argsort(-far) if one.of(rows)["apart"].iloc[i]])
    if has(rows, "note", *MODAL):
        more = (rows[MODAL[0]] - rows[MODAL[1]]).to_numpy(float)
        same = rows["note"].astype(str).str.contains(SAME).to_numpy()
        ways.append([int(i) for i in np.argsort(-more) if same[i]])
    in_turn = chain.from_iterable(zip_longest(*ways))
    return list(dict.fromkeys(i for i in in_turn if i is not None))[:most]


def _axes(names: list[str], n_measures: int, parts: dict[str, pd.DataFrame], ax: Axes | None) -> list[Axes]:
    """A row of panels for each dimension; of severities alone, dimensions stand beside each other."""
    if n_measures == 1:
        return panel_axes(names, labels=0, narrowest=NARROWEST_MM, own_rows=True, ax=ax)
    labels = max(widest(map(shortened, part["rater"]), SIZE) for part in parts.values()) + 3.0
    titles = [name if i % n_measures == 0 else "" for i, name in enumerate(names)]
    return panel_axes(titles, labels=labels, narrowest=(style.width_mm() - labels) / n_measures - 0.01, ax=ax)


def _draw(ax: Axes, measure: Measure, rows: pd.DataFrame, at: Places) -> None:
    """Thin marks of those without names, then the others: diamonds where they stand out in this."""
    known = np.isfinite(rows["estimate"].to_numpy(float))
    some = known & ~at.named
    apart_mm = np.diff(at.y).min() if len(rows) > 1 else ROW_MM
    ax.hlines(at.y[some], rows["lower"][some], rows["upper"][some], lw=min(THINNEST, INK * apart_mm / POINT_MM), **HAIR)
    ax.plot(rows["estimate"][some], at.y[some], ".", ms=1.6, color=style.RULE, mew=0.0, zorder=2.5)
    for apart, colour in ((False, style.REFERENCE), (True, style.ESTIMATE)):
        some = known & at.named & (rows["apart"].to_numpy() == apart)
        if some.any():
            draw_intervals(ax, at.y[some], rows[some], colour=colour, marker="D" if apart else "o")
    ax.axvline(measure.null, color=style.RULE, lw=0.8, zorder=1)
    ax.set_yticks(at.y[at.named], [shortened(name) for name in rows["rater"][at.named]])
    ax.set_ylim(at.height, 0.0)
    bare_rows(ax)
    if measure.null:
        ax.set_xscale("log")


def _finish(axes: list[Axes], measure: Measure) -> None:
    share_limits(axes)
    numeric_axis(axes, ratio=bool(measure.null))
    for ax in axes:
        ax.set_xlabel(measure.quantity)
        if measure.null:
            low, high = ax.get_xlim()
            seen = [[ratio for ratio in ratios if low <= ratio <= high] for ratios in RATIOS]
            ax.set_xticks(next((some for some in seen if len(some) > 2), seen[-1]))


def _draw_modal(ax: Axes, rows: pd.DataFrame, at: Places) -> None:
    """Shares of modal answers at the margin, those of straight-liners in the colour of who stands out."""
    shares, before = rows[list(MODAL)].to_numpy(float), len(ax.texts)
    named = np.flatnonzero(at.named & np.isfinite(shares).all(axis=1))
    draw_margin(ax, {float(at.y[i]): f"{shares[i, 0]:.0f} ({shares[i, 1]:.0f})" for i in named}, MARGIN)
    notes = rows["note"].astype(str) if "note" in rows else pd.Series("", index=rows.index)
    for i, text in zip(named, ax.texts[before:], strict=False):
        if SAME in notes[i]:
            text.set_color(style.ESTIMATE)
            embolden(text)


def _entries(parts: dict[str, pd.DataFrame], places: dict[str, Places], prob: float) -> list[Entry]:
    """What dark, grey and thin marks are, those that there are."""
    entries = [interval_entry("rater", prob, style.REFERENCE)]
    if any(one.of(part)["apart"].any() for part in parts.values() for one in MEASURES if has(part, one.name)):
        entries.append(interval_entry("stands out", None, style.ESTIMATE, "D"))
    others = max(int((~at.named).sum()) for at in places.values())
    if others:
        thin = Line2D([], [], color=style.RULE, lw=0.5, marker=".", ms=DOT / 2)
        entries.append((thin, f"{count(others, 'other rater')}"))
    return entries


def _said(parts: dict[str, pd.DataFrame], measures: list[Measure]) -> list[str]:
    """The range of each measure, and who stands out in what."""
    said = []
    for name, part in parts.items():
        for one in measures:
            words = one.name.replace("_", " ").replace("use of scale", "use of the scale")
            said.append(extremes(one.of(part), part["rater"], place=joined(name, words), thing="rater"))
        notes = part["note"].astype(str) if "note" in part else pd.Series("", index=part.index)
        for words in dict.fromkeys(chain.from_iterable(note.split("; ") for note in notes if note)):
            who = part["rater"][[words in note.split("; ") for note in notes]]
            said[-1] += f" {words.capitalize()}: {listed(list(who.astype(str)))}."
    return said
