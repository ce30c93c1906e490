"""Draws of the exact posterior of weighted ratings, taken to the spread of their sandwich; see ``sandwich``."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pluralstats.inference.elimination.roots import by_block, root_at, stack_of
from pluralstats.inference.laplace.empirical import Empirical
from pluralstats.inference.laplace.under_priors import normal_posterior, to_entries
from pluralstats.inference.posterior.few_raters import FewRaters, few_raters
from pluralstats.inference.posterior.samples import DRAWS_AT_ONCE
from pluralstats.inference.weights.posterior import design_effects
from pluralstats.inference.weights.sandwich import Sandwich, sandwich
from pluralstats.model.design import Design


@dataclass(frozen=True)
class DrawMap:
    """What takes draws (x, effects) of the exact weighted posterior, in standard units, to the sandwich.

    Parameters move around their mean by ``map`` (P, P), those about few raters further (``few``); effects follow by
    ``moves`` and ``moved`` (q, P).
    """

    at: Sandwich
    map: np.ndarray
    moves: np.ndarray
    moved: np.ndarray
    few: FewRaters | None
    design_effects: np.ndarray

    def __call__(self, x: np.ndarray, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(S, P), (S, q) adjusted; effects keep their precision."""
        before = x - x.mean(axis=0)
        after = before @ self.map.T
        if self.few is not None:
            seed = np.frombuffer(x[0].tobytes(), np.uint32)  # the same for the same draws
            after = self.few.widened(after, np.random.default_rng(seed))
        moved = x.mean(axis=0) + after
        v = self._apart(self._roots(x), effects)
        centre, out = v.mean(axis=0), np.empty_like(effects)
        for start in range(0, len(x), DRAWS_AT_ONCE):
            block = slice(start, start + DRAWS_AT_ONCE)
            left = self._spread((v[block] - centre - before[block] @ self.moves.T).T)
            new = centre + after[block] @ self.moved.T + left.T
            out[block] = self._together(self._roots(moved[block]), new)
        return moved, out

    def _spread(self, left: np.ndarray) -> np.ndarray:
        """(q, k) what is left of effects given the parameters, in its new size."""
        at, out = self.at, left.copy()
        if at.given is not None:
            out[at.shared] = at.given.stretch @ left[at.shared]
        own = left[~at.shared] - at.follow(left[at.shared])
        out[~at.shared] = np.sqrt(at.weight)[:, None] * own + at.follow(out[at.shared])
        return out

    def _roots(self, x: np.ndarray) -> np.ndarray:
        """(S, T, T) Lambda of each draw."""
        first, pairs = self.at.model.first_entry, self.at.model.pairs
        last = first + len(self.at.model.design.groupings) + pairs.row.size
        return np.stack([root_at(row, pairs) for row in np.ascontiguousarray(x[:, first:last])])

    def _apart(self, roots: np.ndarray, effects: np.ndarray) -> np.ndarray:
        """(S, q) standardised effects, Lambda^-1 u."""
        return self._each(np.linalg.solve, roots, effects.astype(float))

    def _together(self, roots: np.ndarray, v: np.ndarray) -> np.ndarray:
        """(S, q) effects Lambda v."""
        return self._each(np.matmul, roots, v)

    def _each(self, apply: Callable, roots: np.ndarray, stacked: np.ndarray) -> np.ndarray:
        design, n = self.at.model.design, len(stacked)
        stack = stack_of(design)
        parts = [
            apply(roots[:, b, b], np.moveaxis(part, 2, 0)).reshape(n, -1)
            for b, part in zip(stack.blocks, by_block(stacked.T, stack), strict=True)
        ]
        return np.concatenate([np.empty((n, 0)), *parts], axis=1)


def draw_map(at: Empirical, design: Design, raters: np.ndarray) -> DrawMap:
    """The map of draws around a mode of the standardised design; ``raters`` (n,) codes of the raters of the rows."""
    posterior, jacobian = normal_posterior(at, design), to_entries(at.x, design)
    found = sandwich(posterior, design, raters)
    map_ = np.linalg.solve(jacobian, found.map @ jacobian)
    few = few_raters(raters, design, at.x.size, likelihood=False)
    return DrawMap(found, map_, at.moves, found.moved @ jacobian, few, design_effects(found, posterior))
