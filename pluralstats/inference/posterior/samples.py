"""Posterior draws as arrays, and their way from the standardised design to the units of the data: linear maps.

A measured covariate x is searched and sampled as z = (x - m) / s, in the fixed part and in random slopes. With A the
linear maps here, b = A b_z, u = A u_z for the effects of each level, Lambda = A Lambda_z for the root of their
covariance, and thresholds move by what the shifts of all columns add up to. A single draw is mapped, never a
covariance of estimates: one column in nanoseconds would drown all others in it.
"""

import copyreg
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import Pairs, by_block, correlations_of, sds_of

DRAWS_AT_ONCE = 128


def _unchanging(parts: dict[str, "PartSamples"]) -> MappingProxyType[str, "PartSamples"]:
    return MappingProxyType(parts)


copyreg.pickle(MappingProxyType, lambda parts: (_unchanging, (dict(parts),)))  # draws are copied, and sent to processes


class PartSamples(NamedTuple):
    """Draws of a submodel: coefficients (S, p), sds (S, T), effects T x (S, q_t), correlations (S, W)."""

    coefficient: np.ndarray
    sd: np.ndarray
    effects: tuple[np.ndarray, ...]
    correlation: np.ndarray

    def at(self, rows: np.ndarray) -> "PartSamples":
        """Some of the draws."""
        effects = tuple(effect[rows] for effect in self.effects)
        return PartSamples(self.coefficient[rows], self.sd[rows], effects, self.correlation[rows])


class Samples(NamedTuple):
    """Posterior draws.

    Thresholds of all groups (S, m), coefficients (S, p), sds (S, T), residual sd (S,) or None, effects T x (S, q_t),
    correlations (S, W) in the order of ``Design.correlations``; ``parts``: those of submodels by name, where they are
    apart from those of eta.
    """

    threshold: np.ndarray
    coefficient: np.ndarray
    sd: np.ndarray
    residual_sd: np.ndarray | None
    effects: tuple[np.ndarray, ...]
    correlation: np.ndarray
    parts: Mapping[str, PartSamples] = MappingProxyType({})

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
        submodels = {name: part.at(rows) for name, part in self.parts.items()}
        return Samples(*parts, residual, effects, self.correlation[rows], submodels)


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


def drawn_effects(
    v: np.ndarray,
    moves: np.ndarray,
    factor: Curvature,
    deviations: np.ndarray,
    root: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, ...]:
    """Random effects given parameters, a tuple of (S, q_t), drawn a block at a time so that temporaries stay small.

    Parameters
    ----------
    v, moves, factor : the mode (q,) of standardised effects, its derivative (q, P), and the curvature there
    deviations, root : (S, P) of the parameters from their mode, and (S, T, T) the Lambda that each draw has
    """
    pattern = factor.pattern
    out = tuple(np.empty((len(root), level.stop - level.start)) for level in pattern.slices)
    for start in range(0, len(root), DRAWS_AT_ONCE):
        block = slice(start, min(start + DRAWS_AT_ONCE, len(root)))
        noise = rng.standard_normal((v.size, block.stop - block.start))
        drawn = v[:, None] + moves @ deviations[block].T + factor.draw(noise)
        for term, part in zip(pattern.blocks, by_block(drawn, pattern), strict=True):
            effects = np.einsum("sab,bls->asl", root[block, term, term], part)
            for t, values in zip(range(term.start, term.stop), effects, strict=True):
                out[t][block] = values
    return out


def even_shares(n: int, parts: int) -> np.ndarray:
    """``parts`` whole numbers that differ by at most one and sum to n."""
    return np.diff(np.linspace(0, n, parts + 1).astype(int))


