"""Columns with a coefficient at every threshold, ``cs(x)``, beside those of eta."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from pluralstats.data.shares import Sets
from pluralstats.errors import ConfigError, listed
from pluralstats.model.category_rows import CategoryRows
from pluralstats.model.formula.misplaced import written
from pluralstats.model.formula.parsing import ModelFormula, expansion, quoted
from pluralstats.model.terms.fixed import FixedEffects, fixed_effects
from pluralstats.model.terms.relations import independent_columns

COMMON = ("cell", "frame", "relations", "offset", "offsets", "monotone", "monotone_terms")
MOST_GROUPS = 500  # distinct rows of the columns, each with thresholds of its own


@dataclass(frozen=True, kw_only=True)
class CategoryEffects(FixedEffects):
    """Columns of eta, and behind them those within ``cs()`` once for every threshold.

    In X the latter are divided by the number of thresholds: eta has their mean coefficient (``CategoryRows``).
    ``boundaries`` (K - 1,) names of the thresholds; ``common`` the columns of eta, ``inner`` those within ``cs()``,
    ``Z`` (n_cells, m) their values, in the units of X.
    """

    boundaries: tuple[str, ...]
    inner: FixedEffects
    common: FixedEffects
    Z: np.ndarray

    @property
    def values(self) -> np.ndarray:
        n = len(self.boundaries)
        return np.hstack([self.X[:, : self.first], np.tile(self.Z, (1, n))])

    @property
    def first(self) -> int:
        """Where the coefficients at thresholds start."""
        return self.common.X.shape[1]

    def expanded(self, common: np.ndarray, inner: np.ndarray) -> np.ndarray:
        """(rows, p) from the columns of both kinds."""
        n = len(self.boundaries)
        return np.ascontiguousarray(np.hstack([common, np.tile(inner / max(n, 1), (1, n))]))

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        return self.expanded(self.common.rows_for(frame), self.inner.rows_for(frame))

    def estimable(self, frame: pd.DataFrame) -> np.ndarray:
        return self.common.estimable(frame) & self.inner.estimable(frame)

    @property
    def spec(self) -> ModelSpec | None:
        return None

    def columns_of_terms(self) -> list[set[str]]:
        return [*self.common.columns_of_terms(), *self.inner.columns_of_terms()]

    def term_columns(self) -> dict[str, set[str]]:
        of_steps = {f"cs({term})": columns for term, columns in self.inner.term_columns().items()}
        return self.common.term_columns() | of_steps

    def term_levels(self) -> list[pd.DataFrame]:
        return [*self.common.term_levels(), *self.inner.term_levels()]


def category_effects(
    frame: pd.DataFrame,
    formula: ModelFormula,
    labels: Sequence[str],
    shares: Mapping[str, Sets] = MappingProxyType({}),
    orders: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> CategoryEffects:
    """The fixed part of a formula with ``cs()``; ``labels`` (K,) of the categories used.

    Raises
    ------
    ConfigError
        Columns within ``cs()`` that determine one outside of it, or that have too many distinct rows.
    """
    of, boundaries = expansion(formula.fixed), [f"{low}|{high}" for low, high in pairwise(labels)]
    terms = [":".join(factor.written for factor in term) for term in of.by_category]
    outside = [":".join(factor.written for factor in term) for term in of.terms if not term[0].category]
    inner = fixed_effects(frame, _with_terms(formula, terms), False, shares, orders)
    common = fixed_effects(frame, _with_terms(formula, outside), False, shares, orders)
    _refuse_determined(common, inner, ", ".join(written(term) for term in of.by_category))
    m = inner.X.shape[1]
    made = CategoryEffects(
        **{name: getattr(common, name) for name in COMMON},
        X=common.X,
        names=(*common.names, *(f"{name}: {boundary}" for boundary in boundaries for name in inner.names)),
        terms=(*common.terms, *(f"cs({term})" for _ in boundaries for term in inner.terms)),
        aliased=(*common.aliased, *inner.aliased),
        left_out=(*common.left_out, *inner.left_out),
        columns=None,
        kept=np.arange(common.X.shape[1] + m * len(boundaries)),
        learnt={**inner.learnt, **common.learnt},
        boundaries=tuple(boundaries),
        inner=inner,
        common=common,
        Z=inner.X,
    )
    return replace(made, X=made.expanded(common.X, inner.X))


def category_groups(fixed: CategoryEffects) -> tuple[np.ndarray, CategoryRows]:
    """(n_cells,) group of each cell, those with the same columns, and the columns of each group.

    Raises
    ------
    ConfigError
        There are more than 500.
    """
    Z, cells, group = np.unique(fixed.Z, axis=0, return_index=True, return_inverse=True)
    if len(Z) > MOST_GROUPS:
        names = listed(list(dict.fromkeys(name for term in fixed.inner.columns_of_terms() for name in term)))
        raise ConfigError(
            f"The columns within cs() have {len(Z):,} distinct rows ({names}), each of which has thresholds of its "
            f"own; {MOST_GROUPS} are the most. Round the column, or write it without cs()."
        )
    rows = CategoryRows(np.ascontiguousarray(Z), cells, fixed.first)
    return group.ravel().astype(np.int32), rows


def refuse_categories(formula: ModelFormula, family: str, thresholds: str | None, *, free: bool) -> None:
    """ConfigError where a model cannot have ``cs()``; ``free``: whether thresholds have no order."""
    first = expansion(formula.fixed).by_category[0]
    names, name = [factor.column for factor in first], first[0].written
    if not free:
        why = {
            "cumulative": "In a cumulative model such thresholds can cross, and probabilities then are negative: use "
            f"disc='~ {name}' for levels that answer more or less consistently, or a family of steps (acat, sratio, "
            "cratio).",
            "bernoulli": f"Of two categories there is one threshold only. Write {name} without cs().",
        }
        other = f"The {family} family has no thresholds between categories. Write {name} without cs()."
        raise ConfigError(
            f"'{written(first)}' asks for a coefficient of {listed(names)} at every threshold. {why.get(family, other)}"
        )
    if thresholds is not None:
        raise ConfigError(
            f"'{written(first)}' asks for coefficients at thresholds that all ratings share, and thresholds="
            f"'{thresholds}' gives every {thresholds} its own. Leave `thresholds` out"
            + ("." if thresholds in names else f", and write cs({quoted(thresholds)}) beside it.")
        )


def _refuse_determined(common: FixedEffects, inner: FixedEffects, shown: str) -> None:
    """A column of eta that columns within ``cs()`` determine: coefficients at all thresholds can do what it does."""
    full = np.hstack([np.ones((len(inner.X), 1)), inner.X, common.X])
    names = ("Intercept", *(f"cs({name})" for name in inner.names), *common.names)
    relations, _ = independent_columns(full, names)
    if told := [names[j] for j in relations.left_out]:
        raise ConfigError(
            f"{listed(told)} is determined by {shown}, whose coefficients at all thresholds can move together as one "
            "of it would. Take it out of one of them."
        )


def _with_terms(formula: ModelFormula, terms: list[str]) -> ModelFormula:
    """The formula with other terms over the same columns, so that cells are the same."""
    return replace(formula, fixed=" + ".join(["1", *terms]), intercept=True)
