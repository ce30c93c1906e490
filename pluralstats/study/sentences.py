"""Tables into sentences a reader can quote.

Direction words follow the sign, every sentence names its estimand, and "no clear difference" stands wherever
the interval meets the band of practical equivalence (or zero, when there is no band).
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import pandas as pd

from pluralstats.results.effects.level_pairs import SLOPE
from pluralstats.study.wording import capital, count, digits_for, interval, number

type Row = Mapping[str, Any]
CLEAR = ("higher", "lower")  # verdicts
FEW = 0.75  # contrasts expected to be clear by chance, below which "about 1" would be too many
_UNITS = {
    "points": "rating points",
    "percent": "percent of the reference group's mean rating",
    "percent_of_range": "percent of the scale's range",
    "odds_ratio": "odds ratio, given rater and item",
    "marginal_odds_ratio": "ratio of averaged odds",
    "latent_d": "standardised latent difference",
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
    estimand = str(row["estimand"])
    return verdict(row["lower"], row["upper"], null_of(estimand), rope_of(estimand, rope))


def rope_of(estimand: str, rope: float) -> float:
    """The band of practical equivalence, which is given in rating points, for an estimand: 0 for all others.

    >>> rope_of("points", 0.1), rope_of("percent", 0.1)
    (0.1, 0.0)
    """
    return rope if estimand == "points" else 0.0


def null_of(estimand: str) -> float:
    """The value of an estimand when groups do not differ: 1 for ratios, else 0.

    >>> null_of("odds_ratio"), null_of("P(rating >= 4) ratio"), null_of("points")
    (1.0, 1.0, 0.0)
    """
    return 1.0 if estimand.endswith("ratio") else 0.0


def digits_of(row: Row) -> int:
    """The decimal places of one row of an effects table: on which side of no difference each end lies is visible.

    >>> digits_of({"estimand": "odds_ratio", "lower": 1.004, "upper": 1.4})
    3
    """
    return digits_for(row["lower"], row["upper"], null_of(str(row["estimand"])))


def unit_of(estimand: str) -> str:
    """What an estimand is measured in.

    >>> unit_of("points"), unit_of("P(rating >= 4)")
    ('rating points', 'percentage points of P(rating >= 4)')
    """
    if estimand.startswith("P("):
        return estimand if estimand.endswith("ratio") else f"percentage points of {estimand}"
    return _UNITS[estimand]


def is_slope(row: Row) -> bool:
    """Whether a row is about a number, as an age, and not about levels."""
    return str(row["reference"]) == SLOPE


def contrast_name(row: Row) -> str:
    """The comparison of one row: groups, demographic, the other demographics it is within, dimension.

    >>> contrast_name({"level": "male", "reference": "female", "demographic": "gender"})
    'male − female (gender)'
    >>> contrast_name({"level": "+1", "reference": "slope", "demographic": "age"})
    '+1 (age)'
    """
    if is_slope(row):
        return f"{row['level']} ({'; '.join(_where(row))})"
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
    estimand, digits = str(row["estimand"]), digits_of(row)
    where = "; ".join(_where(row))
    bracket = f"95% interval {interval(row['lower'], row['upper'], digits)}"
    said, size = row_verdict(row, rope), number(row["estimate"], digits)
    if is_slope(row):
        return _slope_sentence(row, said, size, f"{where}; {bracket}")
    groups = f"{row['level']} and {row['reference']} raters"
    if said == "equivalent":
        bound = f"lies within ±{rope:g} rating points"
        return f"{capital(groups)} rate practically alike: the difference {bound} ({where}; {bracket})."
    if said == "unclear":
        return f"No clear difference between {groups} ({where}): {size} {unit_of(estimand)}, {bracket}."
    if estimand == "latent_d" or null_of(estimand):
        start = f"{capital(str(row['level']))} raters gave {said} ratings than {row['reference']} raters"
        return f"{start}: {unit_of(estimand)} {size} ({where}; {bracket})."
    if estimand.startswith("P("):
        more = (
            f"{number(abs(row['estimate']), digits)} percentage points {'more' if said == 'higher' else 'less'} often"
        )
        start = f"{capital(str(row['level']))} raters chose {_chosen(estimand)}"
        return f"{start} {more} than {row['reference']} raters ({where}; {bracket})."
    start = f"{capital(str(row['level']))} raters gave ratings {number(abs(row['estimate']), digits)}"
    return f"{start} {unit_of(estimand)} {said} than {row['reference']} raters ({where}; {bracket})."


def _slope_sentence(row: Row, said: str, size: str, where: str) -> str:
    """One slope in words: what one unit, or one standard deviation, of a number goes with."""
    step = f"{row['level']} of {row['demographic']}"
    if said == "unclear":
        return f"No clear slope: {step} goes with {size} {unit_of(str(row['estimand']))} ({where})."
    if said == "equivalent":
        return f"{step} hardly matters: {size} {unit_of(str(row['estimand']))} ({where})."
    unit = unit_of(str(row["estimand"]))
    return f"Ratings are {said} with more {row['demographic']}: {step} goes with {size} {unit} ({where})."


def _chosen(estimand: str) -> str:
    """The answers an estimand counts: "4 or higher"; on a scale of two "'hateful'"."""
    inside = estimand.removesuffix(" ratio").removesuffix(")").removeprefix("P(rating ")
    sign, category = inside.split(" ", 1)
    return f"'{category}'" if sign == "=" else f"{category} or higher"


def what_would_change(row: Row, other: Row | None = None, other_name: str = "", rope: float = 0.0) -> str:
    """How near a finding is to another verdict, on how many raters it rests, and what another model says.

    Parameters
    ----------
    row : mapping
        One row of the main model's effects.
    other : mapping, optional
        The same contrast under another model, called ``other_name``.
    """
    digits, unit = digits_of(row), unit_of(str(row["estimand"]))
    band = rope_of(str(row["estimand"]), rope)
    if row_verdict(row, rope) in CLEAR:
        border = f"the band of ±{band:g}" if band else f"{null_of(str(row['estimand'])):.0f}"
        parts = [f"the near end of the interval is {number(gap(row) - band, digits)} from {border}"]
    else:
        low, high = number(row["lower"], digits), number(row["upper"], digits)
        parts = [f"more raters, for these leave room for {low} to {high} {unit}"]
    parts.append("" if is_slope(row) else _rests_on(row))
    parts.append(str(row.get("note") or ""))
    if other is not None:
        size = number(other["estimate"], digits)
        parts.append(f"under '{other_name}' it is {size} {interval(other['lower'], other['upper'], digits)}")
    return "What would change it: " + "; ".join(part for part in parts if part) + "."


def gap(row: Row) -> float:
    """How far the near end of the interval is from no difference; 0 when the interval has no difference in it.

    >>> gap({"estimand": "points", "lower": -0.5, "upper": -0.2}), gap({"estimand": "points", "lower": -1, "upper": 1})
    (0.2, 0.0)
    """
    null = null_of(str(row["estimand"]))
    return float(max(row["lower"] - null, null - row["upper"], 0.0))


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
    digits = digits_of(main)
    main_text, other_text = (
        f"{number(row['estimate'], digits)} {interval(row['lower'], row['upper'], digits)}" for row in (main, other)
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
    clear = sum(row_verdict(row, rope) in CLEAR for row in rows)
    estimand = str(rows[0]["estimand"])
    if band := rope_of(estimand, rope):
        beyond = f"wholly beyond ±{band:g}"
    else:
        beyond = f"that {'leaves' if clear == 1 else 'leave'} out {null_of(estimand):.0f}"
    have = "has a 95% interval" if clear == 1 else "have 95% intervals"
    expected = 0.05 * len(rows)
    chance = f"about {expected:.0f}" if expected >= FEW else "fewer than 1"
    return (
        f"Of {count(len(rows), 'contrast')} in {unit_of(estimand)}, {clear} {have} {beyond}; if no groups "
        f"differed, {chance} would on average."
    )
