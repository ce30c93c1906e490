"""What the random terms and the columns of a fit are about: items, raters, or groups of raters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.columns import constant_within
from pluralstats.model.design import Design, codes_of, is_nested

ABOUT_ITEMS = {"item", "question"}


@dataclass(frozen=True)
class Roles:
    """What each random term and each column of a model is about.

    Attributes
    ----------
    profile, item, new, rater : tuple of int
        Positions of groupings. ``profile`` terms are looked up in what the formula names (as ``gender:race``), ``item``
        terms belong to the items of the data, or to an item on a dimension or in a wave that the formula names, and are
        averaged over, ``new`` terms (raters, and whatever crosses raters and items) are integrated over their
        distribution. ``rater`` are those of the new terms whose every level is of one rater.
    columns : tuple of str
        What describes a profile: columns of the fixed part, of slopes, and of demographic random terms.
    rater_columns, demographics : tuple of str
        Those of them that are about raters, and that are demographics.
    """

    profile: tuple[int, ...]
    item: tuple[int, ...]
    new: tuple[int, ...]
    rater: tuple[int, ...]
    columns: tuple[str, ...]
    rater_columns: tuple[str, ...]
    demographics: tuple[str, ...]

    @property
    def circumstances(self) -> list[str]:
        """Columns that are not about raters: what an item is, or when and how it was rated."""
        return [column for column in self.columns if column not in self.rater_columns]


def described_columns(design: Design) -> tuple[str, ...]:
    """Columns of the fixed part and of slopes of eta and all submodels, and the one that thresholds differ by."""
    formulas = [design.formula, *(part.design.formula for part in design.parts)]
    named = [name for formula in formulas for name in formula.described]
    groups = design.thresholds.column
    return tuple(dict.fromkeys(named if groups is None else [*named, groups]))


def term_factors(design: Design) -> set[str]:
    """What the random terms of eta and of all submodels group by."""
    designs = [design, *(part.design for part in design.parts)]
    return {name for one in designs for grouping in one.groupings for name in grouping.term.factors}


def roles_of(ratings: Ratings, design: Design) -> Roles:
    """Sort the random terms and the columns of a model by what they describe: terms of eta, columns of all submodels.

    Where no item has a second rating, any term is constant within items, so that only ``item`` and ``question``
    count as being about them.
    """
    formulas = [design.formula, *(part.design.formula for part in design.parts)]
    columns = {*ratings.demographics, *(name for formula in formulas for name in formula.columns)}
    groups = design.thresholds.column
    columns |= {str(groups)} - {"None", "rater", "item"}
    rater, item = (codes_of(ratings, design, name) for name in ("rater", "item"))
    met = _met(ratings, design, item)
    shared = item.size > np.unique(item).size
    roles: dict[str, list[int]] = {"profile": [], "item": [], "new": [], "rater": []}
    for t, grouping in enumerate(design.groupings):
        factors = set(grouping.term.factors)
        of_one_rater = is_nested(grouping.index, rater)
        if factors <= columns:
            roles["profile"].append(t)
        elif is_nested(met, grouping.index) and (factors <= ABOUT_ITEMS or (shared and not of_one_rater)):
            roles["item"].append(t)
        else:
            roles["new"].append(t)
            roles["rater"] += [t] if of_one_rater else []
    named = [factor for t in roles["profile"] for factor in design.groupings[t].term.factors]
    of_parts = [name for part in design.parts for name in roles_of(ratings, part.design).columns]
    described = tuple(dict.fromkeys([*design.formula.described, *named, *of_parts, *described_columns(design)]))
    return Roles(
        **{role: tuple(terms) for role, terms in roles.items()},
        columns=described,
        rater_columns=tuple(rater_columns(ratings, described)),
        demographics=tuple(name for name in described if name in ratings.demographics),
    )


def _met(ratings: Ratings, design: Design, item: np.ndarray) -> np.ndarray:
    """(n,) codes of an item together with the dimension, wave or other columns of the formula that vary within it."""
    described = described_columns(design)
    about_raters = rater_columns(ratings, described)
    varying = [name for name in described if name not in about_raters]
    if not varying:
        return item
    frame = ratings.frame[varying].iloc[design.rows].assign(_item=item)
    return frame.groupby(["_item", *varying], observed=True, sort=False).ngroup().to_numpy()


def rater_columns(ratings: Ratings, columns: Sequence[str]) -> list[str]:
    """Those of the columns that are about raters: demographics, and whatever is constant within every rater.

    A column that is constant within raters and within items too (each rater saw one topic) is about items where some
    item has several ratings.
    """
    frame = ratings.frame
    shared = frame["item"].nunique() < len(frame)
    return [
        column
        for column in columns
        if constant_within(frame, "rater", [column])
        and (column in ratings.demographics or not (shared and constant_within(frame, "item", [column])))
    ]
