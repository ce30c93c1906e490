"""Utilities of dimensions: with which sign and weight each counts where several are averaged."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.scenes import dimensions_of
from pluralstats.results.effects.estimands import Estimand

AVERAGED = (
    "points",
    "percent_of_range",
    "latent_d",
)  # estimands of which a weighted mean over dimensions has a meaning


class Utilities(NamedTuple):
    """Dimension -> utility; negative where high ratings are bad."""

    by_dimension: Mapping[str, float]

    @property
    def text(self) -> str:
        """What the average is called in tables.

        >>> Utilities({"toxicity": -1.0, "helpfulness": 0.5}).text
        '-1 toxicity + 0.5 helpfulness'
        """
        parts = [f"{value:+g} {name}" for name, value in self.by_dimension.items()]
        return " ".join([parts[0].lstrip("+"), *(f"{part[0]} {part[1:]}" for part in parts[1:])])

    def weights(self, dimensions: Sequence[str]) -> np.ndarray:
        """(D,) utilities over the sum of their sizes, 0 for dimensions that have none.

        >>> Utilities({"toxicity": -1.0, "helpfulness": 3.0}).weights(["helpfulness", "tone", "toxicity"]).tolist()
        [0.75, 0.0, -0.25]
        """
        values = np.array([self.by_dimension.get(name, 0.0) for name in dimensions], float)
        return values / np.abs(values).sum()


def utilities_of(fit: Fit, given: Mapping[str, float] | None, measures: Sequence[Estimand] = ()) -> Utilities | None:
    """Utilities as a user gives them, checked; None for None.

    Raises
    ------
    ConfigError
        The fit has one dimension, a dimension is unknown, a utility is no number or all are 0, or an estimand has no
        mean over dimensions.
    """
    if given is None:
        return None
    known = dimensions_of(fit)
    if not known:
        raise ConfigError(
            "`utility` averages over dimensions, and the ratings of this fit have only one. Leave it out."
        )
    if not isinstance(given, Mapping):
        raise ConfigError(f'`utility` gives each dimension a number, as {{"{known[0]}": -1}}; found {given!r}.')
    problems = [
        f"`utility` names '{name}', which is no dimension of the fit ({', '.join(known)}).{nearest(str(name), known)}"
        for name in given
        if name not in known
    ]
    problems += [
        f"`utility` of '{name}' is a number; found {value!r}."
        for name, value in given.items()
        if not isinstance(value, Real) or isinstance(value, bool) or not np.isfinite(value)
    ]
    if not problems and not any(given.values()):
        problems.append("All `utility` are 0, so there is nothing to average. Give at least one dimension another.")
    problems += [
        f"'{measure.name}' has no mean over dimensions. With `utility` use {', '.join(AVERAGED)}."
        for measure in measures
        if measure.name not in AVERAGED
    ]
    if problems:
        raise problems_error(ConfigError, problems)
    return Utilities({name: float(value) for name, value in given.items()})
