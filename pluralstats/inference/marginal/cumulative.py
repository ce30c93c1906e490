"""The marginal likelihood of models of ordered answers by Laplace's method, with its exact gradient (METHODS 2 and 8).

Unknowns theta = (tau_1, log gaps of each group of thresholds, b, entries of Lambda) and standardised random effects v,
u = Lambda v (``covariance_roots``; Lambda is the sd of a random intercept). For given theta, v^ is the mode of
log p(y | v) - v'v / 2, H its curvature, and

    f(theta) = log p(y | v^) - v^'v^ / 2 - log det H / 2

is the estimator of ``ordinal::clmm`` and ``lme4::glmer`` with nAGQ = 1. Standard deviations may pass through zero:
f is even and smooth in each of them, so a variance on the boundary is an ordinary stationary point. A row's loadings
l are what its standardised effects are multiplied by, its multipliers times Lambda.

Where noise and use of the scale differ, a row has three predictors m = (eta, log s, a), every coefficient and effect
moves one of them, and what is a number of a row elsewhere (score, curvature) is a vector or a matrix. log p is then not
concave in v: the search goes by a curvature without its negative part wherever H would not be positive definite.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import Pairs, by_grouping, entries_of, on_places, pairs_of, root_of
from pluralstats.inference.kernels import rows as kernels
from pluralstats.inference.large.choice import curvature_pattern, factor_of
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.marginal.modes import Mode, Parts, find_mode
from pluralstats.inference.marginal.rows import RowLaw, Rows, Slopes, cumulative_shares, times
from pluralstats.model.design import LOCATION, Design
from pluralstats.model.families.family import Bounded, Thresholds

FIRST_SD_OF_PARTS = 0.2  # of log s and a, where the search for it begins
FIRST_GAP = float(np.log(1e-3))  # the smallest log gap that the search begins with


class Evaluation(NamedTuple):
    """f, its gradient (P,) and the mode they belong to."""

    value: float
    gradient: np.ndarray
    mode: Mode


@dataclass(frozen=True)
class CumulativeModel:
    """A model of ordered answers (with two categories: bernoulli), or of numbers between two ends, of one design.

    log p of the latter is not concave in eta either.
    """

    design: Design
    pattern: Pattern
    pairs: Pairs
    Z: np.ndarray  # (n_cells, places) multipliers
    of_family: Thresholds | Bounded

    @property
    def n_thresholds(self) -> int:
        return self.design.n_thresholds

    @property
    def eta_alone(self) -> bool:
        """Whether rows have no other predictor."""
        return self.design.n_predictors == 1

    @property
    def rows(self) -> RowLaw:
        """What rows contribute."""
        return RowLaw(self.design, self.of_family)

    @property
    def first_entry(self) -> int:
        """Where the entries of Lambda start in theta, the diagonal ones first."""
        return self.n_thresholds + self.design.fixed.X.shape[1]

    @property
    def n_parameters(self) -> int:
        return self.first_entry + len(self.design.groupings) + self.pairs.row.size

    def parts(self, theta: np.ndarray) -> Parts:
        """Thresholds from (tau_1, log gaps), coefficients, Lambda and the loadings."""
        k, first = self.n_thresholds, self.first_entry
        root = root_of(theta[first:], self.pairs)
        at, b = self.design.thresholds, theta[k:first]
        return Parts(at.stacked(at.values(theta[:k]), b), b, root, self.Z @ on_places(root, self.pairs))

    def threshold_jacobian(self, theta: np.ndarray) -> np.ndarray:
        """(m, k + p) d tau / d (tau_1, log gaps, b), of the thresholds of all groups."""
        return self.design.thresholds.stack_jacobian(theta[: self.n_thresholds], self.design.fixed.X.shape[1])

    def start(self) -> np.ndarray:
        """Thresholds from the observed shares, no effects, standard deviations of a plausible size, uncorrelated."""
        design = self.design
        of_eta = design.grouping_parts == LOCATION
        sd = np.where(of_eta, design.family.first_sd, FIRST_SD_OF_PARTS)
        wider = np.sqrt(1.0 + (sd[of_eta] ** 2).sum() / design.family.noise**2)
        if isinstance(self.of_family, Bounded):
            tau = self.of_family.start(design.y, design.weight)
        else:
            tau = np.concatenate([self.of_family.at_shares(share) * wider for share in cumulative_shares(design)])
        x = design.thresholds.free_numbers(tau)
        x = np.where(design.thresholds.is_gap, np.maximum(x, FIRST_GAP), x)
        nothing = np.zeros(design.fixed.X.shape[1]), np.zeros(self.pairs.row.size)
        return np.concatenate([x, nothing[0], sd, nothing[1]])

    def find_mode(self, parts: Parts, v: np.ndarray, near: Curvature | None = None) -> Mode:
        """The mode of the random effects from a starting value and, where it is known, the curvature at one nearby."""
        return find_mode(self, parts, v, near)

    def factorised(self, curvature: np.ndarray, loading: np.ndarray) -> tuple[Curvature, bool]:
        """The factor of H, or of one that is positive definite for certain, and whether it is H."""
        if self.eta_alone and isinstance(self.of_family, Thresholds):
            return factor_of(self.pattern, curvature, loading), True
        try:
            return factor_of(self.pattern, curvature, loading), True
        except FitError:
            return self.bounded_factor(curvature, loading), False

    def bounded_factor(self, curvature: np.ndarray, loading: np.ndarray) -> Curvature:
        """The factor of H without the negative part of the curvature of rows."""
        if self.eta_alone:
            return factor_of(self.pattern, np.maximum(curvature, 0.0), loading)
        values, vectors = np.linalg.eigh(curvature)
        positive = np.einsum("nij,nj,nkj->nik", vectors, np.maximum(values, 0.0), vectors)
        return factor_of(self.pattern, positive, loading)

    def fixed_part(self, b: np.ndarray) -> np.ndarray:
        """(n_cells,) what coefficients and offset add to eta, or (3, n_cells) to all three predictors."""
        fixed, part = self.design.fixed, self.design.column_parts
        if self.eta_alone:
            return fixed.linear(b)
        out = np.stack([fixed.X @ np.where(part == m, b, 0.0) for m in range(3)])
        out[LOCATION] += fixed.offset
        return out

    def rows_at(self, fixed: np.ndarray, parts: Parts, v: np.ndarray) -> tuple:
        eta = self.along(parts, v, fixed)
        return eta, *self.rows.scores(eta, parts.tau)

    def evaluate(self, theta: np.ndarray, v: np.ndarray, near: Curvature | None = None) -> Evaluation:
        """f and its gradient at theta; ``v`` (q,) is where the search for the mode begins, ``near`` as there."""
        parts = self.parts(theta)
        mode = self.find_mode(parts, v, near)
        value = mode.loglik - 0.5 * mode.v @ mode.v - 0.5 * mode.factor.log_determinant
        return Evaluation(value, self._gradient(theta, parts, mode), mode)

    def derivatives(self, parts: Parts, mode: Mode) -> Rows:
        """Of the rows, in predictors and in thresholds."""
        return self.rows.derivatives(mode.eta, parts.tau)

    def _gradient(self, theta: np.ndarray, parts: Parts, mode: Mode) -> np.ndarray:
        """df/dtheta, with the dependence of v^ on theta through one extra solve.

        Rows: Q = l'H^-1 l is the posterior covariance of the predictors; ``shift`` is l's for the solve s; a unit shift
        of a predictor in row i moves log det H by ``pull`` in total, directly and through v^. A loading moves its
        predictor, its own share of H, and the slope in v.
        """
        index, cell = self.pattern.index, self.pattern.cell
        total, touched, solved, shift, at = self.slopes(parts, mode)
        d_b = self.by_columns(total)
        to_loading = np.zeros_like(parts.loading)
        if self.eta_alone:
            kernels.sum_by_loadings(index, cell, total, mode.v, to_loading)
            kernels.sum_by_loadings(index, cell, -0.5 * mode.score, solved, to_loading)
            kernels.sum_by_cells(cell, touched, -mode.curvature, to_loading)
        else:
            part = self.pattern.part
            kernels.sum_parts_by_loadings(index, cell, part, total, mode.v, to_loading)
            kernels.sum_parts_by_loadings(index, cell, part, -0.5 * mode.score, solved, to_loading)
            kernels.sum_parts_by_cells(cell, part, touched, mode.curvature, to_loading)
        d_root = entries_of(by_grouping(self.Z.T @ to_loading, self.pairs, len(parts.root)), self.pairs)
        d_fixed = at.by_thresholds(shift) @ self.threshold_jacobian(theta)
        d_fixed[self.n_thresholds :] += d_b
        return np.concatenate([d_fixed, d_root])

    def slopes(self, parts: Parts, mode: Mode) -> Slopes:
        """Of the rows at a mode."""
        touched = mode.factor.over_rows() if self.eta_alone else mode.factor.over_parts()
        at = self.derivatives(parts, mode).against(self.covariances(parts, touched))
        solved = mode.factor.solve(self.by_effects(parts, at.pull))
        shift = self.along(parts, solved)
        pull = at.pull - times(mode.curvature, shift)
        return Slopes(mode.score - 0.5 * pull, touched, solved, shift, at)

    def covariances(self, parts: Parts, touched: np.ndarray) -> np.ndarray:
        """(n,) posterior variance of eta, or (n, 3, 3) posterior covariance of the predictors."""
        loading = parts.loading[self.pattern.cell]
        if self.eta_alone:
            return np.einsum("it,it->i", touched, loading)
        out = np.zeros((self.design.n, 3, 3))
        for t, m in enumerate(self.pattern.part):
            out[:, m] += loading[:, t, None] * touched[:, t]
        return out

    def by_effects(self, parts: Parts, rows: np.ndarray) -> np.ndarray:
        """(q,) sums of a row quantity, (n,) or one for each predictor (n, 3), times its loadings."""
        p = self.pattern
        if rows.ndim == 1:
            return kernels.sum_by_effects(p.index, p.cell, parts.loading, rows, p.size)
        return kernels.sum_parts_by_effects(p.index, p.cell, parts.loading, p.part, rows, p.size)

    def by_columns(self, rows: np.ndarray) -> np.ndarray:
        """(p,) sums of a row quantity, (n,) or (n, 3), times the columns of X."""
        X = self.design.fixed.X
        if rows.ndim == 1:
            return self.by_cell(rows) @ X
        sums = np.stack([self.by_cell(np.ascontiguousarray(rows[:, m])) @ X for m in range(3)])
        return sums[self.design.column_parts, np.arange(X.shape[1])]

    def by_cell(self, rows: np.ndarray) -> np.ndarray:
        """(n_cells,) sums over the rows of each cell."""
        return kernels.sum_by_level(self.design.fixed.cell, rows, self.design.fixed.X.shape[0])

    def along(self, parts: Parts, v: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """(n,) l'v for each row, or (n, 3) for each predictor, on top of a fixed part."""
        n_cells, p = self.design.fixed.X.shape[0], self.pattern
        if self.eta_alone:
            out = np.empty(self.design.n)
            zero = np.zeros(n_cells) if fixed is None else fixed
            kernels.linear_predictor(zero, p.cell, p.index, parts.loading, v, out)
            return out
        out = np.empty((self.design.n, 3))
        zero = np.zeros((3, n_cells)) if fixed is None else fixed
        kernels.predictors(zero, p.cell, p.index, parts.loading, p.part, v, out)
        return out


def cumulative_model(design: Design, solver: Solver = AUTO) -> CumulativeModel:
    """The model of a design of ordered answers, with at least two categories in use."""
    return CumulativeModel(design, curvature_pattern(design, solver), pairs_of(design), design.Z, design.family.of_rows)
