"""Ratings and a formula become frozen arrays: all that inference sees (DESIGN section 6)."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import ConfigError, DataError
from pluralstats.model.families.family import Family
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.formula.parsing import ModelFormula
from pluralstats.model.terms.fixed import FixedEffects, fixed_effects
from pluralstats.model.terms.random import Block, Grouping, random_part


@dataclass(frozen=True)
class Design:
    """Arrays of one model. Rows are sorted by the random term with the most effects, which is eliminated first.

    Attributes
    ----------
    y : (n,) int32 codes 0 .. K-1 of the categories used, or (n,) float64 of answers that are numbers
    weight : (n,) what multiplies the log-likelihood of a row: frequency or rater weights, 1 where the ratings have none
    rater_weight : (n,) the part of it that is a design weight of the rater
    fixed : FixedEffects, with ``cell`` (n,) and ``X`` (n_cells, p)
    groupings : the effects of random terms, the term with the most first
    blocks : groupings whose effects are correlated, in the same order: one a random term, or several
    categories : (K,) numeric values of the categories used, in the order of the scale
    labels : (K,) their labels
    rows : (n,) row of ``ratings.frame`` behind each row of the design
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

    @property
    def link(self) -> str:
        return self.family.link

    @property
    def n(self) -> int:
        return self.y.size

    @property
    def has_constant(self) -> bool:
        """Whether thresholds or an intercept take up what all ratings have in common."""
        return self.family.ordered or "Intercept" in self.fixed.names

    @property
    def n_thresholds(self) -> int:
        return max(self.categories.size - 1, 0) if self.family.ordered else 0

    @property
    def boundaries(self) -> list[str]:
        """(K - 1,) names of the thresholds, "1|2" between categories 1 and 2."""
        return [f"{low}|{high}" for low, high in pairwise(self.labels)]

    @property
    def Z(self) -> np.ndarray:
        """(n_cells, T) multipliers of the groupings."""
        columns = [grouping.multiplier for grouping in self.groupings]
        return np.stack(columns, axis=1) if columns else np.empty((self.fixed.X.shape[0], 0))

    @property
    def correlations(self) -> list[tuple[int, int]]:
        """Positions of the two groupings of each correlation, block by block."""
        return [pair for block in self.blocks for pair in block.pairs]

    @property
    def correlation_names(self) -> list[str]:
        """ "cor(Intercept, gender[male] | item)" for each correlation."""
        both = [(self.groupings[b], self.groupings[a]) for a, b in self.correlations]
        return [f"cor({first.column}, {second.column} | {first.term.name})" for first, second in both]

    @property
    def offsets(self) -> np.ndarray:
        """(T + 1,) where each grouping starts in the stacked vector of random effects."""
        return np.concatenate([[0], np.cumsum([grouping.size for grouping in self.groupings])]).astype(np.int64)

    @property
    def index(self) -> np.ndarray:
        """(n, T) int32 position of each row's levels in the stacked vector of random effects."""
        columns = [g.index + start for g, start in zip(self.groupings, self.offsets, strict=False)]
        stacked = np.stack(columns, axis=1) if columns else np.empty((self.n, 0))
        return np.ascontiguousarray(stacked, dtype=np.int32)


def available_columns(ratings: Ratings) -> tuple[str, ...]:
    """Columns that a formula may name."""
    return tuple(column for column in ratings.frame.columns if column not in {"rating", "weight", "rater_weight"})


def build_design(ratings: Ratings, formula: ModelFormula, family: str, link: str) -> Design:
    """Turn ratings into the arrays of one model.

    Raises
    ------
    DataError
        A covariate in the formula has missing values (counted, with rows), or a grouping column is numeric.
    ConfigError
        ``rating ~ 0 + ...`` with thresholds, which take the place of the intercept.
    """
    frame, model = ratings.frame, FAMILIES[family][link]
    if model.ordered and not formula.intercept:
        raise ConfigError("Thresholds take the place of the intercept: write 'rating ~ ...' without '0 +' or '- 1'.")
    _refuse_missing(frame, formula)
    intercept = not model.ordered and formula.intercept
    fixed = fixed_effects(frame, formula, keep_intercept=intercept, orders=ratings.orders)
    groupings, blocks, order = random_part(frame, formula.random, fixed)
    aliased = tuple(sentence for block in blocks for sentence in block.slopes.aliased)
    fixed = replace(fixed, cell=fixed.cell[order], aliased=fixed.aliased + aliased)
    y, used = _response(ratings, model)
    weights = [frame[name].to_numpy(float)[order] for name in ("weight", "rater_weight") if name in frame]
    rater_weight = weights[-1] if "rater_weight" in frame else np.ones(len(frame))
    weight = weights[-1] if weights else rater_weight  # never both: the ratings refuse that
    labels = tuple(ratings.scale.labels[code] for code in used)
    categories = np.asarray(ratings.scale.values, float)[used] if used.size else np.empty(0)
    return Design(y[order], weight, rater_weight, fixed, groupings, blocks, categories, labels, order, formula, model)


def _response(ratings: Ratings, family: Family) -> tuple[np.ndarray, np.ndarray]:
    """Codes among the categories that occur (an unused one has no threshold), and those categories."""
    if not family.ordered:
        return ratings.values.astype(float), np.empty(0, int)
    used, y = np.unique(ratings.frame["rating"].to_numpy(), return_inverse=True)
    return y.astype(np.int32), used


def _refuse_missing(frame: pd.DataFrame, formula: ModelFormula) -> None:
    named = [*formula.described, *(factor for term in formula.random for factor in term.factors)]
    for column in dict.fromkeys(named):
        missing = np.flatnonzero(frame[column].isna())
        if missing.size:
            rows = ", ".join(str(row + 1) for row in missing[:5]) + (", ..." if missing.size > 5 else "")
            raise DataError(
                f"`{column}` is in the formula and is missing in {missing.size} of {len(frame)} rows ({rows}). "
                "Fill it in, drop those rows, or take it out of the formula."
            )


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
