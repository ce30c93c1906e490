"""A population from margins: the seed's cells raked until they have them, or a sentence why they cannot."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import DataError, counted, nearest, problems_error
from pluralstats.population.cell_tables import (
    CellTable,
    cells_of_frame,
    cells_of_raters,
    cells_text,
    demographics_of,
    raters_of,
)
from pluralstats.population.margins import CLOSE, MOST_ROUNDS, can_be_met, constraints_on, parsed_margins, raked
from pluralstats.population.rater_cells import known_demographics


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
