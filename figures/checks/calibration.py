"""Simulated studies: whether ranks of the truth are uniform and intervals cover it, a line for each parameter.

Drawn by hand: ``arviz_plots.plot_ecdf_pit`` takes ranks for continuous (of 20 possible ones its test always rejects
uniform ranks) and divides them by the highest that occurred, and a table of coverage has no ranks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import finished
from ..parts.marks import numeric_axis
from ..parts.panels import label_x, panel_axes, round_ticks, settle, write_title
from ..parts.sources import drawn_from
from ..parts.tables import checked_rows
from ..parts.words import count, listed, number
from .bands import MODEL, Line, Looks, Model, by_model, draw_line_key, draw_lines, leaves, looks_of, simultaneous_band

EVERY = "intervals"  # the one line of a table without parameters
MOST_POINTS, MOST_COLUMNS = 60, 3
HEIGHT_MM, ABOVE_MM, BELOW_MM = 42.0, 46.0, 26.0


@drawn_from()
def sbc_ranks(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """ECDF of the ranks less that of uniform ranks, a line for each parameter, over a simultaneous band.

    The band holds the whole line of one parameter with probability ``prob`` when the posterior is right, so that of
    twenty parameters one may leave it. A line that rises above first and falls below later: draws lie too far out
    (intervals too wide); the opposite: too narrow; above (below) throughout: draws too high (too low).

    Parameters
    ----------
    table : DataFrame
        Of ``ps.calibration_ranks``, a row for each simulation and parameter: parameter, rank (0 .. n_ranks - 1, how
        many draws are below the truth), n_ranks (possible ranks: draws + 1); where present: model (a panel for each).

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788; Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32.

    Examples
    --------
    >>> table = pd.DataFrame({"parameter": "sd(rater)", "rank": range(100), "n_ranks": 100})
    >>> sbc_ranks(table).get_xlabel()
    'rank of the truth among the draws (share of all ranks)'
    """
    columns, source = ("parameter", "rank", "n_ranks"), "the ranks of a simulation-based calibration"
    rows, left_out = checked_rows(table, columns, "sbc_ranks", source, numbers=columns[1:], names=[MODEL, "parameter"])
    _refuse(
        rows[~((rows["rank"] >= 0) & (rows["rank"] < rows["n_ranks"]) & (rows["n_ranks"] >= 2))],
        "`sbc_ranks` needs ranks 0 .. n_ranks - 1; found {found} outside (first: {parameter}, rank {rank:g} of n_ranks "
        "{n_ranks:g}). n_ranks is draws + 1.",
    )
    models = by_model(rows, lambda part: _rank_lines(part, prob))
    with style.drawing("one" if len(models) == 1 else "two", ax):
        axes, looks = panel_axes(list(models), labels=8, narrowest=50, ax=ax), looks_of(models)
        for panel, model in zip(axes, models.values(), strict=True):
            draw_lines(panel, model, looks)
            panel.set_xlim(0, 1)
        ends = np.array([panel.get_ylim() for panel in axes])
        for panel in axes:
            panel.set_ylim(ends[:, 0].min(), ends[:, 1].max())
        numeric_axis(axes)
        label_x(axes, "rank of the truth among the draws (share of all ranks)")
        axes[0].set_ylabel("ECDF difference")
        draw_line_key(axes, models, looks, f"{100 * prob:g}% band of uniform ranks", ax)
        settle(axes, HEIGHT_MM, own=ax is None)
        return finished(axes, [*_rank_sentences(models, prob), left_out])


@drawn_from()
def coverage(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against nominal coverage with the diagonal, and below it (not in the caller's ``ax``) their difference.

    Central intervals are nested, so that the band holds the whole line of one parameter with probability ``prob`` when
    intervals are right; of twenty parameters one may leave it. With one nominal coverage it is the binomial interval.

    Parameters
    ----------
    table : DataFrame
        nominal and observed (probabilities 0-1), n (intervals behind ``observed``); used where present: parameter (a
        line for each), model (a column of panels for each).

    Examples
    --------
    >>> table = pd.DataFrame({"nominal": [0.5, 0.9], "observed": [0.52, 0.89], "n": 300})
    >>> [axes.get_ylabel() for axes in coverage(table)]
    ['observed (%)', 'less nominal']
    """
    columns, source = ("nominal", "observed", "n"), "a table of interval coverage"
    names = [MODEL, "parameter", "nominal"]
    rows, left_out = checked_rows(table, columns, "coverage", source, numbers=columns, names=names)
    _refuse(
        rows[~(rows["nominal"].between(0, 1) & rows["observed"].between(0, 1) & (rows["n"] >= 1))],
        "`coverage` needs nominal and observed between 0 and 1 and n of at least 1; found {found} without (first: "
        "nominal {nominal:g}, observed {observed:g}, n {n:g}). Divide percent by 100.",
    )
    models = by_model(rows, lambda part: _coverage_lines(part, prob))
    with style.drawing("one" if len(models) == 1 else "two", ax):
        axes = _pairs(list(models)) if ax is None else panel_axes(list(models), labels=0, narrowest=1, ax=ax)
        looks = looks_of(models)
        for i, model in enumerate(models.values()):
            _draw_coverage(axes[2 * i : 2 * i + 2], model, looks)
        most = max((abs(end) for panel in axes[1::2] for end in panel.get_ylim()), default=0.0)
        for panel in axes[1::2]:
            panel.set_ylim(-most, most)
        draw_line_key(axes, models, looks, f"{100 * prob:g}% band of right intervals", ax)
        settle(axes[::2], ABOVE_MM, own=ax is None)
        return finished(axes, [*_coverage_sentences(models, prob), left_out])


