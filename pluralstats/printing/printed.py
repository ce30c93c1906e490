"""Any table of this package as the strings of a printed one: labels with units, estimate and interval in one cell."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from pluralstats.printing.headers import HEADERS, raw_header
from pluralstats.printing.units import KINDS, null_of, words_of
from pluralstats.printing.wording import capital, digits_for, number

MISSING = "–"
SMALLEST = 0.001  # of a probability that is shown as a number
SAME_UNIT = ("raw", "se", "additive", "mcse")  # columns with the digits of the row's main interval
HIDDEN = ("lower_50", "upper_50", "unit")  # shown when asked for


class PrintedTable(NamedTuple):
    """``headers``, ``rows`` of cells under them, and which columns are numbers.

    ``breaks`` are the rows before which a rule stands, ``notes`` the sentences under the table.
    """

    headers: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    breaks: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


class _Column(NamedTuple):
    """A printed column: its name in the table ("" for an interval alone) and the ends of its interval, if any."""

    name: str
    lower: str = ""
    upper: str = ""


def printed_table(
    table: pd.DataFrame, columns: Sequence[str] | None, labels: Mapping[str, str], prob: float
) -> PrintedTable:
    """The strings of a table.

    An estimate and its interval share a cell, "0.25 [0.10, 0.41]", with the digits that the interval supports.
    Columns without any value are left out. A single estimand stands in the header of the estimate, several in
    a column.
    """
    table = table.reset_index(drop=True)
    shown = _merged(table) if columns is None else _chosen(table, columns)
    main = next((column for column in shown if column.name and column.lower == "lower"), None)
    single = _single_estimand(table)
    if single and columns is None:
        shown = [column for column in shown if column.name != "estimand"]
    labels = {"raw": raw_header(table, single)} | dict(labels)
    headers = [labels.get(c.name or c.lower) or _header(c, single if c is main else "", prob) for c in shown]
    cells = [_cells(table, column, main) for column in shown]
    numeric = [bool(c.lower) or (is_numeric_dtype(table[c.name]) and not is_bool_dtype(table[c.name])) for c in shown]
    notes = tuple(map(str, table.attrs.get("problems", ())))
    return PrintedTable(headers, [list(row) for row in zip(*cells, strict=True)], numeric, notes=notes)


def _merged(table: pd.DataFrame) -> list[_Column]:
    """All columns worth printing, interval ends merged into what they are about."""
    intervals = _intervals(table)
    ends = {end for pair in intervals.values() for end in pair}
    names = [name for name in table.columns if name not in HIDDEN and (name in intervals or name not in ends)]
    return [_column(name, intervals) for name in names if not _is_empty(table[name])]


def _chosen(table: pd.DataFrame, columns: Sequence[str]) -> list[_Column]:
    """The columns asked for, each with its interval."""
    return [_column(name, _intervals(table)) for name in columns]


def _column(name: str, intervals: Mapping[str, tuple[str, str]]) -> _Column:
    if name not in intervals:
        return _Column(name)
    lower, upper = intervals[name]
    return _Column("" if name == lower else name, lower, upper)


def _intervals(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Ends of each interval, by the column that it is about, or by its lower end."""
    return {_centre(table, lower) or lower: (lower, upper) for lower, upper in _ends(list(table.columns))}


