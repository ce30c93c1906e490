"""The few directions in which effects are hardly told apart, taken out exactly.

Along the means of all effects of a term the eigenvalues of E come close to 1, for thresholds and other terms can take
them up; all others are small on a random design. With U (n, d) orthonormal, near those directions but otherwise
arbitrary, P = I - UU', M = U'(I - E)U and F = -P E U M^-1, elimination of U leaves on its complement

    I - E_,      E_ = P (E + E U M^-1 U'E) P,

with det(I - E) = det M det(I - E_), and (I - E)^-1 = U M^-1 U' + W (I - E_)^-1 W' for W = (I - U F')P.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.large.krylov import NOT_POSITIVE
from pluralstats.inference.large.schur import Operator

LARGE = 0.25  # eigenvalue of E from which its direction is taken out
STEPS = 6  # of the block Krylov space in which directions are looked for
MOST = 12  # directions
ROUNDING = 1e-9


class Deflation(NamedTuple):
    """E with some directions taken out; the names are those of the module's equations.

    ``values`` (d,) are the Ritz values of E along ``U`` (n, d), ``EU`` is E U.
    """

    E: Operator
    U: np.ndarray
    EU: np.ndarray
    values: np.ndarray
    inverse: np.ndarray  # (d, d) M^-1

    @property
    def M(self) -> np.ndarray:
        return np.eye(len(self.values)) - self.U.T @ self.EU

    @property
    def F(self) -> np.ndarray:
        return -self.off(self.EU) @ self.inverse

    def off(self, x: np.ndarray) -> np.ndarray:
        """P x."""
        return x - self.U @ (self.U.T @ x)

    def times(self, x: np.ndarray) -> np.ndarray:
        """E_ x for x (n, k) in the complement."""
        return self.off(self.E.times(x) + self.EU @ (self.inverse @ (self.EU.T @ x)))

    def lifted(self, x: np.ndarray) -> np.ndarray:
        """W x for x (n, k) in the complement: x with what then is best along U."""
        return x + self.U @ (self.inverse @ (self.EU.T @ x))

    @property
    def diagonal(self) -> np.ndarray:
        """(n,) of E_."""
        along, N = self.U.T @ self.EU, self.off(self.EU)
        of_E = -2.0 * (self.U * self.EU).sum(axis=1) + np.einsum("ni,ij,nj->n", self.U, along, self.U)
        return of_E + np.einsum("ni,ij,nj->n", N, self.inverse, N)


def deflate(E: Operator, starts: np.ndarray) -> Deflation:
    """The directions of large eigenvalues, found from ``starts`` (n, k) by a block Krylov space (Saad 2011, chapter 6).

    Raises
    ------
    FitError
        An eigenvalue of 1 or more: I - E is not positive definite.
    """
    Q, EQ = _krylov(E, starts)
    values, vectors = np.linalg.eigh(0.5 * (Q.T @ EQ + EQ.T @ Q))
    if values.size and not values[-1] < 1.0:
        raise FitError(NOT_POSITIVE)
    U, EU = Q @ vectors, EQ @ vectors
    missed = ((EU - values * U) ** 2).sum(axis=0) / (1.0 - values)  # what else E_ would have
    size = np.where(missed < 0.5 * np.abs(values), np.abs(values), 0.0)
    kept = np.sort(np.argsort(-size)[: min(MOST, int((size > LARGE).sum()))])
    return along(E, U[:, kept])


def along(E: Operator, U: np.ndarray) -> Deflation:
    """The directions U (n, d), orthonormal, taken out."""
    EU = E.times(U)
    of_E = U.T @ EU
    return Deflation(E, U, EU, np.diagonal(of_E).copy(), np.linalg.inv(np.eye(len(of_E)) - of_E))


def _krylov(E: Operator, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An orthonormal basis Q of the starts and what E makes of them, and E Q."""
    Q, EQ = np.empty((E.size, 0)), np.empty((E.size, 0))
    new = starts
    for _ in range(STEPS):
        before = np.linalg.norm(new, axis=0)
        for _ in range(2):
            new = new - Q @ (Q.T @ new)
        new = new[:, np.linalg.norm(new, axis=0) > ROUNDING * before]
        q, r = np.linalg.qr(new)
        q = q[:, np.abs(np.diagonal(r)) > ROUNDING * np.abs(r).max(initial=1e-300)]
        if not q.shape[1]:
            break
        new = E.times(q)
        Q, EQ = np.hstack([Q, q]), np.hstack([EQ, new])
    return Q, EQ
