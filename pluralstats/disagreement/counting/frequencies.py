"""Weights of ratings where ratings are counted: a row of ``weight`` 3 is three equal ratings of its rater."""

import warnings
from pathlib import Path

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.errors import DataError
from pluralstats.population.targets import PopulationWarning

MOST = 50_000_000  # ratings written out: 2 GB of codes and values
PACKAGE = str(Path(__file__).parents[1])  # warnings point at the user's line


def counted(ratings: Ratings, function: str) -> Ratings:
    """The same ratings with each row as often as its ``weight`` says, and no column of weights.

    Design weights, ``rater_weight``, are no counts: what is counted here speaks of the raters as they are.

    Raises
    ------
    DataError
        Weights that are not whole numbers, or that add up to more than ``MOST`` ratings.

    Warns
    -----
    PopulationWarning
        The raters have design weights.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": ["a", "b"], "rater": ["x", "x"], "rating": [1, 2], "weight": [3, 1]})
    >>> counted(ps.Ratings(frame, scale=(1, 2)), "agreement").values.tolist()
    [1.0, 1.0, 1.0, 2.0]
    """
    if "rater_weight" in ratings.frame:
        warnings.warn(
            f"`{function}` counts ratings and leaves the design weights of raters (`rater_weight`) out: its numbers "
            "are about the raters as they are, not about the people they stand for.",
            PopulationWarning,
            skip_file_prefixes=(PACKAGE,),
        )
    if "weight" not in ratings.frame:
        return ratings
    weight = ratings.frame["weight"].to_numpy(float)
    _refuse(weight, function)
    rows = np.repeat(np.arange(len(weight)), weight.astype(np.int64))
    return ratings._changed(frame=ratings.frame.drop(columns="weight").iloc[rows].reset_index(drop=True))


def _refuse(weight: np.ndarray, function: str) -> None:
    broken = np.flatnonzero(weight != np.round(weight))
    if broken.size:
        raise DataError(
            f"`{function}` counts ratings, and a row of `weight` 3 is three equal ratings; {broken.size:,} of "
            f"{len(weight):,} weights are not whole numbers (the first is {weight[broken[0]]:g}). If they say how many "
            "people a rater stands for, call the column `rater_weight`; otherwise drop it or round it."
        )
    if weight.sum() > MOST:
        raise DataError(
            f"`{function}` writes a row of `weight` 3 out as three ratings; these weights add up to "
            f"{weight.sum():,.0f}, and at most {MOST:,} can be. Divide them by a common factor."
        )
