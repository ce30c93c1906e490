"""Thresholds of one or several groups of ratings, and the numbers without constraints that stand for them.

Ratings of a group (all of them, those on one dimension, those of one wave) share thresholds tau_1 < ... < tau_{K-1}, K
the categories used in the group. They are stacked group after group. What is searched and sampled is x: for thresholds
that are ordered (tau_1, log gaps) of every group, for those of families without an order the thresholds themselves.
Where columns have a coefficient at every threshold (``cs()``) the groups are their distinct rows, x are the thresholds
where all of these columns are 0, and the stack follows from x and coefficients (``CategoryRows``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from pluralstats.model.category_rows import CategoryRows, category_gradient, fill_by_category
from pluralstats.storage.compiled import kernel

SMALLEST_GAP = 1e-300
BETWEEN, PRECISION = "between", "log(precision)"
FAR = 1e6  # in place of an infinite threshold, where a group has no rating at one end of the scale


@dataclass(frozen=True)
class ThresholdGroups:
    """The thresholds of a design.

    Attributes
    ----------
    column : what the groups are levels of; None where all ratings have the same thresholds
    names : (G,) the levels, one empty name without a column
    group : (n,) int32 group of each row of the design
    categories, labels : G times (K_g,) the values and labels of the categories used in the group
    ordered : whether tau_1 < tau_2 < ...; those of sequential and adjacent-category families are free
    others : names of free numbers behind the thresholds of a single group, such as a logarithm of a precision
    category : columns with a coefficient at every threshold, whose distinct rows are the groups; None without
    """

    column: str | None
    names: tuple[str, ...]
    group: np.ndarray
    categories: tuple[np.ndarray, ...]
    labels: tuple[tuple[str, ...], ...]
    ordered: bool = True
    others: tuple[str, ...] = ()
    category: CategoryRows | None = None

    @cached_property
    def starts(self) -> np.ndarray:
        """(G + 1,) where the thresholds of each group start in the stack; other numbers are part of the last."""
        return np.append(self.run_starts[: self.n_groups], self.run_starts[-1])

    @cached_property
    def run_starts(self) -> np.ndarray:
        """(G + 1 + others,) where runs start in the stack, each with an order of its own."""
        sizes = [*(max(one.size - 1, 0) for one in self.categories), *(1 for _ in self.others)]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @property
    def runs(self) -> list[slice]:
        """Where the thresholds of each group stand, and every other number."""
        return [slice(int(start), int(stop)) for start, stop in pairwise(self.run_starts)]

    @property
    def size(self) -> int:
        """Thresholds of all groups."""
        return int(self.starts[-1])

    @property
    def n_free(self) -> int:
        """Numbers that stand for them: as many, but with ``category`` those of one group."""
        return self.size if self.category is None else self.categories[0].size - 1

    @property
    def free_starts(self) -> np.ndarray:
        """Where runs start in x."""
        return self.run_starts if self.category is None else np.array([0, self.n_free], np.int64)

    @property
    def n_groups(self) -> int:
        return len(self.names)

    @property
    def boundaries(self) -> list[str]:
        """(n_free,) names, "1|2" between categories 1 and 2, "toxicity: 1|2" in a group."""
        between = [
            f"{name}: {low}|{high}" if self.column is not None else f"{low}|{high}"
            for name, labels in list(zip(self.names, self.labels, strict=True))[: 1 if self.category else None]
            for low, high in pairwise(labels)
        ]
        return [*between, *self.others]

    def of_group(self, g: int) -> slice:
        """Where the thresholds of a group stand in the stack."""
        return slice(int(self.starts[g]), int(self.starts[g + 1]))

    def values(self, x: np.ndarray) -> np.ndarray:
        """(n_free,) thresholds from x (n_free,), or (S, n_free) from draws of x (S, n_free)."""
        if not self.ordered:
            return np.array(x)
        steps = np.array(x, float)
        first = self.is_first
        steps[..., ~first] = np.exp(steps[..., ~first])
        out = np.empty_like(steps)
        for at in self.runs:
            out[..., at] = np.cumsum(steps[..., at], axis=-1)
        return out

    def free_numbers(self, tau: np.ndarray) -> np.ndarray:
        """x (n_free,) from thresholds, or (S, n_free) from draws of them; gaps below ``SMALLEST_GAP`` count as that."""
        if not self.ordered:
            return np.array(tau)
        out = np.array(tau, float)
        for at in self.runs:
            out[..., at][..., 1:] = np.log(np.maximum(np.diff(tau[..., at], axis=-1), SMALLEST_GAP))
        return out

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """(n_free, n_free) d tau / d x."""
        out = np.eye(self.n_free)
        for at in self.runs if self.ordered else []:
            part = np.tril(np.ones((at.stop - at.start,) * 2))
            part[:, 1:] *= np.exp(x[at][1:])
            out[at, at] = part
        return out

    @cached_property
    def is_first(self) -> np.ndarray:
        """(n_free,) bool, the first threshold of each group, and other numbers."""
        first = np.zeros(self.n_free, bool)
        starts = self.free_starts
        first[starts[:-1][np.diff(starts) > 0]] = True
        return first

    @property
    def is_gap(self) -> np.ndarray:
        """(n_free,) bool, entries of x that are logarithms of gaps."""
        return ~self.is_first if self.ordered else np.zeros(self.n_free, bool)

    def stacked(self, tau: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(..., size) thresholds of all groups from their own tau (..., n_free) and all coefficients (..., p)."""
        return tau if self.category is None else self.category.stacked(tau, b)

    def stack_jacobian(self, x: np.ndarray, p: int) -> np.ndarray:
        """(size, n_free + p) derivatives of the stack in x and p coefficients."""
        if self.category is not None:
            return self.category.jacobian(self.n_free, p)
        return np.hstack([self.jacobian(x), np.zeros((self.size, p))])

    def rows_by_group(self) -> list[np.ndarray]:
        """Positions of the rows of each group."""
        return [np.flatnonzero(self.group == g) for g in range(self.n_groups)]

    def on_scale(self, tau: np.ndarray, g: int, scale: np.ndarray) -> np.ndarray:
        """(..., K - 1) thresholds of a group between all categories of a scale (K,), from the stack (..., size).

        Between two categories one of which the group never used stands the threshold that leaves it no room; beyond
        the last used one a threshold so far away that nothing is left there.
        """
        return self.placed(tau[..., self.of_group(g)], g, scale)

    def placed(self, own: np.ndarray, g: int, scale: np.ndarray) -> np.ndarray:
        """``on_scale`` from the group's own thresholds (..., K_g - 1)."""
        used = np.isin(scale, self.categories[g])
        below = np.cumsum(used)[:-1]  # used categories up to each boundary
        ends = np.full((*own.shape[:-1], 1), FAR)
        return np.concatenate([-ends, own, ends], axis=-1)[..., below]

    def with_rows(self, group: np.ndarray) -> "ThresholdGroups":
        """The same groups of other rows."""
        return replace(self, group=group)

    def with_columns(self, Z: np.ndarray) -> "ThresholdGroups":
        """The same groups where columns within ``cs()`` have other units, Z (n_cells, m)."""
        assert self.category is not None
        own = np.ascontiguousarray(Z[self.category.cells], dtype=float)
        return replace(self, category=self.category._replace(Z=own))


