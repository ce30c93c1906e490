"""People and what they meet as arrays: what is a person's own, and what depends on whom an item is met by.

A person c meets circumstance i with the linear predictor

    x(c, i)'b + effects = own(c) + met(k(c), i),

own from the columns of the formula that are about raters only, met from all others. Met depends on the person through
the kind k(c): the columns that stand in an interaction, or in a slope, with something that is not about raters. Without
any there is one kind, and however many people and items there are, no table of both is formed.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import Roles
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.averages import Company, Ways
from pluralstats.results.averaging.lookups import drawn_levels
from pluralstats.results.averaging.manners import Manners, columns_of_manners, manners_of, thresholds_at
from pluralstats.results.averaging.multipliers import multipliers, sloping, variance_at
from pluralstats.results.averaging.scenes import Circumstances, Crowd


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
    (flat, flat_terms), samples = fit.whole_flat, fit.samples._replace(effects=tuple(effects))
    posterior = DrawnPosterior(samples, fit.chains, flat=flat, flat_terms=flat_terms)
    return replace(fit, design=replace(fit.design, groupings=tuple(groupings)), posterior=posterior)


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
    manners: Manners | None

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

    def thresholds(self, fit: Fit, draws: slice, sd_new: np.ndarray) -> np.ndarray | Ways:
        """(S, K - 1) thresholds, or the ways to rate of models in which they or the noise differ."""
        return thresholds_at(fit, self.manners, draws, sd_new)


def crossing_of(fit: Fit, crowd: Crowd, around: Circumstances) -> Crossing:
    """Lay out people and circumstances for one call."""
    roles, about_people = fit.roles, set(crowd.profiles.columns)
    own_columns = own_coefficients(fit, about_people)
    own_blocks = [b for b in fit.design.blocks if b.start in roles.profile and _named(fit, b) <= about_people]
    met_blocks = [b for b in fit.design.blocks if b.start in roles.profile and b not in own_blocks]
    kind, one = _kinds(crowd.profiles, _mixing(fit, about_people, own_blocks))
    facts = _facts(fit, around)
    fact, first = _kinds(facts, list(facts.columns))
    someone = around.facts.iloc[np.zeros(len(crowd.profiles), int)].reset_index(drop=True)
    everybody = pd.concat([crowd.profiles, someone], axis=1)
    pairs = _pairs(crowd.profiles.iloc[one], facts.iloc[first])
    manners = manners_of(fit, pairs, every_term=False)
    way = np.zeros(len(pairs), int) if manners is None else manners.way
    fixed = fit.design.fixed
    of_people, of_facts = fixed.offset_for(everybody, about_people), fixed.offset_for(pairs, set(around.facts))
    own = Side(fixed.rows_for(everybody) * own_columns, of_people, _lookups(fit, own_blocks, everybody))
    met = Side(fixed.rows_for(pairs) * ~own_columns, of_facts, _lookups(fit, met_blocks, pairs))
    Z = multipliers(fit.design, pairs)
    integrated = Z[:, sloping(fit.design, roles.new)]
    pattern = np.unique(integrated, axis=0, return_inverse=True)[1].ravel()
    n_items, n_kinds = len(around.share), len(one)
    pair = (np.arange(n_kinds)[:, None] * len(first) + fact).ravel()
    key = np.stack([np.repeat(np.arange(n_kinds), n_items), pattern[pair], way[pair]])
    cell = np.unique(key, axis=1, return_inverse=True)
    order = np.argsort(cell[1].ravel(), kind="stable")
    starts = np.searchsorted(cell[1].ravel()[order], np.arange(cell[0].shape[1] + 1))
    item = np.tile(np.arange(n_items), n_kinds)[order]
    of_items = [Lookup(fit.samples.effects[t], fit.design.groupings[t].index[around.row], Z[:, t]) for t in roles.item]
    cell_Z = Z[pair[order][starts[:-1]]]
    company = Company(kind, cell[0][0], starts, around.share[item], crowd.weight, cell[0][2])
    return Crossing(own, met, of_items, pair[order], item, Z, cell_Z, company, roles, manners)


def _facts(fit: Fit, around: Circumstances) -> pd.DataFrame:
    """(J, columns) what holds when items are rated, and what effects of items in submodels are looked up by."""
    subs = fit.part_fits.values()
    factors = [f for sub in subs for t in sub.roles.item for f in sub.design.groupings[t].term.factors]
    missing = [name for name in dict.fromkeys(factors) if name not in around.facts]
    if not missing:
        return around.facts
    own = fit.ratings.frame[missing].iloc[fit.design.rows[around.row]].reset_index(drop=True)
    return pd.concat([around.facts.reset_index(drop=True), own], axis=1)


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
    names = set(columns_of_manners(fit))
    terms.append({column for column in about_people if column in names or column.rpartition(": ")[2] in names})
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
