"""Ratings and formulas become the frozen arrays of a design (DESIGN section 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.texts import number_text
from pluralstats.errors import ConfigError, DataError, listed
from pluralstats.model.category_effects import (
    CategoryEffects,
    category_effects,
    category_groups,
    refuse_categories,
)
from pluralstats.model.design import LOCATION, PARTS, Design, Part
from pluralstats.model.families.family import Family
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.formula.parsing import ModelFormula, expansion, quoted
from pluralstats.model.merging import merge
from pluralstats.model.smooth_terms import with_smooths
from pluralstats.model.terms.by_group import grouped_effects
from pluralstats.model.terms.covariates import standard_columns
from pluralstats.model.terms.fixed import FixedEffects, fixed_effects
from pluralstats.model.terms.random import random_part
from pluralstats.model.thresholds import ThresholdGroups, cutpoints, one_group


class Formulas(NamedTuple):
    """What ``fit`` was asked for: the formula of eta, of each part, and the column that thresholds differ by."""

    location: ModelFormula
    parts: Mapping[str, ModelFormula] = MappingProxyType({})
    thresholds: str | None = None

    @property
    def named(self) -> set[str]:
        """Every column that any of them names."""
        return {name for one in (self.location, *self.parts.values()) for name in named_columns(one)}


def build_design(ratings: Ratings, formula: ModelFormula | Formulas, family: str, link: str) -> Design:
    """Turn ratings into the arrays of one model.

    Raises
    ------
    DataError
        A covariate in the formula has missing values (counted, with rows), or a grouping column is numeric; no number
        between two ends.
    ConfigError
        ``rating ~ 0 + ...`` with thresholds, which take the place of the intercept; groups of a demographic of shares;
        a demographic that is to be imputed first.
    """
    asked = formula if isinstance(formula, Formulas) else Formulas(formula)
    frame, model = ratings.frame, FAMILIES[family][link]
    if model.ordered and not asked.location.intercept:
        raise ConfigError("Thresholds take the place of the intercept: write 'rating ~ ...' without '0 +' or '- 1'.")
    for one in (asked.location, *asked.parts.values()):
        _refuse_missing(frame, one)
        _refuse_to_impute(ratings, one)
    if asked.thresholds is not None and asked.thresholds in ratings.to_impute:
        raise ConfigError(
            f"`thresholds` is '{asked.thresholds}', which some raters did not say, and undisclosed='impute' completes "
            "columns of formulas only. Pass ratings with undisclosed='drop' or 'level', or write "
            f"cs({quoted(asked.thresholds)}) in a family of steps."
        )
    location = _location(ratings, asked, model)
    if not asked.parts:
        return location
    parts = tuple(_part(ratings, name, one, location) for name, one in asked.parts.items())
    codes = [LOCATION, *(PARTS[part.name] for part in parts)]
    whole, estimated = (
        one and replace(merge([one, *(part.design for part in parts)], codes), parts=parts)
        for one in (location, location.with_smooths)
    )
    return replace(location, parts=parts, merged=whole, with_smooths=estimated)


def _location(ratings: Ratings, asked: Formulas, model: Family) -> Design:
    """The design of eta, with the rows in the order of its largest random term."""
    frame, formula = ratings.frame, asked.location
    y, categories, labels = _response(ratings, model)
    if expansion(formula.fixed).by_category:
        refuse_categories(formula, model.name, asked.thresholds, free=model.ordered and not _in_order(model))
    columns_of = partial(_columns, ratings, asked.thresholds, labels, not model.ordered and formula.intercept)
    fixed = columns_of(formula)
    y, groups = _groups(ratings, asked, model, fixed, y, categories, labels)
    groupings, blocks, order = random_part(frame, formula.random, fixed, tuple(ratings.shares))
    aliased = tuple(sentence for block in blocks for sentence in block.slopes.aliased)
    fixed = replace(fixed, cell=fixed.cell[order], aliased=fixed.aliased + aliased)
    weights = [frame[name].to_numpy(float)[order] for name in ("weight", "rater_weight") if name in frame]
    rater_weight = weights[-1] if "rater_weight" in frame else np.ones(len(frame))
    weight = weights[-1] if weights else rater_weight  # never both: the ratings refuse that
    groups = groups.with_rows(groups.group[order])
    design = Design(
        y[order], weight, rater_weight, fixed, groupings, blocks, categories, labels, order, formula, model, groups
    )
    return replace(design, with_smooths=with_smooths(design, columns_of))


def _columns(
    ratings: Ratings, by: str | None, labels: Sequence[str], keep_intercept: bool, formula: ModelFormula
) -> FixedEffects:
    """The fixed part of eta; ``by``: the column that thresholds differ by."""
    if expansion(formula.fixed).by_category:
        return category_effects(ratings.frame, formula, labels, ratings.shares, ratings.orders)
    if by is None:
        return fixed_effects(ratings.frame, formula, keep_intercept, ratings.shares, ratings.orders)
    return grouped_effects(ratings.frame, formula, by, ratings.shares, ratings.orders)


def _groups(
    ratings: Ratings,
    asked: Formulas,
    model: Family,
    fixed: FixedEffects,
    y: np.ndarray,
    categories: np.ndarray,
    labels: Sequence[str],
) -> tuple[np.ndarray, ThresholdGroups]:
    """Codes of the ratings among the categories used in their group, and the groups, in the order of the ratings."""
    ordered = _in_order(model)
    if isinstance(fixed, CategoryEffects):
        group, rows = category_groups(fixed)
        n = len(rows.Z)
        every = (categories,) * n, (tuple(labels),) * n
        return y, ThresholdGroups(None, ("",) * n, group[fixed.cell], *every, ordered=False, category=rows)
    if model.bounded is not None:
        return y, cutpoints(len(y), labels)
    if asked.thresholds is None:
        return y, one_group(len(y), categories, labels, ordered=ordered)
    return _grouped(ratings, asked.thresholds, y, categories, labels, ordered=ordered)


def _in_order(model: Family) -> bool:
    return model.thresholds is None or not model.thresholds.free


def _grouped(
    ratings: Ratings, column: str, y: np.ndarray, categories: np.ndarray, labels: Sequence[str], *, ordered: bool
) -> tuple[np.ndarray, ThresholdGroups]:
    """Codes of the ratings among the categories used in their group, and the groups: the levels of a column."""
    levels = ratings.frame[column].astype("category").cat.remove_unused_categories()
    group, code = levels.cat.codes.to_numpy().astype(np.int32), np.zeros(len(y), np.int32)
    used = []
    for g in range(len(levels.cat.categories)):
        own, code[group == g] = np.unique(y[group == g], return_inverse=True)
        used.append(own)
    names = tuple(str(name) for name in levels.cat.categories)
    if not ordered:
        _refuse_unused(column, names, used, labels)
    of_groups = tuple(categories[own] for own in used), tuple(tuple(labels[c] for c in own) for own in used)
    if ratings.scale_by == column:  # what an answer is called differs by group
        called = [dict(zip(ratings.scales[name].values, ratings.scales[name].labels, strict=True)) for name in names]
        of_groups = of_groups[0], tuple(tuple(map(by.get, of)) for by, of in zip(called, of_groups[0], strict=True))
    return code, ThresholdGroups(column, names, group, *of_groups, ordered)


def _refuse_unused(column: str, names: Sequence[str], used: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Refuse groups that leave out a category, where thresholds are steps between neighbours and not places."""
    for name, own in zip(names, used, strict=True):
        if missing := [label for c, label in enumerate(labels) if c not in own]:
            raise ConfigError(
                f"Thresholds by {column} of a family of steps need every category in every group; nobody used "
                f"{listed(missing)} where {column} is {name}. Use family='cumulative', or `ratings.collapse()` first."
            )


