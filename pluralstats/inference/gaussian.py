"""The exact likelihood of the gaussian mixed model, ML or REML (Bates et al. 2015, J. Stat. Softw. 67(1), section 3).

y = X b + Z S w + e with w ~ N(0, sigma^2), e ~ N(0, sigma^2 / weight), S the ratios theta_t = sd_t / sigma. For
given theta, b and sigma have closed forms, so only theta is searched for, with the exact gradient.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from pluralstats.inference import kernels
from pluralstats.inference.arrow import CrossProducts, Factor, Pattern, build_pattern, cross_products
from pluralstats.model.design import Design


class Solution(NamedTuple):
    """Everything that follows from one theta.

    ``F`` (q, p) is H^-1 S Z'WX, ``w`` (q,) the random effects over their sd ratios, ``gram`` (p, p) is X'V^-1 X
    times sigma^2, ``residual`` (n,) is y minus the fitted values, ``rss`` the penalised residual sum of squares.
    """

    b: np.ndarray
    sigma: float
    w: np.ndarray
    F: np.ndarray
    gram: np.ndarray
    residual: np.ndarray
    rss: float
    factor: Factor
    loglik: float


@dataclass(frozen=True)
class GaussianModel:
    """Cross-products of one design, computed once."""

    design: Design
    pattern: Pattern
    products: CrossProducts
    ZtWXy: np.ndarray  # (q, p + 1)
    XyWXy: np.ndarray  # (p + 1, p + 1)
    n: float  # sum of the frequency weights
    reml: bool

    @property
    def freedom(self) -> float:
        """n for ML, n - p for REML."""
        return self.n - (self.design.fixed.X.shape[1] if self.reml else 0)

    def start(self) -> np.ndarray:
        """Ratios of a plausible size."""
        return np.full(len(self.design.groupings), 0.6)

    def solve(self, theta: np.ndarray) -> Solution:
        """b, sigma and w for given ratios, by one factorisation."""
        p = self.design.fixed.X.shape[1]
        factor = self.products.factorise(theta)
        right = self.pattern.spread(theta)[:, None] * self.ZtWXy
        solved = factor.solve(right)
        schur = self.XyWXy - right.T @ solved
        gram, rhs = schur[:p, :p], schur[:p, p]
        cholesky = cho_factor(gram, lower=True) if p else (gram, True)
        b = cho_solve(cholesky, rhs) if p else rhs
        rss = max(float(schur[p, p] - rhs @ b), 1e-300)
        w = solved[:, p] - solved[:, :p] @ b
        sigma2 = rss / self.freedom
        deviance = factor.log_determinant + self.freedom * (1.0 + np.log(2.0 * np.pi * sigma2))
        if self.reml and p:
            deviance += 2.0 * np.log(np.diagonal(cholesky[0])).sum()
        residual = self.design.y - self._fitted(theta, b, w)
        return Solution(b, np.sqrt(sigma2), w, solved[:, :p], gram, residual, rss, factor, -0.5 * deviance)

    def _fitted(self, theta: np.ndarray, b: np.ndarray, w: np.ndarray) -> np.ndarray:
        out = np.empty(self.design.n)
        fixed = self.design.fixed.X @ b
        kernels.linear_predictor(fixed, self.design.fixed.cell, self.pattern.index, theta, w, out)
        return out

    def gradient(self, theta: np.ndarray, at: Solution, sigma: float | None = None) -> np.ndarray:
        """(T,) derivative of the log-likelihood in theta, at the best residual sd or at a given one.

        log det H: 2 / theta_t times the trace of 1 - H^-1 over term t (0 at 0, where H is even); the residual sum
        of squares by the envelope theorem; for REML also log det of ``gram``, whose derivative is
        -2 sym F_t'Z_t'W(X - Z S F).
        """
        weight, slices = self.design.weight, self.pattern.slices
        learnt = 1.0 - at.factor.diagonal()
        traces = 2.0 * np.array([learnt[s].sum() for s in slices])
        log_det = np.divide(traces, theta, out=np.zeros_like(theta), where=theta != 0.0)
        score = self._by_terms(weight * at.residual)
        rss = np.array([-2.0 * at.w[s] @ score[s] for s in slices])
        precision = self.freedom / at.rss if sigma is None else 1.0 / sigma**2
        out = -0.5 * (log_det + precision * rss)
        if self.reml and at.b.size:
            U = np.stack([self._by_terms(weight * self._residualised(theta, at, j)) for j in range(at.b.size)], axis=1)
            inverse = np.linalg.inv(at.gram)
            out += np.array([np.sum(inverse * (at.F[s].T @ U[s])) for s in slices])
        return out

    def _residualised(self, theta: np.ndarray, at: Solution, j: int) -> np.ndarray:
        """(n,) column j of X - Z S F."""
        cell = self.design.fixed.cell
        return self.design.fixed.X[cell, j] - self._fitted(theta, np.zeros(at.b.size), at.F[:, j])

    def _by_terms(self, rows: np.ndarray) -> np.ndarray:
        return kernels.sum_by_terms(self.pattern.index, rows, self.pattern.size)

    def approximate_information(self, theta: np.ndarray, at: Solution) -> np.ndarray:
        """(T, T) diagonal stand-in for the curvature in theta, to steer the search."""
        learnt = 1.0 - at.factor.diagonal()
        effective = np.array([(learnt[s] ** 2).sum() for s in self.pattern.slices])
        return np.diag(np.maximum(2.0 * effective / np.maximum(theta**2, 1e-3), 1.0))

    def implicit_derivative(self, theta: np.ndarray, at: Solution) -> np.ndarray:
        """(q, p + T + 1) d v^ / d (b, sd_1 .. sd_T, log sigma) of the standardised effects v = w / sigma."""
        weight, spread = self.design.weight, self.pattern.spread(theta)
        score = self._by_terms(weight * at.residual)
        right = np.zeros((self.pattern.size, theta.size))
        for t, level in enumerate(self.pattern.slices):
            right[:, t] = -spread * self._by_terms(weight * at.w[self.pattern.index[:, t]])
            right[level, t] += score[level]
        d_theta = at.factor.solve(right)
        d_log_sigma = -(at.w + d_theta @ theta) / at.sigma
        return np.column_stack([-at.F / at.sigma, d_theta / at.sigma**2, d_log_sigma])

    def covariance(self, theta: np.ndarray, at: Solution, information: np.ndarray, held: np.ndarray) -> np.ndarray:
        """(P, P) covariance of (b, sd_1 .. sd_T, log sigma) from the observed information.

        ``information`` (T, T) is minus the Hessian of the profiled log-likelihood; sigma is put back analytically.
        As in lme4, b is given the covariance it has at the estimated variances. Ratios that are ``held`` (T,) bool
        have variance zero.
        """
        terms, p = theta.size, at.b.size
        free = np.append(~held, True)
        score = self._by_terms(self.design.weight * at.residual)
        cross = 2.0 * np.array([at.w[s] @ score[s] for s in self.pattern.slices]) / at.sigma**2
        full = np.zeros((terms + 1,) * 2)
        full[:terms, :terms] = information + np.outer(cross, cross) / (2.0 * self.freedom)
        full[:terms, terms] = full[terms, :terms] = cross
        full[terms, terms] = 2.0 * self.freedom
        inverse = np.zeros_like(full)
        inverse[np.ix_(free, free)] = np.linalg.inv(full[np.ix_(free, free)])
        to_sd = np.eye(terms + 1)  # sd_t = theta_t sigma
        to_sd[:terms, :terms] *= at.sigma
        to_sd[:terms, terms] = np.where(held, 0.0, theta * at.sigma)
        out = np.zeros((p + terms + 1,) * 2)
        out[:p, :p] = at.sigma**2 * np.linalg.inv(at.gram)
        out[p:, p:] = to_sd @ inverse @ to_sd.T
        return out


def gaussian_model(design: Design, reml: bool) -> GaussianModel:
    """Cross-products Z'WZ, Z'WX, Z'Wy, X'WX ... of a design, the only passes over rows that b and sigma need."""
    pattern = build_pattern(design)
    X, cell, weight, y = design.fixed.X, design.fixed.cell, design.weight, design.y
    ZtWXy = np.empty((pattern.size, X.shape[1] + 1))
    for j in range(X.shape[1]):
        ZtWXy[:, j] = kernels.sum_by_terms(pattern.index, weight * X[cell, j], pattern.size)
    ZtWXy[:, -1] = kernels.sum_by_terms(pattern.index, weight * y, pattern.size)
    counts = np.bincount(cell, weights=weight, minlength=len(X))
    sums = np.bincount(cell, weights=weight * y, minlength=len(X))
    p = X.shape[1]
    gram = np.empty((p + 1, p + 1))
    gram[:p, :p] = X.T @ (counts[:, None] * X)
    gram[:p, p] = gram[p, :p] = X.T @ sums
    gram[p, p] = (weight * y) @ y
    products = cross_products(pattern, weight)
    return GaussianModel(design, pattern, products, ZtWXy, gram, float(weight.sum()), reml)
