"""Columns of X centred and scaled for the search, and the way back (years as 2020 or income in cents do no harm)."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag

from pluralstats.inference.posterior.samples import DataUnits, scaled_inverse
from pluralstats.model.category_effects import CategoryEffects
from pluralstats.model.design import Design, Part
from pluralstats.model.merging import merged, positions
from pluralstats.model.terms.by_group import GroupedEffects
from pluralstats.model.terms.covariates import Columns, standard_columns
from pluralstats.model.terms.fixed import FixedEffects
from pluralstats.model.terms.levels import level_effects
from pluralstats.model.terms.random import Grouping


class Standardised(NamedTuple):
    """A design in standard units, and the way back to those of the data.

    The prior term of a rater with design weight c is raised to the power c (METHODS section 1). That is the same as a
    standard normal effect with its multiplier over the root of c, which is how the multipliers here have it.
    """

    design: Design
    units: DataUnits

    @property
    def y_shift(self) -> float:
        """What gaussian ratings are less, the mean of what an offset leaves of them."""
        return self.units.y_shift


def standardise(design: Design, *, mean_of_levels: bool = True) -> Standardised:
    """Measured covariates with mean 0 and sd 1 over cells, in the fixed part and in random slopes, where an intercept
    takes it up, and gaussian ratings with mean 0.

    Parameters
    ----------
    mean_of_levels : bool
        Thresholds or intercept are those at the mean of all levels of every factor, as their prior wants it. Otherwise
        those of the reference: columns of zeros and ones stay as they are, and a separated level then concerns its own
        coefficient only.
    """
    if design.whole.together is not None:
        return _of_parts(design.whole, mean_of_levels)
    gaussian, names, absorbs = design.family.has_residual, design.fixed.names, design.has_constant
    intercept = names.index("Intercept") if absorbs and not design.family.ordered else -1
    X, coefficient, threshold = _fixed(design, intercept, mean_of_levels=mean_of_levels and absorbs)
    y_shift = float(np.average(design.y_less_offset, weights=design.weight)) if gaussian and absorbs else 0.0
    y = design.y - y_shift if gaussian else design.y
    groupings, effect = _standard_groupings(design)
    weights = tuple(grouping.prior_weight for grouping in design.groupings)
    units = DataUnits(
        coefficient,
        threshold,
        effect,
        intercept,
        y_shift,
        weights if any(weight is not None for weight in weights) else (),
    )
    made = replace(design, fixed=replace(design.fixed, X=X), y=y, groupings=groupings)
    return Standardised(_with_categories(made) if design.thresholds.category else made, units)


def _fixed(design: Design, intercept: int, *, mean_of_levels: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X in standard units, the map of coefficients back, and what one unit of each adds to thresholds, (p,) to all or
    (m, p) to those of its group."""
    fixed, outside = design.fixed, design.family.ordered
    if isinstance(fixed, CategoryEffects):
        return _by_category(fixed, mean_of_levels)
    if not isinstance(fixed, GroupedEffects):
        return _one_fixed(fixed, intercept, outside, mean_of_levels)
    common, inner = (_one_fixed(one, intercept, outside, mean_of_levels) for one in (fixed.common, fixed.inner))
    groups, n_groups = design.thresholds, len(fixed.levels)
    threshold = np.zeros((groups.size, len(fixed.names)))
    threshold[:, : common[2].size] = common[2]
    for g, first in enumerate(fixed.first):
        threshold[groups.of_group(g), first : first + inner[2].size] = inner[2]
    X = fixed.expanded(common[0], inner[0], fixed.group_of(fixed.frame))
    return np.ascontiguousarray(X), block_diag(common[1], *[inner[1]] * n_groups), threshold


