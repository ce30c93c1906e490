"""Stacked bars of the rating categories by group, centred on the middle category."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .intervals import numeric_axis
from .keys import draw_key, key_height
from .panels import label_x, panel_axes, share_limits
from .rows import MARGIN_TITLE_MM, Rows, arrange, draw_labels, draw_margin, rater_groups
from .tables import (
    DIMENSION,
    by_dimension,
    check_columns,
    count,
    in_order,
    listed,
    number,
    rows_with_numbers,
    wrapped,
)

COLUMNS = ("demographic", "level", "category", "position", "n", "percent")
BAR_MM = 3.2
MOST_IN_KEY = 11


def likert(table: pd.DataFrame, *, ax: Axes | None = None, ramp: str = "diverging") -> Axes | np.ndarray:
    """Share of each rating category by group; n ratings at the right.

    Parameters
    ----------
    table : DataFrame
        One row for each group and category: demographic ("all" for everybody), level, category (label),
        position (its place on the scale), n (ratings), percent (0-100 within the group); used where present:
        dimension (one panel for each). Groups keep the order of the table, categories go by position.
    ax : Axes, optional
        Where to draw; for one panel only.
    ramp : {"diverging", "sequential"}
        Diverging with a neutral middle for agree-disagree scales, sequential for intensities.

    Returns
    -------
    Axes, or array of Axes when there are several dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, a category occurs twice in a group, a position has two categories, or
        ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "male"], "category": ["no", "yes"],
    ...     "position": [0, 1], "n": [40, 60], "percent": [40.0, 60.0]})
    >>> likert(table).get_xlabel()
    'percent of ratings, centred between ‘no’ and ‘yes’'
    """
    rows, left_out = _checked(table)
    categories = _categories(rows)
    parts = by_dimension(rows)
    with style.drawing("one" if len(parts) == 1 else "two", ax):
        layout = arrange(rater_groups(rows), characters=30 if style.width_mm() > 120 else 20, slot=4.4)
        names = list(categories.values())
        labels = [wrapped(names[k], 18) for k in _in_key(names)]
        above = key_height(labels) + MARGIN_TITLE_MM
        axes = panel_axes(list(parts), layout.height, labels=36, narrowest=44, above=above, ax=ax)
        colours = style.ramp(len(categories), ramp)
        for panel, part in zip(axes, parts.values(), strict=True):
            _draw_panel(panel, part, layout, list(categories), colours, wide=len(parts) == 1)
        _finish_axes(axes)
        label_x(axes, _axis_words(names))
        handles = [Patch(facecolor=colours[k], edgecolor=style.RULE, lw=0.3) for k in _in_key(names)]
        draw_key(axes, handles, labels, own=ax is None, handlelength=1.0)
        return finished(axes, _sentences(rows, names, left_out))


def _checked(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    check_columns(table, COLUMNS, "likert", "the table of rating shares")
    names = [name for name in (DIMENSION, "demographic", "level") if name in table]
    # A bar without one of its pieces would be wrong, so a group leaves with its missing category.
    whole = table.groupby(names, sort=False, observed=True)["percent"].transform(lambda part: part.notna().all())
    rows, left_out = rows_with_numbers(table.assign(percent=table["percent"].where(whole.astype(bool))),
                                       ["percent", "n", "position"], names, "likert")  # fmt: skip
    rows["key"] = list(zip(rows["demographic"].astype(str), rows["level"].astype(str), strict=True))
    repeated = rows[rows.duplicated([*names, "position"])]
    if len(repeated):
        group = " ".join(map(str, repeated[names].iloc[0]))
        raise ConfigError(f"`likert` draws each category once in a group, but {group} has one twice. Filter the table.")
    return rows, left_out


def _categories(rows: pd.DataFrame) -> dict[float, str]:
    pairs = rows[["position", "category"]].astype({"category": str}).drop_duplicates().sort_values("position")
    if pairs["position"].duplicated().any():
        twice = pairs.loc[pairs["position"].duplicated(), "position"].iloc[0]
        names = pairs.loc[pairs["position"] == twice, "category"]
        raise ConfigError(
            f"`likert` needs one category for each position, but position {twice:g} has "
            f"{' and '.join(names)}. Draw tables of different scales apart."
        )
    return dict(zip(pairs["position"], pairs["category"], strict=True))


def _draw_panel(
    ax: Axes, rows: pd.DataFrame, layout: Rows, positions: list[float], colours: list[str], *, wide: bool
) -> None:
    draw_labels(ax, layout)
    table = rows.pivot_table("percent", index="key", columns="position", sort=False, aggfunc="sum")
    percent = table.reindex(columns=positions).fillna(0.0)
    y = np.array([layout.y[key] for key in percent.index])
    left = starts(percent.to_numpy())
    for k, colour in enumerate(colours):
        width = percent.iloc[:, k].to_numpy()
        ax.barh(y, width, left=left[:, k], height=BAR_MM, color=colour, edgecolor="white", lw=0.3, zorder=2)
        _write_shares(ax, y, left[:, k], width, colour, least=9.0 if wide else 15.0)
    ax.axvline(0, color=style.RULE, lw=0.6, zorder=1)
    draw_margin(ax, {layout.y[key]: f"{n:,.0f}" for key, n in rows.groupby("key")["n"].sum().items()}, "ratings")


def starts(percent: np.ndarray) -> np.ndarray:
    """Where each piece of a bar starts when the middle category is centred on zero.

    >>> starts(np.array([[20.0, 40.0, 40.0]])).tolist()
    [[-40.0, -20.0, 20.0]]
    """
    left = percent.cumsum(axis=1) - percent  # (groups, K)
    middle = percent.shape[1] // 2
    half = percent[:, middle] / 2 if percent.shape[1] % 2 else 0.0
    return left - (left[:, middle] + half)[:, None]


def _write_shares(ax: Axes, y: np.ndarray, left: np.ndarray, percent: np.ndarray, colour: str, *, least: float) -> None:
    place: dict[str, Any] = {"ha": "center", "va": "center_baseline", "color": style.ink_on(colour), "fontsize": 6.5}
    for at, start, share in zip(y, left, percent, strict=True):
        if share >= least:  # a number needs about 4 mm
            ax.text(start + share / 2, at, f"{share:.0f}", **place)


def _finish_axes(axes: list[Axes]) -> None:
    for ax in axes:
        low, high = ax.dataLim.intervalx
        ax.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    share_limits(axes)
    numeric_axis(axes)
    for ax in axes:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):g}"))


def _axis_words(categories: list[str]) -> str:
    middle = len(categories) // 2
    if len(categories) % 2:
        return f"percent of ratings, centred on ‘{wrapped(categories[middle], 30, 1)}’"
    below, above = (wrapped(name, 20, 1) for name in categories[middle - 1 : middle + 1])
    return f"percent of ratings, centred between ‘{below}’ and ‘{above}’"


def _in_key(categories: list[str]) -> list[int]:
    k = len(categories)
    return [*range(k)] if k <= MOST_IN_KEY else [0, k // 2, k - 1]  # 101 patches say less than three


def _sentences(rows: pd.DataFrame, categories: list[str], left_out: str) -> list[str]:
    groups, by = rows["key"].nunique(), listed(in_order(rows["demographic"]))
    top = rows[rows["category"].astype(str) == categories[-1]]
    sentences = [
        f"Stacked bars of the rating shares in {count(groups, 'group')} ({by}), "
        f"{len(categories)} categories from {categories[0]} to {categories[-1]}.",
        f"One panel for each dimension: {listed(in_order(rows[DIMENSION]))}." if DIMENSION in rows else "",
    ]
    if len(top) > 1:
        low, high = top["percent"].min(), top["percent"].max()
        sentences.append(f"The share of {categories[-1]} runs from {number(low, 0)}% to {number(high, 0)}%.")
    return [*sentences, left_out]
