"""Units within which several random effects are unknown at once: which rows have which, and their covariances."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pluralstats.inference.elimination.roots import SINGULAR, pairs_of
from pluralstats.inference.kernels.effect_modes import Effects
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design


class Together(NamedTuple):
    """The effects of L levels; rows are sorted by unit and level.

    ``place`` (n, T) of each row's effect of each integrated grouping among those of its level; ``size`` (L,) effects of
    a level; ``piece_start`` (L + 1,) first piece of correlated effects of each; ``block`` (P,) of each piece, a
    position in ``blocks``, which are positions of blocks of the design.
    """

    place: np.ndarray
    size: np.ndarray
    piece_start: np.ndarray
    block: np.ndarray
    blocks: tuple[int, ...]


def is_one_effect(design: Design, terms: Sequence[int]) -> bool:
    """Whether these terms are intercepts with the same levels: their effects are then one, or one on each part."""
    index = [design.groupings[t].index for t in terms]
    return all((design.groupings[t].multiplier == 1.0).all() for t in terms) and all(
        np.unique(np.stack([index[0], other]), axis=1).shape[1] == np.unique(index[0]).size == np.unique(other).size
        for other in index[1:]
    )


def level_codes(design: Design, terms: Sequence[int]) -> np.ndarray:
    """(n,) which rows have effects of these terms in common, directly or by way of others."""
    start, rows = 0, []
    for t in terms:
        rows.append(design.groupings[t].index + start)
        start += design.groupings[t].size
    effect, row = np.concatenate(rows), np.tile(np.arange(design.n), len(rows)) + start
    links = coo_matrix((np.ones(effect.size, bool), (effect, row)), shape=(start + design.n, start + design.n))
    return connected_components(links, directed=False)[1][start:]


def effects_together(design: Design, terms: Sequence[int], order: np.ndarray, level_start: np.ndarray) -> Together:
    """The effects of levels of sorted rows; pieces of the term with the most levels come first."""
    blocks = sorted({design.groupings[t].block for t in terms})
    level = np.repeat(np.arange(level_start.size - 1), np.diff(level_start))
    index = [design.groupings[design.blocks[b].start].index[order].astype(np.int64) for b in blocks]
    each = [np.unique(level * (int(own.max()) + 1) + own, return_index=True, return_inverse=True) for own in index]
    of_piece = np.concatenate([level[first] for _, first, _ in each])
    kind = np.repeat(np.arange(len(blocks)), [first.size for _, first, _ in each])
    sorting = np.lexsort((kind, of_piece))  # stable: pieces of one term stay in order
    width = np.array([design.blocks[b].size for b in blocks], np.int64)
    size = np.bincount(of_piece, weights=width[kind], minlength=level_start.size - 1).astype(np.int64)
    before = np.cumsum(width[kind[sorting]]) - width[kind[sorting]]
    at = np.empty(kind.size, np.int64)
    at[sorting] = before - (np.cumsum(size) - size)[of_piece[sorting]]
    starts, place = np.flatnonzero(np.diff(kind, prepend=-1)), np.empty((order.size, len(terms)), np.int64)
    for column, t in enumerate(terms):
        k = blocks.index(design.groupings[t].block)
        place[:, column] = at[starts[k] + each[k][2]] + (t - design.blocks[blocks[k]].start)
    pieces = np.bincount(of_piece, minlength=level_start.size - 1)
    return Together(place, size, np.concatenate([[0], np.cumsum(pieces)]), kind[sorting], tuple(blocks))


def effects_of_levels(
    design: Design,
    samples: Samples,
    together: Together,
    terms: Sequence[int],
    levels: slice,
    rows: tuple[slice, np.ndarray],
) -> Effects:
    """What the kernels need for some levels; ``rows`` are those of the sorted rows, and of the design."""
    own, cell = together.piece_start[levels.start : levels.stop + 1], design.fixed.cell[rows[1]]
    return Effects(
        np.ascontiguousarray(together.place[rows[0]]),
        np.stack([design.groupings[t].multiplier[cell] for t in terms], axis=1).astype(float),
        design.grouping_parts[list(terms)],
        together.size[levels],
        own - own[0],
        together.block[own[0] : own[-1]],
        np.array([design.blocks[b].size for b in together.blocks], np.int64),
        block_roots(design, samples, together.blocks),
    )


def block_roots(design: Design, samples: Samples, blocks: Sequence[int]) -> np.ndarray:
    """(B, k, k, S) roots of the covariances of some blocks, k the most effects of one."""
    pairs, S = pairs_of(design), len(samples.sd)
    widest = max(design.blocks[b].size for b in blocks)
    out = np.zeros((len(blocks), widest, widest, S))
    for place, b in enumerate(blocks):
        block = design.blocks[b]
        matrix = np.tile(np.eye(block.size), (S, 1, 1))
        own = np.flatnonzero((pairs.row >= block.start) & (pairs.row < block.stop))
        row, column = pairs.row[own] - block.start, pairs.column[own] - block.start
        matrix[:, row, column] = matrix[:, column, row] = np.nan_to_num(samples.correlation[:, own])  # no sd, no matter
        root = samples.sd[:, block.start : block.stop, None] * roots_of_correlations(matrix)
        out[place, : block.size, : block.size] = root.transpose(1, 2, 0)
    return out


def roots_of_correlations(correlation: np.ndarray) -> np.ndarray:
    """(S, k, k) Cholesky roots, with a column of zeros where a matrix is singular."""
    root = np.zeros_like(correlation)
    for j in range(correlation.shape[1]):
        left = correlation[:, j:, j] - np.einsum("sab,sb->sa", root[:, j:, :j], root[:, j, :j])
        known = left[:, :1] > SINGULAR
        root[:, j:, j] = np.where(known, left / np.sqrt(np.where(known, left[:, :1], 1.0)), 0.0)
    return root