def _part(ratings: Ratings, name: str, formula: ModelFormula, location: Design) -> Part:
    """A submodel in the rows of the design of eta."""
    fixed = fixed_effects(ratings.frame, formula, False, ratings.shares, ratings.orders)
    groupings, blocks, own_order = random_part(ratings.frame, formula.random, fixed, tuple(ratings.shares))
    back = np.argsort(own_order)[location.rows]
    groupings = tuple(replace(grouping, index=grouping.index[back]) for grouping in groupings)
    at = standard_columns(fixed.X, fixed.frame, fixed.columns, fixed.kept, fixed.rows_for, intercept=-1, outside=True)
    fixed = replace(fixed, cell=fixed.cell[location.rows], X=np.ascontiguousarray(fixed.X - at.shift))
    return Part(name, replace(location, fixed=fixed, groupings=groupings, blocks=blocks, formula=formula), at)


def _response(ratings: Ratings, family: Family) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Codes among the categories that occur (an unused one has no threshold), and values and labels of those; or
    numbers, with the two ends where they have any.

    Where each wave has its own scale, categories are the values of all scales, by the labels of the longest.
    """
    if family.bounded is not None:
        low, high = ratings.scale.ends or (0.0, 1.0)  # refused without ends
        share = (ratings.values - low) / (high - low)
        _refuse_ends_alone(share)
        return share, np.array([low, high]), (number_text(low), number_text(high))
    if not family.ordered:
        return ratings.values.astype(float), np.empty(0), ()
    scales = list(ratings.scales.values())
    called = {v: label for s in sorted(scales, key=lambda s: s.K) for v, label in zip(s.values, s.labels, strict=True)}
    values = np.array(sorted(called))
    widest = max(scale.K for scale in scales)
    place = np.stack([np.pad(np.searchsorted(values, scale.values), (0, widest - scale.K)) for scale in scales])
    used, y = np.unique(place[ratings.scale_of_rows, ratings.frame["rating"].to_numpy()], return_inverse=True)
    return y.astype(np.int32), values[used], tuple(called[value] for value in values[used])


def _refuse_ends_alone(y: np.ndarray) -> None:
    if not ((y > 0.0) & (y < 1.0)).any():
        raise DataError(
            "No rating lies between the ends of the scale, so that the ordered_beta family has nothing to estimate its "
            "precision from. Pass the two ends as scale=[...], and fit family='bernoulli'."
        )


def _refuse_missing(frame: pd.DataFrame, formula: ModelFormula) -> None:
    for column in named_columns(formula):
        missing = np.flatnonzero(frame[column].isna())
        if missing.size:
            rows = ", ".join(str(row + 1) for row in missing[:5]) + (", ..." if missing.size > 5 else "")
            raise DataError(
                f"`{column}` is in the formula and is missing in {missing.size} of {len(frame)} rows ({rows}). "
                "Fill it in, drop those rows, or take it out of the formula."
            )


def named_columns(formula: ModelFormula) -> list[str]:
    """Every column that a formula names, in its fixed part or a random term."""
    return list(dict.fromkeys([*formula.described, *(factor for term in formula.random for factor in term.factors)]))


def _refuse_to_impute(ratings: Ratings, formula: ModelFormula) -> None:
    if waiting := [name for name in named_columns(formula) if name in ratings.to_impute]:
        raise ConfigError(
            f"The formula names {listed(waiting)}, which some raters did not say and undisclosed='impute' wants "
            "imputed. Only ps.fit does that; here pass ratings with undisclosed='drop' or 'level', or the `ratings` of "
            "an imputed fit, which are one completed set."
        )
