"""Derivatives of rows with parts in their thresholds, and of their curvature against a covariance."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from pluralstats.model.families.parts.ends import bends_of_end, ends_of, pair, slopes_of_end, third
from pluralstats.storage.compiled import kernel

HIGH, LOW, CENTRE = 0, 1, 2  # what a row's z depend on beside m: its threshold above and below, and their mean


def fill_of(interval: Any) -> Callable[..., Any]:
    """A function that fills, for each row, derivatives in its threshold above, below and in c (3 numbers each).

    ``own`` (n, 3) first; ``cross`` (n, 3, 3) with m; ``twice`` (n, 3, 3) second.
    """

    def fill(y, weight, predictors, tau, own, cross, twice):
        z, d_eta, p, d_tau, d_c = np.empty(2), np.empty(2), np.empty(2), np.empty(2), np.empty(2)
        L, LL, first, x, mixed = np.empty(2), np.empty((2, 2)), np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, 3, 3))
        for i in range(y.size):
            m = predictors[i]
            ends_of(tau, y[i], m, z, d_eta, p, d_tau, d_c)
            _, ru, ru1, _, rl, rl1, _ = interval(z[1], z[0])
            pair(ru, ru1, rl, rl1, L, LL)
            scale, stretch = math.exp(-m[1]), math.exp(m[2])
            for e in range(2):
                there = math.isfinite(z[e])
                slopes_of_end(z[e] if there else 0.0, d_eta[e], p[e], first[e])
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


class _Room(NamedTuple):
    """Numbers of one row: ``first`` (2, 3), ``second`` (2, 3, 3), ``slope`` (2, 6) of both z in m, in m twice and in
    (m, threshold above, threshold below, c); ``d_first`` (6, 2, 3), ``d_second`` (6, 2, 3, 3) how the former move with
    the latter; ``A`` (2, 2) and ``B`` (2,), see ``ends``."""

    first: np.ndarray
    second: np.ndarray
    slope: np.ndarray
    d_first: np.ndarray
    d_second: np.ndarray
    A: np.ndarray
    B: np.ndarray


@kernel
def _fill_end(e, m, z, d_eta, p, d_tau, d_c, room):
    """The numbers of one end, all but A and B."""
    there, stretch = math.isfinite(z), math.exp(m[2] - m[1])
    at = z if there else 0.0
    slopes_of_end(at, d_eta, p, room.first[e])
    bends_of_end(at, d_eta, p, room.second[e])
    room.slope[e, :3] = room.first[e]
    room.slope[e, 3:] = 0.0
    room.slope[e, 3 + e], room.slope[e, 5] = d_tau, d_c
    for w in range(6):
        de = -d_eta if w == 1 else 0.0
        dp = 0.0
        if w == 1:
            dp = -p
        elif w == 2:
            dp = p
        elif w == 3 + e and there:
            dp = stretch
        elif w == 5 and there:
            dp = -stretch
        slopes_of_end(room.slope[e, w], de, dp, room.d_first[w, e])
        bends_of_end(room.slope[e, w], de, dp, room.d_second[w, e])


@kernel
def _against(Q, room):
    """Fills A and B."""
    for e in range(2):
        room.B[e] = (Q * room.second[e]).sum()
        for f in range(2):
            total = 0.0
            for u in range(3):
                for v in range(3):
                    total += Q[u, v] * room.first[e, u] * room.first[f, v]
            room.A[e, f] = total


@kernel
def _slope_of_G(w, Q, L, LL, LLL, room):
    """The derivative of G in number w of (m, threshold above, threshold below, c)."""
    total = 0.0
    for e in range(2):
        total += L[e] * (Q * room.d_second[w, e]).sum()
        for f in range(2):
            dA = 0.0
            for u in range(3):
                for v in range(3):
                    dA += 2.0 * Q[u, v] * room.d_first[w, e, u] * room.first[f, v]
            total += LL[e, f] * (dA + room.slope[f, w] * room.B[e])
            for g in range(2):
                total += LLL[e, f, g] * room.slope[g, w] * room.A[e, f]
    return total


def pull_of(interval: Any) -> Callable[..., Any]:
    """A function that fills the derivatives of -G, see ``ends``, in m and in (tau above, tau below, c), (n, 6).

    ``Q`` (n, 3, 3) is the posterior covariance of a row's m.
    """

    def pull(y, weight, predictors, tau, Q, out):
        z, d_eta, p, d_tau, d_c = np.empty(2), np.empty(2), np.empty(2), np.empty(2), np.empty(2)
        L, LL, LLL = np.empty(2), np.empty((2, 2)), np.empty((2, 2, 2))
        of_z = np.zeros((2, 3)), np.zeros((2, 3, 3)), np.zeros((2, 6))
        room = _Room(*of_z, np.zeros((6, 2, 3)), np.zeros((6, 2, 3, 3)), np.zeros((2, 2)), np.zeros(2))
        for i in range(y.size):
            m = predictors[i]
            ends_of(tau, y[i], m, z, d_eta, p, d_tau, d_c)
            _, ru, ru1, ru2, rl, rl1, rl2 = interval(z[1], z[0])
            pair(ru, ru1, rl, rl1, L, LL)
            third(ru, ru1, ru2, rl, rl1, rl2, LLL)
            for e in range(2):
                _fill_end(e, m, z[e], d_eta[e], p[e], d_tau[e], d_c[e], room)
            _against(Q[i], room)
            for w in range(6):
                out[i, w] = -weight[i] * _slope_of_G(w, Q[i], L, LL, LLL, room)

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
        return self.to_thresholds(self._ends(pull, shift))

    def by_row(self, pull: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """(n, k) what each row adds to ``gradient``."""
        ends, k = self._ends(pull, shift), self.tau.size
        out = np.repeat(ends[:, CENTRE, None] / k, k, axis=1)
        above, below = np.flatnonzero(self.y < k), np.flatnonzero(self.y > 0)
        out[above, self.y[above]] += ends[above, HIGH]
        out[below, self.y[below] - 1] += ends[below, LOW]
        return out

    def _ends(self, pull: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """(n, 3) the same in the threshold above, below and c."""
        own, cross, _ = self._own
        return own - 0.5 * (pull[:, 3:] + np.einsum("iu,iuj->ij", shift, cross))

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
