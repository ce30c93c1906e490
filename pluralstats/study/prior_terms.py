"""Priors of single terms, of which each model of a study takes those that its formula has."""

from collections.abc import Sequence
from dataclasses import replace

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, problems_error
from pluralstats.model.design import Design, available_columns, build_design
from pluralstats.model.families.known import check_family
from pluralstats.model.formula.parsing import parse_formula
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.study.settings import ModelConfig


def priors_of_each(fits: Sequence[tuple[Ratings, str]], model: ModelConfig) -> list[Priors | None]:
    """The priors of each fit, the main model first: those of the study without the terms that its formula lacks.

    Parameters
    ----------
    fits : sequence of (Ratings, formula)

    Raises
    ------
    ConfigError
        A term that no formula has, in the words of the main model.
    """
    priors = model.priors
    if priors is None or not priors.terms:
        return [priors] * len(fits)
    designs = [_design(ratings, formula, model) for ratings, formula in fits]
    known = [{name for name in priors.terms if _has(design, name)} for design in designs]
    if strangers := [name for name in priors.terms if name not in set().union(*known)]:
        _refuse(strangers, designs[0])
    return [replace(priors, terms={k: v for k, v in priors.terms.items() if k in names}) for names in known]


def _design(ratings: Ratings, formula: str, model: ModelConfig) -> Design:
    parsed = parse_formula(formula, available_columns(ratings))
    return build_design(ratings, parsed, model.family, check_family(model.family, model.link, ratings.scale))


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
