"""Posterior draws as arrays."""

from typing import NamedTuple

import numpy as np


class Samples(NamedTuple):
    """Posterior draws.

    Thresholds (S, K-1), coefficients (S, p), sds (S, T), residual sd (S,) or None, effects T x (S, q_t), correlations
    (S, W) in the order of ``Design.correlations``.
    """

    threshold: np.ndarray
    coefficient: np.ndarray
    sd: np.ndarray
    residual_sd: np.ndarray | None
    effects: tuple[np.ndarray, ...]
    correlation: np.ndarray

    @property
    def parameters(self) -> np.ndarray:
        """(S, P) thresholds, coefficients, sds, correlations, residual sd, in the order of ``Fit.parameters``."""
        parts = [self.threshold, self.coefficient, self.sd, self.correlation]
        return np.concatenate(parts if self.residual_sd is None else [*parts, self.residual_sd[:, None]], axis=1)

    def at(self, rows: np.ndarray) -> "Samples":
        """Some of the draws."""
        residual = None if self.residual_sd is None else self.residual_sd[rows]
        effects = tuple(effect[rows] for effect in self.effects)
        parts = (self.threshold[rows], self.coefficient[rows], self.sd[rows])
        return Samples(*parts, residual, effects, self.correlation[rows])


def evenly_spaced(total: int, chains: int, wanted: int) -> np.ndarray:
    """Positions of about ``wanted`` of ``total`` stacked draws, equally many of each chain.

    >>> evenly_spaced(10, 2, 4).tolist()
    [0, 4, 5, 9]
    """
    each, kept = total // chains, max(wanted // chains, 1)
    within = np.linspace(0, each - 1, min(kept, each)).round().astype(int)
    return (np.arange(chains)[:, None] * each + within).ravel()


def shuffled(parts: list[Samples], order: np.ndarray) -> Samples:
    """Draws of all leaves in random order."""
    threshold, coefficient, sd = (np.concatenate([part[i] for part in parts])[order] for i in range(3))
    residual = None if parts[0].residual_sd is None else np.concatenate([part.residual_sd for part in parts])[order]
    effects = tuple(np.concatenate(term)[order] for term in zip(*(part.effects for part in parts), strict=True))
    correlation = np.concatenate([part.correlation for part in parts])[order]
    return Samples(threshold, coefficient, sd, residual, effects, correlation)
