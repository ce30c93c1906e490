"""Coefficients by group: where every group of ratings has thresholds of its own, terms that name the group's column.

With thresholds by dimension, ``dimension:gender`` are the differences between genders on each dimension, coded as in a
model of that dimension alone. What stands without the column is common to all groups; the column itself says nothing
beside the thresholds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from pluralstats.data.shares import Sets
from pluralstats.errors import ConfigError, listed
from pluralstats.model.formula.parsing import ModelFormula, expansion
from pluralstats.model.terms.fixed import FixedEffects, fixed_effects

COMMON = ("X", "cell", "frame", "relations", "offset", "offsets")


@dataclass(frozen=True, kw_only=True)
class GroupedEffects(FixedEffects):
    """Columns that are common to all groups, and behind them those of every group.

    ``by`` the column of groups, ``levels`` (G,) its levels; ``inner`` the columns that each group has, ``common`` the
    others, both over the cells of all. Offsets are those of ``common``.
    """

    by: str
    levels: tuple[str, ...]
    inner: FixedEffects
    common: FixedEffects

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        return self.expanded(self.common.rows_for(frame), self.inner.rows_for(frame), self.group_of(frame))

    def expanded(self, common: np.ndarray, inner: np.ndarray, group: np.ndarray) -> np.ndarray:
        """(rows, p) from the columns of both kinds and the group of each row."""
        blocks = [np.where((group == g)[:, None], inner, 0.0) for g in range(len(self.levels))]
        return np.hstack([common, *blocks])

    def group_of(self, frame: pd.DataFrame) -> np.ndarray:
        """(rows,) position of each row's group; ConfigError for a level without thresholds."""
        names = frame[self.by].astype(str).to_numpy()
        place = {level: g for g, level in enumerate(self.levels)}
        unknown = sorted({name for name in names if name not in place})
        if unknown:
            raise ConfigError(
                f"The model has thresholds for {self.by} {listed(list(self.levels))}; found {listed(unknown)}."
            )
        return np.array([place[name] for name in names], np.int64)

    def estimable(self, frame: pd.DataFrame) -> np.ndarray:
        return self.common.estimable(frame) & self.inner.estimable(frame)

    @property
    def spec(self) -> ModelSpec | None:
        return None

    def columns_of_terms(self) -> list[set[str]]:
        return [*self.common.columns_of_terms(), *(columns | {self.by} for columns in self.inner.columns_of_terms())]

    def term_columns(self) -> dict[str, set[str]]:
        by_term = {f"{term}:{self.by}": columns | {self.by} for term, columns in self.inner.term_columns().items()}
        return self.common.term_columns() | by_term

    def term_levels(self) -> list[pd.DataFrame]:
        own = self.by + "[" + self.frame[self.by].astype(str) + "]"
        return [*self.common.term_levels(), *(one.assign(**{self.by: own}) for one in self.inner.term_levels())]

    @cached_property
    def first(self) -> list[int]:
        """Where the columns of each group start."""
        size = self.inner.X.shape[1]
        return [self.common.X.shape[1] + g * size for g in range(len(self.levels))]


def grouped_effects(
    frame: pd.DataFrame,
    formula: ModelFormula,
    by: str,
    shares: Mapping[str, Sets] = MappingProxyType({}),
    orders: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> FixedEffects:
    """The fixed part of a formula beside thresholds by a column; an ordinary one where it does not name the column."""
    if by not in formula.columns:
        return fixed_effects(frame, formula, False, shares, orders)
    inner_terms, common_terms = _split(formula, by)
    inner = fixed_effects(frame, _with_terms(formula, inner_terms), False, shares, orders)
    common = fixed_effects(frame, _with_terms(formula, common_terms), False, shares, orders)
    levels = tuple(str(level) for level in frame[by].cat.remove_unused_categories().cat.categories)
    names = [f"{name}:{by}[{level}]" for level in levels for name in inner.names]
    monotone, monotone_terms = _steps_by_group(common, inner, by, levels)
    made = GroupedEffects(
        **{name: getattr(common, name) for name in COMMON},
        names=(*common.names, *names),
        terms=(*common.terms, *(f"{term}:{by}" for _ in levels for term in inner.terms)),
        aliased=(*common.aliased, *inner.aliased),
        left_out=(*common.left_out, *inner.left_out),
        columns=None,
        kept=np.arange(len(common.names) + len(names)),
        learnt={**inner.learnt, **common.learnt},
        monotone=monotone,
        monotone_terms=monotone_terms,
        by=by,
        levels=levels,
        inner=inner,
        common=common,
    )
    return replace(made, X=np.ascontiguousarray(made.expanded(common.X, inner.X, made.group_of(common.frame))))


def _steps_by_group(
    common: FixedEffects, inner: FixedEffects, by: str, levels: tuple[str, ...]
) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Monotonic effects that are common to all groups, and those of each, with their names."""
    size, start = inner.X.shape[1], common.X.shape[1]
    places = [(start + g * size + first, n) for g in range(len(levels)) for first, n in inner.monotone]
    names = [f"{term}:{by}[{level}]" for level in levels for term in inner.monotone_terms]
    return (*common.monotone, *places), (*common.monotone_terms, *names)


def _split(formula: ModelFormula, by: str) -> tuple[list[str], list[str]]:
    """Terms within groups, without the column, and those common to all that do not stand among the former."""
    inner, common = [], []
    for term in expansion(formula.fixed).terms:
        rest = [factor.written for factor in term if factor.column != by]
        if len(rest) < len(term):
            inner += [":".join(rest)] if rest else []
        else:
            common.append(":".join(rest))
    return inner, [term for term in common if term not in inner]


def _with_terms(formula: ModelFormula, terms: list[str]) -> ModelFormula:
    """The formula with other terms over the same columns, so that cells are the same."""
    return replace(formula, fixed=" + ".join(["1", *terms]), intercept=True)
