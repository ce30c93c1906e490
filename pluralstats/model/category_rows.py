"""Coefficients at every threshold, ``cs(x)``: thresholds of rows that differ by more than a level.

In families of steps the thresholds have no order, and a column z may have a coefficient c_k at each of them: the step
at threshold k is tau_k - z'c_k - x'b, so that positive coefficients lift the answers, as those of eta do (brms has
the same sign). Of this the mean over thresholds is where people stand, and the rest how far apart their thresholds are:

    eta = x'b + z'c,        tau_gk = tau_k - z_g'(c_k - c),        c = mean of c_k,

g the group of all rows with the same z. What is estimated are tau and c_k, these as coefficients behind b, threshold by
threshold.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.storage.compiled import kernel


class CategoryRows(NamedTuple):
    """Columns within ``cs()``.

    ``Z`` (G, m) those of each group, ``cells`` (G,) a cell of the design that has them, ``first`` the position of the
    first of their coefficients among all.
    """

    Z: np.ndarray
    cells: np.ndarray
    first: int

    def at_thresholds(self, b: np.ndarray, n: int) -> np.ndarray:
        """(..., n, m) coefficients at each of n thresholds, from all coefficients (..., p)."""
        m = self.Z.shape[1]
        return b[..., self.first : self.first + n * m].reshape(*b.shape[:-1], n, m)

    def thresholds(self, tau: np.ndarray, b: np.ndarray, Z: np.ndarray) -> np.ndarray:
        """(..., rows, n) thresholds of rows with columns Z (rows, m), from tau (..., n) and coefficients (..., p)."""
        c = self.at_thresholds(b, tau.shape[-1])
        return tau[..., None, :] - np.swapaxes((c - c.mean(axis=-2, keepdims=True)) @ Z.T, -1, -2)

    def stacked(self, tau: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(..., G n) thresholds of all groups."""
        return self.thresholds(tau, b, self.Z).reshape(*tau.shape[:-1], -1)

    def jacobian(self, n: int, p: int) -> np.ndarray:
        """(G n, n + p) derivatives of the stack in n thresholds and p coefficients."""
        groups, m = self.Z.shape
        out = np.zeros((groups, n, n + p))
        out[:, :, :n] = np.eye(n)
        away = np.eye(n) - 1.0 / n if n else np.eye(n)
        of_steps = -away[None, :, :, None] * self.Z[:, None, None, :]
        out[:, :, n + self.first : n + self.first + n * m] = of_steps.reshape(groups, n, n * m)
        return out.reshape(groups * n, n + p)


def no_categories() -> CategoryRows:
    """Of a design without ``cs()``, for kernels."""
    return CategoryRows(np.empty((0, 0)), np.zeros(0, np.int64), 0)


@kernel
def fill_by_category(at, tau, b, own):
    """Fills the thresholds of all groups, stacked, from tau (n,) and coefficients b (p,)."""
    n, m = tau.size, at.Z.shape[1]
    away = b[at.first : at.first + n * m].copy()
    for j in range(m):
        away[j::m] -= away[j::m].mean()
    for g in range(at.Z.shape[0]):
        for k in range(n):
            total = tau[k]
            for j in range(m):
                total -= at.Z[g, j] * away[k * m + j]
            own[g * n + k] = total


@kernel
def category_gradient(at, to_own, to_tau, to_b):
    """Adds to the gradients in tau and in coefficients what follows from that in the thresholds of all groups."""
    n, m = to_tau.size, at.Z.shape[1]
    for g in range(at.Z.shape[0]):
        mean = to_own[g * n : (g + 1) * n].mean()
        for k in range(n):
            to_tau[k] += to_own[g * n + k]
            for j in range(m):
                to_b[at.first + k * m + j] -= at.Z[g, j] * (to_own[g * n + k] - mean)
