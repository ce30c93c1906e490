"""``group_means``: expected ratings of groups, each by itself, where ``effects`` has their differences."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.errors import ConfigError, names_of, probability_problem, problems_error
from pluralstats.fits.fitted import Fit, refuse_no_fit
from pluralstats.population.targets import Population
from pluralstats.results.averaging.populations import Prediction, is_determined
from pluralstats.results.averaging.scenes import dimensions_of
from pluralstats.results.effects.counterfactuals import NOBODY, ONE_RATER, Counterfactual, Study, predictions_of
from pluralstats.results.effects.estimands import events_of
from pluralstats.results.effects.group_effects import UNKNOWN, values_problems
from pluralstats.results.effects.level_pairs import (
    Question,
    combinations_of,
    is_number,
    levels_of_factor,
    refuse_unknown_demographics,
    step_levels,
)
from pluralstats.results.effects.summaries import summaries

NUMBERS = ("estimate", "lower", "upper", "lower_50", "upper_50", "raw")
ESTIMANDS = ("mean", "probability")


class Group(NamedTuple):
    """A group: its level, the columns that tell it from others, and its counterfactual."""

    level: str
    within: dict[str, str]
    at: Counterfactual


def group_means(
    fit: Fit,
    demographic: str | Sequence[str] | None = None,
    *,
    adjusted: bool = True,
    by: str | None = None,
    at: Mapping[str, Sequence[float]] | None = None,
    estimands: Sequence[str] | str = ("mean",),
    prob: float = 0.95,
    population: Population | None = None,
) -> pd.DataFrame:
    """Expected ratings of the groups of a demographic, with intervals, by g-computation inside each draw.

    As in ``ps.effects``, predictions are averaged over people, the items of the data and new raters, so that the
    difference of two adjusted means is the effect in points.

    Parameters
    ----------
    fit : Fit
    demographic : str, or tuple of str, optional
        A tuple is one factor whose levels are the combinations that raters have. Columns of items are possible.
        Default: each demographic of the formula by itself, one under the other.
    adjusted : bool
        True: everybody is given the level and keeps everything else, which compares like with like. False: the people
        of each group as they are, with the other demographics that they have.
    by : str, optional
        Another demographic: the groups among the raters of each of its levels.
    at : dict of column to values
        Values of a number, ``{"age": (20, 40, 60)}``.
    estimands : str or list of str
        ``mean`` in rating points, ``probability`` P(rating >= k) for every k but the lowest, percent.
    prob : float
        Probability of the outer interval, quantiles over draws.
    population : Population, optional
        As for ``ps.effects``.

    Returns
    -------
    data frame
        ``demographic, level, [dimension], [by], estimand, unit, estimate`` (posterior mean), ``lower, upper, lower_50,
        upper_50, raw`` (the same of the group's ratings), ``n_raters, n_ratings, note``. A fit of several dimensions
        has rows for each.

    Raises
    ------
    ConfigError
        As ``ps.effects``; a number without ``at``, or one that is not ``adjusted``.

    Examples
    --------
    >>> import pluralstats as ps
    >>> ratings = ps.simulate(n_raters=60, n_items=20, effects={"gender[male]": 1.0}, seed=1)
    >>> table = ps.group_means(ps.fit(ratings, method="laplace"), "gender")
    >>> table["level"].tolist(), bool(table["estimate"].diff()[1] > 0.3)
    (['female', 'male'], True)

    One figure of all of it: ``pluralstats.figures.group_means(table)``.
    """
    refuse_no_fit(fit, "group_means")
    if demographic is None:
        each = [name for name in _demographics(fit) if name != by]
        options: dict[str, Any] = {"by": by, "at": at, "estimands": estimands, "prob": prob, "population": population}
        return pd.concat([group_means(fit, name, adjusted=adjusted, **options) for name in each], ignore_index=True)
    factor = names_of(demographic, "demographic")
    names = [estimands] if isinstance(estimands, str) else list(estimands)
    _check(fit, factor, by, at, adjusted, names, prob)
    study, question = Study(fit, population), Question(factor, "levels", (by,) if by else (), at or {}, None)
    groups = _groups(study, question, adjusted)
    predictions = predictions_of(fit, [group.at for group in groups])
    known = [is_determined(fit, group.at.scene) for group in groups]
    tables = [
        _rows(":".join(factor), groups, known, predictions, *measure, prob)
        for name in names
        for measure in _measures(fit, name)
    ]
    dimension = ["dimension"] if dimensions_of(fit) else []
    columns = ["demographic", "level", *dimension, *question.by, "estimand", "unit", *NUMBERS]
    return pd.concat(tables, ignore_index=True)[[*columns, "n_raters", "n_ratings", "note"]]


def _demographics(fit: Fit) -> list[str]:
    """The demographics of the formula; refuses a formula without any."""
    if found := list(fit.roles.demographics):
        return found
    raise ConfigError(
        f"The formula '{fit.formula}' has no demographic, so there are no groups of raters. Name demographics in it, "
        "as in 'rating ~ gender + (1 | item) + (1 | rater)', or pass the column of items whose levels have means."
    )


def _groups(study: Study, question: Question, adjusted: bool) -> list[Group]:
    out = []
    for dimension in dimensions_of(study.fit) or (None,):
        of_dimension = {} if dimension is None else {"dimension": dimension}
        for within in combinations_of(study.fit.ratings.frame, question.by):
            for levels in levels_of_factor(study.fit, question, apart=adjusted):
                some = {**within, **{name: str(level) for name, level in levels.items()}}
                changes, whom = (levels, within) if adjusted else ({}, some)
                at = study.counterfactual(changes, whom, dimension)
                level = ":".join(f"{v:g}" if isinstance(v, float) else str(v) for v in levels.values())
                out.append(Group(level, {**of_dimension, **within}, at))
    return out


def _measures(fit: Fit, name: str) -> list[tuple[str, str, int]]:
    """Name, unit and the position of the threshold (-1 for the mean) of each estimand."""
    if name == "mean":
        return [("mean", "rating points", -1)]
    return [(f"P({event})", "percent", k) for k, event in enumerate(events_of(fit))]


def _rows(
    demographic: str,
    groups: Sequence[Group],
    known: Sequence[bool],
    predictions: Mapping[int, Prediction],
    estimand: str,
    unit: str,
    threshold: int,
    prob: float,
) -> pd.DataFrame:
    """The rows of one estimand."""
    found = [predictions[id(group.at)] for group in groups]
    draws = np.stack([one.expected if threshold < 0 else 100.0 * one.at_least[:, threshold] for one in found])
    numbers = summaries(np.where(np.array(known)[:, None], draws, np.nan), 0.0, prob, 0.0)
    observed = [group.at.observed for group in groups]
    raw = [one.mean if threshold < 0 else 100.0 * float(one.at_least[threshold]) for one in observed]
    table = pd.DataFrame([{"level": group.level, **group.within} for group in groups])
    return table.assign(
        demographic=demographic,
        estimand=estimand,
        unit=unit,
        **{name: numbers[name] for name in NUMBERS if name != "raw"},
        raw=raw,
        n_raters=[one.n_raters for one in observed],
        n_ratings=[one.n_ratings for one in observed],
        note=[_note(sure, one.n_raters) for sure, one in zip(known, observed, strict=True)],
    )


def _note(known: bool, n_raters: int) -> str:
    if not known:
        return UNKNOWN
    return {0: NOBODY, 1: ONE_RATER}.get(n_raters, "")


def _check(
    fit: Fit,
    factor: tuple[str, ...],
    by: str | None,
    at: Mapping[str, Sequence[float]] | None,
    adjusted: bool,
    names: Sequence[str],
    prob: float,
) -> None:
    refuse_unknown_demographics(fit, factor, [by] if by else [], "demographic")
    problems = [*probability_problem(prob), *values_problems(fit, factor, at)]
    for name in factor:
        if is_number(fit, name) and name not in (at or {}) and step_levels(fit, name) is None:
            problems.append(f"'{name}' is a number: say which values have a mean, as at={{\"{name}\": (20, 40)}}.")
        elif is_number(fit, name) and not adjusted:
            problems.append(f"'{name}' is a number, and adjusted=False takes groups as they are. Leave it out.")
    problems += [
        f"`estimands` has '{name}'; known are {', '.join(ESTIMANDS)}." for name in names if name not in ESTIMANDS
    ]
    if not fit.design.family.ordered and "probability" in names:
        problems.append(f"The {fit.family} family has no categories, so no 'probability'. Use 'mean'.")
    if problems:
        raise problems_error(ConfigError, problems)
