"""Ratings under which a likelihood grows without bound: levels at one end of the scale, and no residual at all.

Of gaussian ratings that a formula explains wholly: with V = s^2 (I + Z L L'Z') and ratings y = X b + Z u without
remainder, the likelihood grows without bound as s goes to 0 with the covariance of u kept, unless random effects could
explain any ratings at all (one for every rating), where only the sum of the variances has a meaning.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pluralstats.errors import listed
from pluralstats.inference.laplace.empirical import WORTH_THREADS, dense_size
from pluralstats.inference.marginal.gaussian import gaussian_model
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.category_effects import CategoryEffects
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
    if not design.family.ordered:
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
    return sentences + _never_used(design, said, with_priors)


def _never_used(design: Design, said: list[set[str]], with_priors: bool) -> list[str]:
    """Sentences about levels within ``cs()`` that never used some category: a step that nobody took, or everybody."""
    fixed, sentences = design.fixed, []
    if not isinstance(fixed, CategoryEffects):
        return []
    for levels in fixed.inner.term_levels():
        group, names = _groups(levels)
        counts, known = np.zeros((len(names), design.categories.size), int), group[fixed.cell] >= 0
        np.add.at(counts, (group[fixed.cell][known], design.answers[known]), 1)
        for level, row in zip(names, counts, strict=True):
            if (row == 0).any() and not any(one <= set(level) for one in said):
                said.append(set(level))
                never = listed([design.labels[c] for c in np.flatnonzero(row == 0)], MANY_NAMED)
                what = "are said by the prior alone" if with_priors else "have no finite maximum and are arbitrary"
                sentences.append(
                    f"No rating of {':'.join(level)} is {never}: its coefficients at the thresholds there {what}. "
                    "Merge the level with another (`recode=`), collapse the scale, or write its column without cs()."
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
    group, names = _groups(levels)
    return _at_one_end(design, group[design.fixed.cell], names)


def _groups(levels: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """(n_cells,) number of each combination of levels (n_cells, columns), -1 of several levels, and their names."""
    group = levels.groupby(list(levels.columns), sort=False).ngroup().fillna(-1).to_numpy(int)
    known = np.flatnonzero(group >= 0)
    first = known[np.unique(group[known], return_index=True)[1]]
    return group, [tuple(row) for row in levels.iloc[first].itertuples(index=False, name=None)]


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
    counts, known = np.zeros((group.max(initial=0) + 1, design.categories.size), int), group >= 0
    np.add.at(counts, (group[known], design.answers[known]), 1)
    return [
        OneEnd(levels, int(row.sum()), design.labels[end])
        for levels, row in zip(names, counts, strict=False)
        for end in (0, -1)
        if row.sum() and row[end] == row.sum()
    ]


EXPLAINED = 1e-4  # of the ratings' sd: a smaller residual is lost in rounding (hmc ends at 1e-5, laplace at 1e-3)
FREE = 1e4  # residual sds of random effects that are as good as fixed ones
SEED = 1


def explained_wholly(design: Design) -> bool:
    """Whether a gaussian model leaves no residual of these ratings, and would leave one of others."""
    if not design.family.has_residual or design.n < 2:
        return False
    at = standardise(design).design
    with threadpool_limits(limits=1 if dense_size(at) < WORTH_THREADS else None, user_api="blas"):
        if _remainder(at) > EXPLAINED:
            return False
        others = np.random.default_rng(SEED).normal(size=design.n)
        return _remainder(replace(at, y=others)) > EXPLAINED


def _remainder(design: Design) -> float:
    """The residual sd over the sd of the ratings, with random effects hardly held back."""
    y, weight = design.y_less_offset, design.weight
    spread = np.average((y - np.average(y, weights=weight)) ** 2, weights=weight)
    sizes = [np.sqrt(np.mean(grouping.multiplier**2)) for grouping in design.groupings]
    model = gaussian_model(design, reml=False)
    theta = np.concatenate([FREE / np.maximum(sizes, 1e-12), np.zeros(model.pairs.row.size)])
    return float(np.sqrt(np.average(model.solve(theta).residual ** 2, weights=weight) / spread))
