"""How simulated raters answer, by the family of the model: on a scale, with numbers, or on a slider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pluralstats.data.scale import Scale, ScaleSpec
from pluralstats.data.simulation.latent import (
    LINKS,
    PerDimension,
    answers,
    per_dimension,
    standard_deviations,
    threshold_table,
)
from pluralstats.data.simulation.sliders import SLIDER, cutpoints_of, precisions_of, slider_ratings, slider_scale
from pluralstats.errors import ConfigError, nearest

FAMILIES = ("cumulative", "gaussian", SLIDER)
type Thresholds = Sequence[float] | Mapping[str, Sequence[float]] | None


class Manner(NamedTuple):
    """What was asked for, see ``simulate``."""

    family: str
    link: str
    scale: Scale
    thresholds: Thresholds
    intercept: PerDimension
    precision: PerDimension
    sd_residual: PerDimension


@dataclass(frozen=True)
class Answered:
    """``rating`` (n, D), codes or points, and what of the truth belongs to the family: its link and parameters."""

    rating: np.ndarray
    link: str
    thresholds: dict[str, np.ndarray] = field(default_factory=dict)
    coefficients: dict[str, np.ndarray] = field(default_factory=dict)
    sds: dict[str, np.ndarray] = field(default_factory=dict)
    precisions: dict[str, float] = field(default_factory=dict)


def answered(
    how: Manner,
    eta: np.ndarray,
    log_s: np.ndarray,
    stretch: np.ndarray,
    noise: np.ndarray | float,
    sds: Mapping[str, np.ndarray],
    dimensions: Sequence[str],
    rng: np.random.Generator,
) -> Answered:
    """Answers at linear predictors (n, D), with what raters have of log s and of the stretch (n, D).

    Parameters
    ----------
    noise : variance of the latent residual over that of the link
    sds : of all that eta has, by term
    """
    if how.family == "gaussian":
        own = standard_deviations({"residual": how.sd_residual}, dimensions)
        constant = per_dimension("intercept", how.intercept, dimensions)
        rating = constant + eta + np.exp(log_s) * own["residual"] * rng.standard_normal(eta.shape)
        return Answered(rating, "identity", coefficients={"Intercept": constant}, sds=own)
    if how.family == SLIDER:
        cuts, phi = cutpoints_of(how.thresholds, dimensions), precisions_of(how.precision, dimensions)
        constant = per_dimension("intercept", how.intercept, dimensions)
        rating = slider_ratings(constant + eta, [cuts[name] for name in dimensions], phi, how.scale, rng)
        precisions = dict(zip(dimensions, phi.tolist(), strict=True))
        return Answered(rating, "logit", cuts, {"Intercept": constant}, precisions=precisions)
    cuts = threshold_table(how.thresholds, how.scale, LINKS[how.link] * noise, sds, dimensions)
    return Answered(answers(eta, log_s, stretch, [cuts[name] for name in dimensions], how.link, rng), how.link, cuts)


def answered_scale(family: str, link: str, scale: ScaleSpec | None, parts: Mapping[str, object]) -> Scale:
    """The scale that answers are on.

    Parameters
    ----------
    parts : arguments about the noise and the use of the scale, which a slider has none of

    Raises
    ------
    ConfigError
        A family, link, scale and parts that do not go together.
    """
    if family not in FAMILIES:
        hint = nearest(str(family), FAMILIES)
        raise ConfigError(f"`family` is one of {', '.join(FAMILIES)}; found {family!r}.{hint}")
    if family == "gaussian":
        return Scale.parse("continuous")
    if family == SLIDER:
        return slider_scale(scale, parts)
    if link not in LINKS:
        raise ConfigError(f"`link` is one of {', '.join(LINKS)}; found {link!r}.{nearest(str(link), LINKS)}")
    chosen = Scale.parse((1, 5) if scale is None else scale)
    if chosen.is_continuous:
        fitting = f'"{SLIDER}" or "gaussian"' if chosen.ends else '"gaussian"'
        raise ConfigError(f'scale="{chosen.describe()}" needs family={fitting}; found family={family!r}.')
    return chosen
