"""One model of all dimensions of a study: when there is one, and its fits taken apart by dimension again.

Sections about results are given a fit of each dimension (``Fit.on_dimension``), whatever was fitted; those about the
fitting, such as the chains, are given what was fitted (``fitted``).
"""

import re
from collections.abc import Iterator, Mapping

import pluralstats as ps
from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError
from pluralstats.fits.asking.joint import DIMENSION, MOST_DIMENSIONS, has_curves
from pluralstats.model.design import Design
from pluralstats.model.families.known import is_ordered
from pluralstats.model.priors import has_term
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.models import Fits

CATEGORIES = re.compile(r"\bcs\s*\(")  # coefficients at thresholds, which several dimensions do not share

UNASKED = ("hmc", "nuts")  # methods by which several dimensions are fitted together unless told otherwise


def joins(ratings: Ratings, config: StudyConfig) -> bool:
    """Whether each model of the study is one of all dimensions.

    Raises
    ------
    ConfigError
        ``model.dimensions`` asks for it, and the ratings have one dimension or too many.
    """
    model, n = config.model, len(ratings.dimensions)
    if model.dimensions == "joint":
        _refuse(n)
        return True
    apart = model.thresholds is not None or CATEGORIES.search(model.formula or "") is not None
    apart = apart or has_curves(model.formula)
    possible = 1 < n <= MOST_DIMENSIONS and is_ordered(model.family) and not apart
    return model.dimensions is None and possible and model.method in UNASKED and not ratings.to_impute


def _refuse(n: int) -> None:
    if n < 2:
        raise ConfigError(
            '`model.dimensions` is "joint", and the ratings have one dimension. Remove it, or name the columns of '
            "several under [data], as dimensions."
        )
    if n > MOST_DIMENSIONS:
        raise ConfigError(
            f'`model.dimensions` is "joint", and the ratings have {n} dimensions; up to {MOST_DIMENSIONS} are fitted '
            'in one model. Write "separate".'
        )


def views(made: Fits) -> Fits:
    """The fits by model and dimension, where some were made of all dimensions at once."""
    found: dict[tuple[str, str], ps.Fit] = {}
    for (model, dimension), fit in made.items():
        parts = {dimension: fit} if dimension else fit.by_dimension
        found |= {(model, name): part for name, part in parts.items()}
    order = dict.fromkeys(dimension for _, dimension in found)
    return {key: fit for dimension in order for key, fit in found.items() if key[1] == dimension}


def joint_terms(terms: Mapping[str, float], design: Design, dimensions: tuple[str, ...]) -> dict[str, float]:
    """Scales of single terms of a model of one dimension, by the names that they have in a joint one."""
    found = {name: scale for term, scale in terms.items() for name in _joint_names(term, dimensions)}
    return {name: scale for name, scale in found.items() if has_term(design, name)}


def _joint_names(term: str, dimensions: tuple[str, ...]) -> Iterator[str]:
    """What a term may be called in a joint model: where it is no part of one, itself.

    >>> list(_joint_names("sd(rater)", ("hate",))), list(_joint_names("sd(gender[m] | item)", ("hate",)))
    (['sd(rater)', 'sd(dimension[hate] | rater)'], ['sd(gender[m] | item)', 'sd(dimension[hate]:gender[m] | item)'])
    """
    yield term
    inside = term.removeprefix("sd(").removesuffix(")")
    if inside == term:
        yield f"{term}:{DIMENSION}"
        yield from (f"{term}:{DIMENSION}[{name}]" for name in dimensions)
    else:
        between = ":" if " | " in inside else " | "
        yield from (f"sd({DIMENSION}[{name}]{between}{inside})" for name in dimensions)


def joint_fits(made: Fits) -> dict[str, ps.Fit]:
    """The fits of all dimensions at once, by model."""
    return {model: fit for (model, dimension), fit in made.items() if len(fit.ratings.dimensions) > 1}


def fitted(fits: Fits, joint: Mapping[str, ps.Fit]) -> Fits:
    """What was fitted: joint fits, of the dimension "", and fits of one dimension that are not seen on one."""
    return {
        **{(model, ""): fit for model, fit in joint.items()},
        **{key: fit for key, fit in fits.items() if key[0] not in joint},
    }
