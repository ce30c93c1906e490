"""Where rows add to the curvature, with the terms that are not eliminated kept sparse too."""

from dataclasses import dataclass, fields

import numpy as np

from pluralstats.inference.elimination.arrow import Pattern


@dataclass(frozen=True)
class SparsePattern(Pattern):
    """A pattern whose B is sparse as well.

    Attributes
    ----------
    pair_slot : (n, r (r - 1) / 2) position in ``first`` and ``second`` of the pairs of the row's r effects of B
    first, second : (m,) effects that some row has both, counted from the second term on
    probes : (n_rest, P) of 1 and -1, with which determinants are estimated
    """

    pair_slot: np.ndarray
    first: np.ndarray
    second: np.ndarray
    probes: np.ndarray


def sparse_pattern(pattern: Pattern, probes: int, seed: int) -> SparsePattern:
    """A pattern with what lies off the diagonal of B, and a number of probes."""
    signs = np.random.default_rng(seed).integers(0, 2, (pattern.n_rest, probes))
    given = {field.name: getattr(pattern, field.name) for field in fields(Pattern)}
    return SparsePattern(**given, **_pairs(pattern), probes=2.0 * signs - 1.0)


def _pairs(pattern: Pattern) -> dict[str, np.ndarray]:
    rest = pattern.index[:, pattern.width :] - pattern.n_first
    places = [(t, s) for t in range(rest.shape[1]) for s in range(t)]
    slots = np.empty((len(rest), len(places)), np.int32)
    first, second, found = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    for k, (t, s) in enumerate(places):
        size = max(pattern.n_rest, 1)
        unique, slot = np.unique(rest[:, t].astype(np.int64) * size + rest[:, s], return_inverse=True)
        slots[:, k] = slot + found
        found += unique.size
        first.append(unique // size)
        second.append(unique % size)
    return {"pair_slot": slots, "first": np.concatenate(first), "second": np.concatenate(second)}
