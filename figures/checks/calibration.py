"""Simulated studies: whether ranks of the truth are uniform and intervals cover it, a line for each parameter.

Drawn by hand: ``arviz_plots.plot_ecdf_pit`` takes ranks for continuous (of 20 possible ones its test rejects uniform
ranks always) and divides them by the highest that occurred, and coverage is a table without ranks.
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
from ..parts.fonts import fitted
from ..parts.marks import DASHES, draw_key, numeric_axis
from ..parts.panels import TITLE, label_x, panel_axes, round_ticks, settle, write_title
from ..parts.sources import drawn_from
from ..parts.tables import checked_rows
from ..parts.words import count, listed, number
from .bands import (
    MODEL,
    Band,
    Calibration,
    Line,
    by_model,
    draw_lines,
    key_entries,
    leaves_band,
    looks_of,
    share_y,
    simultaneous_band,
)

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
        Of ``ps.calibration_ranks``, one row for each simulation and parameter: parameter, rank (0 .. n_ranks - 1, how
        many posterior draws are below the truth), n_ranks (number of possible ranks: draws + 1); used where present:
        model (one panel for each).

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788; Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32.

    Examples
    --------
    >>> table = pd.DataFrame({"parameter": "sd(rater)", "rank": range(100), "n_ranks": 100})
    >>> sbc_ranks(table).get_xlabel()
    'rank of the truth among the draws (share of all ranks)'
    """
    columns = ("parameter", "rank", "n_ranks")
    rows, left_out = checked_rows(
        table, columns, "sbc_ranks", "the ranks of a simulation-based calibration",
        numbers=columns[1:], names=[MODEL, "parameter"],
    )  # fmt: skip
    _refuse_impossible(
        ~((rows["rank"] >= 0) & (rows["rank"] < rows["n_ranks"]) & (rows["n_ranks"] >= 2)), rows,
        "`sbc_ranks` needs ranks 0 .. n_ranks - 1",
        "outside (first: {parameter}, rank {rank:g} of n_ranks {n_ranks:g}).",
        "n_ranks is draws + 1.",
    )  # fmt: skip
    models = by_model(rows, lambda part: _rank_lines(part, prob))
    with style.drawing("one" if len(models) == 1 else "two", ax):
        axes = panel_axes(list(models), labels=8, narrowest=50, ax=ax)
        looks = looks_of(models)
        for panel, model in zip(axes, models.values(), strict=True):
            draw_lines(panel, model, looks)
            panel.set_xlim(0, 1)
        share_y(axes)
        numeric_axis(axes)
        label_x(axes, "rank of the truth among the draws (share of all ranks)")
        axes[0].set_ylabel("ECDF difference")
        words = f"{100 * prob:g}% band of uniform ranks"
        draw_key(axes, key_entries(models, looks, words), own=ax is None, handlelength=DASHES)
        if ax is None:
            settle(axes, HEIGHT_MM)
        return finished(axes, [*_rank_sentences(models, prob), left_out])


