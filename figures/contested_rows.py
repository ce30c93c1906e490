"""The items on which two groups differ most, and those on which they agree."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from pluralstats.errors import ConfigError

from . import style
from .alt import finished
from .intervals import draw_intervals, interval_handle, numeric_axis
from .keys import draw_key
from .panels import label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels, draw_margin, draw_stripes, of_height
from .tables import DIMENSION, check_columns, count, listed, number, rows_with_numbers, shortened
from .text_widths import widest

NUMBERS = ("gap", "lower", "upper", "rank", "expected_false_sign")
COLUMNS = ("item", "level", "reference", *NUMBERS)
COUNTS = ("n_ratings_level", "n_ratings_reference")
AGREED = "most agreed"
FALSE_SIGNS = "false signs: expected of all items up to this rank"
RATES, RATINGS, COLUMN_GAP_MM = "false\nsigns", "ratings", 1.5


def contested(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    k: int | None = None,
    agreed: int = 6,
    margin: float | None = None,
    texts: Mapping[Any, str] | None = None,
    scale: Any = None,
    prob: float = 0.95,
) -> Axes | np.ndarray:
    """Gap between two groups item by item: the most contested in either direction, then the most agreed.

    At the margin stand the false signs to be expected when all items up to this rank are called contested, and the
    ratings of the item by the level / by the reference.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.contested_items``: item, level, reference, gap (posterior median, rating points), lower,
        upper, rank (1 = most contested), expected_false_sign (0-1, of all items up to this rank); used where present:
        n_ratings_level, n_ratings_reference, p_within (for the most agreed), margin, dimension. Contrasts and
        dimensions have a panel each.
    ax : Axes, optional
        Where to draw; for one panel only.
    k : int, optional
        Items in either direction, by rank; 12 by default, 8 with texts, which need more room.
    agreed : int
        Items that most probably lie within the margin or, without p_within, whose intervals stay closest to 0.
    margin : float, optional
        Half-width of the band of gaps that do not matter, in rating points; by default the table's, if it has one.
    texts : mapping of item to text, optional
        What to write instead of the ids; items may offend, so that ids are the default.
    scale : Scale or sequence of float, optional
        The rating scale, such as ``(1, 5)``, for the axis label.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several contrasts or dimensions

    Raises
    ------
    ConfigError
        Columns or rows are missing, an item occurs twice in a contrast, ``texts`` has none of the items, or ``ax``
        is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1", "i2"], "level": "male", "reference": "female", "gap": [0.6, -0.2],
    ...     "lower": [0.3, -0.5], "upper": [0.9, 0.1], "rank": [1, 2], "expected_false_sign": [0.001, 0.05]})
    >>> contested(table).get_xlabel()
    'gap in rating points, male minus female'
    """
    rows, left_out = _checked(table, texts)
    k = (12 if texts is None else 8) if k is None else k
    margin = _margin(rows) if margin is None else margin
    panels = {key: _chosen(part, k, agreed) for key, part in _panels(rows).items()}
    with style.drawing("two" if len(panels) > 1 or texts is not None else "one", ax):
        layouts = [_layout(part, level, reference, texts) for (_, level, reference), part in panels.items()]
        height = max(layout.height for layout in layouts)
        narrowest = 56.0 if texts is None else 120.0
        beside = sum(widest(texts) + COLUMN_GAP_MM for texts in _columns(rows))
        axes = panel_axes(
            _titles(panels), height, labels=0, narrowest=narrowest, above=12, beside=beside, own_rows=True, ax=ax
        )
        for panel, part, layout in zip(axes, panels.values(), layouts, strict=True):
            _draw_panel(panel, part, of_height(layout, height), margin)
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, _axis_words(panels, scale))
        if ax is None:
            handles = [interval_handle(style.ESTIMATE), Line2D([], [], linestyle="none")]
            draw_key(axes, handles, [f"posterior gap, {100 * prob:g}% interval", FALSE_SIGNS], own=True)
        return finished(axes, [*_sentences(panels, len(rows), margin), left_out])


def _checked(table: pd.DataFrame, texts: Mapping[Any, str] | None) -> tuple[pd.DataFrame, str]:
    check_columns(table, COLUMNS, "contested", "the table of `ps.contested_items`")
    names = [name for name in (DIMENSION, "item") if name in table]
    rows, left_out = rows_with_numbers(table, NUMBERS, names, "contested")
    repeated = rows[rows.duplicated([*names, "level", "reference"])]
    if len(repeated):
        raise ConfigError(
            f"`contested` draws each item once for a contrast, but {count(len(repeated), 'row')} repeat one (first: "
            f"{repeated['item'].iloc[0]}). Filter the table, or tell the rows apart by a column `dimension`."
        )
    if texts is not None and not any(item in texts for item in rows["item"]):
        raise ConfigError(
            f"`texts` has none of the items of the table; it needs texts by id, such as {rows['item'].iloc[0]!r}, "
            f"found {listed([repr(item) for item in list(texts)[:3]]) or 'nothing'}."
        )
    return rows, left_out


def _margin(rows: pd.DataFrame) -> float:
    margins = rows["margin"].dropna().unique() if "margin" in rows else []
    return float(margins[0]) if len(margins) == 1 else 0.0


def _panels(rows: pd.DataFrame) -> dict[tuple[str, str, str], pd.DataFrame]:
    dimension = rows[DIMENSION].astype(str) if DIMENSION in rows else pd.Series("", index=rows.index)
    keys = [dimension, rows["level"].astype(str), rows["reference"].astype(str)]
    return dict(iter(rows.groupby(keys, sort=False)))


def _chosen(rows: pd.DataFrame, k: int, agreed: int) -> pd.DataFrame:
    """The first k of either sign by rank and, of the others, those surest to be near 0; ``section`` says which."""
    by_rank = rows.sort_values("rank", kind="stable")
    above, below = by_rank[by_rank["gap"] > 0].head(k), by_rank[by_rank["gap"] <= 0].head(k)
    others = rows.drop(index=[*above.index, *below.index])
    away = -others["p_within"] if "p_within" in others else others[["lower", "upper"]].abs().max(axis=1)
    nearest_to_0 = away.sort_values(kind="stable").index[:agreed]
    sections = {"above": above, "below": below, AGREED: others.loc[nearest_to_0]}
    return pd.concat([part.assign(section=section) for section, part in sections.items()])


def _layout(rows: pd.DataFrame, level: str, reference: str, texts: Mapping[Any, str] | None) -> Rows:
    headers = {"above": f"rated higher by {level}", "below": f"rated higher by {reference}", AGREED: AGREED}
    groups: dict[str, dict[Hashable, str]] = {}
    for index, item, section in rows[["item", "section"]].itertuples():
        text = shortened(item) if texts is None else str(texts.get(item, shortened(item)))
        groups.setdefault(headers[section], {})[index] = text
    return arrange(groups, characters=16 if texts is None else 56 if style.width_mm() > 120 else 28)


def _titles(panels: Mapping[tuple[str, str, str], pd.DataFrame]) -> list[str]:
    several = len({key[1:] for key in panels}) > 1
    return [
        ", ".join(text for text in (dimension, f"{level} minus {reference}" if several else "") if text)
        for dimension, level, reference in panels
    ]


def _draw_panel(ax: Axes, rows: pd.DataFrame, layout: Rows, margin: float) -> None:
    y = np.array([layout.y[index] for index in rows.index])
    draw_labels(ax, layout)
    draw_stripes(ax, layout)
    ax.axvline(0, color=style.RULE, lw=0.8, zorder=1)
    if margin > 0:
        ax.axvspan(-margin, margin, color=style.BAND, lw=0, zorder=0.5)
    draw_intervals(ax, y, rows.rename(columns={"gap": "estimate"}))
    _draw_margins(ax, y, rows)


def _draw_margins(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """The expected false-sign rate of contested items, and the ratings of either group."""
    rates = {
        at: percent_text(row.expected_false_sign)
        for at, row in zip(y, rows.itertuples(), strict=True)
        if row.section != AGREED  # up to such a rank the rate says nothing about this item
    }
    draw_margin(ax, rates, RATES)
    if set(COUNTS) <= set(rows.columns):
        pairs = rows[list(COUNTS)].to_numpy(float, na_value=np.nan)
        texts = {at: f"{a:,.0f} / {b:,.0f}" for at, (a, b) in zip(y, pairs, strict=True) if np.isfinite(a + b)}
        right = widest([*rates.values(), RATES]) + COLUMN_GAP_MM
        draw_margin(ax, texts, RATINGS, right=right)


def percent_text(share: float) -> str:
    """A share of errors as a percentage that keeps small ones apart from none.

    >>> percent_text(0.0004), percent_text(0.0123), percent_text(0.2)
    ('<0.1%', '1.2%', '20%')
    """
    if share < 0.001:
        return "<0.1%" if share > 0 else "0%"
    return f"{100 * share:.1f}%" if share < 0.0995 else f"{100 * share:.0f}%"


def _columns(rows: pd.DataFrame) -> list[list[str]]:
    """Texts as wide as those that stand at the margin, column by column."""
    counts = [f"{rows[name].max():,.0f}" for name in COUNTS if name in rows]
    return [[RATES, percent_text(1e-4)], *([[RATINGS, " / ".join(counts)]] if len(counts) == len(COUNTS) else [])]


def _axis_words(panels: Mapping[tuple[str, str, str], pd.DataFrame], scale: Any) -> str:
    values = list(getattr(scale, "values", scale) if scale is not None else ())
    words = "gap in rating points" + (f" (scale {values[0]:g}–{values[-1]:g})" if values else "")
    contrasts = {key[1:] for key in panels}
    return words if len(contrasts) > 1 else f"{words}, {' minus '.join(contrasts.pop())}"


def _sentences(panels: Mapping[tuple[str, str, str], pd.DataFrame], n: int, margin: float) -> list[str]:
    drawn = sum(map(len, panels.values()))
    sentences = [f"{drawn:,} of {count(n, 'gap')} between two groups on an item, with intervals."]
    for (dimension, level, reference), rows in panels.items():
        place = f" in {dimension}" if dimension else ""
        low, high, last = rows.loc[rows["gap"].idxmin()], rows.loc[rows["gap"].idxmax()], _last(rows)
        sentences.append(
            f"{level} minus {reference}{place}: from {number(low['gap'])} ({shortened(low['item'])}) to "
            f"{number(high['gap'])} ({shortened(high['item'])}); of the first {count(last['rank'], 'item')} by rank "
            f"{percent_text(last['expected_false_sign'])} are expected to have the wrong sign."
        )
    return [*sentences, f"A grey band marks gaps within {margin:g}." if margin > 0 else ""]


def _last(rows: pd.DataFrame) -> pd.Series:
    """The contested item of the highest rank, whose rate is that of all before it."""
    contested_rows = rows[rows["section"] != AGREED]
    part = contested_rows if len(contested_rows) else rows
    return part.loc[part["rank"].idxmax()]
