"""The people that averages are over: the raters of the data, or a target population."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, DataError
from pluralstats.population.matching import counted_cells, target_profiles, without_raters
from pluralstats.population.targets import Population, PopulationWarning
from pluralstats.results.averaging.people import Setting, distribution, within_levels

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
