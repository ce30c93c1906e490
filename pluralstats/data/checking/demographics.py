"""What looks wrong in demographics although no rule forbids it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.checking.evidence import Evidence, Typed
from pluralstats.data.policies.choices import raters_per_level
from pluralstats.data.shares import share_table
from pluralstats.errors import counted, listed

_RARE = 5  # a level with fewer raters cannot be told from its raters
_MANY_RARE = 5  # this many rare levels look like free text
_JOINERS = (", ", ",", ";", "|", "/", " & ", " and ", "+")  # what may stand between choices in one cell
_MOST_NUMBERS = 50  # more different numbers are a measure, not groups


def missing_demographics(evidence: Evidence) -> list[str]:
    """Raters without an answer in some or all of their rows, columns with the same gaps together."""
    if "undisclosed" in evidence.given:
        return []
    rater = evidence.level("rater")
    gaps: dict[bytes, tuple[np.ndarray, list[str]]] = {}
    for name in evidence.options.demographics:
        missing = evidence.level(name).codes < 0
        if missing.any():
            gaps.setdefault(missing.tobytes(), (missing, []))[1].append(name)
    sentences = []
    for missing, names in gaps.values():
        n_missing = np.bincount(rater.codes[missing & (rater.codes >= 0)], minlength=len(rater.categories))
        n_rows = np.bincount(rater.codes[rater.codes >= 0], minlength=len(rater.categories))
        who = [f"{rater.categories[i]} ({n_missing[i]} of {n_rows[i]} rows)" for i in np.flatnonzero(n_missing)]
        columns = ", ".join(f"'{name}'" for name in names)
        sentences.append(
            f"{columns} {'is' if len(names) == 1 else 'are'} missing in "
            f"{counted(evidence.n_rows(missing), 'row')} of {counted(len(who), 'rater')}: {listed(who, 5)}. "
            f'Choose undisclosed="drop", "level" or "impute".'
        )
    return sentences


def withheld_demographics(evidence: Evidence) -> list[str]:
    """Demographics that raters declined to give: what becomes of them is a choice."""
    if "undisclosed" in evidence.given:
        return []
    withheld = {value.casefold() for value in evidence.options.undisclosed_values}
    rater, sentences = evidence.level("rater"), []
    for name in evidence.options.demographics:
        level = evidence.level(name)
        where = np.asarray(level.isin([text for text in level.categories if text.casefold() in withheld]))
        if where.any():
            said = list(level[where].remove_unused_categories().categories)
            sentences.append(
                f"'{name}' is withheld by {counted(len(np.unique(rater.codes[where])), 'rater')} in "
                f"{counted(evidence.n_rows(where), 'row')}: {listed([repr(text) for text in said])}. "
                f'Choose undisclosed="drop", "level" or "impute".'
            )
    return sentences


def raters_left_out(evidence: Evidence) -> list[str]:
    """How many raters ``Ratings`` leaves out because of what they did not say."""
    before, after = (len(np.unique(part.table["rater"].array.codes)) for part in (evidence.batch, evidence.used))
    if "undisclosed" in evidence.given or after >= before:
        return []
    return [
        f"As it is, {before - after:,} of {counted(before, 'rater')} are left out because a demographic of theirs is "
        f'missing or withheld, and {after:,} stay; undisclosed="level" or "impute" keeps them.'
    ]


def separators_not_found(evidence: Evidence) -> list[str]:
    """Policies for several choices in columns where no answer has the separator."""
    separator = evidence.options.separator
    return [
        f"`multi_select` names '{name}', but none of its answers has the separator '{separator}', so that nothing is "
        "done. Pass separator= as it stands between the choices, or leave multi_select= out."
        for name in evidence.options.multi_select
        if not any(separator in text for text in evidence.level(name).categories)
    ]


def answers_that_join_others(evidence: Evidence) -> list[str]:
    """Answers such as "White, Asian" beside "White" and "Asian": several choices in one cell."""
    sentences = []
    for name in evidence.options.demographics:
        sets = evidence.batch.shares.get(name, {})
        answers = [answer for answer in evidence.batch.table[name].array.categories if answer not in sets]
        for separator in _JOINERS:
            joins = joined_answers(answers, separator)
            if joins and not (name in evidence.options.multi_select and separator in evidence.options.separator):
                sentences.append(
                    f"'{name}' has answers that join others: {listed([repr(text) for text in joins], 4)}. If raters "
                    f'could choose several, pass multi_select={{"{name}": "first"}}, "multiracial" or "share", and '
                    f'separator="{separator}".'
                )
                break
    return sentences


def joined_answers(answers: Sequence[str], separator: str) -> list[str]:
    """Answers all of whose parts are answers too.

    >>> joined_answers(["White", "Asian", "White, Asian", "Black, or other"], ", ")
    ['White, Asian']
    """
    known = {answer.casefold() for answer in answers}
    return [
        answer
        for answer in answers
        if len(parts := answer.split(separator)) > 1 and all(part.strip().casefold() in known for part in parts)
    ]


def free_text(evidence: Evidence) -> list[str]:
    """Demographics with many levels of a few raters each, probably typed, not chosen; numbers that are no groups."""
    sentences = []
    for name, level, n_raters in _as_typed(evidence):
        if _is_measure(level):
            sentences.append(
                f"'{name}' is a number with {len(level.categories):,} different values; "
                f"bin it with recode= or use covariates=."
            )
            continue
        rare = [text for text, n in zip(level.categories, n_raters, strict=True) if n < _RARE]
        if len(rare) >= _MANY_RARE and "lump" not in evidence.given:
            sentences.append(
                f"'{name}' looks like free text: {len(rare)} of {len(level.categories)} answers have fewer "
                f"than {_RARE} raters, such as {listed([repr(text) for text in rare], 4)}. "
                f"Merge them with recode= or lump=."
            )
    return sentences


def _is_measure(level: pd.Categorical) -> bool:
    is_number = pd.to_numeric(pd.Series(list(level.categories)), errors="coerce").notna()
    return bool(is_number.all()) and len(level.categories) > _MOST_NUMBERS


def _as_typed(evidence: Evidence) -> list[tuple[str, pd.Categorical, np.ndarray]]:
    """Each demographic with its answers as they stand in the file, spaces included, and raters per answer."""
    rater = evidence.level("rater")
    typed = []
    for name in evidence.options.demographics:
        column = evidence.table[name]
        is_text = pd.api.types.is_string_dtype(column.dtype) and not evidence.options.recode.get(name)
        level = _of_texts(evidence.columns.typed(name)) if is_text else evidence.batch.table[name].array
        who = rater if is_text else evidence.batch.table["rater"].array
        typed.append((name, level, raters_per_level(who, level)))
    return typed


def _of_texts(typed: Typed) -> pd.Categorical:
    texts = pd.Index(list(map(str, typed.distinct)), dtype="str")
    order = np.argsort(texts.to_numpy(dtype=object), kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(order)), -1
    return pd.Categorical.from_codes(place[typed.codes], categories=texts[order])


def spelling_variants(evidence: Evidence) -> list[str]:
    """Levels that differ in capitals, spaces or punctuation only."""
    sentences = []
    for name in evidence.options.demographics:
        texts = pd.Series(list(evidence.batch.table[name].array.categories), dtype="str")
        key = texts.str.casefold().str.replace(r"[\W_]+", "", regex=True)
        groups = [" = ".join(map(repr, group)) for _, group in texts.groupby(key) if len(group) > 1]
        if groups:
            sentences.append(
                f"'{name}' has answers that differ in capitals, spaces or signs only: {listed(groups, 4)}. "
                f"Merge them with recode=."
            )
    return sentences


def lonely_levels(evidence: Evidence) -> list[str]:
    """Levels with one rater: nothing can be said about the group apart from the person."""
    sentences = []
    for name in evidence.options.demographics:
        level = evidence.batch.table[name].array
        alone, share = share_table(list(level.categories), evidence.batch.shares.get(name, {}))
        n_raters = raters_per_level(evidence.batch.table["rater"].array, level) @ (share > 0.0)
        lonely = [
            text
            for text, n in zip(alone, n_raters, strict=True)
            if n == 1 and text != evidence.options.undisclosed_label
        ]
        if lonely and not _is_measure(level):
            sentences.append(
                f"'{name}' has {counted(len(lonely), 'level')} with one rater: {listed(lonely, 4)}. "
                f"Merge with recode= or lump=2."
            )
    return sentences


def single_levels(evidence: Evidence) -> list[str]:
    """Demographics without variation."""
    return [
        f"'{name}' has one level only, '{level.categories[0]}'; it can have no effect. Leave it out."
        for name in evidence.options.demographics
        if len((level := evidence.batch.table[name].array).categories) == 1
    ]
