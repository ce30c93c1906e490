"""The fixed part of a design: one row of X for every distinct combination of its columns (a cell).

Demographics are constant within a rater, so a study of 27,375 ratings has a few hundred cells; kernels gather
from them and never touch an (n, p) matrix.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from formulaic.parser.types import Factor as Place

from pluralstats.data.shares import Sets
from pluralstats.model.formula.calls import Factor
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, expansion
from pluralstats.model.terms.coding import ModelColumns, learnt_factors, model_columns
from pluralstats.model.terms.curves import Learnt
from pluralstats.model.terms.factors import offset_of
from pluralstats.model.terms.relations import Relations, independent_columns
from pluralstats.model.terms.steps import step_places

NO_SHARES: Mapping[str, Sets] = {}
ESTIMABLE = 1e-8  # how far, relative to its size, a design row may be from a relation that the data obey


@dataclass(frozen=True)
class FixedEffects:
    """Coefficients' design over cells.

    Attributes
    ----------
    X : (n_cells, p) one row a cell; a cell is a combination of the columns here and in random slopes
    cell : (n,) int32, cell of each row of the frame; of each row of the design once it is part of one
    names : (p,) for example "gender[male]"
    terms : (p,) the formula term of each column, for example "gender"
    frame : (n_cells, columns) the values behind each cell
    aliased : one finished sentence for each column left out because others determine it
    left_out : the names of those columns
    relations : what they are in the data, as sums of the columns that stayed (the intercept among them)
    offset : (n_cells,) what is added to the linear predictor with coefficient 1, 0 without ``offset()``
    monotone : (first column, number of columns) of each ``mo()`` of the formula
    monotone_terms : what each is called, "mo(education)", or "mo(education):dimension[hate]"
    """

    X: np.ndarray
    cell: np.ndarray
    names: tuple[str, ...]
    terms: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)
    aliased: tuple[str, ...]
    left_out: tuple[str, ...]
    columns: ModelColumns | None = field(repr=False)  # None where there is no more than an intercept
    kept: np.ndarray = field(repr=False)  # (p,) positions among the columns of the model matrix
    relations: Relations = field(repr=False)
    learnt: Mapping[str, Learnt] = field(repr=False)  # what calls as poly(age, 2) know of the ratings, slopes' also
    offset: np.ndarray = field(repr=False)
    offsets: tuple[Factor, ...] = ()
    monotone: tuple[tuple[int, int], ...] = ()
    monotone_terms: tuple[str, ...] = ()

    @property
    def values(self) -> np.ndarray:
        """(n_cells, p) what each coefficient is multiplied by, wherever it belongs."""
        return self.X

    def linear(self, coefficient: np.ndarray) -> np.ndarray:
        """(..., n_cells) what fixed part and offset add up to in every cell, for coefficients (..., p)."""
        return coefficient @ self.X.T + self.offset

    def linear_for(self, frame: pd.DataFrame, coefficient: np.ndarray) -> np.ndarray:
        """(..., len(frame)) the same at new values, for coefficients (..., p)."""
        return coefficient @ self.rows_for(frame).T + self.offset_for(frame)

    def offset_for(self, frame: pd.DataFrame, columns: Collection[str] | None = None) -> np.ndarray:
        """(len(frame),) the offset at new values, or the part of it from some columns; zeros where there is none."""
        wanted = self.offsets if columns is None else tuple(one for one in self.offsets if one.column in columns)
        return offset_of(wanted, frame, self.learnt)

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        """(len(frame), p) design rows for new values of the same columns and levels."""
        return self._matrix(frame)[:, self.kept]

    def estimable(self, frame: pd.DataFrame) -> np.ndarray:
        """(len(frame),) bool, whether the data determine the linear predictor of new values.

        A column that was left out is a sum of others in every row of the data. New values that break this relation
        (a cell of an interaction that nobody is in) have a linear predictor that the data say nothing about; the
        coefficients that stayed would give a number that is an accident of the order of columns. The criterion is
        that of `estimability` in R, which emmeans prints as nonEst.
        """
        if not self.relations.left_out.size:
            return np.ones(len(frame), bool)
        at = self.relations
        full = (self._matrix(frame) - at.centre) / at.spread
        stayed, gone = full[:, at.stayed], full[:, at.left_out]
        size = 1.0 + np.abs(gone) + np.abs(stayed) @ np.abs(at.weights)
        return (np.abs(gone - stayed @ at.weights) <= ESTIMABLE * size).all(axis=1)

    @property
    def spec(self) -> ModelSpec | None:
        """How formulaic codes the columns."""
        return None if self.columns is None else self.columns.spec

    def columns_of_terms(self) -> list[set[str]]:
        """The columns that each term of the formula names: {"gender", "politics"} for gender:politics."""
        if self.columns is None:
            return []
        known = self.columns.factors
        return [{known[f.expr].column for f in term.factors if f.expr in known} for term in self.columns.spec.terms]

    def term_columns(self) -> dict[str, set[str]]:
        """The columns that each term names, by the term as coefficients have it."""
        terms = [] if self.spec is None else [str(term) for term in self.spec.terms]
        return dict(zip(terms, self.columns_of_terms(), strict=True))

    def term_levels(self) -> list[pd.DataFrame]:
        """For each term of categorical columns only, the levels behind each cell, (n_cells, columns) of "gender[male]".

        Terms come in order of their degree: ``gender``, ``politics``, ``gender:politics``. Missing: several levels.
        """
        if self.columns is None:
            return []
        spec, column_of = self.columns.spec, self.columns.column_of
        kinds = {name: kind for name, (kind, _) in spec.encoder_state.items()}
        terms = [[factor.expr for factor in term.factors] for term in spec.terms]
        return [
            pd.DataFrame({column_of(factor): self._named_levels(factor) for factor in factors})
            for factors in terms
            if factors and all(kinds.get(factor) is Place.Kind.CATEGORICAL for factor in factors)
        ]

    def _named_levels(self, factor: str) -> pd.Series:
        assert self.columns is not None
        column, levels = self.columns.column_of(factor), self.columns.learnt[factor][1]
        return (column + "[" + self.frame[column].astype(str) + "]").where(self.frame[column].isin(levels))

    def _matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """All columns of the model matrix, those left out among them."""
        return np.ones((len(frame), 1)) if self.columns is None else self.columns.rows_for(frame)


def fixed_effects(
    frame: pd.DataFrame,
    formula: ModelFormula,
    keep_intercept: bool,
    shares: Mapping[str, Sets] = NO_SHARES,
    orders: Mapping[str, Sequence[str]] | None = None,
) -> FixedEffects:
    """Cells, their design matrix and the columns that data can tell apart.

    Parameters
    ----------
    keep_intercept : bool
        Whether the intercept is a coefficient; thresholds take its place otherwise.
    shares : dict, column -> sets of levels
        Of columns in which one person can have several levels.
    orders : mapping of column to levels, optional
        Those of ordered categories, from the lowest on, which ``mo()`` needs.

    Raises
    ------
    ConfigError, DataError
        Calls that the values of their column do not allow, steps of ``mo()`` that other columns determine, or ``mo()``
        by dimension where thresholds are not.
    """
    weighted = ("rater_weight",) if "rater_weight" in frame else ()  # which the effects of raters are scaled by
    cell, cells = _cells(frame, (*formula.described, *weighted))
    learnt, columns, of = learnt_factors(frame, formula, shares, orders), None, expansion(formula.fixed)
    if of.coded.terms:
        columns, full = model_columns(of.coded, cells, learnt)
        names, terms = columns.names, columns.terms
    else:
        full = np.ones((len(cells), int(formula.intercept)))
        names, terms = ("Intercept",)[: full.shape[1]], ("1",)[: full.shape[1]]
    relations, aliased = independent_columns(full, names)
    kept = [column for column in relations.stayed.tolist() if keep_intercept or names[column] != "Intercept"]
    kept_terms = tuple(terms[column] for column in kept)
    steps = step_places(kept_terms, of, learnt)
    return FixedEffects(
        np.ascontiguousarray(full[:, kept]),
        cell.astype(np.int32),
        tuple(names[column] for column in kept),
        kept_terms,
        cells,
        tuple(aliased),
        tuple(names[column] for column in relations.left_out),
        columns,
        np.asarray(kept, int),
        relations,
        learnt,
        offset_of(of.offsets, cells, learnt),
        of.offsets,
        steps,
        tuple(kept_terms[first] for first, _ in steps),
    )


class SlopeColumns(NamedTuple):
    """What the effects of a random term are multiplied by: one row a cell, one column an effect.

    ``names`` (c,) "Intercept", "gender[male]"; ``Z`` (n_cells, c); ``aliased`` a sentence for each column left out.
    """

    names: tuple[str, ...]
    Z: np.ndarray
    aliased: tuple[str, ...]
    columns: ModelColumns | None
    kept: np.ndarray

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        """(len(frame), c) multipliers for new values of the same columns and levels."""
        if self.columns is None:
            return np.ones((len(frame), 1))
        return self.columns.rows_for(frame)[:, self.kept]

    def only(self, chosen: Sequence[int], *sentences: str) -> "SlopeColumns":
        """Some of the columns, by position, with more sentences about those left out."""
        names = tuple(self.names[j] for j in chosen)
        return SlopeColumns(
            names, self.Z[:, list(chosen)], (*self.aliased, *sentences), self.columns, self.kept[list(chosen)]
        )


def slope_columns(term: RandomTerm, cells: pd.DataFrame, learnt: Mapping[str, Learnt]) -> SlopeColumns:
    """The columns of a random term over cells, those left out that others determine."""
    if not term.columns:
        return SlopeColumns(("Intercept",), np.ones((len(cells), 1)), (), None, np.zeros(1, int))
    columns, full = model_columns(expansion(term.slopes), cells, learnt)
    names = columns.names
    relations, aliased = independent_columns(full, names)
    kept = relations.stayed
    sentences = tuple(f"In {term}: {sentence[0].lower()}{sentence[1:]}" for sentence in aliased)
    return SlopeColumns(tuple(names[j] for j in kept), full[:, kept], sentences, columns, kept)


def _cells(frame: pd.DataFrame, columns: tuple[str, ...]) -> tuple[np.ndarray, pd.DataFrame]:
    """(n,) cell of each row of the frame, and one row of values for each cell."""
    if not columns:
        return np.zeros(len(frame), int), pd.DataFrame(index=[0])
    values = frame.loc[:, list(columns)]
    cell = values.groupby(list(columns), observed=True, sort=False).ngroup().to_numpy()
    _, first = np.unique(cell, return_index=True)
    return cell, values.iloc[first].reset_index(drop=True)
