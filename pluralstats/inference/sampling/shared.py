"""What rows of a design share: the numbers that their predictors are sums of, see ``Shared``."""

from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.gradients import Shared
from pluralstats.model.design import Block, Design

ALIKE = 1.25  # with so many times the numbers of a random term at most, those of the fixed part are made one with them


class _Factor(NamedTuple):
    """One number for each row: ``of_row`` (n,) which, of S; ``source`` and ``multiplier`` (S, m) what it is made of,
    entries with multiplier 0 left out; ``part`` the predictor it moves."""

    of_row: np.ndarray
    source: np.ndarray
    multiplier: np.ndarray
    part: int


def shared_numbers(design: Design, order: np.ndarray) -> Shared:
    """Of a design whose rows are taken in this ``order`` (n,)."""
    factors = [_of_block(design, order, block) for block in design.blocks]
    moved = set(design.column_parts.tolist()) | ({0} if (design.fixed.offset != 0.0).any() else set())
    for part in sorted(moved):
        factors = _with_fixed_part(design, order, factors, int(part))
    first = np.cumsum([0, *(len(factor.source) for factor in factors)])
    kept = [factor.multiplier != 0.0 for factor in factors]
    counts = [np.zeros(1, np.int64), *(one.sum(axis=1) for one in kept)]
    empty = np.empty((0, len(order)), np.uint32)
    places = [(factor.of_row + start)[None] for factor, start in zip(factors, first, strict=False)]
    return Shared(
        place=np.concatenate([empty, *places]).astype(np.uint32),
        part=np.array([factor.part for factor in factors], np.int64),
        start=np.cumsum(np.concatenate(counts)).astype(np.uint32),
        source=_joined(np.uint32, [factor.source[one] for factor, one in zip(factors, kept, strict=True)]),
        multiplier=_joined(float, [factor.multiplier[one] for factor, one in zip(factors, kept, strict=True)]),
    )


def _joined(kind: type, parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0), *parts]).astype(kind)


def _of_block(design: Design, order: np.ndarray, block: Block) -> _Factor:
    """The effects of a random term on a row: one number for each level and row of multipliers that it meets."""
    cell, own = design.fixed.cell[order], np.flatnonzero((design.places >= block.start) & (design.places < block.stop))
    kinds, of_cell = np.unique(design.Z[:, own], axis=0, return_inverse=True)
    kind, index = of_cell.reshape(-1)[cell], design.index[order][:, own]
    level = index[:, 0] if (np.ptp(index - index[:, :1], axis=0) == 0).all() else _distinct(index)
    _, first, of_row = np.unique(level * np.int64(len(kinds)) + kind, return_index=True, return_inverse=True)
    entries = index[first] + _n_fixed(design)
    return _Factor(of_row, entries, kinds[kind[first]], int(design.grouping_parts[block.start]))


def _distinct(index: np.ndarray) -> np.ndarray:
    """(n,) a number for each different row."""
    return np.unique(index, axis=0, return_inverse=True)[1].reshape(-1)


def _with_fixed_part(design: Design, order: np.ndarray, factors: list[_Factor], part: int) -> list[_Factor]:
    """The factors with the fixed part of one predictor: in the largest of that predictor if its numbers stay nearly as
    many, as with demographics and raters; else one more."""
    cell, n_cells = design.fixed.cell[order].astype(np.int64), design.fixed.X.shape[0]
    entry = part * n_cells
    own = [k for k, factor in enumerate(factors) if factor.part == part]
    if own:
        k = max(own, key=lambda one: len(factors[one].source))
        old = factors[k]
        _, first, of_row = np.unique(old.of_row * np.int64(n_cells) + cell, return_index=True, return_inverse=True)
        if len(first) <= ALIKE * len(old.source):
            before = old.of_row[first]
            source = np.column_stack([old.source[before], entry + cell[first]])
            multiplier = np.column_stack([old.multiplier[before], np.ones(len(first))])
            return [*factors[:k], _Factor(of_row, source, multiplier, part), *factors[k + 1 :]]
    cells = np.arange(n_cells, dtype=np.int64)[:, None]
    return [*factors, _Factor(cell, entry + cells, np.ones((n_cells, 1)), part)]


def _n_fixed(design: Design) -> int:
    """Entries before those of the effects."""
    return design.n_predictors * design.fixed.X.shape[0]
