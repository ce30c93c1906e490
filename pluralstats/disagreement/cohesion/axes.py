"""The axes along which raters fall into groups: a demographic, or several crossed with each other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.frames import as_list, is_list
from pluralstats.disagreement.groups import alphabetical
from pluralstats.errors import ConfigError, nearest, problems_error


class Axis(NamedTuple):
    """Groups of raters that do not overlap.

    Attributes
    ----------
    name : str
        The demographic, or several joined by ":".
    levels : tuple of str, (L,)
        Names of the groups in the order of the levels; of crossed demographics only combinations that raters have.
    level : (n_raters,) int
        Position in ``levels`` of each rater; raters in alphabetical order of their names.
    """

    name: str
    levels: tuple[str, ...]
    level: np.ndarray


def axes_of(ratings: Ratings, by: str | Sequence[str | Sequence[str]]) -> list[Axis]:
    """The axes that ``by`` names, each once.

    Raises
    ------
    ConfigError
        When a name is not a demographic of the ratings, or ``by`` is no list of names and tuples of names.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": "a", "rater": list("xyz"), "rating": [1, 2, 2],
    ...                       "gender": ["male", "female", "female"], "country": ["DE", "DE", "US"]})
    >>> ratings = ps.Ratings(frame, scale=(1, 2), demographics=["gender", "country"])
    >>> axis = axes_of(ratings, [("gender", "country")])[0]
    >>> axis.name, axis.levels, axis.level.tolist()
    ('gender:country', ('female:DE', 'female:US', 'male:DE'), [2, 0, 1])
    """
    asked = _asked(by)
    has = ", ".join(ratings.demographics) or "none (pass demographics= to Ratings)"
    problems = [
        f"`by` has {name!r}, which is not a demographic of these ratings; they have: {has}."
        f"{nearest(name, ratings.demographics)}"
        for name in dict.fromkeys(name for names in asked for name in names)
        if name not in ratings.demographics
    ]
    problems += [f"`by` crosses {names[0]!r} with itself." for names in asked if len(set(names)) < len(names)]
    if problems:
        raise problems_error(ConfigError, problems)
    return [_axis(ratings, names) for names in asked]


def _asked(by: object) -> list[tuple[str, ...]]:
    """Each axis as a tuple of names."""
    entries = (by,) if isinstance(by, str) else as_list(by)
    if not is_list(entries) or not len(entries):
        raise ConfigError(f"`by` must be a demographic or a list of demographics and tuples of them; found {by!r}.")
    asked = [(entry,) if isinstance(entry, str) else as_list(entry) for entry in entries]
    for names in asked:
        if not is_list(names) or not len(names) or not all(isinstance(name, str) for name in names):
            raise ConfigError(f"`by` must hold names of demographics and tuples of names; found {names!r}.")
    return list(dict.fromkeys(tuple(names) for names in asked))


def _axis(ratings: Ratings, names: tuple[str, ...]) -> Axis:
    frame = ratings.frame
    _, first_row = np.unique(alphabetical(frame["rater"]), return_index=True)
    columns = [frame[name].cat for name in names]
    sizes = [len(column.categories) for column in columns]
    cell = np.ravel_multi_index([column.codes.to_numpy()[first_row] for column in columns], sizes)
    cells, level = np.unique(cell, return_inverse=True)
    positions = np.column_stack(np.unravel_index(cells, sizes))
    levels = [":".join(str(column.categories[k]) for column, k in zip(columns, row, strict=True)) for row in positions]
    return Axis(":".join(names), tuple(levels), level)
