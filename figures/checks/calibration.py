"""Simulated studies: whether ranks of the truth are uniform and intervals cover it, a line for each parameter.

Drawn by hand: ``arviz_plots.plot_ecdf_pit`` takes ranks for continuous (of 20 possible ones its test always rejects
uniform ranks) and divides them by the highest that occurred, and a table of coverage has no ranks.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import finished, first_of
from ..parts.chart import draw_planes
from ..parts.marks import DASHES, draw_key, labelled, numeric_axis
from ..parts.panels import is_leftmost, label_x, panel_axes, round_ticks, settle, write_title
from ..parts.tables import drawn_from
from ..parts.words import count, in_order, listed, number, wrapped
from .bands import simultaneous_band

RANKS, SHARES = ("rank", "n_ranks"), ("nominal", "observed", "n")
NAMES = {"model": "", "parameter": "intervals"}  # what stands for those that a table does not have
MOST_POINTS, MOST_COLUMNS = 60, 3
HEIGHT_MM, ABOVE_MM, BELOW_MM = 42.0, 46.0, 26.0
LOOKS: list[dict[str, Any]] = [  # dark ones first, for prints without colour
    {"color": style.OKABE_ITO[i], "linestyle": dashes, "lw": 1.2}
    for i, dashes in zip((3, 4, 2, 5, 0, 1), 2 * ("-", "--", "-.", ":"), strict=False)
]
INSIDE: dict[str, Any] = {"label": "parameters inside", "color": "#adadad", "lw": 0.6, "zorder": 2}
OTHERS: dict[str, Any] = {"label": "others outside", "color": style.INK, "lw": 0.8, "zorder": 3}


class Line(NamedTuple):
    """Of a parameter: ``x`` (points,), how much ``y`` and the ends of its band differ from what is right, and n."""

    x: np.ndarray
    y: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    n: int

    @property
    def leaves(self) -> bool:
        """Whether it leaves its band."""
        return bool(((self.y < self.lower - 1e-9) | (self.y > self.upper + 1e-9)).any())


Lines = Mapping[str, Line]  # by parameter
Looks = Mapping[str, dict[str, Any]]  # of the first parameters that leave a band


@drawn_from(
    "the table of `ps.calibration_ranks`", ("parameter", *RANKS), numbers=RANKS, names=list(NAMES),
    also="A row for each simulation and parameter; rank (0 .. n_ranks - 1) is how many draws are below the truth, "
    "n_ranks is draws + 1. Used where present: model (a panel for each).",
)  # fmt: skip
def sbc_ranks(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """ECDF of the ranks less that of uniform ranks, a line for each parameter, over a simultaneous band.

    The band holds the whole line of one parameter with probability ``prob`` when the posterior is right, so that of
    twenty parameters one may leave it. A line that rises above first and falls below later: draws lie too far out
    (intervals too wide); the opposite: too narrow; above (below) throughout: draws too high (too low).

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788; Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32.

    Examples
    --------
    >>> sbc_ranks(pd.DataFrame({"parameter": "sd(rater)", "rank": range(100), "n_ranks": 100})).get_xlabel()
    'rank of the truth among the draws (share of all ranks)'
    """
    _refuse(
        table[~((table["rank"] >= 0) & (table["rank"] < table["n_ranks"]) & (table["n_ranks"] >= 2))],
        "`sbc_ranks` needs ranks 0 .. n_ranks - 1; found {found} outside (first: {parameter}, rank {rank:g} of n_ranks "
        "{n_ranks:g}). n_ranks is draws + 1.",
    )
    models = _models(table, partial(_rank_line, prob=prob))
    draw = partial(_draw_ranks, looks=_looks(models), band=f"{100 * prob:g}% band of uniform ranks")
    said = _sentences("Distribution function of the ranks less the uniform one", models, prob)
    return draw_planes(models, draw, ax=ax, height=HEIGHT_MM, narrowest=50, sentences=said, handlelength=DASHES)


@drawn_from(
    "a table of interval coverage", SHARES, numbers=SHARES, names=(*NAMES, "nominal"), once="nominal coverage",
    also="nominal and observed are 0-1, n is the intervals behind observed. Used where present: parameter (a line for "
    "each), model (a column of panels for each).",
)  # fmt: skip
def coverage(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against nominal coverage with the diagonal, and below it (not in the caller's ``ax``) their difference.

    Central intervals are nested, so that the band holds the whole line of one parameter with probability ``prob`` when
    intervals are right; of twenty parameters one may leave it. With one nominal coverage it is the binomial interval.

    Examples
    --------
    >>> table = pd.DataFrame({"nominal": [0.5, 0.9], "observed": [0.52, 0.89], "n": 300})
    >>> [axes.get_ylabel() for axes in coverage(table)]
    ['observed (%)', 'less nominal']
    """
    _refuse(
        table[~(table["nominal"].between(0, 1) & table["observed"].between(0, 1) & (table["n"] >= 1))],
        "`coverage` needs nominal and observed between 0 and 1 and n of at least 1; found {found} without (first: "
        "nominal {nominal:g}, observed {observed:g}, n {n:g}). Divide percent by 100.",
    )
    models = _models(table, partial(_coverage_line, prob=prob))
    with style.drawing("one" if len(models) == 1 else "two", ax):
        axes = _pairs(list(models)) if ax is None else panel_axes(list(models), labels=0, narrowest=1, ax=ax)
        for i, lines in enumerate(models.values()):
            _draw_coverage(axes[2 * i : 2 * i + 2], lines, _looks(models), f"{100 * prob:g}% band of right intervals")
        most = max((abs(end) for panel in axes[1::2] for end in panel.get_ylim()), default=0.0)
        for panel in axes[1::2]:
            panel.set_ylim(-most, most)
        draw_key(axes, labelled(axes), own=ax is None, handlelength=DASHES)
        settle(axes[::2], ABOVE_MM, own=ax is None)
        return finished(axes, _sentences("Observed against nominal coverage of intervals (%)", models, prob))


