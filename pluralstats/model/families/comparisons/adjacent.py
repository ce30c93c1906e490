"""The adjacent-category family: neighbouring categories are compared by a logistic regression each.

With thresholds tau_0 .. tau_(K-2), which have no order, log P(y = k + 1) / P(y = k) = eta - tau_k, that is

    P(y = k) = exp(s_k) / sum_m exp(s_m),    s_k = sum_(j < k) (eta - tau_j):

an exponential family in eta, whose derivatives are moments of the answer under the model. With S_j = P(y > j) and
u_j = 1[y > j]: d log P / d eta = y - E y, the curvature is Var y, its derivative the third central moment; d log P /
d tau_j = S_j - u_j; and d Var y / d tau_j = -E (y - E y)^2 (u_j - S_j). Higher eta, higher ratings.

brms' ``acat`` is the same. ``VGAM::acat`` has log P(y = k + 1) / P(y = k) = a_k + x'b: a = -tau, and its b is ours. It
is the partial credit model of Masters (1982) with raters or items in eta.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_softmax

from pluralstats.model.families.comparisons.graphs import drawn_category
from pluralstats.model.families.family import Family, Thresholds
from pluralstats.model.families.vector_math import LEAST, SMALLEST_EXPONENT, exponential, log_of
from pluralstats.storage.compiled import kernel

RAREST = 1e-4  # share of a category where the search for thresholds begins


@kernel
def _relative(steps, out, total, highest):
    """From ``steps`` (K - 1, n) fills out (K, n) with exp(s_m - highest), their total and highest s_m, (n,) each."""
    out[0], total[:], highest[:] = 0.0, 0.0, 0.0
    for m in range(1, out.shape[0]):
        for i in range(total.size):
            out[m, i] = out[m - 1, i] + steps[m - 1, i]
            highest[i] = max(highest[i], out[m, i])
    for m in range(out.shape[0]):
        for i in range(total.size):
            out[m, i] = exponential(max(out[m, i] - highest[i], SMALLEST_EXPONENT))
            total[i] += out[m, i]


@kernel
def _chunk(k, size, unweighted, y, tau, eta, weight, p, score, to_tau):
    """log P = (s_k - highest) - log of the total; see ``Family``."""
    steps, parts, highest = np.empty((tau.size, size)), np.empty((tau.size + 1, size)), np.empty(size)
    for j in range(tau.size):
        for i in range(size):
            steps[j, i] = eta[i] - tau[j]
    _relative(steps, parts, p[:size], highest)
    shift, factor = tau[:k].sum(), 0.0
    for i in range(size):
        factor += weight[i] * (k * eta[i] - shift - highest[i])
        p[i] = 1.0 / p[i]
        score[i], highest[i] = weight[i] * k, 0.0  # from here on P(y > j)
    for j in range(tau.size - 1, -1, -1):
        total, passed = 0.0, 1.0 if k > j else 0.0
        for i in range(size):
            highest[i] += parts[j + 1, i] * p[i]
            score[i] -= weight[i] * highest[i]
            total += weight[i] * (highest[i] - passed)
        to_tau[j] += total
    return factor + log_of(size, unweighted, weight, p)


@kernel
def _row(tau, eta, p):
    """Fills p (K,) with the probabilities of one row; returns log of the total, for s_0 = 0, and the mean."""
    highest, s = 0.0, 0.0
    p[0] = 0.0
    for m in range(1, p.size):
        s += eta - tau[m - 1]
        p[m] = s
        highest = max(highest, s)
    total, mean = 0.0, 0.0
    for m in range(p.size):
        p[m] = math.exp(p[m] - highest)
        total += p[m]
        mean += m * p[m]
    p /= total
    return highest + math.log(total), mean / total


@kernel
def _scores(y, weight, eta, tau, score, curvature):
    p, total = np.empty(tau.size + 1), 0.0
    for i in range(y.size):
        of_all, mean = _row(tau, eta[i], p)
        variance = 0.0
        for m in range(p.size):
            variance += (m - mean) ** 2 * p[m]
        total += weight[i] * (y[i] * eta[i] - tau[: y[i]].sum() - of_all)
        score[i], curvature[i] = weight[i] * (y[i] - mean), weight[i] * variance
    return total


@kernel
def _at_draws(tau, eta, shift, out, total):
    """``_relative`` for draws: tau (K + 1, D) has an end at either side that nothing passes."""
    steps = np.empty((tau.shape[0] - 2, eta.size))
    for j in range(steps.shape[0]):
        for s in range(eta.size):
            steps[j, s] = eta[s] + shift[s] - tau[j + 1, s]
    _relative(steps, out, total, np.empty(eta.size))


@kernel
def _probabilities(k, tau, eta, shift, p):
    out, total = np.empty((tau.shape[0] - 1, eta.size)), np.empty(eta.size)
    _at_draws(tau, eta, shift, out, total)
    for s in range(eta.size):
        p[s] = max(out[k, s] / total[s], LEAST)


@kernel
def _slopes(weight, k, tau, eta, shift, score, curvature):
    out, total, mean = np.empty((tau.shape[0] - 1, eta.size)), np.empty(eta.size), np.zeros(eta.size)
    _at_draws(tau, eta, shift, out, total)
    for m in range(1, out.shape[0]):
        for s in range(eta.size):
            mean[s] += m * out[m, s] / total[s]
    for s in range(eta.size):
        score[s] += weight * (k - mean[s])
    for m in range(out.shape[0]):
        for s in range(eta.size):
            curvature[s] += weight * (m - mean[s]) ** 2 * out[m, s] / total[s]


@dataclass(frozen=True)
class Moments:
    """Derivatives of rows from moments: ``p`` (n, K) probabilities of all answers."""

    y: np.ndarray
    weight: np.ndarray
    p: np.ndarray

    @property
    def _around(self) -> np.ndarray:
        """(n, K) y - E y of every answer."""
        m = np.arange(self.p.shape[1])
        return m - (self.p @ m)[:, None]

    def _above(self, of_answers: np.ndarray) -> np.ndarray:
        """(n, k) sums over the answers above each threshold."""
        return np.cumsum(of_answers[:, :0:-1], axis=1)[:, ::-1]

    @property
    def skew(self) -> np.ndarray:
        return self.weight * (self._around**3 * self.p).sum(axis=1)

    def _second(self) -> np.ndarray:
        """(n, k) d2 log p / (d eta d tau), the covariance of y and u."""
        return self.weight[:, None] * self._above(self._around * self.p)

    def by_row(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        above, square = self._above(self.p), self._around**2 * self.p
        first = above - (self.y[:, None] > np.arange(above.shape[1]))
        bend = square.sum(axis=1)[:, None] * above - self._above(square)
        weight = self.weight[:, None]
        return weight * first - 0.5 * (weight * bend * q[:, None] + self._second() * shift[:, None])

    def gradient(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        return self.by_row(q, shift).sum(axis=0)

    def cross(self, j: int) -> np.ndarray:
        return self._second()[:, j]

    def information(self) -> np.ndarray:
        """P(y > i, y > j) - S_i S_j, of the higher of both thresholds the first."""
        above = self._above(self.p)
        sums, k = self.weight @ above, np.arange(above.shape[1])
        return sums[np.maximum.outer(k, k)] - (above * self.weight[:, None]).T @ above


def _derivatives(y: np.ndarray, weight: np.ndarray, eta: np.ndarray, tau: np.ndarray) -> Moments:
    return Moments(y, weight, np.exp(_log_probabilities(eta, tau)))


def _log_probabilities(eta: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """(n, K)"""
    steps = np.cumsum(eta[:, None] - tau, axis=1)
    return np.asarray(log_softmax(np.column_stack([np.zeros(eta.size), steps]), axis=1))


def _at_shares(below: np.ndarray) -> np.ndarray:
    share = np.maximum(np.diff(below, prepend=0.0, append=1.0), RAREST)
    return np.log(share[:-1] / share[1:])


def _strip(tau: np.ndarray) -> np.ndarray:
    """The sum of exp(s_m) is a polynomial in exp(eta), and its zero closest to the positive numbers is the limit.

    With coefficients above 0, none of degree k is within an angle of pi / k of them.
    """
    k = tau.shape[1]
    scale = np.exp(np.clip(tau - tau.mean(axis=1, keepdims=True), -30.0, 30.0))
    of_powers = np.cumprod(np.column_stack([np.ones(len(tau)), 1.0 / scale]), axis=1)
    companion = np.zeros((len(tau), k, k))
    companion[:, np.arange(1, k), np.arange(k - 1)] = 1.0
    companion[:, 0] = -of_powers[:, -2::-1] / of_powers[:, -1:]
    angle = np.abs(np.angle(np.linalg.eigvals(companion))).min(axis=1)
    return np.clip(angle / math.pi, 1.0 / k, 1.0)


def _simulate(eta: np.ndarray, tau: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    below = np.cumsum(np.exp(_log_probabilities(eta, tau)), axis=1)[:, :-1]
    return (rng.random(eta.size)[:, None] > below).sum(axis=1).astype(np.int32)


def _log_density(value: Any, eta: Any, threshold: Any, weight: Any) -> Any:
    import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

    step, steps = pt.arange(threshold.shape[-1]), eta[..., None] - threshold
    reached = pt.switch(step < value[..., None], steps, 0.0).sum(axis=-1)
    return weight * (reached - _log_total(pt.cumsum(steps, axis=-1)))


def _log_total(s: Any) -> Any:
    """log sum_m exp(s_m), s (..., K - 1) without s_0 = 0."""
    import pytensor.tensor as pt  # as above

    highest = pt.maximum(s.max(axis=-1), 0.0)
    return highest + pt.log(pt.exp(-highest) + pt.exp(s - highest[..., None]).sum(axis=-1))


def _draw(eta: Any, threshold: Any, _: Any, size: Any) -> Any:
    import pytensor.tensor as pt  # as above

    s = pt.cumsum(eta[..., None] - threshold, axis=-1)
    p = pt.exp(s - _log_total(s)[..., None])
    return drawn_category(pt.cumsum(p[..., ::-1], axis=-1)[..., ::-1], size)


ADJACENT = Family(
    name="acat",
    link="logit",
    noise=math.pi / math.sqrt(3.0),
    chunk=_chunk,
    log_density=_log_density,
    draw=_draw,
    simulate=_simulate,
    thresholds=Thresholds(_at_shares, _scores, _derivatives, _probabilities, _slopes, free=True, strip=_strip),
)
