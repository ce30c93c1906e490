"""Whether chains mix: their traces, and how the ranks of all draws are spread over them, as arviz draws both."""

from itertools import cycle
from typing import Any

import arviz_plots
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from xarray import Dataset, DataTree

from .. import style
from ..parts.alt import extremes, finished, first_of
from ..parts.fonts import RC
from ..parts.marks import DASHES, draw_key, labelled
from ..parts.panels import settle, write_title
from ..parts.tables import drawn_from
from ..parts.words import count, in_order, listed
from .calibration import LOOKS

COLUMNS = ("chain", "parameter", "draw", "value")
PANEL_MM = 22.0
MOST_PARAMETERS = 6
MOST_POINTS = 1000  # of a chain; more could not be told apart in print
FEWEST_RANKED, MOST_RANKED = 50, 500  # draws of a chain that are compared: the test takes seconds for thousands
ALPHA = 0.01  # of the test of equal ranks
MAPPED = ("color", "linestyle", "overlay")  # what tells chains apart


def _worst(fit: Any) -> pd.DataFrame:
    """The draws of the parameters on which the chains agree least, or of the first ones."""
    table, values = fit.parameters, fit.samples.parameters
    order = np.argsort(-table["r_hat"], kind="stable") if "r_hat" in table else np.arange(len(table))
    chain, draw = np.indices((fit.chains, len(values) // fit.chains)).reshape(2, -1)
    one = pd.DataFrame({"chain": chain + 1, "draw": draw})
    parts = [one.assign(parameter=table["parameter"].iloc[i], value=values[:, i]) for i in order[:MOST_PARAMETERS]]
    return pd.concat(parts)


@drawn_from(
    "draws in long format", COLUMNS, numbers=COLUMNS[2:], names=COLUMNS[:2], Fit=_worst,
    also="draw is the number within the chain; the first six parameters are drawn, of a fit those with the highest "
    "R-hat.",
)  # fmt: skip
def trace_and_rank(table: Any) -> np.ndarray:
    """Traces of the chains at the left, the distribution of their ranks at the right, a row for each parameter.

    Chains that mix lie on each other. The ranks of each among the draws of all are then uniform, and the line is what
    their distribution function differs by; draws of chains are thinned until they are independent, and points that lie
    apart by the test of equal ranks are marked. Drawn when a fit has problems.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Bayesian Analysis 16, 667-718, section 6; Säilynoja, Bürkner &
    Vehtari (2022), Statistics and Computing 32, 32.

    Examples
    --------
    >>> table = pd.DataFrame({"chain": [0, 1], "draw": [0, 0], "parameter": "sd(rater)", "value": [0.1, 0.2]})
    >>> [axes.get_xlabel() for axes in trace_and_rank(table)]
    ['draw', 'rank among the draws of all chains (share)']
    """
    names, chains = in_order(table["parameter"]), in_order(table["chain"])
    drawn = {name: by_chain(table[table["parameter"].astype(str) == name]) for name in names[:MOST_PARAMETERS]}
    with style.drawing("two", None):
        figure = Figure(figsize=(style.width_mm() / 25.4, 1.4 * len(drawn)), layout="constrained")
        axes = list(figure.subplots(len(drawn), 2, squeeze=False).ravel())
        for (name, values), trace, ranks in zip(drawn.items(), axes[::2], axes[1::2], strict=True):
            _draw_traces(trace, values)
            _draw_ranks(ranks, values)
            write_title(trace, name)
        looks = zip(cycle(LOOKS), chains, strict=False)
        entries = [(Line2D([], [], **look), f"chain {chain}") for look, chain in looks]
        draw_key(axes, [*entries, *labelled(axes)], own=True, handlelength=DASHES)
        settle(axes, PANEL_MM, own=True)
        said = [f"Traces and ranks of {count(len(chains), 'chain')} for {listed(list(drawn))}."]
        means = {name: pd.DataFrame({"estimate": values.mean(axis=1)}) for name, values in drawn.items()}
        said += first_of((extremes(part, chains, place=f"{name}, mean of the draws", thing="chain")
                          for name, part in means.items()), "parameter")  # fmt: skip
        said.append(f"Not drawn: {count(len(names) - len(drawn), 'parameter')}." if len(names) > len(drawn) else "")
        return np.array(finished(axes, said), dtype=object)


def by_chain(rows: pd.DataFrame) -> np.ndarray:
    """(chains, draws) of one parameter; chains of different lengths are cut to the shortest."""
    parts = [part.sort_values("draw")["value"].to_numpy() for _, part in rows.groupby("chain", sort=False)]
    shortest = min(map(len, parts))
    return np.array([part[:shortest] for part in parts])


def _tree(values: np.ndarray) -> DataTree:
    """The draws (chains, draws) of one parameter as arviz wants them."""
    along = {"chain": np.arange(len(values)), "draw": np.arange(values.shape[1])}
    return DataTree.from_dict({"posterior": Dataset({"value": (tuple(along), values)}, coords=along)})


def _on(ax: Axes, tree: DataTree) -> arviz_plots.PlotCollection:
    """A collection of arviz that draws a tree on our Axes, with the looks of our chains."""
    data, place = tree["posterior"].to_dataset(), np.empty((), object)
    place[()] = ax
    panel = DataTree.from_dict({"plot": Dataset({"value": ((), place)})})
    looks: Any = {name: [look[name] for look in LOOKS] for name in MAPPED[:2]}  # again from the first when used up
    return arviz_plots.PlotCollection(data, panel, aes=dict.fromkeys(MAPPED, ("chain",)), backend="matplotlib", **looks)


def _draw_traces(ax: Axes, values: np.ndarray) -> None:
    tree = _tree(values[:, :: max(1, values.shape[1] // MOST_POINTS)])
    visuals: Any = {"trace": {"width": 0.4, "alpha": 0.8}, "title": False, "xlabel": False, "ticklabels": False}
    arviz_plots.plot_trace(tree, plot_collection=_on(ax, tree), aes_by_visuals={"trace": ["color"]}, visuals=visuals)
    _finish(ax, "draw", "value")


def _draw_ranks(ax: Axes, values: np.ndarray) -> None:
    """The test of arviz takes draws for independent (seen with 1.3.3), so that they are thinned before."""
    tree = _tree(values)
    visuals: Any = {"ecdf_lines": {"width": 1.1}, "title": False, "xlabel": False, "remove_axis": False,
                    "credible_interval": {"color": style.BAND, "alpha": 1.0}}  # fmt: skip
    method: Any = "mtc_c" if len(values) > 1 else "envelope"  # one chain has all ranks
    arviz_plots.plot_rank(
        tree, plot_collection=_on(ax, tree), method=method, envelope_prob=1 - ALPHA, thin=True,
        stats={"thin": {"factor": thinning(values)}}, aes_by_visuals={"ecdf_lines": MAPPED}, visuals=visuals,
    )  # fmt: skip
    for text in ax.texts:  # "p=0.15(α=0.01) "; looks and words of these two are no arguments of 1.3.2
        p = text.get_text().strip().removeprefix("p=").partition("(")[0]
        text.set(text=f"p < {ALPHA}" if float(p) < ALPHA else f"p = {p}", fontsize=RC["font.size"], x=0.01)
    for dots in ax.collections if len(values) > 1 else ():
        dots.set(sizes=[3.0], linewidths=0.0, color=style.INK)
        if np.isfinite(dots.get_offsets()).any():
            dots.set_label("ranks that lie apart")
    ax.axhline(0, color=style.RULE, lw=0.8, zorder=1)
    low, high = ax.get_ylim()
    ax.set_ylim(1.15 * low, 1.15 * high)
    _finish(ax, "rank among the draws of all chains (share)", "ECDF difference")


def thinning(values: np.ndarray) -> int:
    """Every how many draws of a chain are independent; of chains apart from each other it is that within them."""
    most = values.shape[1] // FEWEST_RANKED
    if most < 2:
        return 1
    centred = _tree(values - values.mean(axis=1, keepdims=True))["posterior"].to_dataset()
    return int(np.clip(centred.azstats.thin_factor(), max(1, values.shape[1] // MOST_RANKED), most))


def _finish(ax: Axes, x: str, y: str) -> None:
    ax.set(xlabel=x, ylabel=y)
    ax.margins(x=0)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=x == "draw"))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
