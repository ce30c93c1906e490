"""The fits of a study: the main model and its alternatives, on each dimension."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.model.formula import default_formula
from pluralstats.study.config import StudyConfig
from pluralstats.study.findings import MAIN
from pluralstats.study.progress import Steps
from pluralstats.study.study_tables import by_dimension

ITEMS_ONLY = "items only"

type Fits = Mapping[tuple[str, str], ps.Fit]


class Job(NamedTuple):
    """One fit to make."""

    model: str
    dimension: str
    ratings: Ratings
    formula: str


def formulas(ratings: Ratings, config: StudyConfig) -> dict[str, str]:
    """Model name -> formula, the main model first.

    Without ``alternatives`` in the study file the main formula without its rater effect is added, because that
    is the model which takes the ratings of one person for those of many.
    """
    main = config.model.formula or default_formula(ratings.demographics)
    alternatives = config.model.alternatives
    if alternatives is None:
        shorter = re.sub(r"\s*\+\s*\(\s*1\s*\|\s*rater\s*\)", "", main)
        alternatives = {ITEMS_ONLY: shorter} if shorter != main else {}
    return {MAIN: main, **alternatives}


def jobs(ratings: Ratings, config: StudyConfig) -> list[Job]:
    """Every fit of the study: each dimension by itself, each under every model."""
    models = formulas(ratings, config)
    return [
        Job(model, dimension, part, formula)
        for dimension, part in by_dimension(ratings).items()
        for model, formula in models.items()
    ]


def fit_models(todo: list[Job], config: StudyConfig, step: Steps) -> Fits:
    """Fit them one after the other; problems are kept in each fit and told in the report.

    Raises
    ------
    ConfigError, FitError
        When a formula names what the ratings do not have, or a model cannot be fitted at all.
    """
    fits = {}
    for job in todo:
        step(f"Fitting {' '.join(part for part in (job.dimension, f'({job.model})') if part)}")
        fits[job.model, job.dimension] = _fit(job, config)
    return fits


def _fit(job: Job, config: StudyConfig) -> ps.Fit:
    model = config.model
    link = {} if model.family == "gaussian" else {"link": model.link}
    return ps.fit(
        job.ratings,
        job.formula,
        family=model.family,
        reml=model.reml,
        draws=model.draws,
        seed=config.seed,
        on_problem="ignore",  # the report shows fit.problems in full
        **link,
    )
