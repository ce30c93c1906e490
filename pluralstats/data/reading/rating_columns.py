"""Columns that look like ratings: few different answers, and which columns have the same ones."""

import re
from collections.abc import Sequence

import pandas as pd

from pluralstats.data.answer_order import in_order
from pluralstats.data.tables.frames import levels

_MOST_ANSWERS = 11  # more different numbers than 0-10 are a measure
_ALIKE = 0.6  # share of all answers that a column must have to be of the same scale
_STEM = re.compile(r"^(.*?)[\s_.-]*\[?\d+\]?$")  # Q5_1, Q5.2, item 3


def is_answer(column: pd.Series) -> bool:
    """Whether a column has numbers or few words in it, as answers to one question do.

    >>> is_answer(pd.Series([1, 2, 5, 2])), is_answer(pd.Series(["a long story", "another", "a third", "more"]))
    (True, False)
    """
    found = levels(column).categories
    if len(found) < 2:
        return False
    if pd.to_numeric(pd.Series(list(found)), errors="coerce").notna().all():
        return True
    return in_order(list(found)) is not None or len(found) <= min(_MOST_ANSWERS, int(column.notna().sum()) / 2)


def alike_columns(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """The columns with the same small set of answers; those that are numbered alike (Q5_1, Q5_2) before others.

    Empty where two sets of columns would do.
    """
    answers = {name: _answers(table[name]) for name in names}
    groups: list[list[str]] = []
    for name in sorted((name for name in names if answers[name]), key=lambda name: -len(answers[name])):
        home = next((group for group in groups if _same_scale(answers[group[0]], answers[name])), None)
        if home is None:
            groups.append([name])
        else:
            home.append(name)
    best = _clear_best(groups)
    stems = [group for group in _by_stem(best) if len(group) > 2]
    chosen = _clear_best(stems) or best
    return [name for name in names if name in chosen]


def _answers(column: pd.Series) -> frozenset[str]:
    """The answers of a column that may be of a scale; none of another column."""
    found = list(levels(column).categories)
    numbers = pd.to_numeric(pd.Series(found, dtype="str"), errors="coerce")
    small = numbers.notna().all() and len(found) <= _MOST_ANSWERS and numbers.abs().max() <= 100
    return frozenset(found) if len(found) > 1 and (small or in_order(found) is not None) else frozenset()


def _same_scale(widest: frozenset[str], other: frozenset[str]) -> bool:
    return other <= widest and len(other) >= _ALIKE * len(widest)


def _by_stem(names: Sequence[str]) -> list[list[str]]:
    stems: dict[str, list[str]] = {}
    for name in names:
        found = _STEM.match(str(name))
        stems.setdefault(found[1] if found else str(name), []).append(name)
    return list(stems.values())


def _clear_best(groups: Sequence[list[str]]) -> list[str]:
    """The largest group; none where two are as large."""
    ranked = sorted(groups, key=len, reverse=True)
    tie = len(ranked) > 1 and len(ranked[0]) == len(ranked[1])
    return [] if not ranked or tie else ranked[0]
