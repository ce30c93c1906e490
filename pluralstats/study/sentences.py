"""Tables into sentences a reader can quote.

Direction words follow the sign, every sentence names its estimand, and "no clear difference" stands wherever
the interval meets the band of practical equivalence (or zero, when there is no band).
"""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import pandas as pd

from pluralstats.study.wording import capital, count, digits_for, interval, number

Row = Mapping[str, object]
RATIOS = ("odds_ratio",)
_AMOUNTS = {
    "points": "rating points",
    "percent": "percent of the reference group's mean rating",
    "percent_of_range": "percent of the scale's range",
    "latent_d": "latent standard deviations",
}


class Finding(NamedTuple):
    """One sentence, and what would change it."""

    text: str
    note: str


def verdict(
    lower: float, upper: float, null: float = 0.0, rope: float = 0.0
) -> Literal["higher", "lower", "equivalent", "unclear"]:
    """What an interval allows to say about a difference.

    "higher" and "lower" need the whole interval beyond ``null ± rope``, "equivalent" all of it within.

    >>> verdict(0.1, 0.3), verdict(0.1, 0.3, rope=0.15), verdict(-0.02, 0.03, rope=0.1)
    ('higher', 'unclear', 'equivalent')
    """
    if lower > null + rope:
        return "higher"
    if upper < null - rope:
        return "lower"
    if rope > 0 and lower >= null - rope and upper <= null + rope:
        return "equivalent"
    return "unclear"


def row_verdict(row: Row, rope: float = 0.0) -> str:
    """The verdict on one row of an effects table; ``rope`` is in rating points and used for points only."""
    estimand = row["estimand"]
    return verdict(
        row["lower"], row["upper"], 1.0 if estimand in RATIOS else 0.0, rope if estimand == "points" else 0.0
    )


def amount(estimand: str, value: float, digits: int) -> str:
    """The size of an effect with its unit, without its sign.

    >>> amount("points", -0.21, 2), amount("P(rating >= 4)", 3.2, 1)
    ('0.21 rating points', '3.2 percentage points of P(rating >= 4)')
    """
    if estimand in RATIOS:
        return f"odds of a higher rating {number(value, digits)} times as large"
    unit = _AMOUNTS.get(estimand, f"percentage points of {estimand}")
    return f"{number(abs(value), digits)} {unit}"


def unit_of(estimand: str) -> str:
    """What an estimand is measured in.

    >>> unit_of("points"), unit_of("odds_ratio")
    ('rating points', 'odds ratio')
    """
    return "odds ratio" if estimand in RATIOS else _AMOUNTS.get(estimand, f"percentage points of {estimand}")


def contrast_name(row: Row) -> str:
    """The comparison of one row: groups, demographic, the other demographics it is within, dimension.

    >>> contrast_name({"level": "male", "reference": "female", "demographic": "gender"})
    'male − female (gender)'
    """
    return f"{row['level']} − {row['reference']} ({'; '.join(_where(row))})"


def _where(row: Row) -> list[str]:
    within = [f"{column} {row[column]}" for column in by_columns(row)]
    dimension = str(row.get("dimension", ""))
    return [str(row["demographic"]), *within, *([dimension] if dimension else [])]


def by_columns(row: Row | pd.DataFrame) -> list[str]:
    """The columns between reference and estimand: the demographics an effects table is split by."""
    names = list(row.keys())
    if "reference" not in names or "estimand" not in names:
        return []
    return names[names.index("reference") + 1 : names.index("estimand")]


def contrast_sentence(row: Row, rope: float = 0.0) -> str:
    """One effect in words.

    >>> contrast_sentence({"demographic": "race", "level": "Black", "reference": "White",
    ...                    "estimand": "points", "estimate": 0.19, "lower": 0.02, "upper": 0.37})
    'Black raters gave ratings 0.19 rating points higher than White raters (race; 95% interval [0.02, 0.37]).'
    """
    lower, upper, estimand = row["lower"], row["upper"], str(row["estimand"])
    digits = digits_for(lower, upper)
    bracket = f"95% interval {interval(lower, upper, digits)}"
    where = "; ".join(_where(row))
    said = row_verdict(row, rope)
    groups = f"{row['level']} and {row['reference']} raters"
    if said == "equivalent":
        return (
            f"{groups[0].upper() + groups[1:]} rate practically alike: the difference lies within "
            f"±{number(rope, digits)} rating points ({where}; {bracket})."
        )
    if said == "unclear":
        estimate = number(row["estimate"], digits)
        return f"No clear difference between {groups} ({where}): {estimate} {unit_of(estimand)}, {bracket}."
    size = amount(estimand, row["estimate"], digits)
    level = capital(str(row["level"]))
    if estimand in RATIOS:
        return f"{level} raters had {size} as {row['reference']} raters ({where}; {bracket})."
    return f"{level} raters gave ratings {size} {said} than {row['reference']} raters ({where}; {bracket})."