def _refuse(bad: pd.DataFrame, words: str) -> None:
    if len(bad):
        raise ConfigError(words.format(found=count(len(bad), "row"), **bad.iloc[0]))


def _models(rows: pd.DataFrame, line: Callable[[pd.DataFrame], Line]) -> dict[str, dict[str, Line]]:
    """The lines of each model; all under "" without a column ``model``."""
    every = rows.assign(**{name: words for name, words in NAMES.items() if name not in rows})
    found: dict[str, dict[str, Line]] = {}
    for (model, parameter), part in every.astype(dict.fromkeys(NAMES, str)).groupby(list(NAMES), sort=False):
        found.setdefault(model, {})[parameter] = line(part)
    return found


def _rank_line(rows: pd.DataFrame, prob: float) -> Line:
    n, n_ranks = len(rows), int(rows["n_ranks"].iloc[0])
    points = np.unique(np.linspace(1, n_ranks - 1, min(n_ranks - 1, MOST_POINTS)).round().astype(int))
    z = points / n_ranks
    below = np.searchsorted(np.sort(rows["rank"].to_numpy()), points, side="left")
    ecdf, lower, upper = (
        np.r_[0.0, end / n - z, 0.0] for end in (below, *simultaneous_band(n, tuple(z.tolist()), prob))
    )
    return Line(np.r_[0.0, z, 1.0], ecdf, lower, upper, n)


def _coverage_line(rows: pd.DataFrame, prob: float) -> Line:
    """In percent; all of no and all of every interval cover."""
    rows = rows.sort_values("nominal")
    nominal, n = rows["nominal"].to_numpy(), int(rows["n"].min())
    inner = (nominal > 0.0) & (nominal < 1.0)
    lower, upper = np.zeros((2, len(rows)))
    least, most = simultaneous_band(n, tuple(nominal[inner].tolist()), prob)
    lower[inner], upper[inner] = 100 * (least / n - nominal[inner]), 100 * (most / n - nominal[inner])
    return Line(100 * nominal, 100 * (rows["observed"].to_numpy() - nominal), lower, upper, n)


