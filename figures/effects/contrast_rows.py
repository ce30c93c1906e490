"""From the effects table to rows of contrasts, and the words of their axis."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from ..parts.chart import Panel
from ..parts.tables import DIMENSION, ESTIMATES, by_dimension_and
from ..parts.words import in_order, on_scale

CONTRAST = ("demographic", "level", "reference")
COLUMNS, SOURCE = (*CONTRAST, "estimand", *ESTIMATES), "the table of `ps.effects`"
SLOPE = "slope"  # the reference of the slope of a number
TWO_LINES = 46  # characters of a row label that are surely seen
QUANTITIES = {
    "percent": "difference in percent of the reference mean",
    "percent_of_range": "difference in percent of the scale's range",
    "odds_ratio": "odds ratio (1 = no difference)",
    "latent_d": "standardised latent difference d (SD units)",
}


def contrast_key(table: pd.DataFrame) -> tuple[str, ...]:
    """The columns that tell contrasts apart."""
    return (*CONTRAST, *by_columns(table))


def by_columns(table: pd.DataFrame, first: str = "reference") -> list[str]:
    """The columns between ``first`` and ``estimand``, where ``ps.effects(by=)`` puts its own."""
    names = list(map(str, table.columns))
    between = names[names.index(first) + 1 : names.index("estimand")]
    return [name for name in between if name not in (*COLUMNS, DIMENSION, "model", "answers", "method", "unit")]


def contrast_panels(rows: pd.DataFrame, scale: Any) -> list[Panel]:
    """A panel for each estimand and dimension, with the line of no difference; estimands after each other."""
    estimands = in_order(rows["estimand"])
    parts = sorted(by_dimension_and(rows, "estimand").items(), key=lambda item: estimands.index(item[0][1]))
    return [
        Panel(part, dimension, quantity(part, name, scale), float(is_ratio(name)), is_ratio(name))
        for (dimension, name), part in parts
    ]


def contrast_groups(rows: pd.DataFrame) -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label, in the order of the table.

    A demographic with one contrast spells it out ("male minus female"); one with several against the same
    reference, or with names too long for that, names it in the header ("race, minus White").
    """
    minus = "against" if any(map(is_ratio, in_order(rows["estimand"]))) else "minus"  # "minus" is wrong for ratios
    groups: dict[str, dict[Hashable, str]] = {}
    for demographic, part in rows.groupby("demographic", sort=False, observed=True):
        keys: list[Any] = list(dict.fromkeys(part["key"]))
        references, title = {key[2] for key in keys}, " by ".join([str(demographic), *by_columns(rows)])
        long = max(len(_label(key, minus)) for key in keys) > TWO_LINES
        if references == {SLOPE}:
            minus_one, header = "", title
        elif len(references) == 1 and (long or len({key[:2] for key in keys}) > 1):
            minus_one, header = "", f"{title}, {minus} {keys[0][2]}"
        else:
            minus_one, header = minus, title
        groups[header] = {key: _label(key, minus_one) for key in keys}
    return groups


def quantity(rows: pd.DataFrame, estimand: str, scale: Any) -> str:
    """The words on the axis: quantity and unit."""
    if estimand == "points":
        return f"difference in rating points{on_scale(scale)}"
    name, unit = estimand.replace(">=", "≥"), f" ({rows['unit'].iloc[0]})" if "unit" in rows else ""
    other = f"{name.replace('_', ' ')} (1 = no difference)" if is_ratio(estimand) else f"difference in {name}{unit}"
    return QUANTITIES.get(estimand, other)


def is_ratio(estimand: str) -> bool:
    """Whether no difference is 1 and the axis logarithmic."""
    return estimand.endswith("ratio")


def _label(key: Sequence[str], minus: str) -> str:
    """The level, and the reference after ``minus`` unless that is empty; then what ``by=`` added."""
    return ", ".join([f"{key[1]} {minus} {key[2]}" if minus else key[1], *key[3:]])
