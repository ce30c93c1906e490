"""The columns and random terms of several submodels in one design, rows sorted for the elimination."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.model.design import LOCATION, PARTS, Design
from pluralstats.model.terms.fixed import FixedEffects
from pluralstats.model.terms.random import Block, Grouping

PREFIX = {LOCATION: ""} | {code: f"{name}: " for name, code in PARTS.items()}


class Together(NamedTuple):
    """How submodels stand in one design.

    ``designs`` and their ``codes`` (LOCATION, DISC, STRETCH); ``rows`` (n,) of the submodels behind each row;
    ``cells`` (n_cells, submodels) of each; ``order`` (B,) of the blocks of all submodels, one after another.
    """

    designs: tuple[Design, ...]
    codes: tuple[int, ...]
    rows: np.ndarray
    cells: np.ndarray
    order: tuple[int, ...]


def together(designs: Sequence[Design], codes: Sequence[int]) -> Together:
    """Blocks with the same levels side by side, those with the most effects first, and rows sorted by them."""
    blocks = [(design, block) for design in designs for block in design.blocks]
    levels = [design.groupings[block.start].index for design, block in blocks]
    kind = [next(k for k, other in enumerate(levels) if np.array_equal(index, other)) for index in levels]
    sizes = [design.groupings[block.start].size * block.size for design, block in blocks]
    total = [sum(size for size, k in zip(sizes, kind, strict=True) if k == own) for own in kind]
    smooth = [design.groupings[block.start].basis is not None for design, block in blocks]  # which stand last
    order = sorted(range(len(blocks)), key=lambda b: (smooth[b], -total[b], kind[b]))
    rows = np.argsort(levels[order[0]], kind="stable") if order else np.arange(designs[0].n)
    cells = np.unique(np.stack([design.fixed.cell for design in designs], axis=1), axis=0)
    return Together(tuple(designs), tuple(codes), rows, cells, tuple(order))


def merge(designs: Sequence[Design], codes: Sequence[int]) -> Design:
    """The design of eta, which comes first, with all columns and random terms of the submodels."""
    return merged(together(designs, codes), designs)


def merged(how: Together, designs: Sequence[Design]) -> Design:
    """Submodels laid out as before, with columns and multipliers that may have other units than before."""
    location = designs[0]
    of_cell = np.stack([design.fixed.cell[how.rows] for design in designs], axis=1)
    cell = np.unique(of_cell, axis=0, return_inverse=True)[1].ravel().astype(np.int32)
    prefixes = [PREFIX[code] for code in how.codes]
    groupings, blocks = _random_terms(how, designs)
    fixed = FixedEffects(
        X=np.ascontiguousarray(np.hstack([d.fixed.X[c] for d, c in zip(designs, how.cells.T, strict=True)])),
        cell=cell,
        names=tuple(p + name for p, d in zip(prefixes, designs, strict=True) for name in d.fixed.names),
        terms=tuple(p + term for p, d in zip(prefixes, designs, strict=True) for term in d.fixed.terms),
        frame=pd.DataFrame(index=range(len(how.cells))),
        aliased=tuple(sentence for d in designs for sentence in d.fixed.aliased),
        left_out=tuple(p + name for p, d in zip(prefixes, designs, strict=True) for name in d.fixed.left_out),
        columns=None,
        kept=np.arange(sum(d.fixed.X.shape[1] for d in designs)),
        relations=location.fixed.relations,
        learnt={},
        offset=np.ascontiguousarray(location.fixed.offset[how.cells[:, 0]]),
        monotone=location.fixed.monotone,
        monotone_terms=location.fixed.monotone_terms,
    )
    return replace(
        location,
        y=location.y[how.rows],
        weight=location.weight[how.rows],
        rater_weight=location.rater_weight[how.rows],
        rows=location.rows[how.rows],
        thresholds=location.thresholds.with_rows(location.thresholds.group[how.rows]),
        fixed=fixed,
        groupings=groupings,
        blocks=blocks,
        part_of_column=np.repeat(how.codes, [d.fixed.X.shape[1] for d in designs]).astype(np.int64),
        together=how,
        merged=None,
        with_smooths=None,
        parts=(),
    )


def _random_terms(how: Together, designs: Sequence[Design]) -> tuple[tuple[Grouping, ...], tuple[Block, ...]]:
    """Groupings and blocks in their order, over the rows and cells of the merged design."""
    groupings: list[Grouping] = []
    blocks = []
    sources = [(s, block) for s, design in enumerate(designs) for block in design.blocks]
    for position, (s, block) in enumerate(sources[b] for b in how.order):
        start, part = len(groupings), PREFIX[how.codes[s]].removesuffix(": ")
        for grouping in designs[s].groupings[block.start : block.stop]:
            groupings.append(
                replace(
                    grouping,
                    part=part,
                    index=np.ascontiguousarray(grouping.index[how.rows]),
                    multiplier=np.ascontiguousarray(grouping.multiplier[how.cells[:, s]]),
                    block=position,
                    basis=None if grouping.basis is None else np.ascontiguousarray(grouping.basis[how.cells[:, s]]),
                )
            )
        blocks.append(replace(block, start=start, stop=len(groupings)))
    return tuple(groupings), tuple(blocks)


def with_answers(design: Design, y: np.ndarray) -> Design:
    """The same design, plain or merged, with other answers (n,) of its rows."""
    how = design.together
    if how is None:
        return replace(design, y=y)
    of_eta = np.empty_like(y)
    of_eta[how.rows] = y
    designs = (replace(how.designs[0], y=of_eta), *how.designs[1:])
    return replace(design, y=y, together=how._replace(designs=designs))


def positions(how: Together) -> list[np.ndarray]:
    """Where the groupings of each submodel stand among those of all."""
    sources = [(s, block) for s, design in enumerate(how.designs) for block in design.blocks]
    found: list[list[tuple[int, int]]] = [[] for _ in how.designs]
    at = 0
    for b in how.order:
        s, block = sources[b]
        for t in range(block.start, block.stop):
            found[s].append((t, at))
            at += 1
    return [np.array([place for _, place in sorted(pairs)], np.int64) for pairs in found]


def submodels(design: Design) -> list[tuple[Design, str]]:
    """The submodels of a merged design, eta first, each with the prefix of its names; a plain design by itself."""
    how = design.together
    if how is None:
        return [(design, "")]
    return [(one, PREFIX[code]) for one, code in zip(how.designs, how.codes, strict=True)]
