"""The effects of raters and items, sorted: every one of a few, a band and the extremes of thousands."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from pluralstats.errors import ConfigError, nearest

from . import style
from .alt import finished
from .intervals import draw_intervals, numeric_axis
from .panels import label_x, panel_axes, share_limits
from .tables import (
    DIMENSION,
    check_columns,
    in_order,
    listed,
    number,
    plural,
    rows_with_numbers,
    shortened,
    wrapped,
)

COLUMNS = ("term", "group", "estimate", "sd")
Z_95, Z_50 = 1.960, 0.674
ROW_MM = 3.4
MOST_ROWS = 30  # more groups than this are drawn as a band between the extremes
MOST_POINTS = 1000  # of the band; more could not be told apart in print


class Size(NamedTuple):
    """Groups named at either end, and the height of the band between them in mm."""

    extremes: int
    band: float

    def height(self, n: int) -> float:
        """The height of a panel of n groups, in mm."""
        return n * ROW_MM if n <= MOST_ROWS else 2 * self.extremes * ROW_MM + self.band


LARGE, SMALL = Size(5, 30.0), Size(3, 18.0)


def caterpillar(table: pd.DataFrame, *, term: str | None = None, ax: Axes | None = None) -> Axes | np.ndarray:
    """Rater severities and item locations on the latent scale, sorted, with 95% and 50% intervals.

    Parameters
    ----------
    table : DataFrame
        ``fit.random_effects``: term, group, estimate, sd; used where present: dimension. Intervals are
        estimate plus and minus 1.96 and 0.674 sd. Rows are sorted by their estimates.
    term : str, optional
        Which term to draw; by default one panel for each term of the table.
    ax : Axes, optional
        Where to draw; for one panel only.

    Returns
    -------
    Axes, or array of Axes when there are several terms or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, there is no such term, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"term": "rater", "group": ["r1", "r2"], "estimate": [-0.4, 0.3], "sd": [0.2, 0.2]}
    ... )
    >>> caterpillar(table, term="rater").get_xlabel()
    'rater effect on the latent scale (higher = higher ratings)'
    """
    check_columns(table, COLUMNS, "caterpillar", "`fit.random_effects`")
    names = [name for name in (DIMENSION, "term", "group") if name in table]
    rows, left_out = rows_with_numbers(_of_term(table, term), ["estimate", "sd"], names, "caterpillar")
    panels = _panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        size = LARGE if len(panels) <= 4 else SMALL
        height = max(size.height(len(part)) for part in panels.values())
        titles = [_title(dimension, name if len(panels) > 1 else "") for dimension, name in panels]
        axes = panel_axes(titles, height, labels=0, narrowest=45, own_rows=True, ax=ax)
        for panel, ((_, name), part) in zip(axes, panels.items(), strict=True):
            _draw_panel(panel, part.sort_values("estimate", ascending=False, kind="stable"), name, size)
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, _axis_words(rows))
        return finished(axes, _sentences(panels, left_out))


def _title(dimension: str, term: str) -> str:
    return ", ".join(text for text in (dimension, plural(term) if term else "") if text)


def _of_term(table: pd.DataFrame, term: str | None) -> pd.DataFrame:
    found = in_order(table["term"])
    if term is None:
        return table
    if term not in found:
        raise ConfigError(f"`caterpillar` found no term '{term}'; the table has {listed(found)}.{nearest(term, found)}")
    return table[table["term"].astype(str) == term]


def _panels(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    return dict(iter(rows.groupby([dimension, rows["term"].astype(str)], sort=False)))


def _draw_panel(ax: Axes, rows: pd.DataFrame, term: str, size: Size) -> None:
    labels = [shortened(group) for group in rows["group"]]
    y = (np.arange(len(rows)) + 0.5) * ROW_MM
    if len(rows) <= MOST_ROWS:
        _draw_rows(ax, y, rows)
        ax.set_yticks(y, labels)
    else:
        k = size.extremes
        ends, between = [*range(k), *range(len(rows) - k, len(rows))], len(rows) - 2 * k
        top, bottom = k * ROW_MM, k * ROW_MM + size.band
        y = np.concatenate([y[:k], bottom + y[:k]])
        _draw_rows(ax, y, rows.iloc[ends])
        _draw_band(ax, np.linspace(top, bottom, between), rows.iloc[k:-k])
        words = f"{between:,}\n{wrapped(plural(term), 14)}\nbetween"
        ax.set_yticks([*y, (top + bottom) / 2], [*(labels[i] for i in ends), words])
    ax.set_ylim(size.height(len(rows)), 0)
    ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for text in ax.get_yticklabels():
        text.set_parse_math(False)


def _draw_rows(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    ends = {
        name: rows["estimate"] + z * rows["sd"]
        for name, z in {"lower": -Z_95, "upper": Z_95, "lower_50": -Z_50, "upper_50": Z_50}.items()
    }
    draw_intervals(ax, y, rows.assign(**ends))


def _draw_band(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    some = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_POINTS)).round().astype(int))
    y, estimate, sd = y[some], rows["estimate"].to_numpy()[some], rows["sd"].to_numpy()[some]
    ax.fill_betweenx(y, estimate - Z_95 * sd, estimate + Z_95 * sd, color=style.BAND, lw=0, zorder=0.5)
    ax.fill_betweenx(y, estimate - Z_50 * sd, estimate + Z_50 * sd, color=style.ESTIMATE_LIGHT, lw=0, zorder=0.6)
    ax.plot(estimate, y, color=style.ESTIMATE, lw=1.0, zorder=2)


def _axis_words(rows: pd.DataFrame) -> str:
    terms = in_order(rows["term"])
    what = f"{wrapped(terms[0], 20, 1)} effect" if len(terms) == 1 else "effect"
    return f"{what} on the latent scale (higher = higher ratings)"


def _sentences(panels: dict[tuple[str, str], pd.DataFrame], left_out: str) -> list[str]:
    sentences = ["Sorted effects on the latent scale with 95% and 50% intervals; the lowest and highest are named."]
    for (dimension, term), part in panels.items():
        place = f" in {dimension}" if dimension else ""
        low, high = part.loc[part["estimate"].idxmin()], part.loc[part["estimate"].idxmax()]
        sentences.append(
            f"{len(part):,} {plural(term)}{place}: from {number(low['estimate'])} ({low['group']}) "
            f"to {number(high['estimate'])} ({high['group']})."
        )
    return [*sentences, left_out]
