"""Ratings, fits and tables of a study taken apart by dimension, and tables put under each other again."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pandas as pd

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.errors import FitError
from pluralstats.population.targets import PopulationWarning
from pluralstats.study.steps.models import Fits

type ByDimension = Mapping[str, ps.Fit]  # the fits of one model; the only key is "" when there are no dimensions


def by_dimension(ratings: Ratings) -> dict[str, Ratings]:
    """The ratings of each dimension; one entry with the name "" when there are no dimensions."""
    if not ratings.dimensions:
        return {"": ratings}
    return {dimension: ratings.select(dimension=dimension) for dimension in ratings.dimensions}


def rows_by_dimension(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Each dimension ("" when there are none) with its rows, without that column."""
    if "dimension" not in table:
        return [("", table)] if len(table) else []
    groups = table.groupby("dimension", sort=False, observed=True)
    return [(str(name), part.drop(columns="dimension")) for name, part in groups]


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


def of_fits(fits: ByDimension, table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    """A table of every dimension; no rows and no columns without fits."""
    return joined({dimension: table(fit) for dimension, fit in fits.items()})


def with_one_noise(fits: ByDimension) -> ByDimension:
    """Those in whose models all answers have one noise on the latent scale, of which shares and reliability are made.

    Answers of a slider have none: the piles at the ends and the answers between them differ in it.
    """
    return {dimension: fit for dimension, fit in fits.items() if fit.design.family.bounded is None}


def of_every_fit(fits: Fits, table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    """A table of every model on every dimension, which is "" for a model of all where others are of one."""
    own: dict[str, dict[str, ps.Fit]] = {}
    for (model, dimension), fit in fits.items():
        own.setdefault(model, {})[dimension] = fit
    found = stacked({model: of_fits(parts, table) for model, parts in own.items()}, "model")
    if "dimension" in found:
        found.insert(1, "dimension", found.pop("dimension").fillna("").astype("str"))
    return found


def of_willing_fits(fits: ByDimension, table: Callable[[ps.Fit], pd.DataFrame]) -> pd.DataFrame:
    """The same; a fit for which there is none, because it could not be made, has no rows."""
    return of_fits(fits, lambda fit: _or_nothing(table, fit))


def _or_nothing(table: Callable[[ps.Fit], pd.DataFrame], fit: ps.Fit) -> pd.DataFrame:
    """A table, or no rows where the fit has no numbers for it: its problems say why in the section on trust."""
    try:
        return table(fit)
    except FitError:
        return pd.DataFrame()


def of_ratings(ratings: Ratings, table: Callable[[Ratings], pd.DataFrame]) -> pd.DataFrame:
    """A table of the ratings of every dimension."""
    with told_elsewhere():
        return joined({dimension: table(part) for dimension, part in by_dimension(ratings).items()})


def of_rows(table: pd.DataFrame, make: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """A table made from the rows of every dimension of another."""
    if "dimension" not in table:
        return make(table) if len(table) else pd.DataFrame()
    return joined({dimension: make(part) for dimension, part in rows_by_dimension(table)})


def joined(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of dimensions under each other; nothing of nothing."""
    return stacked(parts, "dimension") if parts else pd.DataFrame()


@contextmanager
def told_elsewhere() -> Iterator[None]:
    """Without the warnings that design weights are left out: the first section of the report says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*leaves the design weights", PopulationWarning)
        yield
