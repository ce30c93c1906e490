"""Who meets what in one average: people, what is changed about everybody, and the items with their facts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, people_of
from pluralstats.results.averaging.roles import profile_columns, rater_columns
from pluralstats.results.averaging.scenes import Circumstances, changed, with_facts

ROWS_AT_ONCE = 20_000


class Scene(NamedTuple):
    """Everybody in ``people`` meets everything in ``around``.

    ``changes`` name what is changed about people before they do: a level or a number for all, or a shift.
    """

    people: Setting
    changes: Mapping[str, object]
    around: Circumstances


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
    columns = rater_columns(fit, profile_columns(fit))
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
    parts = [_with_changes(plain[id(s.people)], s) for s in scenes]
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
    numbers = _with_changes(_numbers(one.people.profiles), one)
    return _profiles(numbers, one.people.profiles)


def _numbers(profiles: pd.DataFrame) -> np.ndarray:
    """(R, columns) codes of levels and numbers."""
    parts = [
        column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column for _, column in profiles.items()
    ]
    return np.stack([np.asarray(part, float) for part in parts], axis=1) if parts else np.zeros((len(profiles), 0))


def _with_changes(numbers: np.ndarray, in_scene: Scene) -> np.ndarray:
    out, profiles = numbers.copy(), in_scene.people.profiles
    for name, change in in_scene.changes.items():
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
