"""People and what they meet as arrays: what is a person's own, and what depends on whom an item is met by.

A person c meets circumstance i with the linear predictor

    x(c, i)'b + effects = own(c) + met(k(c), i),

own from the columns of the formula that are about raters only, met from all others. Met depends on the person through
the kind k(c): the columns that stand in an interaction, or in a slope, with something that is not about raters. Without
any there is one kind, and however many people and items there are, no table of both is formed.

A random term of groups, (1 | gender:race), has an effect for every combination that raters have. One that nobody has
deviates from main effects too, by how much nobody knows: its deviation is drawn from the distribution that the others
come from, N(0, sd^2) with the sd of the draw, once a draw, the same wherever the combination is met.
"""

from dataclasses import replace
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import Roles
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.averages import Company
from pluralstats.results.averaging.multipliers import multipliers, sloping, term_covariance, variance_at
from pluralstats.results.averaging.scenes import Circumstances, Crowd


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
        if block.start not in fit.roles.profile or not set(keys) <= set(table):
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


class Lookup(NamedTuple):
    """Effects (S, q) of one column of a random term, the level of each row, and what they are multiplied by."""

    effects: np.ndarray
    level: np.ndarray
    z: np.ndarray


class Side(NamedTuple):
    """Rows that add X b, an offset and some effects to a linear predictor.

    ``X`` (rows, p) and ``offset`` (rows,) are 0 in what belongs to the other side.
    """

    X: np.ndarray
    offset: np.ndarray
    lookups: list[Lookup]

    def linear(self, fit: Fit, draws: slice) -> np.ndarray:
        """(S, rows)."""
        out = fit.samples.coefficient[draws] @ self.X.T + self.offset
        for effects, level, z in self.lookups:
            out += effects[draws][:, level] * z
        return out


