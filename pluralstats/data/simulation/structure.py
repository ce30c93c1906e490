"""Truth beyond sums of effects: items that split groups, and combinations of demographics (intersections).

Their random numbers come from a stream of their own, so that a study with them has the raters, items, effects and
noise of the same study without them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.simulation.design import correlated_effects
from pluralstats.data.simulation.latent import (
    PerDimension,
    applies_to,
    main_effects,
    refuse_unknown_effect,
    standard_deviations,
)
from pluralstats.errors import ConfigError, listed, nearest


@dataclass(frozen=True)
class Structure:
    """What was asked for.

    Attributes
    ----------
    slopes : parameter -> (D,) standard deviation over items of what an item adds to the parameter
    correlation : parameter -> correlation of that with the item's own effect
    intersections : "gender:race" -> (D,) standard deviation of the effects of combinations of levels
    """

    slopes: dict[str, np.ndarray]
    correlation: dict[str, float]
    intersections: dict[str, np.ndarray]

    @property
    def sds(self) -> dict[str, np.ndarray]:
        """Term -> (D,), named as in a fit."""
        return self.intersections | {f"{parameter} | item": sd for parameter, sd in self.slopes.items()}

    @property
    def correlations(self) -> dict[str, float]:
        """Of all effects of an item, named as in a fit; slopes go together as far as both follow the item's effect."""
        rho = list(self.correlation.items())
        own = {f"cor(Intercept, {name} | item)": r for name, r in rho}
        pairs = [(one, other) for i, other in enumerate(rho) for one in rho[:i]]
        return own | {f"cor({one}, {other} | item)": r * s for (one, r), (other, s) in pairs}


class DrawnStructure(NamedTuple):
    """What was drawn: ``eta`` (n_events, D) to add, and the effects (groups, D) of each term."""

    eta: np.ndarray
    effects: dict[str, pd.DataFrame]


def structure_asked(
    item_slopes: Mapping[str, PerDimension] | None,
    slope_correlation: float | Mapping[str, float],
    sd_intersection: Mapping[str, PerDimension] | None,
    demographics: Mapping[str, Mapping[str, float]],
    sd_item: np.ndarray,
    dimensions: Sequence[str],
) -> Structure:
    """The arguments of ``simulate`` as numbers.

    Raises
    ------
    ConfigError
        A level or demographic there is not, a negative sd, or a correlation that cannot be.
    """
    mains = main_effects(demographics)
    for parameter in item_slopes or {}:
        refuse_unknown_effect("item_slopes", parameter, mains)
    for name in sd_intersection or {}:
        _refuse_unknown_intersection(name, list(demographics))
    slopes = standard_deviations(item_slopes or {}, dimensions, "item_slopes['{}']")
    intersections = standard_deviations(sd_intersection or {}, dimensions, "sd_intersection['{}']")
    rho = _correlations(slope_correlation, list(slopes))
    if any(rho.values()) and not sd_item.all():
        raise ConfigError("`slope_correlation` is with the items' own effects, and `sd_item` is 0. Set one of the two.")
    return Structure(slopes, rho, intersections)


def _refuse_unknown_intersection(name: str, demographics: list[str]) -> None:
    parts = name.split(":")
    unknown = [part for part in parts if part not in demographics]
    if not unknown and len(set(parts)) == len(parts) > 1:
        return
    hint = nearest(unknown[0], demographics) if unknown else ""
    raise ConfigError(
        f"`sd_intersection` names '{name}', which does not cross demographics as 'gender:race' does; there are "
        f"{listed(demographics, 12) or 'none'}.{hint}"
    )


def _correlations(given: float | Mapping[str, float], parameters: list[str]) -> dict[str, float]:
    """Correlation of each slope with the item's own effect (absent: 0)."""
    values = given if isinstance(given, Mapping) else dict.fromkeys(parameters, given)
    for name, value in values.items():
        if name not in parameters:
            raise ConfigError(
                f"`slope_correlation` names '{name}', which is not in `item_slopes`.{nearest(str(name), parameters)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not -1 <= value <= 1:
            raise ConfigError(f"`slope_correlation` must be a correlation, -1 to 1; found {value!r}.")
    return {parameter: float(values.get(parameter, 0.0)) for parameter in parameters}


def drawn_structure(
    asked: Structure,
    people: pd.DataFrame,
    met: Mapping[str, np.ndarray],
    items: pd.DataFrame,
    sd_item: np.ndarray,
    halo: np.ndarray,
    rng: np.random.Generator,
) -> DrawnStructure:
    """Slopes of items and effects of intersections.

    Parameters
    ----------
    people : (n_raters, demographics) levels
    met : codes of "rater" and "item", (n_events,)
    items : (n_items, D) effects of the items, by id
    halo : (D, D) correlation of an item's effects across dimensions, which its slopes share
    """
    eta = np.zeros((met["rater"].size, items.shape[1]))
    effects = {}
    standard = np.divide(items.to_numpy(), sd_item, out=np.zeros(items.shape), where=sd_item > 0.0)
    for parameter, sd in asked.slopes.items():
        rho = asked.correlation[parameter]
        own = correlated_effects(np.ones(sd.size), halo, len(items), rng)
        slope = sd * (rho * standard + np.sqrt(1.0 - rho**2) * own)
        effects[f"{parameter} | item"] = pd.DataFrame(slope, index=items.index)
        eta += applies_to(people, parameter)[met["rater"], None] * slope[met["item"]]
    for name, sd in asked.intersections.items():
        levels, of_rater = _combinations(people[name.split(":")])
        drawn = rng.standard_normal((len(levels), sd.size)) * sd
        effects[name] = pd.DataFrame(drawn, index=levels)
        eta += drawn[of_rater][met["rater"]]
    return DrawnStructure(eta, effects)


def _combinations(people: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Every combination of levels as "male:Black", whether anybody has it or not, and that of each rater (codes)."""
    levels = [list(people[name].cat.categories) for name in people]
    codes = tuple(people[name].cat.codes.to_numpy() for name in people)
    return [":".join(parts) for parts in product(*levels)], np.ravel_multi_index(codes, [len(part) for part in levels])
