"""Several marks in one row, each with a look of its own: models, methods, scales, populations."""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, cycle
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from .. import style
from .marks import RAW_MARK, Entry, draw_intervals, interval_entry

STEP_MM = 1.9  # between two marks of a row


class Look(NamedTuple):
    """Colour and shape, so that a greyscale print tells marks apart; raw values are open circles."""

    colour: str
    marker: str
    raw: bool = False


FIRST, SECOND = Look(style.ESTIMATE, "o"), Look(style.OKABE_ITO[0], "s")


def looks_of(names: Iterable[str], raw: str = "") -> dict[str, Look]:
    """A look for each name, the first dark grey; ``raw`` is the name of raw values."""
    looks = zip(names, chain([style.REFERENCE], cycle(style.OKABE_ITO)), cycle(style.MARKERS), strict=False)
    return {name: Look(colour, marker, name == raw) for name, colour, marker in looks}


def draw_beside(
    ax: Axes, y: np.ndarray, rows: pd.DataFrame, column: str, looks: Mapping[str, Look],
    under: Callable[[Axes, np.ndarray, pd.DataFrame], None] | None = None,
) -> None:  # fmt: skip
    """The marks of each row beside each other around ``y``, those of one value of a column in one look.

    Names that the panel does not have take no room; ``under`` draws what lies behind the marks.
    """
    values = rows[column].astype(str)
    here = [name for name in looks if (values == name).any()]
    for i, name in enumerate(here):
        some, look = (values == name).to_numpy(), looks[name]
        at, part = y[some] + STEP_MM * (i - (len(here) - 1) / 2), rows[some]
        if under is not None:
            under(ax, at, part)
        if look.raw:
            ax.hlines(at, part["lower"], part["upper"], color=style.RULE, lw=0.8, zorder=3)
            ax.plot(part["estimate"], at, **RAW_MARK, zorder=3.4)
        else:
            draw_intervals(ax, at, part, colour=look.colour, marker=look.marker)


def look_entry(look: Look, words: str, prob: float | None = None) -> Entry:
    """The mark of a look in the key."""
    handle, words = interval_entry(words, prob, look.colour, look.marker)
    return (Line2D([], [], **RAW_MARK) if look.raw else handle), words
