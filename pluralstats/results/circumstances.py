"""What raters meet: the items of the data, each with its own covariates, and whatever else varies within raters."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.roles import circumstance_columns, term_roles


class Circumstances(NamedTuple):
    """J combinations of an item with the facts that hold when it is rated.

    ``facts`` (J, columns) of the formula that are not about raters; ``row`` (J,) a row of the design with the item;
    ``share`` (J,), which sum to 1; ``dimension`` the one that was rated, of several.
    """

    facts: pd.DataFrame
    row: np.ndarray
    share: np.ndarray
    dimension: str | None = None


def dimensions_of(fit: Fit) -> tuple[str, ...]:
    """The dimensions that a fit has results for, one by one; none where its ratings are of a single one."""
    return tuple(fit.ratings.dimensions) if len(fit.ratings.dimensions) > 1 else ()


def rows_of_dimension(fit: Fit, dimension: str) -> np.ndarray:
    """(n,) bool, rows of the design that are ratings on a dimension."""
    return (fit.ratings.frame["dimension"] == dimension).to_numpy()[fit.design.rows]


def circumstances(fit: Fit, dimension: str | None = None) -> Circumstances:
    """The items of the data, or of one dimension, with their facts.

    Every item counts once, and keeps its own covariates. What differs between the ratings of one item (a wave, the
    position in a questionnaire) is met as often as among the item's ratings.
    """
    frame = fit.ratings.frame.iloc[fit.design.rows]
    names = circumstance_columns(fit)
    keep = np.ones(len(frame), bool) if dimension is None else (frame["dimension"] == dimension).to_numpy()
    items = frame["item"].cat.codes.to_numpy() if term_roles(fit).item or names else np.zeros(len(frame), int)
    weight = frame["weight"].to_numpy(float) if "weight" in frame else np.ones(len(frame))
    key = frame[names].assign(_item=items, _weight=weight, _row=np.arange(len(frame)))[keep]
    groups = key.groupby(["_item", *names], observed=True, sort=True)
    found = groups.agg(_weight=("_weight", "sum"), _row=("_row", "first")).reset_index()
    of_item = found.groupby("_item")["_weight"].transform("sum").to_numpy()
    share = found["_weight"].to_numpy() / of_item / found["_item"].nunique()
    return Circumstances(found[names], found["_row"].to_numpy(), share, dimension)


def with_facts(met: Circumstances, changes: Mapping[str, object]) -> Circumstances:
    """The same items with facts changed in all of them, as ``changed`` describes."""
    facts = met.facts.assign(**{name: changed(met.facts[name], change) for name, change in changes.items()})
    return met._replace(facts=facts)


class Shift(NamedTuple):
    """A number is moved by so much, wherever it is."""

    by: float


def changed(column: pd.Series, change: object) -> pd.Series | pd.Categorical:
    """A column with a level or a number set in all rows, or a number shifted."""
    if isinstance(change, Shift):
        return column + change.by
    if isinstance(column.dtype, pd.CategoricalDtype):
        code = column.cat.categories.get_loc(change)
        return pd.Categorical.from_codes(np.full(len(column), code), dtype=column.dtype)
    return pd.Series(float(change), index=column.index)  # type: ignore[arg-type]
