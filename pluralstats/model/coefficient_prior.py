"""The joint prior of coefficients: one multivariate student_t for every part of the linear predictor."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag

from pluralstats.model.terms.levels import LevelEffects

ROUNDING = 1e-9  # share of an entry's largest coefficient that is nothing but rounding


class CoefficientPrior(NamedTuple):
    """Coefficients b = spread e, e = root b, the intercept apart, in the units of the data.

    Of e (r,), entries ``starts[g]`` to ``starts[g + 1]`` are a multivariate student_t with the identity as its scale
    matrix, independent of the others; those of submodels (``normal`` (G,) bool) are normal. ``spread`` (p, r), ``root``
    (r, p), ``starts`` (G + 1,).
    """

    spread: np.ndarray
    root: np.ndarray
    starts: np.ndarray
    normal: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """(p,) scale of each coefficient by itself."""
        return np.sqrt((self.spread**2).sum(axis=1))

    def without(self, columns: np.ndarray) -> "CoefficientPrior":
        """The prior of all other coefficients, where those at ``columns`` have one of their own, as steps of ``mo()``.

        Entries of e that make only coefficients at ``columns`` are left out; ``spread`` and ``root`` keep their size in
        p, with zeros there.
        """
        rest = np.setdiff1d(np.arange(len(self.spread)), columns)
        size = np.abs(self.spread).max(axis=0, initial=0.0)
        kept = (np.abs(self.spread[rest]) > ROUNDING * size).any(axis=0)
        spread, root = self.spread[:, kept].copy(), self.root[kept].copy()
        spread[columns], root[:, columns] = 0.0, 0.0
        counts = np.add.reduceat(np.append(kept, False), self.starts[:-1]) if self.starts.size > 1 else np.zeros(0, int)
        starts = np.concatenate([[0], np.cumsum(counts[counts > 0])]).astype(np.int64)
        return CoefficientPrior(spread, root, starts, self.normal[counts > 0])

    def log_density(self, b: np.ndarray, df: float) -> np.ndarray:
        """(S,) log density of coefficients (S, p) up to a constant."""
        squares = (b @ self.root.T) ** 2
        pairs = zip(self.starts[:-1], self.starts[1:], strict=True)
        sums = [(squares[:, u:v].sum(axis=1), v - u) for u, v in pairs]
        parts = [
            0.5 * square if normal else 0.5 * (df + size) * np.log1p(square / df)
            for (square, size), normal in zip(sums, self.normal, strict=True)
        ]
        return -np.sum(parts, axis=0) if parts else np.zeros(len(b))

    def drawn(self, df: float, rng: np.random.Generator) -> np.ndarray:
        """(p,) coefficients from the prior; 0 for the intercept."""
        mixing = np.where(self.normal, 1.0, np.sqrt(df / rng.chisquare(df, self.starts.size - 1)))
        return self.spread @ (np.repeat(mixing, np.diff(self.starts)) * rng.standard_normal(self.root.shape[0]))


def coefficient_prior(
    effects: LevelEffects, of_part: Sequence[float], terms: Sequence[str], chosen: np.ndarray
) -> CoefficientPrior:
    """The prior with scales of one's own.

    Parameters
    ----------
    of_part : one number for each part of the predictor, the scale of its term
    terms : (p,) the term of each coefficient
    chosen : (p,) the scale of each coefficient, which may differ from that of its term
    """
    own = [np.flatnonzero(np.array(terms) == term) for term in effects.terms]
    parts = [
        _scaled(part, rows, scale, chosen) for part, rows, scale in zip(effects.spreads, own, of_part, strict=True)
    ]
    groups: list[np.ndarray] = []
    for g, rank in enumerate(effects.ranks):
        together = [part for part, group in zip(parts, effects.groups, strict=True) if group == g]
        groups.append(_narrowed(np.hstack(together) * effects.unit[:, None], rank))
    spread = np.hstack(groups) if groups else np.zeros((len(effects.unit), 0))
    root = np.zeros(spread.shape[::-1])
    root[:, effects.columns] = np.linalg.inv(spread[effects.columns])
    starts = np.concatenate([[0], np.cumsum(effects.ranks)]).astype(np.int64)
    normal = np.zeros(starts.size - 1, bool)
    return CoefficientPrior(spread / effects.unit[:, None], root * effects.unit, starts, normal)


def side_by_side(pieces: Sequence[CoefficientPrior], normal: Sequence[bool]) -> CoefficientPrior:
    """The prior of coefficients that stand behind one another; of submodels (``normal``) normal, not student_t."""
    starts = np.cumsum([0, *(size for one in pieces for size in np.diff(one.starts))]).astype(np.int64)
    kinds = np.repeat(np.asarray(normal, bool), [one.starts.size - 1 for one in pieces])
    spread, root = (block_diag(*(getattr(one, part) for one in pieces)) for part in ("spread", "root"))
    return CoefficientPrior(spread, root, starts, kinds)


def _scaled(part: np.ndarray, own: np.ndarray, scale: float, chosen: np.ndarray) -> np.ndarray:
    """(p, r) a part of the predictor in the scale of its term, single coefficients (rows ``own``) in that of theirs."""
    ratio, scaled = chosen[own] / scale, scale * part
    if np.array_equal(ratio, np.ones(own.size)):
        return scaled
    rows = scaled[own] * ratio[:, None]
    scaled = scaled @ np.linalg.pinv(scaled[own]) @ rows  # what the part adds to other columns follows from its own
    scaled[own] = rows
    return scaled


def _narrowed(made: np.ndarray, rank: int) -> np.ndarray:
    """(p, rank) with the same made made'."""
    if made.shape[1] == rank:
        return made
    u, s, _ = np.linalg.svd(made, full_matrices=False)
    return u[:, :rank] * s[:rank]
