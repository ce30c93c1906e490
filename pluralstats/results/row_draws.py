"""Draws of the predictions for rows: those that stand for themselves, and those that stand for people.

A row that stands for people c with shares w_c has P(y <= k) = sum_c w_c G(tau_k - x_c'b - u), u the effects that are
looked up for the row. That is a function H(tau_k - u) of one number, the same for all items: H is tabulated once in
each draw (people take the place that items have in ``results.averages``) and the items only look it up. Where u, or
the variance of what is integrated, depends on the person, by slopes or by random terms of groups, there is one H for
each kind of person.
"""

from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.averages import Company, bounded_averages, cumulative_averages
from pluralstats.results.averaging.lookups import known_effects
from pluralstats.results.averaging.manners import Manners, columns_of_manners, manners_of, numbers_of, thresholds_at
from pluralstats.results.averaging.multipliers import multipliers, rests_on_undetermined, variance_at
from pluralstats.results.averaging.people import Setting
from pluralstats.results.new_rows import NewRows, alike, people_like

BLOCK_NUMBERS = 4_000_000  # of the larger arrays, those with draws, held at once: 32 MB


class RowDraws(NamedTuple):
    """Of n rows: ``expected`` (S, n), ``at_least`` (S, n, K - 1) P(rating >= k) for the categories used but the lowest.

    ``determined`` (n,) whether the data say anything; ``pooled`` (n,) whether people like no rater are among them.
    """

    expected: np.ndarray
    at_least: np.ndarray
    determined: np.ndarray
    pooled: np.ndarray


class Kinds(NamedTuple):
    """The people that rows stand for, by kind: ``linear`` (S, G, J) predictors, ``share`` (G, J) within the kind."""

    linear: np.ndarray
    share: np.ndarray


def single_rows(fit: Fit, table: pd.DataFrame, blocks: Sequence[Block] | None = None) -> RowDraws:
    """Draws for rows that have all columns of the formula; ``blocks`` are the terms to look up, default all."""
    known, integrated = known_effects(fit, table, blocks)
    linear, n = known + fit.design.fixed.linear_for(table, fit.samples.coefficient), len(table)
    nobody = Kinds(np.zeros((len(linear), 1, 1)), np.ones((1, 1)))
    draws = _averages(fit, linear, integrated, np.zeros(n, int), np.ones(n), nobody, n, manners_of(fit, table))
    return RowDraws(*draws, determined(fit, table), without_raters(fit, table))


def rows_of_people(fit: Fit, rows: NewRows, table: pd.DataFrame) -> RowDraws:
    """Draws for rows that stand for the people of a population who share their facts."""
    n, n_draws, n_cuts = len(table), len(fit.samples.sd), fit.design.n_boundaries
    out = RowDraws(np.empty((n_draws, n)), np.empty((n_draws, n, n_cuts)), np.ones(n, bool), np.zeros(n, bool))
    for group in alike(table, [*fit.described, *rows.shared]):
        part = table.iloc[group]
        people, nobody = people_like(rows, part.iloc[0])
        first = part.iloc[np.zeros(len(people.share), int)].reset_index(drop=True)
        whole = pd.concat([first, people.profiles], axis=1)
        out.expected[:, group], out.at_least[:, group] = _draws_of_people(fit, part, whole, people)
        out.determined[group] = determined(fit, whole).all()
        out.pooled[group] = nobody or without_raters(fit, whole).any()
    return out


def _draws_of_people(
    fit: Fit, part: pd.DataFrame, whole: pd.DataFrame, people: Setting
) -> tuple[np.ndarray, np.ndarray]:
    """Expected rating and P(rating >= k) of rows that differ in what is looked up only.

    ``part`` (n, columns) are the rows, ``whole`` (P, columns) the first of them as each of the people.
    """
    kind, first = kinds_of(fit, whole, people)
    shares, n = np.bincount(kind, weights=people.share), len(part)
    rows = part.iloc[np.repeat(np.arange(n), len(first))].reset_index(drop=True)
    profiles = people.profiles.iloc[np.tile(first, n)].reset_index(drop=True)
    met = pd.concat([rows, profiles], axis=1)
    known, integrated = known_effects(fit, met)
    linear = fit.design.fixed.linear_for(whole, fit.samples.coefficient)
    members = members_of(kind)
    share = np.where(members >= 0, people.share[members], 0.0) / shares[:, None]
    by_kind = Kinds(linear[:, np.maximum(members, members[:, :1])], share)
    of_row = np.tile(np.arange(len(first)), n)
    return _averages(fit, known, integrated, of_row, np.tile(shares, n), by_kind, n, manners_of(fit, met))


def kinds_of(fit: Fit, whole: pd.DataFrame, people: Setting) -> tuple[np.ndarray, np.ndarray]:
    """(P,) kinds of people, by what multiplies effects, by groups and by how they rate, and one person of each."""
    factors = {name for grouping in fit.design.groupings for name in grouping.term.factors}
    factors |= set(columns_of_manners(fit))
    key = pd.DataFrame(multipliers(fit.design, whole)).assign(_all=0)
    key = key.assign(**{name: whole[name] for name in people.profiles if name in factors})
    kind = key.groupby(list(key.columns), observed=True, sort=False).ngroup().to_numpy()
    return kind, np.unique(kind, return_index=True)[1]


