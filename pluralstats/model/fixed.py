"""The fixed part of a design: one row of X for every distinct combination of its columns (a cell).

Demographics are constant within a rater, so a study of 27,375 ratings has a few hundred cells; kernels gather
from them and never touch an (n, p) matrix.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from formulaic import ModelSpec, model_matrix
from formulaic.parser.types import Factor

from pluralstats.model.formula import ModelFormula, RandomTerm

ESTIMABLE = 1e-8  # how far, relative to its size, a design row may be from a relation that the data obey
DEPENDENT = 1e-9  # share of a column's length that must be its own for it to have a coefficient
_LEVEL = re.compile(r"(?:C\(`?(?P<call>[^)`]*)`?\)|(?P<name>[A-Za-z_][\w.]*))\[(?:T\.)?(?P<level>[^\]]*)\]")


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
    spec: ModelSpec | None = field(repr=False)
    kept: np.ndarray = field(repr=False)  # (p,) positions among the columns of the model matrix
    relations: "Relations" = field(repr=False)

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
        full = self._matrix(frame)
        stayed, gone = full[:, self.relations.stayed], full[:, self.relations.left_out]
        weights = self.relations.weights
        size = 1.0 + np.abs(gone) + np.abs(stayed) @ np.abs(weights)
        return (np.abs(gone - stayed @ weights) <= ESTIMABLE * size).all(axis=1)

    def columns_of_terms(self) -> list[set[str]]:
        """The columns that each term of the formula names: {"gender", "politics"} for gender:politics."""
        terms = [] if self.spec is None else self.spec.terms
        return [{column_of(factor.expr) for factor in term.factors} for term in terms]

    def term_levels(self) -> list[pd.DataFrame]:
        """For each term of categorical columns only, the levels behind each cell, (n_cells, columns) of "gender[male]".

        Terms come in order of their degree: ``gender``, ``politics``, ``gender:politics``.
        """
        if self.spec is None:
            return []
        kinds = {name: kind for name, (kind, _) in self.spec.encoder_state.items()}
        terms = [[factor.expr for factor in term.factors] for term in self.spec.terms]
        return [
            pd.DataFrame({column: _named_levels(self.frame, column) for column in map(column_of, factors)})
            for factors in terms
            if factors and all(kinds.get(factor) is Factor.Kind.CATEGORICAL for factor in factors)
        ]

    def _matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """All columns of the model matrix, those left out among them."""
        if self.spec is None:
            return np.ones((len(frame), 1))
        return np.asarray(self.spec.get_model_matrix(frame), float)


class Relations(NamedTuple):
    """Columns of the model matrix by position: full[:, left_out] == full[:, stayed] @ weights in the data.

    ``weights`` (columns that stayed, columns left out).
    """

    stayed: np.ndarray
    left_out: np.ndarray
    weights: np.ndarray


def fixed_effects(frame: pd.DataFrame, formula: ModelFormula, keep_intercept: bool) -> FixedEffects:
    """Cells, their design matrix and the columns that data can tell apart.

    Parameters
    ----------
    keep_intercept : bool
        Whether the intercept is a coefficient; thresholds take its place otherwise.
    """
    weighted = ("rater_weight",) if "rater_weight" in frame else ()  # which the effects of raters are scaled by
    cell, cells = _cells(frame, (*formula.described, *weighted))
    if formula.columns:
        matrix = model_matrix(formula.fixed, cells)
        spec, full = matrix.model_spec, np.asarray(matrix, float)
        names = [_plain(name) for name in matrix.columns]
        terms = [str(term) for term, columns in spec.term_indices.items() for _ in columns]
    else:
        spec, names, terms = None, ["Intercept"], ["1"]
        full = np.ones((len(cells), 1)) if formula.intercept else np.ones((len(cells), 0))
        names, terms = names[: full.shape[1]], terms[: full.shape[1]]
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
        spec,
        np.asarray(kept, int),
        relations,
    )


class SlopeColumns(NamedTuple):
    """What the effects of a random term are multiplied by: one row a cell, one column an effect.

    ``names`` (c,) "Intercept", "gender[male]"; ``Z`` (n_cells, c); ``aliased`` a sentence for each column left out.
    """

    names: tuple[str, ...]
    Z: np.ndarray
    aliased: tuple[str, ...]
    spec: ModelSpec | None
    kept: np.ndarray

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        """(len(frame), c) multipliers for new values of the same columns and levels."""
        if self.spec is None:
            return np.ones((len(frame), 1))
        return np.asarray(self.spec.get_model_matrix(frame), float)[:, self.kept]


def slope_columns(term: RandomTerm, cells: pd.DataFrame) -> SlopeColumns:
    """The columns of a random term over cells, those left out that others determine."""
    if not term.columns:
        return SlopeColumns(("Intercept",), np.ones((len(cells), 1)), (), None, np.zeros(1, int))
    matrix = model_matrix(term.slopes, cells)
    full, names = np.asarray(matrix, float), [_plain(name) for name in matrix.columns]
    relations, aliased = _independent(full, names)
    kept = relations.stayed
    sentences = tuple(f"In {term}: {sentence[0].lower()}{sentence[1:]}" for sentence in aliased)
    return SlopeColumns(tuple(names[j] for j in kept), full[:, kept], sentences, matrix.model_spec, kept)


def _cells(frame: pd.DataFrame, columns: tuple[str, ...]) -> tuple[np.ndarray, pd.DataFrame]:
    """(n,) cell of each row of the frame, and one row of values for each cell."""
    if not columns:
        return np.zeros(len(frame), int), pd.DataFrame(index=[0])
    values = frame.loc[:, list(columns)]
    cell = values.groupby(list(columns), observed=True, sort=False).ngroup().to_numpy()
    _, first = np.unique(cell, return_index=True)
    return cell, values.iloc[first].reset_index(drop=True)


def column_of(factor: str) -> str:
    """The column behind "gender" or "C(wave)"."""
    return factor.removeprefix("C(").removesuffix(")").strip().strip("`")


def _named_levels(frame: pd.DataFrame, column: str) -> pd.Series:
    return column + "[" + frame[column].astype(str) + "]"


def _plain(name: str) -> str:
    """formulaic's "gender[T.male]" and "C(wave)[T.2]" as "gender[male]" and "wave[2]"."""
    return _LEVEL.sub(lambda m: f"{m['call'] or m['name']}[{m['level']}]", name)


