"""Normal posteriors of weighted ratings with the spread of their sandwich; see ``sandwich``."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pluralstats.inference.elimination.arrow import Pattern
from pluralstats.inference.elimination.curvature import Curvature
from pluralstats.inference.elimination.roots import by_block
from pluralstats.inference.posterior.normal import LaplacePosterior
from pluralstats.inference.weights.sandwich import AT_ONCE, Sandwich, Shared, sandwich
from pluralstats.model.design import Design


@dataclass(frozen=True)
class WeightedFactor:
    """The curvature of random effects given the parameters, which draws and covariances spread by a sandwich; all else
    is what ``plain``, the factor without it, says."""

    plain: Curvature
    sandwich: Sandwich
    given: Shared

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)

    @property
    def pattern(self) -> Pattern:
        return self.plain.pattern

    def draw(self, noise: np.ndarray) -> np.ndarray:
        at, out = self.sandwich, np.empty_like(noise)
        shared, own = self.given.root @ noise[at.shared], at.own.draw(np.ascontiguousarray(noise[~at.shared]))
        out[at.shared] = shared
        out[~at.shared] = np.sqrt(at.weight)[:, None] * own + at.follow(shared)
        return out

    def level_covariances(self) -> list[np.ndarray]:
        at, p, own = self.sandwich, self.pattern, iter(self.sandwich.own.level_covariances())
        out = []
        for block in p.blocks:
            weight = at.model.design.groupings[block.start].prior_weight
            levels, c = int(p.offsets[block.start + 1] - p.offsets[block.start]), block.stop - block.start
            out.append(np.zeros((levels, c, c)) if weight is None else weight[:, None, None] * next(own))
        for start in range(0, len(self.given.root), AT_ONCE):
            root = self.given.root[:, start : start + AT_ONCE]
            part = np.empty((p.size, root.shape[1]))
            part[at.shared], part[~at.shared] = root, at.follow(root)
            for covariance, rows in zip(out, by_block(part, p), strict=True):
                covariance += np.einsum("alk,blk->lab", rows, rows)
        return out


def with_sandwich(posterior: LaplacePosterior, design: Design, raters: np.ndarray) -> LaplacePosterior:
    """A weighted posterior with the spread of its sandwich, leaf by leaf.

    Parameters
    ----------
    posterior, design : in standard units
    raters : (n,) codes of the raters of the rows
    """
    if not np.isfinite(posterior.covariance).all():
        return posterior
    at, factor = sandwich(posterior, design, raters), posterior.factor
    if at.given is not None:
        factor = WeightedFactor(factor, at, at.given)
    return replace(
        posterior,
        covariance=at.covariance,
        moves=at.moved,
        factor=factor,
        leaves=tuple(
            leaf._replace(posterior=with_sandwich(leaf.posterior, design, raters)) for leaf in posterior.leaves
        ),
        design_effects=design_effects(at, posterior),
    )


def design_effects(at: Sandwich, posterior: LaplacePosterior) -> np.ndarray:
    """(p,) variance of each coefficient over that of as many raters without weights; missing where there is none."""
    before, after = (np.diagonal(c)[posterior.coefficient_slice] for c in (posterior.covariance, at.covariance))
    return np.divide(after, before, out=np.full(before.size, np.nan), where=before > 0.0)
