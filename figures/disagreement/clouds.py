"""Disagreement about each item against its mean rating, with what is possible at all; many items as hexagons."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import pluralstats as ps
from pluralstats.errors import ConfigError, nearest

from .. import style
from ..parts.alt import extremes, first_of
from ..parts.chart import draw_planes
from ..parts.marks import Entry, round_sizes
from ..parts.names import draw_names
from ..parts.panels import set_item_limits
from ..parts.tables import DIMENSION, by_dimension, checked_rows, drawn_from
from ..parts.words import count, listed, on_scale, shortened
from .possible import ENVELOPES, NEED_COUNTS, Envelope, answers_of

QUANTITIES = {
    "entropy": "entropy (nats)",
    "entropy_normalised": "entropy (share of the maximum)",
    "polarisation": "polarisation (nDFU, 0–1)",
    "sd": "sd (rating points)",
    "mean_distance": "mean distance of two ratings (rating points)",
    "percent_agreement": "pairs that agree (%)",
}
TOPS = {"percent_agreement": 100.0, "polarisation": 1.0}
HEIGHT_MM = 46.0
MOST_PLACES = 300  # different places of items; more are drawn as a density
AREA, LEAST_AREA = 40.0, 3.0  # of circles, in square points
POSSIBLE: dict[str, Any] = {"color": style.RULE, "lw": 0.8}


@drawn_from(Ratings=lambda ratings: ps.item_disagreement(ratings))
def item_disagreement(
    table: Any, *, column: str = "entropy", ax: Axes | None = None, scale: Any = None, named: int = 3
) -> Axes | np.ndarray:
    """Entropy, polarisation or another measure of each item against its mean rating.

    Items at the same place are one circle with an area proportional to their number; where items lie at more than
    300 places, hexagons show how many there are.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.item_disagreement``: item, mean (rating points) and the chosen column; used where present: n_ratings
        (for what is possible).
    column : {"entropy", "entropy_normalised", "polarisation", "sd", "mean_distance", "percent_agreement"}
        What to draw.
    named : int
        How many places are named: that with the most disagreement in each of so many equal parts of the means, because
        the most of all is always about items of middling mean.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1", "i2"], "mean": [2.0, 3.0], "entropy": [0.5, 1.1]})
    >>> item_disagreement(table, scale=(1, 5)).get_ylabel()
    'entropy (nats)'
    """
    places, left_out = _places(table, column)
    answers = answers_of(scale, places["mean"], "means of items")
    envelope, parts = _envelope(table, column, answers), by_dimension(places)
    dense = any(len(part) > MOST_PLACES for part in parts.values())
    across = answers if len(answers) else places["mean"].to_numpy()  # the whole scale
    top = TOPS.get(column, max(places[column].max(), envelope.highest.max() if envelope else 0.0)) or 1.0

    def draw(axes: list[Axes], parts: list[pd.DataFrame]) -> list[Entry]:
        for panel in axes:  # up from 0, where everybody agrees
            set_item_limits(panel, across, top, answers)
            panel.set(xlabel=f"mean rating{on_scale(answers, 'rating points')}", ylabel=QUANTITIES[column])
            if envelope:
                panel.plot(envelope.mean, envelope.lowest, envelope.mean, envelope.highest, **POSSIBLE, zorder=2)
        marks = [[part[name].to_numpy() for part in parts] for name in ("mean", column, "items")]
        entries = (draw_hexagons if dense else _draw_circles)(axes, *marks)
        return [*entries, *([(Line2D([], [], **POSSIBLE), "possible range")] if envelope else [])]

    def name(ax: Axes, part: pd.DataFrame) -> None:
        most = _spread(_by_disagreement(part, column), named)
        points = most[["mean", column]].to_numpy()
        if dense:  # in a hexagon nobody sees where a single item lies
            ax.plot(*points.T, "o", ms=1.8, color=style.INK, zorder=3)
        draw_names(ax, points, list(most["names"]), np.full(len(most), 1.5))

    sentences = [f"{QUANTITIES[column]} of items against their mean rating."]
    each = {place: part.loc[part.index.repeat(part["items"])] for place, part in parts.items()}
    sentences += first_of(
        extremes(items, items["names"], place=place, thing="item", column=column) for place, items in each.items()
    )
    sentences += ["Lines mark the least and the greatest possible value for a mean." if envelope else "", left_out]
    return draw_planes(parts, draw, name, ax=ax, height=HEIGHT_MM, sentences=sentences, handlelength=1.0)


def _places(table: pd.DataFrame, column: str) -> tuple[pd.DataFrame, str]:
    """One row for each place: mean, the chosen column, ``items`` there, and the ``names`` of the first two."""
    if column not in QUANTITIES:
        hint = nearest(str(column), QUANTITIES)
        raise ConfigError(f"`column` must be one of {', '.join(QUANTITIES)}, found {column!r}.{hint}")
    numbers, source = ["mean", column], "the table of `ps.item_disagreement`"
    rows, left_out = checked_rows(
        table, ["item", *numbers], "item_disagreement", source, numbers=numbers, names=["item"]
    )
    # Sums in another order differ in their last digits, which is no other place.
    by = [*(name for name in [DIMENSION] if name in rows), *(rows[name].round(9) for name in numbers)]
    groups = rows.groupby(by, sort=False, observed=True)["item"]
    places = groups.agg(items="size", names=lambda part: listed([shortened(item) for item in part], 1))
    return places.reset_index(), left_out


def _envelope(table: pd.DataFrame, column: str, answers: np.ndarray) -> Envelope | None:
    """What the item with the fewest ratings may have; None where it is not known."""
    if len(answers) < 2 or column not in ENVELOPES:
        return None
    if column not in NEED_COUNTS:
        return ENVELOPES[column](answers, np.inf)
    fewest = table["n_ratings"][table[column].notna()].min() if "n_ratings" in table else 0
    return ENVELOPES[column](answers, float(fewest)) if fewest > 1 else None


def _draw_circles(
    axes: Sequence[Axes], x: Sequence[np.ndarray], y: Sequence[np.ndarray], items: Sequence[np.ndarray]
) -> list[Entry]:
    largest = max(n.max() for n in items)
    full = AREA if largest > 1 else LEAST_AREA * 3
    for ax, across, up, n in zip(axes, x, y, items, strict=True):
        looks: dict[str, Any] = {"facecolor": style.ESTIMATE, "edgecolor": "white", "linewidth": 0.3, "alpha": 0.75}
        ax.scatter(across, up, s=np.maximum(full * n / largest, LEAST_AREA), **looks, zorder=3)
    dot: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": style.ESTIMATE, "mec": "white", "mew": 0.3}
    shown = sorted({*round_sizes(largest), *([1] if largest < 10 else [])}) if largest > 1 else []
    sizes = [np.sqrt(max(full * n / largest, LEAST_AREA)) for n in shown]
    return [(Line2D([], [], **dot, alpha=0.75, ms=ms), count(n, "item")) for n, ms in zip(shown, sizes, strict=True)]


def draw_hexagons(
    axes: Sequence[Axes], x: Sequence[np.ndarray], y: Sequence[np.ndarray], items: Sequence[np.ndarray], *,
    lightest: float = 1.0,
) -> list[Entry]:  # fmt: skip
    """How many ``items`` (n,) lie at ``x`` and ``y`` (n,) of each panel; the limits of the axes must stand.

    Hexagons in classes of counts print in grey and need no colour bar. ``lightest`` is the share of the ramp to use,
    from its light end: below 1 where darker marks are drawn over the hexagons.
    """
    layers = [
        ax.hexbin(across, up, C=n, reduce_C_function=np.sum, gridsize=(36, 17), extent=(*ax.get_xlim(), *ax.get_ylim()),
                  linewidths=0.2, edgecolors="face", zorder=1)
        for ax, across, up, n in zip(axes, x, y, items, strict=True)
    ]  # fmt: skip
    classes = count_classes(max(np.asarray(layer.get_array()).max() for layer in layers))
    colours = style.ramp(round(len(classes) / lightest), "sequential")[: len(classes)]
    for layer in layers:
        layer.set(cmap=ListedColormap(colours), norm=BoundaryNorm([*classes, np.inf], len(classes)))
    labels = [f"{low:g}–{high - 1:g}" if high - low > 1 else f"{low:g}" for low, high in pairwise(classes)]
    labels.append(f"{classes[-1]:g} or more")
    labels[0] += " item" if labels[0] == "1" else " items"
    return [(Patch(color=colour), label) for colour, label in zip(colours, labels, strict=True)]


def count_classes(most: float) -> list[int]:
    """Lower ends of at most five classes for counts up to ``most``, in steps as fine as that allows."""
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ends = [step * 10**power for power in range(9) for step in steps if step * 10**power <= most]
        if len(ends) <= 5:
            break
    return ends


def _by_disagreement(places: pd.DataFrame, column: str) -> pd.DataFrame:
    return places.sort_values(column, ascending=column == "percent_agreement", kind="stable")


def _spread(places: pd.DataFrame, named: int) -> pd.DataFrame:
    """The first place in each of ``named`` equal parts of the means; where a part is empty, the first of the others."""
    if named < 1:
        return places.head(0)
    first = ~pd.cut(places["mean"], named, labels=False).duplicated()
    chosen = pd.concat([places[first], places[~first]]).head(named)
    return places[places.index.isin(chosen.index)]
