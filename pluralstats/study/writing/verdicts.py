"""What an interval allows to say, and the words for estimands and comparisons, in one place for sentences and tables.

Direction words follow the sign, every sentence names its estimand, and "no clear difference" stands wherever the
interval holds no difference and is not within the band of practical equivalence. An interval that leaves out no
difference but reaches into the band has a verdict of its own: it has a direction, and a size that may not matter.
"""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from pluralstats.printing.units import null_of, unit_of
from pluralstats.printing.wording import digits_for
from pluralstats.results.effects.level_pairs import SLOPE

type Row = Mapping[str, Any]
type Verdict = Literal["higher", "lower", "higher into band", "lower into band", "equivalent", "unclear"]
CLEAR = ("higher", "lower")  # verdicts
INTO_BAND = {"higher into band": "higher", "lower into band": "lower"}  # verdict -> its direction


def headline(effects: pd.DataFrame) -> str:
    """The estimand that findings, figures and the comparison of models speak of: the first of the table."""
    return str(effects["estimand"].iloc[0]) if len(effects) else "points"


def verdict(lower: float, upper: float, null: float = 0.0, rope: float = 0.0) -> Verdict:
    """What an interval allows to say about a difference.

    "higher" and "lower" need the whole interval beyond ``null ± rope``, "equivalent" all of it within. "higher into
    band" and "lower into band" leave out ``null`` and reach from beyond the band into it; all others are "unclear".

    >>> verdict(0.1, 0.3), verdict(0.1, 0.3, rope=0.15), verdict(-0.02, 0.03, rope=0.1), verdict(-0.1, 0.3, rope=0.15)
    ('higher', 'higher into band', 'equivalent', 'unclear')
    """
    if lower > null + rope:
        return "higher"
    if upper < null - rope:
        return "lower"
    if rope > 0 and lower >= null - rope and upper <= null + rope:
        return "equivalent"
    if lower > null:
        return "higher into band"
    return "lower into band" if upper < null else "unclear"


def verdict_words(estimand: str, rope: float = 0.0) -> str:
    """What a report calls the verdict on a difference, in one sentence.

    >>> verdict_words("points").partition(": ")[2]
    'higher or lower where all of it lies on one side of 0, no clear difference where it does not.'
    """
    start, null = "The verdict on a difference is read from its 95% interval: higher or lower where", null_of(estimand)
    band = rope_of(estimand, rope)
    if not band:
        return f"{start} all of it lies on one side of {null:.0f}, no clear difference where it does not."
    return (
        f"{start} all of it lies beyond the band of ±{band:g} {unit_of(estimand)} that counts as no difference; higher "
        f"or lower, reaching into the band, where it leaves out {null:.0f} but not the whole band; practically alike "
        f"where all of it lies in the band; no clear difference where it holds {null:.0f} and more than the band."
    )


def each_slope_once(effects: pd.DataFrame) -> pd.DataFrame:
    """Without the slopes for one unit: those for one standard deviation are the same slopes, and would count twice."""
    return effects[~((effects["reference"] == SLOPE) & (effects["level"] == "+1"))]


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
