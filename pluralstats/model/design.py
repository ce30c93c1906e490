"""The frozen arrays of a model, which are all that inference sees (DESIGN section 6)."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.model.category_effects import CategoryEffects
from pluralstats.model.families.family import Family
from pluralstats.model.formula.parsing import ModelFormula
from pluralstats.model.terms.covariates import Columns
from pluralstats.model.terms.fixed import FixedEffects
from pluralstats.model.terms.random import Block, Grouping
from pluralstats.model.thresholds import ThresholdGroups

LOCATION, DISC, STRETCH = 0, 1, 2  # what a column or a random effect moves: eta, log s or a (METHODS section 8)
PARTS = {"disc": DISC, "stretch": STRETCH}


@dataclass(frozen=True)
class Design:
    """Arrays of one model. Rows are sorted by the random term with the most effects, which is eliminated first.

    Attributes
    ----------
    y : (n,) int32 codes 0 .. K-1 of the categories used in the row's group of thresholds, or (n,) float64 of answers
        that are numbers: rating points, or shares of the way between two ends
    weight : (n,) what multiplies the log-likelihood of a row: frequency or rater weights, 1 where the ratings have none
    rater_weight : (n,) the part of it that is a design weight of the rater
    fixed : FixedEffects, with ``cell`` (n,) and ``X`` (n_cells, p)
    groupings : the effects of random terms, the term with the most first
    blocks : groupings whose effects are correlated, in the same order: one a random term, or several
    categories : (K,) numeric values of the categories used, in the order of the scale; both ends of numbers between two
    labels : (K,) their labels
    rows : (n,) row of ``ratings.frame`` behind each row of the design
    thresholds : ThresholdGroups, which rows have which thresholds
    parts : submodels of noise and of use of the scale; none in a plain model
    merged : the columns and terms of eta and of all parts in one design, None in a plain model
    with_smooths : the same with the coefficients of smooth curves as effects of random terms; None without s(x)
    part_of_column : (p,) what each column moves, LOCATION, DISC or STRETCH
    """

    y: np.ndarray
    weight: np.ndarray
    rater_weight: np.ndarray
    fixed: FixedEffects
    groupings: tuple[Grouping, ...]
    blocks: tuple[Block, ...]
    categories: np.ndarray
    labels: tuple[str, ...]
    rows: np.ndarray
    formula: ModelFormula
    family: Family
    thresholds: ThresholdGroups
    parts: "tuple[Part, ...]" = ()
    merged: "Design | None" = field(repr=False, default=None)
    with_smooths: "Design | None" = field(repr=False, default=None)
    part_of_column: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0, np.int64))
    together: Any = field(repr=False, default=None)  # of a merged design: how its submodels stand in it

    @property
    def whole(self) -> "Design":
        """Eta and its parts in one design."""
        return self if self.merged is None else self.merged

    @property
    def estimated(self) -> "Design":
        """All that inference estimates: the whole, in which the coefficients of smooth curves are random effects."""
        return self.whole if self.with_smooths is None else self.with_smooths

    @property
    def is_plain(self) -> bool:
        """Whether all ratings have the same noise and thresholds."""
        return not self.parts and self.thresholds.n_groups == 1

    def part(self, name: str) -> "Part | None":
        """The submodel "disc" or "stretch", if there is one."""
        return next((part for part in self.parts if part.name == name), None)

    @cached_property
    def column_parts(self) -> np.ndarray:
        """(p,) what each coefficient moves."""
        p = self.fixed.X.shape[1]
        return self.part_of_column if self.part_of_column.size == p else np.zeros(p, np.int64)

    @cached_property
    def grouping_parts(self) -> np.ndarray:
        """(T,) what the effects of each grouping move."""
        return np.array([PARTS.get(grouping.part, LOCATION) for grouping in self.groupings], np.int64)

    @property
    def n_predictors(self) -> int:
        """1 for eta alone, 3 for eta, log s and a."""
        return 3 if self.column_parts.any() or self.grouping_parts.any() else 1

    @property
    def link(self) -> str:
        return self.family.link

    @property
    def n(self) -> int:
        return self.y.size

    @property
    def y_less_offset(self) -> np.ndarray:
        """(n,) ratings that are numbers, less what an offset adds to their expectation."""
        return self.y - self.fixed.offset[self.fixed.cell]

    @cached_property
    def answers(self) -> np.ndarray:
        """(n,) ``y`` as codes among ``categories``, whatever group of thresholds a row is in."""
        if not self.family.ordered or self.thresholds.n_groups == 1:
            return self.y
        of_group = [np.searchsorted(self.categories, used) for used in self.thresholds.categories]
        widest = max(codes.size for codes in of_group)
        table = np.stack([np.pad(codes, (0, widest - codes.size)) for codes in of_group])
        return table[self.thresholds.group, self.y].astype(np.int32)

    def points(self, numbers: np.ndarray) -> np.ndarray:
        """Rating points of numbers as ``y`` has them."""
        if self.family.bounded is None:
            return numbers
        return self.categories[0] + (self.categories[1] - self.categories[0]) * numbers

    @property
    def has_constant(self) -> bool:
        """Whether thresholds or an intercept take up what all ratings have in common."""
        return self.family.ordered or "Intercept" in self.fixed.names

    @property
    def n_thresholds(self) -> int:
        """Numbers that stand for thresholds; their stack is longer where columns have a coefficient at each."""
        return 0 if self.family.has_residual else self.thresholds.n_free

    @property
    def n_boundaries(self) -> int:
        """Boundaries between the categories used; 0 of answers that are numbers."""
        return max(self.categories.size - 1, 0) if self.family.ordered else 0

    @property
    def boundaries(self) -> list[str]:
        """(n_thresholds,) names of the thresholds of all groups, "1|2" between categories 1 and 2."""
        return self.thresholds.boundaries

    @property
    def threshold_columns(self) -> list[str]:
        """What thresholds differ by: the column of their groups, or those within ``cs()``."""
        if isinstance(self.fixed, CategoryEffects):
            return list(dict.fromkeys(name for term in self.fixed.inner.columns_of_terms() for name in sorted(term)))
        return [] if self.thresholds.column is None else [self.thresholds.column]

    @property
    def Z(self) -> np.ndarray:
        """(n_cells, places) multipliers of the effects that a row has: one of each grouping, all of a smooth curve."""
        own = [g.multiplier[:, None] if g.basis is None else g.basis for g in self.groupings]
        return np.concatenate([np.empty((self.fixed.X.shape[0], 0)), *own], axis=1)

    @property
    def places(self) -> np.ndarray:
        """(places,) grouping of each effect that a row has; those of smooth curves stand last."""
        return np.repeat(np.arange(len(self.groupings)), [1 if g.basis is None else g.size for g in self.groupings])

    @property
    def correlations(self) -> list[tuple[int, int]]:
        """Positions of the two groupings of each correlation, block by block."""
        return [pair for block in self.blocks for pair in block.pairs]

    @property
    def correlation_names(self) -> list[str]:
        """ "cor(Intercept, gender[male] | item)" for each correlation."""
        both = [(self.groupings[b], self.groupings[a]) for a, b in self.correlations]
        return [f"{first.prefix}cor({first.column}, {second.column} | {first.term.name})" for first, second in both]

    @property
    def offsets(self) -> np.ndarray:
        """(T + 1,) where each grouping starts in the stacked vector of random effects."""
        return np.concatenate([[0], np.cumsum([grouping.size for grouping in self.groupings])]).astype(np.int64)

    @property
    def index(self) -> np.ndarray:
        """(n, places) int32 position of each row's effects in the stacked vector of random effects."""
        columns = [np.empty((self.n, 0))]
        for g, start in zip(self.groupings, self.offsets, strict=False):
            own = g.index[:, None] if g.basis is None else np.tile(np.arange(g.size), (self.n, 1))
            columns.append(own + start)
        return np.ascontiguousarray(np.concatenate(columns, axis=1), dtype=np.int32)


