"""Rows of a figure: labels at the left under bold headers, dots or bars in the middle, n at the right margin.

The y axis of such a figure counts millimetres from its top, so that text never collides, however many rows.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from .. import style
from .alt import figure_of
from .fonts import embolden, fitted, line_height, widest
from .words import count_range

SIZE = "ytick.labelsize"
PAD_MM, HEADER_GAP_MM = 1.25, 1.6  # between rows, and above a header
EVERYBODY = "all"  # the demographic of the row that holds all raters
Groups = Mapping[str, Mapping[Hashable, str]]  # header ("" for none) -> key -> label


@dataclass(frozen=True)
class Rows:
    """Where each row stands: ``y`` in mm from the top by key, texts by key, and the whole height in mm.

    ``names`` are the rows in words, with their headers and not cut to length.
    """

    y: dict[Hashable, float]
    labels: dict[Hashable, str]
    headers: dict[str, float]
    height: float
    names: dict[Hashable, str] = field(default_factory=dict)

    def at(self, rows: pd.DataFrame) -> np.ndarray:
        """Where the rows of a table stand, by their column ``key``."""
        return np.array([self.y[key] for key in rows["key"]])

    def of_height(self, height: float) -> "Rows":
        """The same rows in a panel that is ``height`` mm high: those of a shorter panel stay as close together."""
        return replace(self, height=height)

    def width(self) -> float:
        """Of the widest label, in mm."""
        return widest([*self.labels.values(), *self.headers], SIZE)


def arrange(groups: Groups, *, room: float | None = None, slot: float = 0.0) -> Rows:
    """Lay out rows in the given order; the header "" writes no header line.

    Labels are wrapped at ``room`` mm into two lines (by default a third of the width, at most 46 mm), then cut;
    ``slot`` is the least height of a row in mm, for several marks in one row.
    """
    room = min(0.36 * style.width_mm(), 46.0) if room is None else room
    rows, top, line = Rows({}, {}, {}, 0.0), 0.0, line_height(SIZE)
    for header, some in groups.items():
        if header:
            text = fitted(header, room, SIZE, weight="bold", lines=3)
            high = line * (text.count("\n") + 1) + PAD_MM
            top += HEADER_GAP_MM if rows.y else 0.0
            rows.headers[text] = top + high / 2
            top += high
        for key, label in some.items():
            rows.labels[key] = fitted(label, room, SIZE)
            rows.names[key] = f"{label} ({header})" if header else label
            high = max(line * (rows.labels[key].count("\n") + 1) + PAD_MM, slot)
            rows.y[key] = top + high / 2
            top += high
    return rows.of_height(top)


def rater_groups(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label for groups of raters by demographic; everybody stands under no header."""
    groups: dict[str, dict[Hashable, str]] = {}
    for demographic, level, *more in dict.fromkeys(rows["key"]):
        everybody = demographic == EVERYBODY
        label = "all raters" if everybody else ", ".join([level, *more])
        groups.setdefault("" if everybody else demographic, {})[demographic, level, *more] = label
    return groups


def headed(rows: pd.DataFrame, before: str = "") -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label of rows with the key (header, label), or (label,) under none; words ``before`` headers."""
    groups: dict[str, dict[Hashable, str]] = {}
    for key in rows["key"]:
        groups.setdefault(f"{before}{key[0]}" if len(key) > 1 else "", {})[key] = key[-1]
    return groups


def draw_labels(ax: Axes, rows: Rows, *, stripes: bool) -> None:
    """Set the y axis: row labels and bold headers, flush left; ``stripes`` lead the eye from the label to the mark."""
    ax.set_ylim(rows.height, 0.0)
    ax.set_yticks([*rows.headers.values(), *rows.y.values()], [*rows.headers, *rows.labels.values()])
    bare_rows(ax)
    texts = ax.get_yticklabels()
    for i, text in enumerate(texts):
        text.set(linespacing=1.05, fontweight="normal")
        if i < len(rows.headers):
            embolden(text)
    if texts:  # an inner panel has none
        points = 72 / figure_of(ax).dpi
        ax.tick_params(axis="y", pad=4 + points * max(text.get_window_extent().width for text in texts))
        for text in texts:
            text.set_horizontalalignment("left")
    if stripes:
        across = ax.get_yaxis_transform()
        ax.hlines(list(rows.y.values()), 0, 1, transform=across, color=style.GRID, lw=0.5, zorder=0)


def bare_rows(ax: Axes) -> None:
    """An axis of named rows: no line, no ticks, names as they are (a level may hold dollars)."""
    ax.tick_params(axis="y", length=0, pad=4)
    ax.spines["left"].set_visible(False)
    for text in ax.get_yticklabels():
        text.set_parse_math(False)


def draw_margin(ax: Axes, at: Mapping[float, str], title: str, *, right: float = 0.0) -> None:
    """Numbers of raters or ratings at the right margin, under a small title; a second column ``right`` mm farther."""
    place = ax.get_yaxis_transform() + ScaledTranslation(right / 25.4, 0.0, figure_of(ax).dpi_scale_trans)
    for y, text in at.items():
        ax.text(1.03, y, text, transform=place, ha="left", va="center_baseline", color=style.REFERENCE)
    shift: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
    ax.annotate(title, (1.03, 1.0), (right * 72 / 25.4, 4), ha="left", color=style.REFERENCE, **shift)


def draw_words(ax: Axes, at: Iterable[float], x: float, words: str) -> None:
    """Say in grey why rows have no mark, beside ``x`` where there is more room; the limits must stand."""
    left = ax.transAxes.inverted().transform(ax.transData.transform((x, 0.0)))[0] > 0.5
    side: dict[str, Any] = {"ha": "right" if left else "left", "va": "center_baseline", "color": style.RULE}
    for y in at:
        ax.annotate(words, (x, y), (-4 if left else 4, 0), textcoords="offset points", zorder=2, **side)


def counts_at(rows: pd.DataFrame, column: str, y: Mapping[Hashable, float]) -> dict[float, str]:
    """The counts of each row by where it stands; empty when the table does not have them."""
    parts = rows.groupby("key")[column] if column in rows else ()
    return {y[key]: count_range(part.to_numpy(float)) for key, part in parts}
