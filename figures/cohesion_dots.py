"""Cohesion: agreement inside each group beside agreement with everybody else."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

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
from .intervals import draw_intervals, interval_handle, numeric_axis
from .keys import draw_key
from .panels import label_panel, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels, draw_stripes, rater_groups
from .tables import count, in_order, listed, number

KINDS = ("in_group", "cross_group")
WORDS = {"in_group": "in-group", "cross_group": "cross-group"}
OFFSET_MM = 0.95  # of either mark from the middle of its row
_MARKS = {"in_group": (style.ESTIMATE, "o"), "cross_group": (style.OKABE_ITO[0], "s")}
_QUANTITIES = {
    "reliability": "IRR and XRR (α within and between)",
    "voting": "plurality size and voting agreement",
    "distribution": "negentropy and cross-negentropy (nats)",
    "latent": "agreement of two new raters of an item (latent correlation)",
    "ratings": "agreement of two new raters of an item (correlation of ratings)",
}


def cohesion(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """In-group agreement of each group beside its agreement with all other raters, one panel for each pair.

    Grey bars behind the marks are the permutation null of each: raters keep their ratings, groups are shuffled. The
    two of voting are different quantities, so that each compares with its own null only.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.cohesion``, or of ``ps.model_cohesion`` (with ``scale`` for ``pair``; its rows about the rest
        are drawn): demographic, level, pair (reliability, voting, distribution), kind ("in_group"
        and "cross_group" are drawn), estimate; used where present: lower, upper, null_lower, null_upper,
        null_median, n_raters, dimension (panels for each). Groups are sorted by their in-group agreement in
        the first panel.
    ax : Axes, optional
        Where to draw; for one panel only.
    prob : float
        Probability of the intervals, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several pairs or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a group occurs twice in a pair, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "male"], "pair": "reliability",
    ...     "kind": ["in_group", "cross_group"], "estimate": [0.4, 0.3], "lower": [0.3, 0.2], "upper": [0.5, 0.4]})
    >>> cohesion(table).get_xlabel()
    'IRR and XRR (α within and between)'
    """
    rows, left_out = cohesion_rows(table, KINDS, "cohesion")
    panels = cohesion_panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = arrange(rater_groups(rows), characters=24, slot=5.0)
        titles = [dimension for dimension, _ in panels]
        axes = panel_axes(titles, layout.height, labels=36, narrowest=38, above=9, ax=ax)
        for panel, ((_, pair), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part, layout)
            label_panel(panel, _QUANTITIES.get(pair, pair), 45)
        for pair in in_order(rows["pair"]):  # different pairs do not compare
            share_limits([ax for ax, (_, name) in zip(axes, panels, strict=True) if name == pair])
        numeric_axis(axes)
        draw_rater_counts(axes, rows, layout.y)
        if ax is None:
            _draw_key(axes, rows, prob)
        return finished(axes, [*_sentences(rows), left_out])


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    for kind, sign in zip(KINDS, (-1.0, 1.0), strict=True):
        part = rows[(rows["kind"] == kind).to_numpy()]
        y = np.array([layout.y[key] for key in part["key"]]) + sign * OFFSET_MM
        colour, marker = _MARKS[kind]
        draw_null_bands(ax, y, part, 1.5)
        draw_intervals(ax, y, _with_ends(part), colour=colour, marker=marker)


def _with_ends(rows: pd.DataFrame) -> pd.DataFrame:
    """A row without an interval is a dot."""
    ends = {name: np.nan for name in ("lower", "upper") if name not in rows}
    return rows.assign(**ends)


def _draw_key(axes: list[Axes], rows: pd.DataFrame, prob: float) -> None:
    entries: list[tuple[Any, str]] = []
    for kind in KINDS:
        if (rows["kind"] == kind).any():
            words = {"in_group": "within the group", "cross_group": "with all other raters"}[kind]
            entries.append((interval_handle(*_MARKS[kind]), f"{words}, {100 * prob:g}% interval"))
    if has_null(rows).any():
        entries.append((Patch(color=NULL_BAND), f"groups permuted, {100 * prob:g}%"))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=True)


def _sentences(rows: pd.DataFrame) -> list[str]:
    groups, by = rows["key"].nunique(), listed(in_order(rows["demographic"]))
    sentences = [f"Agreement within and across {count(groups, 'group')} of raters by {by}."]
    for (place, pair), part in cohesion_panels(rows).items():
        where = f"{place}, {pair}" if place else pair
        for kind in KINDS:
            some = part[(part["kind"] == kind).to_numpy()]
            if len(some):
                low, high = some.loc[some["estimate"].idxmin()], some.loc[some["estimate"].idxmax()]
                sentences.append(
                    f"{where}, {WORDS[kind]}: from {number(low['estimate'])} ({low['level']}) to "
                    f"{number(high['estimate'])} ({high['level']})."
                )
    return sentences
