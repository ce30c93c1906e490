"""Columns of X centred and scaled for the search, and the way back (years as 2020 or income in cents do no harm)."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pluralstats.inference.posterior import LaplacePosterior
from pluralstats.model.design import Design


class Standardised(NamedTuple):
    """A design in standard units with the shift (p,) and scale (p,) of its columns, the scale (T,) of the multipliers
    of random slopes, and the shift of y."""

    design: Design
    shift: np.ndarray
    scale: np.ndarray
    slope_scale: np.ndarray
    y_shift: float


def standardise(design: Design) -> Standardised:
    """Measured columns with mean 0 and sd 1 over cells, gaussian ratings with mean 0, where an intercept takes it up.

    Multipliers of random slopes are scaled, not shifted: a shift would change what the intercept's sd is about.
    Columns of zeros and ones stay as they are: they are in good units, and a separated level then concerns its own
    coefficient only.
    """
    X, names = design.fixed.X, design.fixed.names
    gaussian = design.family == "gaussian"
    absorbs = not gaussian or "Intercept" in names
    moves = ((X != 0.0) & (X != 1.0)).any(axis=0)
    shift = np.where(moves & absorbs, X.mean(axis=0), 0.0)
    spread = np.sqrt(((X - shift) ** 2).mean(axis=0))
    scale = np.where(moves & (spread > 0.0), spread, 1.0)
    fixed = replace(design.fixed, X=np.ascontiguousarray((X - shift) / scale))
    y_shift = float(np.average(design.y, weights=design.weight)) if gaussian and absorbs else 0.0
    y = design.y - y_shift if gaussian else design.y
    slope_scale = np.array([_spread(grouping.multiplier) for grouping in design.groupings])
    groupings = tuple(
        replace(grouping, multiplier=grouping.multiplier / s)
        for grouping, s in zip(design.groupings, slope_scale, strict=True)
    )
    return Standardised(replace(design, fixed=fixed, y=y, groupings=groupings), shift, scale, slope_scale, y_shift)


def _spread(multiplier: np.ndarray) -> float:
    """The sd of measured multipliers over cells, 1 for zeros and ones."""
    return 1.0 if np.isin(multiplier, (0.0, 1.0)).all() else float(multiplier.std()) or 1.0


def back_transformed(posterior: LaplacePosterior, made: Standardised) -> LaplacePosterior:
    """The posterior of the coefficients, thresholds or intercept in the units of the data."""
    size = posterior.mode.size
    matrix, offset = np.eye(size), np.zeros(size)
    b, entries = posterior.coefficient_slice, posterior.entry_slice
    rows = np.concatenate([np.arange(made.slope_scale.size), posterior.pairs.row])
    matrix[entries, entries] = np.diag(1.0 / made.slope_scale[rows])
    matrix[b, b] = np.diag(1.0 / made.scale)
    if posterior.n_thresholds:
        matrix[0, b] = made.shift / made.scale
    elif "Intercept" in made.design.fixed.names:
        intercept = b.start + made.design.fixed.names.index("Intercept")
        matrix[intercept, b] -= made.shift / made.scale
        offset[intercept] = made.y_shift
    inverse = np.linalg.inv(matrix)
    return replace(
        posterior,
        mode=matrix @ posterior.mode + offset,
        covariance=matrix @ posterior.covariance @ matrix.T,
        moves=posterior.moves @ inverse,
        leaves=tuple(leaf._replace(posterior=back_transformed(leaf.posterior, made)) for leaf in posterior.leaves),
    )
