"""From the effects table to rows of contrasts, and the words of their axis."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from pluralstats.errors import ConfigError

from ..parts.chart import Panel
from ..parts.tables import DIMENSION, by_dimension, check_columns, rows_of, rows_with_numbers, with_key
from ..parts.words import count, on_scale, with_interval

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


def effect_rows(
    table: pd.DataFrame, estimand: str | None, figure: str, *apart: str,
    numbers: Sequence[str] = ("estimate", "lower", "upper"), source: str = SOURCE,
) -> tuple[pd.DataFrame, str]:  # fmt: skip
    """The finite rows of one estimand (or of all) with a ``key`` for each contrast, and a sentence on rows left out.

    ``apart`` names columns besides the dimension by which the same contrast may occur again (model), ``numbers`` those
    that must be finite.

    Raises
    ------
    ConfigError
        Columns are missing, no row has the estimand, or a contrast occurs twice where one mark is drawn.
    """
    check_columns(table, [*COLUMNS[:4], *numbers, *apart], figure, source)
    chosen = table if estimand is None else rows_of(table, "estimand", estimand, figure)
    where = [*(DIMENSION,) * (DIMENSION in table), *apart]
    rows, left_out = rows_with_numbers(chosen, numbers, [*where, "demographic", "level"], figure)
    rows = with_key(rows, ["demographic", "level", "reference", *by_columns(table)])
    refuse_repeated_contrasts(rows, where, figure)
    return rows, left_out


def refuse_repeated_contrasts(rows: pd.DataFrame, where: Sequence[str], figure: str) -> None:
    """Raise a ConfigError where a contrast occurs twice at the same place."""
    repeated = rows[rows.duplicated([*where, "key"])]
    if len(repeated):
        key = repeated["key"].iloc[0]
        raise ConfigError(
            f"`{figure}` draws each contrast once, but {count(len(repeated), 'row')} repeat one (first: {key[0]} "
            f"'{key[1]}' against '{key[2]}'). Filter the table, or tell the rows apart by a column `dimension`."
        )


def by_columns(table: pd.DataFrame, first: str = "reference") -> list[str]:
    """The columns between ``first`` and ``estimand``, where ``ps.effects(by=)`` puts its own."""
    names = list(map(str, table.columns))
    between = names[names.index(first) + 1 : names.index("estimand")]
    return [name for name in between if name not in (*COLUMNS, DIMENSION, "model", "answers", "method", "unit")]


def contrast_panels(rows: pd.DataFrame, estimand: str, scale: Any) -> list[Panel]:
    """A panel for each dimension, with the line of no difference."""
    ratio, words = is_ratio(estimand), quantity(rows, estimand, scale)
    return [Panel(part, name, words, float(ratio), ratio) for name, part in by_dimension(rows).items()]


def contrast_groups(rows: pd.DataFrame, by: Sequence[str], estimand: str) -> dict[str, dict[Hashable, str]]:
    """Header -> key -> label, in the order of the table.

    A demographic with one contrast spells it out ("male minus female"); one with several against the same
    reference, or with names too long for that, names it in the header ("race, minus White").
    """
    minus = "against" if is_ratio(estimand) else "minus"
    groups: dict[str, dict[Hashable, str]] = {}
    for demographic, part in rows.groupby("demographic", sort=False, observed=True):
        keys: list[Any] = list(dict.fromkeys(part["key"]))
        references, title = {key[2] for key in keys}, " by ".join(map(str, [demographic, *by]))
        if references == {SLOPE}:
            groups[title] = {key: _label(key, "") for key in keys}
            continue
        long = max(len(_label(key, f" {minus} {key[2]}")) for key in keys) > TWO_LINES
        short = len(references) == 1 and (long or len({key[:2] for key in keys}) > 1)
        header = title + (f", {minus} {keys[0][2]}" if short else "")
        groups[header] = {key: _label(key, "" if short else f" {minus} {key[2]}") for key in keys}
    return groups


def quantity(rows: pd.DataFrame, estimand: str, scale: Any) -> str:
    """The words on the axis: quantity and unit."""
    if estimand in _QUANTITIES:
        return _QUANTITIES[estimand] + (on_scale(scale) if estimand == "points" else "")
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


def described(row: pd.Series, estimand: str) -> str:
    """An effect with its interval and its contrast, for a sentence."""
    place = f", {row[DIMENSION]}" if DIMENSION in row.index else ""
    return f"{with_interval(row)[:-1]}; {in_words(row['key'], estimand)}{place})"


def _label(key: Sequence[str], comparison: str) -> str:
    return ", ".join([key[1] + comparison, *key[3:]])
