"""Random effects of the rows of a table: those that are looked up, and what is left to integrate over.

A random term of groups, (1 | gender:race), has an effect for every combination that raters have. One that nobody has
deviates from main effects too, by how much nobody knows: its deviation is drawn from the distribution that the others
come from, N(0, sd^2) with the sd of the draw, once a draw, the same wherever the combination is met.
"""

from collections.abc import Sequence
from weakref import finalize
from zlib import crc32

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.multipliers import ALL, multipliers, term_covariance


def levels_of(table: pd.DataFrame, keys: pd.DataFrame) -> np.ndarray:
    """(M,) level of each row, -1 where a factor is absent or its combination was never seen."""
    factors = list(keys.columns)
    if not set(factors) <= set(table.columns):
        return np.full(len(table), -1)
    wanted = table[factors].astype(object)
    index = _index_of(keys)
    return index.get_indexer(pd.MultiIndex.from_frame(wanted) if len(factors) > 1 else _plain_index(wanted))


def _index_of(keys: pd.DataFrame) -> pd.Index:
    """The levels of a term to look up in, made once for all blocks of rows: there may be a hundred thousand."""
    if id(keys) not in _INDICES:
        names = keys.astype(str).astype(object)
        _INDICES[id(keys)] = pd.MultiIndex.from_frame(names) if keys.shape[1] > 1 else _plain_index(names)
        finalize(keys, _INDICES.pop, id(keys), None)
    return _INDICES[id(keys)]


def _plain_index(names: pd.DataFrame) -> pd.Index:
    return pd.Index(names.iloc[:, 0].to_numpy(), dtype=object)


_INDICES: dict[int, pd.Index] = {}


def drawn_levels(fit: Fit, block: Block, table: pd.DataFrame) -> tuple[np.ndarray, list[np.ndarray]]:
    """Level of each row of a table, and the effects of all levels, those that nobody has drawn and put last.

    A row in which a factor is missing has the level -1.

    Returns
    -------
    (M,) levels, and for each column of the term (S, q + unseen) effects
    """
    keys = fit.design.groupings[block.start].keys
    level = levels_of(table, keys)
    effects = [fit.samples.effects[t] for t in range(block.start, block.stop)]
    unseen = np.flatnonzero((level < 0) & table[list(keys.columns)].notna().all(axis=1).to_numpy())
    if not unseen.size:
        return level, effects
    names = table[list(keys.columns)].iloc[unseen].astype(str).agg(":".join, axis=1)
    codes, combinations = pd.factorize(names)
    level[unseen] = len(keys) + codes
    new = [_deviations(fit, block, combination) for combination in combinations]
    return level, [np.column_stack([effect, *(z[:, c] for z in new)]) for c, effect in enumerate(effects)]


def _deviations(fit: Fit, block: Block, combination: str) -> np.ndarray:
    """(S, c) deviations of one combination, from a seed of its own: no other combination changes them."""
    grouping = fit.design.groupings[block.start]
    name = f"{grouping.prefix}{grouping.term.name} {combination}"
    seed = fit.provenance.get("settings", {}).get("seed", 1)
    z = np.random.default_rng([seed, crc32(name.encode())]).standard_normal((len(fit.samples.sd), block.size))
    if block.size == 1:
        return z * fit.samples.sd[:, block.start : block.stop]
    values, vectors = np.linalg.eigh(term_covariance(fit.design, fit.samples, fit.design.blocks.index(block)))
    return np.einsum("sij,sj->si", vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :], z)


def known_effects(
    fit: Fit, table: pd.DataFrame, blocks: Sequence[Block] | None = None, draws: slice = ALL
) -> tuple[np.ndarray, np.ndarray]:
    """(S, M) sum of the random effects that are looked up; (M, T) multipliers of those to integrate over.

    ``blocks`` are the random terms to look up, default all. A combination of demographics that nobody has is one group,
    whose deviation is drawn: all its raters share it.
    """
    Z, of_groups = multipliers(fit.design, table), fit.roles.profile
    known = np.zeros((len(fit.samples.sd[draws]), len(table)))
    for block in fit.design.blocks if blocks is None else blocks:
        keys = fit.design.groupings[block.start].keys
        level, effects = levels_of(table, keys), list(fit.samples.effects[block.start : block.stop])
        if block.start in of_groups and set(keys) <= set(table):
            level, effects = drawn_levels(fit, block, table)
        seen = level >= 0
        for t, effect in zip(range(block.start, block.stop), effects, strict=True) if seen.any() else ():
            known[:, seen] += effect[draws][:, level[seen]] * Z[seen, t]
        Z[seen, block.start : block.stop] = 0.0
    return known, Z
