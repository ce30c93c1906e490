"""The Gaussian approximation around a mode: standard errors, intervals and draws (METHODS section 2).

Parameters theta = (tau_1, log gaps, b, entries of Lambda, [log residual sd]) are normal around the mode, a diagonal
entry (the sd of a random intercept) on the log scale; given theta the standardised random effects are
normal with mean v^ + (dv^/dtheta)(theta - theta^) and covariance
H^-1. An sd close to zero is not normal on any scale: it follows its profile likelihood, and everything else is drawn
given its value.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pluralstats.inference.arrow import Factor
from pluralstats.inference.covariance_roots import (
    Pairs,
    by_block,
    correlations_of,
    entry_places,
    root_of,
    sds_of,
    times,
)
from pluralstats.inference.few_raters import FewRaters
from pluralstats.inference.intervals import Interval
from pluralstats.inference.root_intervals import correlation_interval, sd_interval
from pluralstats.inference.samples import Samples, shuffled
from pluralstats.inference.sd_law import SdLaw

WELL_DETERMINED = 0.4  # se / estimate up to which the log of an sd is taken as normal
DRAWS_AT_ONCE = 128


class Leaf(NamedTuple):
    """A part of the posterior: everything given that the badly known sds lie between two of their quantiles.

    ``between`` (terms with a law, 2) probabilities, ``posterior`` the rest with those sds held.
    """

    between: np.ndarray
    posterior: "LaplacePosterior"


@dataclass(frozen=True)
class LaplacePosterior:
    """A mode and the curvature around it.

    Attributes
    ----------
    mode, covariance : (P,), (P, P)
    n_thresholds, n_coefficients : how theta is laid out; a last entry is the log residual sd if gaussian
    pairs : the entries of Lambda below the diagonal
    v : (q,) standardised random effects at the mode
    moves : (q, P) d v^ / d theta
    factor : the curvature of v at the mode
    flat : (P,) parameters that the data do not determine; they have no standard error and are held in draws
    laws : T entries, the law of an sd that no normal distribution describes, or None
    leaves : equally likely parts to draw from when there are laws, else empty
    log_sds : every sd is normal on the log scale, as under a prior that keeps it from 0
    prior_weights : T entries, the design weights (q_t,) of raters that effects are divided by the roots of, or None
    design_effects : (p,) what design weights multiply the variances of coefficients by, or None; see ``sandwich``
    few : what widens the uncertainty about few raters, or None
    """

    mode: np.ndarray
    covariance: np.ndarray
    n_thresholds: int
    n_coefficients: int
    pairs: Pairs
    v: np.ndarray
    moves: np.ndarray
    factor: Factor
    flat: np.ndarray
    laws: tuple[SdLaw | None, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    log_sds: bool = False
    prior_weights: tuple[np.ndarray | None, ...] = ()
    design_effects: np.ndarray | None = None
    few: FewRaters | None = None

    @property
    def flat_coefficients(self) -> np.ndarray:
        """(p,) coefficients without a finite estimate, as those of a level rated at one end of the scale only."""
        return self.flat[self.coefficient_slice]

    @property
    def se(self) -> np.ndarray:
        """(P,) standard errors of theta; missing where the likelihood is flat."""
        return np.where(self.flat, np.nan, np.sqrt(np.maximum(np.diagonal(self.covariance), 0.0)))

    @property
    def n_terms(self) -> int:
        return len(self.factor.pattern.slices)

    @property
    def sd_slice(self) -> slice:
        """The diagonal entries of Lambda, sds of random intercepts."""
        start = self.n_thresholds + self.n_coefficients
        return slice(start, start + self.n_terms)

    @property
    def entry_slice(self) -> slice:
        """All entries of Lambda."""
        return slice(self.sd_slice.start, self.sd_slice.stop + self.pairs.row.size)

    @property
    def root(self) -> np.ndarray:
        """(T, T) Lambda at the mode."""
        return root_of(self.mode[self.entry_slice], self.pairs)

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
        se, wide = (
            np.where(
                np.tril(jacobian != 0.0) @ self.flat[:k],
                np.nan,
                np.sqrt(np.diagonal(jacobian @ covariance[:k, :k] @ jacobian.T)),
            )
            for covariance in (self.covariance, self._wide_covariance(prob))
        )
        return _wald(jacobian[:, :1] @ self.mode[:1] + jacobian[:, 1:].sum(axis=1), se, prob, wide)

    def coefficients(self, prob: float) -> Interval:
        """Coefficients on the latent scale (gaussian: in rating points)."""
        at = self.coefficient_slice
        wide = np.sqrt(np.maximum(np.diagonal(self._wide_covariance(prob)), 0.0))
        return _wald(self.mode[at], self.se[at], prob, np.where(self.flat, np.nan, wide)[at])

    def _wide_covariance(self, prob: float) -> np.ndarray:
        """(P, P) covariance for intervals; standard errors are without what few raters add."""
        return self.covariance if self.few is None else self.few.covariance(self.covariance, prob)

    def sds(self, prob: float) -> Interval:
        """Standard deviations of the random effects: normal on the log scale, or by their profile likelihood."""
        at = sd_interval(self.root, *self._entries, self.pairs, prob)
        for t, law in enumerate(self.laws):
            if law is not None:
                at.lower[t] = 0.0 if law.from_zero else law.quantile(0.5 - prob / 2.0)
                at.upper[t] = np.inf if law.open else max(law.quantile(0.5 + prob / 2.0), at.estimate[t])
                at.se[t] = law.spread
        return at

    def correlations(self, prob: float) -> Interval:
        """Correlations of the effects of a term, (W,): normal after Fisher's transformation."""
        return correlation_interval(self.root, *self._entries, self.pairs, prob)

    @property
    def _entries(self) -> tuple[np.ndarray, np.ndarray]:
        """Covariance of the entries of Lambda, and which of them have no estimate."""
        at = self.entry_slice
        return self.covariance[at, at], self.flat[at]

    def residual_sd(self, prob: float) -> Interval:
        """The residual standard deviation of the gaussian family, in rating points."""
        at, se = self.mode[-1:], self.se[-1:]
        wald = _wald(at, se, prob)
        return Interval(np.exp(at), se * np.exp(at), np.exp(wald.lower), np.exp(wald.upper))

    def effects(self) -> tuple[np.ndarray, np.ndarray]:
        """(q,) modes of the random effects on the latent scale and their posterior sds, parameters' doubt included."""
        pattern, root = self.factor.pattern, self.root
        change = times(root, self.moves, pattern)
        for j, (a, b) in enumerate(entry_places(self.n_terms, self.pairs), start=self.sd_slice.start):
            change[pattern.slices[a], j] += self.v[pattern.slices[b]]
        given = [
            np.einsum("ab,lbc,ac->al", root[block, block], covariance, root[block, block]).ravel()
            for block, covariance in zip(pattern.blocks, self.factor.level_covariances(), strict=True)
        ]
        variance = np.concatenate([np.empty(0), *given])
        variance = variance + np.einsum("qp,pr,qr->q", change, self.covariance, change, optimize=True)
        shrunk = self._shrunk()
        # at a singular covariance of the parameters a variance of nothing may come out as -1e-20
        return times(root, self.v, pattern) / shrunk, np.sqrt(np.maximum(variance, 0.0)) / shrunk

    def _shrunk(self) -> np.ndarray:
        """(q,) the root of the design weight of each effect's rater, 1 without."""
        out = np.ones(self.v.size)
        for weight, level in zip(self.prior_weights, self.factor.pattern.slices, strict=False):
            out[level] = 1.0 if weight is None else np.sqrt(weight)
        return out

    def draw(self, n: int, seed: int) -> Samples:
        """``n`` joint draws; the same seed gives the same numbers.

        Where an sd has a law of its own, draws are spread evenly over the leaves, each with the mode and the
        curvature that belong to its value of the sd.
        """
        rng = np.random.default_rng(seed)
        if not self.leaves:
            return self._normal_draws(n, {}, rng)
        laws = {t: law for t, law in enumerate(self.laws) if law is not None}
        parts = []
        for leaf, size in zip(self.leaves, _even_shares(n, len(self.leaves)), strict=True):
            uniform = rng.uniform(leaf.between[:, 0], leaf.between[:, 1], (size, len(laws)))
            held = {t: law.quantile(uniform[:, j]) for j, (t, law) in enumerate(laws.items())}
            parts.append(leaf.posterior._normal_draws(size, held, rng))
        return shuffled(parts, rng.permutation(n))

    def _normal_draws(self, n: int, held: dict[int, np.ndarray], rng: np.random.Generator) -> Samples:
        """Draws of everything else given the sds in ``held`` (term -> (n,))."""
        deviations = rng.standard_normal((n, self.mode.size)) @ _root(self.covariance).T
        if self.few is not None:
            deviations = self.few.widened(deviations, rng)
        first = self.sd_slice.start
        for t, values in held.items():
            deviations[:, first + t] = values - self.mode[first + t]
        entries = self._drawn_entries(deviations[:, self.entry_slice])
        for t, values in held.items():
            entries[:, t] = values
        root = root_of(entries, self.pairs)
        k, last = self.n_thresholds, self.entry_slice.stop
        gaps = np.exp(self.mode[1:k] + deviations[:, 1:k])
        threshold = self.mode[:1] + deviations[:, :1] + np.column_stack([np.zeros(n), np.cumsum(gaps, axis=1)])
        residual = np.exp(self.mode[last] + deviations[:, last]) if self.mode.size > last else None
        coefficient = self.mode[self.coefficient_slice] + deviations[:, self.coefficient_slice]
        effects = self._drawn_effects(deviations, root, rng)
        correlation = correlations_of(root, self.pairs)
        return Samples(threshold[:, :k], coefficient, sds_of(root), residual, effects, correlation)

    def _drawn_entries(self, deviations: np.ndarray) -> np.ndarray:
        """(n, T + W) entries of Lambda. Diagonal ones are normal on the log scale; on their own scale, through zero,
        where a leaf has pushed one there."""
        at, se = self.mode[self.entry_slice], self.se[self.entry_slice]
        diagonal = np.arange(at.size) < self.n_terms
        sure = diagonal & ((se < WELL_DETERMINED * np.abs(at)) | self.log_sds)
        relative = np.divide(deviations, at, out=np.zeros_like(deviations), where=sure)
        return np.where(sure, at * np.exp(relative), at + deviations)

    def _drawn_effects(
        self, deviations: np.ndarray, root: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """A tuple of (S, q_t), drawn a block of draws at a time so that temporaries stay small."""
        pattern, shrunk = self.factor.pattern, self._shrunk()
        out = tuple(np.empty((len(root), level.stop - level.start)) for level in pattern.slices)
        for start in range(0, len(root), DRAWS_AT_ONCE):
            block = slice(start, min(start + DRAWS_AT_ONCE, len(root)))
            noise = rng.standard_normal((self.v.size, block.stop - block.start))
            v = self.v[:, None] + self.moves @ deviations[block].T + self.factor.draw(noise)
            for term, part in zip(pattern.blocks, by_block(v, pattern), strict=True):
                effects = np.einsum("sab,bls->asl", root[block, term, term], part)
                for t, values in zip(range(term.start, term.stop), effects, strict=True):
                    out[t][block] = values / shrunk[pattern.slices[t]]
        return out


def _even_shares(n: int, parts: int) -> np.ndarray:
    """``parts`` whole numbers that differ by at most one and sum to n."""
    return np.diff(np.linspace(0, n, parts + 1).astype(int))


def _wald(estimate: np.ndarray, se: np.ndarray, prob: float, wide: np.ndarray | None = None) -> Interval:
    """Normal intervals, ``wide`` instead of ``se`` where that is given."""
    half = ndtri(0.5 + prob / 2.0) * (se if wide is None else wide)
    return Interval(estimate, se, estimate - half, estimate + half)


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix whose product with its transpose is the covariance, which may be singular."""
    if not np.isfinite(covariance).all():
        return np.full_like(covariance, np.nan)
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))
