"""Measured covariates centred and scaled before a design is made of them, and the map between the two designs.

The covariate is moved, not the columns of the design: in gender * year the column of men's years must become one of
men's years from the mean, or gender's coefficient and its prior would be about the year 0.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.model.terms.coding import ModelColumns
from pluralstats.model.terms.factors import is_category

SAME_SPAN = 1e-9  # how far, of its length, a column may be from what the moved columns can make


class Columns(NamedTuple):
    """Columns in standard units with the way from the data's: data = standard @ matrix + shift.

    ``standard`` (n_cells, c), ``matrix`` (c, c), ``shift`` (c,) what an intercept outside takes up.
    """

    standard: np.ndarray
    matrix: np.ndarray
    shift: np.ndarray


class _Covariate(NamedTuple):
    """What a covariate is less (``centre``), and what it is then divided by."""

    centre: float
    spread: float


class _Part(NamedTuple):
    """A model matrix that can be made anew: columns over cells, the frame behind them, and how they follow from it."""

    X: np.ndarray
    frame: pd.DataFrame
    columns: ModelColumns | None
    kept: np.ndarray
    rows_for: Callable[[pd.DataFrame], np.ndarray]


def standard_columns(
    X: np.ndarray,
    frame: pd.DataFrame,
    columns: ModelColumns | None,
    kept: np.ndarray,
    rows_for: Callable[[pd.DataFrame], np.ndarray],
    *,
    intercept: int,
    outside: bool,
) -> Columns:
    """Columns made of centred and scaled covariates, if they say the same as those of the data.

    Where they do not, because no intercept (or no main effect of the other column of an interaction) takes up the
    shift, covariates are scaled only.

    Parameters
    ----------
    X : (n_cells, c) the columns of the data, made of ``frame`` by ``rows_for``
    columns : of the model matrix, of which ``kept`` stayed
    intercept : position of the column of ones, -1 without
    outside : whether thresholds are an intercept beside the columns
    """
    part = _Part(X, frame, columns, kept, rows_for)
    made = Columns(X, np.eye(X.shape[1]), np.zeros(X.shape[1]))
    for centred in (True, False):
        covariates = {name: _standard(frame[name], centred=centred) for name in _movable(columns, frame)}
        moved = {name: (_numbers(frame[name]) - at.centre) / at.spread for name, at in covariates.items()}
        found = _related(part, rows_for(frame.assign(**moved)), covariates, intercept, outside) if moved else made
        if found is not None:
            made = found
            break
    seen_to = [bool(factors & covariates.keys()) for factors in factors_of_columns(columns, kept)]
    return _columnwise(made, ~np.array(seen_to, bool), intercept, outside)


def _columnwise(made: Columns, rest: np.ndarray, intercept: int, outside: bool) -> Columns:
    """Columns that are functions of covariates, ``rest`` (c,) bool, with mean 0 and sd 1; zeros and ones stay."""
    X = made.standard
    moves = rest & ((X != 0.0) & (X != 1.0)).any(axis=0)
    if not moves.any():
        return made
    shift = np.where(moves & (outside or intercept >= 0), X.mean(axis=0), 0.0)
    spread = X.std(axis=0)
    scale = np.where(moves & (spread > 0.0), spread, 1.0)
    matrix, moved = scale[:, None] * made.matrix, shift @ made.matrix
    if intercept >= 0:
        matrix[intercept] += moved
    return Columns(np.ascontiguousarray((X - shift) / scale), matrix, made.shift + (moved if intercept < 0 else 0.0))


def factors_of_columns(columns: ModelColumns | None, kept: np.ndarray) -> list[set[str]]:
    """The factors behind each column that stayed: {"gender", "year"} for gender[male]:year."""
    if columns is None:
        return [set()] * len(kept)
    of_terms = columns.spec.term_indices.items()
    factors = {i: {f.expr for f in term.factors if f.expr in columns.factors} for term, at in of_terms for i in at}
    return [factors[int(i)] for i in kept]


def _movable(columns: ModelColumns | None, frame: pd.DataFrame) -> Iterator[str]:
    """Numeric columns that stand in the formula as they are, and nowhere as categories or inside a function."""
    factors = [] if columns is None else list(columns.factors.values())
    inside = {factor.column for factor in factors if factor.call}
    for factor in factors:
        if factor.column not in inside and not is_category(factor, frame[factor.column]):
            yield factor.column


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(float)


def _standard(column: pd.Series, *, centred: bool) -> _Covariate:
    """Mean and sd over cells. Two values become 0 and 1, whatever they are; a constant stays."""
    x = _numbers(column)
    low, high = x.min(), x.max()
    if low == high or np.isin(x, (0.0, 1.0)).all():
        return _Covariate(0.0, 1.0)
    if centred and np.isin(x, (low, high)).all():
        return _Covariate(float(low), float(high - low))
    spread = float((x - low).std())  # less the lowest value first: years and times keep all their digits
    return _Covariate(float(low + (x - low).mean()) if centred else 0.0, spread)


def _related(
    part: _Part, standard: np.ndarray, covariates: dict[str, _Covariate], intercept: int, outside: bool
) -> Columns | None:
    """The columns with the map between them, or None where one cannot be made of the other."""
    X, c = part.X, part.X.shape[1]
    takes_up = outside or intercept >= 0
    means = X.mean(axis=0) if takes_up else np.zeros(c), standard.mean(axis=0) if takes_up else np.zeros(c)
    free = np.arange(c) != intercept
    data, inner = (X - means[0])[:, free], (standard - means[1])[:, free]
    sizes = [np.where((n := np.linalg.norm(m, axis=0)) > 0.0, n, 1.0) for m in (data, inner)]
    weights = np.linalg.lstsq(inner / sizes[1], data / sizes[0], rcond=None)[0]
    if np.abs(inner / sizes[1] @ weights - data / sizes[0]).max(initial=0.0) > SAME_SPAN:
        return None
    weights[np.abs(weights) < 1e-13] = 0.0
    matrix = np.eye(c)
    matrix[np.ix_(free, free)] = weights * sizes[0] / sizes[1][:, None]
    shift = np.where(free, means[0] - means[1] @ matrix, 0.0)
    for j, factors in enumerate(factors_of_columns(part.columns, part.kept)):
        alone = _alone(factors, covariates)
        if alone is not None and (takes_up or alone.centre == 0.0):  # known without rounding
            matrix[:, j], shift[j] = np.eye(c)[j] * alone.spread, alone.centre
    if intercept >= 0:
        matrix[intercept, free], shift = shift[free], np.zeros(c)
    return Columns(np.ascontiguousarray(standard), matrix, shift)


def _alone(factors: set[str], covariates: dict[str, _Covariate]) -> _Covariate | None:
    """How a column moves that is a covariate, or has nothing to do with any; None for products with one."""
    within = factors & covariates.keys()
    if not within:
        return _Covariate(0.0, 1.0)
    return covariates[within.pop()] if len(factors) == 1 else None
