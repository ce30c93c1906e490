"""Which levels are held against which: all pairs, every level against the reference, differences of differences."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import pandas as pd

from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits import Fit
from pluralstats.results.counterfactuals import Contrast, Counterfactual, Pair, People, counterfactual, having
from pluralstats.results.populations import profile_columns

KINDS = ("pairwise", "reference", "interaction")


def demographics_of(fit: Fit) -> list[str]:
    """The demographics that the formula names."""
    return [name for name in profile_columns(fit) if name in fit.ratings.demographics]


def refuse_unknown_demographics(fit: Fit, asked: Sequence[str], by: Sequence[str], argument: str) -> None:
    """Refuse what the formula lacks, and a demographic within its own levels.

    Parameters
    ----------
    argument : str
        What the caller calls the demographics that are contrasted.

    Raises
    ------
    ConfigError
    """
    in_formula = demographics_of(fit)
    problems = [
        f"'{name}' is not a demographic of the formula '{fit.formula}', so the model has no effect of it."
        + nearest(str(name), in_formula)
        for name in [*asked, *by]
        if name not in in_formula
    ]
    problems += [
        f"'{name}' cannot be contrasted within its own levels. Take it out of `{argument}` or `by`."
        for name in by
        if name in asked
    ]
    if problems:
        raise problems_error(ConfigError, problems)


def contrasts_of_levels(
    fit: Fit, factor: tuple[str, ...], kind: str, by: Sequence[str], people: People
) -> list[Contrast]:
    """Contrasts of one kind between the levels of a factor.

    Parameters
    ----------
    factor : tuple of demographics
        The levels of several are their combinations that occur, "male:Black".
    kind : {"pairwise", "reference", "interaction"}
    by : demographics
        Contrasts among the raters of each combination of their levels; for interactions the other factor.
    people : People
        Whose profiles are averaged over.
    """
    if kind == "interaction":
        return list(_interactions(fit, factor, tuple(by), people))
    return [
        Contrast(":".join(factor), level, reference, within, (Pair(at, against),))
        for within, groups in _groups(fit, factor, by, people)
        for (reference, against), (level, at) in _pairs(kind, groups)
    ]


def _pairs[T](kind: str, levels: Sequence[T]) -> list[tuple[T, T]]:
    """(reference, level); the reference always stands before the level in the order of levels."""
    pairs = list(combinations(levels, 2))
    return [pair for pair in pairs if pair[0] is levels[0]] if kind == "reference" else pairs


def _groups(
    fit: Fit, factor: tuple[str, ...], by: Sequence[str], people: People
) -> Iterator[tuple[dict[str, str], list[tuple[str, Counterfactual]]]]:
    """For each combination of levels of ``by``: its levels, and everybody in it at each level of the factor."""
    frame = fit.ratings.frame
    levels = _combinations(frame, factor)
    for within in _combinations(frame, by):
        keep = having(frame, within)
        some, rows = (people(within), frame[keep]) if within else (people(), frame)
        yield within, [(":".join(at.values()), counterfactual(fit, some, rows, at)) for at in levels]


def _combinations(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, str]]:
    """Combinations of levels that some rater has, in the order of the levels; one without levels for no names."""
    if not names:
        return [{}]
    found = set(frame[list(names)].drop_duplicates().itertuples(index=False, name=None))
    every = product(*(frame[name].cat.categories for name in names))
    return [dict(zip(names, levels, strict=True)) for levels in every if levels in found]


def _interactions(fit: Fit, factor: tuple[str, ...], by: tuple[str, ...], people: People) -> Iterator[Contrast]:
    """How far the difference between two levels of the factor differs between two levels of ``by``, for all pairs.

    Everybody is given all four combinations of levels, so that only the levels differ and not the people.
    """
    frame = fit.ratings.frame
    everybody = people()
    levels, others = _combinations(frame, factor), _combinations(frame, by)
    cells = {
        (i, j): counterfactual(fit, everybody, frame, levels[i] | others[j])
        for i, j in product(range(len(levels)), range(len(others)))
    }
    names, within = ([":".join(at.values()) for at in part] for part in (levels, others))
    for (low, high), (i, j) in product(combinations(range(len(others)), 2), combinations(range(len(levels)), 2)):
        pairs = tuple(Pair(cells[j, side], cells[i, side]) for side in (high, low))
        label = {":".join(by): f"{within[high]} - {within[low]}"}
        yield Contrast(":".join(factor), names[j], names[i], label, pairs)
