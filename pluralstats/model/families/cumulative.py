"""The cumulative family: an answer is the interval between thresholds in which eta plus noise falls (METHODS 1).

A rating in category y has probability F(u) - F(l) with u = tau[y] - eta and l = tau[y - 1] - eta; the outermost
thresholds are infinite. Everything a row contributes is a derivative of log(F(u) - F(l)) in u and l, so a distribution
F, a ``Latent``, says everything of a link. A bernoulli rating is the case of two categories.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pluralstats.model.families.family import Family, Thresholds
from pluralstats.model.families.parts.rows import part_rows
from pluralstats.model.families.vector_math import log_of
from pluralstats.storage.compiled import kernel, kernel_for

NARROWEST = 0.1  # category whose probability, a difference of cdfs, keeps six digits in single precision
BEYOND = 40.0  # latent sds past a threshold at which an outermost category ends: less than 1e-17 lies further out


class Latent(NamedTuple):
    """The distribution F of the noise of one answer.

    Attributes
    ----------
    link : its name
    sd : its standard deviation
    quantile : the inverse of F
    noise : (size, generator) -> draws
    interval : compiled, (low, high) -> log P of an interval, then the density over P and its first two derivatives over
        P at the high end, and the same three at the low end
    inner : compiled, (size, low, high, eta, weight, p, score) for rows between two thresholds: fills P but for a
        factor, and the score in eta; returns the weighted sums of the factor's log and of the derivatives of log P at
        high and at low. The factor is what of P may be too small for a number; 1 for most
    outer : compiled, (size, sign, threshold, eta, weight, p, score), the same for rows beyond one threshold, below it
        with sign 1, above with -1
    probabilities, slopes : compiled, see ``Thresholds``
    log_mass : in a PyMC graph, the log of F(high) - F(low)
    graph_noise : in a PyMC graph, size -> draws
    first_sd : of a random intercept, where the search for it begins
    between : compiled, (size, low, high, weight, p, at_high, at_low) for rows that each have ends of their own: fills P
        and the weighted densities over P at both ends; None: by ``interval``, a row at a time
    single : compiled, ``inner`` and ``outer`` in single precision, without the log of a factor and with the number of
        rows for which it does not do; None: there are none
    strip : half-width over pi of the strip of the complex plane in which F is bounded, see ``Thresholds``
    """

    link: str
    sd: float
    quantile: Callable[[np.ndarray], np.ndarray]
    noise: Callable[[int, np.random.Generator], np.ndarray]
    interval: Any
    inner: Any
    outer: Any
    probabilities: Any
    slopes: Any
    log_mass: Callable[[Any, Any], Any]
    graph_noise: Callable[[Any], Any]
    first_sd: float = 1.0
    between: Any = None
    strip: float = 1.0
    single: tuple[Any, Any] | None = None


def cumulative(latent: Latent) -> Family:
    """The family with this noise."""
    chunk = kernel_for(latent.link, _chunk_of(latent.inner, latent.outer))
    single = None if latent.single is None else kernel_for(latent.link, _single_chunk_of(*latent.single))
    scores = kernel_for(latent.link, _scores_of(latent.interval))
    fill_bounds = kernel_for(latent.link, _bounds_of(latent.interval))

    def derivatives(y: np.ndarray, weight: np.ndarray, eta: np.ndarray, tau: np.ndarray) -> Bounds:
        high, low = np.empty((y.size, 5)), np.empty((y.size, 5))
        fill_bounds(y, weight, eta, tau, high, low)
        return Bounds(y, high, low, tau.size)

    log_density, draw = _in_a_graph(latent)

    def simulate(eta: np.ndarray, tau: np.ndarray, _: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.searchsorted(tau, eta + latent.noise(eta.size, rng)).astype(np.int32)

    return Family(
        name="cumulative",
        link=latent.link,
        noise=latent.sd,
        chunk=chunk,
        single_chunk=single,
        log_density=log_density,
        draw=draw,
        simulate=simulate,
        thresholds=Thresholds(
            latent.quantile,
            scores,
            derivatives,
            latent.probabilities,
            latent.slopes,
            parts=part_rows(latent.link, latent.interval, latent.between, latent.noise),
            shifts=True,
            strip=lambda tau: np.full(len(tau), latent.strip),
        ),
        averaged=latent.link,
        first_sd=latent.first_sd,
    )


def _in_a_graph(latent: Latent) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``log_density`` and ``draw`` of a ``Family``."""

    def log_density(value: Any, eta: Any, threshold: Any, weight: Any) -> Any:
        return weight * latent.log_mass(*_graph_ends(value, eta, threshold))

    def draw(eta: Any, threshold: Any, _: Any, size: Any) -> Any:
        import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

        return pt.gt((eta + latent.graph_noise(size))[..., None], threshold).sum(axis=-1)

    return log_density, draw


