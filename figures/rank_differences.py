"""Simulation-based calibration: whether the ranks of the truth among posterior draws are uniform."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .calibration_lines import MODEL, Line, by_model, draw_line_key, draw_lines, key_labels, looks
from .intervals import numeric_axis
from .keys import DASHES, key_height
from .panels import label_x, panel_axes
from .rank_band import simultaneous_band
from .tables import check_columns, count, listed, number, rows_with_numbers

COLUMNS = ("parameter", "rank", "n_ranks")
HEIGHT_MM = 42.0
MOST_POINTS = 60  # at which ECDF and band are compared


def sbc_ranks(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """ECDF of the ranks less that of uniform ranks, a line for each parameter, over a simultaneous band.

    The band holds the whole line of one parameter with probability ``prob`` when the posterior is right, so that of
    twenty parameters one may leave it. A line that rises above first and falls below later: draws lie too far out
    (intervals too wide); the opposite: too narrow; above (below) throughout: draws too high (too low).

    Parameters
    ----------
    table : DataFrame
        One row for each simulation and parameter: parameter, rank (0 .. n_ranks - 1, how many posterior draws are
        below the truth), n_ranks (number of possible ranks: draws + 1); used where present: model (one panel for
        each).
    ax : Axes, optional
        Where to draw; for one panel only.
    prob : float
        Probability of the band.

    Returns
    -------
    Axes, or array of Axes when there are several models

    Raises
    ------
    ConfigError
        Columns or rows are missing, ranks lie outside their range, or ``ax`` is given for several panels.

    References
    ----------
    Talts et al. (2018), arXiv:1804.06788; Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32.

    Examples
    --------
    >>> table = pd.DataFrame({"parameter": "sd(rater)", "rank": range(100), "n_ranks": 100})
    >>> sbc_ranks(table).get_xlabel()
    'rank of the truth among the draws (share of all ranks)'
    """
    check_columns(table, COLUMNS, "sbc_ranks", "the ranks of a simulation-based calibration")
    names = [name for name in (MODEL, "parameter") if name in table]
    rows, left_out = rows_with_numbers(table, ["rank", "n_ranks"], names, "sbc_ranks")
    _refuse_impossible(rows)
    models = by_model(rows)
    panels = [_lines(part, prob) for part in models.values()]
    named, words = looks(panels), f"{100 * prob:g}% band of uniform ranks"
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        above = key_height(key_labels(panels, named, words), DASHES) + 2
        axes = panel_axes(list(models), HEIGHT_MM, labels=8, narrowest=50, above=above, ax=ax)
        for panel, part, lines in zip(axes, models.values(), panels, strict=True):
            _draw_band(panel, part, prob)
            draw_lines(panel, lines, named)
        _share_y(axes)
        numeric_axis(axes)
        label_x(axes, "rank of the truth among the draws (share of all ranks)")
        axes[0].set_ylabel("ECDF difference")
        draw_line_key(axes, panels, named, words, own=ax is None)
        return finished(axes, [*_sentences(models, panels, prob), left_out])


def _refuse_impossible(rows: pd.DataFrame) -> None:
    bad = ~((rows["rank"] >= 0) & (rows["rank"] < rows["n_ranks"]) & (rows["n_ranks"] >= 2))
    if bad.any():
        row = rows[bad].iloc[0]
        raise ConfigError(
            f"`sbc_ranks` needs ranks 0 .. n_ranks - 1; found {count(int(bad.sum()), 'row')} outside (first: "
            f"{row['parameter']}, rank {row['rank']:g} of n_ranks {row['n_ranks']:g}). n_ranks is draws + 1."
        )


def _points(n_ranks: int) -> tuple[int, ...]:
    """Ranks at which the ECDF is looked at, evenly spaced."""
    return tuple(np.unique(np.linspace(1, n_ranks - 1, min(n_ranks - 1, MOST_POINTS)).round().astype(int)).tolist())


def _band(n: int, n_ranks: int, prob: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points as shares of all ranks, and the lowest and highest ECDF less these shares."""
    z = np.array(_points(n_ranks)) / n_ranks
    lower, upper = simultaneous_band(n, tuple(z.tolist()), prob)
    return z, lower / n - z, upper / n - z


def _lines(rows: pd.DataFrame, prob: float) -> dict[str, Line]:
    lines = {}
    for name, part in rows.groupby(rows["parameter"].astype(str), sort=False):
        n, n_ranks = len(part), int(part["n_ranks"].iloc[0])
        z, lower, upper = _band(n, n_ranks, prob)
        ranks = np.sort(part["rank"].to_numpy())
        difference = np.searchsorted(ranks, np.array(_points(n_ranks)), side="left") / n - z
        leaves = bool(((difference < lower - 1e-12) | (difference > upper + 1e-12)).any())
        lines[str(name)] = Line(np.r_[0.0, z, 1.0], np.r_[0.0, difference, 0.0], leaves)
    return lines


def _draw_band(ax: Axes, rows: pd.DataFrame, prob: float) -> None:
    """The band of the parameter with fewest simulations, the widest one."""
    sizes = rows.groupby("parameter", observed=True)["n_ranks"].agg(["size", "first"])
    n, n_ranks = (int(value) for value in sizes.loc[sizes["size"].idxmin()])
    z, lower, upper = _band(n, n_ranks, prob)
    edge = [0.0, *z, 1.0]
    ax.fill_between(edge, [0.0, *lower, 0.0], [0.0, *upper, 0.0], color=style.BAND, lw=0, zorder=0.5)
    ax.axhline(0, color=style.RULE, lw=0.8, zorder=1)
    ax.set_xlim(0, 1)


def _share_y(axes: list[Axes]) -> None:
    ends = np.array([ax.get_ylim() for ax in axes])
    for ax in axes:
        ax.set_ylim(ends[:, 0].min(), ends[:, 1].max())
        ax.tick_params(axis="y", labelleft=ax is axes[0] or ax.get_subplotspec() is None or _first(ax))


def _first(ax: Axes) -> bool:
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def _sentences(models: dict[str, pd.DataFrame], panels: list[dict[str, Line]], prob: float) -> list[str]:
    sentences = ["Difference between the distribution of ranks and the uniform one, with a simultaneous band."]
    for (name, rows), lines in zip(models.items(), panels, strict=True):
        place = f" of {name}" if name else ""
        out = {parameter: line for parameter, line in lines.items() if line.outside}
        simulations = count(int(rows.groupby("parameter", observed=True).size().max()), "simulation")
        largest = {parameter: np.abs(line.y).max() for parameter, line in out.items()}
        texts = [f"{parameter} (by {number(value)})" for parameter, value in largest.items()]
        found = f": {listed(texts)}" if out else ""
        parameters = f"{len(out)} of {count(len(lines), 'parameter')}{place}"
        sentences.append(f"{simulations}; {parameters} outside the {100 * prob:g}% band{found}.")
    return sentences
