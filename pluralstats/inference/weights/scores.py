"""What each rater's ratings say about everything that raters share, given it: scores of the weighted likelihood.

phi = (theta, v_s) are the parameters theta = (tau_1, log gaps, b, entries of Lambda, [log residual sd]) and the
standardised effects v_s of terms whose levels several raters share, such as items. Given phi raters are independent,
and the effects of one rater are integrated out by Laplace's method (gaussian: exactly), as in ``cumulative``: the
score of a rater is then a sum over the rater's rows. Rows with noise and use of the scale of their own have three
predictors (eta, log s, a), every coefficient and effect moves one of them, and the algebra is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from pluralstats.data.ratings import Ratings
from pluralstats.inference.elimination.arrow import Pattern, build_pattern, factorise
from pluralstats.inference.elimination.roots import Pairs, entry_places, on_places, pairs_of, places_of, root_of
from pluralstats.inference.kernels import rows as kernels
from pluralstats.inference.marginal.cumulative import CumulativeModel
from pluralstats.inference.weights.own_effects import OwnEffects, RowScores, of_part
from pluralstats.model.design import Design, codes_of
from pluralstats.model.terms.random import Grouping

EQUAL = 1e-9  # difference of two weights, of mean 1, that is rounding


def weighted_raters(ratings: Ratings, design: Design) -> np.ndarray | None:
    """(n,) codes from 0 of the raters of the rows of a design; None where all design weights are equal."""
    if design.n == 0 or np.ptp(design.rater_weight) < EQUAL:
        return None
    return np.unique(codes_of(ratings, design, "rater"), return_inverse=True)[1]


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
        return _members(self.raters)

    @cached_property
    def of_predictors(self) -> sparse.csr_array:
        """(G, n) or (G, 3 n) which predictors are whose."""
        return _members(np.repeat(self.raters, self.n_predictors))

    @cached_property
    def n_predictors(self) -> int:
        return self.design.n_predictors

    @property
    def first_entry(self) -> int:
        k = self.design.n_thresholds
        return k + self.design.fixed.X.shape[1]

    def loading(self, theta: np.ndarray) -> np.ndarray:
        """(n, places) what the standardised effects of each row are multiplied by."""
        last = self.first_entry + len(self.design.groupings) + self.pairs.row.size
        root = on_places(root_of(theta[self.first_entry : last], self.pairs), self.pairs)
        return (self.design.Z @ root)[self.design.fixed.cell]

    @property
    def shared_places(self) -> np.ndarray:
        """(places,) bool, the effects of a row that are shared."""
        return self.is_shared[self.pairs.place]

    def by_shared(self, theta: np.ndarray) -> sparse.csr_array:
        """(n, q_shared) or (3 n, q_shared) derivatives of the rows' predictors in the shared effects."""
        return self._loadings(self.loading(theta), np.flatnonzero(self.shared_places), self.shared_effects)

    def by_own(self, theta: np.ndarray) -> sparse.csr_array:
        """(n, q_own) or (3 n, q_own) derivatives of the rows' predictors in the raters' own effects."""
        return self._loadings(self.loading(theta), np.flatnonzero(~self.shared_places), ~self.shared_effects)

    def _loadings(self, loading: np.ndarray, places: np.ndarray, among: np.ndarray) -> sparse.csr_array:
        place = np.cumsum(among) - 1
        part = self.design.grouping_parts[self.pairs.place[places]]
        rows = (np.arange(self.design.n)[:, None] * self.n_predictors + part).ravel()
        columns = place[self._index[:, places]].ravel()
        shape = (self.design.n * self.n_predictors, int(among.sum()))
        return sparse.csr_array((loading[:, places].ravel(), (rows, columns)), shape=shape)

    def rows(self, theta: np.ndarray) -> RowScores:
        """Scores of all rows at theta (P,), the shared effects as they are in ``v``."""
        loading = self.loading(theta)
        offset = np.zeros((self.design.n, self.n_predictors))
        for p in np.flatnonzero(self.shared_places):
            part = self.design.grouping_parts[self.pairs.place[p]]
            offset[:, part] += loading[:, p] * self.v[self._index[:, p]]
        residual = self.design.family.has_residual
        own = self._gaussian(theta, offset[:, 0]) if residual else self._cumulative(theta, offset)
        X, k = self.design.fixed.X[self.design.fixed.cell], self.design.n_thresholds
        through = own.thresholds  # (n, m) of the stack, or none
        if k:
            through = through @ self.design.thresholds.stack_jacobian(theta[:k], X.shape[1])
        moved = through[:, k:].T if k else np.zeros((X.shape[1], 1))
        columns = [
            through[:, :k],
            *(
                of_part(own.total, part) * x + more
                for part, x, more in zip(self.design.column_parts, X.T, moved, strict=True)
            ),
            *self._entries(own),
            own.residual,
        ]
        return RowScores(np.column_stack(columns), own.total.ravel(), own)

    def scores(self, theta: np.ndarray, root: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """(G, m) scores of raters in the directions ``root`` (P, m) of theta, shared effects moving by ``moves``
        (q_shared, m) along."""
        rows = self.rows(theta)
        through_shared = rows.by_predictor[:, None] * (self.by_shared(theta) @ moves)
        return self.of_raters @ (rows.by_parameter @ root) + self.of_predictors @ through_shared

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
        design, own, cell = self.design, self.own_design, self.design.fixed.cell
        X = np.ascontiguousarray(np.column_stack([design.fixed.X[cell], offset]))
        fixed = replace(own.fixed, X=X, offset=design.fixed.offset[cell])
        moved = replace(
            own, fixed=fixed, part_of_column=np.concatenate([design.column_parts, np.arange(self.n_predictors)])
        )
        model = CumulativeModel(moved, self.own_pattern, pairs_of(own), moved.Z, design.family.of_rows)
        known = np.ones(self.n_predictors)
        parts = model.parts(np.concatenate([theta[: self.first_entry], known, theta[self._own_entries()]]))
        mode = model.find_mode(parts, self.v[~self.shared_effects])
        at = model.slopes(parts, mode)
        by_thresholds, nothing = at.against.by_row(at.shift), np.empty((design.n, 0))
        rows = mode.score, mode.curvature, at.total, at.touched
        return OwnEffects(mode.v, *rows, at.solved, by_thresholds, nothing, mode.factor)

    def _gaussian(self, theta: np.ndarray, offset: np.ndarray) -> OwnEffects:
        design, pattern = self.design, self.own_pattern
        curvature = design.weight * np.exp(-2.0 * theta[-1])
        loading = np.ascontiguousarray(self.loading(theta)[:, ~self.shared_places])
        factor = factorise(pattern, curvature, loading)
        error = design.y_less_offset - design.fixed.X[design.fixed.cell] @ theta[: self.first_entry] - offset
        v = factor.solve(kernels.sum_by_effects(pattern.index, pattern.cell, loading, curvature * error, pattern.size))
        error = error - np.einsum("it,it->i", loading, v[pattern.index])
        touched, score = factor.over_rows(), curvature * error
        residual = curvature * error**2 - design.weight + curvature * np.einsum("it,it->i", touched, loading)
        nothing = np.empty((design.n, 0))
        return OwnEffects(
            v, score, curvature, score, touched, np.zeros(pattern.size), nothing, residual[:, None], factor
        )

    def _entries(self, own: OwnEffects) -> Sequence[np.ndarray]:
        """(T + W) columns, (n,) each: a loading moves its predictor and, of a rater's own term, the curvature."""
        Z, place = self.design.Z[self.design.fixed.cell], np.cumsum(~self.is_shared) - 1
        v = self.v.copy()
        v[~self.shared_effects] = own.v
        columns = []
        for a, b in entry_places(len(self.design.groupings), self.pairs):
            part, column = int(self.design.grouping_parts[b]), np.zeros(self.design.n)
            for first, second in places_of(a, b, self.pairs):
                rows = of_part(own.total, part) * v[self._index[:, second]]
                if not self.is_shared[b]:
                    rows = rows + own.moved_by_loading(int(place[b]), part)
                column += Z[:, first] * rows
            columns.append(column)
        return columns


def _members(raters: np.ndarray) -> sparse.csr_array:
    """(G, n) ones where a row (n,) is a rater's."""
    n = raters.size
    return sparse.csr_array((np.ones(n), (raters, np.arange(n))), shape=(int(raters.max()) + 1, n))
