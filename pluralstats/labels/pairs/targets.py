"""Targets of pairs: everybody, a population, or groups of raters, as profiles with shares."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.labels.pairs.posterior.layout import circumstances, rater_facts
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, check_population, crossed, distribution, people_of

ALL, POPULATION = "all raters", "population"


class Targets(NamedTuple):
    """``profiles`` (P rows) and their ``share`` (G, P) in each target."""

    profiles: pd.DataFrame
    share: np.ndarray


def groups_of(ratings: Ratings, by: str | Sequence[str] | None, population: Population | None) -> dict[str, dict]:
    """Name of each target -> the levels of demographics that its people have.

    Raises
    ------
    ConfigError
        ``by`` names something that is no demographic.

    Examples
    --------
    >>> import pluralstats as ps
    >>> groups_of(ps.simulate(n_raters=20, seed=1), "gender", None)
    {'gender: female': {'gender': 'female'}, 'gender: male': {'gender': 'male'}}
    """
    names = [by] if isinstance(by, str) else list(by or ())
    known = ratings.demographics
    if problems := [
        f"`by` has '{name}', which is no demographic of the ratings ({', '.join(known) or 'there are none'})."
        + nearest(str(name), known)
        for name in names
        if name not in known
    ]:
        raise problems_error(ConfigError, problems)
    if not names:
        return {ALL if population is None else POPULATION: {}}
    rows = ratings.frame[names].drop_duplicates()
    combinations = product(*(ratings.frame[name].cat.categories for name in names))
    seen = set(rows.itertuples(index=False, name=None))
    there = {} if population is None else _levels_in(population, names)
    levels = [dict(zip(names, combination, strict=True)) for combination in combinations if combination in seen]
    levels = [group for group in levels if all(group[name] in some for name, some in there.items())]
    return {", ".join(f"{name}: {level}" for name, level in group.items()): group for group in levels}


def _levels_in(population: Population, names: Sequence[str]) -> dict[str, set[str]]:
    """The levels that somebody in the population has, of the demographics that it knows."""
    cells = population.cells[population.cells["share"] > 0.0]
    return {name: set(cells[name].astype(str)) for name in names if name in cells}


def targets_of(fits: Sequence[Fit], groups: Mapping[str, dict], population: Population | None) -> Targets:
    """The profiles that any of the fits needs, crossed with circumstances (a wave), and their shares in each group."""
    ratings, settings = fits[0].ratings, []
    columns = list(dict.fromkeys(name for fit in fits for name in rater_facts(fit)))
    check_population(ratings, [name for fit in fits for name in fit.roles.columns], population)
    around = list(dict.fromkeys(name for fit in fits for name in circumstances(fit)))
    for levels in groups.values():
        people = Setting(pd.DataFrame(index=[0]), np.ones(1))
        if columns:
            people = people_of(ratings, columns, levels, population)
        settings.append(crossed(people, distribution(ratings.frame, "item", around)) if around else people)
    if not columns and not around:
        return Targets(settings[0].profiles, np.ones((len(groups), 1)))
    every = pd.concat([setting.profiles.assign(_g=g, _w=setting.share) for g, setting in enumerate(settings)])
    profile = every.groupby([*columns, *around], observed=True, sort=False).ngroup().to_numpy()
    share = np.zeros((len(groups), profile.max() + 1))
    np.add.at(share, (every["_g"].to_numpy(), profile), every["_w"].to_numpy())
    first = np.unique(profile, return_index=True)[1]
    return Targets(every[[*columns, *around]].iloc[first].reset_index(drop=True), share)


def raters_within(frame: pd.DataFrame, levels: Mapping[str, str]) -> pd.DataFrame:
    """The rows of ratings by people who have these levels."""
    for name, level in levels.items():
        frame = frame[frame[name] == level]
    return frame
