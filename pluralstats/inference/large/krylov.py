"""Krylov methods for many right-hand sides at once: conjugate gradients, and Lanczos for functions of a matrix."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pluralstats.errors import FitError

MOST_STEPS = 2_000
EXACT = 1e-10  # of the right-hand side, the residual at which a solve ends
NEARLY = 1e-8  # the same of the vectors that a determinant is estimated with
NOTHING = 1e-13  # length that is rounding

NOT_FOUND = (
    "The iterative solver did not converge: some effects of different terms can hardly be told apart. Drop one of the "
    "random terms that overlap, or use ps.Solver(kind='dense') where memory allows it."
)
NOT_POSITIVE = "The curvature of the random effects is not positive definite: the ratings or weights overflow."

type Times = Callable[[np.ndarray], np.ndarray]  # (n, k) -> a symmetric matrix times it


def conjugate_gradients(E: Times, b: np.ndarray) -> np.ndarray:
    """(I - E)^-1 b for b (n, k), every column by itself (Hestenes & Stiefel 1952).

    Raises
    ------
    FitError
        I - E is not positive definite, or nearly singular.
    """
    x, r = np.zeros_like(b), b.copy()
    p, square = r.copy(), _dots(r, r)
    enough = EXACT**2 * square
    for _ in range(MOST_STEPS):
        if not (square > enough).any():
            return x
        q = p - E(p)
        curved = _dots(p, q)
        if not (curved >= 0.0).all():
            raise FitError(NOT_POSITIVE)
        step = np.where(square > enough, square / np.maximum(curved, 1e-300), 0.0)
        x += step * p
        r -= step * q
        before, square = square, np.where(square > enough, _dots(r, r), square)
        p = r + np.where(step > 0.0, square / np.maximum(before, 1e-300), 0.0) * p
    raise FitError(NOT_FOUND)


def _dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("nk,nk->k", a, b)


class Lanczos(NamedTuple):
    """Bases Q (m, n, k) and tridiagonal matrices T (k, m, m) with E Q = Q T nearly, from starts of ``length`` (k,)."""

    Q: np.ndarray
    T: np.ndarray
    length: np.ndarray

    def combined(self, coefficients: np.ndarray) -> np.ndarray:
        """(n, k) the sums over the basis times coefficients (k, m), in units of the starts."""
        return np.einsum("mnk,km->nk", self.Q, coefficients * self.length[:, None], optimize=True)

    @property
    def eigenvalues(self) -> np.ndarray:
        """(k, m) Ritz values."""
        return np.linalg.eigvalsh(self.T)

    def applied(self, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """(n, k) function(E) times the starts."""
        values, vectors = np.linalg.eigh(self.T)
        return self.combined(np.einsum("kij,kj,kj->ki", vectors, function(values), vectors[:, 0]))


def lanczos(E: Times, starts: np.ndarray) -> Lanczos:
    """Lanczos' tridiagonalisation from every column of starts (n, k), until (I - E)^-1 of it is known.

    Raises
    ------
    FitError
        I - E is not positive definite.
    """
    length = np.sqrt(_dots(starts, starts))
    q = starts / np.maximum(length, NOTHING)
    Q, alpha = [q], []
    beta: list[np.ndarray] = []
    for _ in range(MOST_STEPS):
        w = E(q)
        alpha.append(_dots(q, w))
        w -= alpha[-1] * q
        if len(Q) > 1:
            w -= beta[-1] * Q[-2]
        rest = np.sqrt(_dots(w, w))
        if (_left(alpha, beta) * rest < NEARLY).all():
            return Lanczos(np.stack(Q), _tridiagonal(alpha, beta), length)
        alive = rest > NOTHING
        beta.append(np.where(alive, rest, 0.0))
        q = np.where(alive, w / np.maximum(rest, NOTHING), 0.0)
        Q.append(q)
    raise FitError(NOT_FOUND)


def _left(alpha: list[np.ndarray], beta: list[np.ndarray]) -> np.ndarray:
    """(k,) the last entry of (I - T)^-1 e1, which the residual is proportional to."""
    pivot, product = 1.0 - alpha[0], np.ones_like(alpha[0])
    for a, b in zip(alpha[1:], beta, strict=False):
        product = product * b / pivot
        pivot = 1.0 - a - b**2 / pivot
    if not (pivot > 0.0).all():
        raise FitError(NOT_POSITIVE)
    return product / pivot


def _tridiagonal(alpha: list[np.ndarray], beta: list[np.ndarray]) -> np.ndarray:
    k, m = alpha[0].size, len(alpha)
    T, at = np.zeros((k, m, m)), np.arange(m)
    T[:, at, at] = np.stack(alpha, axis=1)
    if m > 1:
        T[:, at[1:], at[:-1]] = T[:, at[:-1], at[1:]] = np.stack(beta[: m - 1], axis=1)
    return T
