"""Random slopes at profiles: what the effects of a term are multiplied by, and the variance that follows.

A term (1 + gender | item) adds z'u_j to the linear predictor of item j, z the multipliers of a profile (1, and 1 for
men) and u_j ~ N(0, S), S = D R D with D the sds and R the correlations of the term. A level that is integrated over
therefore has the variance z'S z, which depends on the profile.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design

ALL = slice(None)


class Distinct(NamedTuple):
    """Multipliers by kind of profile: ``Z`` (G, T) the distinct rows, ``group`` (R,) which of them each profile has."""

    Z: np.ndarray
    group: np.ndarray


def multipliers(design: Design, profiles: pd.DataFrame) -> np.ndarray:
    """(R, T) multipliers of the groupings at profiles, rows of the formula's columns."""
    parts = [block.slopes.rows_for(profiles) for block in design.blocks]
    return np.concatenate(parts, axis=1) if parts else np.empty((len(profiles), 0))


def sloping(design: Design, terms: Sequence[int]) -> list[int]:
    """Those groupings whose multiplier is not 1 everywhere: all columns of terms with slopes."""
    with_slopes = [range(b.start, b.stop) for b in design.blocks if b.slopes.names != ("Intercept",)]
    return [t for t in terms if any(t in block for block in with_slopes)]


def distinct_multipliers(design: Design, Z: np.ndarray, terms: Sequence[int]) -> Distinct:
    """Profiles grouped by their multipliers of some groupings; the others are taken as 1.

    Parameters
    ----------
    Z : (R, T)
    terms : positions of groupings
    """
    kept = sloping(design, terms)
    if not kept:
        return Distinct(np.ones((1, Z.shape[1])), np.zeros(len(Z), int))
    rows, group = np.unique(Z[:, kept], axis=0, return_inverse=True)
    out = np.ones((len(rows), Z.shape[1]))
    out[:, kept] = rows
    return Distinct(out, group.ravel())


def term_covariance(design: Design, samples: Samples, block: int, draws: slice = ALL) -> np.ndarray:
    """(S, c, c) covariance D R D of the c effects of one random term."""
    at = design.blocks[block]
    sd = samples.sd[draws, at.start : at.stop]
    out = np.einsum("si,sj->sij", sd, sd)
    for w, (a, b) in enumerate(design.correlations):
        if at.start <= a < at.stop:
            i, j = a - at.start, b - at.start
            out[:, i, j] *= samples.correlation[draws, w]
            out[:, j, i] = out[:, i, j]
    return out


def variance_at(
    design: Design, samples: Samples, terms: Sequence[int], Z: np.ndarray, draws: slice = ALL
) -> np.ndarray:
    """(S, G) sum over random terms of z'S z at multipliers Z (G, T).

    ``terms`` are positions of groupings; of one random term, all or none.
    """
    out = np.zeros((len(samples.sd[draws]), len(Z)))
    for k, block in enumerate(design.blocks):
        if block.start not in terms:
            continue
        z = Z[:, block.start : block.stop]
        if block.size == 1:
            out += samples.sd[draws, block.start, None] ** 2 * z[:, 0] ** 2
        else:
            out += np.einsum("gi,sij,gj->sg", z, term_covariance(design, samples, k, draws), z, optimize=True)
    return out


def rests_on_undetermined(fit: Fit, profiles: pd.DataFrame, terms: Sequence[int] | None = None) -> np.ndarray:
    """(R,) bool, whether predictions for profiles rest on the sd or correlation of a random term that is not known.

    Maximum likelihood may leave them open (the slopes of ``(1 + gender | rater)`` where nobody has two genders). Draws
    hold such a number at an accident of the search, so that what rests on it would look well known; it is left empty,
    and ``fit.problems`` names the number. A profile that the effect is multiplied by 0 for does not need it.

    Parameters
    ----------
    profiles : (R, columns)
        Rows of the columns of the formula.
    terms : positions of groupings, optional
        Those that the result is about; default all.
    """
    if not fit.flat_effects.any():
        return np.zeros(len(profiles), bool)
    return open_multipliers(fit, multipliers(fit.design, profiles), terms)


def open_multipliers(fit: Fit, Z: np.ndarray, terms: Sequence[int] | None = None) -> np.ndarray:
    """(R,) bool, the same for multipliers (R, T) of the random effects."""
    flat = fit.flat_effects.copy()
    if terms is not None:
        flat &= np.isin(np.arange(flat.size), list(terms))
    if not flat.any():
        return np.zeros(len(Z), bool)
    # in standard units, in which numbers are known or not
    return ((Z @ fit.standard.units.effect)[:, flat] != 0.0).any(axis=1)


def undetermined_effects(fit: Fit) -> np.ndarray:
    """(T,) bool, groupings whose sd and effects, in the units of the data, rest on what is not known."""
    flat = fit.flat_effects
    return (fit.standard.units.effect[:, flat] != 0.0).any(axis=1) if flat.any() else flat
