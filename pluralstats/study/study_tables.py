"""The tables of a study that no other part of the package makes: the sample, rating shares, fits stacked."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings

SAMPLE_COLUMNS = ("demographic", "level", "is_reference", "n_raters", "n_ratings", "percent_raters")
SHARE_COLUMNS = ("demographic", "level", "category", "position", "n", "percent")
EVERYBODY = "all"


def sample(ratings: Ratings) -> pd.DataFrame:
    """Who rated: one row for each level of each demographic, after "all".

    Returns
    -------
    DataFrame
        demographic, level, is_reference, n_raters, n_ratings, percent_raters (0-100, of all raters).
    """
    frame = ratings.frame
    n_raters = frame["rater"].nunique()
    rows: list[tuple[object, ...]] = [(EVERYBODY, EVERYBODY, False, n_raters, len(frame), 100.0)]
    for demographic in ratings.demographics:
        groups = frame.groupby(demographic, observed=True)["rater"].agg(["nunique", "size"])
        reference = frame[demographic].cat.categories[0]
        for level, (raters, n) in zip(groups.index, groups.to_numpy(), strict=True):
            rows.append((demographic, level, level == reference, raters, n, 100 * raters / n_raters))
    return pd.DataFrame(rows, columns=list(SAMPLE_COLUMNS))


def rating_shares(ratings: Ratings) -> pd.DataFrame:
    """How often each group chose each category, after everybody; empty for a continuous scale.

    Returns
    -------
    DataFrame
        dimension (when there are several), demographic, level, category (label), position (0..K-1), n,
        percent (0-100, of the ratings of that group on that dimension). Categories nobody chose have n = 0.
    """
    if ratings.scale.is_continuous:
        return pd.DataFrame(columns=list(SHARE_COLUMNS))
    parts = {
        dimension: pd.concat([_shares(part, name) for name in (EVERYBODY, *ratings.demographics)])
        for dimension, part in by_dimension(ratings).items()
    }
    return stacked(parts, "dimension")


def _shares(ratings: Ratings, demographic: str) -> pd.DataFrame:
    frame = ratings.frame
    group = frame[demographic] if demographic != EVERYBODY else pd.Series(EVERYBODY, index=frame.index)
    counts = pd.crosstab(group, frame["rating"]).reindex(columns=range(ratings.scale.K), fill_value=0)
    counts = counts[counts.sum(axis=1) > 0]
    long = counts.stack().rename("n").reset_index().set_axis(["level", "position", "n"], axis=1)
    total = long.groupby("level", observed=True)["n"].transform("sum")
    labels = long["position"].map(dict(enumerate(ratings.scale.labels)))
    shares = long.assign(
        demographic=demographic,
        level=long["level"].astype(str),
        category=labels,
        percent=100 * long["n"] / total,
    )
    return shares[list(SHARE_COLUMNS)]


def by_dimension(ratings: Ratings) -> dict[str, Ratings]:
    """The ratings of each dimension; one entry with the name "" when there are no dimensions."""
    if not ratings.dimensions:
        return {"": ratings}
    return {dimension: ratings.select(dimension=dimension) for dimension in ratings.dimensions}


def stacked(parts: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame:
    """Tables under each other with their key as first column; no such column when the only key is "".

    >>> stacked({"a": pd.DataFrame({"x": [1]}), "b": pd.DataFrame({"x": [2]})}, "part")["part"].tolist()
    ['a', 'b']
    """
    if list(parts) == [""]:
        return parts[""].reset_index(drop=True)
    named = [_with_first(table, column, key) for key, table in parts.items() if len(table)]
    if not named:
        return _with_first(next(iter(parts.values())), column, "")
    return pd.concat(named, ignore_index=True)


def _with_first(table: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    table = table.reset_index(drop=True)
    table.insert(0, column, pd.Series([value] * len(table), dtype="str"))
    return table


def problem_rows(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Problems of the fits: model, dimension, problem (a finished sentence)."""
    return pd.DataFrame(list(rows), columns=["model", "dimension", "problem"]).astype("str")
