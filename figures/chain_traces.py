"""Whether chains mix: their traces, and how the ranks of all draws are spread over them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from . import style
from .alt import finished
from .calibration_lines import COLOURS, STYLES
from .font_weights import write_title
from .keys import DASHES, draw_key
from .rank_band import binomial_band
from .tables import check_columns, count, in_order, listed, number, rows_with_numbers, wrapped

COLUMNS = ("chain", "draw", "parameter", "value")
PANEL_MM, FRAME_MM, KEY_MM = 20.0, 15.0, 7.0
MOST_PARAMETERS = 6
MOST_POINTS = 1000  # of a trace; more could not be told apart in print
BINS = 20


def trace_and_rank(table: pd.DataFrame) -> np.ndarray:
    """Traces of the chains at the left, histograms of their ranks at the right, a row for each parameter.

    Chains that mix lie on each other; every chain then has about the same number of draws at each rank (the band is
    the central 95% of a binomial, for independent draws). Drawn when a fit has problems.

    Parameters
    ----------
    table : DataFrame
        chain, draw (number within the chain), parameter, value; at most six parameters are drawn, the first ones.

    Returns
    -------
    array of Axes, (2 x parameters,), traces and ranks in turn

    Raises
    ------
    ConfigError
        Columns or rows are missing.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Bayesian Analysis 16, 667-718, section 6.

    Examples
    --------
    >>> table = pd.DataFrame({"chain": [0, 0, 1, 1], "draw": [0, 1, 0, 1], "parameter": "sd(rater)",
    ...     "value": [0.1, 0.2, 0.15, 0.25]})
    >>> [axes.get_xlabel() for axes in trace_and_rank(table)]
    ['draw', 'rank among the draws of all chains']
    """
    check_columns(table, COLUMNS, "trace_and_rank", "draws in long format")
    rows, left_out = rows_with_numbers(table, ["draw", "value"], ["chain", "parameter"], "trace_and_rank")
    names, chains = in_order(rows["parameter"]), in_order(rows["chain"])
    with style.drawing("two", None):
        drawn = names[:MOST_PARAMETERS]
        high = (KEY_MM + len(drawn) * (PANEL_MM + FRAME_MM)) / 25.4
        figure = Figure(figsize=(style.width_mm() / 25.4, high), layout="constrained")
        grid = figure.add_gridspec(len(drawn), 2)
        axes = [figure.add_subplot(grid[row, column]) for row in range(len(drawn)) for column in range(2)]
        for i, name in enumerate(drawn):
            part = rows[rows["parameter"].astype(str) == name]
            _draw_traces(axes[2 * i], part, chains)
            _draw_ranks(axes[2 * i + 1], part, chains)
            write_title(axes[2 * i], wrapped(name, 50, 1))
        handles = [Line2D([], [], **_look(i)) for i in range(len(chains))]
        draw_key(axes, handles, [f"chain {chain}" for chain in chains], own=True, handlelength=DASHES)
        return np.array(finished(axes, [*_sentences(rows, drawn, names), left_out]), dtype=object)


def _look(i: int) -> dict[str, Any]:
    return {"color": COLOURS[i % len(COLOURS)], "linestyle": STYLES[i % len(STYLES)], "lw": 1.1}


def _draw_traces(ax: Axes, rows: pd.DataFrame, chains: list[str]) -> None:
    for i, chain in enumerate(chains):
        part = rows[rows["chain"].astype(str) == chain].sort_values("draw")
        step = max(1, len(part) // MOST_POINTS)
        ax.plot(part["draw"][::step], part["value"][::step], color=_look(i)["color"], lw=0.4, alpha=0.8)
    ax.set_xlabel("draw")
    ax.set_ylabel("value")
    ax.margins(x=0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))


def _draw_ranks(ax: Axes, rows: pd.DataFrame, chains: list[str]) -> None:
    ranks = rows["value"].rank(method="average").to_numpy()
    bins = int(np.clip(len(rows) // 20, 2, BINS))
    edges = np.linspace(0.5, len(rows) + 0.5, bins + 1)
    names = rows["chain"].astype(str).to_numpy()
    size = len(rows) // len(chains)
    low, high = (int(end[0]) for end in binomial_band(size, np.array([1.0 / bins]), 0.025))
    ax.axhspan(low, high, color=style.BAND, lw=0, zorder=0.5)
    ax.axhline(size / bins, color=style.RULE, lw=0.8, zorder=1)
    for i, chain in enumerate(chains):
        counts, _ = np.histogram(ranks[names == chain], edges)
        ax.stairs(counts, edges, baseline=None, zorder=2, **_look(i))
    ax.set_xlabel("rank among the draws of all chains")
    ax.set_ylabel("draws")
    ax.margins(x=0)
    ax.set_ylim(0, None)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


def _sentences(rows: pd.DataFrame, drawn: list[str], names: list[str]) -> list[str]:
    chains = count(rows["chain"].astype(str).nunique(), "chain")
    sentences = [f"Traces and ranks of {chains} for {listed(drawn)}."]
    for name in drawn:
        part = rows[rows["parameter"].astype(str) == name]
        means = part.groupby(part["chain"].astype(str))["value"].mean()
        spread = f"from {number(means.min())} to {number(means.max())}" if len(means) > 1 else number(means.iloc[0])
        sentences.append(f"{name}: means of the chains {spread}, sd of all draws {number(part['value'].std())}.")
    if len(names) > len(drawn):
        sentences.append(f"Not drawn: {count(len(names) - len(drawn), 'parameter')}.")
    return sentences
