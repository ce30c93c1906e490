"""Rows to predict: columns checked against a fit, and facts about raters that they lack taken from a population."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.policies.items import as_rated
from pluralstats.data.policies.numbers import numbers_of
from pluralstats.data.tables.frames import levels, numbered_table
from pluralstats.errors import DataError, counted, listed, nearest, problems_error, rows_text
from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import term_factors
from pluralstats.population.matching import rater_factors
from pluralstats.population.targets import Population
from pluralstats.results.averaging.people import Setting, people_of

OWN = ("estimate", "lower", "upper", "seen_rater", "seen_item", "pooled")


class NewRows(NamedTuple):
    """Rows to predict.

    ``given`` as the user has them; ``table`` (N, columns) what the model uses of them, categories as in the ratings;
    ``people`` the population, columns that the rows lack and those they share with it; ``shared`` the latter.
    """

    given: pd.DataFrame
    table: pd.DataFrame
    people: Setting | None
    shared: tuple[str, ...]


def new_rows(fit: Fit, newdata: Any, population: Population | None) -> NewRows:
    """Check rows against the columns and levels of a fit.

    Raises
    ------
    DataError
        Columns that are missing, missing values, levels that the model has no coefficient for, and columns named
        like those of the result: all at once, with row numbers from 1.
    """
    numbered = numbered_table(newdata)
    given, needed = numbered.table, fit.described
    absent = [name for name in fit.roles.columns if name not in given]
    from_people = [name for name in absent if name in fit.roles.rater_columns] if population is not None else []
    factors = term_factors(fit.design) | {"item", "rater"}
    facts = (
        [*rater_factors(fit.ratings), *(name for name in needed if name in fit.roles.rater_columns)]
        if from_people
        else []
    )
    problems = _taken(given, fit)
    problems += [_absent(fit, name, given, population) for name in needed if name in absent and name not in from_people]
    columns: dict[str, Any] = {}
    for name in given.columns:
        if name in needed or name in facts:
            columns[name], found = _known(given[name], fit.ratings.frame[name], numbered.rows)
            problems += found
        elif name in factors:
            columns[name] = levels(given[name])
    columns |= _items_of_questions(columns, given, fit)
    if problems:
        raise problems_error(DataError, problems)
    table = pd.DataFrame(columns, index=range(len(given)))
    if not from_people:
        return NewRows(given, table, None, ())
    shared = [name for name in table if name in facts]
    return NewRows(given, table, people_of(fit.ratings, [*shared, *from_people], {}, population), tuple(shared))


def _items_of_questions(columns: dict[str, Any], given: pd.DataFrame, fit: Fit) -> dict[str, Any]:
    """The items by the names they have among the ratings, where these were named by question and number."""
    if "item" not in columns or "question" not in given:
        return {}
    item, question = pd.Series(columns["item"]), levels(given["question"])
    items, questions = (list(pd.Series(part).astype(object).where(pd.notna(part), "")) for part in (item, question))
    names = as_rated(items, questions, fit.ratings.frame["item"].cat.categories)
    return {"item": levels(pd.Series(names, dtype="str"))}


def _taken(given: pd.DataFrame, fit: Fit) -> list[str]:
    made = [*OWN, *probability_columns(fit)]
    taken = [f"'{name}'" for name in given.columns if name in made]
    return [f"The result has columns of its own called {listed(taken)}. Rename or drop yours."] if taken else []


def probability_columns(fit: Fit) -> list[str]:
    """ "p_1" .. "p_5": a column for every answer of the scale; none for the gaussian family."""
    return [f"p_{label}" for label in fit.ratings.scale.labels] if fit.design.family.ordered else []


def _absent(fit: Fit, name: str, given: pd.DataFrame, population: Population | None) -> str:
    of_people = population is None and name in fit.roles.rater_columns
    return f"Column '{name}' is missing; the formula '{fit.formula}' needs it.{nearest(name, given.columns)}" + (
        " To average over people instead, pass population=ps.Population.of_raters(fit.ratings)." if of_people else ""
    )


def _known(column: pd.Series, in_ratings: pd.Series, rows: np.ndarray) -> tuple[Any, list[str]]:
    """A column with the type and the levels of the ratings, and sentences about what it has besides."""
    name = in_ratings.name
    if not isinstance(in_ratings.dtype, pd.CategoricalDtype):
        number = numbers_of(column).values
        bad = ~np.isfinite(number)
        found = listed([str(value) for value in column[bad].unique()])
        sentence = f"'{name}' must be a number; found {found} ({rows_text(rows[bad])}). Correct or drop these rows."
        return number, [sentence] if bad.any() else []
    level, known = levels(column), in_ratings.cat.categories
    sentences = []
    if (missing := np.asarray(level.isna())).any():
        where = f"{counted(int(missing.sum()), 'row')} ({rows_text(rows[missing])})"
        sentences.append(f"'{name}' is missing in {where}. Fill it in or drop them.")
    for text in level.categories:
        having = np.asarray(level == text)
        if text not in known and having.any():
            sentences.append(
                f"'{text}' is no level of '{name}' that the model has seen ({listed(list(known), 12)}; "
                f"{rows_text(rows[having])}).{nearest(text, known)} Recode or drop these rows."
            )
    return level.set_categories(known), sentences


def alike(table: pd.DataFrame, columns: Sequence[str]) -> list[np.ndarray]:
    """Positions of the rows that agree in all of the columns, group by group."""
    named = [name for name in columns if name in table]
    if not named:
        return [np.arange(len(table))]
    return list(table.reset_index(drop=True).groupby(named, observed=True, sort=False).indices.values())


def people_like(rows: NewRows, row: pd.Series) -> tuple[Setting, bool]:
    """What a row lacks, as among those in the population who share its facts; whether that was nobody.

    A row whose facts nobody in the population has stands for everybody in it.
    """
    people = rows.people
    if people is None:
        raise AssertionError("rows without a population stand for themselves")
    keep = np.ones(len(people.share), bool)
    for name in rows.shared:
        keep &= (people.profiles[name] == row[name]).to_numpy()
    nobody = not keep.any()
    keep |= nobody
    others = [name for name in people.profiles if name not in rows.shared]
    part = people.profiles.loc[keep, others].assign(_share=people.share[keep])
    merged = part.groupby(others, observed=True, sort=False)["_share"].sum()
    return Setting(merged.index.to_frame(index=False), (merged / merged.sum()).to_numpy()), nobody
