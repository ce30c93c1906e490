"""Covariances of random terms as roots: what standardised effects are multiplied by.

The effects of one level are u = Lambda v with v ~ N(0, I), so that their covariance is Lambda Lambda'. ``root`` (T, T)
holds the Lambda of every term on its diagonal, lower triangular; for a random intercept that is its sd. Two sets of
numbers describe it, in both of which the T diagonal ones come first, then the W below, in the order of
``Design.correlations``:

    entries   Lambda_aa and Lambda_ab, b < a: smooth through zero, for maximum likelihood (Bates et al. 2015, J. Stat.
              Softw. 67(1), section 2.3)
    x         log sd_a and w_ab, with Lambda_ab = sd_a w_ab / n_a, Lambda_aa = sd_a / n_a, n_a^2 = 1 + sum_b w_ab^2:
              unbounded, for posteriors; the sd is sd_a whatever the correlations

Under LKJ(eta) on the correlation matrix of c effects (Lewandowski, Kurowicka & Joe 2009, J. Multivar. Anal. 100,
1989-2001) the rows w_a are independent with density proportional to n_a^-(c + 2 eta - 1).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from pluralstats.model.design import Design
from pluralstats.storage.compiled import kernel

SINGULAR = 1e-12  # share of a variance that is left by the others and is nothing but rounding


class Stack(Protocol):
    """How effects are stacked: offsets (T + 1,) of groupings, and the groupings of each term."""

    @property
    def offsets(self) -> np.ndarray: ...

    @property
    def blocks(self) -> Sequence[Any]: ...


class Pairs(NamedTuple):
    """Row a and column b of each entry below the diagonal, (W,) each, the size of its block (W,), and ``place``, the
    grouping of each effect that a row has: one of each, all of a smooth curve (``Design.places``)."""

    row: np.ndarray
    column: np.ndarray
    size: np.ndarray
    place: np.ndarray


class DesignStack(NamedTuple):
    """The stack of a design."""

    offsets: np.ndarray
    blocks: tuple[slice, ...]


def stack_of(design: Design) -> DesignStack:
    """How the effects of a design are stacked."""
    return DesignStack(design.offsets, tuple(slice(block.start, block.stop) for block in design.blocks))


def pairs_of(design: Design) -> Pairs:
    """The correlations of a design."""
    both = np.array(design.correlations, np.int64).reshape(-1, 2)
    sizes = [block.size for block in design.blocks for _ in block.pairs]
    return Pairs(
        np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1]), np.array(sizes, np.int64), design.places
    )


def times(root: np.ndarray, stacked: np.ndarray, pattern: "Stack", transposed: bool = False) -> np.ndarray:
    """Lambda (or its transpose) times effects (q, ...), stacked by grouping, level by level."""
    parts = [
        np.tensordot(root[b, b].T if transposed else root[b, b], part, axes=1).reshape(-1, *stacked.shape[1:])
        for b, part in zip(pattern.blocks, by_block(stacked, pattern), strict=True)
    ]
    return np.concatenate(parts) if parts else stacked


def by_block(stacked: np.ndarray, pattern: "Stack") -> list[np.ndarray]:
    """The parts of stacked effects (q, ...) of each term, (c, levels, ...)."""
    ends = [(int(pattern.offsets[b.start]), int(pattern.offsets[b.stop]), b.stop - b.start) for b in pattern.blocks]
    return [stacked[low:high].reshape(c, -1, *stacked.shape[1:]) for low, high, c in ends]


def drawn_rows(pairs: Pairs, correlation: float, rng: np.random.Generator) -> np.ndarray:
    """(W,) one draw of w from LKJ: each row is a normal vector over the root of a chi-square, a multivariate t."""
    out = np.empty(pairs.row.size)
    for a in np.unique(pairs.row):
        row = np.flatnonzero(pairs.row == a)
        freedom = pairs.size[row[0]] + 2.0 * correlation - 1.0 - row.size
        out[row] = rng.standard_normal(row.size) / np.sqrt(rng.chisquare(freedom))
    return out


def entry_places(terms: int, pairs: Pairs) -> list[tuple[int, int]]:
    """Row and column of each entry of the root, in order: the diagonal ones first."""
    return [*((t, t) for t in range(terms)), *zip(pairs.row.tolist(), pairs.column.tolist(), strict=True)]


def root_of(entries: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(T, T) from entries (T + W,), or (S, T, T) from (S, T + W)."""
    terms = entries.shape[-1] - pairs.row.size
    root = np.zeros((*entries.shape[:-1], terms, terms))
    diagonal = np.arange(terms)
    root[..., diagonal, diagonal] = entries[..., :terms]
    root[..., pairs.row, pairs.column] = entries[..., terms:]
    return root


