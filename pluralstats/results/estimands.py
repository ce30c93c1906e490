"""The estimands of METHODS section 3, one entry each: a function of the draws of two predictions."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits import Fit
from pluralstats.model.design import RESIDUAL_SD
from pluralstats.results.populations import Prediction, mean_variance, term_roles

NAMES = (
    "points",
    "percent",
    "percent_of_range",
    "probability",
    "probability_ratio",
    "odds_ratio",
    "marginal_odds_ratio",
    "latent_d",
)
_AT_LEAST = re.compile(r"^P\(rating (?:>=|=) .+\)( ratio)?$")

ENDLESS = 1e300  # an odds ratio beyond is infinite


class Observed(NamedTuple):
    """Observed ratings of a group: mean in rating points, (K-1,) shares at or above each category, sizes."""

    mean: float
    at_least: np.ndarray
    n_raters: int
    n_ratings: int


class Estimand(NamedTuple):
    """What it is called, its unit, its value without an effect, and how draws and raw numbers give it."""

    name: str
    unit: str
    null: float
    draws: Callable[[Prediction, Prediction], np.ndarray]
    raw: Callable[[Observed, Observed], float] | None

    def draws_of(self, at: Prediction, against: Prediction) -> np.ndarray:
        """(S,) draws; a ratio to nothing is infinite or missing."""
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
    match = _AT_LEAST.match(name)
    family = name
    if match:
        family = "probability_ratio" if match.group(1) else "probability"
    if family not in NAMES:
        raise ConfigError(f"`estimands` has '{name}'; known are {', '.join(NAMES)}.{nearest(name, NAMES)}")
    if fit.family == "gaussian" and family not in ("points", "percent", "percent_of_range", "latent_d"):
        raise ConfigError(f"The gaussian family has no categories, so no '{name}'. Use 'points' or a cumulative model.")
    if family == "odds_ratio" and fit.link != "logit":
        raise ConfigError(
            "'odds_ratio' is the exponential of a logit coefficient and this fit has a probit link. "
            "Use 'marginal_odds_ratio', or fit with link='logit'."
        )
    found = _MAKERS[family](fit)
    if not match:
        return found
    named = [estimand for estimand in found if estimand.name == name]
    if not named:
        known = ", ".join(estimand.name for estimand in found)
        raise ConfigError(f"'{name}' is not a threshold of this scale; known are {known}.")
    return named


def rope_widths(rope: float | Mapping[str, float], measures: Sequence[Estimand]) -> dict[str, float]:
    """Half width of practical equivalence for each estimand; 0 means none.

    Raises
    ------
    ConfigError
        A negative width, or one for an estimand that was not asked for.
    """
    widths = dict(rope) if isinstance(rope, Mapping) else {"points": rope}
    known = {name for measure in measures for name in (measure.name, measure.family)}
    problems = [
        f"`rope` is a half width, 0 or more; found {w} for '{name}'." for name, w in widths.items() if not w >= 0.0
    ]
    if isinstance(rope, Mapping):
        problems += [
            f"`rope` has '{name}', which is not among the estimands asked for ({', '.join(sorted(known))})."
            + nearest(name, known)
            for name in widths
            if name not in known
        ]
    if problems:
        raise problems_error(ConfigError, problems)
    return {m.name: widths.get(m.name, widths.get(m.family, 0.0)) for m in measures}


def summary(draws: np.ndarray, null: float, prob: float, rope: float) -> dict[str, float]:
    """Median, intervals, probability of direction and share inside the region of practical equivalence."""
    tail = 0.5 - prob / 2.0
    finite = np.clip(draws, -ENDLESS, ENDLESS)  # no quantile lies between two infinite draws
    found = np.quantile(finite, [tail, 0.25, 0.5, 0.75, 1.0 - tail])
    lower, lower_50, estimate, upper_50, upper = np.where(np.abs(found) >= ENDLESS, np.copysign(np.inf, found), found)
    # draws of exactly no effect are on neither side
    above = np.mean(draws > null) + 0.5 * np.mean(draws == null) if np.isfinite(estimate) else np.nan
    with np.errstate(divide="ignore"):  # a ratio of 0 is infinitely far
        distance = np.abs(np.log(draws)) if null == 1.0 else np.abs(draws - null)
    inside = np.mean(distance < rope) if rope and np.isfinite(estimate) else np.nan
    return {
        "estimate": estimate,
        "lower": lower,
        "upper": upper,
        "lower_50": lower_50,
        "upper_50": upper_50,
        "p_direction": max(above, 1.0 - above),
        "p_rope": inside,
    }


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
            lambda a, b: 100.0 * (a.mean / b.mean - 1.0),
        )
    ]


def _percent_of_range(fit: Fit) -> list[Estimand]:
    values = fit.ratings.scale.values
    width = (values[-1] - values[0]) if values else float(np.ptp(fit.ratings.values))
    return [
        Estimand(
            "percent_of_range",
            "percent of the scale's range",
            0.0,
            lambda a, b: 100.0 * (a.expected - b.expected) / width,
            lambda a, b: 100.0 * (a.mean - b.mean) / width,
        )
    ]


def _events(fit: Fit) -> list[str]:
    """ "rating >= 4" for each category in use but the lowest; "rating = 1" on a scale of two."""
    sign = "=" if fit.ratings.scale.K == 2 else ">="
    return [f"rating {sign} {label}" for label in fit.design.labels[1:]]


def _probability(fit: Fit) -> list[Estimand]:
    return [_at_least(k, event) for k, event in enumerate(_events(fit))]


def _at_least(k: int, event: str) -> Estimand:
    return Estimand(
        f"P({event})",
        "percentage points",
        0.0,
        lambda a, b: 100.0 * (a.at_least[:, k] - b.at_least[:, k]),
        lambda a, b: float(100.0 * (a.at_least[k] - b.at_least[k])),
    )


def _probability_ratio(fit: Fit) -> list[Estimand]:
    return [_at_least_ratio(k, event) for k, event in enumerate(_events(fit))]


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
    variance = mean_variance(fit, term_roles(fit).rater)
    if fit.samples.residual_sd is not None:
        variance = variance + fit.samples.residual_sd**2
    else:
        variance = variance + RESIDUAL_SD[fit.link] ** 2
    unit = "sds of rater and residual"
    return [Estimand("latent_d", unit, 0.0, lambda a, b: (a.latent - b.latent) / np.sqrt(variance), None)]


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
