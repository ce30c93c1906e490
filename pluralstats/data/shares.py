"""Demographics of which one person can have several levels, each a share of the person (multi-membership weights).

Under ``multi_select={"race": "share"}`` a rater who ticked Asian and White is "Asian + White" in the ratings, half of
each in a model. What such a demographic is compared by are its levels; the sets come after them in the column.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

JOINED = " + "

type Sets = Mapping[str, tuple[str, ...]]  # "Asian + White" -> its levels


def levels_alone(column: pd.Series, sets: Sets) -> list[str]:
    """The levels of a categorical column that are no sets of others, in their order.

    >>> race = pd.Series(["A", "A + B"], dtype=pd.CategoricalDtype(["A", "B", "A + B"]))
    >>> levels_alone(race, {"A + B": ("A", "B")})
    ['A', 'B']
    """
    return [level for level in column.cat.categories if level not in sets]


def share_table(names: list[str], sets: Sets) -> tuple[list[str], np.ndarray]:
    """The levels, and (names, levels) how much of each a person with a level or a set is; rows sum to 1.

    >>> share_table(["A", "B", "A + B"], {"A + B": ("A", "B")})[1].tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]
    """
    alone = [name for name in names if name not in sets]
    members = [sets.get(name, (name,)) for name in names]
    return alone, np.array([[(level in some) / len(some) for level in alone] for some in members])


def shares_in(column: pd.Series, level: str, sets: Sets) -> np.ndarray:
    """(n,) how much of a level each row is: 1 or 0, or a share where the person has several."""
    names = list(map(str, column.cat.categories))
    of_name = np.array([(level in sets.get(name, (name,))) / len(sets.get(name, (name,))) for name in names])
    if level in sets:
        of_name = np.array([float(name == level) for name in names])
    return np.append(of_name, 0.0)[column.cat.codes.to_numpy()]  # a missing level is none


def with_used_levels(column: pd.Series, sets: Sets) -> pd.Series:
    """Without levels that nobody has, alone or in a set."""
    if not sets:
        return column.cat.remove_unused_categories()
    used = set(column.cat.remove_unused_categories().cat.categories)
    used |= {level for name in used for level in sets.get(name, ())}
    return column.cat.set_categories([level for level in column.cat.categories if level in used])


def sets_in(frame: pd.DataFrame, shares: Mapping[str, Sets]) -> dict[str, Sets]:
    """The sets that are left in a frame."""
    return {
        name: {text: levels for text, levels in sets.items() if text in frame[name].cat.categories}
        for name, sets in shares.items()
    }
