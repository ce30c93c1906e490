"""Levels and cells of levels whose ratings all lie at one end of the scale: their likelihood grows without bound."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import listed
from pluralstats.model.design import Design

MANY_NAMED = 5


class OneEnd(NamedTuple):
    """A group of ratings at one end: its levels ("gender[male]", "politics[left]"), how many, and their label."""

    levels: tuple[str, ...]
    n: int
    label: str

    @property
    def name(self) -> str:
        return ":".join(self.levels)


def separation_problems(design: Design, *, with_priors: bool) -> list[str]:
    """Sentences about levels (the reference among them), 0/1 columns and cells of interactions at one end.

    ``with_priors`` says that estimates are finite and what they rest on.
    """
    if design.family == "gaussian":
        return []
    sentences: list[str] = []
    said: list[set[str]] = []
    terms = [_of_term(design, levels) for levels in design.fixed.term_levels()]
    for found in [*terms, _of_dummies(design)]:
        news = [group for group in found if not any(levels <= set(group.levels) for levels in said)]
        said += [set(group.levels) for group in news]  # a cell of g[m]:p[x] adds nothing to what is said of g[m]
        sentences += (
            [_many(news, with_priors)] if len(news) > MANY_NAMED else [_one(group, with_priors) for group in news]
        )
    return sentences


def _one(group: OneEnd, with_priors: bool) -> str:
    what = (
        "how far its coefficient lies from 0 is said by the prior alone"
        if with_priors
        else "its coefficient has no finite maximum and its estimate is arbitrary"
    )
    return (
        f"All {group.n} ratings of {group.name} are '{group.label}': {what}. "
        "Merge the level with another (`recode=`) or leave it out."
    )


def _many(groups: list[OneEnd], with_priors: bool) -> str:
    what = (
        "how far their coefficients lie from 0 is said by the prior alone"
        if with_priors
        else "their coefficients have no finite maximum and their estimates are arbitrary"
    )
    return (
        f"In each of {len(groups)} cells all ratings lie at one end of the scale "
        f"({listed([group.name for group in groups], MANY_NAMED)}): {what}. "
        "Merge levels (`recode=`) or leave the term out."
    )


def _of_term(design: Design, levels: pd.DataFrame) -> list[OneEnd]:
    """Combinations of the levels of one term, ``levels`` (n_cells, columns), that are rated at one end only."""
    group = levels.groupby(list(levels.columns), sort=False).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    names = [tuple(row) for row in levels.iloc[first].itertuples(index=False, name=None)]
    return _at_one_end(design, group[design.fixed.cell], names)


def _of_dummies(design: Design) -> list[OneEnd]:
    """Columns of 0 and 1 where they are 1, for formulas of numbers; levels have been seen by their terms."""
    found = []
    for name, column in zip(design.fixed.names, design.fixed.X.T, strict=True):
        if set(np.unique(column)) == {0.0, 1.0}:
            group = (column == 0.0).astype(int)[design.fixed.cell]
            found += _at_one_end(design, group, [tuple(name.split(":"))])
    return found


def _at_one_end(design: Design, group: np.ndarray, names: list[tuple[str, ...]]) -> list[OneEnd]:
    """Of the groups 0 .. len(names) - 1, ``group`` (n,), those with all ratings in the first or last category."""
    counts = np.zeros((group.max(initial=0) + 1, design.categories.size), int)
    np.add.at(counts, (group, design.y), 1)
    return [
        OneEnd(levels, int(row.sum()), design.labels[end])
        for levels, row in zip(names, counts, strict=False)
        for end in (0, -1)
        if row.sum() and row[end] == row.sum()
    ]
