"""Combinations that nobody has: levels of random terms, and deviations drawn where the ratings have none.

A random term of groups, (1 | gender:race), has an effect for every combination that raters have. One that nobody has
deviates from main effects too, by how much nobody knows: its deviation is drawn from the distribution that the others
come from, N(0, sd^2) with the sd of the draw, once a draw, the same wherever the combination is met.
"""

from zlib import crc32

import numpy as np
import pandas as pd

from pluralstats.fitted import Fit
from pluralstats.model.random_terms import Block
from pluralstats.results.multipliers import term_covariance


def levels_of(table: pd.DataFrame, keys: pd.DataFrame) -> np.ndarray:
    """(M,) level of each row, -1 where a factor is absent or its combination was never seen."""
    factors = list(keys.columns)
    if not set(factors) <= set(table.columns):
        return np.full(len(table), -1)
    known = keys.astype(str).astype(object).assign(_level=np.arange(len(keys)))
    found = table[factors].astype(object).merge(known, on=factors, how="left")["_level"]
    return found.fillna(-1).to_numpy(int)


def drawn_levels(fit: Fit, block: Block, table: pd.DataFrame) -> tuple[np.ndarray, list[np.ndarray]]:
    """Level of each row of a table, and the effects of all levels, those that nobody has drawn and put last.

    Returns
    -------
    (M,) levels, and for each column of the term (S, q + unseen) effects
    """
    keys = fit.design.groupings[block.start].keys
    level = levels_of(table, keys)
    effects = [fit.samples.effects[t] for t in range(block.start, block.stop)]
    unseen = np.flatnonzero(level < 0)
    if not unseen.size:
        return level, effects
    names = table[list(keys.columns)].iloc[unseen].astype(str).agg(":".join, axis=1)
    codes, combinations = pd.factorize(names)
    level[unseen] = len(keys) + codes
    new = [_deviations(fit, block, combination) for combination in combinations]
    return level, [np.column_stack([effect, *(z[:, c] for z in new)]) for c, effect in enumerate(effects)]


def _deviations(fit: Fit, block: Block, combination: str) -> np.ndarray:
    """(S, c) deviations of one combination, from a seed of its own: no other combination changes them."""
    name = f"{fit.design.groupings[block.start].term.name} {combination}"
    seed = fit.provenance.get("settings", {}).get("seed", 1)
    z = np.random.default_rng([seed, crc32(name.encode())]).standard_normal((len(fit.samples.sd), block.size))
    if block.size == 1:
        return z * fit.samples.sd[:, block.start : block.stop]
    values, vectors = np.linalg.eigh(term_covariance(fit.design, fit.samples, fit.design.blocks.index(block)))
    return np.einsum("sij,sj->si", vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :], z)
