"""Ratios of reductions with the absolute reductions beside them; an unbounded ratio is drawn as one."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import first_of
from ..parts.chart import Panel, draw_chart
from ..parts.marks import DOT, FIRST, SECOND, STEP_MM, THIN, draw_intervals, interval_entry, look_entry
from ..parts.rows import draw_margin, headed
from ..parts.tables import drawn_from
from ..parts.words import number

OWN, OTHER = "reduction", "reduction_against"
NUMBERS = ("p_denominator_positive", *(f"{name}{end}" for name in (OWN, OTHER) for end in ("", "_lower", "_upper")))


@drawn_from(
    "the table of `alignment.reduction_ratios`", ("arm", "against", "estimate", "set", "lower", "upper", *NUMBERS),
    numbers=NUMBERS, names=("arm", "against"), once="ratio", key=("against", "arm"),
    also='Used where present: direction (\\"up\\": more is wanted).',
)  # fmt: skip
def reduction_ratios(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> np.ndarray:
    """Left: the ratio of each arm's reduction to another arm's. Right: both reductions in score points.

    Where the reduction below the fraction line may be nothing, the ratio has no two-sided interval: its line runs to
    the edge of the panel with arrow heads, and the row says "unbounded". Where one arm reduces what the other increases
    there is no ratio, and the row says "opposite signs". The figure has two panels, so that ``ax`` is refused.

    Examples
    --------
    >>> numbers = {"reduction": 1.5, "reduction_lower": 1.3, "reduction_upper": 1.7, "reduction_against": 1.0,
    ...     "reduction_against_lower": 0.8, "reduction_against_upper": 1.2, "p_denominator_positive": 1.0}
    >>> table = pd.DataFrame({"arm": ["dpo"], "against": "grpo", "estimate": 1.5, "set": "between", "lower": 1.2,
    ...     "upper": 1.9, **numbers})
    >>> reduction_ratios(table)[0].get_xlabel()
    'ratio of reductions (1 = equal)'
    """
    if ax is not None:
        raise ConfigError("`reduction_ratios` fills two panels and cannot be drawn into one `ax`. Leave it out.")
    wanted = "increase" if "direction" in table and table["direction"].eq("up").all() else "reduction"
    ratio, absolute = f"ratio of {wanted}s (1 = equal)", f"{wanted} against the base (score points)"
    entries = [interval_entry(f"ratio, {100 * prob:g}% set", None, style.REFERENCE, "D")]
    entries += [look_entry(FIRST, f"{wanted} of the arm"), look_entry(SECOND, f"{wanted} it is compared with")]
    drawn = draw_chart(
        [Panel(table, quantity=ratio, null=1.0), Panel(table.drop(columns="set"), quantity=absolute)],
        headed(table, "against "), _draw, entries=entries, sentences=_sentences(table, wanted, prob), slot=5.4, ax=None,
    )  # fmt: skip
    return np.atleast_1d(drawn)


def _draw(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """The ratios where the rows have their sets, else both reductions."""
    if "set" in rows:
        _draw_ratios(ax, y, rows)
        return
    for name, look, sign in ((OWN, FIRST, -0.5), (OTHER, SECOND, 0.5)):
        ends = rows[[name, f"{name}_lower", f"{name}_upper"]].set_axis(["estimate", "lower", "upper"], axis=1)
        draw_intervals(ax, y + sign * STEP_MM, ends, colour=look.colour, marker=look.marker)
    sure = [f"{100 * p:.0f}%" for p in rows["p_denominator_positive"]]
    draw_margin(ax, dict(zip(y, sure, strict=True)), "P(orange > 0)")


def _draw_ratios(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    none, inside = _opposite(rows), _bounded(rows)
    bounded = rows[inside]
    ends = [1.0, *bounded["lower"], *bounded["upper"], *bounded["estimate"]]  # around 1 at least
    low, high = min([0.0, *ends]), max([2.0, *ends])
    limits = low - 0.04 * (high - low), high + 0.04 * (high - low)
    ax.set_xlim(limits)
    if inside.any():
        draw_intervals(ax, y[inside], bounded, colour=style.REFERENCE, marker="D")
    for at, row in zip(y[~inside & ~none], rows[~inside & ~none].itertuples(), strict=True):
        _draw_unbounded(ax, at, row, limits)
    draw_margin(ax, dict(zip(y, _sets(rows), strict=True)), "set of the ratio")


def _bounded(rows: pd.DataFrame) -> np.ndarray:
    return (rows["set"].eq("between") & np.isfinite(rows["estimate"])).to_numpy() & ~_opposite(rows)


def _opposite(rows: pd.DataFrame) -> np.ndarray:
    """Rows without a ratio: what one arm clearly reduces the other clearly increases, whatever the table calls it."""
    signs = [(rows[f"{name}_lower"] > 0).astype(int) - (rows[f"{name}_upper"] < 0).astype(int) for name in (OWN, OTHER)]
    return (rows["set"].eq("none") | (signs[0] * signs[1] < 0)).to_numpy()


def _draw_unbounded(ax: Axes, y: float, row: Any, limits: tuple[float, float]) -> None:
    """The rays of the set, to the edges; the whole line where nothing is excluded."""
    low, high = limits
    everything = row.set != "outside"  # also where a bounded set is left empty, because its denominator is near 0
    gap = (high, high) if everything else np.clip([row.lower, row.upper], low, high)
    for start, end in ((low, gap[0]), (high, gap[1])):
        if start != end:
            ax.plot([start, end], [y, y], color=style.REFERENCE, lw=THIN, linestyle=(0, (4, 2)), zorder=3)
    inside = 0.02 * (high - low)  # so that arrow heads touch neither labels nor numbers
    for at, marker in ((low + inside, "<"), (high - inside, ">")):
        ax.plot(at, y, marker=marker, ms=DOT, color=style.REFERENCE, zorder=3.4)


def _sets(rows: pd.DataFrame) -> np.ndarray:
    """(n,) texts."""
    ends = [f"{number(row.lower)} to {number(row.upper)}" for row in rows.itertuples()]
    return np.select([_opposite(rows), _bounded(rows)], ["opposite signs", ends], "unbounded")


def _sentences(rows: pd.DataFrame, wanted: str, prob: float) -> list[str]:
    sentences = []
    for row, ends in zip(rows.itertuples(), _sets(rows), strict=True):
        ratio = f"{number(row.estimate)}, {100 * prob:g}% set {ends}" if " to " in ends else ends
        both = f"{number(row.reduction)} and {number(row.reduction_against)} ({100 * row.p_denominator_positive:.0f}%)"
        sentences.append(f"{row.arm} against {row.against}: {ratio}; {both}.")
    what = f"Ratios of {wanted}s, with the {wanted}s in score points and the probability that the second is above 0."
    return [what, *first_of(sentences, "ratio")]
