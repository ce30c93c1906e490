"""Completed sets of ratings: every rater who withheld a demographic has one, drawn from what is known of them."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.shares import share_table, with_used_levels
from pluralstats.data.tables.columns import constant_within
from pluralstats.errors import ConfigError, DataError, problems_error
from pluralstats.fits.imputation.chained import Facet, completed_levels

PRIOR_RATINGS = 5.0
IMPUTATIONS = 20  # completed sets, unless told otherwise


def completed_sets(
    ratings: Ratings, severity: Callable[[Ratings], pd.Series], m: int, seed: int, *, spread: bool = False
) -> list[Ratings]:
    """m sets of ratings in which every demographic is known; the same seed gives the same sets.

    Parameters
    ----------
    severity : function of ratings of one dimension
        Estimated severity by rater.
    spread : bool
        Levels are drawn given how widely a rater's ratings spread too, as a model of noise or use of the scale wants.

    Raises
    ------
    DataError
        Nobody stated a demographic that is to be imputed.
    """
    people = ratings.frame.drop_duplicates("rater").sort_values("rater", ignore_index=True)
    facets = [_facet(ratings, people[name]) for name in ratings.demographics]
    if problems := [
        f"'{facet.name}' is to be imputed (undisclosed='impute') and no rater states it. Leave it out of demographics."
        for facet in facets
        if facet.missing.all()
    ]:
        raise problems_error(DataError, problems)
    ways = [severity, rater_spread] if spread else [severity]
    known = np.column_stack([*(_by_rater(ratings, way) for way in ways), _covariates(ratings, people)])
    each = [completed_levels(facets, known, np.random.default_rng([seed, number])) for number in range(m)]
    return [_completed(ratings, facets, levels, f"set {number + 1} of {m}") for number, levels in enumerate(each)]


def imputed_raters(ratings: Ratings) -> dict[str, int]:
    """Number of raters whose level is to be imputed, by demographic."""
    people = ratings.frame.drop_duplicates("rater")
    return {name: int((people[name] == level).sum()) for name, level in ratings.to_impute.items()}


def check_imputations(m: object) -> None:
    """Refuse a number of completed sets that is none.

    Raises
    ------
    ConfigError
    """
    if not isinstance(m, int | np.integer) or isinstance(m, bool) or m < 2:
        raise ConfigError(
            f"`imputations` is a whole number of completed sets, 2 or more; found {m!r}. The default is {IMPUTATIONS}."
        )


def _facet(ratings: Ratings, column: pd.Series) -> Facet:
    """A demographic of raters; the level that stands for what is unknown is missing."""
    name = str(column.name)
    known = [level for level in column.cat.categories if level != ratings.to_impute.get(name)]
    codes = column.cat.set_categories(known).cat.codes.to_numpy()
    return Facet(name, codes.astype(np.int64), share_table(known, ratings.shares.get(name, {}))[1])


def _by_rater(ratings: Ratings, way: Callable[[Ratings], pd.Series]) -> np.ndarray:
    """(n_raters, dimensions) severity or spread of each rater on each dimension; 0, the mean, where it is unknown."""
    parts = [ratings.select(dimension=name) for name in ratings.dimensions] or [ratings]
    raters = ratings.frame["rater"].cat.categories.astype(str)
    return np.column_stack([way(part).reindex(raters).fillna(0.0).to_numpy(float) for part in parts])


def rater_spread(ratings: Ratings) -> pd.Series:
    """How widely a rater's ratings spread around means of items and of the rater: log of their mean square, centred.

    Five ratings of everybody's spread are added to each rater's, so that few ratings say little.
    """
    value = pd.Series(ratings.values.astype(float))
    rater, item = (ratings.frame[name].astype(str).reset_index(drop=True) for name in ("rater", "item"))
    left = value - value.groupby(item).transform("mean")
    squares = (left - left.groupby(rater).transform("mean")) ** 2
    each = squares.groupby(rater).agg(["sum", "size"])
    mean = (each["sum"] + PRIOR_RATINGS * squares.mean()) / (each["size"] + PRIOR_RATINGS)
    size = np.log(mean.clip(lower=np.finfo(float).tiny))
    return size - size.mean()


def _covariates(ratings: Ratings, people: pd.DataFrame) -> np.ndarray:
    """(n_raters, columns) covariates about raters: numbers, and indicators of levels."""
    about = [name for name in ratings.covariates if constant_within(ratings.frame, "rater", [name])]
    if not about:
        return np.empty((len(people), 0))
    return pd.get_dummies(people[about], drop_first=True, dtype=float).to_numpy(float)


def _completed(ratings: Ratings, facets: Sequence[Facet], levels: Sequence[np.ndarray], which: str) -> Ratings:
    """The ratings with one set of levels; ``which`` set it is goes into the record of policies."""
    rater = ratings.frame["rater"].cat.codes.to_numpy()
    columns, done = {}, ratings
    for facet, level in zip(facets, levels, strict=True):
        if facet.name not in ratings.to_impute:
            continue
        known = [name for name in ratings.frame[facet.name].cat.categories if name != ratings.to_impute[facet.name]]
        codes = pd.Categorical.from_codes(level[rater], categories=pd.Index(known, dtype="str"))
        columns[facet.name] = with_used_levels(pd.Series(codes), ratings.shares.get(facet.name, {}))
        record: dict[str, object] = {"step": "impute", "column": facet.name, "policy": "impute", "detail": which}
        record |= {"n_rows": int(facet.missing[rater].sum()), "n_raters": int(facet.missing.sum())}
        done = done._changed(policies=done._with_policy(record))
    return done._changed(frame=ratings.frame.assign(**columns), to_impute={})
