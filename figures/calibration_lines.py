"""One line for each parameter against a band of what a right method produces: grey inside, coloured outside."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import style
from .keys import DASHES, draw_key
from .tables import in_order, wrapped

MODEL = "model"
MOST_NAMED = 6
STYLES = ("-", "--", "-.", ":")
INSIDE = "#adadad"
COLOURS = tuple(style.OKABE_ITO[i] for i in (3, 4, 2, 5, 0, 1))  # dark ones first, for prints without colour


class Line(NamedTuple):
    """A parameter's line, (points,) each, and whether it leaves the band."""

    x: np.ndarray
    y: np.ndarray
    outside: bool


def by_model(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each model in order of appearance; all under "" without a column ``model``."""
    if MODEL not in rows:
        return {"": rows}
    names = rows[MODEL].astype(str)
    return {name: rows[names == name] for name in in_order(names)}


def looks(panels: Sequence[Mapping[str, Line]]) -> dict[str, dict[str, Any]]:
    """Colour and dashes of the parameters that leave a band, by name; the first six have their own."""
    names = in_order(name for lines in panels for name, line in lines.items() if line.outside)
    return {
        name: {"color": COLOURS[i % len(COLOURS)], "linestyle": STYLES[i % len(STYLES)], "lw": 1.2}
        for i, name in enumerate(names[:MOST_NAMED])
    }


def draw_lines(ax: Axes, lines: Mapping[str, Line], named: Mapping[str, dict[str, Any]], **options: Any) -> None:
    """Inside lines in grey, those outside in their own colour, or black when there are too many."""
    for name, line in lines.items():
        look: dict[str, Any] = {"color": INSIDE, "lw": 0.5, "zorder": 2}
        if line.outside:
            look = {**named.get(name, {"color": style.INK, "lw": 0.8}), "zorder": 3}
        ax.plot(line.x, line.y, **look, **options)


def draw_line_key(
    axes: Sequence[Axes],
    panels: Sequence[Mapping[str, Line]],
    named: Mapping[str, dict[str, Any]],
    band: str,
    *,
    own: bool,
) -> None:
    """The band, the lines inside it, and by name those outside."""
    entries: list[tuple[Any, str]] = [(Patch(color=style.BAND), band)]
    every = [(name, line.outside) for lines in panels for name, line in lines.items()]
    if any(not out for _, out in every):
        entries.append((Line2D([], [], color=INSIDE, lw=0.8), "parameters inside"))
    entries += [(Line2D([], [], **look), wrapped(name, 30, 1)) for name, look in named.items()]
    if {name for name, out in every if out} - set(named):
        entries.append((Line2D([], [], color=style.INK, lw=0.8), "others outside"))
    handles, labels = zip(*entries, strict=True)
    draw_key(axes, handles, labels, own=own, handlelength=DASHES)


def key_labels(panels: Sequence[Mapping[str, Line]], named: Mapping[str, dict[str, Any]], band: str) -> list[str]:
    """Texts of the key, to leave room for it."""
    others = ["parameters inside", "others outside"]
    return [band, *others, *(wrapped(name, 30, 1) for name in named)]
