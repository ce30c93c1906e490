"""Levels of several demographics that the same raters have: their effects cannot be told apart."""

import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.errors import listed
from pluralstats.model.design import Design

SAME_RATERS = "have effects that cannot be told apart"  # what a study looks for among the problems


def inseparable_levels(ratings: Ratings, design: Design) -> list[str]:
    """One sentence for each set of raters who alone have levels of several demographics of the formula.

    Everybody is given every level in contrasts of these demographics, and what such a rater's other levels then do is
    unknown, so that all contrasts of them are left empty.
    """
    if not design.fixed.left_out:
        return []
    names = [name for name in ratings.demographics if name in design.formula.columns]
    people = ratings.frame.drop_duplicates("rater")
    held: dict[frozenset[str], list[tuple[str, str]]] = {}
    for name in names:
        for level, part in people.groupby(name, observed=True):
            held.setdefault(frozenset(part["rater"].astype(str)), []).append((name, str(level)))
    shared = {raters: levels for raters, levels in held.items() if len({name for name, _ in levels}) > 1}
    return [_sentence(sorted(raters), levels) for raters, levels in shared.items() if len(raters) < len(people)]


def _sentence(raters: list[str], levels: list[tuple[str, str]]) -> str:
    demographics = pd.unique(pd.Series([name for name, _ in levels]))
    every = ", ".join(f"'{level}' of {name}" for name, level in levels)
    alone = len(raters) == 1
    who = f"rater {raters[0]} has" if alone else f"the {len(raters):,} raters {listed(raters, 3)} have"
    remedy = "undisclosed='drop'" if all(level == "undisclosed" for _, level in levels) else "Merging a level"
    return (
        f"Only {who} {every}, which {SAME_RATERS}: no contrast of {', '.join(demographics)} is determined. "
        f"{remedy}, or leaving {'that rater' if alone else 'those raters'} out, determines them."
    )