def _independent(X: np.ndarray, names: list[str]) -> tuple[Relations, list[str]]:
    """Columns not determined by earlier ones, what the others are made of, and a sentence for each of those."""
    kept: list[int] = []
    made_of: dict[int, np.ndarray] = {}
    sentences = []
    R = np.linalg.qr(X, mode="r")  # the same linear relations as X, in at most p rows
    scale = np.linalg.norm(R, axis=0)
    for column, name in enumerate(names):
        others = R[:, kept]
        weights = np.linalg.lstsq(others, R[:, column], rcond=None)[0] if kept else np.empty(0)
        rest = np.linalg.norm(R[:, column] - others @ weights)
        if rest > DEPENDENT * scale[column]:
            kept.append(column)
            continue
        made_of[column] = weights
        partners = [names[other] for other, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
        reason = f"the data determine it from {', '.join(partners)}" if partners else "it is zero in every row"
        sentences.append(
            f"The coefficient of {name} cannot be estimated: {reason}. It was left out; merge levels or drop a term."
        )
    table = np.zeros((len(kept), len(made_of)))
    for j, weights in enumerate(made_of.values()):
        table[: weights.size, j] = weights  # later columns have no part in it
    return Relations(np.asarray(kept, int), np.asarray(list(made_of), int), table), sentences
