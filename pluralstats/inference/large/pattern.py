"""Where rows add to the curvature, with the terms that are not eliminated kept sparse too."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.cliques import Cliques, cliques


class Pairs(NamedTuple):
    """Effects of two different terms that some row has both: places ``first`` and ``second`` (m,) in the rest, list
    after list of a pair of groupings; ``start`` (lists + 1,), and for each the lists, or -1, of the same pair of levels
    with the ``before`` (lists, 2) column of the first, and of the second."""

    first: np.ndarray
    second: np.ndarray
    start: np.ndarray
    before: np.ndarray


@dataclass(frozen=True)
class SparsePattern(Pattern):
    """A pattern whose B is sparse as well.

    Attributes
    ----------
    pair_slot : (n, r (r - 1) / 2) position in ``pairs`` of the pairs of the row's r effects of B; -1 within a term
    pairs, cliques : the effects of B that go together
    term : (places,) number of the term of each effect of a row; of a smooth curve every effect counts as one
    probes : (n_rest, P) of 1 and -1, with which determinants are estimated
    """

    pair_slot: np.ndarray
    pairs: Pairs
    cliques: Cliques
    term: np.ndarray
    probes: np.ndarray


def sparse_pattern(pattern: Pattern, probes: int, seed: int) -> SparsePattern:
    """A pattern with what lies off the diagonal of B, and a number of probes."""
    signs = np.random.default_rng(seed).integers(0, 2, (pattern.n_rest, probes))
    given = {field.name: getattr(pattern, field.name) for field in fields(Pattern)}
    term = _terms(pattern)
    slots, pairs = _pairs(pattern, term)
    at = cliques(pattern.blocks, pattern.offsets, pattern.width)
    return SparsePattern(**given, pair_slot=slots, pairs=pairs, cliques=at, term=term, probes=2.0 * signs - 1.0)


def _terms(pattern: Pattern) -> np.ndarray:
    """``SparsePattern.term``: effects of one have the same level, but for those of a curve, which are all of one."""
    grouping = np.searchsorted(pattern.offsets, pattern.index[0], side="right") - 1
    term = np.repeat(np.arange(len(pattern.blocks)), [block.stop - block.start for block in pattern.blocks])[grouping]
    of_curve = np.bincount(grouping)[grouping] > 1
    return np.where(of_curve, len(pattern.blocks) + np.arange(grouping.size), term)


def _pairs(pattern: Pattern, term: np.ndarray) -> tuple[np.ndarray, Pairs]:
    rest, size = pattern.index[:, pattern.width :] - pattern.n_first, max(pattern.n_rest, 1)
    places = [(t, s) for t in range(rest.shape[1]) for s in range(t)]
    slots, lists, start = np.full((len(rest), len(places)), -1, np.int32), {}, [0]
    for k, (t, s) in enumerate(places):
        if term[pattern.width + t] == term[pattern.width + s]:
            continue
        unique, slot = np.unique(rest[:, t].astype(np.int64) * size + rest[:, s], return_inverse=True)
        slots[:, k] = slot + start[-1]
        lists[t, s] = unique
        start.append(start[-1] + unique.size)
    numbers = {place: i for i, place in enumerate(lists)}
    before = [
        (
            numbers[t - 1, s] if t and term[pattern.width + t - 1] == term[pattern.width + t] else -1,
            numbers[t, s - 1] if s and term[pattern.width + s - 1] == term[pattern.width + s] else -1,
        )
        for t, s in lists
    ]
    joined = np.concatenate([np.empty(0, np.int64), *lists.values()])
    return slots, Pairs(joined // size, joined % size, np.array(start), np.array(before, np.int64).reshape(-1, 2))
