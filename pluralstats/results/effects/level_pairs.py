"""Which levels are held against which: all pairs, every level against the reference, differences of differences."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.shares import Sets
from pluralstats.data.tables.columns import constant_within
from pluralstats.errors import ConfigError, nearest, problems_error
from pluralstats.fits.fitted import Fit
from pluralstats.model.formula.parsing import quoted
from pluralstats.results.averaging.scenes import Shift, dimensions_of
from pluralstats.results.effects.counterfactuals import Contrast, Counterfactual, Pair, Study
from pluralstats.results.effects.utilities import Utilities

KINDS = ("pairwise", "reference", "interaction")
DIMENSION = "dimension"
SLOPE = "slope"  # the reference of the slope of a number
PER_SD = "+1 sd"  # how the level of a slope for one standard deviation starts
STEP = 0.01  # of a standard deviation: half of the distance over which a slope is taken


def is_number(fit: Fit, column: str) -> bool:
    return not isinstance(fit.ratings.frame[column].dtype, pd.CategoricalDtype)


def step_levels(fit: Fit, column: str) -> list[str] | list[float] | None:
    """The levels, or numbers, of a column that stands in ``mo()``, from the lowest on; None for other columns."""
    learnt = fit.design.fixed.learnt.get(f"mo({quoted(column)})")
    return None if learnt is None else learnt[0].tolist()


def described_raters(fit: Fit) -> list[str]:
    """What the formula names about raters: demographics, and numbers such as an age."""
    of_raters = [name for name in fit.described if name in fit.roles.rater_columns]
    return [*fit.roles.demographics, *(name for name in of_raters if is_number(fit, name))]


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
    in_formula = list(dict.fromkeys([*fit.roles.demographics, *fit.described]))
    dimensions = [DIMENSION] if dimensions_of(fit) else []
    problems = [
        f"'{name}' is in no term of the formula '{fit.formula}', so the model has no effect of it."
        + nearest(str(name), in_formula)
        for name in [*asked, *by]
        if name not in in_formula
    ]
    problems += [
        f"'{name}' is a number and has no levels to look within. Take it out of `by`."
        for name in by
        if name in in_formula and is_number(fit, name)
    ]
    problems += [
        f"'{name}' is not about raters, and `by` looks within groups of raters. Take it out."
        for name in by
        if name in in_formula and name not in (*dimensions, *fit.roles.rater_columns)
    ]
    problems += [
        f"'{name}' cannot be contrasted within its own levels. Take it out of `{argument}` or `by`."
        for name in by
        if name in asked
    ]
    if problems:
        raise problems_error(ConfigError, problems)


class Question(NamedTuple):
    """What is contrasted of one factor: ``kind``, within the levels of ``by``, with ``values`` of numbers."""

    factor: tuple[str, ...]
    kind: str
    by: tuple[str, ...]
    values: Mapping[str, Sequence[float]]
    utilities: Utilities | None


def contrasts_of_levels(study: Study, question: Question) -> list[Contrast]:
    """Contrasts of one kind between the levels of a factor, on each dimension by itself or averaged by utilities.

    The levels of several demographics are their combinations that occur, "male:Black". A number has slopes, or the
    values that are asked for. An interaction holds differences among one level of ``by`` against those among another.
    """
    if question.kind == "interaction":
        return _by_dimension(study, question, _interactions)
    return _by_dimension(study, question, _differences)


def _by_dimension(
    study: Study, question: Question, made: Callable[[Study, Question, str | None], list[Contrast]]
) -> list[Contrast]:
    dimensions = dimensions_of(study.fit)
    if not dimensions or (DIMENSION in question.by and question.kind == "interaction"):
        return made(study, question, None)
    each = [made(study, question, dimension) for dimension in dimensions]
    if question.utilities is None:
        return [
            contrast._replace(within={DIMENSION: dimension, **contrast.within})
            for dimension, found in zip(dimensions, each, strict=True)
            for contrast in found
        ]
    weights = question.utilities.weights(dimensions)
    return [
        together[0]._replace(
            within={DIMENSION: question.utilities.text, **together[0].within},
            pairs=tuple(
                pair._replace(factor=pair.factor * weight)
                for contrast, weight in zip(together, weights, strict=True)
                for pair in contrast.pairs
                if weight
            ),
        )
        for together in zip(*each, strict=True)
    ]


def _differences(study: Study, question: Question, dimension: str | None) -> list[Contrast]:
    """Differences within each combination of levels of ``by``."""
    out = []
    for within in combinations_of(study.fit.ratings.frame, [name for name in question.by if name != DIMENSION]):
        name = question.factor[0]
        sloping = is_number(study.fit, name) and step_levels(study.fit, name) is None
        if len(question.factor) == 1 and sloping and not question.values:
            out += _slopes(study, question.factor[0], within, dimension)
            continue
        groups = [
            (":".join(map(_text, at.values())), study.counterfactual(at, within, dimension))
            for at in levels_of_factor(study.fit, question)
        ]
        name = ":".join(question.factor)
        out += [
            Contrast(name, level, reference, dict(within), (Pair(at, against),))
            for (reference, against), (level, at) in _pairs(question.kind, groups)
        ]
    return out


def levels_of_factor(fit: Fit, question: Question, *, apart: bool = True) -> list[dict[str, object]]:
    """The combinations of levels of a factor that occur, or the values of numbers that are asked for.

    ``apart``: levels that everybody can be given, rather than the sets of them that raters have.
    """
    numbers = [name for name in question.factor if is_number(fit, name)]
    names = [name for name in question.factor if name not in numbers]
    levels = combinations_of(fit.ratings.frame, names, fit.ratings.shares if apart else None)
    values = product(*([float(value) for value in _values(fit, question, name)] for name in numbers))
    chosen = [dict(zip(numbers, some, strict=True)) for some in values]
    return [{name: {**some, **of}[name] for name in question.factor} for of in levels for some in chosen]


def _values(fit: Fit, question: Question, name: str) -> Sequence[float]:
    """The values that were asked for, or the steps of a number in ``mo()``."""
    return question.values[name] if name in question.values else [float(step) for step in step_levels(fit, name) or ()]


def _text(level: object) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)


def _slopes(study: Study, name: str, within: Mapping[str, str], dimension: str | None) -> list[Contrast]:
    """Average slopes of a number, for one unit and for one standard deviation over raters or items."""
    sd = spread(study.fit, name)
    step = STEP * sd
    above, below = (study.counterfactual({name: Shift(by)}, within, dimension) for by in (step, -step))
    pair = Pair(above, below, 1.0 / (2.0 * step))
    return [
        Contrast(name, "+1", SLOPE, dict(within), (pair,)),
        Contrast(name, f"{PER_SD} ({sd:.3g})", SLOPE, dict(within), (pair._replace(factor=sd * pair.factor),)),
    ]


def common_level(level: str, reference: str) -> str:
    """A level as fits of other raters share it: the slope for one standard deviation without how much that is.

    >>> common_level("+1 sd (15.3)", "slope"), common_level("+1", "slope"), common_level("male", "female")
    ('+1 sd', '+1', 'male')
    """
    return PER_SD if reference == SLOPE and level.startswith(PER_SD) else level


def spread(fit: Fit, name: str) -> float:
    """Standard deviation of a number over raters, over items, or over ratings, by what it is about.

    Raises
    ------
    ConfigError
        It never varies.
    """
    frame = fit.ratings.frame
    unit = next((unit for unit in ("rater", "item") if constant_within(frame, unit, [name])), None)
    values = frame[name] if unit is None else frame.drop_duplicates(unit)[name]
    sd = float(np.std(values.to_numpy(float)))
    if not sd > 0.0:
        raise ConfigError(f"'{name}' has the same value {values.iloc[0]:g} everywhere, so nothing is known of a slope.")
    return sd


def _pairs[T](kind: str, levels: Sequence[T]) -> list[tuple[T, T]]:
    """(reference, level); the reference always stands before the level in the order of levels."""
    pairs = list(combinations(levels, 2))
    return [pair for pair in pairs if pair[0] is levels[0]] if kind == "reference" else pairs


def combinations_of(
    frame: pd.DataFrame, names: Sequence[str], shares: Mapping[str, Sets] | None = None
) -> list[dict[str, str]]:
    """Combinations of levels that some rater has, in the order of the levels; one without levels for no names.

    With ``shares`` a rater who has several levels of a column together counts under each of them, without it as one of
    a set.
    """
    if not names:
        return [{}]
    found = set(frame[list(names)].drop_duplicates().itertuples(index=False, name=None))
    if shares is not None:
        sets = [shares.get(name, {}) for name in names]
        apart = (
            product(*(of.get(str(level), (level,)) for of, level in zip(sets, levels, strict=True))) for levels in found
        )
        found = {levels for some in apart for levels in some}
    every = product(*(frame[name].cat.categories for name in names))
    return [dict(zip(names, levels, strict=True)) for levels in every if levels in found]


def _interactions(study: Study, question: Question, dimension: str | None) -> list[Contrast]:
    """How far the difference between two levels of the factor differs between two levels of ``by``, for all pairs.

    Everybody is given all four combinations of levels, so that only the levels differ and not the people.
    """
    levels = levels_of_factor(study.fit, question)
    others = combinations_of(study.fit.ratings.frame, question.by, study.fit.ratings.shares)
    cells = {
        (i, j): _cell(study, levels[i], others[j], dimension) for i in range(len(levels)) for j in range(len(others))
    }
    names, within = ([":".join(map(_text, at.values())) for at in part] for part in (levels, others))
    out = []
    for (low, high), (i, j) in product(combinations(range(len(others)), 2), combinations(range(len(levels)), 2)):
        pairs = (Pair(cells[j, high], cells[i, high]), Pair(cells[j, low], cells[i, low], -1.0))
        label = {":".join(question.by): f"{within[high]} - {within[low]}"}
        out.append(Contrast(":".join(question.factor), names[j], names[i], label, pairs))
    return out


def _cell(study: Study, level: Mapping[str, object], other: Mapping[str, str], dimension: str | None) -> Counterfactual:
    """Everybody with both levels; a dimension among them is looked at, not set."""
    some = {name: value for name, value in other.items() if name != DIMENSION}
    return study.counterfactual({**level, **some}, None, other.get(DIMENSION, dimension))
