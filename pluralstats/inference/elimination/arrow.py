"""Block elimination of the largest random term (METHODS section 2, DESIGN section 7).

Row i has the loadings l_i, what its standardised random effects v (u = Lambda v) are multiplied by. Their curvature

    H = I + sum_i w_i l_i l_i' = [ D  C ]      D: a small block for each level of the term with the most effects, which
                                 [ C' B ]         rows are sorted by (an intercept: a number)
                                                C sparse, B dense: all other terms

so its Cholesky factor needs only the dense Schur complement B - C' D^-1 C of the smaller terms. Every quantity that
likelihoods, gradients, standard errors and draws need comes from that factor: solves, the determinant, the entries
of the inverse that rows touch, and a square root. Effects are stacked by column of a term, then by level.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.linalg import lapack, solve_triangular

from pluralstats.errors import FitError
from pluralstats.inference.elimination import loops as kernels
from pluralstats.inference.elimination.cliques import Ridges, cliques, factor_blocks, solve_blocks_transposed
from pluralstats.model.design import Design

NOT_POSITIVE = "The curvature of the random effects is not positive definite: the ratings or weights overflow."


@dataclass(frozen=True)
class Pattern:
    """Where rows add to D, C and B; depends on the random terms only.

    Attributes
    ----------
    index : (n, places) positions of the rows' effects in the stacked random effects
    cell : (n,) the cell of each row, whose loadings it has
    offsets : (T + 1,) where groupings start in that stack
    blocks : the groupings of each term
    pointers, columns : sparse rows of C, one for each level, ``columns`` (nnz,) counted from the second term on
    slot : (n, places - c) position in ``columns`` that each row adds to, c the effects of a level that is eliminated
    width : c; all leading groupings with the same levels are eliminated together
    part : (places,) predictor that each effect of a row moves: eta, log s or a
    """

    index: np.ndarray
    cell: np.ndarray
    offsets: np.ndarray
    blocks: tuple[slice, ...]
    pointers: np.ndarray
    columns: np.ndarray
    slot: np.ndarray
    width: int
    part: np.ndarray

    @property
    def n_levels(self) -> int:
        """Levels of the eliminated term."""
        return self.pointers.size - 1

    @property
    def n_first(self) -> int:
        return self.width * self.n_levels

    @property
    def n_rest(self) -> int:
        return self.size - self.n_first

    @property
    def size(self) -> int:
        return int(self.offsets[-1])

    @property
    def slices(self) -> list[slice]:
        """Where each grouping lies in the stack."""
        return [slice(int(low), int(high)) for low, high in pairwise(self.offsets)]


def build_pattern(design: Design) -> Pattern:
    """The elimination pattern of a design."""
    index, offsets, cell = design.index, design.offsets, design.fixed.cell
    blocks = tuple(slice(block.start, block.stop) for block in design.blocks)
    if not blocks:
        nothing = np.zeros(1, np.int64)
        none = np.empty(0, np.int64)
        return Pattern(index, cell, offsets, (), nothing, none, np.empty((design.n, 0), np.int64), 0, none)
    width = _same_levels(design)
    first = int(offsets[width])
    rest, levels = int(offsets[-1]) - first, first // max(width, 1)
    keys = index[:, :1].astype(np.int64) * max(rest, 1) + (index[:, width:] - first)
    unique, slot = np.unique(keys, return_inverse=True)
    pointers = np.searchsorted(unique, np.arange(levels + 1, dtype=np.int64) * max(rest, 1))
    beside = unique % max(rest, 1), slot.reshape(keys.shape)
    return Pattern(index, cell, offsets, blocks, pointers, *beside, width, design.grouping_parts[design.places])


def _same_levels(design: Design) -> int:
    """How many leading groupings, whole terms, have the levels of the first one; 0 where rows have all of its."""
    if design.groupings[0].basis is not None:
        return 0
    first, width = design.groupings[0], design.blocks[0].stop
    for block in design.blocks[1:]:
        other = design.groupings[block.start]
        if other.basis is not None or not np.array_equal(other.index, first.index):
            break
        width = block.stop
    return width


@dataclass(frozen=True)
class Factor:
    """A factorised H with everything that is asked of its inverse.

    ``D`` (levels, c, c) lower Cholesky factors R of the blocks, ``C`` (nnz, c) R^-1 times the columns beside them,
    ``L`` (n_rest, n_rest) the lower Cholesky factor of the Schur complement.
    """

    pattern: Pattern
    loading: np.ndarray
    D: np.ndarray
    C: np.ndarray
    L: np.ndarray

    @property
    def log_determinant(self) -> float:
        corners = np.diagonal(self.D, axis1=1, axis2=2)
        return float(2.0 * np.log(corners).sum() + 2.0 * np.log(np.diagonal(self.L)).sum())

    @property
    def determinant_error(self) -> float:
        """It is exact."""
        return 0.0

    @cached_property
    def _inverse(self) -> np.ndarray:
        """Lower triangle of the inverse of the Schur complement."""
        if self.L.size == 0:
            return self.L
        return lapack.dpotri(self.L, lower=1)[0]

    @cached_property
    def _inverse_blocks(self) -> tuple[np.ndarray, np.ndarray]:
        """What ``loops.inverse_blocks`` fills."""
        p, corner, beside = self.pattern, np.zeros_like(self.D), np.zeros_like(self.C)
        kernels.inverse_blocks(p.pointers, p.columns, self.D, self.C, self._inverse, corner, beside)
        return corner, beside

    def solve(self, b: np.ndarray) -> np.ndarray:
        """H^-1 b for b of shape (q,) or (q, k)."""
        p = self.pattern
        out = np.array(b if b.ndim == 2 else b[:, None], float, order="C")
        top, rest = out[: p.n_first], out[p.n_first :]
        kernels.solve_corner(self.D, top)
        if rest.size:
            kernels.subtract_from_rest(p.pointers, p.columns, self.C, top, rest)
            rest[:] = lapack.dpotrs(self.L, rest, lower=1)[0].reshape(rest.shape)
            kernels.subtract_from_top(p.pointers, p.columns, self.C, rest, top)
        kernels.solve_corner_transposed(self.D, top)
        return out.reshape(b.shape)

    def draw(self, noise: np.ndarray) -> np.ndarray:
        """(q, k) noise with covariance H^-1, made of standard normal ``noise`` (q, k)."""
        p, out = self.pattern, noise.copy()
        top, rest = out[: p.n_first], out[p.n_first :]
        if rest.size:
            rest[:] = solve_triangular(self.L, rest, lower=True, trans="T", check_finite=False)
            kernels.subtract_from_top(p.pointers, p.columns, self.C, rest, top)
        kernels.solve_corner_transposed(self.D, top)
        return out

    def over_rows(self) -> np.ndarray:
        """(n, T) entries e_t' H^-1 l_i; times the loadings and summed over t it is the variance of a row's eta."""
        p = self.pattern
        out = np.zeros(p.index.shape)
        if out.size:
            kernels.inverse_over_rows(p.index, p.cell, self.loading, p.slot, self._inverse, *self._inverse_blocks, out)
        return out

    def over_parts(self) -> np.ndarray:
        """(n, T, 3) entries e_t' H^-1 l_i with the loadings of one predictor each."""
        p = self.pattern
        out = np.zeros((*p.index.shape, 3))
        if out.size:
            inverse = self._inverse, *self._inverse_blocks
            kernels.inverse_over_parts(p.index, p.cell, self.loading, p.slot, p.part, *inverse, out)
        return out

    def diagonal(self) -> np.ndarray:
        """(q,) diagonal of H^-1."""
        if self.pattern.size == 0:
            return np.empty(0)
        corners = np.diagonal(self._inverse_blocks[0], axis1=1, axis2=2)
        return np.concatenate([corners.T.ravel(), np.diagonal(self._inverse)])

    def level_covariances(self) -> list[np.ndarray]:
        """For each term the covariance of the effects of one level in H^-1, (levels, c, c)."""
        if not self.pattern.blocks:
            return []
        p, corner = self.pattern, self._inverse_blocks[0]
        out = [corner[:, block, block] for block in p.blocks if block.stop <= p.width]
        for block in p.blocks[len(out) :]:
            starts = p.offsets[block.start : block.stop] - p.n_first
            places = starts + np.arange(int(p.offsets[block.start + 1] - p.offsets[block.start]))[:, None]
            pairs = np.broadcast_arrays(places[:, :, None], places[:, None])
            out.append(self._inverse[np.maximum(*pairs), np.minimum(*pairs)])
        return out

    def ridges(self) -> Ridges:
        """A root of the Schur complement that is nearly right where that is large.

        On a random graph of raters and items it is close to its diagonal blocks but for the mean of all effects, which
        thresholds and raters can take up: along u, proportional to the root of the diagonal, the variance is
        1 / (1 - alpha).
        """
        p, L = self.pattern, np.tril(self.L)
        column, step = at = cliques(p.blocks, p.offsets, p.width)
        root, places = np.zeros((p.n_rest, at.width)), np.arange(p.n_rest)
        for b in range(at.width):
            own = places[column >= b]
            root[own, b] = np.einsum("ij,ij->i", L[own], L[own - (column[own] - b) * step[own]])
        factor_blocks(column, step, root)
        ridge = root[places, column] / np.linalg.norm(root[places, column])
        unscaled = ridge[:, None].copy()
        solve_blocks_transposed(column, step, root, unscaled)
        return Ridges(column, step, root, ridge[None], np.array([1.0 / np.linalg.norm(L.T @ unscaled) - 1.0]))


