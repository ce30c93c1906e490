"""Columns of X centred and scaled for the search, and the way back (years as 2020 or income in cents do no harm)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pluralstats.inference.posterior import LaplacePosterior
from pluralstats.model.design import Design
from pluralstats.model.level_effects import level_effects


class Standardised(NamedTuple):
    """A design in standard units with the shift (p,) and scale (p,) of its columns, the scale (T,) of the multipliers
    of random slopes, and the shift of y.

    The prior term of a rater with design weight c is raised to the power c (METHODS section 1). That is the same as a
    standard normal effect with its multiplier over the root of c, which is how the multipliers here have it.
    """

    design: Design
    shift: np.ndarray
    scale: np.ndarray
    slope_scale: np.ndarray
    y_shift: float


def standardise(design: Design, *, mean_of_levels: bool = True) -> Standardised:
    """Measured columns with mean 0 and sd 1 over cells, gaussian ratings with mean 0, where an intercept takes it up.

    Multipliers of random slopes are scaled, not shifted: a shift would change what the intercept's sd is about.

    Parameters
    ----------
    mean_of_levels : bool
        Thresholds or intercept are those at the mean of all levels of every factor, as their prior wants it. Otherwise
        those of the reference: columns of zeros and ones stay as they are, and a separated level then concerns its own
        coefficient only.
    """
    X, absorbs = design.fixed.X, design.has_constant
    gaussian = design.family == "gaussian"
    moves = ((X != 0.0) & (X != 1.0)).any(axis=0)
    own_means = np.where(moves & absorbs, X.mean(axis=0), 0.0)
    shift = level_effects(design.fixed, absorbs).centre if mean_of_levels else own_means
    spread = np.sqrt(((X - shift) ** 2).mean(axis=0))
    scale = np.where(moves & (spread > 0.0), spread, 1.0)
    fixed = replace(design.fixed, X=np.ascontiguousarray((X - shift) / scale))
    y_shift = float(np.average(design.y, weights=design.weight)) if gaussian and absorbs else 0.0
    y = design.y - y_shift if gaussian else design.y
    slope_scale = np.array([_spread(grouping.multiplier) for grouping in design.groupings])
    cells = design.fixed.frame
    weighted = np.sqrt(cells["rater_weight"].to_numpy(float)) if "rater_weight" in cells else 1.0
    groupings = tuple(
        replace(g, multiplier=g.multiplier / s / (1.0 if g.prior_weight is None else weighted))
        for g, s in zip(design.groupings, slope_scale, strict=True)
    )
    return Standardised(replace(design, fixed=fixed, y=y, groupings=groupings), shift, scale, slope_scale, y_shift)


def _spread(multiplier: np.ndarray) -> float:
    """The sd of measured multipliers over cells, 1 for zeros and ones."""
    return 1.0 if np.isin(multiplier, (0.0, 1.0)).all() else float(multiplier.std()) or 1.0


def effects_in_data_units(design: Design, effects: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Effects (..., q_t) of each grouping, standard normal times Lambda, less what a rater's design weight shrinks."""
    pairs = zip(design.groupings, effects, strict=True)
    return tuple(u if g.prior_weight is None else u / np.sqrt(g.prior_weight).astype(u.dtype) for g, u in pairs)


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
    weights = tuple(grouping.prior_weight for grouping in made.design.groupings)
    return replace(
        posterior,
        prior_weights=weights if any(weight is not None for weight in weights) else (),
        mode=matrix @ posterior.mode + offset,
        covariance=matrix @ posterior.covariance @ matrix.T,
        moves=posterior.moves @ inverse,
        leaves=tuple(leaf._replace(posterior=back_transformed(leaf.posterior, made)) for leaf in posterior.leaves),
    )