def _refuse(bad: pd.DataFrame, words: str) -> None:
    if len(bad):
        raise ConfigError(words.format(found=count(len(bad), "row"), **bad.iloc[0]))


def _rank_lines(rows: pd.DataFrame, prob: float) -> Model:
    """The band is that of the parameter with fewest simulations."""
    lines, bands = {}, {}
    for name, part in rows.groupby(rows["parameter"].astype(str), sort=False):
        n, n_ranks = len(part), int(part["n_ranks"].iloc[0])
        points = np.unique(np.linspace(1, n_ranks - 1, min(n_ranks - 1, MOST_POINTS)).round().astype(int))
        z = points / n_ranks
        lower, upper = (end / n - z for end in simultaneous_band(n, tuple(z.tolist()), prob))
        y = np.searchsorted(np.sort(part["rank"].to_numpy()), points, side="left") / n - z
        x = np.r_[0.0, z, 1.0]
        lines[str(name)] = Line(x, np.r_[0.0, y, 0.0], leaves(y, lower, upper))
        bands[n] = (x, np.r_[0.0, lower, 0.0], np.r_[0.0, upper, 0.0])
    return Model(rows, lines, bands[min(bands)])


def _coverage_lines(rows: pd.DataFrame, prob: float) -> Model:
    names = rows["parameter"].astype(str) if "parameter" in rows else pd.Series(EVERY, index=rows.index)
    lines = {}
    for name, part in rows.groupby(names, sort=False):
        part = part.sort_values("nominal")
        x, y = (100 * part[column].to_numpy() for column in ("nominal", "observed"))
        lines[str(name)] = Line(x, y, leaves(y, *_coverage_band(part, prob)[1:]))
    x, lower, upper = (np.r_[0.0, end, 100.0] for end in _coverage_band(rows, prob))
    return Model(rows, lines, (x, lower, upper))


def _coverage_band(rows: pd.DataFrame, prob: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nominal coverages and the lowest and highest observed ones (percent), for the fewest intervals."""
    nominal, n = np.unique(rows["nominal"]), int(rows["n"].min())
    inner = (nominal > 0.0) & (nominal < 1.0)
    lower, upper = nominal.copy(), nominal.copy()
    least, most = simultaneous_band(n, tuple(nominal[inner].tolist()), prob)
    lower[inner], upper[inner] = least / n, most / n
    return 100 * nominal, 100 * lower, 100 * upper


def _draw_coverage(axes: Sequence[Axes], model: Model, looks: Looks) -> None:
    dots: dict[str, Any] = {"marker": "o", "ms": 2.2} if len(model.lines) <= 3 else {}
    x, lower, upper = model.band
    lines = {name: line._replace(y=line.y - line.x) for name, line in model.lines.items()}
    below = Model(model.rows, lines, (x, lower - x, upper - x))
    for ax, one, slope in zip(axes, (model, below), (1.0, 0.0), strict=False):
        draw_lines(ax, one, looks, slope, **dots)
        round_ticks(ax)
        ax.set(xlim=(0, 100), xlabel="nominal coverage (%)", ylabel="observed (%)" if slope else "less nominal")
    axes[0].set_ylim(0, 100)


def _pairs(titles: list[str]) -> list[Axes]:
    """Coverage above, difference below, for each model; models in reading order."""
    columns = min(len(titles), MOST_COLUMNS)
    lines = -(-len(titles) // columns)
    figure = Figure(figsize=(style.width_mm() / 25.4, 4.0 * lines), layout="constrained")
    grid = figure.add_gridspec(2 * lines, columns, height_ratios=[ABOVE_MM, BELOW_MM] * lines)
    places = [(2 * (i // columns) + row, i % columns) for i in range(len(titles)) for row in range(2)]
    axes = [figure.add_subplot(grid[place]) for place in places]
    for panel, title in zip(axes[::2], titles, strict=True):
        write_title(panel, title)
    return axes


def _rank_sentences(models: Mapping[str, Model], prob: float) -> list[str]:
    sentences = ["Difference between the distribution of ranks and the uniform one, with a simultaneous band."]
    for name, (rows, lines, _) in models.items():
        out = [f"{parameter} (by {number(np.abs(y).max())})" for parameter, (_, y, leaves) in lines.items() if leaves]
        simulations = count(int(rows.groupby("parameter", observed=True).size().max()), "simulation")
        parameters = f"{len(out)} of {count(len(lines), 'parameter')}{f' of {name}' if name else ''}"
        found = f": {listed(out)}" if out else ""
        sentences.append(f"{simulations}; {parameters} outside the {100 * prob:g}% band{found}.")
    return sentences


def _coverage_sentences(models: Mapping[str, Model], prob: float) -> list[str]:
    sentences = [
        "Observed against nominal coverage of intervals with a simultaneous binomial band, and their difference."
    ]
    for name, (rows, lines, _) in models.items():
        out = [parameter for parameter, line in lines.items() if line.outside]
        found = f": {listed(out)}" if out and out != [EVERY] else ""
        at = rows.loc[(rows["nominal"] - 0.95).abs().idxmin(), "nominal"]
        near = 100 * rows.loc[rows["nominal"] == at, "observed"]
        spread = f"{number(near.min(), 1)}%" + (f" to {number(near.max(), 1)}%" if len(near) > 1 else "")
        sentences.append(
            f"{len(out)} of {count(len(lines), 'line')}{f' of {name}' if name else ''} outside the {100 * prob:g}% "
            f"band{found}. Nominal {100 * at:g}%: observed {spread}."
        )
    return sentences
