"""Two dimensions at once: arms as points with joint regions, turned so that better is up and right."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import finished
from ..parts.fonts import fitted
from ..parts.marks import draw_key
from ..parts.names import draw_names
from ..parts.panels import panel_axes, round_ticks, settle
from ..parts.sources import drawn_from
from ..parts.tables import checked_rows
from ..parts.words import count, in_order, number

NUMBERS = ("x", "y", "sd_x", "sd_y", "correlation")
HEIGHT_MM, NAME_MM = 56.0, 25.0
ARM: dict[str, Any] = {"marker": "o", "ms": 4.2, "color": style.ESTIMATE, "mec": "white", "mew": 0.4, "ls": "none"}
BASE: dict[str, Any] = {"marker": "s", "ms": 4.0, "color": style.REFERENCE, "ls": "none"}
OUTLINE: dict[str, Any] = {"color": style.ESTIMATE, "lw": 0.7}


@drawn_from()
def trade_off(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Effects of arms on two dimensions against the base, which lies where the grey lines cross.

    The ellipse around an arm holds both effects together with probability ``prob`` (chi-squared with 2 degrees of
    freedom). An axis on which less is better runs backwards, so that up and right are better.

    Parameters
    ----------
    table : DataFrame
        Of ``joint_effects``: arm, x, y (score points against the base), sd_x, sd_y, correlation; used where present:
        dimension_x, dimension_y, better_x, better_y ("up" or "down").

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "x": [-0.4], "y": [0.1], "sd_x": [0.1], "sd_y": [0.1],
    ...     "correlation": [0.0], "dimension_x": "toxicity", "better_x": "down"})
    >>> trade_off(table).get_xlabel()
    'toxicity less base, less is better →'
    """
    columns, source = ("arm", *NUMBERS), "the table of `joint_effects`"
    rows, left_out = checked_rows(table, columns, "trade_off", source, numbers=NUMBERS, names=["arm"], once="arm")
    words, better = ({axis: _only(rows, f"{name}_{axis}", axis if name == "dimension" else "up") for axis in "xy"}
                     for name in ("dimension", "better"))  # fmt: skip
    if not set(better.values()) <= {"up", "down"}:
        found = ", ".join(map(repr, better.values()))
        raise ConfigError(f"`better_x` and `better_y` are 'up' or 'down'; found {found}.")
    ways = {axis: "less" if way == "down" else "more" for axis, way in better.items()}
    entries = [(Line2D([], [], **ARM), "arm"), (Line2D([], [], **OUTLINE), f"{100 * prob:g}% region of both effects"),
               (Line2D([], [], **BASE), "base")]  # fmt: skip
    on = [f"{words[axis]} ({ways[axis]} is better)" for axis in "xy"]
    sentences = [f"{count(len(rows), 'arm')} by their effects on {on[0]} and {on[1]}, with {100 * prob:g}% regions of "
                 "both; better is up and right."]  # fmt: skip
    sentences += [f"{row.arm}: {number(row.x)} on {words['x']}, {number(row.y)} on {words['y']}."
                  for row in rows.itertuples()]  # fmt: skip
    with style.drawing("one", ax):
        (panel,) = panel_axes([""], labels=6, narrowest=60, own_rows=True, ax=ax)
        _draw(panel, rows, better, prob)
        panel.set(**{f"{axis}label": f"{words[axis]} less base, {ways[axis]} is better →" for axis in "xy"})
        draw_key([panel], entries, own=ax is None)
        settle([panel], HEIGHT_MM, own=ax is None)
        names = [fitted(name, NAME_MM) for name in rows["arm"]]
        draw_names(panel, rows[["x", "y"]].to_numpy(float), names, np.full(len(rows), 2.1))
        settle([panel], HEIGHT_MM, own=ax is None)  # names at the margin made the panels narrower
        return finished([panel], [*sentences, left_out])


def _only(rows: pd.DataFrame, column: str, default: str) -> str:
    found = in_order(rows[column]) if column in rows else [default]
    if len(found) > 1:
        raise ConfigError(f"`trade_off` draws one plane, but `{column}` has {', '.join(found)}. Filter the table.")
    return found[0]


def outline(row: pd.Series, prob: float) -> np.ndarray:
    """(101, 2) points of the closed ellipse that holds two jointly normal effects with a probability.

    >>> row = pd.Series({"x": 1.0, "y": 0.0, "sd_x": 1.0, "sd_y": 2.0, "correlation": 0.0})
    >>> np.round(outline(row, 0.95).max(axis=0), 2).tolist()  # sqrt(5.991) = 2.448 standard deviations
    [3.45, 4.9]
    """
    angle = np.linspace(0.0, 2.0 * np.pi, 101)
    radius = np.sqrt(-2.0 * np.log1p(-prob))  # chi-squared with 2 degrees of freedom, in closed form
    across, rest = np.cos(angle), np.sqrt(max(1.0 - row["correlation"] ** 2, 0.0)) * np.sin(angle)
    x = row["x"] + radius * row["sd_x"] * across
    y = row["y"] + radius * row["sd_y"] * (row["correlation"] * across + rest)
    return np.column_stack([x, y])


def _draw(ax: Axes, rows: pd.DataFrame, better: dict[str, str], prob: float) -> None:
    outlines = [outline(row, prob) for _, row in rows.iterrows()]
    for line in outlines:
        ax.fill(*line.T, facecolor=style.ESTIMATE, alpha=0.10, lw=0, zorder=1.5)
        ax.plot(*line.T, **OUTLINE, zorder=2)
    ax.axvline(0.0, color=style.RULE, lw=0.8, zorder=1)
    ax.axhline(0.0, color=style.RULE, lw=0.8, zorder=1)
    ax.plot(0.0, 0.0, **BASE, zorder=3)
    ax.plot(rows["x"], rows["y"], **ARM, zorder=4)
    ends = np.vstack([np.zeros((1, 2)), *outlines])
    low, high = ends.min(axis=0), ends.max(axis=0)
    room = np.where(high > low, 0.05 * (high - low), 0.5)
    for axis, a, b in zip("xy", low - room, high + room, strict=True):
        ax.set(**{f"{axis}lim": (b, a) if better[axis] == "down" else (a, b)})
    round_ticks(ax)