def members_of(kind: np.ndarray) -> np.ndarray:
    """(G, J) positions of the people of each kind, -1 where a kind has fewer than the largest.

    >>> members_of(np.array([0, 1, 0])).tolist()
    [[0, 2], [1, -1]]
    """
    size = np.bincount(kind)
    out = np.full((size.size, size.max()), -1)
    out[np.arange(size.max()) < size[:, None]] = np.argsort(kind, kind="stable")
    return out


def _averages(
    fit: Fit,
    linear: np.ndarray,
    integrated: np.ndarray,
    of_row: np.ndarray,
    share: np.ndarray,
    kinds: Kinds,
    n: int,
    manners: Manners | None,
) -> tuple[np.ndarray, np.ndarray]:
    """(S, n) expected rating and (S, n, K - 1) P(rating >= k) of n rows, each met by the same number of kinds.

    Parameters
    ----------
    linear : (S, M) what rows add to the linear predictor of the kind they meet, row by row
    integrated : (M, T) multipliers of the effects to integrate over
    of_row : (M,) the kind
    share : (M,) of the kind
    manners : how each of the M is rated, where that differs
    """
    starts = np.arange(n + 1) * (len(share) // n)
    if fit.design.family.has_residual:
        means = np.einsum("sgj,gj->sg", kinds.linear, kinds.share)[:, of_row]
        return np.add.reduceat((linear + means) * share, starts[:-1], axis=1), np.empty((len(linear), n, 0))
    way = np.zeros(len(of_row), int) if manners is None else manners.way
    distinct, kind = np.unique(np.column_stack([of_row, way, integrated]), axis=0, return_inverse=True)
    met = distinct[:, 0].astype(int)
    sd_new = np.sqrt(variance_at(fit.design, fit.samples, range(len(fit.design.groupings)), distinct[:, 2:]))
    cell_starts = np.arange(met.size + 1) * kinds.share.shape[1]
    in_row = csr_array((share, np.repeat(np.arange(n), len(share) // n), np.arange(len(share) + 1)), (len(share), n))
    of_cell = distinct[:, 1].astype(int)
    company = Company(kind.ravel(), np.arange(met.size), cell_starts, kinds.share[met].ravel(), in_row, of_cell)
    size = max(1, BLOCK_NUMBERS // (met.size * kinds.share.shape[1] + share.size + numbers_of(fit, manners)))
    family, bounded = fit.design.family, fit.design.family.bounded is not None
    average = bounded_averages if bounded else cumulative_averages
    found = [
        average(
            family,
            thresholds_at(fit, manners, slice(start, start + size), sd_new[start : start + size]),
            linear[start : start + size],
            sd_new[start : start + size],
            kinds.linear[start : start + size, met].reshape(-1, company.share.size),
            company,
        )
        for start in range(0, len(linear), size)
    ]
    if bounded:
        return fit.design.points(np.concatenate(found)[:, :, 1]), np.empty((len(linear), n, 0))
    at_least = 1.0 - np.concatenate(found)
    return fit.design.categories[0] + at_least @ np.diff(fit.design.categories), at_least


def determined(fit: Fit, table: pd.DataFrame) -> np.ndarray:
    """(M,) whether the data determine the linear predictor and the spread around it, and all of it is finite."""
    fixed, flat = fit.design.fixed, fit.flat_coefficients
    if not (np.isfinite(fit.samples.coefficient).all() and np.isfinite(fit.samples.sd).all()):
        return np.zeros(len(table), bool)  # constant ratings: nothing was estimated
    known = fixed.estimable(table) & ~(fixed.rows_for(table)[:, flat] != 0.0).any(axis=1)
    for one in fit.part_fits.values():
        known &= determined(one, table)
    # the mean of a gaussian rating does not depend on the spread of what is integrated over
    looked_up = [t for t, g in enumerate(fit.design.groupings) if set(g.term.factors) <= set(table.columns)]
    return known & ~rests_on_undetermined(fit, table, looked_up if fit.design.family.has_residual else None)


_COMBINATIONS: WeakKeyDictionary[Fit, dict[tuple[str, ...], pd.DataFrame]] = WeakKeyDictionary()


def _combinations(fit: Fit, columns: tuple[str, ...]) -> pd.DataFrame:
    """The combinations that raters have, looked for among all ratings once and not for every block of rows."""
    known = _COMBINATIONS.setdefault(fit, {})
    if columns not in known:
        known[columns] = fit.ratings.frame[list(columns)].drop_duplicates().assign(_rater=True)
    return known[columns]


def without_raters(fit: Fit, table: pd.DataFrame) -> np.ndarray:
    """(M,) whether no rater has the row's combination of the formula's demographics."""
    columns = [c for c in fit.roles.rater_columns if c in table and c in fit.ratings.demographics]
    if not columns:
        return np.zeros(len(table), bool)
    have = _combinations(fit, tuple(columns))
    return table[columns].merge(have, on=columns, how="left")["_rater"].isna().to_numpy()
