"""Are probabilities of preference right? Predicted against observed, one line for each policy."""

from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from .. import style
from ..parts.alt import finished
from ..parts.fonts import fitted
from ..parts.marks import DASHES, DOT, THIN, Entry, draw_key
from ..parts.panels import panel_axes, settle
from ..parts.sources import drawn_from
from ..parts.tables import checked_rows
from ..parts.words import count, in_order, number

NUMBERS = ("predicted", "observed", "lower", "upper")
HEIGHT_MM, NAME_MM = 58.0, 40.0
COLOURS = tuple(style.OKABE_ITO[i] for i in (3, 0, 2, 4, 5, 1))
LINE: dict[str, Any] = {"lw": 1.0, "ms": DOT, "mec": "white", "mew": 0.4}


@drawn_from()
def pair_calibration(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed share of preferences against their predicted probability, with the diagonal of right probabilities.

    Parameters
    ----------
    table : DataFrame
        Of ``pair_calibration`` in ``pluralstats.alignment``: policy, predicted, observed, lower, upper (0-1).

    Examples
    --------
    >>> table = pd.DataFrame({"policy": "posterior", "predicted": [0.3, 0.7], "observed": [0.35, 0.65],
    ...     "lower": [0.25, 0.55], "upper": [0.45, 0.75]})
    >>> pair_calibration(table).get_xlabel()
    'predicted probability of preference (%)'
    """
    rows, left_out = checked_rows(
        table, ("policy", *NUMBERS), "pair_calibration", "the table of `alignment.pair_calibration`", numbers=NUMBERS,
        names=("policy", "predicted"),
    )  # fmt: skip
    policies = in_order(rows["policy"])
    rows = rows.assign(policy=rows["policy"].astype(str), **{name: 100 * rows[name] for name in NUMBERS})
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(policies)}
    sentences = [f"Observed against predicted preferences of {count(len(policies), 'set')} of probabilities."]
    for name in policies:
        part = rows[rows["policy"] == name]
        far = part.loc[(part["observed"] - part["predicted"]).abs().idxmax()]
        sentences.append(
            f"{name}: farthest from the diagonal where {number(far['predicted'], 0)}% were predicted and "
            f"{number(far['observed'], 0)}% observed."
        )
    with style.drawing("one", ax):
        (panel,) = panel_axes([""], labels=6, narrowest=40, own_rows=True, ax=ax)
        entries = _draw(panel, rows, colours)
        entries.append((Line2D([], [], color=style.RULE, lw=THIN, marker="|", linestyle="none", ms=8),
                        f"{100 * prob:g}% interval"))  # fmt: skip
        draw_key([panel], entries, own=ax is None, handlelength=DASHES)
        settle([panel], HEIGHT_MM, own=ax is None)
        return finished([panel], [*sentences, left_out])


def _draw(ax: Axes, rows: pd.DataFrame, colours: dict[str, str]) -> list[Entry]:
    """The lines with their intervals, and what seaborn says of each in the key."""
    ax.plot([0, 100], [0, 100], color=style.RULE, lw=0.8, zorder=1)
    ax.vlines(rows["predicted"], rows["lower"], rows["upper"], color=rows["policy"].map(colours), lw=THIN, zorder=2)
    markers = dict(zip(colours, cycle(style.MARKERS), strict=False))
    sns.lineplot(
        rows, x="predicted", y="observed", hue="policy", style="policy", palette=colours, markers=markers,
        estimator=None, legend="full", ax=ax, **LINE,
    )  # fmt: skip
    handles, names = ax.get_legend_handles_labels()
    if (own := ax.get_legend()) is not None:  # ours stands above the panel
        own.remove()
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    ax.set(xlim=(-2, 102), ylim=(-2, 102), xlabel="predicted probability of preference (%)", ylabel="observed (%)")
    return [(handle, fitted(name, NAME_MM, lines=1)) for handle, name in zip(handles, names, strict=True)]