def what_would_change(row: Row, other: Row | None = None, other_name: str = "", rope: float = 0.0) -> str:
    """How near a finding is to another verdict, on how many raters it rests, and what another model says.

    Parameters
    ----------
    row : mapping
        One row of the main model's effects.
    other : mapping, optional
        The same contrast under another model, called ``other_name``.
    """
    digits, unit = digits_for(row["lower"], row["upper"]), unit_of(str(row["estimand"]))
    null = 1.0 if row["estimand"] in RATIOS else 0.0
    border = "the band of practical equivalence" if rope and row["estimand"] == "points" else f"{null:.0f}"
    if row_verdict(row, rope) in ("higher", "lower"):
        gap = min(abs(row["lower"] - null), abs(row["upper"] - null)) - (
            rope if row["estimand"] == "points" else 0
        )
        parts = [f"the interval ends {number(gap, digits)} from {border}"]
    else:
        low, high = number(row["lower"], digits), number(row["upper"], digits)
        parts = [f"more raters: these leave room for {low} to {high} {unit}"]
    parts.append(_rests_on(row))
    if other is not None:
        size = number(other["estimate"], digits)
        parts.append(f"under '{other_name}' it is {size} {interval(other['lower'], other['upper'], digits)}")
    return "What would change it: " + "; ".join(part for part in parts if part) + "."


def _rests_on(row: Row) -> str:
    if "n_raters" not in row or "n_raters_reference" not in row:
        return ""
    return (
        f"it rests on {count(float(row['n_raters']), f'{row["level"]} rater')} and "
        f"{float(row['n_raters_reference']):,.0f} {row['reference']}"
    )


def change_sentence(main: Row, other: Row, name: str, adds_rater: bool) -> str:
    """How one contrast moves from another model to the main one.

    >>> row = {"demographic": "race", "level": "Black", "reference": "White", "estimand": "points"}
    >>> change_sentence({**row, "estimate": 0.19, "lower": 0.02, "upper": 0.37},
    ...                 {**row, "estimate": 0.21, "lower": 0.15, "upper": 0.27}, "items only", True)
    'When the rater effect is added, the difference Black − White (race) changes from 0.21 [0.15, 0.27] to 0.19 [0.02, 0.37] rating points.'
    """  # noqa: E501
    digits = max(digits_for(main["lower"], main["upper"]), digits_for(other["lower"], other["upper"]))
    main_text, other_text = (
        f"{number(row['estimate'], digits)} {interval(row['lower'], row['upper'], digits)}"
        for row in (main, other)
    )
    unit = unit_of(str(main["estimand"]))
    if adds_rater:
        return (
            f"When the rater effect is added, the difference {contrast_name(main)} changes "
            f"from {other_text} to {main_text} {unit}."
        )
    return (
        f"Under '{name}' instead of the main model, the difference {contrast_name(main)} is {other_text} "
        f"instead of {main_text} {unit}."
    )


def clarity_sentence(table: pd.DataFrame, rope: float = 0.0) -> str:
    """How many contrasts are clear, and how many would be if there were no differences at all."""
    rows = table.to_dict("records")
    clear = sum(row_verdict(row, rope) in ("higher", "lower") for row in rows)
    unit = unit_of(str(rows[0]["estimand"])) if rows else ""
    beyond = (
        f"beyond ±{rope:g} {unit}" if rope and unit == "rating points" else "that leave out no difference"
    )
    chance = math.ceil(0.05 * len(rows))
    return (
        f"Of {count(len(rows), 'contrast')} in {unit}, {clear} {'has' if clear == 1 else 'have'} "
        f"a 95% interval {beyond}; "
        f"if no groups differed, about {chance} would."
    )
