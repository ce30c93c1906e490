"""The items on which two groups differ most, and those on which they agree."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps
from pluralstats.errors import ConfigError

from ..parts.alt import first_of
from ..parts.chart import Panel, draw_chart
from ..parts.fonts import widest
from ..parts.marks import draw_intervals, interval_entry
from ..parts.rows import draw_margin
from ..parts.tables import by_dimension_and, drawn_from, has
from ..parts.words import count, joined, listed, on_scale, shortened

NUMBERS = ("gap", "lower", "upper", "rank", "expected_false_sign")
COUNTS = ("n_ratings_level", "n_ratings_reference")
AGREED = "most agreed"
FALSE_SIGNS = "false signs: expected of all items up to this rank"
RATES, RATINGS, COLUMN_GAP_MM = "false\nsigns", "ratings", 1.5


def _of_fit(fit: Any) -> pd.DataFrame:
    """The gaps of all demographics that have a slope by item."""
    terms = fit.random_effects["term"].astype(str)
    sloped = [name for name in fit.ratings.demographics if terms.str.startswith(f"{name}[").any()]
    return pd.concat([ps.contested_items(fit, name) for name in sloped or fit.ratings.demographics])


@drawn_from(
    "the table of `ps.contested_items`", ("item", "level", "reference", *NUMBERS), numbers=NUMBERS,
    names=("item", "level", "reference"), once="item of a contrast", Fit=_of_fit,
    also="Gaps are posterior means in rating points; rank 1 is the most contested; expected_false_sign (0-1) is of "
    "all items up to this rank. Used where present: n_ratings_level, n_ratings_reference, p_within (for the most "
    "agreed), margin. Contrasts have a panel each.",
)  # fmt: skip
def contested(
    table: Any, *, ax: Axes | None = None, k: int | None = None, agreed: int = 6, margin: float | None = None,
    texts: Mapping[Any, str] | None = None, scale: Any = None, prob: float = 0.95,
) -> Axes | np.ndarray:  # fmt: skip
    """Gap between two groups item by item: the most contested in either direction, then the most agreed.

    At the margin stand the false signs to be expected when all items up to this rank are called contested, and the
    ratings of the item by the level / by the reference.

    Parameters
    ----------
    k : int, optional
        Items in either direction, by rank; 12 by default, 8 with texts, which need more room.
    agreed : int
        Items that most probably lie within the margin or, without p_within, whose intervals stay closest to 0.
    margin : float, optional
        Half-width of the band of gaps that do not matter, in rating points; by default the table's, if it has one.
    texts : mapping of item to text, optional
        What to write instead of the ids; items may offend, so that ids are the default.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["i1", "i2"], "level": "male", "reference": "female", "gap": [0.6, -0.2],
    ...     "lower": -0.5, "upper": 0.9, "rank": [1, 2], "expected_false_sign": 0.05})
    >>> contested(table).get_xlabel()
    'gap in rating points, male minus female'
    """
    if texts is not None and not any(item in texts for item in table["item"]):
        raise ConfigError(
            f"`texts` has none of the items of the table; it needs texts by id, such as {table['item'].iloc[0]!r}, "
            f"found {listed([repr(item) for item in list(texts)[:3]]) or 'nothing'}."
        )
    margins = set(table["margin"].dropna()) if "margin" in table else set()
    margin = (float(margins.pop()) if len(margins) == 1 else 0.0) if margin is None else margin
    k = (12 if texts is None else 8) if k is None else k
    rows, words = table.assign(key=table.index, estimate=table["gap"]), f"gap in rating points{on_scale(scale)}"
    parts = {key: _chosen(part, k, agreed) for key, part in by_dimension_and(rows, "level", "reference").items()}
    several = len({key[1:] for key in parts}) > 1
    words += "" if several else f", {rows['level'].iloc[0]} minus {rows['reference'].iloc[0]}"
    panels = {_title(key, several): part for key, part in parts.items()}
    return draw_chart(
        [Panel(part, title, words) for title, part in panels.items()],
        lambda rows: _groups(rows, texts), _draw_gaps, ax=ax,
        entries=[interval_entry("posterior gap", prob), (Line2D([], [], linestyle="none"), FALSE_SIGNS)],
        what=f"{sum(map(len, parts.values())):,} of {count(len(rows), 'gap')} between two groups on items", thing="gap",
        sentences=first_of(_sentence(title, part) for title, part in panels.items()),
        narrowest=56 if texts is None else 120, slot=0.0, rope=margin, room=None if texts is None else 0.5,
        width="two" if len(parts) > 1 or texts is not None else "one",
    )  # fmt: skip


def _chosen(rows: pd.DataFrame, k: int, agreed: int) -> pd.DataFrame:
    """The first k of either sign by rank and, of the others, those surest to be near 0; ``section`` says which."""
    by_rank = rows.sort_values("rank", kind="stable")
    above, below = by_rank[by_rank["gap"] > 0].head(k), by_rank[by_rank["gap"] <= 0].head(k)
    others = rows.drop(index=[*above.index, *below.index])
    away = -others["p_within"] if "p_within" in others else others[["lower", "upper"]].abs().max(axis=1)
    nearest_to_0 = others.loc[away.sort_values(kind="stable").index[:agreed]]
    sections = {"level": above, "reference": below, AGREED: nearest_to_0}
    return pd.concat([part.assign(section=section) for section, part in sections.items()])


def _groups(rows: pd.DataFrame, texts: Mapping[Any, str] | None) -> dict[str, dict[Hashable, str]]:
    groups: dict[str, dict[Hashable, str]] = {}
    for index, row in rows.iterrows():
        header = AGREED if row["section"] == AGREED else f"rated higher by {row[row['section']]}"
        name = shortened(row["item"])
        groups.setdefault(header, {})[index] = name if texts is None else str(texts.get(row["item"], name))
    return groups


def _title(key: tuple[str, ...], several: bool) -> str:
    dimension, level, reference = key
    return joined(dimension, f"{level} minus {reference}" if several else "")


def _draw_gaps(ax: Axes, y: np.ndarray, rows: pd.DataFrame) -> None:
    """The gaps and, at the margin, the expected false-sign rate of contested items and the ratings of either group."""
    draw_intervals(ax, y, rows)
    contested_rows = (rows["section"] != AGREED).to_numpy()  # else the rate says nothing about the item
    rates = dict(zip(y[contested_rows], map(percent_text, rows["expected_false_sign"][contested_rows]), strict=True))
    draw_margin(ax, rates, RATES)
    if has(rows, *COUNTS):
        pairs = rows[list(COUNTS)].to_numpy(float, na_value=np.nan)
        texts = {at: f"{a:,.0f} / {b:,.0f}" for at, (a, b) in zip(y, pairs, strict=True) if np.isfinite(a + b)}
        draw_margin(ax, texts, RATINGS, right=widest([*rates.values(), RATES]) + COLUMN_GAP_MM)


def percent_text(share: float) -> str:
    """A share of errors as a percentage that keeps small ones apart from none."""
    if share < 0.001:
        return "<0.1%" if share > 0 else "0%"
    return f"{100 * share:.1f}%" if share < 0.0995 else f"{100 * share:.0f}%"


def _sentence(title: str, rows: pd.DataFrame) -> str:
    """How far the ranks of a panel can be trusted."""
    some = rows[rows["section"] != AGREED]
    last = (some if len(some) else rows).nlargest(1, "rank").iloc[0]
    first = f"{title or 'False signs'}: of the first {count(last['rank'], 'item')} by rank"
    return f"{first} {percent_text(last['expected_false_sign'])} are expected to have the wrong sign."
