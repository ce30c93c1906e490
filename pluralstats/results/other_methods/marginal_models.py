"""Models of the average rating without random effects, by generalised estimating equations.

Ratings of one rater go together in whatever way; robust ("sandwich") errors allow for it (Liang & Zeger 1986,
Biometrika 73, 13-22). Items are not told apart: their differences are part of the residual.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.model.category_effects import CategoryEffects
from pluralstats.model.design import codes_of
from pluralstats.model.terms.fixed import FixedEffects
from pluralstats.results.averaging.scenes import Scene, whole_profiles
from pluralstats.results.other_methods.averaged_differences import Averages
from pluralstats.results.other_methods.proportional_odds import proportional_odds

WORKING = ("exchangeable", "independence")


class MarginalModel(NamedTuple):
    """P(y >= k) = logistic(a_k + x'b), or E[y] = x'b without cut points.

    x are columns in standard units (a solver does not find out what a time in nanoseconds does). ``parameters`` (a, b),
    their robust ``covariance``, ``cuts`` how many a there are, ``gaps`` the rating points that
    each average counts for, ``note`` how it was estimated. Parameters that were not found are missing.
    """

    parameters: np.ndarray
    covariance: np.ndarray
    cuts: int
    gaps: np.ndarray
    note: str

    def averages(self, fit: Fit, scene: Scene) -> Averages:
        """Averages over the people of a scene and what they meet, with their derivatives in the parameters."""
        parts = [self._part(fit, setting.profiles, setting.share) for setting in whole_profiles(scene)]
        return Averages(*(np.sum(column, axis=0) for column in zip(*parts, strict=True)))

    def _part(self, fit: Fit, profiles: pd.DataFrame, share: np.ndarray) -> Averages:
        X = _with_intercept(fit, _standard_rows(fit, profiles), wanted=not self.cuts)
        offset = fit.design.fixed.offset_for(profiles)
        if not self.cuts:
            row = share @ X
            return Averages(np.array([row @ self.parameters + share @ offset]), row[None, :])
        above = _logistic(self.parameters[: self.cuts] + (X @ self.parameters[self.cuts :] + offset)[:, None])
        weighted = above * (1.0 - above) * share[:, None]
        return Averages(share @ above, np.hstack([np.diag(weighted.sum(axis=0)), weighted.T @ X]))


def _logistic(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _standard_rows(fit: Fit, profiles: pd.DataFrame) -> np.ndarray:
    """(R, p) design rows of profiles in standard units."""
    units, X = fit.standard.units, _columns(fit.design.fixed, fit.design.fixed.rows_for(profiles))
    p = X.shape[1]
    return X @ units.coefficient[:p, :p] - np.atleast_2d(units.threshold)[0, :p]


def _columns(fixed: FixedEffects, X: np.ndarray) -> np.ndarray:
    """Design rows in which columns with a coefficient at every threshold stand once, with one coefficient."""
    if not isinstance(fixed, CategoryEffects):
        return X
    inner = X[:, fixed.first : fixed.first + fixed.Z.shape[1]] * len(fixed.boundaries)
    return np.ascontiguousarray(np.hstack([X[:, : fixed.first], inner]))


def _standard_columns(fit: Fit) -> np.ndarray:
    """(n_cells, p) of the data, in standard units."""
    fixed = fit.standard.design.fixed
    return _columns(fixed, fixed.X)


def _with_intercept(fit: Fit, X: np.ndarray, *, wanted: bool) -> np.ndarray:
    """Design rows with a column of ones in front, unless the design has one or lacks it on purpose."""
    return np.column_stack([np.ones(len(X)), X]) if wanted and fit.design.family.ordered else X


def linear_model(fit: Fit, working: str) -> MarginalModel:
    """Numeric ratings by a linear model."""
    from statsmodels.genmod.families import Gaussian  # a second of imports that only this table needs

    X = _with_intercept(fit, _standard_columns(fit)[fit.design.fixed.cell], wanted=True)
    y = fit.ratings.values[fit.design.rows]
    note = f"linear, {working} within raters, robust errors"
    return _with_statsmodels(fit, y, X, 0, np.ones(1), note, Gaussian(), working)


def binary_model(fit: Fit, working: str) -> MarginalModel:
    """Two categories by a logistic model."""
    from statsmodels.genmod.families import Binomial  # as above

    X = np.column_stack([np.ones(fit.design.n), _standard_columns(fit)[fit.design.fixed.cell]])
    note = f"logistic, {working} within raters, robust errors"
    gaps = np.diff(fit.design.categories)
    return _with_statsmodels(fit, fit.design.answers, X, 1, gaps, note, Binomial(), working)


def ordinal_model(fit: Fit) -> MarginalModel:
    """Ordered categories by a proportional odds model, independence within raters."""
    design, note = fit.design, "cumulative logit, independence within raters, robust errors"
    gaps = np.diff(design.categories)
    groups = codes_of(fit.ratings, design, "rater")
    try:
        fixed = fit.standard.design.fixed
        found = proportional_odds(
            design.answers, _standard_columns(fit), design.fixed.cell, design.weight, groups, fixed.offset
        )
    except np.linalg.LinAlgError:
        return _missing(gaps.size + _standard_columns(fit).shape[1], gaps.size, gaps, f"{note}; not estimated")
    if not found.converged:
        return _missing(found.parameters.size, gaps.size, gaps, f"{note}; did not converge")
    return MarginalModel(found.parameters, found.covariance, gaps.size, gaps, note)


def _missing(size: int, cuts: int, gaps: np.ndarray, note: str) -> MarginalModel:
    return MarginalModel(np.full(size, np.nan), np.full((size, size), np.nan), cuts, gaps, note)


def _with_statsmodels(
    fit: Fit, y: np.ndarray, X: np.ndarray, cuts: int, gaps: np.ndarray, note: str, family: Any, working: str
) -> MarginalModel:
    """The model that statsmodels finds; missing parameters and a note where it finds none."""
    from statsmodels.genmod.cov_struct import Exchangeable, Independence  # as above
    from statsmodels.genmod.generalized_estimating_equations import GEE

    structure = {"exchangeable": Exchangeable, "independence": Independence}[working]()
    groups, weight = codes_of(fit.ratings, fit.design, "rater"), fit.design.weight
    offset = fit.design.fixed.offset[fit.design.fixed.cell]
    with warnings.catch_warnings(record=True) as caught:  # what they say goes into the note
        warnings.simplefilter("always")
        try:
            model = GEE(y, X, groups=groups, family=family, cov_struct=structure, weights=weight, offset=offset)
            result = model.fit()
        except (np.linalg.LinAlgError, ValueError) as error:
            return _missing(X.shape[1], cuts, gaps, f"{note}; not estimated: {error}")
    if not result.converged:
        return _missing(X.shape[1], cuts, gaps, f"{note}; did not converge")
    said = "; ".join(dict.fromkeys(str(w.message).strip().splitlines()[0] for w in caught))
    parameters, covariance = np.asarray(result.params), np.asarray(result.cov_params())
    return MarginalModel(parameters, covariance, cuts, gaps, f"{note}; {said}" if said else note)
