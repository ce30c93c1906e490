"""What the value of a key of a study file may be: in words, and as a test."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """What a value should be, in words that follow "should be", and whether a value is that."""

    expected: str
    accepts: Callable[[Any], bool]
    words: tuple[str, ...] = ()  # the right words, where only some words are right


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """A whole number or a decimal, finite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_cell(value: object) -> bool:
    """What a cell may hold; empty text is a blank one."""
    return isinstance(value, bool) or is_number(value) or isinstance(value, str)


def _all(value: object, accepts: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(accepts(entry) for entry in value)


def table_of(value: object, accepts: Callable[[Any], bool]) -> bool:
    """A table whose every value is accepted."""
    return isinstance(value, dict) and all(accepts(entry) for entry in value.values())


def _is_scale(value: Any) -> bool:
    if value == "continuous":
        return True
    if isinstance(value, list) and len(value) == 3 and value[0] == "continuous":
        return _all(value[1:], is_number) and value[1] < value[2]
    if _all(value, _is_text):
        return len(value) >= 2 and len(set(value)) == len(value)
    return _all(value, is_number) and len(value) >= 2 and all(a < b for a, b in pairwise(value))


def _is_scale_by_level(value: Any) -> bool:
    """A table of one column, in which each level has its scale."""
    one_column = isinstance(value, dict) and len(value) == 1
    return one_column and table_of(value, lambda levels: bool(levels) and table_of(levels, _is_scale))


def at_least(low: int) -> Kind:
    """Whole numbers from ``low`` on."""
    return Kind(f"a whole number of at least {low}", lambda value: _is_int(value) and value >= low)


def either(words: Sequence[str], quote: str) -> str:
    """Words of which one is right, for a sentence."""
    quoted = [f"{quote}{word}{quote}" for word in words]
    return ", ".join(quoted[:-1]) + f" or {quoted[-1]}"


def one_of(*words: str) -> Kind:
    """One of these words."""
    return Kind(either(words, "'"), lambda value: isinstance(value, str) and value in words, words)


def some_of(what: str, *words: str, also: re.Pattern[str] | None = None) -> Kind:
    """A list of these words, or of texts that match ``also``; ``what`` is how messages call it."""

    def accepts(value: object) -> bool:
        return isinstance(value, str) and (value in words or bool(also and also.fullmatch(value)))

    return Kind(what, lambda value: _all(value, accepts) and bool(value), words)


TEXT = Kind("text", _is_text)
NAMES = Kind('a list of names, such as ["gender", "race"]', lambda value: _all(value, _is_text))
ONE_OR_MORE = Kind(
    'a name, a pattern such as "Q1_*", or a list of them',
    lambda value: _is_text(value) or (_all(value, _is_text) and bool(value)),
)
YES_NO = Kind("true or false", lambda value: isinstance(value, bool))
CODES = Kind(
    'a list of ratings, such as [99] or ["don\'t know"]',
    lambda value: _all(value, lambda entry: is_number(entry) or isinstance(entry, str)),
)
NAME_TO_NAME = Kind('a table from name to name, such as {race = "White"}', lambda value: table_of(value, _is_text))
ORDER = Kind(
    'a table from column to its levels, the lowest first, such as {education = ["school", "college"]}',
    lambda value: table_of(value, lambda levels: _all(levels, _is_text) and len(levels) > 1),
)
RECODE = Kind(
    'a table for each column, such as recode.age = {"18-24" = "under 30"}',
    lambda value: table_of(value, lambda entry: table_of(entry, lambda new: isinstance(new, str))),
)
EXCLUDE = Kind(
    'a table from column to values to leave out, such as {attention = ["failed"]}',
    lambda value: table_of(value, lambda entry: _is_cell(entry) or (_all(entry, _is_cell) and bool(entry))),
)
SCALE = Kind(
    '[low, high], a list of increasing numbers, a list of different labels in order, "continuous", '
    'or ["continuous", low, high]; or a table of these, such as {wave = {"1" = [1, 5], "2" = [1, 3]}}',
    lambda value: _is_scale(value) or _is_scale_by_level(value),
)
FORMULA = Kind(
    "a formula such as 'rating ~ gender + (1 | item) + (1 | rater)'",
    lambda value: isinstance(value, str) and bool(re.fullmatch(r"\s*rating\s*~.+", value, re.DOTALL)),
)
SUBMODEL = Kind(
    "a formula without its left side, such as '~ gender + (1 | rater)'",
    lambda value: isinstance(value, str) and bool(re.fullmatch(r"\s*~.*\S.*", value, re.DOTALL)),
)
FORMULAS = Kind(
    'a table from name to formula, such as {"items only" = "rating ~ gender + (1 | item)"}',
    lambda value: table_of(value, FORMULA.accepts),
)

BINS = Kind(
    "a number of bins, such as 5, or increasing numbers where a slider is cut, such as [25, 50, 75]",
    lambda value: (
        (_is_int(value) and value >= 1)
        or (_all(value, is_number) and bool(value) and all(a < b for a, b in pairwise(value)))
    ),
)
POINTS = Kind("a number of rating points, 0 or more", lambda value: is_number(value) and value >= 0)
MARGINS = Kind(
    "a table of shares for each demographic, such as margins.gender = {female = 0.51, male = 0.49}",
    lambda value: table_of(value, lambda levels: table_of(levels, lambda share: is_number(share) and share >= 0)),
)
POSITIVE = Kind("a number above 0", lambda value: is_number(value) and value > 0)
SCALES = Kind(
    'a table from term to number, such as {"gender" = 0.5, "sd(rater)" = 2.0}',
    lambda value: table_of(value, POSITIVE.accepts),
)
