"""Answers with several choices in one cell, as "White;Asian": made one, or kept as shares of the person.

Under "share" an answer stays a set of choices, each once and in natural order, with the separator between them until
the levels are settled. Every step in between renames and counts choices, not sets.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pluralstats.data.batch import Batch
from pluralstats.data.policies.options import SHARE, RatingOptions
from pluralstats.data.shares import JOINED, Sets
from pluralstats.data.tables.columns import distinct_pairs
from pluralstats.data.tables.frames import in_natural_order, relabelled
from pluralstats.errors import counted, listed

MULTIRACIAL = "multiracial"


def one_answer_each(batch: Batch, options: RatingOptions) -> Batch:
    """Answers with several choices ("White;Asian") made one: the first, "multiracial", or the set of all of them."""
    for name, policy in options.multi_select.items():
        level = batch.table[name].array
        several = [text for text in level.categories if options.separator in text]
        new = {text: _one_choice(text, options.separator, policy) for text in several}
        where = np.asarray(level.isin(several))
        detail = (
            f"{counted(len(several), 'combination')}: {listed(several)}"
            if several
            else f"no answer has '{options.separator}'"
        )
        batch = batch.recorded("multi_select", name, policy, where=where, detail=detail)
        batch = batch.column(name, relabelled(level, new))
    return batch


def _one_choice(text: str, separator: str, policy: str) -> str | None:
    choices = _choices(text, separator)
    if policy == SHARE:
        return _joined(choices, separator)
    if len(choices) > 1 and policy == MULTIRACIAL:
        return MULTIRACIAL
    return choices[0] if choices else None


def _choices(text: str, separator: str) -> list[str]:
    return list(dict.fromkeys(choice for part in text.split(separator) if (choice := part.strip())))


def _joined(choices: Sequence[str], separator: str) -> str | None:
    return separator.join(in_natural_order(list(dict.fromkeys(choices)))) or None


def choices_of(text: str, name: str, options: RatingOptions) -> list[str]:
    """The levels in an answer: one, or under "share" each of its choices."""
    return _choices(text, options.separator) if options.multi_select.get(name) == SHARE else [text]


def levels_in(level: pd.Categorical, name: str, options: RatingOptions) -> list[str]:
    """The levels of a column, each once, those that occur in a set only among them."""
    return list(dict.fromkeys(choice for text in level.categories for choice in choices_of(text, name, options)))


def renamed_levels(
    level: pd.Categorical, new: Mapping[str, str | None], name: str, options: RatingOptions
) -> pd.Categorical:
    """Levels with some renamed, merged or (None) made missing; of a set, those choices alone."""
    if options.multi_select.get(name) != SHARE:
        return relabelled(level, new)
    texts = {}
    for text in level.categories:
        kept = [choice for old in choices_of(text, name, options) if (choice := new.get(old, old)) is not None]
        texts[text] = _joined(kept, options.separator)
    return relabelled(level, texts)


def having_any(level: pd.Categorical, wanted: Sequence[str], name: str, options: RatingOptions) -> np.ndarray:
    """(n,) bool, whether an answer is one of the levels, or has one among its choices."""
    some = [text for text in level.categories if any(choice in wanted for choice in choices_of(text, name, options))]
    return np.asarray(level.isin(some))


def raters_per_level(rater: pd.Categorical, level: pd.Categorical) -> np.ndarray:
    """Number of raters with each answer, (n_levels,)."""
    _, said = distinct_pairs(rater.codes, level.codes, len(level.categories))
    return np.bincount(said[said >= 0], minlength=len(level.categories))


def raters_by_level(
    rater: pd.Categorical, level: pd.Categorical, name: str, options: RatingOptions
) -> list[tuple[str, int]]:
    """Each level and the number of raters with it, alone or beside others."""
    of_answers = raters_per_level(rater, level)
    counts = dict.fromkeys(levels_in(level, name, options), 0)
    for text, n in zip(level.categories, of_answers.tolist(), strict=True):
        for choice in choices_of(text, name, options):
            counts[choice] += n
    return list(counts.items())


def settled_levels(
    batch: Batch, name: str, level: pd.Categorical, order: Sequence[str], options: RatingOptions
) -> Batch:
    """The column with its levels in their order, the sets after them and called "Asian + White"."""
    sets: dict[str, tuple[str, ...]] = {}
    new = {}
    for text in level.categories:
        choices = [choice for choice in order if choice in choices_of(text, name, options)]
        new[text] = JOINED.join(choices) if len(choices) > 1 else choices[0]
        sets |= {new[text]: tuple(choices)} if len(choices) > 1 else {}
    taken = [text for text in sets if text in order]
    if taken:
        return batch.complaining(
            f"'{name}' has the answer '{taken[0]}', which is also how raters with {listed(sets[taken[0]])} would be "
            "called. Rename the answer (recode=)."
        )
    rank = {choice: i for i, choice in enumerate(order)}
    named: list[str] = sorted(sets, key=lambda text: [rank[choice] for choice in sets[text]])
    whole = relabelled(level, new)
    column = pd.Categorical(whole, categories=pd.Index([*order, *named], dtype="str"))
    return batch.column(name, column).sharing(name, sets)


def sets_of_columns(options: RatingOptions, shares: Mapping[str, Sets]) -> dict[str, Sets]:
    """For every demographic under "share" the sets of levels that raters have; none where each rater has one level."""
    return {name: shares.get(name, {}) for name, policy in options.multi_select.items() if policy == SHARE}
