"""Raters who are noisier (``disc``) or use the scale otherwise (``stretch``) than the reference.

Their random numbers come from a stream of their own, so that a study with them has the raters, items, effects and
noise of the same study without them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.scale import Scale
from pluralstats.data.simulation.latent import PerDimension, coefficients, linear_predictor, standard_deviations
from pluralstats.errors import ConfigError

PARTS = ("disc", "stretch")


@dataclass(frozen=True)
class Parts:
    """What was asked for, of "disc" and of "stretch"; a part without coefficients and sd is absent.

    Attributes
    ----------
    fixed : part -> {parameter: (D,) coefficients}
        Of the logarithms of s and of the stretch.
    sd : part -> (D,)
        Standard deviation over raters of the same logarithms.
    """

    fixed: dict[str, dict[str, np.ndarray]]
    sd: dict[str, np.ndarray]

    @property
    def coefficients(self) -> dict[str, np.ndarray]:
        """Parameter -> (D,), named as in a fit: "disc: gender[male]"."""
        return {f"{part}: {name}": value for part, of in self.fixed.items() for name, value in of.items()}

    @property
    def sds(self) -> dict[str, np.ndarray]:
        """Term -> (D,), named as in a fit: "disc: rater"."""
        return {f"{part}: rater": sd for part, sd in self.sd.items()}

    @property
    def noise(self) -> np.ndarray | float:
        """Mean over raters of s^2 at the reference levels: exp(2 sd^2) of a lognormal s, (D,) or 1."""
        return np.exp(2.0 * self.sd["disc"] ** 2) if "disc" in self.sd else 1.0

    def centres(self, thresholds: Mapping[str, np.ndarray]) -> dict[str, float]:
        """Dimension -> the point that a stretch leaves where it is: the mean of the thresholds."""
        asked = "stretch" in self.fixed or "stretch" in self.sd
        return {name: float(cuts.mean()) for name, cuts in thresholds.items()} if asked else {}


class DrawnParts(NamedTuple):
    """Of each rater, (n_raters, D): ``log_s`` and ``stretch``; and the effects drawn, (n_raters, D) a term."""

    log_s: np.ndarray
    stretch: np.ndarray
    effects: dict[str, pd.DataFrame]

    def met(self, raters: np.ndarray) -> "DrawnParts":
        """The same with a row for each rater of ``raters`` (codes), who may be there several times or never."""
        return self._replace(log_s=self.log_s[raters], stretch=self.stretch[raters])


def parts_asked(
    given: Mapping[str, Mapping[str, PerDimension] | None],
    sds: Mapping[str, PerDimension],
    demographics: Mapping[str, Mapping[str, float]],
    answered: Scale,
    dimensions: Sequence[str],
) -> Parts:
    """The arguments of ``simulate`` as numbers; both dictionaries are by part.

    Raises
    ------
    ConfigError
        A level or demographic there is not, a negative sd, or a stretch of a scale with less than three answers or
        without answers.
    """
    fixed = {
        part: coefficients(effects, demographics, dimensions, part)
        for part, effects in given.items()
        if effects is not None
    }
    of_raters = standard_deviations(sds, dimensions, "sd_{}_rater")
    sd = {part: values for part, values in of_raters.items() if values.any()}
    if "stretch" in fixed or "stretch" in sd:
        _refuse_nothing_to_stretch(answered)
    return Parts(fixed, sd)


def _refuse_nothing_to_stretch(answered: Scale) -> None:
    if answered.is_continuous:
        raise ConfigError(
            '`stretch` and `sd_stretch_rater` move the thresholds between answers, and family="gaussian" has none. '
            'Leave them out, or simulate family="cumulative".'
        )
    if answered.K < 3:
        raise ConfigError(
            f"`stretch` and `sd_stretch_rater` need a scale of three answers or more; found {answered.K}. A single "
            "threshold has no distance from the middle to stretch: leave them out, or choose another `scale`."
        )


def drawn_parts(
    asked: Parts, people: pd.DataFrame, raters: pd.Index, n_dimensions: int, rng: np.random.Generator
) -> DrawnParts:
    """Noise and stretch of each rater: a rater's own deviation is the same on every dimension but for its sd.

    Parameters
    ----------
    people : (n_raters, demographics) levels
    raters : ids, (n_raters,)
    """
    effects = {}
    total = {part: linear_predictor(people, asked.fixed.get(part, {}), n_dimensions) for part in PARTS}
    for part in PARTS:  # both are drawn whether asked for or not: one part does not change the other
        standard = rng.standard_normal(len(people))
        if part in asked.sd:
            own = standard[:, None] * asked.sd[part]
            effects[f"{part}: rater"] = pd.DataFrame(own, index=raters)
            total[part] += own
    return DrawnParts(total["disc"], total["stretch"], effects)