def entries_of(root: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(T + W,) the entries of a matrix (T, T); (S, T + W) of (S, T, T)."""
    diagonal = np.diagonal(root, axis1=-2, axis2=-1)
    return np.concatenate([diagonal, root[..., pairs.row, pairs.column]], axis=-1)


def on_places(root: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(places, places) the root between the effects of a row: those of a smooth curve are independent with one sd."""
    if pairs.place.size == len(root):
        return root
    return root[np.ix_(pairs.place, pairs.place)] * _apart(pairs.place)


def by_grouping(slope: np.ndarray, pairs: Pairs, terms: int) -> np.ndarray:
    """(T, T) the gradient in the root from that in the root between the effects of a row, ``slope``."""
    if pairs.place.size == terms:
        return slope
    out = np.zeros((terms, terms))
    np.add.at(out, (pairs.place[:, None], pairs.place[None]), slope * _apart(pairs.place))
    return out


def _apart(place: np.ndarray) -> np.ndarray:
    """(places, places) 0 between two effects of one grouping, 1 elsewhere."""
    return np.where((place[:, None] == place) & ~np.eye(place.size, dtype=bool), 0.0, 1.0)


def places_of(a: int, b: int, pairs: Pairs) -> list[tuple[int, int]]:
    """The effects of a row, two and two, that entry (a, b) of the root is between."""
    first, second = (np.flatnonzero(pairs.place == t).tolist() for t in (a, b))
    return list(zip(first, second, strict=True))


def sds_of(root: np.ndarray) -> np.ndarray:
    """(..., T) standard deviations."""
    return np.sqrt((root**2).sum(axis=-1))


def correlations_of(root: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(..., W) correlations; missing where an sd is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = root / sds_of(root)[..., None]
    return (rows[..., pairs.row, :] * rows[..., pairs.column, :]).sum(axis=-1)


def roots_at(x: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(S, T, T) the roots at draws of x (S, T + W)."""
    terms = x.shape[1] - pairs.row.size
    root = np.tile(np.eye(terms), (len(x), 1, 1))
    root[:, pairs.row, pairs.column] = x[:, terms:]
    return root * (np.exp(x[:, :terms]) / sds_of(root))[..., None]


def sampled_correlations(w: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(S, W) correlations from draws of w (S, W)."""
    terms = int(pairs.row.max(initial=-1)) + 1
    root = np.tile(np.eye(terms), (len(w), 1, 1))
    root[:, pairs.row, pairs.column] = w
    return correlations_of(root, pairs)


def singular_root(covariance: np.ndarray) -> np.ndarray:
    """(P, P) the Cholesky root of a covariance, with a column of zeros where it is singular.

    It is that of the correlations. Eigenvectors of a covariance mix a parameter with one of a million times its
    standard error, and what is left of the smaller one is rounding; those of correlations near 0 turn with rounding.
    """
    if not np.isfinite(covariance).all():
        return np.full_like(covariance, np.nan)
    se = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    scale = np.where(se > 0.0, se, 1.0)
    correlation, root = covariance / np.outer(scale, scale), np.zeros_like(covariance)
    for j in range(len(root)):
        left = correlation[j:, j] - root[j:, :j] @ root[j, :j]
        if left[0] > SINGULAR:
            root[j:, j] = left / np.sqrt(left[0])
    return scale[:, None] * root


@kernel
def fill_root(x, pairs, terms, root):
    """Fills root (T, T), zero above, from x (T + W,)."""
    root[:] = 0.0
    for a in range(terms):
        root[a, a] = 1.0
    for k in range(pairs.row.size):
        root[pairs.row[k], pairs.row[k]] += x[terms + k] ** 2
    for a in range(terms):
        root[a, a] = np.exp(x[a]) / np.sqrt(root[a, a])
    for k in range(pairs.row.size):
        root[pairs.row[k], pairs.column[k]] = root[pairs.row[k], pairs.row[k]] * x[terms + k]


@kernel
def add_root_gradient(x, pairs, terms, root, to_root, gradient):
    """Adds to the gradient (T + W,) in x what follows from the gradient ``to_root`` (T, T)."""
    for a in range(terms):
        gradient[a] += to_root[a, a] * root[a, a]
    for k in range(pairs.row.size):
        a, b = pairs.row[k], pairs.column[k]
        gradient[a] += to_root[a, b] * root[a, b]
    for k in range(pairs.row.size):
        a, b = pairs.row[k], pairs.column[k]
        along = to_root[a, a] * root[a, a]  # what the row's scale 1 / n_a does to all of its entries
        for j in range(pairs.row.size):
            if pairs.row[j] == a:
                along += to_root[a, pairs.column[j]] * root[a, pairs.column[j]]
        squares = 0.0
        for j in range(pairs.row.size):
            if pairs.row[j] == a:
                squares += x[terms + j] ** 2
        gradient[terms + k] += to_root[a, b] * root[a, a] - along * x[terms + k] / (1.0 + squares)


def root_at(x: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(T, T) the root at x (T + W,)."""
    terms = x.size - pairs.row.size
    root = np.empty((terms, terms))
    fill_root(np.asarray(x, float), pairs, terms, root)
    return root


def entries_jacobian(x: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(T + W, T + W) d entries / d x."""
    terms, root = x.size - pairs.row.size, root_at(x, pairs)
    out = np.zeros((x.size, x.size))
    for j in range(x.size):
        one = np.zeros_like(root)
        entry = (j, j) if j < terms else (pairs.row[j - terms], pairs.column[j - terms])
        one[entry] = 1.0
        add_root_gradient(np.asarray(x, float), pairs, terms, root, one, out[j])
    return out
