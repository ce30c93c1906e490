"""The estimands of METHODS section 3, one entry each: a function of the draws of two predictions."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from pluralstats.errors import ConfigError, nearest
from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.populations import Prediction, mean_variance
from pluralstats.results.averaging.scenes import Scene, circumstances, observed_people
from pluralstats.results.variance.noise import refuse_no_noise, residual_variance

_AT_LEAST = re.compile(r"^P\(rating (?:>=|=) .+\)( ratio)?$")
_LOOSE = re.compile(r"^\s*P\s*\(\s*rating\s*(>=|=)\s*(.+?)\s*\)\s*(ratio)?\s*$")
NO_ENDS = 'the scale has no ends: declare them, as scale=("continuous", 0, 100)'
NEGATIVE_REFERENCE = "no percent of a reference mean at or below 0"


class Observed(NamedTuple):
    """Observed ratings of a group: mean in rating points, (K-1,) shares at or above each category, sizes."""

    mean: float
    at_least: np.ndarray
    n_raters: int
    n_ratings: int


class Estimand(NamedTuple):
    """What it is called, its unit, its value without an effect, and how draws and raw numbers give it.

    ``is_defined`` tells of the prediction that is the reference whether there is such a number, ``undefined`` why not.
    """

    name: str
    unit: str
    null: float
    draws: Callable[[Prediction, Prediction], np.ndarray]
    raw: Callable[[Observed, Observed], float] | None
    is_defined: Callable[[Prediction], bool] = lambda against: True
    undefined: str = ""

    def draws_of(self, at: Prediction, against: Prediction) -> np.ndarray:
        """(S,) draws; a ratio to nothing is infinite or missing, and all are missing where it is not defined."""
        if not self.is_defined(against):
            return np.full(len(at.latent), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.draws(at, against)

    @property
    def family(self) -> str:
        """The name that stands for it and its siblings: "probability" for every "P(rating >= k)"."""
        match = _AT_LEAST.match(self.name)
        if not match:
            return self.name
        return "probability_ratio" if match.group(1) else "probability"


def find_estimands(fit: Fit, name: str) -> list[Estimand]:
    """The estimands behind a name; ``probability`` and ``probability_ratio`` stand for one per category.

    Raises
    ------
    ConfigError
        An unknown name, or an estimand that the family or link of the fit does not have.
    """
    name = _spelled(name)
    match = _AT_LEAST.match(name)
    family = name
    if match:
        family = "probability_ratio" if match.group(1) else "probability"
    if family not in NAMES:
        raise ConfigError(f"`estimands` has '{name}'; known are {', '.join(NAMES)}.{nearest(name, NAMES)}")
    if not fit.design.family.ordered and family not in ("points", "percent", "percent_of_range", "latent_d"):
        raise ConfigError(
            f"The {fit.family} family has no categories, so no '{name}'. Use 'points' or a cumulative model."
        )
    if family == "odds_ratio" and fit.design.family.averaged != "logit":
        found_family = fit.design.family
        has = "a probit link" if found_family.averaged == "probit" else f"the {found_family.name} family"
        has += "" if found_family.averaged == "probit" else f" with a {found_family.link} link"
        other = "fit with link='logit'" if found_family.averaged else "fit a cumulative model with link='logit'"
        raise ConfigError(
            f"'odds_ratio' is the exponential of a coefficient on cumulative logits and this fit has {has}. "
            f"Use 'marginal_odds_ratio', or {other}."
        )
    _refuse_several_noises(fit, family)
    found = _MAKERS[family](fit)
    if not match:
        return found
    named = [estimand for estimand in found if estimand.name == name]
    if not named:
        known = ", ".join(estimand.name for estimand in found)
        raise ConfigError(f"'{name}' is not a threshold of this scale; known are {known}.")
    return named


def _refuse_several_noises(fit: Fit, family: str) -> None:
    """Estimands of one noise for all ratings, and of one distance between thresholds."""
    if family == "odds_ratio" and fit.design.parts:
        raise ConfigError(
            f"'{family}' has a meaning where all ratings have the same noise and the same use of the scale, and this "
            f"fit has {' and '.join(str(part) for part in fit.design.parts)}. Use 'points', 'probability' or "
            "'marginal_odds_ratio', which average over both; ps.difference_sources tells what a difference comes from."
        )


def _spelled(name: str) -> str:
    """The name of a probability with the blanks that it has in tables: "P(rating>=4)" is "P(rating >= 4)"."""
    loose = _LOOSE.match(str(name))
    return f"P(rating {loose[1]} {loose[2]}){' ratio' if loose[3] else ''}" if loose else name


def _points(fit: Fit) -> list[Estimand]:
    return [
        Estimand("points", "rating points", 0.0, lambda a, b: a.expected - b.expected, lambda a, b: a.mean - b.mean)
    ]


def _percent(fit: Fit) -> list[Estimand]:
    return [
        Estimand(
            "percent",
            "percent of the reference mean",
            0.0,
            lambda a, b: 100.0 * (a.expected / b.expected - 1.0),
            lambda a, b: 100.0 * (a.mean / b.mean - 1.0) if b.mean > 0.0 else np.nan,
            lambda b: not b.expected.min() <= 0.0,
            NEGATIVE_REFERENCE,
        )
    ]


def _percent_of_range(fit: Fit) -> list[Estimand]:
    width = fit.ratings.scale.width
    per_point = np.nan if width is None else 100.0 / width
    return [
        Estimand(
            "percent_of_range",
            "percent of the scale's range",
            0.0,
            lambda a, b: (a.expected - b.expected) * per_point,
            lambda a, b: (a.mean - b.mean) * per_point,
            lambda b: width is not None,
            NO_ENDS,
        )
    ]


def events_of(fit: Fit) -> list[str]:
    """ "rating >= 4" for each category in use but the lowest; "rating = 1" on a scale of two."""
    sign = "=" if fit.ratings.scale.K == 2 else ">="
    return [f"rating {sign} {label}" for label in fit.design.labels[1:]]


def _probability(fit: Fit) -> list[Estimand]:
    return [_at_least(k, event) for k, event in enumerate(events_of(fit))]


def _at_least(k: int, event: str) -> Estimand:
    return Estimand(
        f"P({event})",
        "percentage points",
        0.0,
        lambda a, b: 100.0 * (a.at_least[:, k] - b.at_least[:, k]),
        lambda a, b: float(100.0 * (a.at_least[k] - b.at_least[k])),
    )


def _probability_ratio(fit: Fit) -> list[Estimand]:
    return [_at_least_ratio(k, event) for k, event in enumerate(events_of(fit))]


def _at_least_ratio(k: int, event: str) -> Estimand:
    return Estimand(
        f"P({event}) ratio",
        "ratio of probabilities",
        1.0,
        lambda a, b: a.at_least[:, k] / b.at_least[:, k],
        lambda a, b: float(a.at_least[k] / b.at_least[k]) if b.at_least[k] > 0.0 else np.nan,
    )


def _odds_ratio(fit: Fit) -> list[Estimand]:
    unit = "ratio of cumulative odds, given rater and item"
    return [Estimand("odds_ratio", unit, 1.0, lambda a, b: np.exp(a.latent - b.latent), None)]


def _log_odds(p: np.ndarray) -> np.ndarray:
    return np.log(p) - np.log1p(-p)


def _mean_odds_ratio(a: Prediction, b: Prediction) -> np.ndarray:
    """(S,) geometric mean over the categories of the ratio of odds; missing where ratings never vary."""
    if not a.at_least.shape[1]:
        return np.full(len(a.latent), np.nan)
    return np.exp((_log_odds(a.at_least) - _log_odds(b.at_least)).mean(axis=1))


def _marginal_odds_ratio(fit: Fit) -> list[Estimand]:
    unit = "ratio of averaged cumulative odds"
    return [
        Estimand(
            "marginal_odds_ratio",
            unit,
            1.0,
            _mean_odds_ratio,
            None,
        )
    ]


def _latent_d(fit: Fit) -> list[Estimand]:
    refuse_no_noise(fit.design.family, "'latent_d'")

    @cache
    def sd(dimension: str | None) -> np.ndarray:
        everybody = Scene(observed_people(fit), {}, circumstances(fit, dimension))
        return np.sqrt(mean_variance(fit, fit.roles.rater, dimension) + residual_variance(fit, everybody))

    unit = "sds of rater and residual"
    return [Estimand("latent_d", unit, 0.0, lambda a, b: (a.latent - b.latent) / sd(a.dimension), None)]


_MAKERS: dict[str, Callable[[Fit], list[Estimand]]] = {
    "points": _points,
    "percent": _percent,
    "percent_of_range": _percent_of_range,
    "probability": _probability,
    "probability_ratio": _probability_ratio,
    "odds_ratio": _odds_ratio,
    "marginal_odds_ratio": _marginal_odds_ratio,
    "latent_d": _latent_d,
}
NAMES = tuple(_MAKERS)
