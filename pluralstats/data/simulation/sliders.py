"""Answers on a slider: numbers between two ends, with piles at both (ordered beta; Kubinec 2023).

With the logistic distribution function F, cutpoints c_0 < c_1 and a precision phi an answer is the lowest with
probability F(c_0 - eta), the highest with F(eta - c_1), and between them it has a beta distribution with mean F(eta)
and precision phi, as a share of the way from end to end.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import expit

from pluralstats.data.scale import Scale, ScaleSpec
from pluralstats.data.simulation.design import numeric
from pluralstats.data.simulation.latent import PerDimension, per_dimension
from pluralstats.errors import ConfigError, nearest

SLIDER = "ordered_beta"
CUTPOINTS = (-2.5, 2.5)
DEFAULT = ("continuous", 0, 100)
LEAST = 1e-12  # shape of a beta distribution, which is above 0


def slider_scale(scale: ScaleSpec | None, parts: Mapping[str, object]) -> Scale:
    """The scale of a slider; ``parts`` are arguments about a noise and a use of the scale, which it has none of.

    Raises
    ------
    ConfigError
        The scale has no ends, or a part was asked for.
    """
    if names := [f"`{name}`" for name, value in parts.items() if value]:
        raise ConfigError(
            f"{' and '.join(names)} {'goes' if len(names) == 1 else 'go'} with answers on a scale; sliders have one "
            f'precision. Leave {"it" if len(names) == 1 else "them"} out, or simulate family="cumulative".'
        )
    answered = Scale.parse(DEFAULT if scale is None else scale)
    if answered.ends is None:
        raise ConfigError(
            f'family="{SLIDER}" needs a continuous scale with two ends, such as scale=("continuous", 0, 100); found '
            f"{answered.describe()}."
        )
    return answered


def cutpoints_of(given: object, dimensions: Sequence[str]) -> dict[str, np.ndarray]:
    """The two cutpoints of each dimension.

    Raises
    ------
    ConfigError
        They are not two increasing numbers, or a dimension has none.
    """
    given = CUTPOINTS if given is None else given
    each = given if isinstance(given, Mapping) else dict.fromkeys(dimensions, given)
    out = {}
    for dimension in dimensions:
        if dimension not in each:
            raise ConfigError(f"`thresholds` has none for the dimension '{dimension}'.{nearest(dimension, each)}")
        values = numeric("thresholds", each[dimension])
        if values.shape != (2,) or not np.isfinite(values).all() or values[0] >= values[1]:
            raise ConfigError(
                f"`thresholds` of a slider are its two cutpoints, increasing, such as [-2.5, 2.5]; found "
                f"{values.tolist()}."
            )
        out[dimension] = values
    return out


def precisions_of(given: PerDimension, dimensions: Sequence[str]) -> np.ndarray:
    """(D,) phi of each dimension.

    Raises
    ------
    ConfigError
        One is not above 0.
    """
    phi = per_dimension("precision", given, dimensions)
    if (phi <= 0.0).any():
        raise ConfigError(f"`precision` is above 0, such as 6; found {given!r}.")
    return phi


def slider_ratings(
    eta: np.ndarray, cutpoints: Sequence[np.ndarray], phi: np.ndarray, answered: Scale, rng: np.random.Generator
) -> np.ndarray:
    """(n, D) ratings at linear predictors (n, D)."""
    assert answered.ends is not None
    low, high = np.stack(cutpoints, axis=1)
    latent = eta + rng.logistic(size=eta.shape)
    inside = rng.beta(np.maximum(expit(eta) * phi, LEAST), np.maximum(expit(-eta) * phi, LEAST))
    inside = np.clip(inside, np.finfo(float).tiny, 1.0 - np.finfo(float).epsneg)  # an end is a pile of its own
    share = np.where(latent <= low, 0.0, np.where(latent > high, 1.0, inside))
    return answered.ends[0] + (answered.ends[1] - answered.ends[0]) * share
