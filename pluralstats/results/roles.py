"""What the random terms and the columns of a fit are about: items, raters, or groups of raters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.model.design import codes_of, is_nested
from pluralstats.results.averaging.people import constant_within
from pluralstats.results.averaging.roles import multipliers

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
