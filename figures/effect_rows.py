"""From the effects table to rows of contrasts: shared by the forest and the comparison of models."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from pluralstats.errors import ConfigError, nearest

from .tables import DIMENSION, check_columns, count, in_order, rows_with_numbers

COLUMNS = ("demographic", "level", "reference", "estimand", "estimate", "lower", "upper")
SOURCE = "the table of `ps.effects`"
SLOPE = "slope"  # the reference of the slope of a number
TWO_LINES = 46  # characters of a row label that are surely seen
_QUANTITIES = {
    "points": "difference in rating points",
    "percent": "difference in percent of the reference mean",
    "percent_of_range": "difference in percent of the scale's range",
    "odds_ratio": "odds ratio (1 = no difference)",
    "latent_d": "standardised latent difference d (SD units)",
}


def effect_rows(table: pd.DataFrame, estimand: str, figure: str, apart: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """The finite rows of one estimand with a ``key`` for each contrast, and a sentence on rows left out.

    ``apart`` names the columns by which the same contrast may occur again (dimension, model).

    Raises
    ------
    ConfigError
        Columns are missing, no row has the estimand, or a contrast occurs twice where one mark is drawn.
    """
    check_columns(table, [*COLUMNS, *(name for name in apart if name != DIMENSION)], figure, SOURCE)
    found = in_order(table["estimand"])
    if estimand not in found:
        raise ConfigError(
            f"`{figure}` found no rows with the estimand '{estimand}'; the table has "
            f"{', '.join(found) or 'no rows'}.{nearest(estimand, found)}"
        )
    chosen = table[table["estimand"].astype(str) == estimand]
    rows, left_out = rows_with_numbers(chosen, ["estimate", "lower", "upper"], _names(chosen, apart), figure)
    columns = ["demographic", "level", "reference", *by_columns(table)]
    rows["key"] = list(zip(*(rows[column].astype(str) for column in columns), strict=True))
    _refuse_repeats(rows, [*(name for name in apart if name in rows), "key"], figure)
    return rows, left_out


def by_columns(table: pd.DataFrame) -> list[str]:
    """The columns between ``reference`` and ``estimand``: where ``ps.effects(by=)`` puts its own."""
    return by_columns_before(table, "reference")


def by_columns_before(table: pd.DataFrame, first: str) -> list[str]:
    """The columns between another one and ``estimand`` that tell rows apart."""
    names = list(map(str, table.columns))
    between = names[names.index(first) + 1 : names.index("estimand")]
    return [name for name in between if name not in (*COLUMNS, DIMENSION, "model", "unit")]


def contrast_groups(rows: pd.DataFrame, by: Sequence[str], estimand: str) -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label, in the order of the table.

    A demographic with one contrast spells it out ("male minus female"); one with several against the same
    reference, or with names too long for that, names it in the header ("race, minus White").
    """
    minus = "against" if is_ratio(estimand) else "minus"
    groups: dict[str, dict[Hashable, str]] = {}
    for demographic, part in rows.groupby("demographic", sort=False, observed=True):
        keys: list[Any] = list(dict.fromkeys(part["key"]))
        references = {key[2] for key in keys}
        if references == {SLOPE}:
            groups[" by ".join(map(str, [demographic, *by]))] = {key: _label(key, "") for key in keys}
            continue
        long = max(len(_label(key, f" {minus} {key[2]}")) for key in keys) > TWO_LINES
        short = len(references) == 1 and (long or len({key[:2] for key in keys}) > 1)
        header = " by ".join(map(str, [demographic, *by])) + (f", {minus} {keys[0][2]}" if short else "")
        groups[header] = {key: _label(key, "" if short else f" {minus} {key[2]}") for key in keys}
    return groups


def quantity(rows: pd.DataFrame, estimand: str, scale: Any) -> str:
    """The words on the axis: quantity and unit."""
    if estimand == "points":
        return _QUANTITIES["points"] + on_scale(scale)
    if estimand in _QUANTITIES:
        return _QUANTITIES[estimand]
    if is_ratio(estimand):
        return f"{estimand.replace('_', ' ').replace('>=', '≥')} (1 = no difference)"
    unit = f" ({rows['unit'].iloc[0]})" if "unit" in rows else ""
    return f"difference in {estimand.replace('>=', '≥')}{unit}"


def is_ratio(estimand: str) -> bool:
    """Whether no difference is 1 and the axis logarithmic."""
    return estimand.endswith("ratio")


def in_words(key: Sequence[str], estimand: str) -> str:
    """A contrast in a sentence.

    >>> in_words(("gender", "male", "female"), "points")
    'gender male minus female'
    """
    minus = "against" if is_ratio(estimand) else "minus"
    return f"{key[0]} {_label(key, '' if key[2] == SLOPE else f' {minus} {key[2]}')}"


def _label(key: Sequence[str], comparison: str) -> str:
    return ", ".join([key[1] + comparison, *key[3:]])


def on_scale(scale: Any) -> str:
    """The ends of the scale for an axis, " (scale 1–5)"; nothing where they are not known."""
    values = list(getattr(scale, "values", scale) if scale is not None else ())
    return f" (scale {values[0]:g}–{values[-1]:g})" if values else ""


def _names(table: pd.DataFrame, apart: Sequence[str]) -> list[str]:
    return [*(name for name in apart if name in table), "demographic", "level"]


def _refuse_repeats(rows: pd.DataFrame, columns: list[str], figure: str) -> None:
    repeated = rows[rows.duplicated(columns)]
    if len(repeated):
        key = repeated["key"].iloc[0]
        raise ConfigError(
            f"`{figure}` draws each contrast once, but {count(len(repeated), 'row')} repeat one (first: {key[0]} "
            f"'{key[1]}' against '{key[2]}'). Filter the table, or tell the rows apart by a column `dimension`."
        )
