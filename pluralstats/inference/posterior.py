"""The Gaussian approximation around a mode: standard errors, intervals and draws (METHODS section 2).

Parameters theta = (tau_1, log gaps, b, sd, [log residual sd]) are normal around the mode; given theta the
standardised random effects are normal with mean v^ + (dv^/dtheta)(theta - theta^) and covariance H^-1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from pluralstats.inference.arrow import Factor

WELL_DETERMINED = 0.4  # a standard deviation this precise (se / estimate) is drawn on the log scale
DRAWS_AT_ONCE = 128


class Samples(NamedTuple):
    """Posterior draws.

    Thresholds (S, K-1), coefficients (S, p), sds (S, T), residual sd (S,) or None, effects T x (S, q_t).
    """

    threshold: np.ndarray
    coefficient: np.ndarray
    sd: np.ndarray
    residual_sd: np.ndarray | None
    effects: tuple[np.ndarray, ...]


class Interval(NamedTuple):
    """Estimate, standard error and interval ends, each (P,)."""

    estimate: np.ndarray
    se: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class LaplacePosterior:
    """A mode and the curvature around it.

    Attributes
    ----------
    mode, covariance : (P,), (P, P)
    n_thresholds, n_coefficients, n_terms : how theta is laid out; a last entry is the log residual sd if gaussian
    v : (q,) standardised random effects at the mode
    moves : (q, P) d v^ / d theta
    factor : the curvature of v at the mode
    """

    mode: np.ndarray
    covariance: np.ndarray
    n_thresholds: int
    n_coefficients: int
    n_terms: int
    v: np.ndarray
    moves: np.ndarray
    factor: Factor

    @property
    def se(self) -> np.ndarray:
        """(P,) standard errors of theta."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance), 0.0))

    @property
    def sd_slice(self) -> slice:
        start = self.n_thresholds + self.n_coefficients
        return slice(start, start + self.n_terms)

    @property
    def coefficient_slice(self) -> slice:
        return slice(self.n_thresholds, self.n_thresholds + self.n_coefficients)

    def thresholds(self, prob: float) -> Interval:
        """Thresholds with delta-method standard errors."""
        k = self.n_thresholds
        if k == 0:
            return Interval(*[np.empty(0)] * 4)
        gaps = np.exp(self.mode[1:k])
        jacobian = np.tril(np.ones((k, k)))
        jacobian[:, 1:] *= gaps
        se = np.sqrt(np.diagonal(jacobian @ self.covariance[:k, :k] @ jacobian.T))
        return _wald(jacobian[:, :1] @ self.mode[:1] + jacobian[:, 1:].sum(axis=1), se, prob)

    def coefficients(self, prob: float) -> Interval:
        """Coefficients on the latent scale (gaussian: in rating points)."""
        return _wald(self.mode[self.coefficient_slice], self.se[self.coefficient_slice], prob)

    def sds(self, prob: float) -> Interval:
        """Standard deviations of the random terms: symmetric on the log scale where that is well determined."""
        estimate, se = np.abs(self.mode[self.sd_slice]), self.se[self.sd_slice]
        plain = _wald(estimate, se, prob)
        sure = _log_scale(estimate, se)
        factor = np.exp(norm.ppf(0.5 + prob / 2.0) * np.divide(se, estimate, out=np.zeros_like(se), where=sure))
        lower = np.where(sure, estimate / factor, np.maximum(plain.lower, 0.0))
        return Interval(estimate, se, lower, np.where(sure, estimate * factor, plain.upper))

    def residual_sd(self, prob: float) -> Interval:
        """The residual standard deviation of the gaussian family, in rating points."""
        at, se = self.mode[-1:], self.se[-1:]
        wald = _wald(at, se, prob)
        return Interval(np.exp(at), se * np.exp(at), np.exp(wald.lower), np.exp(wald.upper))

    def effects(self) -> tuple[np.ndarray, np.ndarray]:
        """(q,) modes of the random effects on the latent scale and their posterior sds, parameters' doubt included."""
        spread = self.factor.pattern.spread(self.mode[self.sd_slice])
        change = spread[:, None] * self.moves
        for t, level in enumerate(self.factor.pattern.slices):
            change[level, self.sd_slice.start + t] += self.v[level]
        variance = spread**2 * self.factor.diagonal() + np.einsum(
            "qp,pr,qr->q", change, self.covariance, change, optimize=True
        )
        return spread * self.v, np.sqrt(variance)

    def draw(self, n: int, seed: int) -> Samples:
        """``n`` joint draws; the same seed gives the same numbers.

        A standard deviation that is hardly known is drawn on its own scale, where the likelihood is even around
        zero, and its size is kept: an estimate on the boundary gets an honest interval.
        """
        rng = np.random.default_rng(seed)
        deviations = rng.standard_normal((n, self.mode.size)) @ _root(self.covariance).T
        k = self.n_thresholds
        gaps = np.exp(self.mode[1:k] + deviations[:, 1:k])
        threshold = self.mode[:1] + deviations[:, :1] + np.column_stack([np.zeros(n), np.cumsum(gaps, axis=1)])
        sd = self._drawn_sds(deviations[:, self.sd_slice])
        last = self.sd_slice.stop
        residual = np.exp(self.mode[last] + deviations[:, last]) if self.mode.size > last else None
        coefficient = self.mode[self.coefficient_slice] + deviations[:, self.coefficient_slice]
        effects = self._drawn_effects(deviations, sd, rng)
        return Samples(threshold[:, :k], coefficient, np.abs(sd), residual, effects)

    def _drawn_sds(self, deviations: np.ndarray) -> np.ndarray:
        at, se = self.mode[self.sd_slice], self.se[self.sd_slice]
        sure = _log_scale(np.abs(at), se)
        relative = np.divide(deviations, at, out=np.zeros_like(deviations), where=sure & (at != 0.0))
        return np.where(sure, at * np.exp(relative), at + deviations)

    def _drawn_effects(
        self, deviations: np.ndarray, sd: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """A tuple of (S, q_t), drawn a block of draws at a time so that temporaries stay small."""
        slices = self.factor.pattern.slices
        out = tuple(np.empty((len(sd), level.stop - level.start)) for level in slices)
        for start in range(0, len(sd), DRAWS_AT_ONCE):
            block = slice(start, min(start + DRAWS_AT_ONCE, len(sd)))
            noise = rng.standard_normal((self.v.size, block.stop - block.start))
            v = self.v[:, None] + self.moves @ deviations[block].T + self.factor.draw(noise)
            for t, (effects, level) in enumerate(zip(out, slices, strict=True)):
                effects[block] = (v[level] * sd[block, t]).T
        return out


def _log_scale(estimate: np.ndarray, se: np.ndarray) -> np.ndarray:
    """(T,) whether a standard deviation is far enough from zero to be normal on the log scale."""
    return se < WELL_DETERMINED * estimate


def _wald(estimate: np.ndarray, se: np.ndarray, prob: float) -> Interval:
    half = norm.ppf(0.5 + prob / 2.0) * se
    return Interval(estimate, se, estimate - half, estimate + half)


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix whose product with its transpose is the covariance, which may be singular."""
    if not np.isfinite(covariance).all():
        return np.full_like(covariance, np.nan)
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
