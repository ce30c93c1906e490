"""The latent side of a simulation: effects, thresholds and answers, one column per dimension."""

import re
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
import pandas as pd
from scipy.special import ndtri

from pluralstats.data.scale import Scale
from pluralstats.data.simulation.design import numeric
from pluralstats.errors import ConfigError, listed, nearest

type PerDimension = float | Mapping[str, float]

LINKS = {"probit": 1.0, "logit": np.pi**2 / 3.0}  # variance of the latent residual


def per_dimension(name: str, value: PerDimension, dimensions: Sequence[str]) -> np.ndarray:
    """One number for each dimension, (D,), from one number for all or a dictionary (absent: 0).

    Raises
    ------
    ConfigError
        When the dictionary names a dimension there is not, or a value is no finite number.
    """
    if not isinstance(value, Mapping):
        return np.full(len(dimensions), _finite_number(name, value))
    for key in value:
        if key not in dimensions:
            raise ConfigError(
                f"`{name}` names the dimension '{key}', which is not among `dimensions`.{nearest(str(key), dimensions)}"
            )
    return np.array([_finite_number(name, value.get(dimension, 0.0)) for dimension in dimensions])


def _finite_number(name: str, value: object) -> float:
    if isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(float(value)):
        return float(value)
    raise ConfigError(f"`{name}` must be a finite number, or one for each dimension; found {value!r}.")


def standard_deviations(
    values: Mapping[str, PerDimension], dimensions: Sequence[str], argument: str = "sd_{}"
) -> dict[str, np.ndarray]:
    """Standard deviations (D,) per term, none negative; ``argument`` is what the caller calls each of them."""
    sds = {term: per_dimension(argument.format(term), value, dimensions) for term, value in values.items()}
    for term, sd in sds.items():
        if (sd < 0).any():
            raise ConfigError(f"`{argument.format(term)}` must be 0 or more; found {listed([f'{s:g}' for s in sd])}.")
    return sds


def coefficients(
    effects: Mapping[str, PerDimension],
    demographics: Mapping[str, Mapping[str, float]],
    dimensions: Sequence[str],
    argument: str = "effects",
) -> dict[str, np.ndarray]:
    """Parameter -> latent effect on each dimension, (D,): every level but the references, then interactions.

    ``argument`` is what the caller calls them.

    Raises
    ------
    ConfigError
        When an effect names a reference level, or a level or demographic there is not.
    """
    mains = main_effects(demographics)
    values = {parameter: np.zeros(len(dimensions)) for parameter in mains}
    for parameter, value in effects.items():
        refuse_unknown_effect(argument, parameter, mains)
        values[parameter] = per_dimension(f"{argument}['{parameter}']", value, dimensions)
    return values


def main_effects(demographics: Mapping[str, Mapping[str, float]]) -> list[str]:
    """ "gender[male]" for every level but the references."""
    return [f"{name}[{level}]" for name, shares in demographics.items() for level in list(shares)[1:]]


def refuse_unknown_effect(argument: str, parameter: str, mains: Sequence[str]) -> None:
    """Raise ConfigError where a parameter names a reference level, or a level or demographic there is not."""
    for part in _parts(parameter):
        if part not in mains:
            raise ConfigError(
                f"`{argument}` names '{part}', which is no level to have an effect; possible are "
                f"{listed(mains, 12) or 'none'} (the first level of each demographic is the reference)."
                f"{nearest(part, mains)}"
            )


def _parts(parameter: str) -> list[str]:
    return re.split(r"(?<=\]):", parameter)


def linear_predictor(raters: pd.DataFrame, values: Mapping[str, np.ndarray], n_dimensions: int) -> np.ndarray:
    """Sum of the effects that apply to each rater, (n_raters, D)."""
    eta = np.zeros((len(raters), n_dimensions))
    for parameter, value in values.items():
        eta += applies_to(raters, parameter)[:, None] * value
    return eta


def applies_to(raters: pd.DataFrame, parameter: str) -> np.ndarray:
    """(n_raters,) bool, who has the levels of a parameter."""
    applies = np.ones(len(raters), dtype=bool)
    for part in _parts(parameter):
        name, level = part[:-1].split("[", 1)
        applies &= (raters[name] == level).to_numpy()
    return applies


def threshold_table(
    thresholds: Sequence[float] | Mapping[str, Sequence[float]] | None,
    scale: Scale,
    noise: np.ndarray | float,
    sds: Mapping[str, np.ndarray],
    dimensions: Sequence[str],
) -> dict[str, np.ndarray]:
    """Increasing thresholds (K - 1,) of each dimension; the default makes all answers about equally frequent.

    ``noise`` is the variance of the latent residual.

    Raises
    ------
    ConfigError
        When a dimension has none, their number is not K - 1, or they do not increase.
    """
    if thresholds is None:
        return _even_thresholds(scale, noise, sds, dimensions)
    given = thresholds if isinstance(thresholds, Mapping) else dict.fromkeys(dimensions, thresholds)
    table = {}
    for dimension in dimensions:
        if dimension not in given:
            raise ConfigError(f"`thresholds` has none for the dimension '{dimension}'.{nearest(dimension, given)}")
        values = numeric("thresholds", given[dimension])
        if values.shape != (scale.K - 1,) or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
            raise ConfigError(
                f"`thresholds` must be {scale.K - 1} increasing numbers for a scale of {scale.K} answers; "
                f"found {values.tolist()}."
            )
        table[dimension] = values
    return table


def _even_thresholds(
    scale: Scale, noise: np.ndarray | float, sds: Mapping[str, np.ndarray], dimensions: Sequence[str]
) -> dict[str, np.ndarray]:
    cuts = ndtri(np.arange(1, scale.K) / scale.K)
    random_variance = sum(sd**2 for term, sd in sds.items() if term != "residual")
    total = np.sqrt(noise + random_variance)
    return {dimension: cuts * total[i] for i, dimension in enumerate(dimensions)}


def answers(
    eta: np.ndarray,
    log_s: np.ndarray,
    stretch: np.ndarray,
    thresholds: Sequence[np.ndarray],
    link: str,
    rng: np.random.Generator,
) -> np.ndarray:
    """Codes 0..K-1 (n, D) drawn from P(y <= k) = F((c + e^a (tau_k - c) - eta) / s), for D vectors of thresholds.

    ``eta``, ``log_s`` and the ``stretch`` a are (n, D); c is the mean of a vector of thresholds.
    """
    noise = rng.standard_normal(eta.shape) if link == "probit" else rng.logistic(size=eta.shape)
    latent = eta + np.exp(log_s) * noise
    if stretch.any():  # else not even rounding may move
        centre = np.array([cuts.mean() for cuts in thresholds])
        latent = centre + np.exp(-stretch) * (latent - centre)
    codes = [np.searchsorted(cuts, latent[:, i]) for i, cuts in enumerate(thresholds)]
    return np.stack(codes, axis=1)
