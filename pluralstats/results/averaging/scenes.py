"""Who meets what in one average: people, what is changed about everybody, and the items with their facts.

What raters meet are the items of the data, each with its own covariates, and whatever else varies within raters. A fit
of several dimensions has a scene for each, and its tables stand under each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, named_for, people_of


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
    names = fit.roles.circumstances
    keep = np.ones(len(frame), bool) if dimension is None else (frame["dimension"] == dimension).to_numpy()
    differ = names or any(one.roles.item for one in (fit, *fit.part_fits.values()))
    items = frame["item"].cat.codes.to_numpy() if differ else np.zeros(len(frame), int)
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
    return pd.Series(float(change), index=column.index)  # type: ignore[arg-type]  # a number, where no level is


def by_dimension(fit: Fit, table: Callable[[str | None], pd.DataFrame]) -> pd.DataFrame:
    """``table(dimension)`` of each dimension with a first column ``dimension``; ``table(None)`` where there is one."""
    dimensions = dimensions_of(fit)
    if not dimensions:
        return table(None)
    tables = {dimension: table(dimension) for dimension in dimensions}
    for dimension, one in tables.items():
        one.insert(0, "dimension", pd.Series([dimension] * len(one), index=one.index, dtype="str"))
    return pd.concat(list(tables.values()), ignore_index=True)


ROWS_AT_ONCE = 20_000


class Scene(NamedTuple):
    """Everybody in ``people`` meets everything in ``around``.

    ``changes`` name what is changed about people before they do: a level or a number for all, or a shift. ``parts``
    what is changed instead as far as a submodel goes, the noise ("disc") or the use of the scale ("stretch").
    """

    people: Setting
    changes: Mapping[str, object]
    around: Circumstances
    parts: Mapping[str, Mapping[str, object]] = MappingProxyType({})


class Crowd(NamedTuple):
    """The people of several scenes, each kind of person once.

    ``profiles`` (R, columns) facts about raters; ``member`` for each scene the position of its people, row by row;
    ``weight`` (R, A) share of each in each scene.
    """

    profiles: pd.DataFrame
    member: list[np.ndarray]
    weight: csr_array


def observed_people(fit: Fit, within: Mapping[str, str] | None = None, population: Population | None = None) -> Setting:
    """What describes raters in the formula, each rater once, or as in a population.

    Parameters
    ----------
    within : dict, demographic -> level
        Only the people who have these levels.
    population : Population, optional
        The people; default the raters of the data.
    """
    columns = list(fit.roles.rater_columns)
    if not columns:
        return Setting(pd.DataFrame(index=[0]), np.ones(1))
    return people_of(fit.ratings, columns, within or {}, population)


def scene(people: Setting, around: Circumstances, changes: Mapping[str, object]) -> Scene:
    """A scene in which some columns, of people or of circumstances, are changed for everybody."""
    about_items = {name: change for name, change in changes.items() if name in around.facts}
    about_people = {name: change for name, change in changes.items() if name not in about_items}
    return Scene(people, about_people, with_facts(around, about_items) if about_items else around)


def crowd_of(scenes: Sequence[Scene]) -> Crowd:
    """The people of all scenes as they are in them; people who become equal are merged."""
    plain = {id(s.people): _numbers(s.people.profiles) for s in scenes}
    columns = scenes[0].people.profiles
    parts = [_with_changes(plain[id(s.people)], s.people, s.changes) for s in scenes]
    for part in dict.fromkeys(part for s in scenes for part in s.parts):
        own = dict.fromkeys(name for s in scenes for name in (*s.changes, *s.parts.get(part, ())))
        at = [columns.columns.get_loc(name) for name in own]
        columns = columns.assign(**{named_for(part, name): columns[name] for name in own})
        own_parts = [_with_changes(plain[id(s.people)], s.people, s.parts.get(part, s.changes))[:, at] for s in scenes]
        parts = [np.hstack(pair) for pair in zip(parts, own_parts, strict=True)]
    rows, position = np.unique(np.concatenate(parts), axis=0, return_inverse=True)
    member = np.split(position.ravel(), np.cumsum([len(part) for part in parts])[:-1])
    share = np.concatenate([s.people.share for s in scenes])
    scene_of = np.repeat(np.arange(len(scenes)), [len(part) for part in parts])
    weight = csr_array((share, (position.ravel(), scene_of)), (len(rows), len(scenes)))
    weight.sum_duplicates()
    return Crowd(_profiles(rows, columns), member, weight)


def whole_profiles(one: Scene, most: int = ROWS_AT_ONCE) -> Iterator[Setting]:
    """Every person with all facts of the scene that differ, and shares, some people at a time."""
    people, facts = people_in(one), one.around.facts
    if facts.shape[1]:
        counted = facts.assign(_share=one.around.share)
        shares = counted.groupby(list(facts.columns), observed=True, sort=False)["_share"].sum()
        facts, of_facts = shares.index.to_frame(index=False), shares.to_numpy()
    size = max(1, most // max(len(facts), 1)) if facts.shape[1] else max(most, 1)
    for start in range(0, len(people), size):
        part = people.iloc[start : start + size].reset_index(drop=True)
        share = one.people.share[start : start + size]
        if facts.shape[1]:
            yield Setting(part.merge(facts, how="cross"), np.outer(share, of_facts).ravel())
        else:
            yield Setting(part, share)


def people_in(one: Scene) -> pd.DataFrame:
    """The people of a scene, row by row, changed as in it."""
    numbers = _with_changes(_numbers(one.people.profiles), one.people, one.changes)
    return _profiles(numbers, one.people.profiles)


def _numbers(profiles: pd.DataFrame) -> np.ndarray:
    """(R, columns) codes of levels and numbers."""
    parts = [
        column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column for _, column in profiles.items()
    ]
    return np.stack([np.asarray(part, float) for part in parts], axis=1) if parts else np.zeros((len(profiles), 0))


def _with_changes(numbers: np.ndarray, people: Setting, changes: Mapping[str, object]) -> np.ndarray:
    out, profiles = numbers.copy(), people.profiles
    for name, change in changes.items():
        one = changed(profiles[name], change)
        out[:, profiles.columns.get_loc(name)] = one.codes if isinstance(one, pd.Categorical) else one
    return out


def _profiles(numbers: np.ndarray, like: pd.DataFrame) -> pd.DataFrame:
    """The way back from ``_numbers``."""
    columns = {
        name: pd.Categorical.from_codes(values.astype(int), dtype=column.dtype)
        if isinstance(column.dtype, pd.CategoricalDtype)
        else values
        for (name, column), values in zip(like.items(), numbers.T, strict=True)
    }
    return pd.DataFrame(columns, index=range(len(numbers)))
