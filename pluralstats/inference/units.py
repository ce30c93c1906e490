"""From the standardised design back to the units of the data: linear maps of coefficients and of random effects.

A measured covariate x is searched and sampled as z = (x - m) / s, in the fixed part and in random slopes. With A the
linear maps here, b = A b_z, u = A u_z for the effects of each level, Lambda = A Lambda_z for the root of their
covariance, and thresholds move by what the shifts of all columns add up to. A single draw is mapped, never a
covariance of estimates: one column in nanoseconds would drown all others in it.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.roots import Pairs, correlations_of, sds_of
from pluralstats.inference.posterior.samples import Samples


class DataUnits(NamedTuple):
    """The way back from standard units.

    Attributes
    ----------
    coefficient : (p, p) coefficients of the data's columns from those of the standardised ones
    threshold : (p,) what one unit of a standardised coefficient adds to every threshold
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
    threshold = at.threshold + (at.coefficient @ units.threshold)[:, None]
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
    threshold, sd, correlation = at.threshold - (b @ units.threshold)[:, None], at.sd, at.correlation
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
