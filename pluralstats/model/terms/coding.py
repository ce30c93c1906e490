"""The columns of a sum of terms, coded by formulaic, and the same columns for new values.

formulaic gets terms whose factors are looked up among arrays made here (``factor_columns``): it codes categories so
that the columns are of full rank, and multiplies. It sees no text to read and nothing to evaluate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, model_matrix
from formulaic.materializers.types import FactorValues
from formulaic.parser.types import Factor as Place
from formulaic.parser.types import Term as Product

from pluralstats.data.shares import Sets
from pluralstats.errors import ConfigError
from pluralstats.model.formula.calls import Expansion, Factor
from pluralstats.model.formula.parsing import ModelFormula, expansion
from pluralstats.model.smooth_columns import column_names
from pluralstats.model.terms.curves import Learnt
from pluralstats.model.terms.factors import NO_SETS, is_category, learn, level_codes, numbers
from pluralstats.model.terms.steps import step_names

INTERCEPT = Product([Place("1", eval_method="literal")])


@dataclass(frozen=True)
class _Encoder:
    """Indicators of levels, "gender[male]", or a person's shares of them.

    A class, because fits travel between processes and closures do not.
    """

    column: str
    levels: tuple[Any, ...]
    shares: np.ndarray  # (names, levels)

    def __call__(self, values: Any, **unused: Any) -> FactorValues:
        shares = self.shares[np.asarray(values)]
        return FactorValues(
            {level: shares[:, k] for k, level in enumerate(self.levels)},
            kind="categorical",
            spans_intercept=True,
            drop_field=self.levels[0],  # the reference, where the intercept has it already
            format=self.column.replace("{", "{{").replace("}", "}}") + "[{field}]",
        )


@dataclass(frozen=True)
class ModelColumns:
    """Columns of a model matrix and how they follow from the columns of the ratings.

    ``names`` (p,) "gender[male]", "poly(age, 2)1"; ``terms`` (p,) the term of each; ``factors`` by their text.
    """

    names: tuple[str, ...]
    terms: tuple[str, ...]
    factors: Mapping[str, Factor]
    spec: ModelSpec = field(repr=False)
    learnt: Mapping[str, Learnt] = field(repr=False)

    def rows_for(self, frame: pd.DataFrame) -> np.ndarray:
        """(len(frame), p) at new values of the same columns and levels."""
        return _matrix(self.spec, frame, _context(self.factors, frame, self.learnt))[1]

    def column_of(self, factor: str) -> str:
        """The column of the ratings behind a factor's text: "age" behind "poly(age, 2)"."""
        return self.factors[factor].column


def learnt_factors(
    frame: pd.DataFrame,
    formula: ModelFormula,
    shares: Mapping[str, Sets],
    orders: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Learnt]:
    """What the factors of a formula, those of slopes among them, need to know of the ratings, by their text.

    ``shares`` are the sets of levels, of columns in which one person can have several; ``orders`` the levels of ordered
    categories, from the lowest on.

    Raises
    ------
    ConfigError, DataError
        Calls that the values of their column do not allow.
    """
    texts = [formula.fixed, *(term.slopes for term in formula.random)]
    factors = [factor for text in texts for term in expansion(text).terms for factor in term]
    weight = frame["weight"].to_numpy(float) if "weight" in frame else np.ones(len(frame))
    known = orders or {}
    return {
        factor.text: learn(
            factor,
            frame[factor.column],
            weight,
            shares.get(factor.column, NO_SETS),
            known.get(factor.column, ()),
        )
        for factor in dict.fromkeys(factors)
    }


def model_columns(of: Expansion, cells: pd.DataFrame, learnt: Mapping[str, Learnt]) -> tuple[ModelColumns, np.ndarray]:
    """The columns of a sum of terms, and their values (n_cells, p).

    Raises
    ------
    ConfigError
        Two columns of the same name.
    """
    factors = {factor.text: factor for term in of.terms for factor in term}
    products = [Product([Place(factor.text, eval_method="lookup") for factor in term]) for term in of.terms]
    spec, full = _matrix(
        Formula([INTERCEPT, *products] if of.intercept else products), cells, _context(factors, cells, learnt)
    )
    names = tuple(map(str, spec.column_names))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(
            f"Two columns of the model are called '{twice[0]}'. Rename a column or a level of the ratings."
        )
    terms = tuple(str(term) for term, columns in spec.term_indices.items() for _ in columns)
    return ModelColumns(names, terms, factors, spec, learnt), full


def _matrix(what: Any, frame: pd.DataFrame, context: Mapping[str, Any]) -> tuple[ModelSpec, np.ndarray]:
    rows = pd.DataFrame(index=range(len(frame)))  # without columns, so that every factor is looked up in the context
    matrix = model_matrix(what, rows, context=context, output="numpy", na_action="ignore")
    return matrix.model_spec, np.asarray(matrix, float)


def _context(factors: Mapping[str, Factor], frame: pd.DataFrame, learnt: Mapping[str, Learnt]) -> dict[str, Any]:
    return {text: _values(factor, frame[factor.column], learnt[text]) for text, factor in factors.items()}


def _values(factor: Factor, values: pd.Series, learnt: Learnt) -> FactorValues:
    if is_category(factor, values):
        codes, encoder = level_codes(factor, values, learnt), _Encoder(factor.column, tuple(learnt[1]), learnt[2])
        return FactorValues(codes, kind="categorical", spans_intercept=True, encoder=encoder)
    found = numbers(factor, values, learnt)
    if factor.call == "mo":
        of_steps = {"column_names": step_names(learnt), "format": "{name}[{field}]"}
        return FactorValues(found, kind="numerical", spans_intercept=False, **of_steps)
    if factor.call == "s":
        return FactorValues(
            found, kind="numerical", spans_intercept=False, column_names=column_names(factor), format="{field}"
        )
    if found.shape[1] == 1 and factor.call not in ("poly", "bs"):
        return FactorValues(found[:, 0], kind="numerical", spans_intercept=False)
    names = tuple(str(k + 1) for k in range(found.shape[1]))
    return FactorValues(found, kind="numerical", spans_intercept=False, column_names=names, format="{name}{field}")
