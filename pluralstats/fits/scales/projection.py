"""Draws of a submodel of several dimensions as those of the same submodel of one: linear maps.

With X the columns of the joint model in the rows of the dimension and S those of the model of one, X = [1 S] M, so
that [shift b] = M b_joint. Effects likewise: the multipliers of a level's effects are Z = R A, so that u = A u_joint,
with the covariance A Sigma A'. Levels, references, and what ``poly(age, 2)`` learnt may differ between both models.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.inference.posterior.samples import PartSamples
from pluralstats.model.design import Design

ROUNDING = 1e-9  # weights smaller than this are 0, and as near to a whole number are that number
MISFIT = 1e-6  # how far, relative to their size, columns may be from what the others add up to


class Rows(NamedTuple):
    """The joint and the single design of a submodel, and a row of both for each cell of the latter."""

    joint: Design
    single: Design
    behind: np.ndarray  # (n,) row of the joint design behind each row of the single one
    cells: np.ndarray  # a row of the single design for each of its cells

    @property
    def there(self) -> np.ndarray:
        """The joint design's cell for each of the cells."""
        return self.joint.fixed.cell[self.behind[self.cells]]

    @property
    def here(self) -> np.ndarray:
        return self.single.fixed.cell[self.cells]


class Projection(NamedTuple):
    """Draws of one submodel: ``shift`` (S,) is what all rows have in common, which thresholds take up.

    ``flat`` (p,), ``flat_terms`` (T,): what the data leave open. ``same``: what coefficients are called in the joint
    model, ``same_terms`` groupings, where they are the same numbers there.
    """

    shift: np.ndarray
    draws: PartSamples
    flat: np.ndarray
    flat_terms: np.ndarray
    same: dict[str, str]
    same_terms: dict[str, str]


def projected(
    joint: Design, single: Design, behind: np.ndarray, at: PartSamples, flat: tuple[np.ndarray, np.ndarray]
) -> Projection:
    """The draws of a submodel on one dimension.

    Parameters
    ----------
    joint, single : designs of the submodel, of several dimensions and of one
    behind : (n,) row of the joint design behind each row of the other
    at : draws of the joint submodel
    flat : (p,), (T,) coefficients and groupings of the joint submodel that the data leave open
    """
    rows = Rows(joint, single, behind, np.unique(single.fixed.cell, return_index=True)[1])
    M = _weights(np.hstack([np.ones((rows.cells.size, 1)), single.fixed.X[rows.here]]), joint.fixed.X[rows.there])
    b = at.coefficient @ M.T
    same = {} if M[0].any() else dict(_unchanged(single.fixed.names, M[1:], joint.fixed.names))
    effects, of_effects, same_terms = _effects(rows, at)
    covariance = of_effects @ _covariance(joint, at) @ of_effects.T
    sd = np.sqrt(np.einsum("stt->st", covariance))
    correlation = [covariance[:, a, c] / (sd[:, a] * sd[:, c]) for a, c in single.correlations]
    of_pairs = np.stack(correlation, axis=1) if correlation else np.empty((len(b), 0))
    draws = PartSamples(np.ascontiguousarray(b[:, 1:]), sd, effects, of_pairs)
    flat_ones, flat_terms = ((weights != 0.0) @ one > 0 for weights, one in zip((M[1:], of_effects), flat, strict=True))
    return Projection(b[:, 0], draws, flat_ones, flat_terms, same, same_terms)


def constant(joint: Design, row: int, at: PartSamples) -> Projection:
    """The draws of a submodel that is the same number in all rows of the dimension, as in one of them."""
    shift, empty = at.coefficient @ joint.fixed.X[joint.fixed.cell[row]], np.zeros((len(at.sd), 0))
    none = np.zeros(0, bool)
    return Projection(shift, PartSamples(empty, empty, (), empty), none, none, {}, {})


def _effects(rows: Rows, at: PartSamples) -> tuple[tuple[np.ndarray, ...], np.ndarray, dict[str, str]]:
    """Draws of the effects of each grouping, the weights (T, T_joint) of the joint ones in them, unchanged names."""
    joint, single = rows.joint.groupings, rows.single.groupings
    weights = np.zeros((len(single), len(joint)))
    effects: dict[int, np.ndarray] = {}
    same: dict[str, str] = {}
    for own, others in _same_factors(rows.joint, rows.single):
        A = _weights(rows.single.Z[rows.here][:, own], rows.joint.Z[rows.there][:, others])
        weights[np.ix_(own, others)] = A
        same |= dict(_unchanged([single[t].name for t in own], A, [joint[t].name for t in others]))
        for t, share in zip(own, A, strict=True):
            first = np.unique(single[t].index, return_index=True)[1]  # a row of each level
            parts = [
                at.effects[other][:, joint[other].index[rows.behind[first]]] * at.effects[other].dtype.type(weight)
                for other, weight in zip(others, share, strict=True)
                if weight
            ]
            effects[t] = np.sum(parts, axis=0) if parts else np.zeros((len(at.sd), single[t].size))
    return tuple(effects[t] for t in range(len(single))), weights, same


def _same_factors(joint: Design, single: Design) -> Iterator[tuple[list[int], list[int]]]:
    """Positions of the groupings of each combination of factors, on one dimension and on all."""
    for factors in dict.fromkeys(frozenset(grouping.term.factors) for grouping in single.groupings):
        own = [t for t, grouping in enumerate(single.groupings) if set(grouping.term.factors) == factors]
        among = [set(grouping.term.factors) - {"dimension"} for grouping in joint.groupings]
        yield own, [t for t, others in enumerate(among) if others == factors]


def _covariance(design: Design, at: PartSamples) -> np.ndarray:
    """(S, T, T) of the effects of all groupings; 0 between terms."""
    out = np.tile(np.eye(len(design.groupings)), (len(at.sd), 1, 1))
    for pair, (a, b) in enumerate(design.correlations):
        out[:, a, b] = out[:, b, a] = at.correlation[:, pair]
    return at.sd[:, :, None] * out * at.sd[:, None, :]


def _weights(basis: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(k, m) weights with which k columns of a basis (rows, k) add up to each of m columns (rows, m)."""
    size = np.abs(basis).max(axis=0, initial=1e-300)
    found = np.linalg.lstsq(basis / size, columns, rcond=None)[0]
    left = np.abs(basis / size @ found - columns).max(initial=0.0)
    if left > MISFIT * (1.0 + np.abs(columns).max(initial=0.0)):
        raise AssertionError(f"columns of one dimension do not span those of the joint model: {left:.2g} is left")
    weights = found / size[:, None]
    whole = np.round(weights)
    return np.where(np.abs(weights - whole) < ROUNDING, whole, weights)


def _unchanged(names: Sequence[str], weights: np.ndarray, others: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names, and those of the numbers of the joint model that they are."""
    for name, row in zip(names, weights, strict=True):
        used = np.flatnonzero(row)
        if used.size == 1 and row[used[0]] == 1.0:
            yield name, others[used[0]]
