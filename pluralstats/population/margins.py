"""Margins of a population as users write them, checked, and cells raked until they have them.

Raking is iterative proportional fitting. Every round multiplies the cells of each level of each margin by wanted /
reached (Deming & Stephan 1940, Annals of Mathematical Statistics 11, 427-444). The limit is, of all tables with these
margins, the one closest to the seed in Kullback-Leibler divergence; cells that are zero in the seed stay zero.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from pluralstats.data.tables.frames import as_text
from pluralstats.errors import ConfigError, DataError, listed, nearest, problems_error
from pluralstats.population.cell_tables import ROUNDED, total_problem

MOST_ROUNDS = 2_000
CLOSE = 1e-10  # largest difference of a share from its margin at which raking has converged


class Constraint(NamedTuple):
    """One margin over cells: ``level`` (cells,) which of its levels each cell has, ``share`` (levels,) sums to 1."""

    level: np.ndarray
    share: np.ndarray

    def reached(self, share: np.ndarray) -> np.ndarray:
        """(levels,) shares of the levels when cells have these shares."""
        return np.bincount(self.level, weights=share, minlength=self.share.size)


class Raked(NamedTuple):
    """Shares of the cells (cells,), rounds made, and the largest difference left between a margin and its target."""

    share: np.ndarray
    rounds: int
    difference: float


def raked(seed: np.ndarray, constraints: Sequence[Constraint]) -> Raked:
    """Rake a seed (cells,) of positive numbers to its constraints.

    Examples
    --------
    >>> table = raked(np.ones(4), [Constraint(np.array([0, 0, 1, 1]), np.array([0.3, 0.7])),
    ...                            Constraint(np.array([0, 1, 0, 1]), np.array([0.4, 0.6]))])
    >>> table.share.round(2).tolist()
    [0.12, 0.18, 0.28, 0.42]
    """
    share, difference, rounds = seed / seed.sum(), np.inf, 0
    while difference > CLOSE and rounds < MOST_ROUNDS:
        for constraint in constraints:
            reached = constraint.reached(share)
            factor = np.divide(constraint.share, reached, out=np.zeros_like(reached), where=reached > 0.0)
            share = share * factor[constraint.level]
        difference = max(np.abs(constraint.reached(share) - constraint.share).max() for constraint in constraints)
        rounds += 1
    return Raked(share, rounds, float(difference))


def can_be_met(n_cells: int, constraints: Sequence[Constraint]) -> bool:
    """Whether any shares of the cells, zero included, have these margins (a linear programme)."""
    rows = [np.equal.outer(np.arange(c.share.size), c.level).astype(float) for c in constraints]
    wanted = np.concatenate([constraint.share for constraint in constraints])
    return linprog(np.zeros(n_cells), A_eq=np.concatenate(rows), b_eq=wanted, bounds=(0.0, None)).status == 0


SAME = 1e-6  # largest difference of two margins that say the same
EXAMPLE = '{"gender": {"female": 0.51, "male": 0.49}}'


class Margin(NamedTuple):
    """Shares of the levels of one demographic, or of the combinations of several; they sum to 1."""

    demographics: tuple[str, ...]
    share: dict[tuple[str, ...], float]

    @property
    def name(self) -> str:
        return ":".join(self.demographics)

    def summed(self, demographics: tuple[str, ...]) -> dict[tuple[str, ...], float]:
        """What this margin says about some of its demographics."""
        positions = [self.demographics.index(name) for name in demographics]
        out: dict[tuple[str, ...], float] = {}
        for combination, share in self.share.items():
            part = tuple(combination[i] for i in positions)
            out[part] = out.get(part, 0.0) + share
        return out


def parsed_margins(margins: object) -> list[Margin]:
    """Margins with shares that sum to 1.

    Raises
    ------
    ConfigError
        What is no dictionary of dictionaries, or a combination of the wrong length.
    DataError
        Numbers that are no shares; totals that differ; margins that contradict each other.
    """
    if not (isinstance(margins, Mapping) and margins and all(isinstance(m, Mapping) and m for m in margins.values())):
        raise ConfigError(f"Margins are a dictionary for each demographic, such as {EXAMPLE}; found {margins!r}.")
    made = [_margin(name, levels) for name, levels in margins.items()]
    problems = [sentence for margin in made for sentence in _problems_of_numbers(margin)]
    if not problems:
        problems = _different_totals(made)
    scaled = [] if problems else [_scaled(margin) for margin in made]
    problems += [sentence for pair in combinations(scaled, 2) for sentence in _contradiction(*pair)]
    if problems:
        raise problems_error(DataError, problems)
    return scaled


def _different_totals(margins: list[Margin]) -> list[str]:
    totals = [sum(margin.share.values()) for margin in margins]
    if max(totals) <= min(totals) * (1.0 + 2.0 * ROUNDED):
        return []
    found = ", ".join(f"{total:.6g} ({margin.name})" for margin, total in zip(margins, totals, strict=True))
    return [f"Margins must add up to the same total; found {found}. Give all as shares, or counts of the same people."]


def _scaled(margin: Margin) -> Margin:
    total = sum(margin.share.values())
    return Margin(margin.demographics, {key: share / total for key, share in margin.share.items()})


def _margin(name: object, levels: Mapping) -> Margin:
    """One margin as given, its numbers not yet looked at."""
    joint = isinstance(name, tuple)
    demographics = tuple(map(str, name)) if isinstance(name, tuple) else (str(name),)
    keys = [key if joint else (key,) for key in levels]
    if wrong := [key for key in keys if not isinstance(key, tuple) or len(key) != len(demographics)]:
        raise ConfigError(
            f"The margin of {', '.join(demographics)} has combinations of {len(demographics)} levels as keys, such as "
            f'("female", "18-30"); found {wrong[0]!r}.'
        )
    texts = [tuple(as_text(level) for level in key) for key in keys]
    return Margin(demographics, dict(zip(texts, levels.values(), strict=True)))


def _problems_of_numbers(margin: Margin) -> list[str]:
    wrong = [f"{value!r} ({':'.join(key)})" for key, value in margin.share.items() if not _is_share(value)]
    if wrong:
        return [f"The margin of {margin.name} must have numbers, 0 or more; found {listed(wrong)}. Correct them."]
    return total_problem(np.array(list(margin.share.values()), float), f"The margin of {margin.name}")


def _is_share(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0.0 <= float(value) < math.inf


def _contradiction(one: Margin, other: Margin) -> list[str]:
    """A sentence when two margins say different things about demographics that both have."""
    shared = tuple(name for name in one.demographics if name in other.demographics)
    if not shared:
        return []
    here, there = one.summed(shared), other.summed(shared)
    gap = {key: abs(here.get(key, 0.0) - there.get(key, 0.0)) for key in {**here, **there}}
    worst = max(gap, key=lambda key: gap[key])
    if gap[worst] <= SAME:
        return []
    return [
        f"The margins of {one.name} and {other.name} contradict each other: {':'.join(worst)} has a share of "
        f"{here.get(worst, 0.0):.4g} in the one and {there.get(worst, 0.0):.4g} in the other. A margin of several "
        "demographics determines theirs; leave out the other."
    ]


def constraints_on(cells: pd.DataFrame, margins: list[Margin], who: str) -> list[Constraint]:
    """Margins as constraints on the cells of a seed.

    Parameters
    ----------
    cells : data frame with the demographics of all margins
    who : str
        "raters" or "cells of the seed", for sentences.

    Raises
    ------
    DataError
        A level that the seed does not have, or a level of the seed that a margin does not name.
    """
    problems = [sentence for margin in margins for sentence in _differences(cells, margin, who)]
    if problems:
        raise problems_error(DataError, problems)
    out = []
    for margin in margins:
        position = {key: i for i, key in enumerate(margin.share)}
        level = np.array([position[key] for key in _combinations(cells, margin)])
        out.append(Constraint(level, np.array(list(margin.share.values()))))
    return out


def _combinations(cells: pd.DataFrame, margin: Margin) -> list[tuple[str, ...]]:
    columns = [cells[name].astype(str) for name in margin.demographics]
    return list(zip(*columns, strict=True))


def _differences(cells: pd.DataFrame, margin: Margin, who: str) -> list[str]:
    """Sentences about levels that only the margin or only the seed has."""
    have = set(_combinations(cells, margin))
    unknown = [key for key, share in margin.share.items() if share > 0.0 and key not in have]
    unnamed = sorted(have - set(margin.share))
    names = [":".join(key) for key in have]
    sentences = [
        f"The margin of {margin.name} gives '{':'.join(key)}' a share of {margin.share[key]:.3g}, but no {who} have it."
        + nearest(":".join(key), names)
        + " Merge it with another level, or leave it out."
        for key in unknown
    ]
    if unnamed:
        found = listed([f"'{':'.join(key)}'" for key in unnamed])
        sentences.append(
            f"The margin of {margin.name} does not name {found}, which {who} have. Name every level; a share of 0 "
            "leaves one out."
        )
    return sentences