def cutpoints(n: int, ends: Sequence[str]) -> ThresholdGroups:
    """Two cutpoints of n numbers between two ends, and the logarithm of their precision."""
    three = (np.arange(3.0),), ((ends[0], BETWEEN, ends[1]),)
    return ThresholdGroups(None, ("",), np.zeros(n, np.int32), *three, others=(PRECISION,))


def one_group(n: int, categories: np.ndarray, labels: Sequence[str], *, ordered: bool = True) -> ThresholdGroups:
    """All n rows with the same thresholds; no thresholds at all without categories."""
    return ThresholdGroups(None, ("",), np.zeros(n, np.int32), (categories,), (tuple(labels),), ordered)


@kernel
def fill_thresholds(x, starts, ordered, tau):
    """Fills the stacked thresholds tau from x."""
    for g in range(starts.size - 1):
        for k in range(starts[g], starts[g + 1]):
            tau[k] = x[k] if k == starts[g] or not ordered else tau[k - 1] + np.exp(x[k])


@kernel
def thresholds_gradient(x, starts, ordered, to_tau, gradient):
    """Adds to the gradient in x what follows from that in the thresholds."""
    for g in range(starts.size - 1):
        above = 0.0
        for k in range(starts[g + 1] - 1, starts[g] - 1, -1):
            above = above + to_tau[k] if ordered else to_tau[k]
            gradient[k] += above * (1.0 if k == starts[g] or not ordered else np.exp(x[k]))


@kernel
def fill_stack(x, starts, ordered, category, b, tau):
    """Fills the stacked thresholds from x and from coefficients b (p,), which they follow where groups are ``cs()``."""
    if category.Z.shape[0]:
        fill_by_category(category, x[: starts[-1]], b, tau)
    else:
        fill_thresholds(x, starts, ordered, tau)


@kernel
def stack_gradient(x, starts, ordered, category, to_tau, gradient, to_b):
    """Adds to the gradients in x and in coefficients what follows from that in the thresholds."""
    if category.Z.shape[0]:
        category_gradient(category, to_tau, gradient[: starts[-1]], to_b)
    else:
        thresholds_gradient(x, starts, ordered, to_tau, gradient)