class DataUnits(NamedTuple):
    """The way back from standard units.

    Attributes
    ----------
    coefficient : (p, p) coefficients of the data's columns from those of the standardised ones
    threshold : (p,) what one unit of a standardised coefficient adds to every threshold, or (m, p) to each
    effect : (T, T) the same as ``coefficient`` for the effects of a level, a block for each random term
    intercept : position of the gaussian intercept, which takes up ``y_shift``; -1 without
    y_shift : float
    prior_weights : T entries, the design weights (q_t,) of raters that effects are divided by the roots of, or None
    """

    coefficient: np.ndarray
    threshold: np.ndarray
    effect: np.ndarray
    intercept: int = -1
    y_shift: float = 0.0
    prior_weights: tuple[np.ndarray | None, ...] = ()

    @property
    def moves_effects(self) -> bool:
        """Whether any random effect has other units here than in the data."""
        return not np.array_equal(self.effect, np.eye(len(self.effect)))

    @property
    def moves(self) -> bool:
        """Whether any parameter or effect changes, other than by design weights."""
        return self.moves_effects or not np.array_equal(self.coefficient, np.eye(len(self.coefficient)))

    def on_thresholds(self, b: np.ndarray) -> np.ndarray:
        """(S, 1) or (S, m), what standardised coefficients (S, p) add to thresholds."""
        return (b @ self.threshold)[:, None] if self.threshold.ndim == 1 else b @ self.threshold.T

    def shrink(self, t: int) -> np.ndarray | float:
        """(q_t,) what the effects of grouping t are divided by."""
        weight = self.prior_weights[t] if self.prior_weights else None
        return 1.0 if weight is None else np.sqrt(weight)


def same_units(coefficients: int, terms: int) -> DataUnits:
    """Nothing changes."""
    return DataUnits(np.eye(coefficients), np.zeros(coefficients), np.eye(terms))


def in_data_units(units: DataUnits, at: Samples, root: np.ndarray, pairs: Pairs) -> Samples:
    """Draws of the standardised design in the units of the data.

    Parameters
    ----------
    root : (S, T, T) roots of the covariances behind ``at``, of which those of terms that move are read
    """
    threshold = at.threshold + units.on_thresholds(at.coefficient)
    coefficient = scaled_rows(at.coefficient, units.coefficient)
    if units.intercept >= 0:
        coefficient[:, units.intercept] += units.y_shift
    sd, correlation = at.sd, at.correlation
    if units.moves_effects:
        moved = units.effect @ root
        changed = (units.effect != np.eye(len(units.effect))).any(axis=1)
        sd = np.where(changed, sds_of(moved), sd)
        correlation = np.where(changed[pairs.row] | changed[pairs.column], correlations_of(moved, pairs), correlation)
    return Samples(threshold, coefficient, sd, at.residual_sd, moved_effects(units, at.effects), correlation)


def scaled_rows(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """rows @ matrix.T as a new array; a matrix that is diagonal leaves every column to itself."""
    diagonal = np.diagonal(matrix)
    return rows * diagonal if np.count_nonzero(matrix) == np.count_nonzero(diagonal) else rows @ matrix.T


def moved_effects(units: DataUnits, effects: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Effects (..., q_t) of each grouping in the units of the data; those that do not change are the same arrays."""
    out = []
    for t, own in enumerate(effects):
        row = units.effect[t]
        others = [i for i in np.flatnonzero(row) if i != t]
        made = own if row[t] == 1.0 and not others else own * own.dtype.type(row[t])
        for i in others:
            made = made + effects[i] * own.dtype.type(row[i])
        shrink = units.shrink(t)
        out.append(made if isinstance(shrink, float) else made / shrink.astype(own.dtype))
    return tuple(out)


def in_standard_units(units: DataUnits, at: Samples, pairs: Pairs) -> Samples:
    """The way back of :func:`in_data_units` for thresholds, coefficients, sds and correlations; effects stay."""
    b = at.coefficient.copy()
    if units.intercept >= 0:
        b[:, units.intercept] -= units.y_shift
    b = scaled_rows(b, scaled_inverse(units.coefficient))
    threshold, sd, correlation = at.threshold - units.on_thresholds(b), at.sd, at.correlation
    if units.moves_effects:
        matrix = np.tile(np.eye(sd.shape[1]), (len(sd), 1, 1))
        matrix[:, pairs.row, pairs.column] = matrix[:, pairs.column, pairs.row] = correlation
        back = scaled_inverse(units.effect) * sd[:, None, :]
        covariance = back @ matrix @ back.transpose(0, 2, 1)
        sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        correlation = (covariance / (sd[:, :, None] * sd[:, None, :]))[:, pairs.row, pairs.column]
    return at._replace(threshold=threshold, coefficient=b, sd=sd, correlation=correlation)


def scaled_inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of a matrix whose rows have units of their own, each divided by its size first."""
    size = np.abs(matrix).max(axis=1, initial=0.0)
    return np.linalg.inv(matrix / size[:, None]) / size