def _by_category(fixed: CategoryEffects, mean_of_levels: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same where columns have a coefficient at every threshold, which moves that threshold alone."""
    common, inner = (_one_fixed(one, -1, True, mean_of_levels) for one in (fixed.common, fixed.inner))
    n = len(fixed.boundaries)
    threshold = np.hstack([np.tile(common[2], (n, 1)), np.kron(np.eye(n), inner[2][None])])
    return fixed.expanded(common[0], inner[0]), block_diag(common[1], *[inner[1]] * n), threshold


def _with_categories(design: Design) -> Design:
    """The columns within ``cs()`` as those of X are."""
    fixed = design.fixed
    assert isinstance(fixed, CategoryEffects)
    m = fixed.inner.X.shape[1]
    Z = np.ascontiguousarray(fixed.X[:, fixed.first : fixed.first + m] * len(fixed.boundaries))
    return replace(design, fixed=replace(fixed, Z=Z), thresholds=design.thresholds.with_columns(Z))


def _one_fixed(
    fixed: FixedEffects, intercept: int, outside: bool, mean_of_levels: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    at = standard_columns(
        fixed.X, fixed.frame, fixed.columns, fixed.kept, fixed.rows_for, intercept=intercept, outside=outside
    )
    if mean_of_levels:
        at = _at(at, level_effects(fixed, True).centre, intercept)
    coefficient = _inverse_map(at.matrix)
    return at.standard, coefficient, at.shift @ coefficient


def _of_parts(whole: Design, mean_of_levels: bool) -> Standardised:
    """Eta as ever, each part with the columns it was made with, which nothing outside takes up."""
    how = whole.together
    made = [standardise(how.designs[0], mean_of_levels=mean_of_levels)]
    made += [_part(part) for part in whole.parts]
    designs, units = [one.design for one in made], [one.units for one in made]
    places, terms = positions(how), len(whole.groupings)
    effect, weights = np.eye(terms), [None] * terms
    for at, unit in zip(places, units, strict=True):
        effect[np.ix_(at, at)] = unit.effect
        for t, weight in zip(at, unit.prior_weights, strict=False):
            weights[t] = weight
    joined = DataUnits(
        block_diag(*(unit.coefficient for unit in units)),
        _side_by_side([unit.threshold for unit in units]),
        effect,
        units[0].intercept,
        units[0].y_shift,
        tuple(weights) if any(weight is not None for weight in weights) else (),
    )
    return Standardised(merged(how, designs), joined)


def _side_by_side(thresholds: list[np.ndarray]) -> np.ndarray:
    """(p,), or (m, p) where those of eta differ by group."""
    if thresholds[0].ndim == 1:
        return np.concatenate(thresholds)
    size = len(thresholds[0])
    return np.hstack([thresholds[0], *(np.zeros((size, one.size)) for one in thresholds[1:])])


def _part(part: Part) -> Standardised:
    """A submodel in standard units."""
    design = part.design
    groupings, effect = _standard_groupings(design)
    fixed = replace(design.fixed, X=part.columns.standard)
    coefficient = _inverse_map(part.columns.matrix)
    weights = tuple(grouping.prior_weight for grouping in design.groupings)
    units = DataUnits(coefficient, np.zeros(len(coefficient)), effect, prior_weights=weights)
    return Standardised(replace(design, fixed=fixed, groupings=groupings), units)


def _at(fixed: Columns, centre: np.ndarray, intercept: int) -> Columns:
    """The same columns less what they are where those of the data are ``centre`` (p,), which an intercept takes up."""
    taken_up = (
        fixed.shift if intercept < 0 else np.where(np.arange(centre.size) == intercept, 0.0, fixed.matrix[intercept])
    )
    standard = fixed.standard - (centre - taken_up) @ _inverse_map(fixed.matrix)
    if intercept < 0:
        return Columns(np.ascontiguousarray(standard), fixed.matrix, centre)
    matrix = fixed.matrix.copy()
    matrix[intercept] = np.where(np.arange(centre.size) == intercept, 1.0, centre)
    return Columns(np.ascontiguousarray(standard), matrix, fixed.shift)


def _inverse_map(matrix: np.ndarray) -> np.ndarray:
    """What maps coefficients when columns are mapped by ``matrix``."""
    return scaled_inverse(matrix.T).T


def _standard_groupings(design: Design) -> tuple[tuple[Grouping, ...], np.ndarray]:
    """Groupings with multipliers in standard units, and the map (T, T) of their effects back to those of the data."""
    cells, effect = design.fixed.frame, np.eye(len(design.groupings))
    out: list[Grouping] = []
    weighted = np.sqrt(cells["rater_weight"].to_numpy(float)) if "rater_weight" in cells else 1.0
    for block in design.blocks:
        members = slice(block.start, block.stop)
        if design.groupings[block.start].basis is not None:
            out += design.groupings[members]
            continue
        Z, slopes = design.Z[:, members], block.slopes
        intercept = slopes.names.index("Intercept") if "Intercept" in slopes.names else -1
        made = standard_columns(
            Z, cells, slopes.columns, slopes.kept, slopes.rows_for, intercept=intercept, outside=False
        )
        effect[members, members] = _inverse_map(made.matrix)
        for grouping, z in zip(design.groupings[members], made.standard.T, strict=True):
            shrunk = z / (1.0 if grouping.prior_weight is None else weighted)
            out.append(replace(grouping, multiplier=np.ascontiguousarray(shrunk)))
    return tuple(out), effect
