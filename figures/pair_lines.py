"""Are probabilities of preference right? Predicted against observed, one line for each policy."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from . import style
from .alt import finished
from .intervals import DOT, THIN
from .keys import DASHES, draw_key, key_height
from .panels import panel_axes
from .tables import check_columns, count, in_order, number, rows_with_numbers, wrapped

NUMBERS = ("predicted", "observed", "lower", "upper")
COLUMNS = ("policy", *NUMBERS)
HEIGHT_MM = 58.0
COLOURS = tuple(style.OKABE_ITO[i] for i in (3, 0, 2, 4, 5, 1))
STYLES = ("-", "--", "-.", ":")


def pair_calibration(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Observed share of preferences against their predicted probability, with the diagonal of right probabilities.

    Parameters
    ----------
    table : DataFrame
        Of ``pair_calibration`` in ``pluralstats.alignment``: policy, predicted, observed, lower, upper (0-1).
    ax : Axes, optional
        Where to draw.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes

    Raises
    ------
    ConfigError
        Columns or rows are missing.

    Examples
    --------
    >>> table = pd.DataFrame({"policy": "posterior", "predicted": [0.3, 0.7], "observed": [0.35, 0.65],
    ...     "lower": [0.25, 0.55], "upper": [0.45, 0.75]})
    >>> pair_calibration(table).get_xlabel()
    'predicted probability of preference (%)'
    """
    check_columns(table, COLUMNS, "pair_calibration", "the table of `alignment.pair_calibration`")
    rows, left_out = rows_with_numbers(table, NUMBERS, ["policy", "predicted"], "pair_calibration")
    policies = in_order(rows["policy"])
    looks: dict[str, dict[str, Any]] = {
        name: {"color": COLOURS[i % len(COLOURS)], "linestyle": STYLES[i % 4], "marker": style.MARKERS[i % 8]}
        for i, name in enumerate(policies)
    }
    labels = [*(wrapped(name, 30, 1) for name in policies), f"{100 * prob:g}% interval"]
    with style.drawing("one", ax):
        above = key_height(labels, DASHES)
        (panel,) = panel_axes([""], HEIGHT_MM, labels=6, narrowest=40, above=above, own_rows=True, ax=ax)
        panel.plot([0, 100], [0, 100], color=style.RULE, lw=0.8, zorder=1)
        for name, look in looks.items():
            part = rows[rows["policy"].astype(str) == name].sort_values("predicted")
            x = 100 * part["predicted"]
            panel.vlines(x, 100 * part["lower"], 100 * part["upper"], color=look["color"], lw=THIN, zorder=2)
            panel.plot(x, 100 * part["observed"], lw=1.0, ms=DOT, mec="white", mew=0.4, zorder=3, **look)
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
        panel.set(xlim=(-2, 102), ylim=(-2, 102), aspect="auto")
        panel.set_xlabel("predicted probability of preference (%)")
        panel.set_ylabel("observed (%)")
        handles = [Line2D([], [], ms=DOT, lw=1.0, mec="white", mew=0.4, **look) for look in looks.values()]
        handles.append(Line2D([], [], color=style.RULE, lw=THIN, marker="|", linestyle="none", ms=8))
        draw_key([panel], handles, labels, own=ax is None, handlelength=DASHES)
        return finished([panel], [*_sentences(rows, policies), left_out])


def _sentences(rows: pd.DataFrame, policies: list[str]) -> list[str]:
    sentences = [f"Observed against predicted preferences of {count(len(policies), 'set')} of probabilities."]
    for name in policies:
        part = rows[rows["policy"].astype(str) == name]
        far = part.loc[(part["observed"] - part["predicted"]).abs().idxmax()]
        sentences.append(
            f"{name}: farthest from the diagonal where {number(100 * far['predicted'], 0)}% were predicted and "
            f"{number(100 * far['observed'], 0)}% observed."
        )
    return sentences
