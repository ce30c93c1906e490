"""Ratios of reductions with the absolute reductions beside them; an unbounded ratio is drawn as one."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.looks import FIRST, SECOND, STEP_MM, look_entry
from ..parts.marks import DOT, THIN, draw_intervals, interval_entry
from ..parts.rows import draw_margin
from ..parts.sources import drawn_from
from ..parts.tables import checked_rows
from ..parts.words import count, in_order, number

OWN, OTHER = "reduction", "reduction_against"
ABSOLUTE = tuple(f"{name}{end}" for name in (OWN, OTHER) for end in ("", "_lower", "_upper"))
COLUMNS = ("arm", "against", "estimate", "set", "lower", "upper", "p_denominator_positive", *ABSOLUTE)


@drawn_from()
def reduction_ratios(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> np.ndarray:
    """Left: the ratio of each arm's reduction to another arm's. Right: both reductions in score points.

    Where the reduction below the fraction line may be nothing, the ratio has no two-sided interval: its line runs to
    the edge of the panel with arrow heads, and the row says "unbounded". Where one arm reduces what the other increases
    there is no ratio, and the row says "opposite signs". The figure has two panels, so that ``ax`` is refused.

    Parameters
    ----------
    table : DataFrame
        Of ``alignment.reduction_ratios``: arm, against, estimate, set, lower, upper, p_denominator_positive, reduction
        and reduction_against with _lower and _upper of each; used where present: direction ("up": more is wanted).

    Examples
    --------
    >>> numbers = {"reduction": 1.5, "reduction_lower": 1.3, "reduction_upper": 1.7, "reduction_against": 1.0,
    ...     "reduction_against_lower": 0.8, "reduction_against_upper": 1.2, "p_denominator_positive": 1.0}
    >>> table = pd.DataFrame({"arm": ["dpo"], "against": "grpo", "estimate": 1.5, "set": "between", "lower": 1.2,
    ...     "upper": 1.9, **numbers})
    >>> reduction_ratios(table)[0].get_xlabel()
    'ratio of reductions (1 = equal)'
    """
    numbers, source = ("p_denominator_positive", *ABSOLUTE), "the table of `alignment.reduction_ratios`"
    names = ("arm", "against")
    rows, left_out = checked_rows(
        table, COLUMNS, "reduction_ratios", source, numbers=numbers, names=names, once="ratio", key=names[::-1]
    )
    if ax is not None:
        raise ConfigError("`reduction_ratios` fills two panels and cannot be drawn into one `ax`. Leave it out.")
    wanted = "increase" if "direction" in rows and rows["direction"].eq("up").all() else "reduction"
    groups: dict[str, dict[Any, str]] = {}
    for against, arm in rows["key"]:
        groups.setdefault(f"against {against}", {})[against, arm] = arm
    panels = [Panel(rows, quantity=f"ratio of {wanted}s (1 = equal)", null=1.0),
              Panel(rows.drop(columns="set"), quantity=f"{wanted} against the base (score points)")]  # fmt: skip
    entries = [interval_entry(f"ratio, {100 * prob:g}% set", None, style.REFERENCE, "D")]
    entries += [look_entry(FIRST, f"{wanted} of the arm"), look_entry(SECOND, f"{wanted} it is compared with")]
    sentences = [*_sentences(rows, wanted, prob), left_out]
    return np.atleast_1d(draw_chart(panels, groups, _draw, entries=entries, sentences=sentences, slot=5.4, ax=None))


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
    sets = [f"{number(row.lower)} to {number(row.upper)}" for row in rows.itertuples()]
    texts = np.select([none, inside], ["opposite signs", sets], "unbounded")
    draw_margin(ax, dict(zip(y, texts, strict=True)), "set of the ratio")


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


def _sentences(rows: pd.DataFrame, wanted: str, prob: float) -> list[str]:
    sentences = [f"{count(len(rows), 'ratio')} of {wanted}s against {', '.join(in_order(rows['against']))}."]
    for row, opposite, bounded in zip(rows.itertuples(), _opposite(rows), _bounded(rows), strict=True):
        if opposite:
            found = f"no ratio, because it and {row.against} change scores in opposite directions"
        elif bounded:
            found = f"{number(row.estimate)} ({100 * prob:g}% set {number(row.lower)} to {number(row.upper)})"
        else:
            above = row.reduction_against >= 0
            sure = f"{100 * (row.p_denominator_positive if above else 1 - row.p_denominator_positive):.0f}%"
            found = (f"unbounded, because the {wanted} of {row.against} is {'above' if above else 'below'} 0 with a "
                     f"probability of {sure} only")  # fmt: skip
        reductions = f"{wanted}s of {number(row.reduction)} and {number(row.reduction_against)} points"
        sentences.append(f"{row.arm}: {found}; {reductions}.")
    return sentences
