"""Correlations of the effects of raters and items across dimensions: a triangle of cells for each."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize

import pluralstats as ps

from .. import style
from ..parts.alt import extremes, figure_of, finished, first_of
from ..parts.fonts import embolden, fitted, widest
from ..parts.panels import label_x, panel_axes, settle
from ..parts.tables import ESTIMATES, drawn_from
from ..parts.words import in_order, number, plural

PAIR = ("dimension", "with_dimension")
TITLES = {"rater": "raters (halo)", "item": "items"}
CELL_MM, NAME_MM, EDGE_MM = 9.0, 22.0, 1.5
TEXT: dict[str, Any] = {"ha": "center", "fontsize": 6.5, "zorder": 3}
COLOURS = 101  # of the ramp: the middle one is no correlation


@drawn_from(
    "the table of `ps.dimension_correlations`", ("of", *PAIR, *ESTIMATES), names=("of", *PAIR), once="pair",
    Fit=lambda fit: ps.dimension_correlations(fit), stacked="fit", also="Correlations, −1 to 1.",
)  # fmt: skip
def dimension_correlations(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Correlations between dimensions, of raters and of items: two triangles of cells with estimates and intervals.

    Cells are orange below 0, grey about 0 and blue above; estimates whose interval excludes 0 are bold.

    Examples
    --------
    >>> table = pd.DataFrame({"of": ["rater", "item"], "dimension": "toxic", "with_dimension": "rude",
    ...     "estimate": [0.6, 0.8], "lower": [0.4, 0.7], "upper": [0.7, 0.9]})
    >>> [ax.get_title("left") for ax in dimension_correlations(table)]
    ['raters (halo)', 'items']
    """
    rows = table.astype(dict.fromkeys(("of", *PAIR), str))
    parts = {TITLES.get(of, plural(of)): part for of, part in rows.groupby("of", sort=False)}
    names = in_order([*rows["dimension"], *rows["with_dimension"]])
    n, words = len(names) - 1, f"correlation and {100 * prob:g}% interval (bold: it excludes 0)"
    with style.drawing("one" if n == 1 and len(parts) < 3 else "two", ax):
        cell = widest(map(_interval, rows.itertuples()), "font.size") + EDGE_MM
        axes = panel_axes(list(parts), labels=0, narrowest=NAME_MM + EDGE_MM + cell * n, own_rows=True, ax=ax)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw(panel, part, names)
        label_x(axes, words)
        settle(axes, CELL_MM * n, own=ax is None)
        room = axes[0].get_window_extent().width / figure_of(axes[0]).dpi * 25.4 / n - EDGE_MM  # mm, once names stand
        for panel in axes:
            panel.set_xticks(np.arange(n) + 0.5, [fitted(name, room) for name in names[:-1]])
        settle(axes, CELL_MM * n, own=ax is None)
        said = [
            extremes(part, [f"{row.dimension} with {row.with_dimension}" for row in part.itertuples()], place=title,
                     thing="correlation", null=0.0)
            for title, part in parts.items()
        ]  # fmt: skip
        return finished(axes, ["Correlations of effects across dimensions.", *first_of(said)])


def _draw(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    """The cells below the diagonal, the later dimension at the left, the earlier one below."""
    n, colours = len(names) - 1, style.ramp(COLOURS)
    values = np.full((n, n), np.nan)
    for row in rows.itertuples():
        first, second = sorted(names.index(name) for name in (row.dimension, row.with_dimension))
        values[second - 1, first] = row.estimate
        ink = style.ink_on(colours[round((row.estimate + 1.0) / 2.0 * (COLOURS - 1))])
        place = (first + 0.5, second - 0.54)
        estimate = ax.text(*place, number(row.estimate), va="bottom", color=ink, **TEXT)
        if row.lower > 0.0 or row.upper < 0.0:
            embolden(estimate)
        ax.text(place[0], place[1] + 0.08, _interval(row), va="top", color=ink, **TEXT)
    ax.pcolormesh(
        np.arange(n + 1), np.arange(n + 1), np.ma.masked_invalid(values), cmap=ListedColormap(colours),
        norm=Normalize(-1.0, 1.0), edgecolors="white", lw=1.0,
    )  # fmt: skip
    ax.set(xlim=(0, n), ylim=(n, 0))
    ax.set_yticks(np.arange(n) + 0.5, [fitted(name, NAME_MM) for name in names[1:]])
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)


def _interval(row: Any) -> str:
    return f"{number(row.lower)} to {number(row.upper)}"
