"""The fits of a study: the main model and its alternatives, on each dimension."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, problems_error
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.design import available_columns
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, default_formula, parse_formula, quoted
from pluralstats.model.priors import Priors
from pluralstats.study.config import StudyConfig
from pluralstats.study.findings import MAIN
from pluralstats.study.prior_terms import priors_of_each
from pluralstats.study.progress import Steps
from pluralstats.study.settings import StructureConfig
from pluralstats.study.study_tables import by_dimension

ITEMS_ONLY = "items only"
INTERSECTIONS, CONTESTED = "intersections", "gaps by item"  # models of demographic structure
RATER = "rater"  # the random term of raters

type Fits = Mapping[tuple[str, str], ps.Fit]


class Job(NamedTuple):
    """One fit to make."""

    model: str
    dimension: str
    ratings: Ratings
    formula: str
    priors: Priors | None = None


def formulas(ratings: Ratings, config: StudyConfig) -> dict[str, str]:
    """Model name -> formula, the main model first.

    Without ``alternatives`` in the study file the main formula without its rater effect is added, because that
    is the model which takes the ratings of one person for those of many.

    Raises
    ------
    ConfigError
        When that formula names what the ratings do not have.
    """
    main = config.model.formula or default_formula(ratings.demographics)
    alternatives, structure = config.model.alternatives, config.structure
    if alternatives is not None and structure == StructureConfig():
        return {MAIN: main, **alternatives}
    parsed = parse_formula(main, available_columns(ratings))
    if alternatives is None:
        shorter = parsed.without(RATER)
        alternatives = {ITEMS_ONLY: str(shorter)} if shorter != parsed else {}
    return {MAIN: main, **alternatives, **structure_formulas(parsed, structure)}


def structure_formulas(main: ModelFormula, structure: StructureConfig) -> dict[str, str]:
    """The main formula with intersections pooled, and with the gap of a demographic differing by item."""
    out = {}
    if structure.intersections:
        crossed = RandomTerm(structure.intersections)
        out[INTERSECTIONS] = str(main if crossed in main.random else replace(main, random=(*main.random, crossed)))
    if structure.contested:
        slopes = RandomTerm(("item",), f"1 + {quoted(structure.contested)}", (structure.contested,))
        others = tuple(term for term in main.random if term.name != "item")
        out[CONTESTED] = str(replace(main, random=(slopes, *others)))
    return out


def adds_rater(formulas: Mapping[str, str], columns: tuple[str, ...]) -> dict[str, bool]:
    """For each model whether the main model, the first, is the same with the rater effect added.

    Parameters
    ----------
    formulas : mapping from model to formula
    columns : tuple of str
        Columns that the formulas may name.

    Examples
    --------
    >>> both = {"main": "rating ~ g + (1 | item) + (1 | rater)", "items only": "rating ~ g + (1|item)"}
    >>> adds_rater(both, ("g", "item", "rater"))
    {'main': False, 'items only': True}
    """
    parsed = {name: parse_formula(formula, columns) for name, formula in formulas.items()}
    main = next(iter(parsed.values()))
    shorter = main.without(RATER)
    return {name: formula != main and formula == shorter for name, formula in parsed.items()}


def jobs(ratings: Ratings, config: StudyConfig) -> list[Job]:
    """Every fit of the study: each dimension by itself, each under every model.

    Raises
    ------
    ConfigError
        Every formula, prior and probability among the estimands that these ratings do not allow, before any is fitted.
    """
    models = formulas(ratings, config)
    _refuse_unknown(models, ratings, config)
    todo = [
        Job(model, dimension, part, formula)
        for dimension, part in by_dimension(ratings).items()
        for model, formula in models.items()
    ]
    priors = priors_of_each([(job.ratings, job.formula) for job in todo], config.model)
    return [job._replace(priors=own) for job, own in zip(todo, priors, strict=True)]


def _refuse_unknown(models: Mapping[str, str], ratings: Ratings, config: StudyConfig) -> None:
    problems = _unknown_probabilities(ratings, config)
    for name, formula in models.items():
        try:
            parse_formula(formula, available_columns(ratings))
        except ConfigError as error:
            problems += [f"Model '{name}': {problem}" for problem in error.problems]
    if problems:
        raise problems_error(ConfigError, problems)


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
        job.formula,
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
