"""Sequential families: a rating is reached step by step, and every step may be the last (Tutz 1991).

With thresholds tau_0 .. tau_(K-2), which have no order, and g(x) = log F(x), h(x) = log(1 - F(x)),

    log P(y = k) = g(tau_k - eta) + sum_(j < k) h(tau_j - eta),    without g for the highest category:

the answer stops at category k with probability F(tau_k - eta) if it has come so far. Higher eta, higher ratings.
Derivatives are sums over steps, each with a threshold of its own; none is mixed.

* ``sratio``, the stopping ratio: F is the link's, as brms' ``sratio``. ``VGAM::sratio`` has eta with the other sign,
  logit P(y = k | y >= k) = a_k + x'b; so a = tau and its b is minus ours.
* ``cratio``, the continuation ratio: the link's F is that of going on, F(eta - tau_k), as brms' ``cratio``.
  ``VGAM::cratio`` has logit P(y > k | y >= k) = a_k + x'b; so a = -tau and its b is ours.

With a symmetric F (probit, logit) they are one model. With cloglog, ``sratio`` is the discrete proportional hazards
model and, thresholds apart, the cumulative model with that link (Laara & Matthews 1985, Biometrika 72, 206-207), while
``cratio`` is another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pluralstats.model.families.comparisons.graphs import drawn_category
from pluralstats.model.families.cumulative import BEYOND, Latent
from pluralstats.model.families.family import Family, Thresholds
from pluralstats.model.families.vector_math import LEAST, log_of
from pluralstats.storage.compiled import kernel_for

RAREST = 1e-4  # share of those who came to a step that stop or go on, where the search for thresholds begins


def sequential(name: str, link: str, latent: Latent) -> Family:
    """The family whose steps end with probability F(tau - eta), F of this noise."""
    label = f"{latent.link}_steps"
    scores = kernel_for(label, _scores_of(latent.interval))
    fill = kernel_for(label, _terms_of(latent.interval))

    def derivatives(y: np.ndarray, weight: np.ndarray, eta: np.ndarray, tau: np.ndarray) -> StepTerms:
        terms = np.zeros((3, y.size, tau.size))
        fill(y, weight, eta, tau, terms)
        return StepTerms(*terms)

    def at_shares(below: np.ndarray) -> np.ndarray:
        reached = 1.0 - np.concatenate([[0.0], below[:-1]])
        return latent.quantile(np.clip(1.0 - (1.0 - below) / reached, RAREST, 1.0 - RAREST))

    def simulate(eta: np.ndarray, tau: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        noise = latent.noise(eta.size * tau.size, rng).reshape(eta.size, tau.size)
        return np.cumprod(eta[:, None] + noise > tau, axis=1).sum(axis=1).astype(np.int32)

    log_density, draw = _in_a_graph(latent)
    return Family(
        name=name,
        link=link,
        noise=latent.sd,
        chunk=kernel_for(label, _chunk_of(latent.outer)),
        log_density=log_density,
        draw=draw,
        simulate=simulate,
        thresholds=Thresholds(
            at_shares,
            scores,
            derivatives,
            kernel_for(label, _probabilities_of(latent.probabilities)),
            kernel_for(label, _slopes_of(latent.slopes)),
            free=True,
            strip=lambda tau: np.full(len(tau), latent.strip),
        ),
        first_sd=latent.first_sd,
    )


@dataclass(frozen=True)
class StepTerms:
    """Derivatives of rows in their steps' distances tau_j - eta: first, second and third, each (n, k), 0 beyond y."""

    first: np.ndarray
    second: np.ndarray
    third: np.ndarray

    @property
    def skew(self) -> np.ndarray:
        return self.third.sum(axis=1)

    def by_row(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        return self.first + 0.5 * (self.third * q[:, None] + self.second * shift[:, None])

    def gradient(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        return self.first.sum(axis=0) + 0.5 * (q @ self.third + shift @ self.second)

    def cross(self, j: int) -> np.ndarray:
        return -self.second[:, j]

    def information(self) -> np.ndarray:
        return np.diag(-self.second.sum(axis=0))


def _scores_of(interval: Any) -> Callable[..., Any]:
    def scores(y, weight, eta, tau, score, curvature):
        total = 0.0
        for i in range(y.size):
            logp, slope, bend = 0.0, 0.0, 0.0
            for j in range(min(y[i] + 1, tau.size)):
                x = tau[j] - eta[i]
                low, high = (-np.inf, x) if j == y[i] else (x, np.inf)
                part, ru, ru1, _, rl, rl1, _ = interval(low, high)
                logp += part
                slope += ru - rl
                bend += ru1 - rl1 - ru * ru - rl * rl
            total += weight[i] * logp
            score[i], curvature[i] = -weight[i] * slope, -weight[i] * bend
        return total

    return scores


def _terms_of(interval: Any) -> Callable[..., Any]:
    """A function that fills the arrays of ``StepTerms``."""

    def fill(y, weight, eta, tau, terms):
        for i in range(y.size):
            for j in range(min(y[i] + 1, tau.size)):
                x, stops = tau[j] - eta[i], j == y[i]
                _, ru, ru1, ru2, rl, rl1, rl2 = interval(-np.inf if stops else x, x if stops else np.inf)
                r, r1, r2 = (ru, ru1, ru2) if stops else (-rl, -rl1, -rl2)
                terms[0, i, j] = weight[i] * r
                terms[1, i, j] = weight[i] * (r1 - r * r)
                terms[2, i, j] = weight[i] * (r2 - 3.0 * r * r1 + 2.0 * r**3)

    return fill


def _chunk_of(outer: Any) -> Callable[..., Any]:
    """The rows of one category: those beyond the threshold of each step before, and before that of the last one."""

    def chunk(k, size, unweighted, y, tau, eta, weight, p, score, to_tau):
        total, of_step = 0.0, np.empty(size)
        score[:size] = 0.0
        for j in range(min(k + 1, tau.size)):
            factor, at_threshold = outer(size, 1.0 if j == k else -1.0, tau[j], eta, weight, p, of_step)
            to_tau[j] += at_threshold
            total += factor + log_of(size, unweighted, weight, p)
            for i in range(size):
                score[i] += of_step[i]
        return total

    return chunk


def _probabilities_of(probabilities: Any) -> Callable[..., Any]:
    """Products over steps, each the lower or the upper of two categories."""

    def product(k, tau, eta, shift, p):
        n, last = eta.size, tau.shape[0] - 2
        ends, of_step = np.empty((3, n)), np.empty(n)
        ends[0], ends[2], p[:] = tau[0], tau[last + 1], 1.0
        for j in range(min(k + 1, last)):
            ends[1] = tau[j + 1]
            probabilities(0 if j == k else 1, ends, eta, shift, of_step)
            for s in range(n):
                p[s] = max(p[s] * of_step[s], LEAST)

    return product


def _slopes_of(slopes: Any) -> Callable[..., Any]:
    def sum_of_steps(weight, k, tau, eta, shift, score, curvature):
        last = tau.shape[0] - 2
        ends = np.empty((3, eta.size))
        ends[0], ends[2] = tau[0], tau[last + 1]
        for j in range(min(k + 1, last)):
            ends[1] = tau[j + 1]
            slopes(weight, 0 if j == k else 1, ends, eta, shift, score, curvature)

    return sum_of_steps


def _in_a_graph(latent: Latent) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``log_density`` and ``draw`` of a ``Family``."""

    def steps(eta: Any, threshold: Any) -> tuple[Any, Any]:
        """(..., K - 1) log probabilities of stopping and of going on; open ends are put far away."""
        import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

        x = threshold - eta[..., None]
        far = pt.abs(x) + BEYOND
        return latent.log_mass(-far, x), latent.log_mass(x, far)

    def log_density(value: Any, eta: Any, threshold: Any, weight: Any) -> Any:
        import pytensor.tensor as pt  # as above

        stop, go = steps(eta, threshold)
        step, at = pt.arange(threshold.shape[-1]), value[..., None]
        return weight * (pt.switch(step < at, go, 0.0) + pt.switch(pt.eq(step, at), stop, 0.0)).sum(axis=-1)

    def draw(eta: Any, threshold: Any, _: Any, size: Any) -> Any:
        import pytensor.tensor as pt  # as above

        return drawn_category(pt.exp(pt.cumsum(steps(eta, threshold)[1], axis=-1)), size)

    return log_density, draw
