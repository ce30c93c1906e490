"""Variance shares and agreement coefficients in sentences."""

from collections.abc import Collection
from math import isfinite

import pandas as pd

from pluralstats.study.sentences import Row
from pluralstats.study.wording import capital, interval, listed, number

RATER = "rater"
COMPONENTS = {
    "item": "items",
    "question": "questions",
    "demographics": "raters' demographics",
    "rater": "raters beyond their demographics",
    "residual": "noise within raters",
}
_OTHERS = {"ac1": "Gwet's AC1", "ac2": "Gwet's AC2", "fleiss": "Fleiss' kappa"}
_SPREADS = {"distance": "a mean distance of", "entropy": "a mean entropy of", "polarisation": "a mean polarisation of"}
_OTHERS |= _SPREADS
_BOOTSTRAPS = {"raters": "raters resampled", "items": "items resampled", "both": "raters and items resampled"}


def shares_sentence(table: pd.DataFrame) -> str:
    """Where the differences between ratings come from, the largest component first.

    Parameters
    ----------
    table : DataFrame
        Variance shares of one dimension: component, percent, lower, upper.

    Examples
    --------
    >>> shares_sentence(pd.DataFrame({"component": ["item", "residual"], "percent": [40.0, 60.0],
    ...                               "lower": [35.0, 55.0], "upper": [45.0, 65.0]}))
    'Of the latent variance of the ratings, 60% [55, 65] is raters and noise and 40% [35, 45] is items.'
    """
    rows = table.sort_values("percent", ascending=False, kind="stable").to_dict("records")
    components = set(table["component"])
    parts = [f"{_percent(row)} is {component_name(str(row['component']), components)}" for row in rows]
    return f"Of the latent variance of the ratings, {listed(parts)}."


def component_name(component: str, components: Collection[str] = (RATER,)) -> str:
    """A variance component in words; ``components`` are all of the model.

    >>> component_name("rater"), component_name("gender:race"), component_name("residual", ["item", "residual"])
    ('raters beyond their demographics', 'gender:race', 'raters and noise')
    """
    if component == "residual" and RATER not in components:  # the noise holds what differs between raters
        return "raters and noise"
    return COMPONENTS.get(component, component)


def _percent(row: Row) -> str:
    digits = 1 if row["percent"] < 2 else 0
    return f"{number(row['percent'], digits)}% {interval(row['lower'], row['upper'], digits)}"


def agreement_sentence(row: Row) -> str:
    """How far the raters of one item agree.

    Parameters
    ----------
    row : mapping
        One row of an agreement table: coefficient, bootstrap, estimate, lower, upper.

    Examples
    --------
    >>> agreement_sentence({"coefficient": "percent", "bootstrap": "both", "estimate": 41.2, "lower": 39.0,
    ...                     "upper": 43.1})
    'Two raters of one item give the same rating in 41% of pairs (95% interval [39, 43], raters and items resampled).'
    """
    how = _BOOTSTRAPS.get(str(row["bootstrap"]), f"{row['bootstrap']} resampled")
    if row["coefficient"] == "percent":
        value = number(row["estimate"], 0)
        start = f"Two raters of one item give the same rating in {value}% of pairs"
        return f"{start} ({_within(row, 0, how)})."
    value, within = number(row["estimate"], 2), _within(row, 2, how)
    if str(row["coefficient"]) in _SPREADS:
        return f"Raters of one item differ by {coefficient_name(row['coefficient'])} {value} ({within})."
    return (
        f"Raters of one item agree with {coefficient_name(row['coefficient'])} {value} ({within}); 1 is full "
        "agreement, 0 is chance."
    )


def coefficient_name(coefficient: object) -> str:
    """A coefficient of agreement in words.

    >>> coefficient_name("alpha_ordinal"), coefficient_name("ac2")
    ("Krippendorff's alpha (ordinal)", "Gwet's AC2")
    """
    name = str(coefficient)
    if name.startswith("alpha_"):
        return f"Krippendorff's alpha ({name.removeprefix('alpha_')})"
    return _OTHERS.get(name, name)


def _within(row: Row, digits: int, how: str) -> str:
    if not (isfinite(row["lower"]) and isfinite(row["upper"])):
        return "the ratings allow no interval"
    return f"95% interval {interval(row['lower'], row['upper'], digits)}, {how}"


def agreement_range_sentence(lowest: Row, highest: Row) -> str:
    """Agreement on the dimensions where it is lowest and highest.

    Parameters
    ----------
    lowest, highest : mapping
        Rows of an agreement table with ``dimension``, for everybody and one coefficient.
    """
    percent = lowest["coefficient"] == "percent"
    spread = str(lowest["coefficient"]) in _SPREADS
    name = "The share of equal pairs of ratings" if percent else capital(coefficient_name(lowest["coefficient"]))
    unit, digits = ("%", 0) if percent else ("", 2)
    ends = [
        f"{number(row['estimate'], digits)}{unit} {interval(row['lower'], row['upper'], digits)} on {row['dimension']}"
        for row in (lowest, highest)
    ]
    meaning = "" if percent or spread else "; 1 is full agreement, 0 is chance"
    how = _BOOTSTRAPS.get(str(lowest["bootstrap"]), f"{lowest['bootstrap']} resampled")
    return f"{name} goes from {ends[0]} to {ends[1]} (95% intervals, {how}{meaning})."
