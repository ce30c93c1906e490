"""The answers that baselines count: those of the scale, or the bins of a slider."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.scale import Scale
from pluralstats.data.scales.bins import bins_of
from pluralstats.errors import ConfigError
from pluralstats.labels.votes import Votes, weighted_median


class Answered(NamedTuple):
    """The answers that are counted: their ``scale``, ``code`` (N,) of each rating, ``points`` (N,) of a slider's."""

    scale: Scale
    code: np.ndarray
    points: np.ndarray | None
    rule: str


def answered(ratings: Ratings, bins: int | Sequence[float] | None) -> Answered:
    """The answers of ratings, those of a slider in bins.

    Raises
    ------
    ConfigError
        Bins of a scale that has answers, or bins that cannot be meant.
    """
    if not ratings.scale.is_continuous:
        if bins is not None:
            raise ConfigError(
                "`bins` cut the scale of a slider, such as scale=('continuous', 0, 100), into answers; found ratings "
                "that are answers already. `ratings.collapse` merges them."
            )
        return Answered(ratings.scale, ratings.frame["rating"].to_numpy().astype(int), None, "")
    chosen = bins_of(ratings.scale, bins)
    return Answered(chosen.scale, chosen.codes(ratings.values), ratings.values, chosen.rule)


def expected_points(votes: Votes, policy: str) -> np.ndarray | None:
    """(n,) what the ratings of a slider say beyond their bins."""
    if votes.points is None or policy not in ("shares", "median"):
        return None
    if policy == "shares":
        return votes.means
    rows = [np.flatnonzero(votes.row == row) for row in range(votes.n)]
    return np.array([weighted_median(votes.points[at], votes.weight[at]) for at in rows])
