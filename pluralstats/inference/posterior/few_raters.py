"""Few raters: intervals about them by Student's t instead of the normal distribution.

What is the same for all ratings of a rater, the general level and the coefficients of demographics, is known as well
as raters differ, and that is estimated from the raters themselves. In a balanced gaussian design with G raters and r
columns about raters (the constant included) a contrast of raters over its REML standard error is exactly t with G - r
degrees of freedom ("containment"); maximum likelihood divides by G where REML divides by G - r. So deviations in
these directions, and in no others, are multiplied by

    sqrt(f nu / chi2_nu),        nu = G - r,  f = G / nu for maximum likelihood and 1 for REML and posterior modes,

one draw of chi2 for all of them together, so that whatever is computed from draws is widened alike and no result
depends on the reference level. With design weights w, nu = (sum w^2)^2 / sum w^4 - r (Satterthwaite 1946, Biometrics
Bull. 2, 110-114, for a sum of squares with weights w^2) and f = 1, since the sandwich does not use that variance.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

from pluralstats.model.design import LOCATION, Design, is_nested
from pluralstats.model.thresholds import ThresholdGroups

FEW = 30.0  # degrees of freedom from which Student's t is the normal distribution: 4% wider at the end
MANY_COEFFICIENTS = 0.1  # about raters, for each rater, from which maximum likelihood is corrected whatever nu is


class FewRaters(NamedTuple):
    """``directions`` (P, P) projects parameters on what is about raters; ``freedom`` nu; ``inflation`` root of f."""

    directions: np.ndarray
    freedom: float
    inflation: float

    def widened(self, deviations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(S, P) normal deviations as those of a multivariate t, in the directions about raters."""
        factor = self.inflation * np.sqrt(self.freedom / rng.chisquare(self.freedom, len(deviations)))
        return deviations + (factor - 1.0)[:, None] * (deviations @ self.directions.T)

    def covariance(self, covariance: np.ndarray, prob: float) -> np.ndarray:
        """(P, P) covariance with which normal intervals of probability ``prob`` have the width of those of t."""
        tail = 0.5 + prob / 2.0
        factor = self.inflation * stdtrit(self.freedom, tail) / ndtri(tail)
        wide = np.eye(len(covariance)) + (factor - 1.0) * self.directions
        return wide @ covariance @ wide.T


def few_raters(raters: np.ndarray, design: Design, size: int, *, likelihood: bool) -> FewRaters | None:
    """How the few raters of a design widen what is about raters; None where they are many or have no random effect.

    Parameters
    ----------
    raters : (n,) codes of the raters of the rows
    size : how many parameters there are, thresholds and coefficients first
    likelihood : whether the variances are those of maximum likelihood, not restricted and without priors
    """
    intercepts = [g.index for g in design.groupings if g.column == "Intercept" and not g.part and g.basis is None]
    if not any(is_nested(index, raters) and is_nested(raters, index) for index in intercepts):
        return None
    _, first, codes = np.unique(raters, return_index=True, return_inverse=True)
    X = design.fixed.values[design.fixed.cell][:, design.column_parts == LOCATION]
    constant = (X[first][codes] == X).all(axis=0)
    levels = _levels(design.thresholds, first, codes)
    rank = int(np.linalg.matrix_rank(np.column_stack([levels, X[first][:, constant]])))
    weight, weighted = design.rater_weight[first], np.ptp(design.rater_weight) > 0.0
    freedom = max(float((weight**2).sum() ** 2 / (weight**4).sum()) - rank, 1.0)
    lost = first.size / freedom if likelihood and not weighted else 1.0
    if freedom >= FEW and (lost == 1.0 or rank - 1 <= MANY_COEFFICIENTS * first.size):
        return None
    return FewRaters(_directions(design, X, constant, size), freedom, float(np.sqrt(lost)))


def _levels(groups: ThresholdGroups, first: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(G, l) columns of the general level: one, or of each group of raters whose thresholds are their own."""
    about_raters = groups.category is None and bool((groups.group[first][codes] == groups.group).all())
    return np.eye(groups.n_groups)[groups.group[first]] if about_raters else np.ones((first.size, 1))


def _directions(design: Design, X: np.ndarray, constant: np.ndarray, size: int) -> np.ndarray:
    """(P, P) projector on the level at the mean of the other columns and the coefficients of those ``constant`` (p,)
    in raters."""
    k = design.n_thresholds
    names = design.fixed.names[: constant.size]
    ordered = design.family.ordered
    levels = np.flatnonzero(design.thresholds.is_first[:k] if ordered else np.array(names) == "Intercept")
    levels = levels if ordered else k + levels
    kept = np.zeros(size)
    kept[k : k + constant.size] = constant
    to_level = np.eye(size)
    others, groups = ~constant, design.thresholds
    for level in levels:
        kept[level] = 1.0
        whole = not ordered or groups.category is not None
        rows = slice(None) if whole else groups.group == np.searchsorted(groups.starts, level, side="right") - 1
        to_level[level, k : k + constant.size][others] = (-1.0 if ordered else 1.0) * X[rows][:, others].mean(axis=0)
        if ordered and not groups.ordered:  # how far apart thresholds are is not about raters
            to_level[level + 1 : groups.free_starts[groups.free_starts > level][0], level] = -1.0
    if groups.category is not None:
        _first_of_steps(groups, kept, to_level)
    return np.linalg.inv(to_level) @ (kept[:, None] * to_level)


def _first_of_steps(groups: ThresholdGroups, kept: np.ndarray, to_level: np.ndarray) -> None:
    """Coefficients at every threshold: how far those at others are from those at the first is not about raters."""
    at, k = groups.category, groups.n_free
    assert at is not None
    m = at.Z.shape[1]
    first = k + at.first + np.arange(m)
    for j in range(1, k):
        own = first + j * m
        to_level[0, own] = 0.0
        to_level[own, first] = -1.0
        kept[own] = 0.0