@drawn_from()
def coverage(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed against nominal coverage with the diagonal, and below it their difference.

    Central intervals are nested, so that the band holds the whole line of one parameter with probability ``prob`` when
    intervals are right; of twenty parameters one may leave it. With one nominal coverage it is the binomial interval.
    The caller's ``ax`` is without the difference.

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
    columns = ("nominal", "observed", "n")
    rows, left_out = checked_rows(
        table, columns, "coverage", "a table of interval coverage",
        numbers=columns, names=[MODEL, "parameter", "nominal"],
    )  # fmt: skip
    _refuse_impossible(
        ~(rows["nominal"].between(0, 1) & rows["observed"].between(0, 1) & (rows["n"] >= 1)), rows,
        "`coverage` needs nominal and observed between 0 and 1 and n of at least 1",
        "without (first: nominal {nominal:g}, observed {observed:g}, n {n:g}).", "Divide percent by 100.",
    )  # fmt: skip
    models = by_model(rows, lambda part: _coverage_lines(part, prob))
    with style.drawing("one" if len(models) == 1 else "two", ax):
        axes = _pairs(list(models)) if ax is None else panel_axes(list(models), labels=0, narrowest=1, ax=ax)
        looks = looks_of(models)
        for i, model in enumerate(models.values()):
            _draw_coverage(axes[2 * i : 2 * i + 2], model, looks)
        share_y(axes[1::2], symmetric=True)
        words = f"{100 * prob:g}% band of right intervals"
        draw_key(axes, key_entries(models, looks, words), own=ax is None, handlelength=DASHES)
        if ax is None:
            settle(axes[::2], ABOVE_MM)
        return finished(axes, [*_coverage_sentences(models, prob), left_out])


def _rank_lines(rows: pd.DataFrame, prob: float) -> Calibration:
    lines, bands = {}, []
    for name, part in rows.groupby(rows["parameter"].astype(str), sort=False):
        n, n_ranks = len(part), int(part["n_ranks"].iloc[0])
        points = np.unique(np.linspace(1, n_ranks - 1, min(n_ranks - 1, MOST_POINTS)).round().astype(int))
        z = points / n_ranks
        band = Band(z, *(end / n - z for end in simultaneous_band(n, tuple(z.tolist()), prob)))
        below = np.searchsorted(np.sort(part["rank"].to_numpy()), points, side="left") / n - z
        lines[str(name)] = Line(np.r_[0.0, z, 1.0], np.r_[0.0, below, 0.0], leaves_band(below, band))
        bands.append((n, Band(*(np.r_[0.0, values, end] for values, end in zip(band, (1.0, 0.0, 0.0), strict=True)))))
    return Calibration(rows, lines, min(bands, key=lambda pair: pair[0])[1])


def _coverage_lines(rows: pd.DataFrame, prob: float) -> Calibration:
    names = rows["parameter"].astype(str) if "parameter" in rows else pd.Series(EVERY, index=rows.index)
    lines = {}
    for name, part in rows.groupby(names, sort=False):
        part = part.sort_values("nominal")
        out = leaves_band(part["observed"].to_numpy(), _coverage_band(part, prob))
        lines[str(name)] = Line(100 * part["nominal"].to_numpy(), 100 * part["observed"].to_numpy(), out)
    return Calibration(rows, lines, Band(*(100 * np.r_[0.0, end, 1.0] for end in _coverage_band(rows, prob))))


def _coverage_band(rows: pd.DataFrame, prob: float) -> Band:
    """Nominal coverages and the lowest and highest observed ones, for the fewest intervals."""
    nominal, n = np.unique(rows["nominal"]), int(rows["n"].min())
    inner = (nominal > 0.0) & (nominal < 1.0)
    lower, upper = nominal.copy(), nominal.copy()
    least, most = simultaneous_band(n, tuple(nominal[inner].tolist()), prob)
    lower[inner], upper[inner] = least / n, most / n
    return Band(nominal, lower, upper)


def _draw_coverage(axes: Sequence[Axes], model: Calibration, looks: Mapping[str, dict[str, Any]]) -> None:
    dots: dict[str, Any] = {"marker": "o", "ms": 2.2} if len(model.lines) <= 3 else {}
    x, lower, upper = model.band
    lines = {name: line._replace(y=line.y - line.x) for name, line in model.lines.items()}
    below = Calibration(model.rows, lines, Band(x, lower - x, upper - x))
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
        write_title(panel, fitted(title, style.width_mm() / columns - 14.0, TITLE, weight="bold"))
    return axes


def _refuse_impossible(bad: pd.Series, rows: pd.DataFrame, needs: str, first: str, advice: str) -> None:
    if bad.any():
        row = rows[bad].iloc[0]
        raise ConfigError(f"{needs}; found {count(int(bad.sum()), 'row')} {first.format(**row)} {advice}")


def _rank_sentences(models: Mapping[str, Calibration], prob: float) -> list[str]:
    sentences = ["Difference between the distribution of ranks and the uniform one, with a simultaneous band."]
    for name, model in models.items():
        out = {parameter: np.abs(line.y).max() for parameter, line in model.lines.items() if line.outside}
        simulations = count(int(model.rows.groupby("parameter", observed=True).size().max()), "simulation")
        found = f": {listed([f'{parameter} (by {number(value)})' for parameter, value in out.items()])}" if out else ""
        parameters = f"{len(out)} of {count(len(model.lines), 'parameter')}{f' of {name}' if name else ''}"
        sentences.append(f"{simulations}; {parameters} outside the {100 * prob:g}% band{found}.")
    return sentences


def _coverage_sentences(models: Mapping[str, Calibration], prob: float) -> list[str]:
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
