"""How much people can disagree at all, given the mean of their ratings: nobody differs around the end of a scale."""

from collections.abc import Callable, Mapping
from itertools import combinations, pairwise
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

    Raises
    ------
    ConfigError
        Some of the ``means`` lie outside the scale; ``what`` says what they are.

    Examples
    --------
    >>> answers_of((1, 3), pd.Series([1.5]), "means of items")
    array([1., 2., 3.])
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


def entropy_envelope(values: np.ndarray) -> Envelope:
    """Least and greatest entropy (nats) of shares over the answers ``values`` (K,) with a given mean.

    The greatest belongs to shares proportional to exp(t value), whose mean grows with t (Jaynes 1957, Phys. Rev. 106,
    620); the least to the two answers around the mean that make one of them rarest.

    >>> envelope = entropy_envelope(np.arange(1.0, 6.0))
    >>> middle = envelope.highest[envelope.mean == 3.0]
    >>> bool(np.isclose(middle, np.log(5))[0])
    True
    """
    mean = _means(values)
    t = np.sinh(np.linspace(-5, 5, 1001)) / np.diff(values).min()
    weights = t[:, None] * (values - values.mean())
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)  # (1001, K)
    greatest = np.interp(mean, shares @ values, _entropy(shares))
    greatest[[0, -1]] = 0.0
    least = np.full(mean.shape, np.inf)
    for low, high in combinations(values, 2):
        share = (mean - low) / (high - low)
        inside = (share >= 0) & (share <= 1)
        two = _entropy(np.column_stack([share, 1 - share])[inside])
        least[inside] = np.minimum(least[inside], two)
    return Envelope(mean, least, greatest)


def normalised_entropy_envelope(values: np.ndarray) -> Envelope:
    """``entropy_envelope`` over ln K, so that all answers equally often is 1."""
    mean, lowest, highest = entropy_envelope(values)
    return Envelope(mean, lowest / np.log(len(values)), highest / np.log(len(values)))


def sd_envelope(values: np.ndarray, n: float = np.inf) -> Envelope:
    """Least and greatest sd of ``n`` ratings or more with a given mean: next to it, or at both ends of the scale.

    With the divisor n - 1 of the sd the greatest is sqrt(n / (n - 1) (mean - lowest) (highest - mean)) (Bhatia &
    Davis 2000, Am. Math. Mon. 107, 353); the least is that of many ratings, where the divisor is no matter.

    >>> [round(float(sd_envelope(np.array([0.0, 2.0]), n).highest.max()), 4) for n in (np.inf, 2)]
    [1.0, 1.4142]
    """
    mean = _means(values)
    least = np.zeros(mean.shape)
    for low, high in pairwise(values):
        inside = (mean >= low) & (mean <= high)
        least[inside] = np.sqrt((mean[inside] - low) * (high - mean[inside]))
    return Envelope(mean, least, np.sqrt(_of_pairs(n) * (mean - values[0]) * (values[-1] - mean)))


def distance_envelope(values: np.ndarray, n: float = np.inf) -> Envelope:
    """Least and greatest mean distance of two of ``n`` ratings or more with a given mean, as ``sd_envelope``.

    The distance is twice the integral of F (1 - F) over the scale, whose integral of F is fixed by the mean (Gini
    1912): it is greatest where F is level, with all ratings at both ends, and least where F is 0 or 1 almost
    everywhere, with all of them at the two answers around the mean.

    >>> [float(distance_envelope(np.array([1.0, 5.0]), n).highest.max()) for n in (np.inf, 2)]
    [2.0, 4.0]
    """
    mean = _means(values)
    least = np.zeros(mean.shape)
    for low, high in pairwise(values):
        inside = (mean >= low) & (mean <= high)
        least[inside] = 2 * (mean[inside] - low) * (high - mean[inside]) / (high - low)
    greatest = 2 * (mean - values[0]) * (values[-1] - mean) / (values[-1] - values[0])
    return Envelope(mean, least, _of_pairs(n) * greatest)


# Of the answers (K,) and the least number of ratings of an item.
ENVELOPES: Mapping[str, Callable[[np.ndarray, float], Envelope]] = {
    "entropy": lambda values, n: entropy_envelope(values),
    "entropy_normalised": lambda values, n: normalised_entropy_envelope(values),
    "sd": sd_envelope,
    "mean_distance": distance_envelope,
}
NEED_COUNTS = ("sd", "mean_distance")  # their greatest values fall with the number of ratings


def _of_pairs(n: float) -> float:
    """Nobody is paired with herself: n / (n - 1)."""
    return 1.0 if np.isinf(n) else n / (n - 1)


def _means(values: np.ndarray) -> np.ndarray:
    grid = np.linspace(values[0], values[-1], STEPS + 1)
    return np.union1d(grid, [*values, (values[0] + values[-1]) / 2])  # the curves have corners at the answers


def _entropy(shares: np.ndarray) -> np.ndarray:
    safe = np.where(shares > 0, shares, 1.0)
    return -(shares * np.log(safe)).sum(axis=1)


def points_words(what: str, answers: np.ndarray) -> str:
    """A rating with its unit and scale.

    >>> points_words("mean rating", np.array([1.0, 5.0])), points_words("mean rating", np.array([]))
    ('mean rating (rating points, scale 1–5)', 'mean rating (rating points)')
    """
    return f"{what} (rating points" + (f", scale {answers[0]:g}–{answers[-1]:g})" if len(answers) else ")")
