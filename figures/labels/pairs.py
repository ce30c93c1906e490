"""Are probabilities of preference right? Predicted against observed, one line for each policy."""

from functools import partial
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from .. import style
from ..parts.alt import extremes, first_of
from ..parts.chart import draw_planes
from ..parts.fonts import fitted
from ..parts.marks import DASHES, DOT, THIN
from ..parts.tables import drawn_from
from ..parts.words import in_order

NUMBERS = ("predicted", "observed", "lower", "upper")
HEIGHT_MM, NAME_MM = 58.0, 40.0
COLOURS = tuple(style.OKABE_ITO[i] for i in (3, 0, 2, 4, 5, 1))
LINE: dict[str, Any] = {"lw": 1.0, "ms": DOT, "mec": "white", "mew": 0.4}


@drawn_from(
    "the table of `alignment.pair_calibration`", ("policy", *NUMBERS), numbers=NUMBERS, names=("policy", "predicted"),
    also="Shares, 0-1.",
)  # fmt: skip
def pair_calibration(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed share of preferences against their predicted probability, with the diagonal of right probabilities.

    Examples
    --------
    >>> table = pd.DataFrame({"policy": ["posterior"], "predicted": 0.3, "observed": 0.35, "lower": 0.2, "upper": 0.4})
    >>> pair_calibration(table).get_xlabel()
    'predicted probability of preference (%)'
    """
    rows = table.assign(policy=table["policy"].astype(str), **{name: 100 * table[name] for name in NUMBERS})
    said = []
    for name, part in rows.groupby("policy", sort=False):
        apart = pd.DataFrame({"estimate": part["observed"] - part["predicted"]})
        at = [f"{predicted:.0f}% predicted" for predicted in part["predicted"]]
        said.append(extremes(apart, at, place=f"{name}, observed less predicted", thing="point"))
    draw = partial(_draw, interval=f"{100 * prob:g}% interval")
    said = ["Observed against predicted preferences, in percent.", *first_of(said, "line")]
    return draw_planes({"": rows}, draw, ax=ax, height=HEIGHT_MM, sentences=said, handlelength=DASHES)


def _draw(axes: list[Axes], parts: list[pd.DataFrame], interval: str) -> None:
    """The lines with their intervals; seaborn labels those of each policy."""
    (ax,), (rows,) = axes, parts
    names = in_order(rows["policy"])
    colours, markers = (dict(zip(names, cycle(looks), strict=False)) for looks in (COLOURS, style.MARKERS))
    ax.plot([0, 100], [0, 100], color=style.RULE, lw=0.8, zorder=1)
    ax.vlines(rows["predicted"], rows["lower"], rows["upper"], color=rows["policy"].map(colours), lw=THIN, zorder=2)
    sns.lineplot(
        rows, x="predicted", y="observed", hue="policy", style="policy", palette=colours, markers=markers,
        estimator=None, legend="full", ax=ax, **LINE,
    )  # fmt: skip
    for line in ax.lines:
        line.set_label(fitted(line.get_label(), NAME_MM, lines=1))
    if (own := ax.get_legend()) is not None:  # ours stands above the panel
        own.remove()
    ax.plot([], [], "|", color=style.RULE, ms=8, mew=THIN, label=interval)
    ends, ticks = (-2, 102), [0, 25, 50, 75, 100]
    ax.set(xlim=ends, ylim=ends, xticks=ticks, yticks=ticks, ylabel="observed (%)")
    ax.set_xlabel("predicted probability of preference (%)")
