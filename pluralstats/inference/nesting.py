"""Which groups lie within which: whether a random term is about raters, by its groups and not by its name."""

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.model.design import Design
from pluralstats.model.terms.random import Grouping


def is_nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether each group of ``inner`` lies within one group of ``outer``; both (n,) codes from 0.

    >>> is_nested(np.array([0, 0, 1, 2]), np.array([5, 5, 5, 7]))
    True
    >>> is_nested(np.array([5, 5, 5, 7]), np.array([0, 0, 1, 2]))
    False
    """
    pairs = np.unique(inner.astype(np.int64) * (int(outer.max(initial=0)) + 1) + outer)
    return pairs.size == np.unique(inner).size


def codes_of(ratings: Ratings, design: Design, column: str) -> np.ndarray:
    """(n,) codes of ``rater`` or ``item`` in the rows of a design."""
    return ratings.frame[column].cat.codes.to_numpy()[design.rows]


def groups_are_raters(ratings: Ratings, design: Design, grouping: Grouping) -> bool:
    """Whether a term has one level for each rater, as ``rater`` of ``(1 | site/rater)`` has under any name."""
    rater = codes_of(ratings, design, "rater")
    return is_nested(grouping.index, rater) and is_nested(rater, grouping.index)