@dataclass(frozen=True)
class Part:
    """A submodel of the noise (log s) or of the use of the scale (a), linear like eta and without intercept.

    s = 1 and a = 0 at the reference levels and at the mean of measured columns.

    Attributes
    ----------
    name : "disc" or "stretch"
    design : the rows of the design with the columns, groupings and blocks of the submodel in place of those of eta
    columns : the columns in standard units, with the way from the data's
    """

    name: str
    design: Design
    columns: Columns

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        """(len(frame), p) design rows for new values of the same columns and levels."""
        return self.design.fixed.rows_for(frame) - self.columns.shift

    def __str__(self) -> str:
        return f"{self.name} {str(self.design.formula).removeprefix('rating ')}"


def available_columns(ratings: Ratings) -> tuple[str, ...]:
    """Columns that a formula may name."""
    return tuple(column for column in ratings.frame.columns if column not in {"rating", "weight", "rater_weight"})


def is_nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether each group of ``inner`` lies within one group of ``outer``; both (n,) codes from 0.

    >>> is_nested(np.array([0, 0, 1, 2]), np.array([5, 5, 5, 7]))
    True
    >>> is_nested(np.array([5, 5, 5, 7]), np.array([0, 0, 1, 2]))
    False
    """
    pairs = np.unique(inner.astype(np.int64) * (int(outer.max(initial=0)) + 1) + outer)
    return pairs.size == np.unique(inner).size


def codes_of(ratings: Ratings, design: Design, column: str) -> np.ndarray:
    """(n,) codes of ``rater`` or ``item`` in the rows of a design."""
    return ratings.frame[column].cat.codes.to_numpy()[design.rows]


def groups_are_raters(ratings: Ratings, design: Design, grouping: Grouping) -> bool:
    """Whether a term has one level for each rater, as ``rater`` of ``(1 | site/rater)`` has under any name."""
    rater = codes_of(ratings, design, "rater")
    return is_nested(grouping.index, rater) and is_nested(rater, grouping.index)
