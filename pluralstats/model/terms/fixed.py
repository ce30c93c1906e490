"""The fixed part of a design: one row of X for every distinct combination of its columns (a cell).

Demographics are constant within a rater, so a study of 27,375 ratings has a few hundred cells; kernels gather
from them and never touch an (n, p) matrix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from formulaic.parser.types import Factor

from pluralstats.data.shares import Sets
from pluralstats.model.formula.parsing import ModelFormula, RandomTerm, expansion
from pluralstats.model.terms.coding import ModelColumns, learnt_factors, model_columns
from pluralstats.model.terms.factors import Learnt

NO_SHARES: Mapping[str, Sets] = {}
ESTIMABLE = 1e-8  # how far, relative to its size, a design row may be from a relation that the data obey
DEPENDENT = 1e-9  # share of a column's length that must be its own for it to have a coefficient
ROUNDING = 1e-13  # share of a column's length that is nothing but rounding of its values


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
    relations: "Relations" = field(repr=False)
    learnt: Mapping[str, Learnt] = field(repr=False)  # what calls as poly(age, 2) know of the ratings, slopes' also

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
            if factors and all(kinds.get(factor) is Factor.Kind.CATEGORICAL for factor in factors)
        ]

    def _named_levels(self, factor: str) -> pd.Series:
        assert self.columns is not None
        column, levels = self.columns.column_of(factor), self.columns.learnt[factor][1]
        return (column + "[" + self.frame[column].astype(str) + "]").where(self.frame[column].isin(levels))

    def _matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """All columns of the model matrix, those left out among them."""
        return np.ones((len(frame), 1)) if self.columns is None else self.columns.rows_for(frame)


class Relations(NamedTuple):
    """Columns of the model matrix by position: scaled[:, left_out] == scaled[:, stayed] @ weights in the data.

    ``weights`` (columns that stayed, columns left out). ``scaled`` are the columns less ``centre`` and over ``spread``,
    (columns,) each: what is a relation must not depend on the units of a covariate, nor on where it starts.
    """

    stayed: np.ndarray
    left_out: np.ndarray
    weights: np.ndarray
    centre: np.ndarray
    spread: np.ndarray


def fixed_effects(
    frame: pd.DataFrame, formula: ModelFormula, keep_intercept: bool, shares: Mapping[str, Sets] = NO_SHARES
) -> FixedEffects:
    """Cells, their design matrix and the columns that data can tell apart.

    Parameters
    ----------
    keep_intercept : bool
        Whether the intercept is a coefficient; thresholds take its place otherwise.
    shares : dict, column -> sets of levels
        Of columns in which one person can have several levels.
    """
    weighted = ("rater_weight",) if "rater_weight" in frame else ()  # which the effects of raters are scaled by
    cell, cells = _cells(frame, (*formula.described, *weighted))
    learnt, columns = learnt_factors(frame, formula, shares), None
    if formula.columns:
        columns, full = model_columns(expansion(formula.fixed), cells, learnt)
        names, terms = columns.names, columns.terms
    else:
        full = np.ones((len(cells), int(formula.intercept)))
        names, terms = ("Intercept",)[: full.shape[1]], ("1",)[: full.shape[1]]
    relations, aliased = _independent(full, names)
    kept = [column for column in relations.stayed.tolist() if keep_intercept or names[column] != "Intercept"]
    return FixedEffects(
        np.ascontiguousarray(full[:, kept]),
        cell.astype(np.int32),
        tuple(names[column] for column in kept),
        tuple(terms[column] for column in kept),
        cells,
        tuple(aliased),
        tuple(names[column] for column in relations.left_out),
        columns,
        np.asarray(kept, int),
        relations,
        learnt,
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
    relations, aliased = _independent(full, names)
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


def _independent(X: np.ndarray, names: Sequence[str]) -> tuple[Relations, list[str]]:
    """Columns not determined by earlier ones, what the others are made of, and a sentence for each of those."""
    kept: list[int] = []
    made_of: dict[int, np.ndarray] = {}
    sentences = []
    centre, spread, constant = _scales(X, names)
    scaled = np.where(constant, 0.0, X - centre) / spread
    R = np.linalg.qr(scaled, mode="r") / np.sqrt(len(X))  # the same linear relations, in at most p rows
    for column, name in enumerate(names):
        others = R[:, kept]
        weights = np.linalg.lstsq(others, R[:, column], rcond=None)[0] if kept else np.empty(0)
        if not constant[column] and np.linalg.norm(R[:, column] - others @ weights) > DEPENDENT:
            kept.append(column)
            continue
        made_of[column] = weights
        of_intercept = centre[column] / spread[column] - (centre / spread)[kept] @ weights
        partners = ["Intercept"] if abs(of_intercept) > 1e-6 else []
        partners += [names[other] for other, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
        reason = f"the data determine it from {', '.join(partners)}" if partners else "it is zero in every row"
        what = "write poly(), which keeps powers apart" if "^" in name else "merge levels or drop a term"
        sentences.append(f"The coefficient of {name} cannot be estimated: {reason}. It was left out; {what}.")
    table = np.zeros((len(kept), len(made_of)))
    for j, weights in enumerate(made_of.values()):
        table[: weights.size, j] = weights  # later columns have no part in it
    return Relations(np.asarray(kept, int), np.asarray(list(made_of), int), table, centre, spread), sentences


def _scales(X: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means (where an intercept takes them up) and root mean squares about them, (columns,) each, and which columns are
    nothing but that mean: what is left of years from their mean is 0.4% of a year, and all that matters of it."""
    if not len(X):
        return np.zeros(len(names)), np.ones(len(names)), np.zeros(len(names), bool)
    intercept = np.array([name == "Intercept" for name in names], bool)
    first = X[0] if intercept.any() else np.zeros(X.shape[1])
    centre = np.where(intercept | (not intercept.any()), 0.0, first + (X - first).mean(axis=0))
    spread = np.sqrt(((X - centre) ** 2).mean(axis=0))
    constant = spread <= ROUNDING * np.abs(X).max(axis=0, initial=0.0)
    return centre, np.where(constant, np.where(centre == 0.0, 1.0, np.abs(centre)), spread), constant
