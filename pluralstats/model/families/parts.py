"""Rows of cumulative families whose noise and use of the scale differ (METHODS section 8).

The answer y has probability F(z_h) - F(z_l), z = (c + e^a (tau - c) - eta) e^-sigma at the thresholds above and below
it, c the mean of the thresholds. So log P is a function of the two z, whose derivatives a ``Latent`` knows, and each z
one of m = (eta, sigma, a) and of its threshold and c:

    dz = -e^-sigma, -z, p;  e^(a - sigma), (1 - e^a) e^-sigma            p = e^(a - sigma) (tau - c)
    d2z/d(eta, sigma) = e^-sigma,  d2z/dsigma2 = z,  d2z/d(sigma, a) = -p,  d2z/da2 = p,  all others in m zero

Third derivatives are needed against the posterior covariance Q of a row's m only, for the gradient of log det H. With
A_ij = sum_uv Q_uv (dz_i/du)(dz_j/dv) and B_i = sum_uv Q_uv d2z_i/dudv the curvature's part is
G = sum_ij L_ij A_ij + sum_i L_i B_i, L the derivatives of log P in the two z, and its derivative in any number is taken
term by term (Faa di Bruno).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pluralstats.model.families.family import PartRows
from pluralstats.model.families.part_draws import bends_of, simulate_of
from pluralstats.model.families.vector_math import SMALLEST_EXPONENT, exponential, log_of
from pluralstats.storage.compiled import kernel, kernel_for

LONGEST = 40.0  # standardised distance beyond which a threshold is as good as infinite
HIGH, LOW, CENTRE = 0, 1, 2  # what a row's z depend on beside m: its threshold above and below, and their mean


@kernel
def _end(tau, c, eta, sigma, a):
    """z at a threshold with its derivatives in eta, in a (p), in the threshold and in c."""
    scale, stretch = math.exp(-sigma), math.exp(a)
    p = stretch * scale * (tau - c)
    return (c - eta) * scale + p, -scale, p, stretch * scale, (1.0 - stretch) * scale


@kernel
def _slopes_of_end(z, d_eta, p, out):
    """Fills out (3,) with dz/dm."""
    out[0], out[1], out[2] = d_eta, -z, p


@kernel
def _bends_of_end(z, d_eta, p, out):
    """Fills out (3, 3) with d2z/dm2."""
    out[:] = 0.0
    out[0, 1] = out[1, 0] = -d_eta
    out[1, 1] = z
    out[1, 2] = out[2, 1] = -p
    out[2, 2] = p


@kernel
def _pair(ru, ru1, rl, rl1, L, LL):
    """Fills L (2,) and LL (2, 2), first and second derivatives of log P in z_h and z_l."""
    L[0], L[1] = ru, -rl
    LL[0, 0], LL[1, 1] = ru1 - ru * ru, -rl1 - rl * rl
    LL[0, 1] = LL[1, 0] = ru * rl


@kernel
def _third(ru, ru1, ru2, rl, rl1, rl2, out):
    """Fills out (2, 2, 2) with the third derivatives of log P in z_h and z_l."""
    uuu = ru2 - 3.0 * ru * ru1 + 2.0 * ru**3
    uul = ru1 * rl - 2.0 * ru * ru * rl
    ull = ru * rl1 + 2.0 * ru * rl * rl
    out[0, 0, 0] = uuu
    out[0, 0, 1] = out[0, 1, 0] = out[1, 0, 0] = uul
    out[0, 1, 1] = out[1, 0, 1] = out[1, 1, 0] = ull
    out[1, 1, 1] = -rl2 - 3.0 * rl * rl1 - 2.0 * rl**3


@kernel
def _zs(tau, y, m, z, d_eta, p, d_tau, d_c):
    """Fills the numbers of both ends (2,) of a row; those of an open end are zero, its z infinite."""
    c = tau.mean()
    for i in range(2):
        k = y - i
        if 0 <= k < tau.size:
            z[i], d_eta[i], p[i], d_tau[i], d_c[i] = _end(tau[k], c, m[0], m[1], m[2])
        else:
            z[i] = math.inf if i == 0 else -math.inf
            d_eta[i], p[i], d_tau[i], d_c[i] = 0.0, 0.0, 0.0, 0.0


def _scores_of(interval: Any) -> Callable[..., Any]:
    def scores(y, weight, predictors, tau, score, curvature):
        z, d_eta, p, d_tau, d_c = np.empty(2), np.empty(2), np.empty(2), np.empty(2), np.empty(2)
        L, LL, first, second = np.empty(2), np.empty((2, 2)), np.zeros((2, 3)), np.zeros((2, 3, 3))
        total = 0.0
        for i in range(y.size):
            _zs(tau, y[i], predictors[i], z, d_eta, p, d_tau, d_c)
            logp, ru, ru1, _, rl, rl1, _ = interval(z[1], z[0])
            _pair(ru, ru1, rl, rl1, L, LL)
            for e in range(2):
                at = z[e] if math.isfinite(z[e]) else 0.0
                _slopes_of_end(at, d_eta[e], p[e], first[e])
                _bends_of_end(at, d_eta[e], p[e], second[e])
            w = weight[i]
            total += w * logp
            for u in range(3):
                score[i, u] = w * (L[0] * first[0, u] + L[1] * first[1, u])
                for v in range(3):
                    bend = L[0] * second[0, u, v] + L[1] * second[1, u, v]
                    for e in range(2):
                        for f in range(2):
                            bend += LL[e, f] * first[e, u] * first[f, v]
                    curvature[i, u, v] = -w * bend
        return total

    return scores


def _fill_of(interval: Any) -> Callable[..., Any]:
    """A function that fills, for each row, derivatives in its threshold above, below and in c (3 numbers each).

    ``own`` (n, 3) first; ``cross`` (n, 3, 3) with m; ``twice`` (n, 3, 3) second.
    """

    def fill(y, weight, predictors, tau, own, cross, twice):
        z, d_eta, p, d_tau, d_c = np.empty(2), np.empty(2), np.empty(2), np.empty(2), np.empty(2)
        L, LL, first, x, mixed = np.empty(2), np.empty((2, 2)), np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 3, 3))
        for i in range(y.size):
            m = predictors[i]
            _zs(tau, y[i], m, z, d_eta, p, d_tau, d_c)
            _, ru, ru1, _, rl, rl1, _ = interval(z[1], z[0])
            _pair(ru, ru1, rl, rl1, L, LL)
            scale, stretch = math.exp(-m[1]), math.exp(m[2])
            for e in range(2):
                there = math.isfinite(z[e])
                _slopes_of_end(z[e] if there else 0.0, d_eta[e], p[e], first[e])
                x[e, 0] = d_tau[e] if e == 0 else 0.0
                x[e, 1] = d_tau[e] if e == 1 else 0.0
                x[e, 2] = d_c[e]
                mixed[e, 1] = -x[e]
                mixed[e, 2, e] = d_tau[e]
                mixed[e, 2, 2] = -stretch * scale if there else 0.0
            for j in range(3):
                own[i, j] = weight[i] * (L[0] * x[0, j] + L[1] * x[1, j])
                for u in range(3):
                    both = L[0] * mixed[0, u, j] + L[1] * mixed[1, u, j]
                    square = 0.0
                    for e in range(2):
                        for f in range(2):
                            both += LL[e, f] * first[e, u] * x[f, j]
                            square += LL[e, f] * x[e, u] * x[f, j]
                    cross[i, u, j] = weight[i] * both
                    twice[i, u, j] = weight[i] * square

    return fill


def _pull_of(interval: Any) -> Callable[..., Any]:
    """A function that fills the derivatives of -G, see above, in m and in (tau above, tau below, c), (n, 6).

    ``Q`` (n, 3, 3) is the posterior covariance of a row's m.
    """

    def pull(y, weight, predictors, tau, Q, out):
        z, d_eta, p, d_tau, d_c = np.empty(2), np.empty(2), np.empty(2), np.empty(2), np.empty(2)
        L, LL, LLL = np.empty(2), np.empty((2, 2)), np.empty((2, 2, 2))
        first, second, slope = np.zeros((2, 3)), np.zeros((2, 3, 3)), np.zeros((2, 6))
        d_first, d_second, A, B = np.zeros((6, 2, 3)), np.zeros((6, 2, 3, 3)), np.zeros((2, 2)), np.zeros(2)
        for i in range(y.size):
            m = predictors[i]
            _zs(tau, y[i], m, z, d_eta, p, d_tau, d_c)
            _, ru, ru1, ru2, rl, rl1, rl2 = interval(z[1], z[0])
            _pair(ru, ru1, rl, rl1, L, LL)
            _third(ru, ru1, ru2, rl, rl1, rl2, LLL)
            stretch = math.exp(m[2] - m[1])
            for e in range(2):
                there = math.isfinite(z[e])
                at = z[e] if there else 0.0
                _slopes_of_end(at, d_eta[e], p[e], first[e])
                _bends_of_end(at, d_eta[e], p[e], second[e])
                slope[e, :3] = first[e]
                slope[e, 3:] = 0.0
                slope[e, 3 + e], slope[e, 5] = d_tau[e], d_c[e]
                for w in range(6):  # how z, d_eta and p of this end, and with them its slopes and bends, move with w
                    dz = slope[e, w]
                    de = -d_eta[e] if w == 1 else 0.0
                    dp = 0.0
                    if w == 1:
                        dp = -p[e]
                    elif w == 2:
                        dp = p[e]
                    elif w == 3 + e and there:
                        dp = stretch
                    elif w == 5 and there:
                        dp = -stretch
                    _slopes_of_end(dz, de, dp, d_first[w, e])
                    _bends_of_end(dz, de, dp, d_second[w, e])
            for e in range(2):
                B[e] = 0.0
                for f in range(2):
                    A[e, f] = 0.0
                for u in range(3):
                    for v in range(3):
                        B[e] += Q[i, u, v] * second[e, u, v]
                        for f in range(2):
                            A[e, f] += Q[i, u, v] * first[e, u] * first[f, v]
            for w in range(6):
                total = 0.0
                for e in range(2):
                    dB = 0.0
                    for u in range(3):
                        for v in range(3):
                            dB += Q[i, u, v] * d_second[w, e, u, v]
                    total += L[e] * dB
                    for f in range(2):
                        dA = 0.0
                        for u in range(3):
                            for v in range(3):
                                dA += 2.0 * Q[i, u, v] * d_first[w, e, u] * first[f, v]
                        total += LL[e, f] * (dA + slope[f, w] * B[e])
                        for g in range(2):
                            total += LLL[e, f, g] * slope[g, w] * A[e, f]
                out[i, w] = -weight[i] * total

    return pull


@dataclass(frozen=True)
class PartDerivatives:
    """Derivatives of n weighted rows in their predictors m (n, 3) and in k thresholds; see ``Derivatives``."""

    y: np.ndarray
    weight: np.ndarray
    predictors: np.ndarray
    tau: np.ndarray
    fill: Any
    fill_pull: Any

    @cached_property
    def _own(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n = self.y.size
        own, cross, twice = np.empty((n, 3)), np.empty((n, 3, 3)), np.empty((n, 3, 3))
        self.fill(self.y, self.weight, self.predictors, self.tau, own, cross, twice)
        return own, cross, twice

    def pull(self, Q: np.ndarray) -> np.ndarray:
        """(n, 6) derivatives of the sum of Q times the curvature in m, the thresholds above and below, and c."""
        out = np.empty((self.y.size, 6))
        self.fill_pull(self.y, self.weight, self.predictors, self.tau, Q, out)
        return out

    def to_thresholds(self, ends: np.ndarray) -> np.ndarray:
        """(k,) sums over rows of (n, 3) numbers about their threshold above, below and c."""
        k = self.tau.size
        out = np.full(k, ends[:, CENTRE].sum() / k)
        above, below = self.y < k, self.y > 0
        out += np.bincount(self.y[above], ends[above, HIGH], k)
        return out + np.bincount(self.y[below] - 1, ends[below, LOW], k)

    def gradient(self, pull: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """(k,) sums of d log p - (pull + shift d2 log p / dm) / 2, all in a threshold; ``shift`` (n, 3) along m."""
        own, cross, _ = self._own
        return self.to_thresholds(own - 0.5 * (pull[:, 3:] + np.einsum("iu,iuj->ij", shift, cross)))

    def cross(self, j: int) -> np.ndarray:
        """(n, 3) d2 log p / (dm dtau_j)."""
        _, cross, _ = self._own
        out = cross[:, :, CENTRE] / self.tau.size
        above, below = self.y == j, self.y == j + 1
        out[above] += cross[above, :, HIGH]
        out[below] += cross[below, :, LOW]
        return out

    def information(self) -> np.ndarray:
        """(k, k) minus the sums of the second derivatives in thresholds."""
        k = self.tau.size
        out = np.zeros((k, k))
        J = np.zeros((k + 1, 3, k))  # how the three numbers of an answer follow from the thresholds
        J[:, CENTRE] = 1.0 / k
        for y in range(k + 1):
            if y < k:
                J[y, HIGH, y] = 1.0
            if y > 0:
                J[y, LOW, y - 1] = 1.0
            out -= J[y].T @ self._own[2][self.y == y].sum(axis=0) @ J[y]
        return out


def _chunk_of(between: Any) -> Callable[..., Any]:
    """The rows of one category, see ``PartRows``."""

    def chunk(k, size, unweighted, own, eta, sigma, a, weight, work, scores, to_own):
        c, last = own.mean(), own.size
        above, below = k < last, k > 0
        p, at_high, at_low, high = work[0], work[1], work[2], work[3]
        low = scores[0]  # taken for its room until the scores are known
        for i in range(size):
            scale = exponential(min(max(-sigma[i], SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
            stretch = exponential(min(max(a[i], SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
            scores[1, i], scores[2, i] = scale, stretch
            centre = (c - eta[i]) * scale
            high[i] = centre + stretch * scale * (own[k] - c) if above else LONGEST + abs(centre)
            low[i] = centre + stretch * scale * (own[k - 1] - c) if below else -LONGEST - abs(centre)
        between(size, low, high, weight, p, at_high, at_low)
        to_high, to_low, to_centre = 0.0, 0.0, 0.0
        for i in range(size):
            scale, stretch = scores[1, i], scores[2, i]
            rh = at_high[i] if above else 0.0
            rl = at_low[i] if below else 0.0
            zh, zl = rh * high[i], rl * low[i]
            both = stretch * scale
            to_high += rh * both
            to_low += rl * both
            to_centre += (rh - rl) * (scale - both)
            scores[1, i] = zl - zh
            scores[2, i] = both * ((rh * (own[k] - c) if above else 0.0) - (rl * (own[k - 1] - c) if below else 0.0))
            scores[0, i] = (rl - rh) * scale
        if above:
            to_own[k] += to_high
        if below:
            to_own[k - 1] -= to_low
        for j in range(last):
            to_own[j] += to_centre / last
        return log_of(size, unweighted, weight, p)

    return chunk


def _between_of(interval: Any) -> Callable[..., Any]:
    """Rows between two ends: fills P and the weighted densities over P at both."""

    def between(size, low, high, weight, p, at_high, at_low):
        for i in range(size):
            logp, ru, _, _, rl, _, _ = interval(low[i], high[i])
            p[i] = math.exp(logp)
            at_high[i], at_low[i] = weight[i] * ru, weight[i] * rl

    return between


def part_rows(link: str, interval: Any, between: Any, noise: Callable[..., np.ndarray]) -> PartRows:
    """The rows of a cumulative family with this noise; ``between`` None for one made of ``interval``."""
    scores, fill, pull = (kernel_for(link, of(interval)) for of in (_scores_of, _fill_of, _pull_of))
    inner = kernel_for(link, _between_of(interval)) if between is None else between

    def derivatives(y: np.ndarray, weight: np.ndarray, predictors: np.ndarray, tau: np.ndarray) -> PartDerivatives:
        return PartDerivatives(y, weight, predictors, tau, fill, pull)

    chunk = kernel_for(link, _chunk_of(inner))
    return PartRows(chunk, scores, derivatives, bends_of(link, interval), simulate_of(noise))
