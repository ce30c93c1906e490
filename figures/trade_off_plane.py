"""Two dimensions at once: arms as points with joint regions, turned so that better is up and right."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .keys import draw_key, key_height
from .margin_names import draw_names, panel_height
from .panels import panel_axes
from .tables import check_columns, count, in_order, number, rows_with_numbers, wrapped
from .unique_rows import refuse_repeats

NUMBERS = ("x", "y", "sd_x", "sd_y", "correlation")
COLUMNS = ("arm", *NUMBERS)
HEIGHT_MM = 56.0
NAME_CHARACTERS = 20
POINTS = 100  # of an outline
DIRECTIONS = ("up", "down")


def trade_off(table: pd.DataFrame, *, ax: Axes | None = None, prob: float = 0.95) -> Axes | np.ndarray:
    """Effects of arms on two dimensions against the base, which lies where the grey lines cross.

    The ellipse around an arm holds both effects together with probability ``prob`` (chi-squared with 2 degrees of
    freedom). An axis on which less is better runs backwards, so that up and right are better.

    Parameters
    ----------
    table : DataFrame
        Of ``joint_effects``: arm, x, y (score points against the base), sd_x, sd_y, correlation; used where present:
        dimension_x, dimension_y, better_x, better_y ("up" or "down").
    ax : Axes, optional
        Where to draw.
    prob : float
        Probability of the regions.

    Returns
    -------
    Axes

    Raises
    ------
    ConfigError
        Columns or rows are missing, an arm occurs twice, a direction is unknown or differs between rows.

    Examples
    --------
    >>> table = pd.DataFrame({"arm": ["dpo"], "x": [-0.4], "y": [0.1], "sd_x": [0.1], "sd_y": [0.1],
    ...     "correlation": [0.0], "dimension_x": "toxicity", "better_x": "down"})
    >>> trade_off(table).get_xlabel()
    'toxicity less base, less is better →'
    """
    check_columns(table, COLUMNS, "trade_off", "the table of `joint_effects`")
    rows, left_out = rows_with_numbers(table, NUMBERS, ["arm"], "trade_off")
    refuse_repeats(rows, ["arm"], "trade_off", "arm")
    better = {axis: _only(rows, f"better_{axis}", "up") for axis in "xy"}
    if not set(better.values()) <= set(DIRECTIONS):
        raise ConfigError(
            f"`better_x` and `better_y` are 'up' or 'down'; found {', '.join(map(repr, better.values()))}."
        )
    words = {axis: _only(rows, f"dimension_{axis}", axis) for axis in "xy"}
    labels = ["arm", f"{100 * prob:g}% region of both effects", "base"]
    with style.drawing("one", ax):
        (panel,) = panel_axes([""], HEIGHT_MM, labels=6, narrowest=60, above=key_height(labels), own_rows=True, ax=ax)
        _draw(panel, rows, better, prob, panel_height(panel, None if ax else HEIGHT_MM))
        for axis, arrow in (("x", "→"), ("y", "→")):
            way = "less is better" if better[axis] == "down" else "more is better"
            getattr(panel, f"set_{axis}label")(f"{words[axis]} less base, {way} {arrow}")
        draw_key([panel], _handles(), labels, own=ax is None)
        return finished([panel], [*_sentences(rows, words, better, prob), left_out])


def _only(rows: pd.DataFrame, column: str, default: str) -> str:
    found = in_order(rows[column]) if column in rows else [default]
    if len(found) > 1:
        raise ConfigError(f"`trade_off` draws one plane, but `{column}` has {', '.join(found)}. Filter the table.")
    return found[0]


def outline(row: pd.Series, prob: float) -> np.ndarray:
    """(100, 2) points of the ellipse that holds two jointly normal effects with a probability.

    >>> row = pd.Series({"x": 1.0, "y": 0.0, "sd_x": 1.0, "sd_y": 2.0, "correlation": 0.0})
    >>> np.round(outline(row, 0.95).max(axis=0), 2).tolist()  # sqrt(5.991) = 2.448 standard deviations
    [3.45, 4.9]
    """
    angle = np.linspace(0.0, 2.0 * np.pi, POINTS + 1)[:POINTS]
    radius = np.sqrt(-2.0 * np.log1p(-prob))  # chi-squared with 2 degrees of freedom, in closed form
    across, rest = np.cos(angle), np.sqrt(max(1.0 - row["correlation"] ** 2, 0.0)) * np.sin(angle)
    x = row["x"] + radius * row["sd_x"] * across
    y = row["y"] + radius * row["sd_y"] * (row["correlation"] * across + rest)
    return np.column_stack([x, y])


def _draw(ax: Axes, rows: pd.DataFrame, better: dict[str, str], prob: float, height: float) -> None:
    ends = [np.zeros((1, 2))]
    for _, row in rows.iterrows():
        line = outline(row, prob)
        ax.fill(*line.T, facecolor=style.ESTIMATE, alpha=0.10, lw=0, zorder=1.5)
        ax.plot(*np.vstack([line, line[:1]]).T, color=style.ESTIMATE, lw=0.7, zorder=2)
        ends.append(line)
    for draw in (ax.axvline, ax.axhline):
        draw(0.0, color=style.RULE, lw=0.8, zorder=1)
    ax.plot(0.0, 0.0, linestyle="none", marker="s", ms=4.0, color=style.REFERENCE, zorder=3)
    ax.plot(
        rows["x"], rows["y"], linestyle="none", marker="o", ms=4.2, color=style.ESTIMATE, mec="white", mew=0.4, zorder=4
    )
    _set_limits(ax, np.vstack(ends), better)
    names = [wrapped(name, NAME_CHARACTERS, 2) for name in rows["arm"]]
    draw_names(ax, rows[["x", "y"]].to_numpy(float), names, np.full(len(rows), 2.1), height)


def _set_limits(ax: Axes, ends: np.ndarray, better: dict[str, str]) -> None:
    low, high = ends.min(axis=0), ends.max(axis=0)
    room = np.where(high > low, 0.05 * (high - low), 0.5)
    for axis, a, b in zip("xy", low - room, high + room, strict=True):
        limits = (b, a) if better[axis] == "down" else (a, b)
        getattr(ax, f"set_{axis}lim")(*limits)
        getattr(ax, f"{axis}axis").set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))


def _handles() -> list[Line2D]:
    point: dict[str, Any] = {"linestyle": "none", "mec": "white", "mew": 0.4}
    return [
        Line2D([], [], marker="o", ms=4.2, color=style.ESTIMATE, **point),
        Line2D([], [], color=style.ESTIMATE, lw=0.7),
        Line2D([], [], marker="s", ms=4.0, color=style.REFERENCE, **point),
    ]


def _sentences(rows: pd.DataFrame, words: dict[str, str], better: dict[str, str], prob: float) -> list[str]:
    ways = {axis: "less" if better[axis] == "down" else "more" for axis in "xy"}
    sentences = [
        f"{count(len(rows), 'arm')} by their effects on {words['x']} ({ways['x']} is better) and {words['y']} "
        f"({ways['y']} is better), with {100 * prob:g}% regions of both; better is up and right."
    ]
    for row in rows.itertuples():
        sentences.append(f"{row.arm}: {number(row.x)} on {words['x']}, {number(row.y)} on {words['y']}.")
    return sentences
