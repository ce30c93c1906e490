"""The marginal likelihood of the cumulative model by Laplace's method, with its exact gradient (METHODS section 2).

Unknowns theta = (tau_1, log gaps, b, entries of Lambda) and standardised random effects v, u = Lambda v
(``covariance_roots``; Lambda is the sd of a random intercept). For given theta, v^ is the mode of
log p(y | v) - v'v / 2, H its curvature, and

    f(theta) = log p(y | v^) - v^'v^ / 2 - log det H / 2

is the estimator of ``ordinal::clmm`` and ``lme4::glmer`` with nAGQ = 1. Standard deviations may pass through zero:
f is even and smooth in each of them, so a variance on the boundary is an ordinary stationary point. A row's loadings
l are what its standardised effects are multiplied by, its multipliers times Lambda.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import Factor, Pattern, build_pattern, factorise
from pluralstats.inference.elimination.roots import Pairs, entries_of, pairs_of, root_of
from pluralstats.inference.kernels import rows as kernels
from pluralstats.model.design import Design
from pluralstats.model.families.family import Derivatives, Thresholds

INNER_TOLERANCE = 1e-15  # squared length of the last Newton step on v, in posterior sds
MAX_INNER = 100


class Parts(NamedTuple):
    """theta taken apart: thresholds (K-1,), coefficients (p,), root Lambda (T, T), loadings (n_cells, T)."""

    tau: np.ndarray
    b: np.ndarray
    root: np.ndarray
    loading: np.ndarray


class Mode(NamedTuple):
    """The random effects' mode for one theta, and the row quantities there."""

    v: np.ndarray
    eta: np.ndarray
    loglik: float
    score: np.ndarray
    curvature: np.ndarray
    factor: Factor


class Evaluation(NamedTuple):
    """f, its gradient (P,) and the mode they belong to."""

    value: float
    gradient: np.ndarray
    mode: Mode


