"""Models of the average rating without random effects, by generalised estimating equations of statsmodels.

Ratings of one rater go together in whatever way; robust ("sandwich") errors allow for it (Liang & Zeger 1986,
Biometrika 73, 13-22). Items are not told apart: their differences are part of the residual.
"""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pluralstats.fits import Fit
from pluralstats.inference.nesting import codes_of
from pluralstats.results.averaged_differences import Averages
from pluralstats.results.populations import Setting

WORKING = ("exchangeable", "independence")
MOST_INDICATORS = 4000  # of one rater, whose covariances statsmodels inverts as one matrix: 128 MB
MOST_RATINGS = 200_000


class MarginalModel(NamedTuple):
    """P(y >= k) = logistic(a_k + x'b), or E[y] = x'b without cut points.

    ``parameters`` (a, b), their robust ``covariance``, ``cuts`` how many a there are, ``gaps`` the rating points that
    each average counts for, ``note`` how it was estimated. Parameters that were not found are missing.
    """

    parameters: np.ndarray
    covariance: np.ndarray
    cuts: int
    gaps: np.ndarray
    note: str

    def averages(self, fit: Fit, setting: Setting) -> Averages:
        """Averages over the profiles of a setting, with their derivatives in the parameters."""
        X = _with_intercept(fit, fit.design.fixed.rows_for(setting.profiles), wanted=not self.cuts)
        if not self.cuts:
            row = setting.share @ X
            return Averages(np.array([row @ self.parameters]), row[None, :])
        above = _logistic(self.parameters[: self.cuts] + (X @ self.parameters[self.cuts :])[:, None])
        weighted = above * (1.0 - above) * setting.share[:, None]
        return Averages(setting.share @ above, np.hstack([np.diag(weighted.sum(axis=0)), weighted.T @ X]))


def _logistic(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _with_intercept(fit: Fit, X: np.ndarray, *, wanted: bool) -> np.ndarray:
    """Design rows with a column of ones in front, unless the design has one or lacks it on purpose."""
    return np.column_stack([np.ones(len(X)), X]) if wanted and fit.family != "gaussian" else X


def linear_model(fit: Fit, working: str) -> MarginalModel:
    """Numeric ratings by a linear model."""
    from statsmodels.genmod.families import Gaussian  # a second of imports that only this table needs

    X = _with_intercept(fit, fit.design.fixed.X[fit.design.fixed.cell], wanted=True)
    y = fit.ratings.values[fit.design.rows]
    note = f"linear, {working} within raters, robust errors"
    return _estimated(_plain, fit, y, X, 0, np.ones(1), note, family=Gaussian(), working=working)


def binary_model(fit: Fit, working: str) -> MarginalModel:
    """Two categories by a logistic model."""
    from statsmodels.genmod.families import Binomial  # as above

    X = np.column_stack([np.ones(fit.design.n), fit.design.fixed.X[fit.design.fixed.cell]])
    note = f"logistic, {working} within raters, robust errors"
    gaps = np.diff(fit.design.categories)
    return _estimated(_plain, fit, fit.design.y, X, 1, gaps, note, family=Binomial(), working=working)


def ordinal_model(fit: Fit) -> MarginalModel:
    """Ordered categories by a proportional odds model, independence within raters."""
    gaps = np.diff(fit.design.categories)
    if reason := _no_ordinal(fit):
        return _missing(gaps.size + len(fit.design.fixed.names), gaps.size, gaps, reason)
    X = fit.design.fixed.X[fit.design.fixed.cell]
    note = "cumulative logit, independence within raters, robust errors"
    return _estimated(_ordinal, fit, fit.design.y, X, gaps.size, gaps, note)


def _no_ordinal(fit: Fit) -> str:
    """Why there is no ordinal model; "" where there is one."""
    if (fit.design.weight != 1.0).any():
        return "statsmodels has no ordinal GEE with weights"
    largest = np.bincount(codes_of(fit.ratings, fit.design, "rater")).max() * (fit.design.categories.size - 1)
    if largest > MOST_INDICATORS:
        return f"not tried: a rater has {largest:,} indicators of categories, and time grows with their cube"
    if fit.design.n > MOST_RATINGS:
        return f"not tried: {fit.design.n:,} ratings would take minutes (the limit is {MOST_RATINGS:,})"
    return ""


def _missing(size: int, cuts: int, gaps: np.ndarray, note: str) -> MarginalModel:
    return MarginalModel(np.full(size, np.nan), np.full((size, size), np.nan), cuts, gaps, note)


def _plain(y: np.ndarray, X: np.ndarray, groups: np.ndarray, weight: np.ndarray, family: Any, working: str) -> Any:
    from statsmodels.genmod.cov_struct import Exchangeable, Independence  # as above
    from statsmodels.genmod.generalized_estimating_equations import GEE

    structure = {"exchangeable": Exchangeable, "independence": Independence}[working]()
    return GEE(y, X, groups=groups, family=family, cov_struct=structure, weights=weight).fit()


def _ordinal(y: np.ndarray, X: np.ndarray, groups: np.ndarray, weight: np.ndarray) -> Any:
    from statsmodels.genmod.generalized_estimating_equations import OrdinalGEE  # as above

    return OrdinalGEE(y, X, groups=groups).fit()


def _estimated(
    estimate: Callable[..., Any],
    fit: Fit,
    y: np.ndarray,
    X: np.ndarray,
    cuts: int,
    gaps: np.ndarray,
    note: str,
    **options: Any,
) -> MarginalModel:
    """The model that statsmodels finds; missing parameters and a note where it finds none."""
    size = X.shape[1] + (cuts if estimate is _ordinal else 0)
    groups = codes_of(fit.ratings, fit.design, "rater")
    missing = _missing(size, cuts, gaps, note)
    with warnings.catch_warnings(record=True) as caught:  # what they say goes into the note
        warnings.simplefilter("always")
        try:
            result = estimate(y, X, groups, fit.design.weight, **options)
        except (np.linalg.LinAlgError, ValueError, FloatingPointError, ZeroDivisionError) as error:
            return missing._replace(note=f"{note}; not estimated: {error}")
    if not result.converged:
        return missing._replace(note=f"{note}; did not converge")
    said = "; ".join(dict.fromkeys(str(w.message).strip().splitlines()[0] for w in caught))
    parameters, covariance = np.asarray(result.params), np.asarray(result.cov_params())
    return MarginalModel(parameters, covariance, cuts, gaps, f"{note}; {said}" if said else note)