def _ends(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of columns that are ends of an interval: lower and upper, lower_50 and upper_50, null_lower and ..."""
    pairs = [(name, name.replace("lower", "upper")) for name in names if "lower" in name.split("_")]
    return [pair for pair in pairs if pair[1] in names]


def _centre(table: pd.DataFrame, lower: str) -> str:
    """The column that an interval is about; "" for none."""
    names = list(table.columns)
    if lower.startswith("lower_"):
        return ""
    stem = lower.removesuffix("_lower")
    if stem != lower:
        return next((name for name in (stem, f"{stem}_median") if name in names), "")
    before = [name for name in names[: names.index(lower)] if is_numeric_dtype(table[name]) and name != "se"]
    return before[-1] if before else ""


def _is_empty(values: pd.Series) -> bool:
    return bool(len(values)) and bool((values.isna() | (values.astype(object) == "")).all())


def _single_estimand(table: pd.DataFrame) -> str:
    found = table["estimand"].unique() if "estimand" in table else []
    return str(found[0]) if len(found) == 1 else ""


def _header(column: _Column, estimand: str, prob: float) -> str:
    level = f"{100.0 * prob:g}%"
    if not column.name:
        what = column.lower.removeprefix("lower_").replace("_", " ")
        return f"{what}% interval" if what.isdigit() else capital(f"{what} {level} interval".removeprefix("lower "))
    name = column.name
    words = capital(words_of(estimand)) if estimand else HEADERS.get(name, capital(name.replace("_", " ")))
    return f"{words} [{level} interval]" if column.lower else words


def _cells(table: pd.DataFrame, column: _Column, main: _Column | None) -> list[str]:
    """The strings of one column."""
    if column.lower:
        return _interval_cells(table, column)
    values = table[column.name]
    if column.name == "estimand":
        return [words_of(str(value)) for value in values]
    if is_bool_dtype(values):
        return ["yes" if value else "no" for value in values]
    if not is_numeric_dtype(values):
        return [MISSING if pd.isna(value) else str(value) for value in values]
    if _are_probabilities(column.name, values):
        return [probability(value) for value in values]
    if column.name in SAME_UNIT and main is not None:
        return [shown(value, digits) for value, digits in zip(values, _digits(table, main), strict=True)]
    if column.name == "r_hat":  # near 1, where significant digits would differ between 0.9996 and 1.0004
        return [shown(value, 3) for value in values]
    if is_integer_dtype(values) or _are_whole(values):
        return [shown(value, 0) for value in values]
    return [shown(value, significant(value)) for value in values]


def _are_probabilities(name: str, values: pd.Series) -> bool:
    return (name == "p" or name.startswith("p_")) and bool(values.dropna().between(0.0, 1.0).all())


def _interval_cells(table: pd.DataFrame, column: _Column) -> list[str]:
    digits = _digits(table, column)
    lower, upper = table[column.lower], table[column.upper]
    ends = [f"[{shown(a, d)}, {shown(b, d)}]" for a, b, d in zip(lower, upper, digits, strict=True)]
    ends = ["" if pd.isna(a) and pd.isna(b) else end for a, b, end in zip(lower, upper, ends, strict=True)]
    if not column.name:
        return [end or MISSING for end in ends]
    centres = [shown(value, d) for value, d in zip(table[column.name], digits, strict=True)]
    return [f"{centre} {end}".strip() for centre, end in zip(centres, ends, strict=True)]


def _digits(table: pd.DataFrame, column: _Column) -> list[int]:
    """Decimal places of each row: those that half of the intervals of its kind support; none where all is whole.

    More where an end would be rounded to no effect, so that the side it lies on is visible.
    """
    if _are_whole(pd.concat([table[name] for name in column if name])):
        return [0] * len(table)
    kinds = pd.Series("", index=table.index)
    for name in KINDS:
        kinds = kinds + " " + table[name].astype(str) if name in table else kinds
    nulls = [null_of(str(value)) for value in table["estimand"]] if "estimand" in table else [0.0] * len(table)
    ends = list(zip(table[column.lower].astype(float), table[column.upper].astype(float), nulls, strict=True))
    supported = pd.Series([digits_for(*each) for each in ends], index=table.index, dtype=float)
    common = supported.groupby(kinds, sort=False).transform("median").map(np.ceil)
    return [
        int(own if any(end != null and round(end - null, int(usual)) == 0.0 for end in (lower, upper)) else usual)
        for (lower, upper, null), own, usual in zip(ends, supported, common, strict=True)
    ]


def _are_whole(values: pd.Series) -> bool:
    finite = values[np.isfinite(values.astype(float))].astype(float)
    return bool(len(finite)) and bool((finite == finite.round()).all())


def shown(value: float, digits: int) -> str:
    """A number with a true minus sign; infinity as its sign.

    >>> shown(-0.125, 2), shown(float("inf"), 2), shown(float("nan"), 2)
    ('−0.12', '∞', '–')
    """
    if pd.notna(value) and np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return number(float(value), digits)


def probability(value: float) -> str:
    """A probability with three decimals, and no rounding to 0 or 1.

    >>> probability(0.0314), probability(0.0002), probability(1.0), probability(0.9999)
    ('0.031', '<0.001', '>0.999', '>0.999')
    """
    if pd.isna(value):
        return MISSING
    if value < SMALLEST:
        return f"<{SMALLEST}"
    return f">{1.0 - SMALLEST}" if value > 1.0 - SMALLEST else f"{value:.3f}"


def significant(value: float, digits: int = 3) -> int:
    """Decimal places that show three significant digits.

    >>> significant(0.01234), significant(123.4), significant(0.0)
    (4, 0, 0)
    """
    if pd.isna(value) or not np.isfinite(value) or value == 0.0:
        return 0
    return int(np.clip(digits - 1 - np.floor(np.log10(abs(value))), 0, 6))
