"""The Gaussian approximation around a mode: standard errors, intervals and draws (METHODS section 2).

Parameters theta = (tau_1, log gaps, b, entries of Lambda, [log residual sd]) are normal around the mode, a diagonal
entry (the sd of a random intercept) on the log scale; given theta the standardised random effects are normal with mean
v^ + (dv^/dtheta)(theta - theta^) and covariance H^-1. An sd close to zero is not normal on any scale: it follows its
profile likelihood, and everything else is drawn given its value. All of it is in standard units (``standardise``);
tables and draws are put into those of the data one by one.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import (
    Pairs,
    correlations_of,
    root_of,
    sds_of,
    singular_root,
)
from pluralstats.inference.posterior.few_raters import FewRaters
from pluralstats.inference.posterior.intervals import (
    Interval,
    SdLaw,
    correlation_interval,
    drawn_entries,
    effect_moments,
    linear_se,
    sd_interval,
    wald,
)
from pluralstats.inference.posterior.samples import (
    DataUnits,
    Samples,
    drawn_effects,
    even_shares,
    in_data_units,
    scaled_rows,
    shuffled,
)
from pluralstats.inference.signs.one_sign import OneSign
from pluralstats.model.thresholds import ThresholdGroups

STEP_DRAWS = 4_000  # that intervals beside steps of one sign are read from
USUAL = 0.95  # probability at which steps have the width of Student's t


class Leaf(NamedTuple):
    """A part of the posterior: everything given that the badly known sds lie between two of their quantiles.

    ``between`` (terms with a law, 2) probabilities, ``posterior`` the rest with those sds held.
    """

    between: np.ndarray
    posterior: "LaplacePosterior"


@dataclass(frozen=True)
class LaplacePosterior:
    """A mode and the curvature around it, in standard units.

    Attributes
    ----------
    mode, covariance : (P,), (P, P)
    groups, n_coefficients : how theta is laid out, thresholds first; a last entry is the log residual sd if gaussian
    pairs : the entries of Lambda below the diagonal
    v : (q,) standardised random effects at the mode
    moves : (q, P) d v^ / d theta
    factor : the curvature of v at the mode
    flat : (P,) parameters that the data do not determine; they have no standard error and are held in draws
    laws : T entries, the law of an sd that no normal distribution describes, or None
    leaves : equally likely parts to draw from when there are laws, else empty
    log_sds : every sd is normal on the log scale, as under a prior that keeps it from 0
    units : the way to the units of the data
    design_effects : (p,) what design weights multiply the variances of coefficients by, or None; see ``sandwich``
    few : what widens the uncertainty about few raters, or None
    steps : the steps of monotonic effects, which have one sign, or None
    """

    mode: np.ndarray
    covariance: np.ndarray
    groups: ThresholdGroups
    n_coefficients: int
    pairs: Pairs
    v: np.ndarray
    moves: np.ndarray
    factor: Curvature
    flat: np.ndarray
    units: DataUnits
    laws: tuple[SdLaw | None, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    log_sds: bool = False
    design_effects: np.ndarray | None = None
    few: FewRaters | None = None
    steps: OneSign | None = None

    @property
    def n_thresholds(self) -> int:
        return self.groups.n_free

    @property
    def flat_coefficients(self) -> np.ndarray:
        """(p,) coefficients without a finite estimate, as those of a level rated at one end of the scale only."""
        return (self.units.coefficient != 0.0) @ self.flat[self.coefficient_slice]

    @property
    def flat_effects(self) -> np.ndarray:
        """(T,) groupings, in standard units, with an sd or correlation that the data do not determine.

        Such a number stands in one row of Lambda: effects and profiles without a part of that row need nothing of it.
        """
        entries = self.flat[self.entry_slice]
        out = entries[: self.n_terms].copy()
        out[self.pairs.row[entries[self.n_terms :]]] = True
        return out

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
        """(T, T) Lambda at the mode, in standard units."""
        return root_of(self.mode[self.entry_slice], self.pairs)

    @property
    def coefficient_slice(self) -> slice:
        return slice(self.n_thresholds, self.n_thresholds + self.n_coefficients)

    def thresholds(self, prob: float) -> Interval:
        """Thresholds with delta-method standard errors."""
        k, b = self.n_thresholds, self.coefficient_slice
        if k == 0:
            return Interval(*[np.empty(0)] * 4)
        jacobian = np.zeros((k, b.stop))
        jacobian[:, :k] = self.groups.jacobian(self.mode[:k])
        jacobian[:, b] = self.units.threshold
        at = self.groups.values(self.mode[:k]) + self.units.threshold @ self.mode[b]
        return self._with_steps(wald(at, *self._errors(jacobian, slice(0, b.stop), prob)), "threshold", prob)

    def coefficients(self, prob: float) -> Interval:
        """Coefficients on the latent scale (gaussian: in rating points)."""
        matrix, at = self.units.coefficient, self.coefficient_slice
        estimate = scaled_rows(self.mode[None, at], matrix)[0]
        if self.units.intercept >= 0:
            estimate[self.units.intercept] += self.units.y_shift
        return self._with_steps(wald(estimate, *self._errors(matrix, at, prob)), "coefficient", prob)

    def _with_steps(self, at: Interval, name: str, prob: float) -> Interval:
        """Intervals by draws where steps have one sign, which no normal distribution has; the estimate is inside."""
        if self.steps is None:
            return at
        values = getattr(self.draw(STEP_DRAWS, 1, effects=False), name)
        own = getattr(replace(self, few=None).draw(STEP_DRAWS, 1, effects=False), name)
        return at.by_draws(own.std(axis=0), values, prob)

    def _errors(self, matrix: np.ndarray, at: slice, prob: float) -> tuple[np.ndarray, float, np.ndarray]:
        """Standard errors of linear functions of some parameters, the probability, and the errors for intervals.

        The latter have what few raters add, the former do not.
        """
        wide = self.covariance if self.few is None else self.few.covariance(self.covariance, prob)
        se, wider = (linear_se(matrix, one[at, at], self.flat[at]) for one in (self.covariance, wide))
        return se, prob, wider

    def sds(self, prob: float) -> Interval:
        """Standard deviations of the random effects: normal on the log scale, or by their profile likelihood."""
        at = sd_interval(self.root, *self._entries, self.pairs, prob, self.units.effect)
        for t, law in enumerate(self.laws):
            if law is not None:
                unit = self.units.effect[t, t]
                at.lower[t] = 0.0 if law.from_zero else unit * law.quantile(0.5 - prob / 2.0)
                at.upper[t] = np.inf if law.open else max(unit * law.quantile(0.5 + prob / 2.0), at.estimate[t])
                at.se[t] = unit * law.spread
        return at

    def correlations(self, prob: float) -> Interval:
        """Correlations of the effects of a term, (W,): normal after Fisher's transformation."""
        return correlation_interval(self.root, *self._entries, self.pairs, prob, self.units.effect)

    @property
    def _entries(self) -> tuple[np.ndarray, np.ndarray]:
        """Covariance of the entries of Lambda, and which of them have no estimate."""
        at = self.entry_slice
        return self.covariance[at, at], self.flat[at]

    def residual_sd(self, prob: float) -> Interval:
        """The residual standard deviation of the gaussian family, in rating points."""
        at, se = self.mode[-1:], self.se[-1:]
        of_log = wald(at, se, prob)
        return Interval(np.exp(at), se * np.exp(at), np.exp(of_log.lower), np.exp(of_log.upper))

    def effects(self) -> tuple[np.ndarray, np.ndarray]:
        """(q,) modes of the random effects on the latent scale and their posterior sds, parameters' doubt included."""
        levels = self.factor.pattern.slices
        shrink = [np.broadcast_to(self.units.shrink(t), at.stop - at.start) for t, at in enumerate(levels)]
        shrunk = np.concatenate([np.empty(0), *shrink])
        at = (self.mode[self.entry_slice], self.covariance, self.sd_slice.start)
        mode, sd = effect_moments(*at, self.pairs, self.v, self.moves, self.factor, self.units.effect)
        return mode / shrunk, sd / shrunk

    def draw(self, n: int, seed: int, *, effects: bool = True) -> Samples:
        """``n`` joint draws; the same seed gives the same numbers, also without the random ``effects``.

        Where an sd has a law of its own, draws are spread evenly over the leaves, each with the mode and the
        curvature that belong to its value of the sd; there effects are drawn between those of two leaves, wanted or
        not.
        """
        rng = np.random.default_rng(seed)
        if not self.leaves:
            return self._of_data(*self._normal_draws(n, {}, rng, effects))
        laws = {t: law for t, law in enumerate(self.laws) if law is not None}
        parts, roots = [], []
        for leaf, size in zip(self.leaves, even_shares(n, len(self.leaves)), strict=True):
            uniform = rng.uniform(leaf.between[:, 0], leaf.between[:, 1], (size, len(laws)))
            held = {t: law.quantile(uniform[:, j]) for j, (t, law) in enumerate(laws.items())}
            part, root = leaf.posterior._normal_draws(size, held, rng)
            parts.append(part)
            roots.append(root)
        order = rng.permutation(n)
        return self._of_data(shuffled(parts, order), np.concatenate(roots)[order])

    def _of_data(self, at: Samples, root: np.ndarray) -> Samples:
        return in_data_units(self.units, at, root, self.pairs)

    def _normal_draws(
        self, n: int, held: dict[int, np.ndarray], rng: np.random.Generator, with_effects: bool = True
    ) -> tuple[Samples, np.ndarray]:
        """Draws of everything else given the sds in ``held`` (term -> (n,)), and the roots (n, T, T) behind them."""
        deviations = rng.standard_normal((n, self.mode.size)) @ singular_root(self.covariance).T
        if self.few is not None:
            deviations = self.few.widened(deviations, rng)
        first = self.sd_slice.start
        for t, values in held.items():
            deviations[:, first + t] = values - self.mode[first + t]
        if self.steps is not None:
            wide = self.covariance if self.few is None else self.few.covariance(self.covariance, USUAL)
            deviations = self.steps.moved(deviations, self.mode, wide, rng)
        at, se = self.mode[self.entry_slice], self.se[self.entry_slice]
        entries = drawn_entries(at, se, self.n_terms, self.log_sds, deviations[:, self.entry_slice])
        for t, values in held.items():
            entries[:, t] = values
        root = root_of(entries, self.pairs)
        k, last = self.n_thresholds, self.entry_slice.stop
        threshold = self.groups.values(self.mode[:k] + deviations[:, :k])
        residual = np.exp(self.mode[last] + deviations[:, last]) if self.mode.size > last else None
        coefficient = self.mode[self.coefficient_slice] + deviations[:, self.coefficient_slice]
        centre = self.v, self.moves, self.factor
        effects = drawn_effects(*centre, deviations, root, rng) if with_effects else ()
        correlation = correlations_of(root, self.pairs)
        return Samples(threshold, coefficient, sds_of(root), residual, effects, correlation), root
