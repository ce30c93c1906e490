"""Which rows a label table has, and what a fit knows of each: facts about items apart from facts about raters."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.columns import constant_within
from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import term_factors
from pluralstats.labels.table_columns import IDENTITY
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, crossed, distribution, people_of, within_levels


class RatedRows(NamedTuple):
    """The rows of a label table: ``facts`` (n, columns) item, question, dimension; ``key`` (N,) row of each rating."""

    facts: pd.DataFrame
    key: np.ndarray


class Facts(NamedTuple):
    """Columns that a formula needs: constant within raters, constant within rows of the table, or neither."""

    raters: list[str]
    rows: list[str]
    varying: list[str]


class Group(NamedTuple):
    """Some people: ``levels`` that they share, ``share`` of the population, ``people`` as facts about raters."""

    levels: dict[str, str]
    share: float
    people: Setting


def rated_rows(ratings: Ratings) -> RatedRows:
    """Every item, on every dimension that it was rated on; items in their order, dimensions within them."""
    frame = ratings.frame
    keys = [name for name in ("item", "dimension") if name in frame]
    key = frame.groupby(keys, observed=True, sort=True).ngroup().to_numpy()
    first = np.unique(key, return_index=True)[1]
    facts = frame[[name for name in IDENTITY if name in frame]].iloc[first]
    return RatedRows(facts.reset_index(drop=True), key)


def facts_of(fit: Fit, rows: RatedRows) -> Facts:
    """What each column of the formula is about.

    A column that is constant within raters and within items (each rater saw one topic) is about items where some item
    has several raters, unless it was declared a demographic.
    """
    frame, described = fit.ratings.frame, set(fit.described)
    factors = term_factors(fit.design)
    shared = frame["item"].nunique() < len(frame)
    facts = Facts([], [], [])
    for name in dict.fromkeys([*fit.roles.columns, *sorted(factors - {"item", "rater"})]):
        of_rater = name in fit.ratings.demographics or constant_within(frame, "rater", [name])
        of_row = _constant(frame[name], rows.key)
        if of_rater and not (of_row and shared and name not in fit.ratings.demographics):
            facts.raters.append(name)
        elif of_row:
            facts.rows.append(name)
        elif name in described:  # a random term of what varies is integrated over
            facts.varying.append(name)
    return facts


def _constant(column: pd.Series, key: np.ndarray) -> bool:
    values = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column
    return bool(pd.DataFrame({"key": key, "value": values.to_numpy()}).drop_duplicates()["key"].is_unique)


def known_of_rows(fit: Fit, rows: RatedRows, facts: Facts) -> pd.DataFrame:
    """What the formula knows of each row of the table, with the levels of the ratings."""
    frame = fit.ratings.frame
    first = np.unique(rows.key, return_index=True)[1]
    columns = list(dict.fromkeys(["item", *facts.rows]))
    return frame[columns].iloc[first].reset_index(drop=True)


def people_by_level(fit: Fit, facts: Facts, by: tuple[str, ...], population: Population | None) -> list[Group]:
    """Everybody, or the people of each combination of levels that somebody has, in the order of the levels."""
    columns = list(dict.fromkeys([*facts.raters, *by]))
    circumstances = distribution(fit.ratings.frame, "item", facts.varying) if facts.varying else None
    if not columns:
        nobody = Setting(pd.DataFrame(index=[0]), np.ones(1))
        return [Group({}, 1.0, _within(nobody if circumstances is None else circumstances, None))]
    everybody = people_of(fit.ratings, columns, {}, population)
    if not by:
        return [Group({}, 1.0, _within(everybody, circumstances))]
    share = everybody.profiles[list(by)].assign(_share=everybody.share)
    shares = share.groupby(list(by), observed=True, sort=True)["_share"].sum()
    out = []
    for *levels, part in shares[shares > 0.0].reset_index().itertuples(index=False, name=None):
        named = dict(zip(by, map(str, levels), strict=True))
        out.append(Group(named, float(part), _within(within_levels(everybody, named), circumstances)))
    return out


def _within(people: Setting, circumstances: Setting | None) -> Setting:
    """People who all meet all circumstances."""
    return people if circumstances is None else crossed(people, circumstances)
