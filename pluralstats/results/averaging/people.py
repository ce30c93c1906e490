"""The people that averages are over: profiles with shares, from the raters of the data or a target population."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.columns import constant_within
from pluralstats.errors import ConfigError, DataError
from pluralstats.population.matching import counted_cells, target_profiles, without_raters
from pluralstats.population.targets import Population, PopulationWarning


class Setting(NamedTuple):
    """One counterfactual: profiles (rows of the formula's columns) and the share of each."""

    profiles: pd.DataFrame
    share: np.ndarray


def named_for(part: str, column: str) -> str:
    """The name of a column as one submodel alone has it, where that differs."""
    return f"{part}: {column}"


def distribution(frame: pd.DataFrame, unit: str, columns: list[str]) -> Setting:
    """Combinations of the columns with their shares: of units where they are constant within one, else of rows.

    Raters count by their design weight, ``rater_weight``, where they have one.
    """
    rows = frame.drop_duplicates(unit) if constant_within(frame, unit, columns) else frame
    groups = rows.groupby(columns, observed=True, sort=False)
    counts = groups["rater_weight"].sum() if unit == "rater" and "rater_weight" in rows else groups.size()
    return Setting(counts.index.to_frame(index=False), (counts / counts.sum()).to_numpy())


def crossed(people: Setting, circumstances: Setting) -> Setting:
    """Every profile of the one with every profile of the other."""
    profiles = people.profiles.merge(circumstances.profiles, how="cross")
    return Setting(profiles, np.outer(people.share, circumstances.share).ravel())


def within_levels(setting: Setting, levels: dict[str, str]) -> Setting:
    """The part of a setting that has the levels, with shares that sum to 1; no profiles where nobody has them."""
    keep = np.ones(len(setting.share), bool)
    for name, level in levels.items():
        keep &= (setting.profiles[name] == level).to_numpy()
    share = setting.share[keep]
    return Setting(setting.profiles[keep].reset_index(drop=True), share / share.sum() if share.size else share)


PACKAGE = str(Path(__file__).parents[1])  # warnings point at the user's line


def check_population(ratings: Ratings, columns: Sequence[str], population: Population | None) -> None:
    """Refuse what is no population of these ratings; warn where a result would be about people like no rater.

    Parameters
    ----------
    columns : list of str
        Those that the result depends on.

    Raises
    ------
    ConfigError, DataError
    """
    if population is None:
        return
    if not isinstance(population, Population):
        raise ConfigError(
            f"`population` is a ps.Population, such as ps.Population.from_cells(table); found {population!r}."
        )
    if sentence := without_raters(counted_cells(population.cells, ratings), ratings, columns):
        warnings.warn(sentence, PopulationWarning, skip_file_prefixes=(PACKAGE,))


def people_of(
    ratings: Ratings, columns: list[str], within: Mapping[str, str], population: Population | None
) -> Setting:
    """The distribution of facts about raters, ``columns``, among the raters or in a population.

    Parameters
    ----------
    within : dict, demographic -> level
        Only the people who have these levels.

    Raises
    ------
    DataError
        The population has nobody with these levels.
    """
    if population is None:
        rows = ratings.frame
        for name, level in within.items():
            rows = rows[rows[name] == level]
        return distribution(rows, "rater", columns)
    cells = counted_cells(population.cells, ratings)
    people = Setting(*target_profiles(cells, ratings, list(dict.fromkeys([*columns, *within]))))
    people = within_levels(people, dict(within))
    if not people.share.size:
        who = " and ".join(f"{name} '{level}'" for name, level in within.items())
        raise DataError(f"The population has nobody with {who}, so nothing can be said about them in it.")
    return people
