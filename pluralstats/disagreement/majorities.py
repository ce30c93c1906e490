"""Majority labels of groups, and how often two groups' majorities differ."""

from itertools import combinations

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.disagreement.counting.frequencies import counted
from pluralstats.disagreement.groups import demographics_of, one_dimension
from pluralstats.errors import ConfigError, DataError

_NO_RATING, _TIE = -1, -2
_TIES = ("exclude", "lowest", "highest")


def label_differences(ratings: Ratings, by: str, *, ties: str = "exclude") -> pd.DataFrame:
    """On what share of items two groups would get different labels if each took its own majority vote.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension, on a scale of answers. A row of ``weight`` 3 is three votes; design weights
        (``rater_weight``) are not used, with a warning. Drop "don't know" answers (``drop_ratings=``) if they should
        not count as votes.
    by : str
        The demographic whose levels vote.
    ties : {"exclude", "lowest", "highest"}
        What a group says about an item whose most frequent answers are equally frequent: nothing (the item is
        left out of the comparisons with that group), or the lowest or highest of the tied answers.

    Returns
    -------
    DataFrame
        One row per pair of levels, in the order of the levels, and a last row for all levels: demographic,
        level, other, measure ("difference" for pairs; "consensus" with level and other "all"), percent of
        items (0..100) on which the two majorities differ, or on which all agree, n_items (items where every
        level concerned has a majority label), n_tied (items on which some level concerned is tied).

    Raises
    ------
    ConfigError
        For several dimensions, a demographic that does not exist, or an unknown rule for ties.
    DataError
        For continuous ratings, a demographic with fewer than two levels, or a ``weight`` that is not a whole number.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": list("aabb"), "rater": list("xyxy"), "rating": [1, 1, 1, 2],
    ...                       "country": ["DE", "US"] * 2})
    >>> ratings = ps.Ratings(frame, scale=(1, 2), demographics=["country"])
    >>> ps.label_differences(ratings, by="country")[["level", "other", "measure", "percent"]]
      level other     measure  percent
    0    DE    US  difference     50.0
    1   all   all   consensus     50.0
    """
    one_dimension(ratings, "label_differences")
    if ties not in _TIES:
        raise ConfigError(f"`ties` must be one of {', '.join(_TIES)}; found {ties!r}.")
    if not isinstance(by, str):
        raise ConfigError(f"`by` must be the name of one demographic; found {by!r}.")
    (demographic,) = demographics_of(ratings, by)
    labels, tied = _majorities(counted(ratings, "label_differences"), demographic, ties)
    pairs = combinations(range(labels.shape[1]), 2)
    rows = [_compared(labels[:, list(pair)], tied[:, list(pair)]) for pair in pairs]
    table = pd.DataFrame([*rows, _compared(labels, tied)])
    levels = [str(level) for level in ratings.frame[demographic].cat.categories]
    names = [*combinations(levels, 2), ("all", "all")]
    table.insert(0, "demographic", demographic)
    table.insert(1, "level", [level for level, _ in names])
    table.insert(2, "other", [other for _, other in names])
    table.insert(3, "measure", ["difference"] * len(rows) + ["consensus"])
    table["percent"] = np.where(table["measure"] == "consensus", 100 - table["percent"], table["percent"])
    return table


def _majorities(ratings: Ratings, demographic: str, ties: str) -> tuple[np.ndarray, np.ndarray]:
    """Majority code per item and level, (n_items, n_levels), _NO_RATING or _TIE where there is none; ties."""
    frame, levels = ratings.frame, ratings.frame[demographic].cat.categories
    if ratings.scale.is_continuous:
        raise DataError("`label_differences` needs a scale of answers; found continuous ratings. Pass `scale=`.")
    if len(levels) < 2:
        found = ", ".join(map(str, levels))
        raise DataError(f"`label_differences` compares levels; {demographic!r} has only: {found}.")
    item, level = frame["item"].cat.codes.to_numpy(), frame[demographic].cat.codes.to_numpy()
    counts = np.zeros((len(frame["item"].cat.categories), len(levels), ratings.scale.K), dtype=int)
    known = level >= 0
    np.add.at(counts, (item[known], level[known], frame["rating"].to_numpy()[known]), 1)
    top = counts.max(axis=2, keepdims=True)
    is_top = (counts == top) & (top > 0)
    tied = is_top.sum(axis=2) > 1
    lowest, highest = is_top.argmax(axis=2), ratings.scale.K - 1 - is_top[..., ::-1].argmax(axis=2)
    labels = np.where(tied & (ties == "exclude"), _TIE, highest if ties == "highest" else lowest)
    return np.where(top[..., 0] > 0, labels, _NO_RATING), tied


def _compared(labels: np.ndarray, tied: np.ndarray) -> dict:
    """Percent of items on which not all columns are the same label."""
    known = (labels >= 0).all(axis=1)
    differ = (labels != labels[:, :1]).any(axis=1)[known]
    percent = 100.0 * differ.mean() if known.any() else np.nan
    return {"percent": percent, "n_items": int(known.sum()), "n_tied": int(tied.any(axis=1).sum())}
