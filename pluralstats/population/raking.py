"""Iterative proportional fitting: shares of cells that have given margins and the interactions of a seed.

Every round multiplies the cells of each level of each margin by wanted / reached (Deming & Stephan 1940, Annals of
Mathematical Statistics 11, 427-444). The limit is, of all tables with these margins, the one closest to the seed in
Kullback-Leibler divergence; cells that are zero in the seed stay zero.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

MOST_ROUNDS = 2_000
CLOSE = 1e-10  # largest difference of a share from its margin at which raking has converged


class Constraint(NamedTuple):
    """One margin over cells: ``level`` (cells,) which of its levels each cell has, ``share`` (levels,) sums to 1."""

    level: np.ndarray
    share: np.ndarray

    def reached(self, share: np.ndarray) -> np.ndarray:
        """(levels,) shares of the levels when cells have these shares."""
        return np.bincount(self.level, weights=share, minlength=self.share.size)


class Raked(NamedTuple):
    """Shares of the cells (cells,), rounds made, and the largest difference left between a margin and its target."""

    share: np.ndarray
    rounds: int
    difference: float


def raked(seed: np.ndarray, constraints: Sequence[Constraint]) -> Raked:
    """Rake a seed (cells,) of positive numbers to its constraints.

    Examples
    --------
    >>> table = raked(np.ones(4), [Constraint(np.array([0, 0, 1, 1]), np.array([0.3, 0.7])),
    ...                            Constraint(np.array([0, 1, 0, 1]), np.array([0.4, 0.6]))])
    >>> table.share.round(2).tolist()
    [0.12, 0.18, 0.28, 0.42]
    """
    share, difference, rounds = seed / seed.sum(), np.inf, 0
    while difference > CLOSE and rounds < MOST_ROUNDS:
        for constraint in constraints:
            reached = constraint.reached(share)
            factor = np.divide(constraint.share, reached, out=np.zeros_like(reached), where=reached > 0.0)
            share = share * factor[constraint.level]
        difference = max(np.abs(constraint.reached(share) - constraint.share).max() for constraint in constraints)
        rounds += 1
    return Raked(share, rounds, float(difference))


def can_be_met(n_cells: int, constraints: Sequence[Constraint]) -> bool:
    """Whether any shares of the cells, zero included, have these margins (a linear programme)."""
    rows = [np.equal.outer(np.arange(c.share.size), c.level).astype(float) for c in constraints]
    wanted = np.concatenate([constraint.share for constraint in constraints])
    return linprog(np.zeros(n_cells), A_eq=np.concatenate(rows), b_eq=wanted, bounds=(0.0, None)).status == 0
