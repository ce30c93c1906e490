"""What a study fits: every model on each dimension or on all of them, checked, with the priors that each takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, DataError, problems_error
from pluralstats.fits.asking.joint import DIMENSION, joint_text
from pluralstats.fits.asking.submodels import asked_formulas
from pluralstats.model.building import Formulas, build_design
from pluralstats.model.design import Design, available_columns
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import ModelFormula, parse_formula
from pluralstats.model.priors import Priors, has_term, resolve_priors
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.configuration.settings import ModelConfig
from pluralstats.study.steps.dimensions import by_dimension
from pluralstats.study.steps.joint import joins, joint_terms
from pluralstats.study.steps.models import CONTESTED, EVERYBODY, INTERSECTIONS, MAIN, Fits, Model, models

STRUCTURE = (INTERSECTIONS, CONTESTED)


class Job(NamedTuple):
    """One fit to make; a model of all dimensions has the dimension ""."""

    model: str
    dimension: str
    ratings: Ratings
    asked: Model
    priors: Priors | None = None


def jobs(ratings: Ratings, config: StudyConfig) -> list[Job]:
    """Every fit of the study: under every model each dimension by itself, or all at once.

    Models of demographic structure are always of one dimension: what a few intersections, or gaps on single items, have
    in common on several dimensions is more correlations than they can tell.

    Raises
    ------
    ConfigError
        Every formula, submodel, prior and probability among the estimands that these ratings do not allow, before any
        is fitted.
    """
    asked = models(ratings, config)
    refuse_unknown(asked, ratings, config)
    parts, alone = by_dimension(ratings), {}
    if joins(ratings, config):
        parts, alone = {"": ratings}, parts
    todo = [
        Job(name, dimension, part, model)
        for places in (parts, alone)
        for dimension, part in places.items()
        for name, model in asked.items()
        if not alone or (name in STRUCTURE) == (places is alone)
    ]
    priors = priors_of_each([(job.ratings, job.asked) for job in todo], config.model)
    return [job._replace(priors=own) for job, own in zip(todo, priors, strict=True)]


def jobs_of_everybody(todo: Sequence[Job], everybody: Ratings | None) -> list[Job]:
    """The main model, as it is fitted, with the rows that the study excludes; none where it excludes none."""
    if everybody is None:
        return []
    parts = {"": everybody, **by_dimension(everybody)}
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
            problems += _of_dimension(name, parse_formula(model.formula, available_columns(ratings)))
        except ConfigError as error:
            problems += [f"Model '{name}': {problem}" for problem in error.problems]
    problems = problems or _of_submodels(asked[MAIN], ratings, config.model)
    if problems:
        raise problems_error(ConfigError, problems)


def _of_dimension(name: str, formula: ModelFormula) -> list[str]:
    named = {*formula.described, *(factor for term in formula.random for factor in term.factors)}
    if DIMENSION not in named:
        return []
    return [
        f"Model '{name}': the formula names `{DIMENSION}`. The formulas of a study are those of one dimension; all are "
        'fitted in one model with dimensions = "joint" under [model].'
    ]


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
    """What ``ps.fit`` makes of a model."""
    parsed = parse_formula(asked.formula, available_columns(ratings))
    if len(ratings.dimensions) > 1:
        parsed = parse_formula(joint_text(parsed), available_columns(ratings))
        asked = asked._replace(thresholds=DIMENSION)
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
    dimensions = [ratings.dimensions for ratings, _ in fits]
    own = [_own_terms(priors.terms, *of_fit) for of_fit in zip(designs, dimensions, strict=True)]
    known = [_known(priors.terms, *of_fit) for of_fit in zip(designs, dimensions, strict=True)]
    if strangers := [name for name in priors.terms if name not in set().union(*known)]:
        ratings, asked = fits[0]
        _refuse(strangers, _design(next(iter(by_dimension(ratings).values())), asked, model))
    return [replace(priors, terms=terms) for terms in own]


def _own_terms(terms: Mapping[str, float], design: Design, dimensions: tuple[str, ...]) -> dict[str, float]:
    """Scales of the terms that a model has, by their names there."""
    if len(dimensions) > 1:
        return joint_terms(terms, design, dimensions)
    return {name: scale for name, scale in terms.items() if has_term(design, name)}


def _known(terms: Mapping[str, float], design: Design, dimensions: tuple[str, ...]) -> set[str]:
    return {name for name, scale in terms.items() if _own_terms({name: scale}, design, dimensions)}


def _design(ratings: Ratings, asked: Model, model: ModelConfig) -> Design:
    ratings = ratings._changed(to_impute={})  # which changes no name of a term
    link = check_family(model.family, model.link, ratings.scale)
    return build_design(ratings, _asked(ratings, asked, model), model.family, link)


def _refuse(terms: Sequence[str], design: Design) -> None:
    try:
        resolve_priors(Priors(terms=dict.fromkeys(terms, 1.0)), design)
    except ConfigError as error:
        problems = [problem.replace("`terms` of the priors", "`model.priors.terms`") for problem in error.problems]
        raise problems_error(ConfigError, problems) from error
