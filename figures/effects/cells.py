"""Intersections of demographics: what partial pooling makes of each cell, and how far it lies from its main effects."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.alt import extremes, first_of
from ..parts.chart import Panel, draw_chart, draw_planes
from ..parts.marks import THIN, Entry, draw_intervals, interval_entry, round_sizes
from ..parts.names import draw_names
from ..parts.panels import round_ticks
from ..parts.tables import by_dimension, by_dimension_and, drawn_from
from ..parts.words import count, in_order, joined, listed, number, on_scale, shortened, wrapped

SOURCE, CELL = "the table of `ps.intersections`", ("term", "group")
DIFFERENCES = ("n_raters", "difference", "difference_lower", "difference_upper")
NUMBERS = ("raw", "predicted", "lower", "upper", *DIFFERENCES)
HEIGHT_MM, CROSS = 46.0, " × "
MARGIN_CHARACTERS, ROW_CHARACTERS = 22, 28  # a line of a name at the margin, and of a row
AREA, LEAST_AREA = 45.0, 1.5  # of the largest cell and of one that is just seen, in square points
ENOUGH_RATERS = 10  # of a cell that is named for its expected rating
MOST_LINES = 25  # cells whose intervals can be told apart
MARKS: dict[bool, dict[str, Any]] = {  # of cells that differ from additive, and of the others
    True: {"mfc": style.ESTIMATE, "mec": "white", "mew": 0.4},
    False: {"mfc": style.ESTIMATE_LIGHT, "mec": style.RULE, "mew": 0.4},
}


@drawn_from(
    SOURCE, (*CELL, *NUMBERS), numbers=NUMBERS, names=CELL, Fit=lambda fit: ps.intersections(fit),
    also="""Rating points; differences are predicted less additive. Used where present: a column for each demographic of
    the term, which names the cells. Terms have a panel each.""",
)  # fmt: skip
def intersections(
    table: Any, *, ax: Axes | None = None, scale: Any = None, named: int = 6, prob: float = 0.95
) -> Axes | np.ndarray:
    """The expected rating of each cell after partial pooling (y) against its raw mean (x), the diagonal between.

    The farther a cell lies from the diagonal, the more its mean was drawn towards what its demographics predict
    each for itself. Areas are proportional to the number of raters. Cells are named where the interval of their
    difference from the additive prediction excludes 0, and, of cells of ten raters or more, at the highest and
    lowest expected rating (where most cells are smaller, of the larger half).

    Parameters
    ----------
    named : int
        The most cells to name in a panel.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "gender:race", "group": ["male:White", "male:Black"], "n_raters": [90, 12],
    ...     "raw": [3.0, 3.6], "predicted": [3.0, 3.3], "lower": 2.9, "upper": 3.6, "difference": [0.0, 0.1],
    ...     "difference_lower": -0.1, "difference_upper": 0.3})
    >>> intersections(table).get_ylabel()
    'expected rating, partially pooled'
    """
    rows = with_names(table.assign(estimate=table["predicted"]), 2 * MARGIN_CHARACTERS - 4)
    rows["area"] = np.maximum(AREA * rows["n_raters"] / rows["n_raters"].max(), LEAST_AREA)
    several = len(in_order(rows["term"])) > 1
    panels = {
        joined(place, crossed(term) if several else ""): part.assign(lined=_lined(part, named))
        for (place, term), part in by_dimension_and(rows, "term").items()
    }
    words = f"raw mean of the cell{on_scale(scale, 'rating points')}"

    def draw(axes: list[Axes], parts: list[pd.DataFrame]) -> list[Entry]:
        for panel, part in zip(axes, parts, strict=True):
            _draw_cells(panel, part)
            panel.set(xlabel=words, ylabel="expected rating, partially pooled")
        return _key(rows)

    sentences = []
    for place, part in panels.items():
        said = extremes(part, part["name"], place=place or crossed(part["term"].iloc[0]), thing="cell")
        differing = part.loc[_by_size(part[part["differs"]]), ["name", "difference"]]
        found = listed([f"{name} {number(value)}" for name, value in differing.itertuples(index=False)]) or "none"
        sentences.append(f"{said} Different from the additive prediction by their {100 * prob:g}% interval: {found}.")
    what = "Expected ratings after partial pooling against raw means of the cells, with the diagonal."
    return draw_planes(
        panels, draw, lambda ax, part: _name_cells(ax, part, named), ax=ax, height=HEIGHT_MM,
        sentences=[what, *first_of(sentences)],
    )  # fmt: skip


@drawn_from(
    SOURCE, (*CELL, *DIFFERENCES), numbers=DIFFERENCES, names=CELL, Fit=lambda fit: ps.intersections(fit),
    also="Rating points. Used where present: one for each demographic of the term. Terms stand under each other.",
)  # fmt: skip
def intersection_differences(
    table: Any, *, ax: Axes | None = None, most: int = 24, rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """Expected rating of each cell less the additive prediction, with intervals, the largest first.

    Parameters
    ----------
    most : int
        The most cells in a panel; of more those whose interval excludes 0, then the largest differences.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "gender:race", "group": ["male:White", "male:Black"], "n_raters": [90, 12],
    ...     "difference": [0.0, 0.1], "difference_lower": -0.1, "difference_upper": 0.3})
    >>> intersection_differences(table).get_xlabel()
    'difference in rating points'
    """
    rows = with_names(table, 2 * ROW_CHARACTERS - 6)
    ends = dict(zip(("estimate", "lower", "upper"), DIFFERENCES[1:], strict=True))
    rows = rows.assign(key=rows.index, **{name: rows[column] for name, column in ends.items()})
    parts = {
        name: part.loc[_by_size(part)[: max(most, 1)]].sort_values("estimate", ascending=False, kind="stable")
        for name, part in by_dimension(rows).items()
    }
    undrawn = len(rows) - sum(map(len, parts.values()))
    return draw_chart(
        [Panel(part, name, "difference in rating points") for name, part in parts.items()], _by_term, draw_intervals,
        ax=ax, what="Cells less their additive prediction", thing="cell", entries=[interval_entry("difference", prob)],
        sentences=[f"Not drawn: {count(undrawn, 'cell')} with smaller differences."] if undrawn else [], slot=0.0,
        narrowest=80, rope=rope,
    )  # fmt: skip


def _draw_cells(ax: Axes, rows: pd.DataFrame) -> None:
    """Raw means spread more than pooled ones: y gets two fifths of the range of x at least, so that both are read."""
    low, high = rows["raw"].min(), rows["raw"].max()
    room = 0.07 * (high - low) or 0.5
    lowest, highest = ("lower", "upper") if len(rows) <= MOST_LINES else ("predicted", "predicted")
    bottom, top = rows[lowest].min(), rows[highest].max()
    up = 0.07 * (top - bottom) + max(0.0, 0.4 * (high - low + 2 * room) - (top - bottom)) / 2
    ax.set(xlim=(low - room, high + room), ylim=(bottom - up, top + up))
    round_ticks(ax)
    ax.plot(ax.get_xlim(), ax.get_xlim(), color=style.RULE, lw=0.8, zorder=1, scalex=False, scaley=False)
    for differs, part in rows.groupby("differs"):  # the few that differ lie on top
        mark, over, lines = MARKS[bool(differs)], 3 + bool(differs), part[part["lined"]]
        ax.vlines(lines["raw"], lines["lower"], lines["upper"], color=mark["mfc"], lw=THIN, zorder=over - 1)
        looks = {"facecolor": mark["mfc"], "edgecolor": mark["mec"], "linewidth": mark["mew"]}
        ax.scatter(part["raw"], part["predicted"], s=part["area"], zorder=over, **looks)


def _name_cells(ax: Axes, rows: pd.DataFrame, named: int) -> None:
    cells = rows.loc[_chosen(rows, named)]
    names = [wrapped(label, MARGIN_CHARACTERS, 3) for label in cells["label"]]
    draw_names(ax, cells[["raw", "predicted"]].to_numpy(), names, np.sqrt(cells["area"].to_numpy()) / 2)


def _lined(rows: pd.DataFrame, named: int) -> np.ndarray:
    """Which cells have their intervals drawn: all of a few, else those with a name."""
    return (rows.index.isin(_chosen(rows, named))) | (len(rows) <= MOST_LINES)


def _chosen(rows: pd.DataFrame, named: int) -> list[Any]:
    """Cells to name: those that differ, the largest difference first, then the ends of the expected ratings.

    The ends are of cells with enough raters, and where these are fewer than four the largest others stand beside them;
    the mean of one rater says nothing of a combination.
    """
    large = rows[rows["n_raters"] >= min(ENOUGH_RATERS, rows["n_raters"].median())]
    ordered = large["predicted"].sort_values(kind="stable").index
    ends = dict.fromkeys(index for pair in zip(ordered[::-1][:2], ordered[:2], strict=True) for index in pair)
    by_raters = rows[rows["n_raters"] > 1].sort_values("n_raters", ascending=False, kind="stable").index
    others = [index for index in by_raters if index not in ends][: max(4 - len(ends), 0)]
    return list(dict.fromkeys([*_by_size(rows[rows["differs"]]), *ends, *others]))[: max(named, 0)]


def _by_size(rows: pd.DataFrame) -> pd.Index:
    """Cells that differ before the others, each by the size of their difference."""
    sizes = rows.assign(size=rows["difference"].abs())
    return sizes.sort_values(["differs", "size"], ascending=False, kind="stable").index


def _key(rows: pd.DataFrame) -> list[Entry]:
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o"}
    words = {True: "differs from additive", False: "no clear difference from additive"}
    shown = [differs for differs in words if (rows["differs"] == differs).any()]
    entries: list[Entry] = [(Line2D([], [], ms=4.5, **dot, **MARKS[differs]), words[differs]) for differs in shown]
    entries.append((Line2D([], [], color=style.RULE, lw=0.8), "expected = raw"))
    for n in round_sizes(largest := rows["n_raters"].max()):
        size = float(np.sqrt(max(AREA * n / largest, LEAST_AREA)))
        entries.append((Line2D([], [], ms=size, mfc="white", mec=style.RULE, mew=0.6, **dot), count(n, "rater")))
    return entries


def _by_term(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    terms = rows["term"].astype(str)
    return {
        f"{crossed(term)}, less additive": dict(rows.loc[terms == term, "label"].items())
        for term in in_order(rows.sort_index()["term"])
    }


def with_names(rows: pd.DataFrame, characters: int) -> pd.DataFrame:
    """The cells with ``name``, ``label`` (of about ``characters`` at most) and whether each ``differs``."""
    levels = [_levels(row) for _, row in rows.iterrows()]
    rows = rows.assign(name=[CROSS.join(some) for some in levels], label="")
    for _, part in rows.groupby(rows["term"].astype(str), sort=False):
        rows.loc[part.index, "label"] = short_names([levels[i] for i in part.index], characters)
    return rows.assign(differs=(rows["difference_lower"] > 0) | (rows["difference_upper"] < 0))


def crossed(term: object) -> str:
    """A term in words: "gender × race"."""
    return CROSS.join(str(term).split(":"))


def short_names(levels: Sequence[Sequence[str]], characters: int) -> list[str]:
    """Names of cells in which every level is still told from the others of its demographic."""
    columns = [in_order(column) for column in zip(*levels, strict=False)]
    for most in range(characters, 5, -1):
        short = [_short_levels(column, most) for column in columns]
        longest = sum(max(map(len, names.values())) for names in short) + len(CROSS) * (len(short) - 1)
        if longest <= characters:
            break
    return [CROSS.join(names.get(level, level) for names, level in zip(short, some, strict=False)) for some in levels]


def _short_levels(levels: Sequence[str], most: int) -> dict[str, str]:
    """Cut at the end, after a word where that leaves enough, or in the middle where ends alone tell levels apart."""
    cut = {level: wrapped(level, most, 1) for level in levels}
    for level, words in cut.items():
        if 2 * len(words) <= min(most, len(level)):  # one long word
            cut[level] = f"{level[: most - 1]}…"
    kept = list(cut.values())
    return {level: text if kept.count(text) == 1 else shortened(level, most) for level, text in cut.items()}


def _levels(row: pd.Series) -> tuple[str, ...]:
    """The levels of a cell from its own columns, because a level may hold a colon; else from ``group``."""
    factors = str(row["term"]).split(":")
    if set(factors) <= set(row.index):
        return tuple(str(row[factor]) for factor in factors)
    parts = str(row["group"]).split(":")
    return tuple(parts) if len(parts) == len(factors) else (str(row["group"]),)
