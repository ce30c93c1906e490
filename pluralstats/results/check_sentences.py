"""``predictive_problems``: what ratings replicated from a model do not reproduce, in finished sentences."""

from typing import Any

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError

TAIL = 0.005  # on either side: outside the central 99% of the replications
COLUMNS = ("statistic", "level", "unit", "category", "observed", "lower", "upper", "estimate", "p")
MOST_CATEGORIES = 3  # named in a sentence
_SPREADS = {"sd of rater means": ("Raters", "raters"), "sd of item means": ("Items", "items")}


def predictive_problems(table: pd.DataFrame) -> tuple[str, ...]:
    """The checks of everybody and of groups that fail, one sentence for each statistic of a group.

    A check fails when the observed statistic lies outside the central 99% of the replications (``p`` below 0.005 or
    above 0.995). Checks of single raters and items are left out: of a thousand some fail for a right model. Of a
    hundred checks of groups one may, too; with many ratings a failed check may be too small to matter, which the
    numbers in the sentence show.

    Parameters
    ----------
    table : data frame
        Of ``ps.predictive_checks``.

    Returns
    -------
    tuple of str
        Empty when nothing was found.

    Raises
    ------
    ConfigError
        The table lacks columns.

    Examples
    --------
    >>> row = {"statistic": "sd of rater means", "level": "overall", "unit": "all", "category": "", "observed": 0.62,
    ...        "estimate": 0.31, "lower": 0.29, "upper": 0.33, "p": 0.0}
    >>> print(*predictive_problems(pd.DataFrame([row])))
    Raters differ more than the model says: the sd of rater means is 0.62 rating points (the model expects 0.31 [0.29, 0.33]). Is a random term for raters missing?
    """  # noqa: E501
    if missing := [column for column in COLUMNS if column not in table.columns]:
        raise ConfigError(
            f"`predictive_problems` needs the table of `ps.predictive_checks`; it lacks {', '.join(missing)}."
        )
    outside = (table["p"] < TAIL) | (table["p"] > 1.0 - TAIL)
    failed = table[outside & table["level"].isin(["overall", "group"])]
    blocks = failed.groupby(["statistic", "level", "unit"], sort=False, observed=True)
    return tuple(_sentence(str(statistic), str(unit), part) for (statistic, _, unit), part in blocks)


def _sentence(statistic: str, unit: str, rows: pd.DataFrame) -> str:
    demographic, _, level = unit.partition(":")
    who = f"raters with {demographic} '{level}'" if level else "all raters"
    if statistic == "share":
        return f"Ratings by {who} fall into other categories than the model says: {_categories(rows)}."
    row = next(rows.itertuples())
    more = row.p < 0.5
    numbers = _numbers(row, "%" if statistic == "agreement" else " rating points")
    if statistic in _SPREADS:
        plural, term = _SPREADS[statistic]
        side = "more" if more else "less"
        question = f" Is a random term for {term} missing?" if more else ""
        return f"{plural} differ {side} than the model says: the {statistic} is {numbers}.{question}"
    if statistic == "agreement":
        pairs = f"Pairs of {who}" if level else "Pairs of raters"
        return f"{pairs} agree {'more' if more else 'less'} often than the model says: {numbers}."
    if statistic == "sd":
        return f"Ratings by {who} vary {'more' if more else 'less'} than the model says: their sd is {numbers}."
    return f"The mean rating by {who} is {'higher' if more else 'lower'} than the model says: {numbers}."


def _categories(rows: pd.DataFrame) -> str:
    """The categories farthest from what the model expects, and how many more there are."""
    far = (rows["observed"] - rows["estimate"]).abs().sort_values(ascending=False, kind="stable").index
    texts = [f"'{row.category}' {_numbers(row, '%')}" for row in rows.loc[far[:MOST_CATEGORIES]].itertuples()]
    more = len(rows) - len(texts)
    return ", ".join(texts) + (f", and {more} more" if more else "")


def _numbers(row: Any, unit: str) -> str:
    """Observed and expected, with as many digits as the interval supports."""
    width = (row.upper - row.lower) / 3.0
    digits = int(np.clip(-np.floor(np.log10(width)), 0, 6)) if width > 0.0 else 2
    observed, estimate, lower, upper = (
        f"{value:.{digits}f}".replace("-", "−") for value in (row.observed, row.estimate, row.lower, row.upper)
    )
    return f"{observed}{unit} (the model expects {estimate} [{lower}, {upper}])"
