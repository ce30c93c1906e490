"""The exact likelihood of the gaussian mixed model, ML or REML (Bates et al. 2015, J. Stat. Softw. 67(1), section 3).

y = X b + Z Lambda w + e with w ~ N(0, sigma^2), e ~ N(0, sigma^2 / weight); theta are the entries of Lambda
(``covariance_roots``), for a random intercept the ratio sd / sigma. For given theta, b and sigma have closed forms, so
only theta is searched for, with the exact gradient. Of ratings with an offset, y is what it leaves of them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import (
    Pairs,
    by_grouping,
    entries_of,
    entry_places,
    on_places,
    pairs_of,
    places_of,
    root_of,
    times,
)
from pluralstats.inference.kernels import rows as kernels
from pluralstats.inference.large.choice import curvature_pattern, factor_of
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.model.design import Design


class Solution(NamedTuple):
    """Everything that follows from one theta.

    ``loading`` (n_cells, places) is what w is multiplied by, ``F`` (q, p) is H^-1 Lambda'Z'WX, ``w`` (q,)
    the random effects over their sd ratios, ``gram`` (p, p) is X'V^-1 X
    times sigma^2, ``residual`` (n,) is y minus the fitted values, ``rss`` the penalised residual sum of squares,
    ``pull`` (p,) the slope of the log-likelihood in coefficients that are held at 0.
    """

    loading: np.ndarray
    b: np.ndarray
    sigma: float
    w: np.ndarray
    F: np.ndarray
    gram: np.ndarray
    residual: np.ndarray
    rss: float
    factor: Curvature
    loglik: float
    pull: np.ndarray


@dataclass(frozen=True)
class GaussianModel:
    """Cross-products of one design, computed once."""

    design: Design
    pattern: Pattern
    pairs: Pairs
    Z: np.ndarray  # (n_cells, places) multipliers
    ZtWXy: np.ndarray  # (q, p + 1)
    XyWXy: np.ndarray  # (p + 1, p + 1)
    n: float  # sum of the frequency weights
    reml: bool
    free: np.ndarray  # positions of the coefficients that are not held at 0

    @property
    def freedom(self) -> float:
        """n for ML, n - p for REML, p the coefficients that are not held."""
        return self.n - (self.free.size if self.reml else 0)

    def start(self) -> np.ndarray:
        """Ratios of a plausible size, uncorrelated."""
        return np.concatenate([np.full(len(self.design.groupings), 0.6), np.zeros(self.pairs.row.size)])

    def solve(self, theta: np.ndarray) -> Solution:
        """b, sigma and w for given ratios, by one factorisation."""
        p = self.design.fixed.X.shape[1]
        root = root_of(theta, self.pairs)
        loading = self.Z @ on_places(root, self.pairs)
        factor = factor_of(self.pattern, self.design.weight, loading)
        right = times(root, self.ZtWXy, self.pattern, transposed=True)
        solved = factor.solve(right)
        schur = self.XyWXy - right.T @ solved
        gram, rhs, free, b = schur[:p, :p], schur[:p, p], self.free, np.zeros(p)
        own = gram[np.ix_(free, free)]
        cholesky = cho_factor(own, lower=True) if free.size else (own, True)
        b[free] = cho_solve(cholesky, rhs[free]) if free.size else rhs[free]
        rss = max(float(schur[p, p] - rhs @ b), 1e-300)
        w = solved[:, p] - solved[:, :p] @ b
        sigma2 = rss / self.freedom
        deviance = factor.log_determinant + self.freedom * (1.0 + np.log(2.0 * np.pi * sigma2))
        if self.reml and free.size:
            deviance += 2.0 * np.log(np.diagonal(cholesky[0])).sum()
        residual, pull = self.design.y_less_offset - self._fitted(loading, b, w), (rhs - gram @ b) / sigma2
        of_b = solved[:, :p], gram
        return Solution(loading, b, np.sqrt(sigma2), w, *of_b, residual, rss, factor, -0.5 * deviance, pull)

    def _fitted(self, loading: np.ndarray, b: np.ndarray, w: np.ndarray) -> np.ndarray:
        out = np.empty(self.design.n)
        fixed = self.design.fixed.X @ b
        kernels.linear_predictor(fixed, self.design.fixed.cell, self.pattern.index, loading, w, out)
        return out

    def gradient(self, theta: np.ndarray, at: Solution, sigma: float | None = None) -> np.ndarray:
        """(T + W,) derivative of the log-likelihood in theta, at the best residual sd or at a given one.

        By loadings l of rows: log det H moves by 2 w l'H^-1; the residual sum of squares by the envelope theorem; for
        REML also log det of ``gram``, whose derivative is -2 sym F'W(x - l F).
        """
        weight, index, cell = self.design.weight, self.pattern.index, self.pattern.cell
        to_loading = np.zeros_like(at.loading)
        precision = self.freedom / at.rss if sigma is None else 1.0 / sigma**2
        kernels.sum_by_cells(cell, at.factor.over_rows(), -weight, to_loading)
        kernels.sum_by_loadings(index, cell, precision * weight * at.residual, at.w, to_loading)
        if self.reml and at.b.size:
            own = at.gram[np.ix_(self.free, self.free)]
            rows = weight[:, None] * (self._residualised(at)[:, self.free] @ np.linalg.inv(own))
            for row, j in zip(rows.T, self.free.tolist(), strict=True):
                kernels.sum_by_loadings(index, cell, np.ascontiguousarray(row), at.F[:, j].copy(), to_loading)
        return self._in_entries(to_loading)

    def _in_entries(self, to_loading: np.ndarray) -> np.ndarray:
        """(T + W,) the derivative in theta from that in the loadings."""
        slope = by_grouping(self.Z.T @ to_loading, self.pairs, len(self.design.groupings))
        return entries_of(slope, self.pairs)

    def _residualised(self, at: Solution) -> np.ndarray:
        """(n, p) X less its projection on the random effects."""
        X, nothing = self.design.fixed.X[self.pattern.cell], np.zeros(at.b.size)
        return X - np.stack([self._fitted(at.loading, nothing, at.F[:, j].copy()) for j in range(at.b.size)], axis=1)

    def by_effects(self, loading: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(q,) sums of a row quantity times its loadings."""
        return kernels.sum_by_effects(self.pattern.index, self.pattern.cell, loading, rows, self.pattern.size)

    def approximate_information(self, theta: np.ndarray, at: Solution) -> np.ndarray:
        """(T + W,) squared, a diagonal stand-in for the curvature in theta, to steer the search."""
        learnt, slices = 1.0 - at.factor.diagonal(), self.pattern.slices
        root = root_of(theta, self.pairs)
        effective = [
            (learnt[slices[a]] * learnt[slices[b]]).sum() * (2.0 if a == b else 1.0) / max(root[a, a] ** 2, 1e-3)
            for a, b in entry_places(len(self.design.groupings), self.pairs)
        ]
        return np.diag(np.maximum(np.array(effective), 1.0))

    def implicit_derivative(self, theta: np.ndarray, at: Solution) -> np.ndarray:
        """(q, p + T + W + 1) d v^ / d (b, entries of sigma Lambda, log sigma) of the standardised v = w / sigma."""
        weight, p = self.design.weight, self.pattern
        right = np.zeros((p.size, theta.size))
        for j, (a, b) in enumerate(entry_places(len(self.design.groupings), self.pairs)):
            level = p.slices[b]
            change, own = np.zeros(self.design.n), np.zeros(level.stop - level.start)
            for first, second in places_of(a, b, self.pairs):
                multiplier, index = weight * self.Z[p.cell, first], p.index[:, second]
                change += multiplier * at.w[index]
                own += np.bincount(index - level.start, multiplier * at.residual, minlength=own.size)
            right[:, j] = -self.by_effects(at.loading, change)
            right[level, j] += own
        d_theta = at.factor.solve(right)
        d_log_sigma = -(at.w + d_theta @ theta) / at.sigma
        return np.column_stack([-at.F / at.sigma, d_theta / at.sigma**2, d_log_sigma])

    def covariance(self, theta: np.ndarray, at: Solution, information: np.ndarray, held: np.ndarray) -> np.ndarray:
        """(P, P) covariance of (b, entries of sigma Lambda, log sigma) from the observed information.

        ``information`` (T + W,) squared is minus the Hessian of the profiled log-likelihood; sigma is put back
        analytically. As in lme4, b is given the covariance it has at the estimated variances. Entries that are
        ``held`` (T + W,) bool have variance zero.
        """
        terms, p = theta.size, at.b.size
        free = np.append(~held, True)
        to_loading = np.zeros_like(at.loading)
        kernels.sum_by_loadings(
            self.pattern.index, self.pattern.cell, self.design.weight * at.residual, at.w, to_loading
        )
        cross = 2.0 * self._in_entries(to_loading) / at.sigma**2
        full = np.zeros((terms + 1,) * 2)
        full[:terms, :terms] = information + np.outer(cross, cross) / (2.0 * self.freedom)
        full[:terms, terms] = full[terms, :terms] = cross
        full[terms, terms] = 2.0 * self.freedom
        inverse = np.zeros_like(full)
        inverse[np.ix_(free, free)] = np.linalg.inv(full[np.ix_(free, free)])
        to_sd = np.eye(terms + 1)  # an entry is theta_t sigma
        to_sd[:terms, :terms] *= at.sigma
        to_sd[:terms, terms] = np.where(held, 0.0, theta * at.sigma)
        out = np.zeros((p + terms + 1,) * 2)
        out[:p, :p] = at.sigma**2 * np.linalg.inv(at.gram)
        out[p:, p:] = to_sd @ inverse @ to_sd.T
        return out


def gaussian_model(design: Design, reml: bool, solver: Solver = AUTO) -> GaussianModel:
    """Cross-products Z'WX, Z'Wy, X'WX ... of a design, computed once."""
    pattern, Z = curvature_pattern(design, solver), design.Z
    X, cell, weight, y = design.fixed.X, design.fixed.cell, design.weight, design.y_less_offset
    p = X.shape[1]
    ZtWXy = np.empty((pattern.size, p + 1))
    for j in range(p + 1):
        column = y if j == p else X[cell, j]
        ZtWXy[:, j] = kernels.sum_by_effects(pattern.index, cell, Z, weight * column, pattern.size)
    counts = np.bincount(cell, weights=weight, minlength=len(X))
    sums = np.bincount(cell, weights=weight * y, minlength=len(X))
    gram = np.empty((p + 1, p + 1))
    gram[:p, :p] = X.T @ (counts[:, None] * X)
    gram[:p, p] = gram[p, :p] = X.T @ sums
    gram[p, p] = (weight * y) @ y
    return GaussianModel(design, pattern, pairs_of(design), Z, ZtWXy, gram, float(weight.sum()), reml, np.arange(p))
