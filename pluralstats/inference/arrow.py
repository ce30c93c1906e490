"""Block elimination of the largest random term (METHODS section 2, DESIGN section 7).

The curvature of the standardised random effects v (u_t = sd_t v_t) is

    H = I + S Z'WZ S = [ D  C ]      D diagonal: the term with the most levels, which rows are sorted by
                       [ C' B ]      C sparse, B dense: all other terms

so its Cholesky factor needs only the dense Schur complement B - C' D^-1 C of the smaller terms. Every quantity
that likelihoods, gradients, standard errors and draws need comes from that factor: solves, the determinant,
the entries of the inverse that rows touch, and a square root.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.linalg import lapack, solve_triangular

from pluralstats.errors import FitError
from pluralstats.inference.arrow_kernels import assemble, corner, eliminate, inverse_over_rows, scale_lower
from pluralstats.model.design import Design

LARGEST_DENSE = 12_000  # levels of all terms but the largest: their Schur complement is dense, here 1.2 GB


@dataclass(frozen=True)
class Pattern:
    """Where rows add to D, C and B; depends on the groupings only.

    Attributes
    ----------
    index : (n, T) positions of the rows' levels in the stacked random effects
    offsets : (T + 1,) where terms start in that stack
    pointers, columns : sparse rows of C, ``columns`` (nnz,) counted from the second term on
    slot : (n, T - 1) position in ``columns`` that each row adds to
    starts : (n_first + 1,) first row of each level of the largest term
    """

    index: np.ndarray
    offsets: np.ndarray
    pointers: np.ndarray
    columns: np.ndarray
    slot: np.ndarray
    starts: np.ndarray

    @property
    def n_first(self) -> int:
        return int(self.offsets[min(1, self.offsets.size - 1)])

    @property
    def n_rest(self) -> int:
        return int(self.offsets[-1]) - self.n_first

    @property
    def size(self) -> int:
        return int(self.offsets[-1])

    @property
    def slices(self) -> list[slice]:
        """Where each term lies in the stack."""
        return [slice(int(low), int(high)) for low, high in pairwise(self.offsets)]

    def spread(self, sd: np.ndarray) -> np.ndarray:
        """(q,) the standard deviation that belongs to each random effect."""
        return np.repeat(sd, np.diff(self.offsets))


def build_pattern(design: Design) -> Pattern:
    """The elimination pattern of a design.

    Raises
    ------
    FitError
        If the terms other than the largest have more levels than a dense matrix may have.
    """
    index, offsets = design.index, design.offsets
    first = int(offsets[min(1, offsets.size - 1)])
    rest = int(offsets[-1]) - first
    if rest > LARGEST_DENSE:
        raise FitError(
            f"All random terms but the largest have {rest} levels together, and at most {LARGEST_DENSE} fit in memory. "
            "Drop a random term or fit a part of the ratings."
        )
    if index.shape[1] == 0:
        nothing = np.zeros(1, np.int64)
        return Pattern(index, offsets, nothing, np.empty(0, np.int64), np.empty((design.n, 0), np.int64), nothing)
    level = index[:, 0].astype(np.int64)
    keys = level[:, None] * max(rest, 1) + (index[:, 1:] - first)
    unique, slot = np.unique(keys, return_inverse=True)
    pointers = np.searchsorted(unique, np.arange(first + 1, dtype=np.int64) * max(rest, 1))
    starts = np.searchsorted(level, np.arange(first + 1))
    return Pattern(index, offsets, pointers, unique % max(rest, 1), slot.reshape(keys.shape), starts)


@dataclass(frozen=True)
class Factor:
    """A factorised H with everything that is asked of its inverse."""

    pattern: Pattern
    sd: np.ndarray
    D: np.ndarray
    C: np.ndarray
    L: np.ndarray  # (n_rest, n_rest) lower Cholesky factor of the Schur complement

    @property
    def log_determinant(self) -> float:
        return float(np.log(self.D).sum() + 2.0 * np.log(np.diagonal(self.L)).sum())

    @cached_property
    def _sparse(self) -> sparse.csr_array:
        pattern = self.pattern
        shape = (pattern.n_first, pattern.n_rest)
        return sparse.csr_array((self.C, pattern.columns, pattern.pointers), shape=shape)

    @cached_property
    def _inverse(self) -> np.ndarray:
        """Lower triangle of the inverse of the Schur complement."""
        if self.L.size == 0:
            return self.L
        return lapack.dpotri(self.L, lower=1)[0]

    def solve(self, b: np.ndarray) -> np.ndarray:
        """H^-1 b for b of shape (q,) or (q, k)."""
        first = self.pattern.n_first
        D = self.D if b.ndim == 1 else self.D[:, None]
        top, rest = b[:first] / D, b[first:]
        if rest.size:
            rest = lapack.dpotrs(self.L, rest - self._sparse.T @ top, lower=1)[0].reshape(rest.shape)
            top = top - (self._sparse @ rest) / D
        return np.concatenate([top, rest])

    def draw(self, noise: np.ndarray) -> np.ndarray:
        """(q, k) noise with covariance H^-1, made of standard normal ``noise`` (q, k)."""
        first = self.pattern.n_first
        root = np.sqrt(self.D)[:, None]
        top, rest = noise[:first] / root, noise[first:]
        if rest.size:
            rest = solve_triangular(self.L, rest, lower=True, trans="T", check_finite=False)
            top = top - (self._sparse @ rest) / self.D[:, None]
        return np.concatenate([top, rest])

    def over_rows(self) -> np.ndarray:
        """(n, T) entries e_t' H^-1 S z_i; times sd and summed over terms it is the variance of a row's eta."""
        p = self.pattern
        out = np.zeros(p.index.shape)
        if out.size:
            inverse_over_rows(
                p.index,
                p.n_first,
                p.slot,
                p.starts,
                p.pointers,
                p.columns,
                self.D,
                self.C,
                self._inverse,
                self.sd,
                out,
            )
        return out

    def diagonal(self) -> np.ndarray:
        """(q,) diagonal of H^-1."""
        p = self.pattern
        if p.size == 0:
            return np.empty(0)
        return np.concatenate(
            [corner(p.pointers, p.columns, self.D, self.C, self._inverse), np.diagonal(self._inverse)]
        )


@dataclass(frozen=True)
class CrossProducts:
    """Z'WZ in the blocks of the elimination; any standard deviations scale it into an H."""

    pattern: Pattern
    D: np.ndarray
    C: np.ndarray
    B: np.ndarray

    def factorise(self, sd: np.ndarray, overwrite: bool = False) -> Factor:
        """Factor H = I + S Z'WZ S for term standard deviations (T,)."""
        p = self.pattern
        spread = p.spread(sd)
        top, rest = spread[: p.n_first], spread[p.n_first :]
        D = 1.0 + top * top * self.D
        C = self.C * np.repeat(top, np.diff(p.pointers)) * rest[p.columns] if p.n_rest else self.C
        B = self.B if overwrite else np.zeros_like(self.B)
        scale_lower(self.B, rest, B)
        eliminate(p.pointers, p.columns, D, C, B)
        return Factor(p, sd, D, C, cholesky(B))


def cross_products(pattern: Pattern, weight: np.ndarray) -> CrossProducts:
    """Z'WZ for row weights W (n,)."""
    p = pattern
    D, C, B = np.zeros(p.n_first), np.zeros(p.columns.size), np.zeros((p.n_rest,) * 2, order="F")
    if p.size:
        assemble(p.index, p.n_first, p.slot, weight, D, C, B)
    return CrossProducts(p, D, C, B)


def factorise(pattern: Pattern, weight: np.ndarray, sd: np.ndarray) -> Factor:
    """Factor H = I + S Z'WZ S for row weights W (n,) and term standard deviations (T,)."""
    return cross_products(pattern, weight).factorise(sd, overwrite=True)


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
        raise FitError("The curvature of the random effects is not positive definite: the ratings or weights overflow.")
    return L
