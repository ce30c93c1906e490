"""Chained equations (van Buuren 2018, Flexible Imputation of Missing Data, section 4.5) for a table of raters.

Each demographic with missing levels has a multinomial model given all others and what is known of every rater. In one
round every demographic is imputed in turn from parameters drawn anew; after some rounds the table is one completed
set. Sets are independent of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pluralstats.fits.imputation.multinomial import Multinomial, drawn_levels

ROUNDS = 10  # of more than one incomplete demographic; they forget where they started after few


@dataclass(frozen=True)
class Facet:
    """One demographic of raters.

    Attributes
    ----------
    name : str
    level : (n_raters,) codes of the names of its levels or sets, -1 where missing
    shares : (names, levels) how much of each level a name is
    """

    name: str
    level: np.ndarray
    shares: np.ndarray

    @property
    def missing(self) -> np.ndarray:
        return self.level < 0

    def facts(self, level: np.ndarray) -> np.ndarray:
        """(n_raters, levels - 1) what it says of raters with these levels to the models of others."""
        return self.shares[level][:, 1:]


def completed_levels(facets: Sequence[Facet], known: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """One completed set: (n_raters,) levels of every demographic.

    Parameters
    ----------
    known : (n_raters, q) numbers that are known of every rater, such as their severity
    """
    levels = [_started(facet, rng) for facet in facets]
    incomplete = sorted((int(facet.missing.sum()), j) for j, facet in enumerate(facets) if facet.missing.any())
    modes: dict[int, np.ndarray] = {}
    for _ in range(ROUNDS if len(incomplete) > 1 else 1):
        for _, j in incomplete:
            others = [facet.facts(levels[k]) for k, facet in enumerate(facets) if k != j]
            X = standardised(np.hstack([known, *others]))
            levels[j], modes[j] = _imputed(facets[j], X, modes.get(j), rng)
    return levels


def _started(facet: Facet, rng: np.random.Generator) -> np.ndarray:
    """Missing levels drawn from those that raters have."""
    return np.where(facet.missing, rng.choice(facet.level[~facet.missing], facet.level.size), facet.level)


def _imputed(
    facet: Facet, X: np.ndarray, start: np.ndarray | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Levels with the missing ones drawn anew, and the mode of the model."""
    missing = facet.missing
    used, code = np.unique(facet.level[~missing], return_inverse=True)
    if used.size == 1:
        return np.where(missing, used[0], facet.level), np.empty((0, 0))
    model = Multinomial(code, X[~missing], start)
    level = facet.level.copy()
    level[missing] = used[drawn_levels(model.draw(rng), X[missing], rng)]
    return level, model.mode


def standardised(facts: np.ndarray) -> np.ndarray:
    """(n, 1 + q) a constant, and facts with mean 0 and standard deviation 1; what never varies stays 0."""
    centred = facts - facts.mean(axis=0)
    spread = centred.std(axis=0)
    return np.column_stack([np.ones(len(facts)), centred / np.where(spread > 0.0, spread, 1.0)])
