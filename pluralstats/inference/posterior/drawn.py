"""A posterior that is known through draws: intervals, diagnostics and what the sampler met on its way."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from pluralstats.inference.posterior.convergence import Convergence, convergence, highest_r_hat
from pluralstats.inference.posterior.intervals import Interval
from pluralstats.inference.posterior.samples import Samples

AT_ONCE = 4096  # effects whose draws are taken to double precision: of 100,000 they are gigabytes


@dataclass(frozen=True, eq=False)
class DrawnPosterior:
    """Draws of several chains, stacked chain after chain.

    Attributes
    ----------
    samples : Samples
        In the units of the data; S = chains * draws of a chain.
    chains : int
    stats : dict of str to (chains, draws) array
        ``diverging`` (bool), ``n_steps`` gradients, ``energy_error``, ``acceptance_rate``, ``lp`` log density.
    complete : bool
        False when sampling was interrupted and these are the draws finished until then.
    thinned : int
        Transitions to each kept draw.
    flat : (p,) bool array or None
        Coefficients without a finite estimate, in stored draws of a fit by maximum likelihood. With a prior every
        coefficient has a distribution.
    flat_terms : (T,) bool array or None
        The same of groupings whose sd or correlations the data do not determine.
    standard : DrawnPosterior or None
        The same draws in standard units, where measured covariates are centred and scaled; None where nothing moves.
    design_effects : (p,) array or None
        What design weights multiply the variances of coefficients by; see ``sandwich``.
    """

    samples: Samples
    chains: int
    stats: dict[str, np.ndarray] = field(default_factory=dict)
    complete: bool = True
    thinned: int = 1
    flat: np.ndarray | None = None
    flat_terms: np.ndarray | None = None
    standard: "DrawnPosterior | None" = None
    design_effects: np.ndarray | None = None

    @property
    def judged(self) -> "DrawnPosterior":
        """What convergence is judged by: the draws that were sampled, whatever units the data are in."""
        return self if self.standard is None else self.standard

    @property
    def flat_coefficients(self) -> np.ndarray:
        """(p,) bool, coefficients without a finite estimate."""
        return np.zeros(self.samples.coefficient.shape[1], bool) if self.flat is None else self.flat

    @property
    def flat_effects(self) -> np.ndarray:
        """(T,) bool, groupings with an sd or correlation that the data do not determine."""
        return np.zeros(self.samples.sd.shape[1], bool) if self.flat_terms is None else self.flat_terms

    def by_chain(self, values: np.ndarray) -> np.ndarray:
        """(chains, draws, ...) of stacked (S, ...)."""
        return values.reshape(self.chains, -1, *values.shape[1:])

    @property
    def highest_r_hat(self) -> float:
        """Above which chains do not agree: 1.01, or what chance makes of so many quantities in so few draws."""
        quantities = self.samples.parameters.shape[1] + sum(effects.shape[1] for effects in self.samples.effects)
        return highest_r_hat(len(self.samples.sd), self.chains, quantities)

    @cached_property
    def parameter_convergence(self) -> Convergence:
        """Of thresholds, coefficients, sds, correlations and the residual sd, in this order."""
        return convergence(self.by_chain(self.samples.parameters))

    @cached_property
    def effect_convergence(self) -> Convergence:
        """Of all random effects, stacked by term."""
        parts = [self._of_term(t) for t in range(len(self.samples.effects))]
        empty = Convergence(*[np.empty(0)] * 4)
        return Convergence(*(np.concatenate(part) for part in zip(empty, *parts, strict=True)))

    def _of_term(self, t: int) -> Convergence:
        """Of the effects of one grouping; what is the same in standard units is not computed twice."""
        effects = self.samples.effects[t]
        if self.standard is None or self.standard.samples.effects[t] is not effects:
            return convergence(self.by_chain(effects))
        sizes = np.cumsum([0, *(part.shape[1] for part in self.samples.effects)])
        return Convergence(*(part[sizes[t] : sizes[t + 1]] for part in self.standard.effect_convergence))

    def thresholds(self, prob: float) -> Interval:
        return _interval(self.samples.threshold, prob)

    def coefficients(self, prob: float) -> Interval:
        return _interval(self.samples.coefficient, prob)

    def sds(self, prob: float) -> Interval:
        return _interval(self.samples.sd, prob)

    def correlations(self, prob: float) -> Interval:
        return _interval(self.samples.correlation, prob)

    def residual_sd(self, prob: float) -> Interval:
        """The residual standard deviation of the gaussian family, in rating points."""
        values = self.samples.residual_sd
        return _interval(np.empty((len(self.samples.sd), 0)) if values is None else values[:, None], prob)

    def effects(self) -> tuple[np.ndarray, np.ndarray]:
        """(q,) posterior means of the random effects and their posterior sds."""
        blocks = [
            effects[:, first : first + AT_ONCE]
            for effects in self.samples.effects
            for first in range(0, effects.shape[1], AT_ONCE)
        ]
        means = [block.mean(axis=0, dtype=float) for block in blocks]
        sds = [block.std(axis=0, ddof=1, dtype=float) for block in blocks]
        return np.concatenate([np.empty(0), *means]), np.concatenate([np.empty(0), *sds])


def _interval(draws: np.ndarray, prob: float) -> Interval:
    """Posterior mean, sd and central interval of (S, m) draws."""
    lower, upper = np.quantile(draws, [0.5 - prob / 2.0, 0.5 + prob / 2.0], axis=0)
    return Interval(draws.mean(axis=0), draws.std(axis=0, ddof=1), lower, upper)
