"""Two dimensions at once: arms as points with joint regions, turned so that better is up and right."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import first_of
from ..parts.chart import draw_planes
from ..parts.fonts import fitted
from ..parts.names import draw_names
from ..parts.panels import round_ticks
from ..parts.tables import drawn_from
from ..parts.words import count, in_order, number

NUMBERS = ("x", "y", "sd_x", "sd_y", "correlation")
HEIGHT_MM, NAME_MM = 56.0, 25.0
ARM: dict[str, Any] = {"marker": "o", "ms": 4.2, "color": style.ESTIMATE, "mec": "white", "mew": 0.4, "ls": "none"}
BASE: dict[str, Any] = {"marker": "s", "ms": 4.0, "color": style.REFERENCE, "ls": "none"}


@drawn_from(
    "the table of `joint_effects`", ("arm", *NUMBERS), numbers=NUMBERS, names=["arm"], once="arm",
    also="x and y are score points against the base. Used where present: dimension_x, dimension_y, better_x, better_y "
    "(\"up\" or \"down\").",
)  # fmt: skip
def trade_off(table: Any, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Effects of arms on two dimensions against the base, which lies where the grey lines cross.

    The ellipse around an arm holds both effects together with probability ``prob`` (chi-squared with 2 degrees of
    freedom). An axis on which less is better runs backwards, so that up and right are better.

    Examples
    --------
    >>> numbers = {"x": -0.4, "y": 0.1, "sd_x": 0.1, "sd_y": 0.1, "correlation": 0.0}
    >>> trade_off(pd.DataFrame({"arm": ["dpo"], "better_x": "down", **numbers})).get_xlabel()
    'x less base, less is better →'
    """
    words, better = ({axis: _only(table, f"{name}_{axis}", axis if name == "dimension" else "up") for axis in "xy"}
                     for name in ("dimension", "better"))  # fmt: skip
    if not set(better.values()) <= {"up", "down"}:
        found = ", ".join(map(repr, better.values()))
        raise ConfigError(f"`better_x` and `better_y` are 'up' or 'down'; found {found}.")
    labels = {axis: f"{words[axis]} less base, {'less' if better[axis] == 'down' else 'more'} is better →"
              for axis in "xy"}  # fmt: skip
    said = [f"{count(len(table), 'arm')}: {labels['x']} to the right, {labels['y']} upward, with regions of both."]
    said += first_of((f"{row.arm}: {number(row.x)} on {words['x']}, {number(row.y)} on {words['y']}."
                      for row in table.itertuples()), "arm")  # fmt: skip
    draw = partial(_draw, labels=labels, better=better, prob=prob)
    return draw_planes({"": table}, draw, _name, ax=ax, height=HEIGHT_MM, sentences=said, narrowest=60)


def _only(rows: pd.DataFrame, column: str, default: str) -> str:
    found = in_order(rows[column]) if column in rows else [default]
    if len(found) > 1:
        raise ConfigError(f"`trade_off` draws one plane, but `{column}` has {', '.join(found)}. Filter the table.")
    return found[0]


def outline(row: pd.Series, prob: float) -> np.ndarray:
    """(101, 2) points of the closed ellipse that holds two jointly normal effects with a probability."""
    angle = np.linspace(0.0, 2.0 * np.pi, 101)
    radius = np.sqrt(-2.0 * np.log1p(-prob))  # chi-squared with 2 degrees of freedom, in closed form
    across, rest = np.cos(angle), np.sqrt(max(1.0 - row["correlation"] ** 2, 0.0)) * np.sin(angle)
    x = row["x"] + radius * row["sd_x"] * across
    y = row["y"] + radius * row["sd_y"] * (row["correlation"] * across + rest)
    return np.column_stack([x, y])


def _draw(
    axes: list[Axes], parts: list[pd.DataFrame], labels: dict[str, str], better: dict[str, str], prob: float
) -> None:
    (ax,), (rows,) = axes, parts
    ax.plot(rows["x"], rows["y"], **ARM, label="arm", zorder=4)
    outlines = [outline(row, prob) for _, row in rows.iterrows()]
    for line in outlines:
        ax.fill(*line.T, facecolor=style.ESTIMATE, alpha=0.10, lw=0, zorder=1.5)
        ax.plot(*line.T, color=style.ESTIMATE, lw=0.7, label=f"{100 * prob:g}% region of both effects", zorder=2)
    ax.axvline(0.0, color=style.RULE, lw=0.8, zorder=1)
    ax.axhline(0.0, color=style.RULE, lw=0.8, zorder=1)
    ax.plot(0.0, 0.0, **BASE, label="base", zorder=3)
    ends = np.vstack([np.zeros((1, 2)), *outlines])
    low, high = ends.min(axis=0), ends.max(axis=0)
    room = np.where(high > low, 0.05 * (high - low), 0.5)
    for axis, a, b in zip("xy", low - room, high + room, strict=True):
        ax.set(**{f"{axis}lim": (b, a) if better[axis] == "down" else (a, b), f"{axis}label": labels[axis]})
    round_ticks(ax)


def _name(ax: Axes, rows: pd.DataFrame) -> None:
    draw_names(
        ax, rows[["x", "y"]].to_numpy(), [fitted(name, NAME_MM) for name in rows["arm"]], np.full(len(rows), 2.1)
    )
