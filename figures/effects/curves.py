"""The expected rating along a number or along ordered levels, with its band."""

from collections.abc import Sequence
from itertools import chain, cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.alt import first_of
from ..parts.chart import draw_planes
from ..parts.marks import DOT, THICK, THIN, Entry
from ..parts.panels import round_ticks
from ..parts.tables import ESTIMATES, by_dimension_and, drawn_from, has
from ..parts.words import count, in_order, joined, number, on_scale, with_interval, wrapped
from .group_rows import by_columns

HEIGHT_MM = 44.0
BAND, INNER = 0.16, 0.30  # opacity of the outer and of the 50% band
LINE, WIDE = 1.3, 5.0  # of a curve, and of a band in the key, in points
STEP = 0.12  # between the groups at one level
LINES = ("-", "--", ":", "-.")
MOST_LEVELS, LEVEL_CHARACTERS = 12, 14  # of a tick below a level


@drawn_from(
    "the table of `ps.curve`", ("column", "value", "estimand", *ESTIMATES), numbers=("value", *ESTIMATES),
    names=("column", "level"), once="value", key=lambda table: ("column", "value", *by_columns(table, "value")),
    only="estimand", Fit=lambda fit: ps.curve(fit),
    also="""Used where present: level (the name of a value, for levels), lower_50, upper_50, unit. Columns between level
    and estimand are those of ``by=``. Columns have a panel each.""",
)  # fmt: skip
def curve(
    table: Any, *, ax: Axes | None = None, estimand: str = "mean", scale: Any = None, prob: float = 0.95
) -> Axes | np.ndarray:
    """The expected rating (y) along a number (x), a line in its band; of groups a line each.

    Levels of ``mo()`` stand at even distances, in their order, each with its interval.

    Parameters
    ----------
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> names = {"column": "age", "value": [20.0, 40.0, 60.0], "estimand": "mean"}
    >>> curve(pd.DataFrame(names | {"estimate": [3.0, 3.2, 3.1], "lower": 2.9, "upper": 3.3})).get_xlabel()
    'age'
    """
    words = f"expected rating{on_scale(scale)}" if estimand == "mean" else f"{estimand.replace('>=', '≥')} (percent)"
    groups = by_columns(table, "value")
    rows = table.assign(group=[", ".join(map(str, one)) for one in table[groups].to_numpy()] if groups else "")
    looks = _looks(in_order(rows["group"]))
    several = len(in_order(rows["column"])) > 1
    parts_by = by_dimension_and(rows, "column")
    panels = {joined(place, name if several else ""): part for (place, name), part in parts_by.items()}

    def draw(axes: list[Axes], parts: list[pd.DataFrame]) -> list[Entry]:
        for panel, part in zip(axes, parts, strict=True):
            _draw(panel, part, looks)
            panel.set(xlabel=str(part["column"].iloc[0]), ylabel=words)
        low, high = zip(*(panel.get_ylim() for panel in axes), strict=True)
        for panel in axes:
            panel.set_ylim(min(low), max(high))
        return _key(rows, looks, prob, dotted=all(_levels(part) for part in parts))

    said = [f"Curves of the {words} along {', '.join(in_order(rows['column']))}, with bands."]
    said += first_of(_sentence(part, place) for place, part in panels.items())
    return draw_planes(panels, draw, ax=ax, height=HEIGHT_MM, sentences=said, narrowest=62.0)


