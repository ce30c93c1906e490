"""Variance shares and agreement coefficients in sentences."""

import pandas as pd

from pluralstats.study.sentences import Row
from pluralstats.study.wording import digits_for, interval, listed, number

COMPONENTS = {
    "item": "the items",
    "question": "the questions",
    "demographics": "the raters' demographics",
    "rater": "the persons beyond their demographics",
    "residual": "noise within persons",
}
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
    'Of the latent variance of the ratings, noise within persons is 60% [55, 65] and the items 40% [35, 45] (95% intervals).'
    """  # noqa: E501
    rows = table.sort_values("percent", ascending=False, kind="stable").to_dict("records")
    parts = [f"{component_name(str(row['component']))} {_percent(row)}" for row in rows]
    first = f"{component_name(str(rows[0]['component']))} is {_percent(rows[0])}"
    return f"Of the latent variance of the ratings, {listed([first, *parts[1:]])} (95% intervals)."


def component_name(component: str) -> str:
    """A variance component in words.

    >>> component_name("rater"), component_name("gender:race")
    ('the persons beyond their demographics', 'gender:race')
    """
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
    """  # noqa: E501
    how = _BOOTSTRAPS.get(str(row["bootstrap"]), f"{row['bootstrap']} resampled")
    if row["coefficient"] == "percent":
        bracket = interval(row["lower"], row["upper"], 0)
        value = number(row["estimate"], 0)
        start = f"Two raters of one item give the same rating in {value}% of pairs"
        return f"{start} (95% interval {bracket}, {how})."
    digits = max(2, digits_for(row["lower"], row["upper"]))
    kind = str(row["coefficient"]).removeprefix("alpha_")
    bracket = interval(row["lower"], row["upper"], digits)
    return (
        f"Raters of one item agree with Krippendorff's alpha ({kind}) {number(row['estimate'], digits)} "
        f"(95% interval {bracket}, {how}); 1 is full agreement, 0 is chance."
    )
