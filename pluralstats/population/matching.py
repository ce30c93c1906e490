"""A population held against the raters: whether its words are theirs, how many raters its cells have, its profiles."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import DataError, counted, listed, nearest, problems_error
from pluralstats.population.cell_tables import demographics_of, raters_of


def rater_factors(ratings: Ratings) -> list[str]:
    """Demographics, and those covariates that are categories and constant within every rater."""
    frame = ratings.frame
    factors = [name for name in ratings.covariates if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    constant = [name for name in factors if frame[["rater", name]].drop_duplicates()["rater"].is_unique]
    return [*ratings.demographics, *constant]


def counted_cells(cells: pd.DataFrame, ratings: Ratings) -> pd.DataFrame:
    """The cells with the categories of the ratings and the number of raters in each.

    Raises
    ------
    DataError
        A demographic that the ratings do not have, or a level that no rater has.
    """
    demographics, known = demographics_of(cells), rater_factors(ratings)
    problems = [
        f"The population has '{name}', which is no demographic of the ratings ({', '.join(known)})."
        + nearest(name, known)
        for name in demographics
        if name not in known
    ]
    of_ratings = [name for name in demographics if name in known]
    for name in of_ratings:
        problems += _levels_without_raters(cells, name, ratings.frame[name].cat.categories)
    if problems:
        raise problems_error(DataError, problems)
    typed = cells.assign(**{name: cells[name].astype(ratings.frame[name].dtype) for name in demographics})
    typed = typed.sort_values(demographics, ignore_index=True)
    cell = cell_of_raters(typed, raters_of(ratings, demographics))
    return typed.assign(n_raters=pd.array(np.bincount(cell[cell >= 0], minlength=len(typed)), dtype="Int64"))


def _levels_without_raters(cells: pd.DataFrame, name: str, known: pd.Index) -> list[str]:
    share = cells.groupby(cells[name].astype(str))["share"].sum()
    return [
        f"The population has {100.0 * share[level]:.3g}% '{level}' of '{name}', which no rater is "
        f"({listed(list(known), 12)}).{nearest(level, known)} Merge it with another level, or leave it out."
        for level in share.index
        if level not in known
    ]


def cell_of_raters(cells: pd.DataFrame, people: pd.DataFrame) -> np.ndarray:
    """(raters,) the cell that each is in, -1 for those outside the population."""
    demographics = demographics_of(cells)
    numbered = cells[demographics].assign(_cell=np.arange(len(cells)))
    found = people[demographics].merge(numbered, on=demographics, how="left")["_cell"]
    return found.fillna(-1).to_numpy(int)


def target_profiles(cells: pd.DataFrame, ratings: Ratings, columns: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """How facts about raters are distributed in the population.

    Columns that the cells lack are distributed in every cell as among its raters (by design weight, where there is
    one), and in a cell without raters as among all raters.

    Parameters
    ----------
    cells : data frame
        Of ``counted_cells``.
    columns : list of str
        Facts about raters, of the cells or not.

    Returns
    -------
    (profiles, columns) data frame and (profiles,) shares that sum to 1
    """
    columns, demographics = list(columns), demographics_of(cells)
    people = raters_of(ratings, [*demographics, *columns])
    cell = cell_of_raters(cells, people)
    inside, weight = cell >= 0, people["_weight"].to_numpy()
    total = np.bincount(cell[inside], weights=weight[inside], minlength=len(cells))
    at = cell[inside]
    seen = people.loc[inside, columns].assign(_share=cells["share"].to_numpy()[at] * weight[inside] / total[at])
    parts = [seen, _profiles_without_raters(cells[total == 0.0], people, columns)]
    profiles = pd.concat([part for part in parts if len(part)], ignore_index=True)
    merged = profiles.groupby(columns, observed=True, sort=False)["_share"].sum()
    return merged.index.to_frame(index=False), merged.to_numpy()


def _profiles_without_raters(cells: pd.DataFrame, people: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Profiles of cells without raters, their other columns as among all raters; ``columns`` and ``_share``."""
    others = [name for name in columns if name not in cells]
    if not others:
        return cells[columns].assign(_share=cells["share"])
    among_all = people.groupby(others, observed=True, sort=False)["_weight"].sum().reset_index()
    crossed = cells.merge(among_all, how="cross")
    return crossed[columns].assign(_share=crossed["share"] * crossed["_weight"] / among_all["_weight"].sum())


def without_raters(cells: pd.DataFrame, ratings: Ratings, columns: Sequence[str]) -> str:
    """A sentence about combinations of the columns that are in the population and have no raters; "" for none.

    Combinations are those of demographics that the cells have: what the cells lack is taken from raters.
    """
    named = [name for name in demographics_of(cells) if name in columns]
    if not named:
        return ""
    merged = cells.groupby(named, observed=True)["share"].sum().reset_index()
    empty = merged[counted_cells(merged, ratings)["n_raters"].to_numpy() == 0]
    if empty.empty:
        return ""
    first = [":".join(map(str, row)) for row in empty[named].itertuples(index=False, name=None)]
    n, of_them = len(empty), f"{100.0 * empty['share'].sum():.3g}% of the population"
    return (
        f"{counted(n, 'combination')} of {', '.join(named)} in the population ({listed(first, 4)}; {of_them}) "
        f"{'has' if n == 1 else 'have'} no raters. What the model says of {'it' if n == 1 else 'them'} comes from "
        "raters who share some of the levels; merge levels to avoid that."
    )


def sample_against_target(cells: pd.DataFrame, ratings: Ratings) -> pd.DataFrame:
    """The table of ``Population.compare``, whose columns are described there."""
    tables = []
    for name in [*demographics_of(cells), *(n for n in ratings.demographics if n not in cells)]:
        categories = ratings.frame[name].cat.categories
        profiles, share = target_profiles(cells, ratings, [name])
        n_raters = raters_of(ratings, [name])[name].value_counts(sort=False).reindex(categories).to_numpy()
        target = np.bincount(profiles[name].cat.codes, weights=share, minlength=len(categories))
        tables.append(
            pd.DataFrame(
                {
                    "demographic": name,
                    "level": categories.astype(str),
                    "n_raters": n_raters,
                    "percent_raters": 100.0 * n_raters / ratings.n_raters,
                    "percent_target": 100.0 * target,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
