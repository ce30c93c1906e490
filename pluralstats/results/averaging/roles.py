"""What the random terms and the columns of a fit are about: items, raters, or groups of raters.

A term (1 + gender | item) adds z'u_j to the linear predictor of item j, z the multipliers of a profile (1, and 1 for
men) and u_j ~ N(0, S), S = D R D with D the sds and R the correlations of the term. A level that is integrated over
therefore has the variance z'S z, which depends on the profile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design, codes_of, is_nested
from pluralstats.results.averaging.people import constant_within

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


ABOUT_ITEMS = {"item", "question"}


@dataclass(frozen=True)
class Roles:
    """What averaging does with each random term.

    ``profile`` terms are looked up in what the formula names (as ``gender:race``), ``item`` terms belong to the items
    of the data, or to an item on a dimension or in a wave that the formula names, and are averaged over, ``new`` terms
    (raters, and whatever crosses raters and items) are integrated over their distribution. ``rater`` names those of
    the new terms whose every level is of one rater.
    """

    profile: tuple[int, ...]
    item: tuple[int, ...]
    new: tuple[int, ...]
    rater: tuple[int, ...]


def term_roles(fit: Fit) -> Roles:
    """Sort the random terms of a fit by what they describe.

    Where no item has a second rating, any term is constant within items, so that only ``item`` and ``question``
    count as being about them.
    """
    columns = {*fit.design.formula.columns, *fit.ratings.demographics}
    rater, item = (codes_of(fit.ratings, fit.design, name) for name in ("rater", "item"))
    met = _met(fit, item)
    shared = item.size > np.unique(item).size
    roles: dict[str, list[int]] = {"profile": [], "item": [], "new": [], "rater": []}
    for t, grouping in enumerate(fit.design.groupings):
        factors = set(grouping.term.factors)
        of_one_rater = is_nested(grouping.index, rater)
        if factors <= columns:
            roles["profile"].append(t)
        elif is_nested(met, grouping.index) and (factors <= ABOUT_ITEMS or (shared and not of_one_rater)):
            roles["item"].append(t)
        else:
            roles["new"].append(t)
            roles["rater"] += [t] if of_one_rater else []
    return Roles(*(tuple(roles[role]) for role in ("profile", "item", "new", "rater")))


def _met(fit: Fit, item: np.ndarray) -> np.ndarray:
    """(n,) codes of an item together with the dimension, wave or other columns of the formula that vary within it."""
    about_raters = rater_columns(fit, fit.design.formula.described)
    varying = [name for name in fit.design.formula.described if name not in about_raters]
    if not varying:
        return item
    frame = fit.ratings.frame[varying].iloc[fit.design.rows].assign(_item=item)
    return frame.groupby(["_item", *varying], observed=True, sort=False).ngroup().to_numpy()


def profile_columns(fit: Fit) -> list[str]:
    """Columns that describe a profile: those of the fixed part, of slopes, and of demographic random terms."""
    roles = term_roles(fit)
    named = [factor for t in roles.profile for factor in fit.design.groupings[t].term.factors]
    return list(dict.fromkeys([*fit.design.formula.described, *named]))


def rater_columns(fit: Fit, columns: Sequence[str]) -> list[str]:
    """Those of the columns that are about raters: demographics, and whatever is constant within every rater.

    A column that is constant within raters and within items too (each rater saw one topic) is about items where some
    item has several ratings.
    """
    frame = fit.ratings.frame
    shared = frame["item"].nunique() < len(frame)
    return [
        column
        for column in columns
        if constant_within(frame, "rater", [column])
        and (column in fit.ratings.demographics or not (shared and constant_within(frame, "item", [column])))
    ]


def circumstance_columns(fit: Fit) -> list[str]:
    """Columns that describe a profile and are not about raters: what an item is, or when and how it was rated."""
    columns = profile_columns(fit)
    about_raters = set(rater_columns(fit, columns))
    return [column for column in columns if column not in about_raters]


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
    if not fit.posterior.flat_effects.any():
        return np.zeros(len(profiles), bool)
    return open_multipliers(fit, multipliers(fit.design, profiles), terms)


def open_multipliers(fit: Fit, Z: np.ndarray, terms: Sequence[int] | None = None) -> np.ndarray:
    """(R,) bool, the same for multipliers (R, T) of the random effects."""
    flat = fit.posterior.flat_effects.copy()
    if terms is not None:
        flat &= np.isin(np.arange(flat.size), list(terms))
    if not flat.any():
        return np.zeros(len(Z), bool)
    # in standard units, in which numbers are known or not
    return ((Z @ fit.standard.units.effect)[:, flat] != 0.0).any(axis=1)


def undetermined_effects(fit: Fit) -> np.ndarray:
    """(T,) bool, groupings whose sd and effects, in the units of the data, rest on what is not known."""
    flat = fit.posterior.flat_effects
    return (fit.standard.units.effect[:, flat] != 0.0).any(axis=1) if flat.any() else flat
