"""The iterative factor of H = I + sum of w l l' (METHODS section 9), in the blocks of ``arrow``.

    H = [ D  C ]      D: a small block for each level of the term with the most effects, factorised as R R'
        [ C' B ]      C and B sparse: all other terms

The Schur complement S = B - C'D^-1 C is not formed. In units of its diagonal it is I - E (``operator``), solved for by
conjugate gradients; the few directions of large eigenvalues are taken out exactly (``deflation``), and what is left of
the determinant is estimated with probes (``determinant``).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination import loops as of_corners
from pluralstats.inference.large import loops as kernels
from pluralstats.inference.large.deflation import Deflation, deflate
from pluralstats.inference.large.determinant import Determinant, Probed, determinant, probed
from pluralstats.inference.large.krylov import NOT_POSITIVE, conjugate_gradients, lanczos
from pluralstats.inference.large.operator import Operator
from pluralstats.inference.large.pattern import SparsePattern


@dataclass(frozen=True)
class IterativeFactor:
    """H with what is asked of its inverse; names and shapes of its methods as in ``arrow.Factor``.

    ``D`` (levels, c, c) lower Cholesky factors R, ``root`` (n_rest,) of the diagonal of S, ``E`` the rest of it.
    """

    pattern: SparsePattern
    loading: np.ndarray
    D: np.ndarray
    root: np.ndarray
    E: Operator

    @property
    def C(self) -> np.ndarray:
        """(nnz, c) R^-1 times the columns beside D."""
        return self.E.C * self.root[self.E.columns][:, None]

    @cached_property
    def deflation(self) -> Deflation:
        """The directions of large eigenvalues, from the means of the effects of each grouping and a random vector."""
        p = self.pattern
        starts = np.zeros((p.n_rest, len(p.offsets) - p.width))
        for k, (low, high) in enumerate(pairwise(p.offsets[p.width :] - p.n_first)):
            starts[low:high, k] = self.root[low:high]
        starts[:, -1] = np.random.default_rng(1).standard_normal(p.n_rest)
        return deflate(self.E, starts)

    @cached_property
    def _probed(self) -> Probed:
        return probed(self.deflation, self.pattern.probes)

    @cached_property
    def _determinant(self) -> Determinant:
        return determinant(self.deflation, self._probed)

    @property
    def log_determinant(self) -> float:
        corners = np.diagonal(self.D, axis1=1, axis2=2)
        whole = 2.0 * np.log(corners).sum() + 2.0 * np.log(self.root).sum()
        return float(whole) + self._determinant.value

    @property
    def determinant_error(self) -> float:
        """Standard error of ``log_determinant`` from the spread over probes."""
        return self._determinant.error

    def solve(self, b: np.ndarray) -> np.ndarray:
        """H^-1 b for b of shape (q,) or (q, k)."""
        out = np.array(b if b.ndim == 2 else b[:, None], float, order="C")
        top, rest = out[: self.pattern.n_first], out[self.pattern.n_first :]
        of_corners.solve_corner(self.D, top)
        rest /= self.root[:, None]
        of_corners.subtract_from_rest(self.E.pointers, self.E.columns, self.E.C, top, rest)
        rest[:] = conjugate_gradients(self.E.times, rest)
        self._followed(top, rest)
        of_corners.solve_corner_transposed(self.D, top)
        return out.reshape(b.shape)

    def _followed(self, top: np.ndarray, rest: np.ndarray) -> None:
        """Takes what the rest, in units of the root, says of the eliminated levels, and puts it in its own units."""
        of_corners.subtract_from_top(self.E.pointers, self.E.columns, self.E.C, rest, top)
        rest /= self.root[:, None]

    def draw(self, noise: np.ndarray) -> np.ndarray:
        """(q, k) noise with covariance H^-1, made of standard normal ``noise`` (q, k)."""
        out = noise.copy()
        top, rest = out[: self.pattern.n_first], out[self.pattern.n_first :]
        at = self.deflation
        values, vectors = np.linalg.eigh(at.inverse)
        along = vectors @ (np.sqrt(values)[:, None] * (vectors.T @ (at.U.T @ rest)))
        others = lanczos(at.times, at.off(rest)).applied(lambda value: 1.0 / np.sqrt(1.0 - value))
        rest[:] = at.lifted(others) + at.U @ along
        self._followed(top, rest)
        of_corners.solve_corner_transposed(self.D, top)
        return out

    def over_rows(self) -> np.ndarray:
        """(n, T) entries e_t' G l_i with G the estimate of H^-1 that the derivatives of ``log_determinant`` have."""
        return self._over(np.zeros_like(self.pattern.part), 1)[:, :, 0]

    def over_parts(self) -> np.ndarray:
        """(n, T, 3) the same with the loadings of one predictor each."""
        return self._over(self.pattern.part, 3)

    def _over(self, part: np.ndarray, parts: int) -> np.ndarray:
        p, at = self.pattern, self._determinant
        out = np.zeros((*p.index.shape, parts))
        corner, beside = np.zeros_like(self.D), np.zeros_like(self.E.C)
        kernels.inverse_blocks(p.pointers, p.columns, self.D, self.E.C, at.diagonal, corner, beside)
        given = p.index, p.cell, self.loading
        kernels.diagonal_over_rows(*given, p.slot, at.diagonal, corner, beside, self.root, part, out)
        kernels.vectors_over_rows(*given, self._whole(at.vectors), at.weights, part, out)
        return out

    def _whole(self, vectors: np.ndarray) -> np.ndarray:
        """(q, k) vectors (n_rest, k), in units of the root, with the best values of the eliminated effects."""
        out = np.zeros((self.pattern.size, vectors.shape[1]))
        top, rest = out[: self.pattern.n_first], out[self.pattern.n_first :]
        rest[:] = vectors
        self._followed(top, rest)
        of_corners.solve_corner_transposed(self.D, top)
        return out

    def diagonal(self) -> np.ndarray:
        """(q,) diagonal of H^-1."""
        covariances = [np.diagonal(one, axis1=1, axis2=2).T.ravel() for one in self.level_covariances()]
        return np.concatenate([np.empty(0), *covariances])

    def level_covariances(self) -> list[np.ndarray]:
        """For each term the covariance of the effects of one level in H^-1, (levels, c, c)."""
        p, out = self.pattern, []
        corner, beside = np.zeros_like(self.D), np.zeros_like(self.E.C)
        kernels.inverse_blocks(p.pointers, p.columns, self.D, self.E.C, np.ones(self.root.size), corner, beside)
        everywhere, of_rest = self._beyond_diagonal()
        for block in p.blocks:
            levels, eliminated = int(p.offsets[block.start + 1] - p.offsets[block.start]), block.stop <= p.width
            places = p.offsets[block.start : block.stop] + np.arange(levels)[:, None]
            own = corner[:, block, block].copy() if eliminated else self._between_columns(block, places - p.n_first)
            for left, right in everywhere if eliminated else [*everywhere, *of_rest]:
                own += np.einsum("lak,lbk->lab", left[places], right[places])
            out.append(0.5 * (own + own.transpose(0, 2, 1)))
        return out

    def _beyond_diagonal(self) -> tuple[list, list]:
        """Pairs of factors (q, k) whose products add up to (I - E)^-1 beyond I, and beyond I + E, in H^-1.

        (I - E)^-1 is U M^-1 U' + W (I - E_)^-1 W', the latter by probes less what is known: z z' has the mean P,
        and z z'E_ the mean E_. Levels that are eliminated do without the second.
        """
        at, (z, Ez, basis) = self.deflation, self._probed
        known, solved = self._whole(z), self._whole(at.lifted(basis.applied(lambda value: 1.0 / (1.0 - value))))
        n, U, EU = z.shape[1], self._whole(at.U), self._whole(at.EU)
        along, N = at.U.T @ at.EU, self._whole(at.off(at.EU))
        extra = at.inverse - np.eye(len(along))
        everywhere = [(U @ extra, U), (self._whole(at.lifted(z)) / n, solved), (-known / n, known)]
        of_rest = [(U @ along - EU, U), (-U, EU), (N @ at.inverse, N), (-known / n, self._whole(Ez))]
        return everywhere, of_rest

    def _between_columns(self, block: slice, places: np.ndarray) -> np.ndarray:
        """(levels, c, c) of I + E in H^-1, for a term that is not eliminated; ``places`` (levels, c) in the rest."""
        levels, c = places.shape
        out = np.zeros((levels, c, c))
        if c > 1:
            level, column = np.full(self.root.size, -1), np.zeros(self.root.size, np.int64)
            level[places], column[places] = np.arange(levels)[:, None], np.arange(c)
            at, E = (level, column), self.E
            kernels.between_columns(E.pointers, E.columns, E.C, *at, out)
            same = np.flatnonzero((level[E.first] == level[E.second]) & (level[E.first] >= 0))
            first, second = E.first[same], E.second[same]
            out[level[first], column[first], column[second]] -= E.between[same]
            out[level[first], column[second], column[first]] -= E.between[same]
        out += np.eye(c)
        return out / (self.root[places][:, :, None] * self.root[places][:, None])

    def ridges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A root of S that is nearly right: root (n_rest,), and directions (d, n_rest) stretched by 1 + stretch (d,)."""
        stretch = 1.0 / np.sqrt(1.0 - self.deflation.values) - 1.0
        return self.root, np.ascontiguousarray(self.deflation.U.T), stretch


def factorise_sparse(pattern: SparsePattern, weight: np.ndarray, loading: np.ndarray) -> IterativeFactor:
    """The iterative factor; arguments and errors as those of ``arrow.factorise``."""
    p = pattern
    D, C = np.zeros((p.n_levels, p.width, p.width)), np.zeros((p.columns.size, p.width))
    S, between, root = np.zeros(p.n_rest), np.zeros(p.first.size), np.empty(p.n_rest)
    given = p.index, p.cell, loading, p.slot, p.pair_slot
    if weight.ndim == 1:
        kernels.assemble(*given, weight, D, C, S, between)
    else:
        kernels.assemble_parts(*given, p.part, weight, D, C, S, between)
    B = 1.0 + S
    kernels.eliminate(p.pointers, p.columns, D, C, S)
    if not (np.isfinite(np.diagonal(D, axis1=1, axis2=2)).all() and (S > 0.0).all()):
        raise FitError(NOT_POSITIVE)
    kernels.scale(p.columns, C, S, root)
    between /= root[p.first] * root[p.second]
    made = IterativeFactor(p, loading, D, root, Operator(p.pointers, p.columns, C, 1.0 - B / S, p.first, p.second, between))
    if weight.ndim > 1 or weight.min(initial=0.0) < 0.0:  # where H need not be positive definite
        _ = made.deflation
    return made
