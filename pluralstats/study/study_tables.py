"""The tables of a study that no other part of the package makes: the sample, rating shares, fits stacked."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import percent_text
from pluralstats.population.targets import PopulationWarning
from pluralstats.study.wording import capital, count, listed, scale_words

SAMPLE_COLUMNS = ("demographic", "level", "is_reference", "n_raters", "n_ratings", "percent_raters")
SHARE_COLUMNS = ("demographic", "level", "category", "position", "n", "percent")
EVERYBODY = "all"


def sample(ratings: Ratings) -> pd.DataFrame:
    """Who rated: one row for each level of each demographic, after "all".

    Returns
    -------
    DataFrame
        demographic, level, is_reference, n_raters, n_ratings (a row of ``weight`` 3 is three), percent_raters
        (0-100, of all raters).
    """
    frame = ratings.frame.assign(_n=frequencies(ratings))
    n_raters = frame["rater"].nunique()
    rows: list[tuple[object, ...]] = [(EVERYBODY, EVERYBODY, False, n_raters, frame["_n"].sum(), 100.0)]
    for demographic in ratings.demographics:
        groups = frame.groupby(demographic, observed=True).agg(raters=("rater", "nunique"), n=("_n", "sum"))
        reference = frame[demographic].cat.categories[0]
        for level, (raters, n) in zip(groups.index, groups.to_numpy(), strict=True):
            rows.append((demographic, level, level == reference, raters, n, 100 * raters / n_raters))
    return pd.DataFrame(rows, columns=list(SAMPLE_COLUMNS))


def frequencies(ratings: Ratings) -> np.ndarray:
    """(n,) how many ratings each row stands for: its ``weight``, as whole numbers where all are."""
    if "weight" not in ratings.frame:
        return np.ones(len(ratings.frame), dtype=int)
    weight = ratings.frame["weight"].to_numpy(float)
    return weight.astype(int) if (weight == np.round(weight)).all() else weight


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
    counts = pd.crosstab(group, frame["rating"], values=frequencies(ratings), aggfunc="sum")
    counts = counts.reindex(columns=range(ratings.scale.K)).fillna(0)
    counts = counts.astype(int) if (counts == counts.round()).all(axis=None) else counts
    counts = counts[counts.sum(axis=1) > 0]
    n, K = counts.to_numpy(), ratings.scale.K
    return pd.DataFrame(
        {
            "demographic": demographic,
            "level": np.repeat(counts.index.astype("str"), K),
            "category": np.tile(np.array(ratings.scale.labels, dtype=object), len(n)),
            "position": np.tile(np.arange(K), len(n)),
            "n": n.ravel(),
            "percent": (100 * n / n.sum(axis=1, keepdims=True)).ravel(),
        }
    )


def by_dimension(ratings: Ratings) -> dict[str, Ratings]:
    """The ratings of each dimension; one entry with the name "" when there are no dimensions."""
    if not ratings.dimensions:
        return {"": ratings}
    return {dimension: ratings.select(dimension=dimension) for dimension in ratings.dimensions}


@contextmanager
def told_elsewhere() -> Iterator[None]:
    """Without the warnings that design weights are left out: the first section of the report says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*leaves the design weights", PopulationWarning)
        yield


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


def problem_groups(problems: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Problems by sentence: each once, with the fits that have it ("main, toxicity").

    >>> problem_groups(problem_rows([("main", "", "A."), ("items only", "", "A.")]))
    [('A.', ['main', 'items only'])]
    """
    groups: dict[str, list[str]] = {}
    for row in problems.to_dict("records"):
        where = ", ".join(part for part in (row["model"], row["dimension"]) if part)
        groups.setdefault(row["problem"], []).append(where)
    return list(groups.items())


def sample_sentences(ratings: Ratings) -> list[str]:
    """What was rated by whom, in at most five lines."""
    scale = scale_words(ratings.scale.labels, ratings.scale.describe())
    lines = [
        f"{count(ratings.n_ratings, 'rating')} of {count(ratings.n_items, 'item')} "
        f"by {count(ratings.n_raters, 'rater')}, on {scale}."
    ]
    if ratings.dimensions:
        lines.append(f"Each item was rated on {listed(ratings.dimensions)}.")
    lines.append(capital(_per("rater", "gave", ratings)) + "; " + _per("item", "got", ratings) + ".")
    if ratings.demographics:
        references = [f"{ratings.frame[name].cat.categories[0]} ({name})" for name in ratings.demographics]
        lines.append(f"Groups are compared with {listed(references)}.")
    if "rater_weight" in ratings.frame:
        lines.append(
            "Coefficients of agreement, counted cohesion, disagreement on items and shares of answers speak of the "
            "raters as they are: they leave their design weights out."
        )
    touched = int((ratings.policies["n_rows"] > 0).sum())
    if touched:
        what = "step of the preparation" if touched == 1 else "steps of the preparation"
        lines.append(f"{touched} {what} dropped or changed rows: see “Can this be trusted?”.")
    return lines


def missing_sentences(missing: pd.DataFrame) -> list[str]:
    """How many ratings are missing in the file, and of which group the smallest and the greatest share.

    >>> shares = {"column": ["all", "gender", "gender"], "level": ["all", "f", "m"], "n_asked": [9, 3, 6]}
    >>> missing_sentences(pd.DataFrame(shares).assign(n_missing=[3, 0, 3], percent=[100 / 3, 0.0, 50.0]))
    ['3 of 9 ratings are missing in the file (33%); by gender from 0% (f) to 50% (m).']
    """
    groups = missing[~missing["column"].isin(["all", "item"])].sort_values("percent", kind="stable")
    ranges = []
    for name, part in groups.groupby("column", sort=False):
        least, most = part.iloc[0], part.iloc[-1]
        if round(least["percent"]) < round(most["percent"]):
            ends = (f"{end['percent']:.0f}% ({end['level']})" for end in (least, most))
            ranges.append(f"by {name} from {' to '.join(ends)}")
    where = f"; {listed(ranges)}" if ranges else ""
    return [
        f"{row['n_missing']:,} of {count(row['n_asked'], 'rating')} {'is' if row['n_missing'] == 1 else 'are'} missing "
        f"in the file ({percent_text(row['n_missing'], row['n_asked'])}){where}."
        for row in missing[missing["column"] == "all"].to_dict("records")
    ]


def _per(column: str, verb: str, ratings: Ratings) -> str:
    counts = ratings.frame[column].value_counts()
    if counts.min() == counts.max():
        return f"each {column} {verb} {count(counts.max(), 'rating')}"
    return f"each {column} {verb} {counts.median():,.0f} ratings (median; {counts.min():,} to {counts.max():,})"
