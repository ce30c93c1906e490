"""What each rater's ratings say about everything that raters share, given it: scores of the weighted likelihood.

phi = (theta, v_s) are the parameters theta = (tau_1, log gaps, b, entries of Lambda, [log residual sd]) and the
standardised effects v_s of terms whose levels several raters share, such as items. Given phi raters are independent,
and the effects of one rater are integrated out by Laplace's method (gaussian: exactly), as in ``cumulative``: the
score of a rater is then a sum over the rater's rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import sparse

from pluralstats.data.ratings import Ratings
from pluralstats.inference.elimination.arrow import Factor, Pattern, build_pattern, factorise
from pluralstats.inference.elimination.roots import Pairs, entry_places, pairs_of, root_of
from pluralstats.inference.kernels import rows as kernels
from pluralstats.inference.marginal.cumulative import CumulativeModel
from pluralstats.inference.marginal.rows import Rows
from pluralstats.model.design import Design, codes_of
from pluralstats.model.terms.random import Grouping

EQUAL = 1e-9  # difference of two weights, of mean 1, that is rounding


def weighted_raters(ratings: Ratings, design: Design) -> np.ndarray | None:
    """(n,) codes from 0 of the raters of the rows of a design; None where all design weights are equal."""
    if design.n == 0 or np.ptp(design.rater_weight) < EQUAL:
        return None
    return np.unique(codes_of(ratings, design, "rater"), return_inverse=True)[1]


class OwnEffects(NamedTuple):
    """Rows at the mode of the raters' own effects v (q_own,), whose curvature is ``factor``.

    ``score``, ``curvature``, ``skew`` (n,) derivatives of log p in eta (the last that of minus the curvature);
    ``of_thresholds`` those in the thresholds, None for gaussian, whose ``squares`` (n,) are weighted, over sigma^2.
    """

    v: np.ndarray
    score: np.ndarray
    curvature: np.ndarray
    skew: np.ndarray
    of_thresholds: Rows | None
    squares: np.ndarray | None
    factor: Factor


class RowScores(NamedTuple):
    """``by_parameter`` (n, P) and ``by_eta`` (n,), derivatives of the raters' log-likelihood, row by row."""

    by_parameter: np.ndarray
    by_eta: np.ndarray
    own: OwnEffects


