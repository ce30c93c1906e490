"""Populations made of the raters: as they are, some of them, with equal shares, or raked to margins.

Where margins cannot be reached a sentence says why.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.frames import as_text
from pluralstats.errors import ConfigError, DataError, counted, listed, nearest, problems_error
from pluralstats.population.cell_tables import (
    CellTable,
    cells_of_frame,
    cells_of_raters,
    cells_text,
    demographics_of,
    raters_of,
)
from pluralstats.population.margins import CLOSE, MOST_ROUNDS, can_be_met, constraints_on, parsed_margins, raked
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


def raked_cells(margins: Mapping, seed: Any, share: str) -> CellTable:
    """The cells of a seed (ratings, or a table of cells) with the margins; see ``Population.from_margins``."""
    wanted = parsed_margins(margins)
    names = list(dict.fromkeys(name for margin in wanted for name in margin.demographics))
    cells, who = _seed(seed, names, share)
    constraints = constraints_on(cells, wanted, who)
    fitted = raked(cells["share"].to_numpy(), constraints)
    if fitted.difference > CLOSE:
        raise DataError(_not_met(fitted.difference, can_be_met(len(cells), constraints), cells_text(cells), who))
    source = (
        f"{cells_text(cells)} raked to the margins of {', '.join(margin.name for margin in wanted)} in "
        f"{counted(fitted.rounds, 'round')} (largest difference {fitted.difference:.0e})."
    )
    keep = fitted.share > 0.0
    met = cells.assign(share=fitted.share / fitted.share.sum())[keep].reset_index(drop=True)
    return CellTable(met, source, _notes(cells, keep, names, who))


def _seed(seed: Any, names: list[str], share: str) -> tuple[pd.DataFrame, str]:
    """Cells to start from, and who is in them."""
    if isinstance(seed, Ratings):
        return cells_of_raters(raters_of(seed, known_demographics(seed, names))), "raters"
    cells = cells_of_frame(seed, share).cells
    known = demographics_of(cells)
    problems = [
        f"There is a margin of '{name}', which the seed does not have; it has {', '.join(known)}.{nearest(name, known)}"
        for name in names
        if name not in known
    ]
    if problems:
        raise problems_error(DataError, problems)
    return cells, "cells of the seed"


def _not_met(difference: float, possible: bool, cells: str, who: str) -> str:
    if possible:
        reason = f"combinations that {who} have would have to vanish, which {MOST_ROUNDS:,} rounds do not reach"
    else:
        reason = f"no shares of the {cells} have these margins, because other combinations have no {who}"
    return (
        f"The margins cannot be met: {reason} (largest difference {difference:.2g}). Merge levels until every "
        "combination occurs, or leave a margin out."
    )


def _notes(cells: pd.DataFrame, keep: np.ndarray, names: list[str], who: str) -> tuple[str, ...]:
    """What has no share: combinations that the seed lacks, and those that a margin gives nobody."""
    possible = int(np.prod([cells[name].nunique() for name in names]))
    found = len(cells[names].drop_duplicates())
    notes = []
    if found < possible:
        n = possible - found
        notes.append(
            f"{n:,} of {counted(possible, 'combination')} of {', '.join(names)} {'has' if n == 1 else 'have'} no {who} "
            "and a share of 0."
        )
    if not keep.all():
        notes.append(f"{counted(int((~keep).sum()), 'cell')} of levels whose margin is 0 were left out.")
    return tuple(notes)
