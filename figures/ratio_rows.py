"""Ratios of reductions with the absolute reductions beside them; an unbounded ratio is drawn as one."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .intervals import DOT, THIN, draw_intervals, interval_handle, numeric_axis
from .keys import draw_key, key_height
from .panels import label_panel, panel_axes
from .rows import Rows, arrange, draw_labels, draw_margin, draw_stripes
from .tables import check_columns, count, in_order, number, rows_with_numbers
from .unique_rows import refuse_repeats

ABSOLUTE = ("reduction", "reduction_lower", "reduction_upper", "reduction_against", "reduction_against_lower",
            "reduction_against_upper")  # fmt: skip
COLUMNS = ("arm", "against", "estimate", "set", "lower", "upper", "p_denominator_positive", *ABSOLUTE)
BETWEEN, OUTSIDE, EVERYTHING, NONE = "between", "outside", "everything", "none"
OFFSET_MM = 0.95
OWN, OTHER = (style.ESTIMATE, "o"), (style.OKABE_ITO[0], "s")


def reduction_ratios(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> np.ndarray:
    """Left: the ratio of each arm's reduction to another arm's. Right: both reductions in score points.

    Where the reduction below the fraction line may be nothing, the ratio has no two-sided interval: its line runs to
    the edge of the panel with arrow heads, and the row says "unbounded". Where one arm reduces what the other increases
    there is no ratio, and the row says "opposite signs".

    Parameters
    ----------
    table : DataFrame
        Of ``reduction_ratios`` in ``pluralstats.alignment``: arm, against, estimate, set, lower, upper,
        p_denominator_positive, reduction, reduction_lower, reduction_upper, reduction_against,
        reduction_against_lower, reduction_against_upper; used where present: direction ("up": increases are wanted).
    ax : Axes, optional
        Refused: the figure has two panels.
    prob : float
        Probability of the intervals, for the key.

    Returns
    -------
    array of Axes

    Raises
    ------
    ConfigError
        Columns or rows are missing, a ratio occurs twice, or ``ax`` is given.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "against": ["grpo"], "estimate": [1.5], "set": "between", "lower": [1.2],
    ...     "upper": [1.9], "p_denominator_positive": 1.0, "reduction": 1.5, "reduction_lower": 1.3,
    ...     "reduction_upper": 1.7, "reduction_against": 1.0, "reduction_against_lower": 0.8,
    ...     "reduction_against_upper": 1.2})
    >>> reduction_ratios(table)[0].get_xlabel()
    'ratio of reductions (1 = equal)'
    """
    check_columns(table, COLUMNS, "reduction_ratios", "the table of `alignment.reduction_ratios`")
    rows, left_out = rows_with_numbers(table, ABSOLUTE, ["arm", "against"], "reduction_ratios")
    refuse_repeats(rows, ["arm", "against"], "reduction_ratios", "ratio")
    if ax is not None:
        raise ConfigError("`reduction_ratios` fills two panels and cannot be drawn into one `ax`. Leave it out.")
    rows["key"] = list(zip(rows["against"].astype(str), rows["arm"].astype(str), strict=True))
    wanted = "increase" if "direction" in rows and rows["direction"].eq("up").all() else "reduction"
    labels = [f"ratio, {100 * prob:g}% set", f"{wanted} of the arm", f"{wanted} it is compared with"]
    with style.drawing("two", None):
        groups: dict[str, dict[Any, str]] = {}
        for against, arm in rows["key"]:
            groups.setdefault(f"against {against}", {})[against, arm] = arm
        layout = arrange(groups, characters=28, slot=5.4)
        axes = panel_axes(["", ""], layout.height, labels=40, narrowest=40, above=key_height(labels) + 5)
        _draw_ratios(axes[0], rows, layout)
        _draw_reductions(axes[1], rows, layout)
        words = (f"ratio of {wanted}s (1 = equal)", f"{wanted} against the base (score points)")
        for panel, text in zip(axes, words, strict=True):
            label_panel(panel, text, 60)
        numeric_axis(axes)
        handles = [interval_handle(style.REFERENCE, "D"), interval_handle(*OWN), interval_handle(*OTHER)]
        draw_key(axes, handles, labels, own=True)
        return np.atleast_1d(finished(axes, [*_sentences(rows, wanted, prob), left_out]))


def _draw_ratios(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(1.0, color=style.RULE, lw=0.8, zorder=1)
    low, high = _limits(rows)
    ax.set_xlim(low, high)
    inside = rows[rows["set"].eq(BETWEEN) & np.isfinite(rows["estimate"]) & ~_opposite(rows)]
    if len(inside):
        y = np.array([layout.y[key] for key in inside["key"]])
        draw_intervals(ax, y, inside, colour=style.REFERENCE, marker="D")
    for row in rows[~rows.index.isin(inside.index) & ~_opposite(rows)].itertuples():
        _draw_unbounded(ax, layout.y[row.key], row, (low, high))
    texts = {layout.y[key]: "unbounded" for key in rows["key"]}
    texts |= {layout.y[row.key]: f"{number(row.lower)} to {number(row.upper)}" for row in inside.itertuples()}
    texts |= {layout.y[key]: "opposite signs" for key in rows.loc[_opposite(rows), "key"]}
    draw_margin(ax, texts, "set of the ratio")


def _opposite(rows: pd.DataFrame) -> pd.Series:
    """Rows without a ratio: what one arm clearly reduces the other clearly increases, whatever the table calls it."""
    signs = [
        (rows[f"{name}_lower"] > 0).astype(int) - (rows[f"{name}_upper"] < 0).astype(int)
        for name in ("reduction", "reduction_against")
    ]
    return rows["set"].eq(NONE) | (signs[0] * signs[1] < 0)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """What bounded sets need, around 1 at least."""
    inside = rows[rows["set"].eq(BETWEEN) & np.isfinite(rows["estimate"]) & ~_opposite(rows)]
    ends = [1.0, *inside["lower"], *inside["upper"], *inside["estimate"]]
    low, high = min([0.0, *ends]), max([2.0, *ends])
    return low - 0.04 * (high - low), high + 0.04 * (high - low)


def _draw_unbounded(ax: Axes, y: float, row: Any, limits: tuple[float, float]) -> None:
    """The rays of the set, to the edges; the whole line where nothing is excluded."""
    low, high = limits
    everything = row.set != OUTSIDE  # also where a bounded set is left empty, because its denominator is near 0
    gap = (high, high) if everything else (min(max(row.lower, low), high), min(max(row.upper, low), high))
    for start, end in ((low, gap[0]), (high, gap[1])):
        if start != end:
            ax.plot([start, end], [y, y], color=style.REFERENCE, lw=THIN, linestyle=(0, (4, 2)), zorder=3)
    for at, marker in ((low, "<"), (high, ">")):
        ax.plot(at, y, marker=marker, ms=DOT, color=style.REFERENCE, clip_on=False, zorder=3.4)


def _draw_reductions(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(0.0, color=style.RULE, lw=0.8, zorder=1)
    y = np.array([layout.y[key] for key in rows["key"]])
    for name, (colour, marker), sign in (("reduction", OWN, -1.0), ("reduction_against", OTHER, 1.0)):
        ends = {"estimate": rows[name], "lower": rows[f"{name}_lower"], "upper": rows[f"{name}_upper"]}
        draw_intervals(ax, y + sign * OFFSET_MM, pd.DataFrame(ends), colour=colour, marker=marker)
    sure = {layout.y[row.key]: f"{100 * row.p_denominator_positive:.0f}%" for row in rows.itertuples()}
    draw_margin(ax, sure, "P(orange > 0)")


def _sentences(rows: pd.DataFrame, wanted: str, prob: float) -> list[str]:
    sentences = [f"{count(len(rows), 'ratio')} of {wanted}s against {', '.join(in_order(rows['against']))}."]
    for row, opposite in zip(rows.itertuples(), _opposite(rows), strict=True):
        if opposite:
            found = f"no ratio, because it and {row.against} change scores in opposite directions"
        elif row.set == BETWEEN and np.isfinite(row.estimate):
            found = f"{number(row.estimate)} ({100 * prob:g}% set {number(row.lower)} to {number(row.upper)})"
        else:
            above = row.reduction_against >= 0
            sure = f"{100 * (row.p_denominator_positive if above else 1 - row.p_denominator_positive):.0f}%"
            found = f"unbounded, because the {wanted} of {row.against} is {'above' if above else 'below'} 0 with a "
            found += f"probability of {sure} only"
        sentences.append(
            f"{row.arm}: {found}; {wanted}s of {number(row.reduction)} and {number(row.reduction_against)} points."
        )
    return sentences
