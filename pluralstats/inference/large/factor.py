"""The iterative factor of H = I + sum of w l l' (METHODS section 9), in the blocks of ``arrow``.

    H = [ D  C ]      D: a small block for each level of the term with the most effects, factorised as R R'
        [ C' B ]      C and B sparse: all other terms

The Schur complement S = B - C'D^-1 C is not formed. In units of its diagonal blocks it is I - E (``schur``), solved
for by conjugate gradients; the few directions of large eigenvalues are taken out exactly (``deflation``), and what is
left of the determinant is estimated with probes (``determinant``).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination import loops as of_corners
from pluralstats.inference.elimination.cliques import Ridges, factor_blocks
from pluralstats.inference.large import inverse_loops as inverses
from pluralstats.inference.large import loops as kernels
from pluralstats.inference.large.deflation import Deflation, deflate
from pluralstats.inference.large.determinant import Determinant, Probed, determinant, probed
from pluralstats.inference.large.krylov import NOT_POSITIVE, conjugate_gradients, lanczos
from pluralstats.inference.large.pattern import SparsePattern
from pluralstats.inference.large.schur import Operator


@dataclass(frozen=True)
class IterativeFactor:
    """H with what is asked of its inverse; names and shapes of its methods as in ``arrow.Factor``.

    ``D`` (levels, c, c) lower Cholesky factors R, ``E`` what S is beyond its blocks QQ'.
    """

    pattern: SparsePattern
    loading: np.ndarray
    D: np.ndarray
    E: Operator

    @property
    def C(self) -> np.ndarray:
        """(nnz, c) R^-1 times the columns beside D."""
        out, E = np.zeros_like(self.E.C), self.E
        kernels.unscale_beside(E.pointers, E.columns, *E.cliques, E.root, self._room, E.C, out)
        return out

    @property
    def _room(self) -> np.ndarray:
        return np.zeros(self.E.size, np.int64)

    @property
    def root(self) -> np.ndarray:
        """(n_rest,) the diagonal of the blocks Q."""
        return self.E.root[np.arange(self.E.size), self.E.cliques.column]

    @cached_property
    def deflation(self) -> Deflation:
        """The directions of large eigenvalues, from the means of the effects of each grouping and a random vector."""
        p, root = self.pattern, self.root
        starts = np.zeros((p.n_rest, len(p.offsets) - p.width))
        for k, (low, high) in enumerate(pairwise(p.offsets[p.width :] - p.n_first)):
            starts[low:high, k] = root[low:high]
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
        self.E.divided(rest)
        of_corners.subtract_from_rest(self.E.pointers, self.E.columns, self.E.C, top, rest)
        rest[:] = conjugate_gradients(self.E.times, rest)
        self._followed(top, rest)
        of_corners.solve_corner_transposed(self.D, top)
        return out.reshape(b.shape)

    def _followed(self, top: np.ndarray, rest: np.ndarray) -> None:
        """Takes what the rest, in units of Q, says of the eliminated levels, and puts it in its own units."""
        of_corners.subtract_from_top(self.E.pointers, self.E.columns, self.E.C, rest, top)
        self.E.divided(rest, transposed=True)

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
        p, at, E = self.pattern, self._determinant, self.E
        out, full = np.zeros((*p.index.shape, parts)), np.zeros_like(E.root)
        corner, beside = self._touched(at.inside)
        inverses.unscaled_blocks(*E.cliques, E.root, at.inside, full)
        given = p.index, p.cell, self.loading
        inverses.blocks_over_rows(*given, p.slot, corner, beside, full, E.cliques.column, p.term, part, out)
        inverses.vectors_over_rows(*given, self._whole(at.vectors), at.weights, part, out)
        return out

    def _touched(self, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What ``inverse_loops.inverse_blocks`` fills."""
        corner, beside, E = np.zeros_like(self.D), np.zeros_like(self.E.C), self.E
        sparse = E.pointers, E.columns
        inverses.inverse_blocks(*sparse, self.D, E.C, *E.cliques, inside, E.root, self._room, corner, beside)
        return corner, beside

    def _whole(self, vectors: np.ndarray) -> np.ndarray:
        """(q, k) vectors (n_rest, k), in units of Q, with the best values of the eliminated effects."""
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
        p, E, out = self.pattern, self.E, []
        inside, full = np.zeros_like(E.root), np.zeros_like(E.root)
        inside[np.arange(E.size), E.cliques.column] = 1.0
        corner = self._touched(inside)[0]
        inverses.unscaled_blocks(*E.cliques, E.root, inside, full)
        everywhere, of_rest = self._beyond_diagonal()
        for block in p.blocks:
            levels, eliminated = int(p.offsets[block.start + 1] - p.offsets[block.start]), block.stop <= p.width
            places = p.offsets[block.start : block.stop] + np.arange(levels)[:, None]
            own = corner[:, block, block] if eliminated else full[places - p.n_first, : block.stop - block.start]
            for left, right in everywhere if eliminated else [*everywhere, *of_rest]:
                own = own + np.einsum("lak,lbk->lab", left[places], right[places])
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

    def ridges(self) -> Ridges:
        """A root of S that is nearly right: the roots of its blocks, and the directions that are taken out."""
        stretch = 1.0 / np.sqrt(1.0 - self.deflation.values) - 1.0
        return Ridges(*self.E.cliques, self.E.root, np.ascontiguousarray(self.deflation.U.T), stretch)


def factorise_sparse(pattern: SparsePattern, weight: np.ndarray, loading: np.ndarray) -> IterativeFactor:
    """The iterative factor; arguments and errors as those of ``arrow.factorise``."""
    p, cliques, sparse = pattern, pattern.cliques, (pattern.pointers, pattern.columns)
    D, C = np.zeros((p.n_levels, p.width, p.width)), np.zeros((p.columns.size, p.width))
    S, between = np.zeros((p.n_rest, cliques.width)), np.zeros(p.pairs.first.size)
    given, room = (p.index, p.cell, loading, p.slot, p.pair_slot, cliques.column), np.zeros(p.n_rest, np.int64)
    if weight.ndim == 1:
        kernels.assemble(*given, weight, D, C, S, between)
    else:
        kernels.assemble_parts(*given, p.part, weight, D, C, S, between)
    S[np.arange(p.n_rest), cliques.column] += 1.0
    kernels.factor_levels(p.pointers, D, C)
    kernels.subtract_own(*sparse, C, *cliques, room, S)
    factor_blocks(*cliques, S)
    if not (np.isfinite(np.diagonal(D, axis1=1, axis2=2)).all() and np.isfinite(S).all()):
        raise FitError(NOT_POSITIVE)
    kernels.scale_beside(*sparse, *cliques, S, room, C)
    kernels.scale_between(*p.pairs, cliques.column, S, between)
    own = np.zeros_like(S)
    kernels.subtract_own(*sparse, C, *cliques, room, own)
    made = IterativeFactor(p, loading, D, Operator(*sparse, C, cliques, S, own, p.pairs, between))
    if weight.ndim > 1 or weight.min(initial=0.0) < 0.0:  # where H need not be positive definite
        _ = made.deflation
    return made
