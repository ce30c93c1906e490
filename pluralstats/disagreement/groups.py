"""The groups that disagreement is measured in: everybody, and each level of each demographic."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.frames import as_list, is_list
from pluralstats.errors import ConfigError, nearest, problems_error


class Group(NamedTuple):
    """The ratings of one group of raters.

    Attributes
    ----------
    demographic, level : str
        Both "all" for everybody.
    item, rater : (n,) int
        Codes in the alphabetical order of the names, so that the order of rows never moves a number.
    rating : (n,) float, rating points
    """

    demographic: str
    level: str
    item: np.ndarray
    rater: np.ndarray
    rating: np.ndarray


def one_dimension(ratings: Ratings, function: str) -> None:
    """Refuse what is no Ratings, and several dimensions: agreement across different questions has no meaning.

    Raises
    ------
    ConfigError
    """
    if not isinstance(ratings, Ratings):
        raise ConfigError(
            f"`{function}` needs Ratings; found {type(ratings).__name__}. Wrap the data: ps.Ratings(frame, scale=...)."
        )
    if len(ratings.dimensions) > 1:
        first = ratings.dimensions[0]
        raise ConfigError(
            f"`{function}` needs ratings of one dimension; found {len(ratings.dimensions)}: "
            f"{', '.join(ratings.dimensions)}. Choose one, as in "
            f"ps.{function}(ratings.select(dimension={first!r}))."
        )


def demographics_of(ratings: Ratings, by: str | Sequence[str] | None) -> tuple[str, ...]:
    """The demographics that ``by`` names, each once.

    Raises
    ------
    ConfigError
        When one is not a demographic of the ratings, or ``by`` is no list of names.
    """
    names = () if by is None else different_names("by", by)
    has = ", ".join(ratings.demographics) or "none (pass demographics= to Ratings)"
    problems = [
        f"`by` has {name!r}, which is not a demographic of these ratings; they have: {has}."
        f"{nearest(str(name), ratings.demographics)}"
        for name in names
        if name not in ratings.demographics
    ]
    if problems:
        raise problems_error(ConfigError, problems)
    return names


def different_names(argument: str, names: str | Sequence[str]) -> tuple[str, ...]:
    """One name or a list of names as a tuple, each once.

    Raises
    ------
    ConfigError
        When it is neither.

    Examples
    --------
    >>> different_names("by", ["gender", "country", "gender"])
    ('gender', 'country')
    """
    if isinstance(names, str):
        return (names,)
    listed = as_list(names)
    if not is_list(listed) or not all(isinstance(name, str) for name in listed):
        raise ConfigError(f"`{argument}` must be a name or a list of names; found {names!r}.")
    return tuple(dict.fromkeys(listed))


def alphabetical(column: pd.Series) -> np.ndarray:
    """Codes of a categorical column in the alphabetical order of its categories, (n,) int.

    >>> alphabetical(pd.Series(pd.Categorical(["b", "a"], categories=["b", "a"]))).tolist()
    [1, 0]
    """
    position = np.argsort(np.argsort(column.cat.categories.astype(str), kind="stable"))
    return position[column.cat.codes.to_numpy()]


EVERYBODY = "all"


def group_places(ratings: Ratings, demographics: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Demographic and level of everybody, then of each level of each demographic in the order of its levels."""
    yield EVERYBODY, EVERYBODY
    for demographic in demographics:
        for level in ratings.frame[demographic].cat.categories:
            yield demographic, str(level)


def group_at(ratings: Ratings, demographic: str, level: str) -> Group:
    """The ratings of one group."""
    frame = ratings.frame
    columns = alphabetical(frame["item"]), alphabetical(frame["rater"]), np.asarray(ratings.values)
    if demographic == EVERYBODY:
        return Group(demographic, level, *columns)
    rows = (frame[demographic] == level).to_numpy()
    return Group(demographic, level, *(column[rows] for column in columns))


def groups(ratings: Ratings, demographics: Sequence[str]) -> Iterator[Group]:
    """Everybody, then each level of each demographic in the order of its levels."""
    return (group_at(ratings, *place) for place in group_places(ratings, demographics))
