"""Everybody given a level: predictions of it, ratings observed at it, and whether the data determine it.

A contrast compares two such counterfactuals, or the differences of two pairs of them. Contrasts of many levels share
their counterfactuals, and each is predicted once.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from pluralstats.fits import Fit
from pluralstats.population.targets import Population
from pluralstats.results.estimands import Estimand, Observed, summary
from pluralstats.results.populations import (
    Prediction,
    Setting,
    observed_profiles,
    predict_settings,
    profile_columns,
    set_level,
    with_level,
)
from pluralstats.results.target_people import check_population

ROUNDING = 1e-12  # relative


class People(Protocol):
    """Whose profiles are averaged over: of everybody, or of those who have some levels."""

    def __call__(self, within: dict[str, str] | None = None) -> Setting: ...


class Counterfactual(NamedTuple):
    """Some raters who were all given the same levels.

    ``profiles`` row by row as they were, with the levels set; ``setting`` the same with equal profiles merged;
    ``observed`` the ratings by those who have the levels.
    """

    profiles: pd.DataFrame
    setting: Setting
    observed: Observed


class Pair(NamedTuple):
    """A counterfactual and what it is held against."""

    at: Counterfactual
    against: Counterfactual


class Contrast(NamedTuple):
    """A level against a reference, for everybody or within levels of other demographics.

    One pair, or two for an interaction: the difference of the first less the difference of the second.
    """

    demographic: str
    level: str
    reference: str
    within: dict[str, str]
    pairs: tuple[Pair, ...]


def people_of_fit(fit: Fit, population: Population | None) -> People:
    """The population, or the raters of the data, each once.

    Raises
    ------
    DataError
        A population with a demographic or level that the ratings do not have.
    """
    check_population(fit.ratings, profile_columns(fit), population)
    return partial(observed_profiles, fit, population=population)


def counterfactual(fit: Fit, people: Setting, rows: pd.DataFrame, levels: Mapping[str, str]) -> Counterfactual:
    """Everybody in ``people`` with the given levels.

    Parameters
    ----------
    rows : data frame
        Ratings whose observed mean stands beside the prediction, where their raters have the levels.
    levels : mapping from demographic to level
    """
    profiles, setting = people.profiles, people
    for name, level in levels.items():
        profiles, setting = set_level(profiles, name, level), with_level(setting, name, level)
    return Counterfactual(profiles, setting, _observed(fit, rows[having(rows, levels)]))


def having(frame: pd.DataFrame, levels: Mapping[str, str]) -> pd.Series:
    """(rows,) bool, whose raters have all of the levels."""
    keep = pd.Series(True, index=frame.index)
    for name, level in levels.items():
        keep &= frame[name] == level
    return keep


def _observed(fit: Fit, rows: pd.DataFrame) -> Observed:
    weight = rows["weight"].to_numpy(float) if "weight" in rows else np.ones(len(rows))
    if not len(rows):
        return Observed(np.nan, np.full(max(fit.design.categories.size - 1, 0), np.nan), 0, 0)
    if fit.ratings.scale.is_continuous:
        values = rows["rating"].to_numpy(float)
    else:
        values = np.asarray(fit.ratings.scale.values, float)[rows["rating"].to_numpy()]
    at_least = np.array([np.average(values >= k, weights=weight) for k in fit.design.categories[1:]])
    return Observed(float(np.average(values, weights=weight)), at_least, rows["rater"].nunique(), len(rows))


def is_known(fit: Fit, contrast: Contrast) -> bool:
    """Whether the data determine every prediction, and no coefficient between them has run off to infinity."""
    return all(_pair_is_known(fit, pair) for pair in contrast.pairs)


def _pair_is_known(fit: Fit, pair: Pair) -> bool:
    fixed, at, against = fit.design.fixed, pair.at.profiles, pair.against.profiles
    if not (fixed.estimable(at).all() and fixed.estimable(against).all()):
        return False
    changed = (fixed.rows_for(at) != fixed.rows_for(against)).any(axis=0)
    return not (changed & fit.posterior.flat_coefficients).any()


def contrast_draws(fit: Fit, contrasts: Sequence[Contrast], measures: Sequence[Estimand]) -> np.ndarray:
    """(measures, contrasts, S) draws of every contrast; missing where the data do not determine it."""
    settings = {id(c): c.setting for contrast in contrasts for pair in contrast.pairs for c in pair}
    if not settings:
        return np.empty((len(measures), 0, 0))
    predictions = dict(zip(settings, predict_settings(fit, list(settings.values())), strict=True))
    known = [is_known(fit, contrast) for contrast in contrasts]
    draws = [[_draws_of(contrast, measure, predictions) for contrast in contrasts] for measure in measures]
    return np.where(np.array(known)[:, None], np.array(draws), np.nan)


def _draws_of(contrast: Contrast, measure: Estimand, predictions: Mapping[int, Prediction]) -> np.ndarray:
    parts = [measure.draws_of(predictions[id(pair.at)], predictions[id(pair.against)]) for pair in contrast.pairs]
    return _combined(parts, measure.null)


def _combined(parts: Sequence[np.ndarray | float], null: float) -> np.ndarray:
    """The one difference, or the first less the second; of ratios, the first over the second."""
    if len(parts) == 1:
        return np.asarray(parts[0])
    first, second = (np.asarray(part, float) for part in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = first / second if null == 1.0 else first - second
    # what is left by rounding where the formula has no interaction is no difference
    return np.where(np.isclose(first, second, rtol=ROUNDING, atol=0.0), null, difference)


def contrast_row(
    contrast: Contrast, measure: Estimand, draws: np.ndarray, prob: float, rope: float
) -> dict[str, object]:
    """One row of the table of ``effects``, whose columns are described there."""
    return {
        "demographic": contrast.demographic,
        "level": contrast.level,
        "reference": contrast.reference,
        **contrast.within,
        "estimand": measure.name,
        "unit": measure.unit,
        **summary(draws, measure.null, prob, rope),
        "raw": _raw(contrast, measure),
        **_sizes(contrast),
    }


def _raw(contrast: Contrast, measure: Estimand) -> float:
    if measure.raw is None:
        return np.nan
    parts = [measure.raw(pair.at.observed, pair.against.observed) for pair in contrast.pairs]
    return float(_combined(parts, measure.null))


def _sizes(contrast: Contrast) -> dict[str, int]:
    """Raters and ratings of the level and raters of its reference; of an interaction, of its two differences."""
    sides = contrast.pairs if len(contrast.pairs) == 2 else tuple((side,) for side in contrast.pairs[0])
    of_level, of_reference = ([group.observed for group in side] for side in sides)
    return {
        "n_raters": sum(observed.n_raters for observed in of_level),
        "n_ratings": sum(observed.n_ratings for observed in of_level),
        "n_raters_reference": sum(observed.n_raters for observed in of_reference),
    }
