"""What an interval allows to say, and the words for estimands and comparisons, in one place for sentences and tables.

Direction words follow the sign, every sentence names its estimand, and "no clear difference" stands wherever
the interval meets the band of practical equivalence (or zero, when there is no band).
"""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from pluralstats.printing.units import null_of
from pluralstats.printing.wording import digits_for
from pluralstats.results.effects.level_pairs import SLOPE

type Row = Mapping[str, Any]
CLEAR = ("higher", "lower")  # verdicts


def headline(effects: pd.DataFrame) -> str:
    """The estimand that findings, figures and the comparison of models speak of: the first of the table."""
    return str(effects["estimand"].iloc[0]) if len(effects) else "points"


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


def digits_of(row: Row) -> int:
    """The decimal places of one row of an effects table: on which side of no difference each end lies is visible.

    >>> digits_of({"estimand": "odds_ratio", "lower": 1.004, "upper": 1.4})
    3
    """
    return digits_for(row["lower"], row["upper"], null_of(str(row["estimand"])))


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
        return f"{row['level']} ({'; '.join(places(row))})"
    return f"{row['level']} − {row['reference']} ({'; '.join(places(row))})"


def places(row: Row, *, dimension: bool = True) -> list[str]:
    """What a row is about: its demographic, the levels of others that it is within, its dimension unless told not."""
    within = [f"{column} {row[column]}" for column in by_columns(row)]
    where = str(row.get("dimension", "")) if dimension else ""
    return [str(row["demographic"]), *within, *([where] if where else [])]


def by_columns(row: Row | pd.DataFrame) -> list[str]:
    """The columns between reference and estimand: the demographics an effects table is split by."""
    names = list(row.keys())
    if "reference" not in names or "estimand" not in names:
        return []
    return names[names.index("reference") + 1 : names.index("estimand")]


def gap(row: Row) -> float:
    """How far the near end of the interval is from no difference; 0 when the interval has no difference in it.

    >>> gap({"estimand": "points", "lower": -0.5, "upper": -0.2}), gap({"estimand": "points", "lower": -1, "upper": 1})
    (0.2, 0.0)
    """
    null = null_of(str(row["estimand"]))
    return float(max(row["lower"] - null, null - row["upper"], 0.0))


def named(row: Row, key: str) -> str:
    """What a column names in a row, after its dimension where there are several.

    >>> named({"dimension": "toxicity", "parameter": "sd(rater)"}, "parameter")
    'toxicity: sd(rater)'
    """
    dimension = str(row.get("dimension", ""))
    return f"{dimension}: {row[key]}" if dimension else str(row[key])