@dataclass(frozen=True)
class CumulativeModel:
    """A cumulative (or, with two categories, bernoulli) model of one design."""

    design: Design
    pattern: Pattern
    pairs: Pairs
    Z: np.ndarray  # (n_cells, T) multipliers
    of_family: Thresholds

    @property
    def n_thresholds(self) -> int:
        return self.design.categories.size - 1

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
        tau = theta[0] + np.concatenate([[0.0], np.cumsum(np.exp(theta[1:k]))])
        root = root_of(theta[first:], self.pairs)
        return Parts(tau, theta[k:first], root, self.Z @ root)

    def threshold_jacobian(self, theta: np.ndarray) -> np.ndarray:
        """(K - 1, K - 1) d tau / d (tau_1, log gaps)."""
        k = self.n_thresholds
        jacobian = np.tril(np.ones((k, k)))
        jacobian[:, 1:] *= np.exp(theta[1:k])
        return jacobian

    def start(self) -> np.ndarray:
        """Thresholds from the observed shares, no effects, standard deviations of a plausible size, uncorrelated."""
        from_shares = self.of_family.at_shares(_cumulative_shares(self.design))
        sd = np.full(len(self.design.groupings), self.design.family.first_sd)
        residual = self.design.family.noise
        tau = from_shares * np.sqrt(1.0 + (sd**2).sum() / residual**2)
        gaps = np.log(np.maximum(np.diff(tau), 1e-3))
        nothing = np.zeros(self.design.fixed.X.shape[1]), np.zeros(self.pairs.row.size)
        return np.concatenate([tau[:1], gaps, nothing[0], sd, nothing[1]])

    def find_mode(self, parts: Parts, v: np.ndarray) -> Mode:
        """Newton's method for v from a starting value; the log posterior is concave, so halving always ends it."""
        fixed = self.design.fixed.X @ parts.b
        here = self._rows(fixed, parts, v)
        for _ in range(MAX_INNER):
            eta, loglik, score, curvature = here
            slope = self.by_effects(parts, score) - v
            factor = factorise(self.pattern, curvature, parts.loading)
            step = factor.solve(slope)
            if slope @ step < INNER_TOLERANCE:
                return Mode(v, eta, loglik, score, curvature, factor)
            v, here = self._advance(fixed, parts, v, step, loglik)
        raise FitError("The mode of the random effects was not found; the ratings or weights are extreme.")

    def _rows(self, fixed: np.ndarray, parts: Parts, v: np.ndarray) -> tuple:
        design = self.design
        eta, score, curvature = np.empty(design.n), np.empty(design.n), np.empty(design.n)
        kernels.linear_predictor(fixed, design.fixed.cell, self.pattern.index, parts.loading, v, eta)
        loglik = self.of_family.scores(design.y, design.weight, eta, parts.tau, score, curvature)
        return eta, loglik, score, curvature

    def _advance(self, fixed: np.ndarray, parts: Parts, v: np.ndarray, step: np.ndarray, loglik: float) -> tuple:
        """The Newton step, halved until the log posterior does not fall."""
        before = loglik - 0.5 * v @ v
        for halving in range(30):
            moved = v + 0.5**halving * step
            rows = self._rows(fixed, parts, moved)
            if rows[1] - 0.5 * moved @ moved >= before - 1e-9 * abs(before):
                return moved, rows
        raise FitError("The mode of the random effects was not found; the ratings or weights are extreme.")

    def evaluate(self, theta: np.ndarray, v: np.ndarray) -> Evaluation:
        """f and its gradient at theta; ``v`` (q,) is where the search for the mode begins."""
        parts = self.parts(theta)
        mode = self.find_mode(parts, v)
        value = mode.loglik - 0.5 * mode.v @ mode.v - 0.5 * mode.factor.log_determinant
        return Evaluation(value, self._gradient(theta, parts, mode), mode)

    def derivatives(self, parts: Parts, mode: Mode) -> Derivatives:
        """Of the rows, in eta and in thresholds."""
        return self.of_family.derivatives(self.design.y, self.design.weight, mode.eta, parts.tau)

    def _gradient(self, theta: np.ndarray, parts: Parts, mode: Mode) -> np.ndarray:
        """df/dtheta, with the dependence of v^ on theta through one extra solve.

        Rows: q = l'H^-1 l is the posterior variance of eta; ``shift`` is l's for the solve s; a unit shift of
        eta in row i moves log det H by ``pull`` in total, directly and through v^. A loading moves eta, its own share
        of H, and the slope in v.
        """
        rows = self.derivatives(parts, mode)
        touched = mode.factor.over_rows()
        q = np.einsum("it,it->i", touched, parts.loading[self.pattern.cell])
        skew = rows.skew
        solved = mode.factor.solve(self.by_effects(parts, skew * q))
        shift = self._along(parts, solved)
        pull = skew * q - mode.curvature * shift
        total = mode.score - 0.5 * pull
        d_tau = rows.gradient(q, shift)
        d_b = self.by_cell(total) @ self.design.fixed.X
        index, cell, to_loading = self.pattern.index, self.pattern.cell, np.zeros_like(parts.loading)
        kernels.sum_by_loadings(index, cell, total, mode.v, to_loading)
        kernels.sum_by_loadings(index, cell, -0.5 * mode.score, solved, to_loading)
        kernels.sum_by_cells(cell, touched, -mode.curvature, to_loading)
        d_root = entries_of(self.Z.T @ to_loading, self.pairs)
        return np.concatenate([d_tau @ self.threshold_jacobian(theta), d_b, d_root])

    def by_effects(self, parts: Parts, rows: np.ndarray) -> np.ndarray:
        """(q,) sums of a row quantity times its loadings."""
        return kernels.sum_by_effects(self.pattern.index, self.pattern.cell, parts.loading, rows, self.pattern.size)

    def by_cell(self, rows: np.ndarray) -> np.ndarray:
        """(n_cells,) sums over the rows of each cell."""
        return kernels.sum_by_level(self.design.fixed.cell, rows, self.design.fixed.X.shape[0])

    def _along(self, parts: Parts, v: np.ndarray) -> np.ndarray:
        """(n,) l'v for each row."""
        out = np.empty(self.design.n)
        zero = np.zeros(self.design.fixed.X.shape[0])
        kernels.linear_predictor(zero, self.design.fixed.cell, self.pattern.index, parts.loading, v, out)
        return out


def cumulative_model(design: Design) -> CumulativeModel:
    """The model of a design of ordered answers, with at least two categories in use."""
    assert design.family.thresholds is not None
    return CumulativeModel(design, build_pattern(design), pairs_of(design), design.Z, design.family.thresholds)


def _cumulative_shares(design: Design) -> np.ndarray:
    """(K - 1,) weighted shares of ratings at or below each category but the last."""
    counts = np.bincount(design.y, weights=design.weight, minlength=design.categories.size)
    return (np.cumsum(counts)[:-1] + 0.5) / (counts.sum() + 1.0)
