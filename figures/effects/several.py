"""The same contrasts several times in a row: under other models, on coarser scales, by other methods."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.chart import draw_chart
from ..parts.marks import STEP_MM, THICK, Entry, draw_beside, interval_entry, look_entry, looks_of
from ..parts.tables import DIMENSION, drawn_from, has, with_key
from ..parts.words import count, in_order, listed
from .group_rows import COLUMNS, CONTRAST, SOURCE, contrast_groups, contrast_key, contrast_panels

RAW = "raw"
METHODS = {"exact": "this model, exact", "item_only": "without rater effects", "gee": "GEE",
           "ordinal_gee": "ordinal GEE"}  # fmt: skip
FITS: dict[str, Any] = {"Fit": lambda fit, estimand: ps.effects(fit, estimands=estimand)}


@drawn_from(
    SOURCE, (*COLUMNS, "model"), names=("model", *CONTRAST[:2]), once="contrast", key=contrast_key, only="estimand",
    stacked="model", **FITS,
    also="""Tables of several models under each other. Used where present: lower_50, upper_50, unit. Models keep their
    order; the first is dark grey.""",
)  # fmt: skip
def comparison(
    table: Any, *, ax: Axes | None = None, estimand: str = "points", scale: Any = None, rope: float = 0.0
) -> Axes | np.ndarray:
    """Each contrast once for every model: what changes when the model changes.

    Parameters
    ----------
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> names = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points"}
    >>> table = pd.DataFrame(names | {"model": ["items", "both"], "estimate": 0.2, "lower": 0.1, "upper": [0.3, 0.5]})
    >>> comparison(table).get_xlabel()
    'difference in rating points'
    """
    rows = with_key(table.assign(level=_shared_levels(table)), contrast_key(table))
    return _draw_contrasts(rows, "model", scale=scale, rope=rope, ax=ax)


def _shared_levels(table: pd.DataFrame) -> list[str]:
    """Levels without how much one standard deviation is, where fits of other raters differ in it."""
    sds = {level for level in table["level"].astype(str) if level.startswith("+1 sd (")}
    several = {name: part["level"].astype(str) for name, part in table.groupby("demographic", observed=True)}
    mixed = {name for name, levels in several.items() if len(set(levels) & sds) > 1}
    pairs = zip(table["demographic"], table["level"].astype(str), strict=True)
    return ["+1 sd" if name in mixed and level in sds else level for name, level in pairs]


@drawn_from(
    SOURCE, (*COLUMNS, "answers"), names=("answers", *CONTRAST[:2]), once="contrast", key=contrast_key, only="estimand",
    stacked="answers", **FITS,
    also="Tables of several scales under each other. Used where present: lower_50, upper_50.",
)  # fmt: skip
def scale_collapse(
    table: Any, *, ax: Axes | None = None, estimand: str = "latent_d", rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """Effects and intervals on 5, 3 and 2 points (or other numbers of answers), one mark for each in a row.

    Rating points of different scales do not compare; the standardised latent difference and percent of the range do.

    Parameters
    ----------
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> names = {"demographic": "gender", "level": "male", "reference": "female", "estimand": "latent_d"}
    >>> table = pd.DataFrame(names | {"answers": [5, 2], "estimate": 0.2, "lower": 0.1, "upper": [0.3, 0.4]})
    >>> scale_collapse(table).get_xlabel()
    'standardised latent difference d (SD units)'
    """
    rows = table.assign(answers=[f"{float(n):g} answers" for n in table["answers"]])
    more = [interval_entry(f"{100 * prob:g}% interval", colour=style.INK, marker="")]
    more += [(Line2D([], [], color=style.RULE, lw=THICK), "50% interval")] if has(rows, "lower_50") else []
    return _draw_contrasts(rows, "answers", more, rope=rope, ax=ax)


@drawn_from(
    "the table of `ps.robustness`", (*CONTRAST, "estimand", "method", "estimate"), numbers=["estimate"],
    names=("estimand", "method", *CONTRAST[:2]), once="contrast", key=contrast_key,
    Fit=lambda fit: ps.robustness(fit),
    also="""Used where present: lower, upper (a method without an interval is a dot), unit. Columns between reference
    and estimand tell contrasts apart. The first method is dark grey, raw differences are open circles.""",
)  # fmt: skip
def robustness(
    table: Any, *, ax: Axes | None = None, scale: Any = None, most: int = 18, prob: float = 0.95
) -> Axes | np.ndarray:
    """Each contrast once for every method, one panel for each estimand, because estimands do not compare.

    Parameters
    ----------
    most : int
        The most contrasts; of more, those on which the methods differ most.

    Examples
    --------
    >>> names = {"demographic": "gender", "level": "male", "reference": "female", "estimand": "points"}
    >>> robustness(pd.DataFrame(names | {"method": ["exact", "gee"], "estimate": 0.2}), scale=(1, 5)).get_xlabel()
    'difference in rating points (scale 1–5)'
    """
    kept = _most_different(table, most)
    kept = kept.assign(method=[METHODS.get(name, name) for name in kept["method"].astype(str)])
    kept = kept.assign(**{name: np.nan for name in ("lower", "upper") if name not in kept})
    hidden = table["key"].nunique() - kept["key"].nunique()
    undrawn = f"Not drawn: {count(hidden, 'contrast')} on which the methods differ less." if hidden else ""
    more = [interval_entry(f"{100 * prob:g}% interval", colour=style.INK, marker="")] if has(kept, "lower") else []
    return _draw_contrasts(kept, "method", more, undrawn, scale=scale, narrowest=42.0, ax=ax)


def _draw_contrasts(
    rows: pd.DataFrame, column: str, more: Sequence[Entry] = (), undrawn: str = "", *, scale: Any = None,
    narrowest: float = 23.0, **options: Any,
) -> Axes | np.ndarray:  # fmt: skip
    """Contrasts with a mark for each name in a column; the dimensions of an estimand beside each other."""
    names, panels = in_order(rows[column]), contrast_panels(rows, scale)
    looks = looks_of(names, RAW)
    contrasts, by = count(rows["key"].nunique(), "contrast"), listed(in_order(rows["demographic"]))
    return draw_chart(
        panels, contrast_groups(rows), partial(draw_beside, column=column, looks=looks), beside=column,
        what=f"{contrasts} of {by}, each by {count(len(names), column.removesuffix('s'))}", thing="contrast",
        entries=[*(look_entry(looks[name], name) for name in names), *more], sentences=[undrawn], margin="",
        narrowest=narrowest if len(in_order(rows["estimand"])) > 1 else 23.0,
        slot=STEP_MM * max(panel.rows[column].nunique() for panel in panels) + 2.0, **options,
    )  # fmt: skip


def _most_different(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The contrasts with the widest range between methods, relative to all ranges of the estimand, in their order."""
    if rows["key"].nunique() <= most:
        return rows
    where = [name for name in (DIMENSION, "estimand", "key") if name in rows]
    ranges = rows.groupby(where, sort=False)["estimate"].agg(np.ptp).reset_index()
    ranges["estimate"] /= ranges.groupby("estimand")["estimate"].transform("max").replace(0.0, 1.0)
    widest = ranges.groupby("key")["estimate"].max().sort_values(ascending=False, kind="stable").index[: max(most, 1)]
    return rows[rows["key"].isin(set(widest))].reset_index(drop=True)