@dataclass(frozen=True)
class Bounds:
    """Derivatives of rows of which each has one threshold above and one below: ``high`` and ``low`` (n, 5).

    Columns: d log p / d tau; d2 log p / (d eta d tau); d curvature / d tau; d2 log p / d tau2; d2 log p / (d upper
    d lower). The derivative of the curvature in eta is minus the sum of its two threshold derivatives.
    """

    y: np.ndarray
    high: np.ndarray
    low: np.ndarray
    k: int

    @property
    def skew(self) -> np.ndarray:
        return -(self.high[:, 2] + self.low[:, 2])

    def by_row(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        out = np.zeros((self.y.size, self.k))
        for j in range(self.k):
            for end, rows in ((self.high, self.y == j), (self.low, self.y == j + 1)):
                out[rows, j] += (end[:, 0] - 0.5 * (end[:, 2] * q + end[:, 1] * shift))[rows]
        return out

    def gradient(self, q: np.ndarray, shift: np.ndarray) -> np.ndarray:
        ends = (end[:, 0] - 0.5 * (end[:, 2] * q + end[:, 1] * shift) for end in (self.high, self.low))
        return sum_by_threshold(self.y, *ends, self.k)

    def cross(self, j: int) -> np.ndarray:
        return np.where(self.y == j, self.high[:, 1], 0.0) + np.where(self.y == j + 1, self.low[:, 1], 0.0)

    def information(self) -> np.ndarray:
        out = np.zeros((self.k, self.k))
        np.fill_diagonal(out, -sum_by_threshold(self.y, self.high[:, 3], self.low[:, 3], self.k))
        for j in range(1, self.k):
            out[j, j - 1] = out[j - 1, j] = -self.high[self.y == j, 4].sum()
        return out


@kernel
def _ends(tau, y, eta):
    low = tau[y - 1] - eta if y > 0 else -math.inf
    high = tau[y] - eta if y < tau.size else math.inf
    return low, high


def _scores_of(interval: Any) -> Callable[..., Any]:
    def scores(y, weight, eta, tau, score, curvature):
        total = 0.0
        for i in range(y.size):
            low, high = _ends(tau, y[i], eta[i])
            logp, ru, ru1, _, rl, rl1, _ = interval(low, high)
            total += weight[i] * logp
            score[i] = weight[i] * (rl - ru)
            curvature[i] = weight[i] * ((ru - rl) ** 2 - ru1 + rl1)
        return total

    return scores


def _bounds_of(interval: Any) -> Callable[..., Any]:
    """A function that fills the (n, 5) arrays of ``Bounds``."""

    def fill_bounds(y, weight, eta, tau, high_terms, low_terms):
        for i in range(y.size):
            low, high = _ends(tau, y[i], eta[i])
            _, ru, ru1, ru2, rl, rl1, rl2 = interval(low, high)
            uu, ul, ll = ru1 - ru * ru, ru * rl, -rl1 - rl * rl
            uuu = ru2 - 3.0 * ru * ru1 + 2.0 * ru**3
            uul = ru1 * rl - 2.0 * ru * ru * rl
            ull = ru * rl1 + 2.0 * ru * rl * rl
            lll = -rl2 - 3.0 * rl * rl1 - 2.0 * rl**3
            w = weight[i]
            high_terms[i, 0], low_terms[i, 0] = w * ru, -w * rl
            high_terms[i, 1], low_terms[i, 1] = -w * (uu + ul), -w * (ul + ll)
            high_terms[i, 2], low_terms[i, 2] = -w * (uuu + 2.0 * uul + ull), -w * (uul + 2.0 * ull + lll)
            high_terms[i, 3], low_terms[i, 3] = w * uu, w * ll
            high_terms[i, 4], low_terms[i, 4] = w * ul, w * ul

    return fill_bounds


def _chunk_of(inner: Any, outer: Any) -> Callable[..., Any]:
    """The rows of one category: between two thresholds by ``inner``, beyond one by ``outer``."""

    def chunk(k, size, unweighted, y, tau, eta, weight, p, score, to_tau):
        if 0 < k < tau.size:
            factor, at_high, at_low = inner(size, tau[k - 1], tau[k], eta, weight, p, score)
            to_tau[k] += at_high
            to_tau[k - 1] += at_low
        else:
            sign, j = (1.0, 0) if k == 0 else (-1.0, tau.size - 1)
            factor, at_threshold = outer(size, sign, tau[j], eta, weight, p, score)
            to_tau[j] += at_threshold
        return factor + log_of(size, unweighted, weight, p)

    return chunk


def _single_chunk_of(inner: Any, outer: Any) -> Callable[..., Any]:
    """The same in single precision; nan, and nothing added, where that is not enough."""

    def single_chunk(k, size, unweighted, tau, eta, weight, p, score, to_tau):
        if 0 < k < tau.size:
            if tau[k] - tau[k - 1] < NARROWEST:
                return math.nan
            at_high, at_low, far = inner(size, tau[k - 1], tau[k], eta, weight, p, score)
            if far > 0:
                return math.nan
            to_tau[k] += at_high
            to_tau[k - 1] += at_low
        else:
            sign, j = (1.0, 0) if k == 0 else (-1.0, tau.size - 1)
            at_threshold, far = outer(size, sign, tau[j], eta, weight, p, score)
            if far > 0:
                return math.nan
            to_tau[j] += at_threshold
        return log_of(size, unweighted, weight, p)

    return single_chunk


@kernel
def sum_by_threshold(y, high, low, n_thresholds):
    """(K - 1,) sums of a row quantity over its upper and its lower threshold."""
    out = np.zeros(n_thresholds)
    for i in range(y.size):
        if y[i] < n_thresholds:
            out[y[i]] += high[i]
        if y[i] > 0:
            out[y[i] - 1] += low[i]
    return out


def _graph_ends(value: Any, eta: Any, threshold: Any) -> tuple[Any, Any]:
    """Both ends of a category seen from eta; the open ends of the outermost ones are put far away."""
    import pytensor.tensor as pt  # comes with PyMC, which takes seconds and only graphs need

    last = threshold.shape[-1]
    of_row = () if threshold.ndim == 1 else (pt.arange(threshold.shape[0]),)  # or every row has thresholds of its own
    low = threshold[(*of_row, pt.maximum(value - 1, 0))] - eta
    high = threshold[(*of_row, pt.minimum(value, last - 1))] - eta
    return (
        pt.switch(pt.eq(value, 0), -pt.abs(high) - BEYOND, low),
        pt.switch(pt.eq(value, last), pt.abs(low) + BEYOND, high),
    )
