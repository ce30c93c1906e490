"""What a study starts from: its ratings, from a file or from the built-in simulation, and its target population."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.data.checking.missing import no_missing_ratings
from pluralstats.data.policies.exclusions import STEP as EXCLUDE
from pluralstats.data.ratings import Ratings
from pluralstats.data.reading.formats.text import EMPTY_ONLY
from pluralstats.data.reading.tables import read_table
from pluralstats.errors import ConfigError
from pluralstats.study.configuration.arguments import in_study_words
from pluralstats.study.configuration.config import StudyConfig

EVERYBODY = "all"
# What a study file says about the file, as opposed to what shall be done about its faults.
DESCRIPTION = (
    *("format", "dimensions", "items", "raters", "answers", "people", "people_key", "unfinished", "columns"),
    *("scale", "demographics", "covariates", "recode", "multi_select", "separator", "questions"),
)


@dataclass(frozen=True)
class StudyData:
    """Ratings ready to use, what ``ps.check`` found in the file before the policies were applied, and the ratings that
    are missing in it. ``everybody``: the ratings with the rows that the study file excludes, where it excludes some.
    """

    ratings: Ratings
    found: tuple[str, ...]
    missing: pd.DataFrame
    path: Path | None
    everybody: Ratings | None = None


def study_data(config: StudyConfig, path: Path | None) -> StudyData:
    """Read, check and prepare the ratings; ``path=None`` simulates the seed study's design.

    Raises
    ------
    DataError
        Every problem of the file at once.
    ConfigError
        No such wave, or ratings on several scales and no wave that the study is about.
    """
    if path is None:
        return StudyData(ps.simulate_seed_study(seed=config.seed), (), no_missing_ratings(), None)
    options = config.ratings_options()
    ratings = _of_wave(ps.read_ratings(path, **options), config)
    described = {name: value for name, value in options.items() if name in DESCRIPTION}
    found = ps.check(path, **described)
    everybody = None
    if options.pop("exclude", None) and n_excluded(ratings):
        first = {name: str(ratings.frame[name].cat.categories[0]) for name in ratings.demographics}
        everybody = _of_wave(ps.read_ratings(path, **options | {"reference": first}), config)  # the same contrasts
    return StudyData(ratings, tuple(map(in_study_words, found.problems)), found.missing, path, everybody)


def _of_wave(ratings: Ratings, config: StudyConfig) -> Ratings:
    """The ratings that the study is about: of one wave, where it names one, on one scale."""
    if "wave" in config.data:
        ratings = ratings.select(wave=config.data["wave"])
    if ratings.scale_by == "wave":
        first = next(iter(ratings.scales))
        raise ConfigError(
            f"A study has one scale; the ratings are on {ratings.scale_text}. Write the wave that it is about under "
            f'[data], such as wave = "{first}".'
        )
    if ratings.scale_by:
        raise ConfigError(
            f"A study has one scale; the ratings are on {ratings.scale_text}. Make a study of each {ratings.scale_by}, "
            f'with a file of its ratings or with exclude = {{{ratings.scale_by} = ["..."]}} under [data].'
        )
    return ratings


def n_excluded(ratings: Ratings) -> int:
    """Rows that ``exclude`` left out; a row that two columns exclude counts for both."""
    policies = ratings.policies
    return int(policies.loc[policies["step"] == EXCLUDE, "n_rows"].sum())


def frequencies(ratings: Ratings) -> np.ndarray:
    """(n,) how many ratings each row stands for: its ``weight``, as whole numbers where all are."""
    if "weight" not in ratings.frame:
        return np.ones(len(ratings.frame), dtype=int)
    weight = ratings.frame["weight"].to_numpy(float)
    return weight.astype(int) if (weight == np.round(weight)).all() else weight


def target_population(ratings: Ratings, config: StudyConfig) -> ps.Population | None:
    """The population of a study file, None where it has none.

    Raises
    ------
    ConfigError, DataError
        Levels that the ratings do not have, margins that cannot be met, a file of cells that cannot be read.
    """
    wanted = config.population
    if wanted is None:
        return None
    if wanted.equal is not None:
        return ps.Population.equal_shares(ratings, wanted.equal)
    if wanted.margins is not None:
        return ps.Population.from_margins(dict(wanted.margins), ratings)
    path = config.folder / str(wanted.cells)
    if not path.is_file():
        raise ConfigError(
            f"The cells of the population should be in {path}, and there is no such file. Write a CSV file with a "
            "column for each demographic and `share`, or change `population.cells`."
        )
    return ps.Population.from_cells(read_table(path, missing=EMPTY_ONLY), ratings=ratings)
