"""Stacked bars of the rating categories by group, centred on the middle category."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

import pluralstats as ps
from pluralstats.errors import ConfigError

from .. import style
from ..parts.alt import extremes
from ..parts.chart import Panel, draw_chart
from ..parts.rows import rater_groups
from ..parts.tables import DIMENSION, by_dimension, check_columns, drawn_from, rows_with_numbers, with_key
from ..parts.words import in_order, joined, listed, wrapped

COLUMNS = ("demographic", "level", "category", "position", "n", "percent")
BAR_MM = 3.2
MOST_IN_KEY = 11  # 101 patches say less than three


@drawn_from(Ratings=lambda ratings: ps.rating_shares(ratings))
def likert(table: Any, *, ax: Axes | None = None, ramp: str = "diverging") -> Axes | np.ndarray:
    """Share of each rating category by group; n ratings at the right.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.rating_shares``, one row for each group and category: demographic ("all" for everybody), level,
        category (label), position (its place on the scale), n (ratings), percent (0-100 within the group). Groups keep
        the order of the table, categories go by position.
    ramp : {"diverging", "sequential"}
        Diverging with a neutral middle for agree-disagree scales, sequential for intensities.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": ["male", "male"], "category": ["no", "yes"],
    ...     "position": [0, 1], "n": [40, 60], "percent": [40.0, 60.0]})
    >>> likert(table).get_xlabel()
    'percent of ratings, centred between ‘no’ and ‘yes’'
    """
    rows, left_out = _checked(table)
    categories, parts = _categories(rows), by_dimension(rows)
    names, colours = list(categories.values()), style.ramp(len(categories), ramp)
    shown = range(len(names)) if len(names) <= MOST_IN_KEY else (0, len(names) // 2, len(names) - 1)
    least = 9.0 if len(parts) == 1 else 15.0  # percent: a number needs about 4 mm
    top = rows[rows["category"].astype(str) == names[-1]].assign(estimate=rows["percent"], lower=np.nan)
    labels = [joined(str(row.get(DIMENSION, "")), *row["key"][1:]) for _, row in top.iterrows()]
    return draw_chart(
        [Panel(part, name, _axis_words(names)) for name, part in parts.items()], rater_groups(rows),
        lambda at, y, part: _draw_bars(at, y, part, list(categories), colours, least), ax=ax,
        what=f"Bars of the shares of {len(names)} categories by {listed(in_order(rows['demographic']))}",
        entries=[(Patch(facecolor=colours[k], edgecolor=style.RULE, lw=0.3), wrapped(names[k], 18)) for k in shown],
        sentences=[extremes(top, labels, place=f"Percent of {names[-1]}", thing="group"), left_out], thing="share",
        margin=lambda some, layout: {layout.y[key]: f"{n:,.0f}" for key, n in some.groupby("key")["n"].sum().items()},
        margin_title="ratings", margins_everywhere=True, narrowest=44, stripes=False,
    )  # fmt: skip


def _checked(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    check_columns(table, COLUMNS, "likert", "the table of `ps.rating_shares`")
    names = [name for name in (DIMENSION, "demographic", "level") if name in table]
    # A bar without one of its pieces would be wrong, so a group leaves with its missing category.
    whole = table.groupby(names, sort=False, observed=True)["percent"].transform(lambda part: part.notna().all())
    known = table.assign(percent=table["percent"].where(whole.astype(bool)))
    rows, left_out = rows_with_numbers(known, ["percent", "n", "position"], names, "likert")
    repeated = rows[rows.duplicated([*names, "position"])]
    if len(repeated):
        group = " ".join(map(str, repeated[names].iloc[0]))
        raise ConfigError(f"`likert` draws each category once in a group, but {group} has one twice. Filter the table.")
    return with_key(rows, ["demographic", "level"]), left_out


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


def _draw_bars(
    ax: Axes, y: np.ndarray, rows: pd.DataFrame, positions: list[float], colours: Sequence[str], least: float
) -> None:
    table = rows.assign(y=y).pivot_table("percent", index="y", columns="position", aggfunc="sum")
    percent = table.reindex(columns=positions).fillna(0.0).to_numpy()
    at, left = table.index.to_numpy(), starts(percent)
    for k, colour in enumerate(colours):
        bars = ax.barh(at, percent[:, k], left=left[:, k], height=BAR_MM, color=colour, edgecolor="white", lw=0.3)
        words = [f"{share:.0f}" if share >= least else "" for share in percent[:, k]]
        ax.bar_label(bars, words, label_type="center", color=style.ink_on(colour), fontsize=6.5)
    low, high = left.min(), (left + percent).max()
    ax.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):g}"))


def starts(percent: np.ndarray) -> np.ndarray:
    """Where each piece of a bar (groups, categories) starts when the middle category is centred on zero."""
    left, middle = percent.cumsum(axis=1) - percent, percent.shape[1] // 2
    half = percent[:, middle] / 2 if percent.shape[1] % 2 else 0.0
    return left - (left[:, middle] + half)[:, None]


def _axis_words(categories: list[str]) -> str:
    middle = len(categories) // 2
    if len(categories) % 2:
        return f"percent of ratings, centred on ‘{wrapped(categories[middle], 30, 1)}’"
    below, above = (wrapped(name, 20, 1) for name in categories[middle - 1 : middle + 1])
    return f"percent of ratings, centred between ‘{below}’ and ‘{above}’"
