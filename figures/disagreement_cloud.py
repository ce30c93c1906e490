"""Disagreement about each item against its mean rating, with what is possible at all."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pluralstats.errors import ConfigError, nearest

from . import style
from .alt import finished
from .cell_scatter import round_sizes
from .hexagons import draw_hexagons
from .keys import draw_key
from .margin_names import draw_names, panel_height
from .panels import panel_axes, set_item_limits
from .possible_values import ENVELOPES, NEED_COUNTS, Envelope, answers_of, points_words
from .tables import DIMENSION, by_dimension, check_columns, count, listed, number, rows_with_numbers, shortened

QUANTITIES = {
    "entropy": "entropy (nats)",
    "entropy_normalised": "entropy (share of the maximum)",
    "polarisation": "polarisation (nDFU, 0–1)",
    "sd": "sd (rating points)",
    "mean_distance": "mean distance of two ratings (rating points)",
    "percent_agreement": "pairs that agree (%)",
}
HEIGHT_MM = 46.0
MOST_PLACES = 300  # different places of items; more are drawn as a density
AREA = 40.0  # of the largest circle, in square points
LEAST_AREA = 3.0
_POSSIBLE: dict[str, Any] = {"color": style.RULE, "lw": 0.8}


def item_disagreement(
    table: pd.DataFrame,
    *,
    column: str = "entropy",
    ax: Axes | None = None,
    scale: Any = None,
    named: int = 3,
) -> Axes | np.ndarray:
    """Entropy, polarisation or another measure of each item against its mean rating.

    Items at the same place are one circle with an area proportional to their number; where items lie at more than
    300 places, hexagons show how many there are.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.item_disagreement``: item, mean (rating points) and the chosen column; used where present:
        n_ratings (for what is possible), dimension (one panel for each).
    column : {"entropy", "entropy_normalised", "polarisation", "sd", "mean_distance", "percent_agreement"}
        What to draw.
    ax : Axes, optional
        Where to draw; for one panel only.
    scale : Scale or sequence of float, optional
        The answers of the rating scale, such as ``(1, 5)`` for the whole numbers from 1 to 5 or
        ``[1, 2, 3, 4, 5]``. With it, lines show the least and the greatest possible entropy, sd or mean distance of
        an item with this mean (sd and distance: with as few ratings as the item with the fewest).
    named : int
        Places with the most disagreement whose items are named.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, there is no such measure, a mean lies outside the scale, or ``ax`` is given for
        several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1", "i2"], "mean": [2.0, 3.0], "entropy": [0.5, 1.1]})
    >>> item_disagreement(table, scale=(1, 5)).get_ylabel()
    'entropy (nats)'
    """
    places, left_out = _places(table, column)
    answers = answers_of(scale, places["mean"], "means of items")
    envelope = _envelope(table, column, answers)
    parts = by_dimension(places)
    dense = any(len(part) > MOST_PLACES for part in parts.values())
    above = 9.0 if dense or envelope or places["items"].max() > 1 else 0.0
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        axes = panel_axes(list(parts), HEIGHT_MM, labels=6, narrowest=80, above=above, own_rows=True, ax=ax)
        for panel in axes:
            _set_limits(panel, places, column, answers, envelope)
            panel.set(xlabel=points_words("mean rating", answers), ylabel=QUANTITIES[column])
        entries = (_hexagons if dense else _draw_circles)(axes, list(parts.values()), column)
        if envelope:
            entries.append((Line2D([], [], **_POSSIBLE), "possible range"))
            for panel in axes:
                panel.plot(envelope.mean, envelope.lowest, envelope.mean, envelope.highest, **_POSSIBLE, zorder=2)
        for panel, part in zip(axes, parts.values(), strict=True):
            top = _most_disagreement(part, column).head(max(named, 0))
            if dense:  # in a hexagon nobody sees where a single item lies
                panel.plot(top["mean"], top[column], "o", ms=1.8, color=style.INK, zorder=3)
            height = panel_height(panel, None if ax else HEIGHT_MM)
            draw_names(panel, top[["mean", column]].to_numpy(), list(top["names"]), np.full(len(top), 1.5), height)
        if entries:
            draw_key(axes, *zip(*entries, strict=True), own=ax is None, handlelength=1.0)
        return finished(axes, [*_sentences(parts, column, envelope is not None), left_out])


def _places(table: pd.DataFrame, column: str) -> tuple[pd.DataFrame, str]:
    """One row for each place: mean, the chosen column, ``items`` there, and the ``names`` of the first two."""
    if column not in QUANTITIES:
        hint = nearest(str(column), QUANTITIES)
        raise ConfigError(f"`column` must be one of {', '.join(QUANTITIES)}, found {column!r}.{hint}")
    check_columns(table, ["item", "mean", column], "item_disagreement", "the table of `ps.item_disagreement`")
    names = [name for name in (DIMENSION, "item") if name in table]
    rows, left_out = rows_with_numbers(table, ["mean", column], names, "item_disagreement")
    # Sums in another order differ in their last digits, which is no other place.
    by = [*names[:-1], rows["mean"].round(9), rows[column].round(9)]
    groups = rows.groupby(by, sort=False, observed=True)["item"]
    places = groups.agg(items="size", names=lambda part: listed([shortened(item) for item in part], 1)).reset_index()
    return places, left_out


def _envelope(table: pd.DataFrame, column: str, answers: np.ndarray) -> Envelope | None:
    """What the item with the fewest ratings may have; None where it is not known."""
    if len(answers) < 2 or column not in ENVELOPES:
        return None
    if column not in NEED_COUNTS:
        return ENVELOPES[column](answers, np.inf)
    n = table["n_ratings"] if "n_ratings" in table else pd.Series(dtype=float)
    fewest = n[table[column].notna()].min()
    return ENVELOPES[column](answers, float(fewest)) if fewest > 1 else None


def _set_limits(ax: Axes, places: pd.DataFrame, column: str, answers: np.ndarray, envelope: Envelope | None) -> None:
    """The whole scale across, and up from 0, where everybody agrees."""
    x = answers if len(answers) else places["mean"].to_numpy()
    top = max(places[column].max(), envelope.highest.max() if envelope else 0.0)
    top = {"percent_agreement": 100.0, "polarisation": 1.0}.get(column, top) or 1.0
    set_item_limits(ax, x, top, answers)


def _draw_circles(axes: list[Axes], parts: list[pd.DataFrame], column: str) -> list[tuple[Any, str]]:
    largest = max(part["items"].max() for part in parts)
    full = AREA if largest > 1 else LEAST_AREA * 3
    face: dict[str, Any] = {"facecolor": style.ESTIMATE, "edgecolor": "white", "linewidth": 0.3, "alpha": 0.75}
    for ax, part in zip(axes, parts, strict=True):
        area = np.maximum(full * part["items"] / largest, LEAST_AREA)
        ax.scatter(part["mean"], part[column], s=area, **face, zorder=3)
    if largest == 1:
        return []
    mark: dict[str, Any] = {"linestyle": "none", "marker": "o", "mfc": style.ESTIMATE, "mec": "white", "mew": 0.3}
    sizes = [(n, np.sqrt(max(full * n / largest, LEAST_AREA))) for n in round_sizes(largest)]
    return [(Line2D([], [], **mark, alpha=0.75, ms=size), count(n, "item")) for n, size in sizes]


def _hexagons(axes: list[Axes], parts: list[pd.DataFrame], column: str) -> list[tuple[Any, str]]:
    x, y, items = ([part[name].to_numpy() for part in parts] for name in ("mean", column, "items"))
    return draw_hexagons(axes, x, y, items)


def _most_disagreement(places: pd.DataFrame, column: str) -> pd.DataFrame:
    return places.sort_values(column, ascending=column == "percent_agreement", kind="stable")


def _sentences(parts: Mapping[str, pd.DataFrame], column: str, enveloped: bool) -> list[str]:
    items = int(sum(part["items"].sum() for part in parts.values()))
    sentences = [f"{QUANTITIES[column]} against the mean rating of {count(items, 'item')}."]
    for dimension, part in parts.items():
        values = part[column].repeat(part["items"])
        sentences.append(
            f"{dimension + ': m' if dimension else 'M'}edian {number(values.median())}, from {number(values.min())} to "
            f"{number(values.max())}; most disagreement: {_most_disagreement(part, column)['names'].iloc[0]}."
        )
    return [*sentences, "Lines mark the least and the greatest possible value for a mean." if enveloped else ""]