def factorise(pattern: Pattern, weight: np.ndarray, loading: np.ndarray) -> Factor:
    """Factor H = I + sum of w l l' for row weights and the loadings of cells (n_cells, T).

    ``weight`` (n,), or (n, 3, 3) between the predictors that loadings belong to.

    Raises
    ------
    FitError
        H is not positive definite.
    """
    p = pattern
    D, C = np.zeros((p.n_levels, p.width, p.width)), np.zeros((p.columns.size, p.width))
    B = np.zeros((p.n_rest,) * 2, order="F")
    if p.size:
        if weight.ndim == 1:
            kernels.assemble(p.index, p.cell, loading, p.slot, weight, D, C, B)
        else:
            kernels.assemble_parts(p.index, p.cell, loading, p.slot, p.part, weight, D, C, B)
        kernels.add_identity(D, B)
        kernels.eliminate(p.pointers, p.columns, D, C, B)
        if not np.isfinite(np.diagonal(D, axis1=1, axis2=2)).all():
            raise FitError(NOT_POSITIVE)
    return Factor(p, loading, D, C, cholesky(B))


def cholesky(B: np.ndarray) -> np.ndarray:
    """Lower Cholesky factor from the lower triangle, in place where LAPACK allows.

    Raises
    ------
    FitError
        If the matrix is not positive definite, which only overflowing values can cause here.
    """
    if B.size == 0:
        return B
    L, info = lapack.dpotrf(B, lower=1, overwrite_a=1, clean=0)
    if info != 0:
        raise FitError(NOT_POSITIVE)
    return L
