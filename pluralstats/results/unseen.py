"""Combinations that nobody has: levels of random terms, and deviations drawn where the ratings have none.

A random term of groups, (1 | gender:race), has an effect for every combination that raters have. One that nobody has
deviates from main effects too, by how much nobody knows: its deviation is drawn from the distribution that the others
come from, N(0, sd^2) with the sd of the draw, once a draw, the same wherever the combination is met.
"""

from dataclasses import replace
from zlib import crc32

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.roles import term_covariance, term_roles


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


def with_unseen(fit: Fit, table: pd.DataFrame) -> Fit:
    """The same fit with levels, and drawn effects, for combinations of the table that nobody has."""
    effects, groupings, found = list(fit.samples.effects), list(fit.design.groupings), False
    for block in fit.design.blocks:
        keys = groupings[block.start].keys
        if block.start not in term_roles(fit).profile or not set(keys) <= set(table):
            continue
        level, drawn = drawn_levels(fit, block, table)
        first = [int(np.flatnonzero(level == new)[0]) for new in range(len(keys), int(level.max(initial=-1)) + 1)]
        if not first:
            continue
        found, more = True, table[list(keys)].iloc[first].astype(str)
        every = pd.concat([keys.astype(str), more], ignore_index=True)
        names = every.agg(":".join, axis=1).to_numpy(dtype=object)
        for c, t in enumerate(range(block.start, block.stop)):
            effects[t], groupings[t] = drawn[c], replace(groupings[t], levels=names, keys=every)
    if not found:
        return fit
    at, samples = fit.posterior, fit.samples._replace(effects=tuple(effects))
    posterior = DrawnPosterior(samples, fit.chains, flat=at.flat_coefficients, flat_terms=at.flat_effects)
    return replace(fit, design=replace(fit.design, groupings=tuple(groupings)), posterior=posterior)


def _deviations(fit: Fit, block: Block, combination: str) -> np.ndarray:
    """(S, c) deviations of one combination, from a seed of its own: no other combination changes them."""
    name = f"{fit.design.groupings[block.start].term.name} {combination}"
    seed = fit.provenance.get("settings", {}).get("seed", 1)
    z = np.random.default_rng([seed, crc32(name.encode())]).standard_normal((len(fit.samples.sd), block.size))
    if block.size == 1:
        return z * fit.samples.sd[:, block.start : block.stop]
    values, vectors = np.linalg.eigh(term_covariance(fit.design, fit.samples, fit.design.blocks.index(block)))
    return np.einsum("sij,sj->si", vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :], z)