@dataclass(frozen=True)
class RaterModel:
    """A standardised design with the mode of all effects, and whose ratings are whose.

    ``v`` (q,) the mode, ``raters`` (n,) codes from 0.
    """

    design: Design
    v: np.ndarray
    raters: np.ndarray

    @cached_property
    def is_shared(self) -> np.ndarray:
        """(T,) bool, groupings some level of which several raters have."""
        return np.array([grouping.prior_weight is None for grouping in self.design.groupings], bool)

    @cached_property
    def shared_effects(self) -> np.ndarray:
        """(q,) bool, which of the stacked effects several raters share."""
        return np.repeat(self.is_shared, [grouping.size for grouping in self.design.groupings])

    @cached_property
    def pairs(self) -> Pairs:
        return pairs_of(self.design)

    @cached_property
    def own_design(self) -> Design:
        """The design with the raters' own terms only, every row a cell of its own."""
        design = self.design
        cell, kept = design.fixed.cell, [b for b in design.blocks if not self.is_shared[b.start]]
        groupings: list[Grouping] = []
        blocks = []
        for position, block in enumerate(kept):
            start = len(groupings)
            for g in design.groupings[block.start : block.stop]:
                groupings.append(replace(g, multiplier=np.ascontiguousarray(g.multiplier[cell]), block=position))
            blocks.append(replace(block, start=start, stop=len(groupings)))
        fixed = replace(design.fixed, cell=np.arange(design.n, dtype=cell.dtype))
        return replace(design, fixed=fixed, groupings=tuple(groupings), blocks=tuple(blocks))

    @cached_property
    def own_pattern(self) -> Pattern:
        return build_pattern(self.own_design)

    @cached_property
    def _index(self) -> np.ndarray:
        return self.design.index

    @cached_property
    def of_raters(self) -> sparse.csr_array:
        """(G, n) which rows are whose."""
        n = self.raters.size
        return sparse.csr_array((np.ones(n), (self.raters, np.arange(n))), shape=(int(self.raters.max()) + 1, n))

    @property
    def first_entry(self) -> int:
        k = self.design.n_thresholds
        return k + self.design.fixed.X.shape[1]

    def loading(self, theta: np.ndarray) -> np.ndarray:
        """(n, T) what the standardised effects of each row are multiplied by."""
        last = self.first_entry + len(self.design.groupings) + self.pairs.row.size
        return (self.design.Z @ root_of(theta[self.first_entry : last], self.pairs))[self.design.fixed.cell]

    def by_shared(self, theta: np.ndarray) -> sparse.csr_array:
        """(n, q_shared) derivatives of the rows' eta in the shared effects."""
        return self._loadings(self.loading(theta), np.flatnonzero(self.is_shared), self.shared_effects)

    def by_own(self, theta: np.ndarray) -> sparse.csr_array:
        """(n, q_own) derivatives of the rows' eta in the raters' own effects."""
        return self._loadings(self.loading(theta), np.flatnonzero(~self.is_shared), ~self.shared_effects)

    def _loadings(self, loading: np.ndarray, terms: np.ndarray, among: np.ndarray) -> sparse.csr_array:
        place = np.cumsum(among) - 1
        rows = np.repeat(np.arange(self.design.n), terms.size)
        columns = place[self._index[:, terms]].ravel()
        shape = (self.design.n, int(among.sum()))
        return sparse.csr_array((loading[:, terms].ravel(), (rows, columns)), shape=shape)

    def rows(self, theta: np.ndarray) -> RowScores:
        """Scores of all rows at theta (P,), the shared effects as they are in ``v``."""
        loading = self.loading(theta)
        shared = np.flatnonzero(self.is_shared)
        offset = np.einsum("it,it->i", loading[:, shared], self.v[self._index[:, shared]])
        own = self._gaussian(theta, offset) if self.design.family.has_residual else self._cumulative(theta, offset)
        mine = np.ascontiguousarray(loading[:, ~self.is_shared])
        touched, pattern = own.factor.over_rows(), self.own_pattern
        q = np.einsum("it,it->i", touched, mine)
        to_effects = kernels.sum_by_effects(pattern.index, pattern.cell, mine, own.skew * q, pattern.size)
        solved = own.factor.solve(to_effects)
        along = np.einsum("it,it->i", mine, solved[pattern.index])
        by_eta = own.score - 0.5 * (own.skew * q - own.curvature * along)
        columns = [
            *self._thresholds(theta, own, q, along),
            *(by_eta * column for column in self.design.fixed.X[self.design.fixed.cell].T),
            *self._entries(own, by_eta, touched, solved),
            *([] if own.squares is None else [own.squares - self.design.weight + own.curvature * q]),
        ]
        return RowScores(np.stack(columns, axis=1), by_eta, own)

    def scores(self, theta: np.ndarray, root: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """(G, m) scores of raters in the directions ``root`` (P, m) of theta, shared effects moving by ``moves``
        (q_shared, m) along."""
        rows = self.rows(theta)
        return self.of_raters @ (rows.by_parameter @ root + rows.by_eta[:, None] * (self.by_shared(theta) @ moves))

    def moved(self, change: np.ndarray) -> "RaterModel":
        """With the shared effects changed by (q_shared,)."""
        v = self.v.copy()
        v[self.shared_effects] += change
        return replace(self, v=v)

    def _own_entries(self) -> np.ndarray:
        """Positions of the entries of the raters' own terms in theta."""
        entry = np.concatenate([~self.is_shared, ~self.is_shared[self.pairs.row]])
        return self.first_entry + np.flatnonzero(entry)

    def _cumulative(self, theta: np.ndarray, offset: np.ndarray) -> OwnEffects:
        design, own = self.design, self.own_design
        cell = design.fixed.cell
        X = np.ascontiguousarray(np.column_stack([design.fixed.X[cell], offset]))
        moved = replace(own, fixed=replace(own.fixed, X=X, offset=design.fixed.offset[cell]))
        model = CumulativeModel(moved, self.own_pattern, pairs_of(own), own.Z, design.family.of_rows)
        parts = model.parts(np.concatenate([theta[: self.first_entry], [1.0], theta[self._own_entries()]]))
        mode = model.find_mode(parts, self.v[~self.shared_effects])
        rows = model.derivatives(parts, mode)
        return OwnEffects(mode.v, mode.score, mode.curvature, rows.skew, rows, None, mode.factor)

    def _gaussian(self, theta: np.ndarray, offset: np.ndarray) -> OwnEffects:
        design, pattern = self.design, self.own_pattern
        curvature = design.weight * np.exp(-2.0 * theta[-1])
        loading = np.ascontiguousarray(self.loading(theta)[:, ~self.is_shared])
        factor = factorise(pattern, curvature, loading)
        error = design.y_less_offset - design.fixed.X[design.fixed.cell] @ theta[: self.first_entry] - offset
        v = factor.solve(kernels.sum_by_effects(pattern.index, pattern.cell, loading, curvature * error, pattern.size))
        error = error - np.einsum("it,it->i", loading, v[pattern.index])
        nothing = np.zeros(design.n)
        return OwnEffects(v, curvature * error, curvature, nothing, None, curvature * error**2, factor)

    def _thresholds(self, theta: np.ndarray, own: OwnEffects, q: np.ndarray, along: np.ndarray) -> Sequence[np.ndarray]:
        """(K - 1) columns, (n,) each, in (tau_1, log gaps)."""
        if own.of_thresholds is None:
            return []
        out, at = own.of_thresholds.by_row(q, along), self.design.thresholds
        return list((out @ at.jacobian(theta[: at.size])).T)

    def _entries(
        self, own: OwnEffects, by_eta: np.ndarray, touched: np.ndarray, solved: np.ndarray
    ) -> Sequence[np.ndarray]:
        """(T + W) columns, (n,) each: a loading moves eta and, of a rater's own term, the curvature."""
        Z, place = self.design.Z[self.design.fixed.cell], np.cumsum(~self.is_shared) - 1
        v = self.v.copy()
        v[~self.shared_effects] = own.v
        columns = []
        for a, b in entry_places(len(self.design.groupings), self.pairs):
            rows = by_eta * v[self._index[:, b]]
            if not self.is_shared[b]:
                other = solved[self.own_pattern.index[:, place[b]]]
                rows += -0.5 * own.score * other - own.curvature * touched[:, place[b]]
            columns.append(Z[:, a] * rows)
        return columns