class Crossing(NamedTuple):
    """People of some scenes and the circumstances that they share.

    ``own`` has a row for each person; ``met`` for each combination of a kind and of facts; ``pair`` (N,) which of them,
    ``item`` (N,) which circumstance: both for all circumstances of the first cell, then of the second. ``Z`` (M, T)
    multiply the effects of random terms in each combination, ``cell_Z`` (C, T) those that are integrated over.
    """

    own: Side
    met: Side
    of_items: list[Lookup]
    pair: np.ndarray
    item: np.ndarray
    Z: np.ndarray
    cell_Z: np.ndarray
    company: Company
    roles: Roles

    @property
    def has_offset(self) -> bool:
        return bool(self.own.offset.any() or self.met.offset.any())

    def offsets(self, fit: Fit, draws: slice) -> np.ndarray:
        """(S, N) what each circumstance adds, cell by cell."""
        out = self.met.linear(fit, draws)[:, self.pair]
        for effects, level, z in self.of_items:
            effect = effects[draws][:, level[self.item]]
            out += effect if (z == 1.0).all() else effect * z[self.pair]
        return out

    def mean(self, linear: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """(S, A) mean linear predictor of every scene, from those of people (S, R) and ``offsets``."""
        company = self.company
        of_cells = np.add.reduceat(offsets * company.share, company.cell_starts[:-1], axis=1)
        kinds = csr_array((np.ones(company.kind.size), (company.kind, np.arange(company.kind.size))))
        in_kind = (kinds @ company.weight).toarray()  # (G, A) share of each kind in each scene
        return linear @ company.weight + of_cells @ in_kind[company.cell_kind]

    def multipliers_met(self) -> tuple[np.ndarray, np.ndarray]:
        """(M, T) multipliers of random terms where people of the first scene meet facts, and the shares of that."""
        company = self.company
        of_kind = np.bincount(company.kind, weights=company.weight.toarray()[:, 0])
        kind = np.repeat(company.cell_kind, np.diff(company.cell_starts))
        return self.Z, np.bincount(self.pair, weights=of_kind[kind] * company.share, minlength=len(self.Z))

    def sd_new(self, fit: Fit, draws: slice) -> np.ndarray:
        """(S, C) standard deviation of everything integrated over."""
        return np.sqrt(variance_at(fit.design, fit.samples, self.roles.new, self.cell_Z, draws))


def crossing_of(fit: Fit, crowd: Crowd, around: Circumstances) -> Crossing:
    """Lay out people and circumstances for one call."""
    roles, about_people = fit.roles, set(crowd.profiles.columns)
    own_columns = own_coefficients(fit, about_people)
    own_blocks = [b for b in fit.design.blocks if b.start in roles.profile and _named(fit, b) <= about_people]
    met_blocks = [b for b in fit.design.blocks if b.start in roles.profile and b not in own_blocks]
    kind, one = _kinds(crowd.profiles, _mixing(fit, about_people, own_blocks))
    fact, first = _kinds(around.facts, list(around.facts.columns))
    someone = around.facts.iloc[np.zeros(len(crowd.profiles), int)].reset_index(drop=True)
    everybody = pd.concat([crowd.profiles, someone], axis=1)
    pairs = _pairs(crowd.profiles.iloc[one], around.facts.iloc[first])
    fixed = fit.design.fixed
    of_people, of_facts = fixed.offset_for(everybody, about_people), fixed.offset_for(pairs, set(around.facts))
    own = Side(fixed.rows_for(everybody) * own_columns, of_people, _lookups(fit, own_blocks, everybody))
    met = Side(fixed.rows_for(pairs) * ~own_columns, of_facts, _lookups(fit, met_blocks, pairs))
    Z = multipliers(fit.design, pairs)
    integrated = Z[:, sloping(fit.design, roles.new)]
    pattern = np.unique(integrated, axis=0, return_inverse=True)[1].ravel()
    n_items, n_kinds = len(around.share), len(one)
    pair = (np.arange(n_kinds)[:, None] * len(first) + fact).ravel()
    cell = np.unique(np.stack([np.repeat(np.arange(n_kinds), n_items), pattern[pair]]), axis=1, return_inverse=True)
    order = np.argsort(cell[1].ravel(), kind="stable")
    starts = np.searchsorted(cell[1].ravel()[order], np.arange(cell[0].shape[1] + 1))
    item = np.tile(np.arange(n_items), n_kinds)[order]
    of_items = [Lookup(fit.samples.effects[t], fit.design.groupings[t].index[around.row], Z[:, t]) for t in roles.item]
    cell_Z = Z[pair[order][starts[:-1]]]
    company = Company(kind, cell[0][0], starts, around.share[item], crowd.weight)
    return Crossing(own, met, of_items, pair[order], item, Z, cell_Z, company, roles)


def own_coefficients(fit: Fit, about_people: set[str]) -> np.ndarray:
    """(p,) bool, coefficients of terms that name columns about raters only (none, for the intercept)."""
    fixed = fit.design.fixed
    named = fixed.term_columns()
    return np.array([named.get(term, set()) <= about_people for term in fixed.terms], bool)


def _named(fit: Fit, block: Block) -> set[str]:
    term = fit.design.groupings[block.start].term
    return {*term.factors, *term.columns}


def _mixing(fit: Fit, about_people: set[str], own_blocks: list[Block]) -> list[str]:
    """Columns about raters that what they meet depends on: those that mark a kind."""
    terms = [term for term in fit.design.fixed.columns_of_terms() if not term <= about_people]
    for block in fit.design.blocks:
        if block not in own_blocks:
            terms.append(_named(fit, block))
    return sorted(about_people & set().union(*terms))


def _kinds(table: pd.DataFrame, columns: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) kind of each row by some columns, and a row of each kind."""
    if not columns:
        return np.zeros(len(table), int), np.zeros(1, int)
    kind = table.groupby(columns, observed=True, sort=False).ngroup().to_numpy()
    return kind, np.unique(kind, return_index=True)[1]


def _pairs(people: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Every person with all facts, person by person."""
    left = people.iloc[np.repeat(np.arange(len(people)), len(facts))].reset_index(drop=True)
    right = facts.iloc[np.tile(np.arange(len(facts)), len(people))].reset_index(drop=True)
    return pd.concat([left, right], axis=1)


def _lookups(fit: Fit, blocks: list[Block], table: pd.DataFrame) -> list[Lookup]:
    """The effects of random terms whose levels are told by columns of the table."""
    Z, out = multipliers(fit.design, table), []
    for block in blocks:
        level, effects = drawn_levels(fit, block, table)
        out += [Lookup(effect, level, Z[:, block.start + c]) for c, effect in enumerate(effects)]
    return out
