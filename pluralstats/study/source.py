"""The ratings of a study, from its file or from the built-in simulation."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import pluralstats as ps
from pluralstats.data.checking.missing import no_missing_ratings
from pluralstats.data.ratings import Ratings
from pluralstats.study.argument_words import in_study_words
from pluralstats.study.config import StudyConfig

# What a study file says about the file, as opposed to what shall be done about its faults.
DESCRIPTION = (
    *("format", "dimensions", "items", "raters", "answers", "people", "people_key", "unfinished", "columns"),
    *("scale", "demographics", "covariates", "recode", "multi_select", "separator", "questions"),
)


@dataclass(frozen=True)
class StudyData:
    """Ratings ready to use, what ``ps.check`` found in the file before the policies were applied, and the ratings that
    are missing in it.
    """

    ratings: Ratings
    found: tuple[str, ...]
    missing: pd.DataFrame
    path: Path | None


def study_data(config: StudyConfig, path: Path | None) -> StudyData:
    """Read, check and prepare the ratings; ``path=None`` simulates the seed study's design.

    Raises
    ------
    DataError
        Every problem of the file at once.
    """
    if path is None:
        return StudyData(ps.simulate_seed_study(seed=config.seed), (), no_missing_ratings(), None)
    options = config.ratings_options()
    ratings = ps.read_ratings(path, **options)
    described = {name: value for name, value in options.items() if name in DESCRIPTION}
    found = ps.check(path, **described)
    return StudyData(ratings, tuple(map(in_study_words, found.problems)), found.missing, path)
