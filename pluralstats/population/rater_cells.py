"""Populations made of the raters themselves: as they are, some of them, or reweighted to equal shares."""

from collections.abc import Mapping, Sequence

import numpy as np

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.frames import as_text
from pluralstats.errors import ConfigError, DataError, counted, listed, nearest, problems_error
from pluralstats.population.cell_tables import CellTable, cells_of_raters, raters_of
from pluralstats.population.matching import rater_factors


def known_demographics(ratings: Ratings, names: Sequence[str] | str) -> list[str]:
    """The names, each once.

    Raises
    ------
    ConfigError
        A name that is no demographic of the ratings, or no name at all.
    """
    known = rater_factors(ratings)
    asked = list(dict.fromkeys([names] if isinstance(names, str) else names))
    have = f"the ratings have {', '.join(known) or 'none'}"
    if not asked:
        raise ConfigError(f"A population needs a demographic that its cells differ in; {have}.")
    problems = [
        f"'{name}' is no demographic of the ratings; {have}.{nearest(str(name), known)}"
        for name in asked
        if name not in known
    ]
    if problems:
        raise problems_error(ConfigError, problems)
    return asked


def cells_as_they_are(ratings: Ratings, demographics: Sequence[str]) -> CellTable:
    """All raters, each once."""
    cells = cells_of_raters(raters_of(ratings, known_demographics(ratings, demographics)))
    return CellTable(cells, f"The {counted(ratings.n_raters, 'rater')} as they are.")


def cells_of_group(ratings: Ratings, levels: Mapping[str, str | Sequence[str]]) -> CellTable:
    """The raters who have one of the levels of every demographic named."""
    known_demographics(ratings, list(levels))
    chosen = {name: _texts(some) for name, some in levels.items()}
    problems = [
        f"'{level}' is no level of '{name}' ({listed(list(known), 12)}).{nearest(level, known)}"
        for name, some in chosen.items()
        for level in some
        if level not in (known := ratings.frame[name].cat.categories)
    ]
    if problems:
        raise problems_error(ConfigError, problems)
    people = raters_of(ratings, [*ratings.demographics, *chosen])
    keep = np.all([people[name].isin(some) for name, some in chosen.items()], axis=0)
    who = " and ".join(f"{name} {' or '.join(some)}" for name, some in chosen.items())
    if not keep.any():
        raise DataError(f"No rater is {who}, all at once. Name fewer levels.")
    return CellTable(cells_of_raters(people[keep]), f"The {counted(int(keep.sum()), 'rater')} with {who}, as they are.")


def _texts(levels: str | Sequence[str]) -> list[str]:
    return [as_text(level) for level in ([levels] if isinstance(levels, str) else levels)]


def cells_of_equal_shares(ratings: Ratings, demographic: str) -> CellTable:
    """The same share for every level of one demographic, the others as within each level."""
    known_demographics(ratings, demographic)
    cells = cells_of_raters(raters_of(ratings, [*ratings.demographics, demographic]))
    level = cells[demographic].cat.codes.to_numpy()
    of_level = np.bincount(level, weights=cells["share"])
    text = f"Equal shares of the {counted(of_level.size, 'level')} of {demographic}, other demographics as within each."
    return CellTable(cells.assign(share=cells["share"] / of_level[level] / of_level.size), text)
