"""Shares of the categories as observed, under what a model produces: everybody, and each group of raters."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import style
from .alt import finished
from .check_marks import (
    check_rows,
    checked_table,
    draw_check_key,
    draw_observed_bars,
    group_words,
    in_numbers,
    outside,
)
from .intervals import draw_intervals, numeric_axis
from .panels import label_x, panel_axes, share_limits
from .rows import Rows, arrange, draw_labels
from .tables import DIMENSION, count, in_order, listed

MOST_PANELS = 20
MOST_ROWS = 15  # categories with a label each; more share a height
MANY_MM = 60.0
BAR = 0.66  # of the height of a row


def predicted_shares(
    table: pd.DataFrame, *, ax: Axes | None = None, words: str = "replicated", prob: float = 0.95
) -> Axes | np.ndarray:
    """Observed share of each category as a bar, the model's interval on it: everybody, then each group.

    Parameters
    ----------
    table : DataFrame
        The table of ``ps.predictive_checks`` or ``ps.prior_predictive``: statistic (rows "share" are drawn),
        level, unit, category, observed, estimate, lower, upper; used where present: lower_50, upper_50, p,
        dimension. Categories keep the order of the table. Of more than 20 groups those with the most extreme
        p are drawn.
    ax : Axes, optional
        Where to draw; for one panel only (filter to level "overall").
    words : str
        What the intervals are of, for the key.
    prob : float
        Probability of lower to upper, for the key.

    Returns
    -------
    Axes, or array of Axes when there are several groups

    Raises
    ------
    ConfigError
        Columns or rows are missing, or ``ax`` is given for several panels.

    Examples
    --------
    >>> table = pd.DataFrame({"statistic": "share", "level": "overall", "unit": "all", "category": ["no", "yes"],
    ...     "observed": [40.0, 60.0], "estimate": [41.0, 59.0], "lower": [38.0, 56.0], "upper": [44.0, 62.0]})
    >>> predicted_shares(table).get_xlabel()
    'percent of the ratings'
    """
    checked_table(table, "predicted_shares")
    rows, left_out = check_rows(table, (table["statistic"].astype(str) == "share").to_numpy(), "predicted_shares")
    panels, undrawn = _panels(rows)
    with style.drawing("one" if len(panels) == 1 else "two", ax):
        layout = category_rows(in_order(rows["category"]))
        axes = panel_axes(list(panels), layout.height, labels=36, narrowest=26, above=9, ax=ax)
        for panel, part in zip(axes, panels.values(), strict=True):
            draw_shares(panel, part, layout)
        share_limits(axes)
        numeric_axis(axes)
        label_x(axes, "percent of the ratings")
        draw_check_key(axes, pd.concat(panels.values()), None, words, prob, own=ax is None)
        return finished(axes, [*_sentences(panels), undrawn, left_out])


def _panels(rows: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], str]:
    """The rows of each panel by its title, and a sentence on groups that are not drawn."""
    titles = rows["unit"].map(group_words)
    if DIMENSION in rows:
        titles = rows[DIMENSION].astype(str) + ", " + titles
    panels = dict(iter(rows.groupby(titles, sort=False)))
    if len(panels) == 1:
        return {"": rows}, ""
    if len(panels) <= MOST_PANELS:
        return panels, ""
    groups = [title for title, part in panels.items() if (part["unit"] != "all").all()]
    chosen = set(sorted(groups, key=lambda title: _most_extreme(panels[title]))[: MOST_PANELS - 1])
    kept = {title: part for title, part in panels.items() if title in chosen or title not in groups}
    kept = dict(list(kept.items())[:MOST_PANELS])
    return kept, f"Not drawn: {count(len(panels) - len(kept), 'group')} with less extreme checks."


def _most_extreme(rows: pd.DataFrame) -> float:
    return float(np.minimum(rows["p"], 1.0 - rows["p"]).min()) if "p" in rows else 0.5


def category_rows(categories: list[str]) -> Rows:
    """One row for each category; many share a height, and some of them have a label."""
    if len(categories) <= MOST_ROWS:
        return arrange({"": {name: name for name in categories}}, characters=22, slot=4.4)
    step = MANY_MM / len(categories)
    every = int(np.ceil(len(categories) / MOST_ROWS))
    y: dict[Hashable, float] = {name: step * (i + 0.5) for i, name in enumerate(categories)}
    labels: dict[Hashable, str] = {name: name if i % every == 0 else "" for i, name in enumerate(categories)}
    return Rows(y, labels, {}, MANY_MM)


def draw_shares(ax: Axes, rows: pd.DataFrame, layout: Rows) -> None:
    """Bars of the observed shares and intervals of the model."""
    draw_labels(ax, layout)
    y = np.array([layout.y[name] for name in rows["category"].astype(str)])
    thickness = BAR * layout.height / len(layout.y) if len(layout.y) > MOST_ROWS else 2.9
    draw_observed_bars(ax, y, rows, thickness)
    draw_intervals(ax, y, rows)
    ax.axvline(0, color=style.INK, lw=0.6)
    ax.set_xlim(0, 1.04 * max(rows["upper"].max(), rows["observed"].max(), 1.0))


def _sentences(panels: dict[str, pd.DataFrame]) -> list[str]:
    sentences = ["Bars of the observed shares of the categories with intervals of what the model produces."]
    first = next(iter(panels.values()))
    texts = [f"{row.category} {in_numbers(row, '%')}" for row in first.itertuples()]
    sentences.append(f"{next(iter(panels)) or group_words(first['unit'].iloc[0])}: {listed(texts, 8)}.")
    out = {title: int(outside(part).sum()) for title, part in panels.items()}
    total = sum(len(part) for part in panels.values())
    places = [title for title, n in out.items() if n and title]
    where = f" ({listed(places)})" if places else ""
    return [*sentences, f"{sum(out.values())} of {count(total, 'share')} lie outside their interval{where}."]
