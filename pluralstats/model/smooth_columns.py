"""``s(x)``: a smooth curve of a number, a straight line and m columns whose coefficients are N(0, sd^2).

The curve is a cubic spline f with k B-splines on evenly spaced knots, and the penalty is the integral of f''^2 (the
``bs = "bs"`` of mgcv with ``m = c(3, 2)``; Wood 2017, Generalized Additive Models, section 5.3.6). Straight lines cost
nothing; the other k - 2 directions are scaled so that the penalty is the sum of squares of their coefficients (Wood
2004, JASA 99, 673-686), which then are independent N(0, sd^2) and sd is how far the curve bends.

Over the ratings these columns have mean 0 and no slope, so that the line is the best line through the curve, and their
mean square adds up to 1: sd is that of what bends the curve, in latent units.
"""

import numpy as np
from scipy.interpolate import BSpline

from pluralstats.errors import DataError
from pluralstats.model.formula.calls import CUBIC, Factor
from pluralstats.model.terms.curves import NEAR, Learnt

STRAIGHT = 2  # columns that no penalty is on: the constant and the line
NODES = np.array([-1.0, 1.0]) / np.sqrt(3.0)  # of Gauss's rule, exact for cubics: f''^2 is a square of straight lines


def smooth(factor: Factor, x: np.ndarray, weight: np.ndarray) -> Learnt:
    """Both ends of the values, and what makes the columns of B-splines (k, m) and of the line (2, m).

    Raises
    ------
    DataError
        Fewer different values than B-splines.
    """
    different, k = np.unique(x), factor.number
    if different.size < k:
        instead = (
            f"Write s({factor.column}, k={different.size}), or the number itself"
            if different.size > CUBIC + 1
            else f"Write {factor.column}, or poly({factor.column}, 2)"
        )
        raise DataError(
            f"'{factor.text}' needs {k} different values of '{factor.column}' or more; found {different.size}. "
            f"{instead}."
        )
    ends = np.array([x.min(), x.max()])
    values, vectors = np.linalg.eigh(_penalty(k))
    bent = vectors[:, STRAIGHT:] / np.sqrt(values[STRAIGHT:])
    columns, line = _splines(factor, x, ends) @ bent, _line(x, ends)
    root = np.sqrt(weight)[:, None]
    straight = np.linalg.lstsq(root * line, root * columns, rcond=None)[0]
    size = np.sqrt(np.average(((columns - line @ straight) ** 2).sum(axis=1), weights=weight))
    return ends, bent / size, straight / size


def smooth_columns(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    """(m, k - 1) the number itself, and the columns that are penalised.

    Raises
    ------
    DataError
        Values outside of those of the ratings, where nothing holds the curve.
    """
    return np.column_stack([x, bent_columns(factor, x, learnt)])


def bent_columns(factor: Factor, x: np.ndarray, learnt: Learnt) -> np.ndarray:
    """(m, k - 2) the penalised columns alone."""
    ends, bent, straight = learnt
    return _splines(factor, x, ends) @ bent - _line(x, ends) @ straight


def column_names(factor: Factor) -> tuple[str, ...]:
    """Of the line and of the penalised columns.

    >>> column_names(Factor("age", "s", 5))
    ('age', 's(age, k=5)[1]', 's(age, k=5)[2]', 's(age, k=5)[3]')
    """
    return factor.column, *(f"{factor.text}[{j + 1}]" for j in range(factor.number - STRAIGHT))


def _line(x: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(x.size), (x - ends[0]) / (ends[1] - ends[0])])


def _knots(k: int) -> np.ndarray:
    """Those of k cubic B-splines from 0 to 1, the ends as often as de Boor has them."""
    inner = np.linspace(0.0, 1.0, k - CUBIC + 1)
    return np.concatenate([np.zeros(CUBIC), inner, np.ones(CUBIC)])


def _splines(factor: Factor, x: np.ndarray, ends: np.ndarray) -> np.ndarray:
    low, high = ends
    beyond = NEAR * (high - low)  # a slope at the end is taken from both sides of it
    outside = x[(x < low - beyond) | (x > high + beyond)]
    if outside.size:
        raise DataError(
            f"'{factor.text}' is known where the ratings are, for '{factor.column}' from {low:g} to {high:g}; found "
            f"{outside.size:,} outside of that, such as {outside[0]:g}. Leave them out, or fit poly({factor.column}, 2)"
            ", which goes on."
        )
    at = (x - low) / (high - low)
    return BSpline.design_matrix(at, _knots(factor.number), CUBIC, extrapolate=True).toarray()


def _penalty(k: int) -> np.ndarray:
    """(k, k) integrals of the products of second derivatives."""
    where = _knots(k)
    breaks = np.unique(where)
    half = 0.5 * np.diff(breaks)[:, None]
    nodes = (0.5 * (breaks[1:] + breaks[:-1])[:, None] + half * NODES).ravel()
    bends = BSpline(where, np.eye(k), CUBIC).derivative(2)(nodes)
    return bends.T @ (np.repeat(half, NODES.size)[:, None] * bends)
