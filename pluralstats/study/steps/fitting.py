"""The fits of a study: every model on each dimension, and the priors that each model takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, DataError, problems_error
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.building import Formulas, build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.printing.wording import slugs
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import ModelConfig
from pluralstats.study.steps.dimensions import by_dimension
from pluralstats.study.steps.models import CONTESTED, EVERYBODY, MAIN, Fits, Model, models
from pluralstats.study.steps.running import Steps


class Job(NamedTuple):
    """One fit to make."""

    model: str
    dimension: str
    ratings: Ratings
    asked: Model
    priors: Priors | None = None


def jobs(ratings: Ratings, config: StudyConfig) -> list[Job]:
    """Every fit of the study: each dimension by itself, each under every model.

    Raises
    ------
    ConfigError
        Every formula, submodel, prior and probability among the estimands that these ratings do not allow, before any
        is fitted.
    """
    asked = models(ratings, config)
    refuse_unknown(asked, ratings, config)
    todo = [
        Job(name, dimension, part, model)
        for dimension, part in by_dimension(ratings).items()
        for name, model in asked.items()
    ]
    priors = priors_of_each([(job.ratings, job.asked) for job in todo], config.model)
    return [job._replace(priors=own) for job, own in zip(todo, priors, strict=True)]


def jobs_of_everybody(todo: Sequence[Job], everybody: Ratings | None) -> list[Job]:
    """The main model on each dimension with the rows that the study excludes; none where it excludes none."""
    if everybody is None:
        return []
    parts = by_dimension(everybody)
    main = [job for job in todo if job.model == MAIN and job.dimension in parts]
    return [job._replace(model=EVERYBODY, ratings=parts[job.dimension]) for job in main]


def apart(fits: Fits) -> tuple[Fits, Fits]:
    """The fits of the study, and those of everybody."""
    whole = {key: fit for key, fit in fits.items() if key[0] == EVERYBODY}
    return {key: fit for key, fit in fits.items() if key not in whole}, whole


def refuse_unknown(asked: Mapping[str, Model], ratings: Ratings, config: StudyConfig) -> None:
    """Refuse estimands, formulas and submodels that these ratings do not allow, all at once."""
    problems = _unknown_probabilities(ratings, config)
    for name, model in asked.items():
        try:
            parse_formula(model.formula, available_columns(ratings))
        except ConfigError as error:
            problems += [f"Model '{name}': {problem}" for problem in error.problems]
    problems = problems or _of_submodels(asked[MAIN], ratings, config.model)
    if problems:
        raise problems_error(ConfigError, problems)


def _of_submodels(main: Model, ratings: Ratings, model: ModelConfig) -> list[str]:
    """What is wrong with the submodels of the main model; the others have the same or fewer."""
    problems: list[str] = []
    for part in by_dimension(ratings).values() if main.submodels else ():
        try:
            _asked(part, main, model)
        except (ConfigError, DataError) as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


def _asked(ratings: Ratings, asked: Model, model: ModelConfig) -> Formulas:
    parsed = parse_formula(asked.formula, available_columns(ratings))
    link = check_family(model.family, model.link, ratings.scale)
    return asked_formulas(ratings, parsed, model.family, link, **asked.submodels)


def _unknown_probabilities(ratings: Ratings, config: StudyConfig) -> list[str]:
    """Sentences about the estimands "P(rating >= 4)" for which the scale has no such category."""
    labels = ratings.scale.labels
    known = [f"P(rating = {labels[1]})"] if len(labels) == 2 else [f"P(rating >= {label})" for label in labels[1:]]
    return [
        f"`effects.estimands` has '{name}', which is not a threshold of this scale; known are {', '.join(known)}."
        for name in config.estimands
        if name.startswith("P(") and name.removesuffix(" ratio") not in known
    ]


def fit_models(todo: list[Job], config: StudyConfig, step: Steps, cache: Path | None = None) -> Fits:
    """Fit them one after the other; problems are kept in each fit and told in the report.

    Parameters
    ----------
    cache : Path, optional
        A folder that keeps every finished fit, and from which fits made before are read.

    Raises
    ------
    ConfigError, FitError
        When a formula names what the ratings do not have, or a model cannot be fitted at all.
    KeyboardInterrupt
        Also when it was pressed while a chain ran, which a fit by itself answers with the draws it has.
    """
    fits = {}
    for i, job in enumerate(todo, start=1):
        step(f"Fitting model {i} of {len(todo)}: {', '.join(part for part in (job.model, job.dimension) if part)}")
        made = _fit(job, config, cache)
        if isinstance(made.posterior, DrawnPosterior) and not made.posterior.complete:
            raise KeyboardInterrupt
        fits[job.model, job.dimension] = made
    return fits


def _fit(job: Job, config: StudyConfig, cache: Path | None) -> ps.Fit:
    model, priors = config.model, job.priors
    if job.model == CONTESTED and config.structure.approximate and model.is_exact:
        model, priors = replace(model, method="laplace"), job.priors or Priors()
    return ps.fit(
        job.ratings,
        job.asked.formula,
        disc=job.asked.disc,
        stretch=job.asked.stretch,
        thresholds=job.asked.thresholds,
        family=model.family,
        link=model.link,
        method=model.method,
        priors=priors,
        reml=model.reml,
        draws=model.draws,
        seed=config.seed,
        sampler=model.sampler,
        cache=cache,
        on_problem="ignore",  # the report shows fit.problems in full
    )


def has_estimates(fit: ps.Fit) -> bool:
    """Whether every parameter has one: a coefficient may have no finite estimate."""
    return bool(np.isfinite(fit.parameters["estimate"]).all())


def save_fits(fits: Fits, folder: Path) -> None:
    """Each fit in a folder named after its model and dimension."""
    folder.mkdir()
    names = slugs([" ".join(part for part in key if part) for key in fits])
    for name, fit in zip(names, fits.values(), strict=True):
        fit.save(folder / name)


def priors_of_each(fits: Sequence[tuple[Ratings, Model]], model: ModelConfig) -> list[Priors | None]:
    """The priors of each fit, the main model first: those of the study without the terms that its formula lacks.

    Parameters
    ----------
    fits : sequence of (Ratings, Model)

    Raises
    ------
    ConfigError
        A term that no formula has, in the words of the main model.
    """
    priors = model.priors
    if priors is None or not priors.terms:
        return [priors] * len(fits)
    designs = [_design(ratings, asked, model) for ratings, asked in fits]
    known = [{name for name in priors.terms if _has(design, name)} for design in designs]
    if strangers := [name for name in priors.terms if name not in set().union(*known)]:
        _refuse(strangers, designs[0])
    return [replace(priors, terms={k: v for k, v in priors.terms.items() if k in names}) for names in known]


def _design(ratings: Ratings, asked: Model, model: ModelConfig) -> Design:
    ratings = ratings._changed(to_impute={})  # which changes no name of a term
    link = check_family(model.family, model.link, ratings.scale)
    return build_design(ratings, _asked(ratings, asked, model), model.family, link)


def _has(design: Design, term: str) -> bool:
    try:
        resolve_priors(Priors(terms={term: 1.0}), design)
    except ConfigError:
        return False
    return True


def _refuse(terms: Sequence[str], design: Design) -> None:
    try:
        resolve_priors(Priors(terms=dict.fromkeys(terms, 1.0)), design)
    except ConfigError as error:
        problems = [problem.replace("`terms` of the priors", "`model.priors.terms`") for problem in error.problems]
        raise problems_error(ConfigError, problems) from error
