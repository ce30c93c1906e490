"""Stacked bars of the rating categories by group, centred on the middle category."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from pluralstats.errors import ConfigError

from . import style
from .intervals import numeric_axis
from .panels import figure_of, finished, is_leftmost, label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels, draw_margin
from .tables import DIMENSION, check_columns, count, in_order, listed, number, rows_with_numbers, wrapped

COLUMNS = ("demographic", "level", "category", "position", "n", "percent")
EVERYBODY = "all"
BAR_MM = 3.2
MOST_IN_KEY = 11


def likert(table: pd.DataFrame, *, ax: Axes | None = None, ramp: str = "diverging") -> Any:
    """Share of each rating category by group; n ratings at the right.

    Parameters
    ----------
    table : DataFrame
        One row for each group and category: demographic ("all" for everybody), level, category (label), position (its
        place on the scale), n (ratings), percent (0-100 within the group); used where present: dimension (one panel
        for each). Groups are drawn in the order of the table, categories by position.
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
        Columns or rows are missing, a category occurs twice in a group, a position has two categories, or ``ax`` is
        given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "male"], "category": ["no", "yes"],
    ...     "position": [0, 1], "n": [40, 60], "percent": [40.0, 60.0]})
    >>> likert(table).get_xlabel()
    'percent of ratings, centred between ‘no’ and ‘yes’'
    """
    rows, left_out = _checked(table)
    categories = _categories(rows)
    dimensions = in_order(rows[DIMENSION]) if DIMENSION in rows else [""]
    with style.drawing("one" if len(dimensions) == 1 else "two", ax):
        wide = style.width_mm() > 120
        layout = arrange(_groups(rows), characters=30 if wide else 20, slot=4.4)
        axes = panel_axes(
            len(dimensions), layout.height + 16, width=style.width_mm(), labels=36, narrowest=44, ax=ax
        )
        colours = style.ramp(len(categories), ramp)
        for panel, dimension in zip(axes, dimensions, strict=True):
            part = rows[rows[DIMENSION].astype(str) == dimension] if dimension else rows
            _draw_panel(panel, part, layout, list(categories), colours)
            panel.set_title(wrapped(dimension, 28 if len(axes) > 1 else 60))
        _centre(axes)
        label_x(axes, _axis_words(list(categories.values())))
        _draw_key(axes, list(categories.values()), colours, own=ax is None)
        return finished(axes, _sentences(rows, list(categories.values()), left_out))


def _checked(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    check_columns(table, COLUMNS, "likert", "the table of rating shares")
    names = [name for name in (DIMENSION, "demographic", "level") if name in table]
    # A bar without one of its pieces would be wrong, so a group leaves with its missing category.
    whole = table.groupby(names, sort=False, observed=True)["percent"].transform(
        lambda part: part.notna().all()
    )
    rows, left_out = rows_with_numbers(table.assign(percent=table["percent"].where(whole.astype(bool))),
                                       ["percent", "n", "position"], names, "likert")  # fmt: skip
    rows["key"] = list(zip(rows["demographic"].astype(str), rows["level"].astype(str), strict=True))
    repeated = rows[rows.duplicated([*names, "position"])]
    if len(repeated):
        group = " ".join(map(str, repeated[names].iloc[0]))
        raise ConfigError(
            f"`likert` draws each category once in a group, but {group} has one twice. Filter the table."
        )
    return rows, left_out


def _categories(rows: pd.DataFrame) -> dict[float, str]:
    pairs = rows[["position", "category"]].astype({"category": str}).drop_duplicates().sort_values("position")
    if pairs["position"].duplicated().any():
        twice = pairs.loc[pairs["position"].duplicated(), "position"].iloc[0]
        names = pairs.loc[pairs["position"] == twice, "category"]
        raise ConfigError(
            f"`likert` needs one category for each position, but position {twice:g} has {' and '.join(names)}. "
            "Draw tables of different scales apart."
        )
    return dict(zip(pairs["position"], pairs["category"], strict=True))


def _groups(rows: pd.DataFrame) -> dict[str, dict[Any, str]]:
    groups: dict[str, dict[Any, str]] = {}
    for demographic, level in dict.fromkeys(rows["key"]):
        everybody = demographic == EVERYBODY
        header = "" if everybody else demographic
        groups.setdefault(header, {})[demographic, level] = "all raters" if everybody else level
    return groups


def _draw_panel(
    ax: Axes, rows: pd.DataFrame, layout: Rows, positions: list[float], colours: list[str]
) -> None:
    draw_labels(ax, layout, visible=is_leftmost(ax))
    shares = (
        rows.pivot(index="key", columns="position", values="percent").reindex(columns=positions).fillna(0.0)
    )
    percent = shares.to_numpy()  # (groups, K)
    y = np.array([layout.y[key] for key in shares.index])
    ends = percent.cumsum(axis=1)
    starts = ends - percent
    middle = len(positions) // 2
    centre = starts[:, middle] + (percent[:, middle] / 2 if len(positions) % 2 else 0.0)
    for k, colour in enumerate(colours):
        left = starts[:, k] - centre
        ax.barh(y, percent[:, k], left=left, height=BAR_MM, color=colour, edgecolor="white", lw=0.3, zorder=2)
        _write_shares(ax, y, left, percent[:, k], style.ink_on(colour))
    ax.axvline(0, color=style.RULE, lw=0.6, zorder=1)
    counts = rows.groupby("key")["n"].sum()
    draw_margin(ax, {layout.y[key]: f"{n:,.0f}" for key, n in counts.items()}, "ratings")


def _write_shares(ax: Axes, y: np.ndarray, left: np.ndarray, percent: np.ndarray, colour: str) -> None:
    wide_enough = 9.0 if is_single(ax) else 15.0  # percent; a number needs about 4 mm
    for at, start, share in zip(y, left, percent, strict=True):
        if share >= wide_enough:
            ax.text(
                start + share / 2,
                at,
                f"{share:.0f}",
                ha="center",
                va="center_baseline",
                color=colour,
                fontsize=6.5,
            )


def is_single(ax: Axes) -> bool:
    """Whether the Axes has its figure to itself."""
    return len(figure_of(ax).axes) == 1


def _centre(axes: list[Axes]) -> None:
    numeric_axis(axes, ticks=6 if len(axes) == 1 else 4)
    share_limits(axes)
    for ax in axes:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):g}"))


def _axis_words(categories: list[str]) -> str:
    middle = len(categories) // 2
    if len(categories) % 2:
        return f"percent of ratings, centred on ‘{wrapped(categories[middle], 30, 1)}’"
    below, above = (wrapped(name, 20, 1) for name in categories[middle - 1 : middle + 1])
    return f"percent of ratings, centred between ‘{below}’ and ‘{above}’"


def _draw_key(axes: list[Axes], categories: list[str], colours: list[str], *, own: bool) -> None:
    shown = range(len(categories))
    if len(categories) > MOST_IN_KEY:  # 101 patches say less than three
        shown = [0, len(categories) // 2, len(categories) - 1]
    handles = [Patch(facecolor=colours[k], edgecolor=style.RULE, lw=0.3) for k in shown]
    labels = [wrapped(categories[k], 24) for k in shown]
    needed = 1.35 * max(len(line) for label in labels for line in label.split("\n")) + 8  # mm for one entry
    options = {"ncols": min(len(labels), max(1, int(style.width_mm() // needed))), "handlelength": 1.0}
    if own:
        figure_of(axes[0]).legend(handles, labels, loc="outside upper left", **options)
    else:
        axes[0].legend(
            handles, labels, loc="lower left", bbox_to_anchor=(0, 1.06), borderaxespad=0, **options
        )


def _sentences(rows: pd.DataFrame, categories: list[str], left_out: str) -> list[str]:
    groups = rows["key"].nunique()
    top = rows[rows["category"].astype(str) == categories[-1]]
    sentences = [
        f"Stacked bars of the rating shares in {count(groups, 'group')} by {listed(in_order(rows['demographic']))}, "
        f"{len(categories)} categories from {categories[0]} to {categories[-1]}.",
        f"One panel for each dimension: {listed(in_order(rows[DIMENSION]))}." if DIMENSION in rows else "",
    ]
    if len(top) > 1:
        low, high = top["percent"].min(), top["percent"].max()
        sentences.append(f"The share of {categories[-1]} runs from {number(low, 0)}% to {number(high, 0)}%.")
    return [*sentences, left_out]