def _looks(models: Mapping[str, Lines]) -> Looks:
    names = in_order(name for lines in models.values() for name, line in lines.items() if line.leaves)
    return {name: {"label": wrapped(name, 30, 1), "zorder": 3} | look for name, look in zip(names, LOOKS, strict=False)}


def _draw_ranks(axes: Sequence[Axes], models: Sequence[Lines], looks: Looks, band: str) -> None:
    for panel, lines in zip(axes, models, strict=True):
        _draw_lines(panel, lines, looks, band, 1.0)
        panel.tick_params(axis="y", labelleft=is_leftmost(panel))
    ends = [panel.get_ylim() for panel in axes]
    for panel in axes:
        panel.set(xlim=(0, 1), ylim=(np.min(ends), np.max(ends)))
    numeric_axis(axes)
    label_x(axes, "rank of the truth among the draws (share of all ranks)")
    axes[0].set_ylabel("ECDF difference")


def _draw_coverage(axes: Sequence[Axes], lines: Lines, looks: Looks, band: str) -> None:
    """Coverage, and below it (where there are two Axes) the difference."""
    dots: dict[str, Any] = {"marker": "o", "ms": 2.2} if len(lines) <= 3 else {}
    for ax, slope, words in zip(axes, (1.0, 0.0), ("observed (%)", "less nominal"), strict=False):
        _draw_lines(ax, lines, looks, band, 100.0, slope, **dots)
        round_ticks(ax)
        ax.set(xlim=(0, 100), xlabel="nominal coverage (%)", ylabel=words)
    axes[0].set_ylim(0, 100)


def _draw_lines(ax: Axes, lines: Lines, looks: Looks, band: str, most: float, slope: float = 0.0, **dots: Any) -> None:
    """The band of the fewest simulations from 0 to ``most``, what is right, and lines: grey inside their bands."""
    fewest = min(lines.values(), key=lambda line: line.n)
    x = np.r_[0.0, fewest.x, most]
    lower, upper = (np.r_[0.0, end, 0.0] + slope * x for end in (fewest.lower, fewest.upper))
    ax.fill_between(x, lower, upper, color=style.BAND, lw=0, zorder=0.5, label=band)
    ax.plot([0.0, most], [0.0, slope * most], color=style.RULE, lw=0.8, zorder=1)
    for name, line in sorted(lines.items(), key=lambda one: one[1].leaves):
        look = looks.get(name, OTHERS) if line.leaves else INSIDE
        ax.plot(line.x, line.y + slope * line.x, **look, **dots)


def _pairs(titles: Sequence[str]) -> list[Axes]:
    """Coverage above, difference below, for each model; models in reading order."""
    columns = min(len(titles), MOST_COLUMNS)
    lines = ceil(len(titles) / columns)
    figure = Figure(figsize=(style.width_mm() / 25.4, 4.0 * lines), layout="constrained")
    grid = figure.add_gridspec(2 * lines, columns, height_ratios=[ABOVE_MM, BELOW_MM] * lines)
    axes = [
        figure.add_subplot(grid[2 * (i // columns) + row, i % columns]) for i in range(len(titles)) for row in (0, 1)
    ]
    for panel, title in zip(axes[::2], titles, strict=True):
        write_title(panel, title)
    return axes


def _sentences(what: str, models: Mapping[str, Lines], prob: float) -> list[str]:
    sentences = []
    for model, lines in models.items():
        out = [name for name, line in lines.items() if line.leaves]
        name, far = max(lines.items(), key=lambda one: np.abs(one[1].y).max())
        at = np.abs(far.y).argmax()
        sentences.append(
            f"{model and model + ': '}{len(out)} of {count(len(lines), 'line')} outside the band"
            f"{': ' + listed(out) if out else ''}; farthest from what is right is {name}, by {number(far.y[at])} at "
            f"{far.x[at]:.2g}."
        )
    return [f"{what}, over a band of {100 * prob:g}%.", *first_of(sentences, "model")]