def _looks(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """A colour and a kind of line for each group."""
    colours = [style.ESTIMATE] if len(names) == 1 else chain([style.REFERENCE], cycle(style.OKABE_ITO))
    return dict(zip(names, zip(colours, cycle(LINES), strict=False), strict=False))


def _draw(ax: Axes, rows: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    levels = _levels(rows)
    for k, (name, (colour, line)) in enumerate(looks.items()):
        part = rows[rows["group"] == name].sort_values("value")
        x = part["value"].to_numpy(float)
        if levels:  # nothing lies between levels, so that a band would say too much
            x = x + STEP * (k - (len(looks) - 1) / 2)
            _draw_levels(ax, x, part, colour)
        else:
            for low, high, opacity in _bands(rows, looks):
                ax.fill_between(x, part[low], part[high], facecolor=colour, alpha=opacity, lw=0, zorder=2)
        ax.plot(x, part["estimate"], color=colour, ls=line, lw=THIN if levels else LINE, zorder=3)
    round_ticks(ax)
    if levels:
        ax.set_xticks(list(levels), [wrapped(name, LEVEL_CHARACTERS) for name in levels.values()])
    room = (0.08 if levels else 0.04) * np.ptp(rows["value"]) or 0.5
    ax.set_xlim(rows["value"].min() - room, rows["value"].max() + room)


def _draw_levels(ax: Axes, x: np.ndarray, rows: pd.DataFrame, colour: str) -> None:
    for low, high, width in (("lower", "upper", THIN), ("lower_50", "upper_50", THICK)):
        if has(rows, low, high):
            ax.vlines(x, rows[low], rows[high], color=colour, lw=width, zorder=3.1)
    ax.plot(x, rows["estimate"], ls="none", marker="o", ms=DOT, mfc=colour, mec="white", mew=0.4, zorder=3.4)


def _bands(rows: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> list[tuple[str, str, float]]:
    """The ends of bands and their opacity; of several groups the outer one alone, or nobody could tell them apart."""
    inner = [("lower_50", "upper_50", INNER)] if len(looks) == 1 and has(rows, "lower_50", "upper_50") else []
    return [("lower", "upper", BAND), *inner]


def _levels(rows: pd.DataFrame) -> dict[float, str]:
    """The name of each value where names are no numbers; none for numbers, and where they would not fit."""
    if "level" not in rows:
        return {}
    pairs = rows[["value", "level"]].drop_duplicates("value").sort_values("value")
    numbers = pd.to_numeric(pairs["level"].astype(str), errors="coerce")
    if numbers.notna().all() or len(pairs) > MOST_LEVELS:
        return {}
    return dict(zip(pairs["value"].tolist(), pairs["level"].astype(str).tolist(), strict=True))


def _key(rows: pd.DataFrame, looks: dict[str, tuple[str, str]], prob: float, *, dotted: bool) -> list[Entry]:
    several = len(looks) > 1
    entries: list[Entry] = [
        (Line2D([], [], color=colour, ls=line, lw=LINE), name if several else "estimate")
        for name, (colour, line) in looks.items()
    ]
    colour = style.RULE if several else style.ESTIMATE
    outer = f"{100 * prob:g}% interval of each value"
    if dotted:
        entries.append((Line2D([], [], color=colour, lw=THIN), outer))
        entries += [(Line2D([], [], color=colour, lw=THICK), "50%")] if has(rows, "lower_50") else []
        return entries
    for (_, _, opacity), words in zip(_bands(rows, looks), (outer, "50%"), strict=False):
        entries.append((Line2D([], [], color=colour, alpha=2 * opacity, lw=WIDE), words))
    return entries


def _sentence(rows: pd.DataFrame, place: str) -> str:
    """Of each group the estimate at both ends, and the highest between them."""
    levels, said = _levels(rows), []
    for name, part in rows.groupby("group", sort=False):
        part = part.sort_values("value")
        at = [levels.get(value, f"{float(f'{value:.4g}'):g}") for value in part["value"]]
        ends = [f"{with_interval(part.iloc[k])} at {at[k]}" for k in (0, -1)]
        top = int(part["estimate"].to_numpy().argmax())
        more = f", highest {number(part['estimate'].iloc[top])} at {at[top]}" if 0 < top < len(part) - 1 else ""
        said.append(f"{name}: {' to '.join(ends)}{more}" if name else f"{' to '.join(ends)}{more}")
    column = str(rows["column"].iloc[0])
    before = place if place.endswith(column) else joined(place, column)
    return f"{before}, {count(rows['value'].nunique(), 'value')}: {'; '.join(said)}."
