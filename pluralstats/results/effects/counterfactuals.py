"""Everybody given a level: predictions of it, ratings observed at it, and whether the data determine it.

A contrast is a sum of differences between two such counterfactuals, each times a factor: one difference for a level
against a reference, two for an interaction, one for each dimension where dimensions are averaged by utilities.
Contrasts of many levels share their counterfactuals, and each is predicted once.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.shares import shares_in
from pluralstats.fits.fitted import Fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, check_population
from pluralstats.results.averaging.populations import Prediction, is_determined, predict_scenes
from pluralstats.results.averaging.scenes import Circumstances, Scene, circumstances, observed_people, scene
from pluralstats.results.effects.estimands import Estimand, Observed

ROUNDING = 1e-12  # relative
LATENT = ("latent_d", "odds_ratio")  # of eta alone
NOBODY, ONE_RATER = "nobody has this combination", "one rater has this combination"


class Counterfactual(NamedTuple):
    """A scene in which everybody was given the same levels, and the ratings by those who have them."""

    scene: Scene
    observed: Observed


class Pair(NamedTuple):
    """A counterfactual and what it is held against, and what their difference is multiplied by."""

    at: Counterfactual
    against: Counterfactual
    factor: float = 1.0


class Contrast(NamedTuple):
    """A level against a reference, for everybody or within levels of other demographics.

    ``within`` are the levels, and the dimension of fits of several.
    """

    demographic: str
    level: str
    reference: str
    within: dict[str, str]
    pairs: tuple[Pair, ...]


class Study:
    """Whose profiles, which items and which observed ratings the counterfactuals of one call are made of."""

    def __init__(self, fit: Fit, population: Population | None = None) -> None:
        """
        Raises
        ------
        DataError
            A population with a demographic or level that the ratings do not have.
        """
        check_population(fit.ratings, fit.roles.columns, population)
        self.fit, self.population = fit, population
        self._around: dict[str | None, Circumstances] = {}
        self._people: dict[tuple, Setting] = {}
        self._made: dict[tuple, Counterfactual] = {}

    def counterfactual(
        self, changes: Mapping[str, object], within: Mapping[str, str] | None = None, dimension: str | None = None
    ) -> Counterfactual:
        """Everybody, or the people who have the levels ``within``, with some columns changed; on one dimension.

        What is observed are the ratings by people who have the levels ``within`` and those that are set.
        """
        within = within or {}
        key = (tuple(changes.items()), tuple(within.items()), dimension)
        if key not in self._made:
            made = scene(self._people_of(within), self._circumstances(dimension), changes)
            self._made[key] = Counterfactual(made, self.ratings.observed(changes, within, dimension))
        return self._made[key]

    @cached_property
    def ratings(self) -> "ObservedRatings":
        return ObservedRatings(self.fit)

    def _people_of(self, within: Mapping[str, str]) -> Setting:
        key = tuple(within.items())
        if key not in self._people:
            self._people[key] = observed_people(self.fit, within, self.population)
        return self._people[key]

    def _circumstances(self, dimension: str | None) -> Circumstances:
        if dimension not in self._around:
            self._around[dimension] = circumstances(self.fit, dimension)
        return self._around[dimension]


class ObservedRatings:
    """Raw means and shares of ratings by raters who have some levels."""

    def __init__(self, fit: Fit) -> None:
        frame, scale = fit.observed.frame, fit.ratings.scale
        self.shares = fit.ratings.shares
        self.frame, self.categories = frame, fit.design.categories
        rating = frame["rating"].to_numpy()
        self.values = rating.astype(float) if scale.is_continuous else np.asarray(scale.values, float)[rating]
        self.weight = frame["weight"].to_numpy(float) if "weight" in frame else np.ones(len(frame))
        self.rater = frame["rater"].cat.codes.to_numpy()

    def observed(self, levels: Mapping[str, object], within: Mapping[str, str], dimension: str | None) -> Observed:
        """Of the ratings that have all of the levels; nobody was observed at another number than their own.

        A rater who has a level beside others counts by the share of it; those ``within`` have a level alone.
        """
        share, nothing = np.ones(len(self.frame)), np.full(max(self.categories.size - 1, 0), np.nan)
        numbers = [name for name in levels if not isinstance(self.frame[name].dtype, pd.CategoricalDtype)]
        for name in levels.keys() - set(numbers):
            share *= shares_in(self.frame[name], str(levels[name]), self.shares.get(name, {}))
        keep = (share > 0.0) & having(self.frame, within).to_numpy()
        if dimension is not None:
            keep &= (self.frame["dimension"] == dimension).to_numpy()
        if not keep.any():
            return Observed(np.nan, nothing, 0, 0)
        n_raters = np.unique(self.rater[keep]).size
        if numbers:
            return Observed(np.nan, nothing, n_raters, int(keep.sum()))
        values, weight = self.values[keep], self.weight[keep] * share[keep]
        at_least = np.array([weight[values >= k].sum() for k in self.categories[1:]]) / weight.sum()
        return Observed(float(np.average(values, weights=weight)), at_least, n_raters, values.size)


def having(frame: pd.DataFrame, levels: Mapping[str, str]) -> pd.Series:
    """(rows,) bool, whose raters have all of the levels."""
    keep = pd.Series(True, index=frame.index)
    for name, level in levels.items():
        keep &= frame[name] == level
    return keep


def is_known(fit: Fit, contrast: Contrast) -> bool:
    """Whether the data determine every prediction, and no coefficient between them has run off to infinity."""
    return all(is_determined(fit, pair.at.scene, pair.against.scene) for pair in contrast.pairs)


def predictions_of(fit: Fit, counterfactuals: Sequence[Counterfactual]) -> dict[int, Prediction]:
    """Predictions by the ``id`` of each counterfactual, each made once."""
    scenes = {id(one): one.scene for one in counterfactuals}
    return dict(zip(scenes, predict_scenes(fit, list(scenes.values())), strict=True))


def is_in_thresholds(fit: Fit, demographic: str, measure: Estimand) -> bool:
    """Whether it is a latent distance between levels that have thresholds of their own, where eta has only a part of
    the difference."""
    return measure.name in LATENT and fit.design.thresholds.column in demographic.split(":")


def contrast_draws(fit: Fit, contrasts: Sequence[Contrast], measures: Sequence[Estimand]) -> np.ndarray:
    """(measures, contrasts, S) draws of every contrast; missing where the data do not determine it."""
    if not contrasts:
        return np.empty((len(measures), 0, 0))
    sides = [side for contrast in contrasts for pair in contrast.pairs for side in (pair.at, pair.against)]
    predictions = predictions_of(fit, sides)
    sure = [is_known(fit, contrast) for contrast in contrasts]
    known = [
        [
            of and not is_in_thresholds(fit, contrast.demographic, measure)
            for of, contrast in zip(sure, contrasts, strict=True)
        ]
        for measure in measures
    ]
    draws = [[_draws_of(contrast, measure, predictions) for contrast in contrasts] for measure in measures]
    return np.where(np.array(known)[..., None], np.array(draws), np.nan)


def _draws_of(contrast: Contrast, measure: Estimand, predictions: Mapping[int, Prediction]) -> np.ndarray:
    parts = [measure.draws_of(predictions[id(pair.at)], predictions[id(pair.against)]) for pair in contrast.pairs]
    return combined(parts, [pair.factor for pair in contrast.pairs], measure.null)


def combined(parts: Sequence[np.ndarray | float], factors: Sequence[float], null: float) -> np.ndarray:
    """The sum of differences times their factors; of ratios, the product of their powers."""
    values = [np.asarray(part, float) for part in parts]
    if len(values) == 1 and factors[0] == 1.0:
        return values[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        if null == 1.0:
            total = np.exp(np.sum([f * np.log(part) for f, part in zip(factors, values, strict=True)], axis=0))
        else:
            total = np.sum([f * part for f, part in zip(factors, values, strict=True)], axis=0)
    if list(factors) != [1.0, -1.0]:
        return np.asarray(total)
    # what is left by rounding where the formula has no interaction is no difference
    return np.where(np.isclose(values[0], values[1], rtol=ROUNDING, atol=0.0), null, total)


def contrast_columns(contrast: Contrast, measure: Estimand) -> dict[str, object]:
    """What stands before and after the numbers of a row of the table of ``effects``, described there."""
    return {
        "demographic": contrast.demographic,
        "level": contrast.level,
        "reference": contrast.reference,
        **contrast.within,
        "estimand": measure.name,
        "unit": measure.unit,
        "raw": _raw(contrast, measure),
        **_sizes(contrast),
    }


def _raw(contrast: Contrast, measure: Estimand) -> float:
    if measure.raw is None:
        return np.nan
    parts = [measure.raw(pair.at.observed, pair.against.observed) for pair in contrast.pairs]
    return float(combined(parts, [pair.factor for pair in contrast.pairs], measure.null))


def _sizes(contrast: Contrast) -> dict[str, int]:
    """Raters and ratings of the level and raters of its reference; of an interaction, of its two differences."""
    first = contrast.pairs[0]
    of_level, of_reference = [first.at], [first.against]
    if [pair.factor for pair in contrast.pairs] == [1.0, -1.0]:
        second = contrast.pairs[1]
        of_level, of_reference = [first.at, first.against], [second.at, second.against]
    return {
        "n_raters": sum(group.observed.n_raters for group in of_level),
        "n_ratings": sum(group.observed.n_ratings for group in of_level),
        "n_raters_reference": sum(group.observed.n_raters for group in of_reference),
    }


def support(contrast: Contrast) -> str:
    """What has to be said about the ratings behind a contrast: that nobody, or a single rater, stands behind a side."""
    sizes = [side.observed.n_raters for pair in contrast.pairs for side in (pair.at, pair.against)]
    return NOBODY if 0 in sizes else ONE_RATER if 1 in sizes else ""
