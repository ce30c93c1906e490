"""Utilities: what a rating on each dimension is worth, and the values that their sum can take."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np

from pluralstats.data.scale import number_text
from pluralstats.errors import ConfigError, nearest, problems_error

MOST_VALUES = 401  # of a utility told apart; more are rounded to as many steps of its range
UNNAMED = "rating"  # the dimension of ratings that have none


class Steps(NamedTuple):
    """How a utility adds up over D dimensions.

    ``to`` (D, V, K): with v the position of the sum before a dimension, ``to[d, v, k]`` is the position after its
    answer k; ``sizes`` (D + 1,) the number of different sums; ``values`` the last ones, increasing.
    """

    to: np.ndarray
    sizes: np.ndarray
    values: np.ndarray


def checked_utility(utility: Mapping[str, float] | None, dimensions: Sequence[str]) -> dict[str, float]:
    """The weight of each dimension that has one, in the order of ``dimensions``.

    Raises
    ------
    ConfigError
        Several dimensions and no utility, an unknown dimension, or a weight that is 0 or no number.

    Examples
    --------
    >>> checked_utility({"helpfulness": 1, "toxicity": -1}, ["toxicity", "helpfulness"])
    {'toxicity': -1.0, 'helpfulness': 1.0}
    >>> checked_utility(None, ["rating"])
    {'rating': 1.0}
    """
    if utility is None and len(dimensions) == 1:
        return {dimensions[0]: 1.0}
    if not isinstance(utility, Mapping) or not utility:
        raise ConfigError(
            f"`utility` says what a higher rating on each dimension ({', '.join(dimensions)}) is worth, such as "
            f'utility={{"{dimensions[0]}": -1}} where higher is worse; found {utility!r}.'
        )
    problems = [
        f"`utility` has '{name}', which is no dimension ({', '.join(dimensions)}).{nearest(str(name), dimensions)}"
        for name in utility
        if name not in dimensions
    ]
    problems += [
        f"`utility` of '{name}' is a number other than 0, negative where a higher rating is worse; found {weight!r}."
        for name, weight in utility.items()
        if not _is_weight(weight)
    ]
    if problems:
        raise problems_error(ConfigError, problems)
    return {name: float(utility[name]) for name in dimensions if name in utility}


def _is_weight(weight: object) -> bool:
    return (
        isinstance(weight, Real) and not isinstance(weight, bool) and bool(np.isfinite(float(weight))) and weight != 0
    )


def utility_text(utility: Mapping[str, float]) -> str:
    """
    >>> utility_text({"toxicity": -1.0, "helpfulness": 0.5})
    'toxicity:-1, helpfulness:0.5'
    """
    return ", ".join(f"{name}:{number_text(weight)}" for name, weight in utility.items())


def utility_steps(contributions: Sequence[np.ndarray]) -> Steps:
    """The values that a utility can take and the way to them.

    Parameters
    ----------
    contributions : D arrays (K_d,)
        Weight times value of every answer.

    Examples
    --------
    >>> steps = utility_steps([np.array([-1.0, -2.0]), np.array([1.0, 2.0])])
    >>> steps.values.tolist(), steps.to[1, :2].tolist()
    ([-1.0, 0.0, 1.0], [[0, 1], [1, 2]])
    """
    exact = _steps(contributions)
    if exact is not None:
        return exact
    reach = sum(float(np.ptp(part)) for part in contributions)
    unit = reach / (MOST_VALUES - 1)
    rounded = _steps([np.round(part / unit) * unit for part in contributions], MOST_VALUES + len(contributions))
    assert rounded is not None, "rounded parts add up to no more values than there are units"
    return rounded


def _steps(contributions: Sequence[np.ndarray], most: int = MOST_VALUES) -> Steps | None:
    """The exact sums; None where there are more than ``most``."""
    sums, found, sizes = np.zeros(1), [], [1]
    for part in contributions:
        added = np.round(sums[:, None] + part, 9)
        sums, to = np.unique(added, return_inverse=True)
        if sums.size > most:
            return None
        found.append(to.reshape(added.shape))
        sizes.append(sums.size)
    whole = np.zeros((len(found), max(sizes), max(part.size for part in contributions)), np.int64)
    for d, to in enumerate(found):
        whole[d, : to.shape[0], : to.shape[1]] = to
    return Steps(whole, np.array(sizes), sums)
