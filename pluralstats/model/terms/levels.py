"""The linear predictor as a sum of effects of factors, free of reference levels.

A formula's columns are differences to a reference level. What they add up to is a function of the levels, and that
has parts which no coding of the levels changes: for every factor its effect averaged over the levels of all others,
for every interaction what is left on top of that (the parts of an analysis of variance, all levels and combinations
that occur counted alike), measured columns at their mean. Priors are about these parts (METHODS section 1).
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import null_space, solve_triangular
from scipy.sparse import csr_array

from pluralstats.model.formula.calls import Factor
from pluralstats.model.terms.factors import is_category, level_codes, numbers
from pluralstats.model.terms.fixed import FixedEffects

LINKED = 1e-8  # share of a relation between parts from which a part takes part in it

type Factors = frozenset[str]


class LevelEffects(NamedTuple):
    """Parts of a linear predictor in the coefficients b (p,) of a design, intercept and thresholds apart.

    ``spreads``: of each part the (p, r) matrix that makes its coefficients from r independent numbers of variance 1;
    differences between two levels then have variance 1, of measured columns for one sd. ``terms``: the term of the
    formula whose columns carry the part. ``groups``: parts with the same number overlap (one factor determines
    another) and only their sum is known. ``ranks``: dimensions of each group. ``centre`` (p,): centre'b is the
    predictor without intercept at the mean of all levels. ``unit`` (p,): the size of each column. ``columns``: the
    coefficients, all but the intercept.
    """

    spreads: tuple[np.ndarray, ...]
    terms: tuple[str, ...]
    groups: np.ndarray
    ranks: tuple[int, ...]
    centre: np.ndarray
    unit: np.ndarray
    columns: np.ndarray


class _Coding(NamedTuple):
    """[1, X] = Q R with the columns of X centred by ``shift`` and divided by ``unit``; without the 1 if no constant."""

    Q: np.ndarray
    R: np.ndarray
    shift: np.ndarray
    unit: np.ndarray
    constant: bool


def level_effects(fixed: FixedEffects, constant: bool) -> LevelEffects:
    """The parts of the predictor that a design has.

    Parameters
    ----------
    constant : bool
        Whether an intercept or thresholds take up what all levels have in common.
    """
    columns = np.array([j for j, name in enumerate(fixed.names) if name != "Intercept"], int)
    centre, unit = np.zeros(len(fixed.names)), np.ones(len(fixed.names))
    if fixed.columns is None or not columns.size:
        return LevelEffects((), (), np.zeros(0, int), (), centre, unit, columns)
    coding = _coding(fixed.X[:, columns], constant)
    known = _carried(fixed, constant)
    made = [(term, _spread(fixed, factors, known, coding)) for factors, term in known.items() if term]
    made = [(term, part) for term, part in made if part.shape[1]]
    parts = [part[constant:] for _, part in made]
    groups, ranks = _overlapping(parts)
    unit[columns] = coding.unit
    if constant:
        ones = np.concatenate([part[0] for _, part in made])
        centre[columns] = coding.shift - np.linalg.lstsq(np.hstack(parts).T, ones, rcond=None)[0] * coding.unit
    spreads = []
    for part in parts:
        whole = np.zeros((len(fixed.names), part.shape[1]))
        whole[columns] = part / coding.unit[:, None]
        spreads.append(whole)
    return LevelEffects(tuple(spreads), tuple(term for term, _ in made), groups, ranks, centre, unit, columns)


def _coding(X: np.ndarray, constant: bool) -> _Coding:
    shift = X.mean(axis=0) if constant else np.zeros(X.shape[1])
    size = np.sqrt(((X - shift) ** 2).mean(axis=0))
    unit = np.where(size > 0.0, size, 1.0)
    columns = (X - shift) / unit
    Q, R = np.linalg.qr(np.column_stack([np.ones(len(X)), columns]) if constant else columns)
    return _Coding(Q, R, shift, unit, constant)


def _carried(fixed: FixedEffects, constant: bool) -> dict[Factors, str]:
    """Sets of factors whose effects the columns can describe -> the term that carries them; "" for a constant.

    A factor with a column for every level describes its average too; one without the column of a reference does not.
    """
    found: dict[Factors, str] = {frozenset(): ""} if constant else {}
    assert fixed.spec is not None
    for row in fixed.spec.structure:
        for scoped in row.scoped_terms:
            full = [f.factor.expr for f in scoped.factors if not f.reduced and _is_categorical(fixed, f.factor.expr)]
            rest = {f.factor.expr for f in scoped.factors} - set(full)
            for chosen in _subsets(full):
                found.setdefault(frozenset(rest | set(chosen)), str(row.term))
    return found


def _subsets(names: Collection[str]) -> Iterable[tuple[str, ...]]:
    return (chosen for size in range(len(names) + 1) for chosen in combinations(names, size))


def _is_categorical(fixed: FixedEffects, text: str) -> bool:
    assert fixed.columns is not None
    factor = fixed.columns.factors.get(text)
    return factor is not None and is_category(factor, fixed.frame[factor.column])


def _spread(fixed: FixedEffects, factors: Factors, known: Collection[Factors], coding: _Coding) -> np.ndarray:
    """(1 + p, r) intercept and coefficients of the part that belongs to factors; (p, r) without a constant."""
    assert fixed.columns is not None
    levels = sorted(f for f in factors if _is_categorical(fixed, f))
    measured = sorted(factors - set(levels))
    combos, share = _observed(fixed, levels)
    along = [_standard(fixed, f, factors - {f} in known).T for f in measured]
    numbers = [np.prod(one, axis=0) for one in product(*along)] if along else [np.ones(len(fixed.frame))]
    lower = [
        names for names in _subsets(levels) if len(names) < len(levels) and frozenset((*names, *measured)) in known
    ]
    basis = _free_of(combos, lower) * 0.5 ** (0.5 * len(levels))
    inside = [(share.T @ (x[:, None] * coding.Q)).T for x in numbers]
    return solve_triangular(coding.R, np.hstack([one @ basis for one in inside]))


def _observed(fixed: FixedEffects, factors: Sequence[str]) -> tuple[pd.DataFrame, csr_array]:
    """Combinations of levels that occur, one a row, and (n_cells, combinations) how much of each a cell is."""
    assert fixed.columns is not None
    cell, share = np.arange(len(fixed.frame)), np.ones(len(fixed.frame))
    positions: list[np.ndarray] = []
    for factor in factors:
        one, learnt = fixed.columns.factors[factor], fixed.columns.learnt[factor]
        of_cells = learnt[2][level_codes(one, fixed.frame[one.column], learnt)]  # (n_cells, levels)
        row, level = np.nonzero(of_cells[cell])
        share = share[row] * of_cells[cell[row], level]
        cell, positions = cell[row], [*(position[row] for position in positions), level]
    table = pd.DataFrame(dict(zip(factors, positions, strict=True)), index=range(cell.size))
    if not len(factors):
        return table.iloc[:1], csr_array((share, (cell, np.zeros_like(cell))), (len(fixed.frame), 1))
    code = _codes(table)
    combos = table.iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    return combos, csr_array((share, (cell, code)), (len(fixed.frame), len(combos)))


def _codes(values: pd.DataFrame) -> np.ndarray:
    return values.groupby(list(values), sort=False).ngroup().to_numpy()


def _free_of(combos: pd.DataFrame, lower: list[tuple[str, ...]]) -> np.ndarray:
    """(m, r) orthonormal functions of combinations that are orthogonal to all functions of fewer factors."""
    dummies = []
    for names in lower:
        code = _codes(combos[list(names)]) if names else np.zeros(len(combos), int)
        dummies.append(np.eye(code.max() + 1)[code])
    return null_space(np.hstack(dummies).T) if dummies else np.eye(len(combos))


def _standard(fixed: FixedEffects, factor: str, centred: bool) -> np.ndarray:
    """(n_cells, columns) a measured factor per sd, from its mean where the model has what a shift would add.

    Two values are levels by another name: from the middle between the two, in units of their difference. The columns
    of a spline share one sd: over the rows its curve then varies as much as a straight line, however many there are.
    """
    assert fixed.columns is not None
    one = fixed.columns.factors[factor]
    x = np.asarray(numbers(one, fixed.frame[one.column], fixed.columns.learnt[factor]), float)
    low, high = x.min(axis=0), x.max(axis=0)
    if x.shape[1] == 1 and low != high and np.isin(x, (low, high)).all():
        return (x - low) / (high - low) - 0.5 * centred
    mean = x.mean(axis=0)
    spread = x.std(axis=0)
    return (x - mean * centred) / np.where(spread > 0.0, spread, 1.0) / np.sqrt(columns_sharing(one, x.shape[1]))


def columns_sharing(factor: Factor, columns: int) -> int:
    """How many columns share the prior variance of one: all of a spline, whose number says nothing about the curve."""
    return columns if factor.call == "bs" else 1


def _overlapping(parts: list[np.ndarray]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The group of each part, and the rank of each group."""
    whole, widths = np.hstack(parts), [part.shape[1] for part in parts]
    relations = np.linalg.svd(whole)[2][len(whole) :]  # combinations of parts that add up to nothing
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    shared = np.add.reduceat(np.add.reduceat((relations.T @ relations) ** 2, starts, axis=0), starts, axis=1)
    group = np.arange(len(parts))
    for a, b in np.argwhere(shared > LINKED**2):
        group[group == group[b]] = group[a]
    group = np.unique(group, return_inverse=True)[1]
    of_column = np.repeat(group, widths)
    lost = np.bincount(of_column, weights=(relations**2).sum(axis=0))
    return group, tuple(n - round(gone) for n, gone in zip(np.bincount(of_column).tolist(), lost.tolist(), strict=True))
