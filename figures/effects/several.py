"""The same contrasts several times in a row: under other models, on coarser scales, by other methods."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import pluralstats as ps

from .. import style
from ..parts.chart import Panel, draw_chart
from ..parts.looks import STEP_MM, draw_beside, look_entry, looks_of
from ..parts.marks import THICK, Entry, interval_entry
from ..parts.sources import drawn_from
from ..parts.tables import DIMENSION, by_dimension_and, has
from ..parts.words import count, in_order, listed, number, with_interval
from .contrast_rows import by_columns, contrast_groups, described, effect_rows, in_words, is_ratio, quantity

RAW = "raw"
METHODS = {"exact": "this model, exact", "item_only": "without rater effects", "gee": "GEE",
           "ordinal_gee": "ordinal GEE"}  # fmt: skip


def comparison(
    table: Any, *, ax: Axes | None = None, estimand: str = "points", scale: Any = None, rope: float = 0.0
) -> Axes | np.ndarray:
    """Each contrast once for every model: what changes when the model changes.

    Parameters
    ----------
    table : DataFrame, or mapping of models to ``Fit``
        The tables of ``ps.effects`` under each other with a column model: model, demographic, level, reference,
        estimand, estimate, lower, upper; used where present: lower_50, upper_50, dimension, unit. Models keep their
        order; the first is dark grey.
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["items only", "items and raters"], "demographic": "race",
    ...     "level": "Black", "reference": "White", "estimand": "points", "estimate": [0.2, 0.2],
    ...     "lower": [0.1, -0.1], "upper": [0.3, 0.5]})
    >>> comparison(table).get_xlabel()
    'difference in rating points'
    """
    rows, left_out = effect_rows(_effects(table, "model", estimand), estimand, "comparison", "model")
    models, widest = in_order(rows["model"]), rows.loc[rows["estimate"].abs().idxmax()]
    sentences = [
        f"{count(rows['key'].nunique(), 'contrast')} of {listed(in_order(rows['demographic']))} under "
        f"{count(len(models), 'model')}: {listed(models)}.",
        f"The axis is {quantity(rows, estimand, scale)}.",
        f"One panel for each dimension: {listed(in_order(rows[DIMENSION]))}." if DIMENSION in rows else "",
        f"The largest estimate is {described(widest, estimand)}, model {widest['model']}.",
        left_out,
    ]
    return _contrasts(rows, "model", models, sentences, ax, scale=scale, rope=rope)


def scale_collapse(
    table: Any, *, ax: Axes | None = None, estimand: str = "latent_d", rope: float = 0.0, prob: float = 0.95
) -> Axes | np.ndarray:
    """Effects and intervals on 5, 3 and 2 points (or other numbers of answers), one mark for each in a row.

    Rating points of different scales do not compare; the standardised latent difference and percent of the range do.

    Parameters
    ----------
    table : DataFrame, or mapping of numbers of answers to ``Fit``
        The tables of ``ps.effects`` under each other with a column answers: demographic, level, reference, answers,
        estimand, estimate, lower, upper; used where present: lower_50, upper_50, dimension.
    estimand : str
        Which rows to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"answers": [5, 2], "demographic": "gender", "level": "male", "reference": "female",
    ...     "estimand": "latent_d", "estimate": [0.2, 0.25], "lower": [0.1, 0.1], "upper": [0.3, 0.4]})
    >>> scale_collapse(table).get_xlabel()
    'standardised latent difference d (SD units)'
    """
    rows, left_out = effect_rows(_effects(table, "answers", estimand), estimand, "scale_collapse", "answers")
    rows["answers"] = [f"{n:g} answers" for n in rows["answers"]]
    parts = dict(iter(rows.groupby("answers", sort=False)))
    numbers = ", ".join(name.split()[0] for name in parts)
    sentences = [f"{count(rows['key'].nunique(), 'effect')} of {', '.join(in_order(rows['demographic']))} on scales of "
                 f"{numbers} answers, {quantity(rows, estimand, None)}."]  # fmt: skip
    for name, part in parts.items():
        row = part.loc[part["estimate"].abs().idxmax()]
        sentences.append(f"{name}: the largest is {with_interval(row)[:-1]}; {in_words(row['key'], estimand)}).")
    more = [interval_entry(f"{100 * prob:g}% interval", colour=style.INK, marker="")]
    more += [(Line2D([], [], color=style.RULE, lw=THICK), "50% interval")] if has(rows, "lower_50") else []
    return _contrasts(rows, "answers", list(parts), [*sentences, left_out], ax, more, rope=rope)


@drawn_from(Fit=lambda fit: ps.robustness(fit))
def robustness(
    table: Any, *, ax: Axes | None = None, scale: Any = None, most: int = 18, prob: float = 0.95
) -> Axes | np.ndarray:
    """Each contrast once for every method, one panel for each estimand, because estimands do not compare.

    Parameters
    ----------
    table : DataFrame
        Of ``ps.robustness``: demographic, level, reference, estimand, method, estimate; used where present: lower,
        upper (a method without an interval is a dot), unit. Columns between reference and estimand tell contrasts
        apart. The first method is dark grey, raw differences are open circles.
    most : int
        The most contrasts; of more, those on which the methods differ most.

    Examples
    --------
    >>> table = pd.DataFrame({"demographic": "gender", "level": "male", "reference": "female", "estimand": "points",
    ...     "method": ["exact", "gee"], "estimate": [0.2, 0.25], "lower": [0.1, 0.1], "upper": [0.3, 0.4]})
    >>> robustness(table, scale=(1, 5)).get_xlabel()
    'difference in rating points (scale 1–5)'
    """
    source, numbers = "the table of `ps.robustness`", ["estimate"]
    rows, left_out = effect_rows(table, None, "robustness", "estimand", "method", numbers=numbers, source=source)
    rows = rows.assign(**{name: np.nan for name in ("lower", "upper") if name not in rows})
    kept = _most_different(rows, most)
    more = [interval_entry(f"{100 * prob:g}% interval", colour=style.INK, marker="")] if has(kept, "lower") else []
    sentences = [*_method_sentences(rows, kept), left_out]
    return _contrasts(kept, "method", in_order(kept["method"]), sentences, ax, more, scale=scale)


def _effects(source: Any, column: str, estimand: str) -> Any:
    """The effects of several fits under each other, the names of the fits in a column; a table as it is."""
    if not isinstance(source, Mapping):
        return source
    tables = [ps.effects(fit, estimands=estimand).assign(**{column: name}) for name, fit in source.items()]
    return pd.concat(tables, ignore_index=True)


def _contrasts(
    rows: pd.DataFrame, column: str, names: Sequence[str], sentences: Sequence[str], ax: Axes | None,
    more: Sequence[Entry] = (), scale: Any = None, rope: float = 0.0,
) -> Axes | np.ndarray:  # fmt: skip
    """Contrasts with a mark for each of the ``names`` in a column; the dimensions of an estimand beside each other."""
    looks, estimands = looks_of(names, RAW), in_order(rows["estimand"])
    parts = sorted(by_dimension_and(rows, "estimand").items(), key=lambda item: estimands.index(item[0][1]))
    panels = [
        Panel(part, dimension, quantity(part, name, scale), float(is_ratio(name)), is_ratio(name))
        for (dimension, name), part in parts
    ]
    # "minus" would be wrong for panels of ratios, which share their rows with the others.
    groups = contrast_groups(rows, by_columns(rows), next(filter(is_ratio, estimands), "points"))
    return draw_chart(
        panels,
        groups,
        lambda ax, y, part: draw_beside(ax, y, part, column, looks),
        entries=[*(look_entry(looks[name], METHODS.get(name, name)) for name in names), *more],
        sentences=sentences,
        slot=STEP_MM * max(panel.rows[column].nunique() for panel in panels) + 2.0,
        margin="",
        narrowest=42.0 if len(estimands) > 1 else 23.0,
        rope=rope,
        ax=ax,
    )


def _most_different(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The contrasts with the widest range between methods, relative to all ranges of the estimand, in their order."""
    if rows["key"].nunique() <= most:
        return rows
    where = [name for name in (DIMENSION, "estimand", "key") if name in rows]
    ranges = rows.groupby(where, sort=False)["estimate"].agg(np.ptp).reset_index()
    ranges["estimate"] /= ranges.groupby("estimand")["estimate"].transform("max").replace(0.0, 1.0)
    widest = ranges.groupby("key")["estimate"].max().sort_values(ascending=False, kind="stable").index[: max(most, 1)]
    return rows[rows["key"].isin(set(widest))].reset_index(drop=True)


def _method_sentences(rows: pd.DataFrame, kept: pd.DataFrame) -> list[str]:
    methods, hidden = in_order(kept["method"]), rows["key"].nunique() - kept["key"].nunique()
    names = listed([METHODS.get(method, method) for method in methods])
    sentences = [f"{count(kept['key'].nunique(), 'contrast')} by {count(len(methods), 'method')}: {names}."]
    if hidden:
        sentences.append(f"Not drawn: {count(hidden, 'contrast')} on which the methods differ less.")
    for (dimension, estimand), part in by_dimension_and(kept, "estimand").items():
        ranges = part.groupby("key", sort=False)["estimate"].agg(["min", "max"]).reset_index()
        row = ranges.loc[(ranges["max"] - ranges["min"]).idxmax()]
        if len(in_order(part["method"])) > 1:
            sentences.append(
                f"{estimand}{f' in {dimension}' if dimension else ''}: the methods differ most on "
                f"{in_words(row['key'], estimand)}, from {number(row['min'])} to {number(row['max'])}."
            )
    return sentences
