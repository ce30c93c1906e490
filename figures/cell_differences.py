"""Intersections of demographics: how far each cell lies from the sum of its main effects."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .cells import cell_rows, crossed
from .intervals import draw_intervals, interval_handle, numeric_axis
from .keys import draw_key
from .panels import label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels, draw_margin, draw_stripes, of_height
from .tables import by_dimension, count, in_order, listed, number

NUMBERS = ("n_raters", "difference", "difference_lower", "difference_upper")
COLUMNS = ("term", "group", *NUMBERS)
LINE_CHARACTERS = 28


def intersection_differences(
    table: pd.DataFrame, *, ax: Axes | None = None, most: int = 24, rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """Expected rating of each cell less the additive prediction, with intervals, the largest first.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.intersections``: term, group, n_raters, difference, difference_lower, difference_upper
        (rating points); used where present: a column for each demographic of the term, which names the cells,
        dimension (one panel for each). Terms stand under each other.
    ax : Axes, optional
        Where to draw; for one panel only.
    most : int
        The most cells in a panel; of more those whose interval excludes 0, then the largest differences.
    rope : float
        Half-width of the band of practical equivalence, in rating points.
    prob : float
        Probability of the intervals, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"term": "gender:race", "group": ["male:White", "male:Black"], "n_raters": [90, 12],
    ...     "difference": [0.0, 0.1], "difference_lower": [-0.1, -0.1], "difference_upper": [0.1, 0.3]})
    >>> intersection_differences(table).get_xlabel()
    'difference in rating points'
    """
    rows, left_out = cell_rows(table, COLUMNS, NUMBERS, "intersection_differences", 2 * LINE_CHARACTERS - 6)
    ends = {"estimate": "difference", "lower": "difference_lower", "upper": "difference_upper"}
    rows = rows.assign(**{name: rows[column] for name, column in ends.items()})
    panels = {dimension: _largest(part, most) for dimension, part in by_dimension(rows).items()}
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layouts = [_layout(part) for part in panels.values()]
        height = max(layout.height for layout in layouts)
        axes = panel_axes(list(panels), height, labels=0, narrowest=80, above=9, own_rows=True, ax=ax)
        for panel, part, layout in zip(axes, panels.values(), layouts, strict=True):
            _draw_panel(panel, part, of_height(layout, height), rope)
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, "difference in rating points")
        if ax is None:
            draw_key(axes, [interval_handle(style.ESTIMATE)], [f"difference, {100 * prob:g}% interval"], own=True)
        return finished(axes, [*_sentences(panels, len(rows), rope), left_out])


def _largest(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most ``most`` cells: those that differ before the others, each by size; drawn from high to low."""
    sizes = rows.assign(size=rows["difference"].abs())
    by_size = sizes.sort_values(["differs", "size"], ascending=False, kind="stable").head(max(most, 1))
    return by_size.sort_values("difference", ascending=False, kind="stable")


def _layout(rows: pd.DataFrame) -> Rows:
    terms = rows["term"].astype(str)
    groups = {
        f"{crossed(term)}, less additive": dict(rows.loc[terms == term, "label"].items())
        for term in sorted(in_order(terms), key=list(rows.sort_index()["term"].astype(str)).index)
    }
    return arrange(groups, characters=LINE_CHARACTERS)


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, rope: float) -> None:
    y = np.array([layout.y[index] for index in rows.index])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
    if rope > 0:
        ax.axvspan(-rope, rope, color=style.BAND, lw=0, zorder=0.5)
    draw_intervals(ax, y, rows)
    draw_margin(ax, {at: f"{n:,.0f}" for at, n in zip(y, rows["n_raters"], strict=True)}, "raters")


def _sentences(panels: dict[str, pd.DataFrame], n: int, rope: float) -> list[str]:
    drawn = sum(map(len, panels.values()))
    sentences = [f"Differences of {count(drawn, 'cell')} from the additive prediction, in rating points."]
    if drawn < n:
        sentences.append(f"Not drawn: {count(n - drawn, 'cell')} with smaller differences.")
    for dimension, rows in panels.items():
        cells = rows.loc[rows["differs"], ["name", "estimate", "lower", "upper"]]
        names = [
            f"{name} {number(at)} ({number(low)} to {number(high)})" for _, name, at, low, high in cells.itertuples()
        ]
        place = f" in {dimension}" if dimension else ""
        sentences.append(f"Intervals that exclude 0{place}: {listed(names) if names else 'none'}.")
    return [*sentences, f"A grey band marks differences within {rope:g}." if rope > 0 else ""]
