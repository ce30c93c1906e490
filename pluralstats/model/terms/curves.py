"""Curves of a number as columns: orthogonal polynomials, ``poly(x, degree)``, and B-splines, ``bs(x, df)``.

Both are learnt from all ratings, so that new values get the columns that the same values have in the ratings.
"""

import numpy as np
from scipy.interpolate import BSpline

from pluralstats.errors import DataError
from pluralstats.model.formula.calls import Factor

NEAR = 0.01  # of the range of the values: how far beyond them a spline goes on

type Learnt = tuple[np.ndarray, ...]


def mean_and_sd(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    """The sd of n - 1, as ``scale`` in R."""
    mean = np.average(x, weights=weight)
    sd = np.sqrt((weight @ (x - mean) ** 2) / max(weight.sum() - 1.0, 1.0))
    if not sd > 0.0:
        raise DataError(f"'{factor.text}' divides by a standard deviation of 0: all values are {x[0]:g}.")
    return mean, sd


def recurrence(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    """Mean, sd, alpha (degree,) and the mean squares (degree + 1,) of the monic orthogonal polynomials of z."""
    if (found := np.unique(x).size) <= factor.number:
        raise DataError(
            f"'{factor.text}' needs more than {factor.number} different values of '{factor.column}'; found {found}. "
            "Use a lower degree."
        )
    mean, sd = mean_and_sd(factor, x, weight)
    z, alpha, squares = (x - mean) / sd, np.empty(factor.number), np.ones(factor.number + 1)
    before, at = np.zeros_like(z), np.ones_like(z)
    for k in range(factor.number):
        alpha[k] = np.average(z * at**2, weights=weight) / squares[k]
        before, at = at, (z - alpha[k]) * at - (squares[k] / squares[k - 1] * before if k else 0.0)
        squares[k + 1] = np.average(at**2, weights=weight)
    return mean, sd, alpha, squares


def orthogonal(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    """(m, degree) orthogonal polynomials of degrees 1 ..: mean 0, mean square 1 and uncorrelated over the ratings.

    Those of ``poly(x, degree)`` in R times the root of the number of ratings: a coefficient is then the effect of one
    standard deviation of its polynomial, and does not grow with the number of ratings. The recurrence is that of
    Kennedy & Gentle (1980), Statistical Computing, pages 342-347.
    """
    mean, sd, alpha, squares = learnt
    z, columns = (x - mean) / sd, np.empty((x.size, factor.number))
    before, at = np.zeros_like(z), np.ones_like(z)
    for k in range(factor.number):
        before, at = at, (z - alpha[k]) * at - (squares[k] / squares[k - 1] * before if k else 0.0)
        columns[:, k] = at / np.sqrt(squares[k + 1])
    return columns


def knots(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    """Inner knots, and the two ends of the ratings' values.

    As in ``splines::bs`` of R, df - degree inner knots lie at quantiles of the values, each rating counted as often as
    it occurred.
    """
    ends = np.array([x.min(), x.max()])
    inner = np.asarray(factor.knots, float)
    if factor.df:
        inner = _quantiles(x, weight, np.linspace(0.0, 1.0, factor.df - factor.number + 2)[1:-1])
    outside = inner[(inner <= ends[0]) | (inner >= ends[1])]
    if not ends[0] < ends[1] or (factor.df and (outside.size or np.unique(inner).size < inner.size)):
        raise DataError(
            f"'{factor.text}' needs more different values of '{factor.column}': of its {np.unique(x).size} some are so "
            "frequent that two knots would lie on one. Use a smaller df, poly(), or knots of your own."
        )
    if outside.size:
        raise DataError(
            f"'{factor.text}' has a knot at {outside[0]:g}, and '{factor.column}' goes from {ends[0]:g} to {ends[1]:g}."
            " Knots lie inside of that."
        )
    return inner, ends


def _quantiles(x: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Quantiles by linear interpolation (type 7 of R) of values that occurred ``weight`` times.

    >>> _quantiles(np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 1.0]), np.array([0.5, 0.75])).tolist()
    [2.0, 2.75]
    """
    order = np.argsort(x, kind="stable")
    values, ends = x[order], np.cumsum(weight[order])
    place = (ends[-1] - 1.0) * at
    low = np.floor(place)
    below, above = (values[np.minimum(np.searchsorted(ends, k, side="right"), x.size - 1)] for k in (low, low + 1.0))
    return below + (place - low) * (above - below)


def basis(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    """(m, df) B-splines of a degree, without the first, which is 1 less the sum of the others.

    Those of ``splines::bs`` in R: de Boor (1978), A Practical Guide to Splines, chapter IX.

    Raises
    ------
    DataError
        Values outside of those of the ratings, where nothing holds the curve.
    """
    inner, (low, high) = learnt
    beyond = NEAR * (high - low)  # a slope at the end is taken from both sides of it
    outside = x[(x < low - beyond) | (x > high + beyond)]
    if outside.size:
        raise DataError(
            f"'{factor.text}' is known where the ratings are, for '{factor.column}' from {low:g} to {high:g}; found "
            f"{outside.size:,} outside of that, such as {outside[0]:g}. Leave them out, or fit poly({factor.column}, 2)"
            ", which goes on."
        )
    degree = factor.number
    where = np.concatenate([np.repeat(low, degree + 1), inner, np.repeat(high, degree + 1)])
    return BSpline.design_matrix(x, where, degree, extrapolate=True).toarray()[:, 1:]
