"""How much people can disagree at all, given the mean of their ratings: nobody differs around the end of a scale."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError

STEPS = 400


class Envelope(NamedTuple):
    """Along ``mean`` (n,), the ``lowest`` and the ``highest`` possible value (n,) each."""

    mean: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray


def answers_of(scale: Any, means: pd.Series, what: str) -> np.ndarray:
    """(K,) the numbers of the answers; (1, 5) means 1 to 5, and None or a continuous scale has none.

    A ConfigError says where the ``means`` of ``what`` lie outside the scale.
    """
    own = getattr(scale, "values", None)  # of a Scale, which lists its answers one by one
    answers = np.asarray(own if own is not None else scale if scale is not None else (), dtype=float)
    if own is None and len(answers) == 2 and (answers % 1 == 0).all() and answers[0] < answers[1]:
        answers = np.arange(answers[0], answers[1] + 1)
    if len(answers) and (means.min() < answers[0] - 1e-6 or means.max() > answers[-1] + 1e-6):
        raise ConfigError(
            f"`scale` runs from {answers[0]:g} to {answers[-1]:g}, but the {what} run from "
            f"{means.min():g} to {means.max():g}. Pass the scale of these ratings."
        )
    return answers


def of_two_answers(values: np.ndarray, measure: Callable[[np.ndarray, float], np.ndarray], pairs: float) -> Envelope:
    """Least and greatest value of a measure of shares over the answers ``values`` (K,) with a given mean.

    Entropy, variance and distance are concave in the shares, so that each is least where only two answers are given
    (a corner of the shares with that mean). Variance and distance are greatest there too, at both ends of the scale
    (Bhatia & Davis 2000, Am. Math. Mon. 107, 353; Gini 1912); ``pairs`` multiplies the greatest, because nobody is
    paired with herself. ``measure`` takes the share of one answer (n,) and the distance of the two.
    """
    mean = np.union1d(np.linspace(values[0], values[-1], STEPS + 1), [*values, (values[0] + values[-1]) / 2])  # corners
    found = []
    for low, high in combinations(values, 2):
        share = (mean - low) / (high - low)
        inside = (share >= 0) & (share <= 1)
        found.append(np.where(inside, measure(np.clip(share, 0.0, 1.0), high - low), np.nan))
    return Envelope(mean, np.nanmin(found, axis=0), pairs * np.nanmax(found, axis=0))


def of_entropy(values: np.ndarray, over: float = 1.0) -> Envelope:
    """The same of the entropy in nats (``over`` a constant), greatest for shares in proportion to exp(t value).

    The mean of those grows with t (Jaynes 1957, Phys. Rev. 106, 620).
    """
    t = np.sinh(np.linspace(-5, 5, 1001)) / np.diff(values).min()
    weights = t[:, None] * (values - values.mean())
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)  # (1001, K)
    mean, least, _ = of_two_answers(values, MEASURES["entropy"], 1.0)
    greatest = np.interp(mean, shares @ values, _nats(shares).sum(axis=1))
    greatest[[0, -1]] = 0.0
    return Envelope(mean, least / over, greatest / over)


def _nats(share: np.ndarray) -> np.ndarray:
    return -share * np.log(np.where(share > 0, share, 1.0))


def _pairs(n: float) -> float:
    return 1.0 if np.isinf(n) else n / (n - 1)


MEASURES: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "entropy": lambda share, apart: _nats(share) + _nats(1 - share),
    "sd": lambda share, apart: apart * np.sqrt(share * (1 - share)),
    "mean_distance": lambda share, apart: 2 * apart * share * (1 - share),
}
# Of the answers (K,) and the least number of ratings of an item.
ENVELOPES: Mapping[str, Callable[[np.ndarray, float], Envelope]] = {
    "entropy": lambda values, n: of_entropy(values),
    "entropy_normalised": lambda values, n: of_entropy(values, np.log(len(values))),
    "sd": lambda values, n: of_two_answers(values, MEASURES["sd"], np.sqrt(_pairs(n))),
    "mean_distance": lambda values, n: of_two_answers(values, MEASURES["mean_distance"], _pairs(n)),
}
NEED_COUNTS = ("sd", "mean_distance")  # their greatest values fall with the number of ratings
