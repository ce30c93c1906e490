"""What a study file may say: every section, every key, and what its value must look like."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from pluralstats.data.options import CHOICES, MULTI_SELECT
from pluralstats.data.reading.from_file import AUTO
from pluralstats.data.reading.shapes import BY_NAME
from pluralstats.disagreement.estimates import EVERY_COEFFICIENT
from pluralstats.errors import nearest
from pluralstats.fit_options import DRAWS
from pluralstats.model.design import FAMILIES
from pluralstats.model.priors import SCALES as PRIOR_SCALES
from pluralstats.results.estimands import NAMES as ESTIMANDS
from pluralstats.results.multiplicity import ADJUSTMENTS

LINKS = FAMILIES["cumulative"]
RAMPS = ("diverging", "sequential")  # of `figures.style`, which would load matplotlib; a test compares them
PROBABILITY = re.compile(r"P\(rating (>=|=) .+\)( ratio)?")


class Kind(NamedTuple):
    """What a value should be, in words that follow "should be", and whether a value is that."""

    expected: str
    accepts: Callable[[Any], bool]
    words: tuple[str, ...] = ()  # the right words, where only some words are right


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _all(value: object, accepts: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(accepts(entry) for entry in value)


def _table_of(value: object, accepts: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(accepts(entry) for entry in value.values())


def _is_scale(value: Any) -> bool:
    if value == "continuous":
        return True
    if isinstance(value, list) and len(value) == 3 and value[0] == "continuous":
        return _all(value[1:], _is_number) and value[1] < value[2]
    if _all(value, _is_text):
        return len(value) >= 2 and len(set(value)) == len(value)
    return _all(value, _is_number) and len(value) >= 2 and all(a < b for a, b in pairwise(value))


def _at_least(low: int) -> Kind:
    return Kind(f"a whole number of at least {low}", lambda value: _is_int(value) and value >= low)


def _either(words: Sequence[str], quote: str) -> str:
    quoted = [f"{quote}{word}{quote}" for word in words]
    return ", ".join(quoted[:-1]) + f" or {quoted[-1]}"


def _one_of(*words: str) -> Kind:
    return Kind(_either(words, "'"), lambda value: isinstance(value, str) and value in words, words)


def _some_of(what: str, *words: str, also: re.Pattern[str] | None = None) -> Kind:
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
    lambda value: _all(value, lambda entry: _is_number(entry) or _is_text(entry)),
)
NAME_TO_NAME = Kind('a table from name to name, such as {race = "White"}', lambda value: _table_of(value, _is_text))
RECODE = Kind(
    'a table for each column, such as recode.age = {"18-24" = "under 30"}',
    lambda value: _table_of(value, lambda entry: _table_of(entry, lambda new: isinstance(new, str))),
)
SCALE = Kind(
    '[low, high], a list of increasing numbers, a list of different labels in order, "continuous", '
    'or ["continuous", low, high]',
    _is_scale,
)
FORMULA = Kind(
    "a formula such as 'rating ~ gender + (1 | item) + (1 | rater)'",
    lambda value: isinstance(value, str) and bool(re.fullmatch(r"\s*rating\s*~.+", value, re.DOTALL)),
)
FORMULAS = Kind(
    'a table from name to formula, such as {"items only" = "rating ~ gender + (1 | item)"}',
    lambda value: _table_of(value, FORMULA.accepts),
)

POINTS = Kind("a number of rating points, 0 or more", lambda value: _is_number(value) and value >= 0)
MARGINS = Kind(
    "a table of shares for each demographic, such as margins.gender = {female = 0.51, male = 0.49}",
    lambda value: _table_of(value, lambda levels: _table_of(levels, lambda share: _is_number(share) and share >= 0)),
)
POSITIVE = Kind("a number above 0", lambda value: _is_number(value) and value > 0)
SCALES = Kind(
    'a table from term to number, such as {"gender" = 0.5, "sd(rater)" = 2.0}',
    lambda value: _table_of(value, POSITIVE.accepts),
)

TOP: Mapping[str, Kind] = {"title": TEXT, "simulated": YES_NO, "seed": _at_least(0)}
SECTIONS: Mapping[str, Mapping[str, Kind]] = {
    "data": {
        "path": TEXT,
        "format": _one_of(AUTO, *BY_NAME),
        "items": ONE_OR_MORE,
        "raters": ONE_OR_MORE,
        "answers": ONE_OR_MORE,
        "people": TEXT,
        "people_key": TEXT,
        "unfinished": _one_of("drop", "keep"),
        "scale": SCALE,
        "demographics": NAMES,
        "covariates": NAMES,
        "dimensions": NAMES,
        "reference": NAME_TO_NAME,
        "columns": NAME_TO_NAME,
        "recode": RECODE,
        "na_values": CODES,
        "drop_ratings": CODES,
        "undisclosed": _one_of(*CHOICES["undisclosed"]),
        "undisclosed_values": NAMES,
        "undisclosed_label": TEXT,
        "lump": _at_least(0),
        "multi_select": Kind(
            f"a table from column to {_either(MULTI_SELECT, '"')}",
            lambda value: _table_of(value, lambda entry: entry in MULTI_SELECT),
        ),
        "separator": Kind("text", lambda value: isinstance(value, str) and bool(value)),
        "duplicates": _one_of(*CHOICES["duplicates"]),
        "contradictions": _one_of(*CHOICES["contradictions"]),
        "questions": _one_of(*CHOICES["questions"]),
    },
    "model": {
        "formula": FORMULA,
        "family": _one_of(*FAMILIES),
        "link": _one_of(*LINKS),
        "method": _one_of(*DRAWS),
        "reml": YES_NO,
        "draws": _at_least(100),
        "chains": _at_least(1),
        "warmup": _at_least(50),
        "priors": Kind("a section ([model.priors] on its own line)", lambda value: isinstance(value, dict)),
        "alternatives": FORMULAS,
    },
    "effects": {
        "estimands": _some_of(
            f"a list of estimands out of {', '.join(ESTIMANDS)} and 'P(rating >= 4)'",
            *ESTIMANDS,
            also=PROBABILITY,
        ),
        "by": TEXT,
        "rope": POINTS,
        "pairwise": NAMES,
        "adjust": _one_of(*ADJUSTMENTS),
        "robustness": YES_NO,
    },
    "agreement": {
        "by": NAMES,
        "coefficients": _some_of(f"a list of coefficients out of {', '.join(EVERY_COEFFICIENT)}", *EVERY_COEFFICIENT),
        "replicates": _at_least(20),
    },
    "cohesion": {
        "by": NAMES,
        "method": _one_of("auto", "counting", "model"),
        "permutations": _at_least(20),
        "replicates": _at_least(20),
    },
    "structure": {"intersections": NAMES, "contested": TEXT, "margin": POINTS, "approximate": YES_NO},
    "population": {"name": TEXT, "margins": MARGINS, "cells": TEXT, "equal": TEXT},
    "labels": {"by": NAMES, "licence": TEXT},
    "training": {"results": TEXT},
    "figures": {"ramp": _one_of(*RAMPS)},
}

PRIORS: Mapping[str, Kind] = {
    **dict.fromkeys(PRIOR_SCALES, POSITIVE),
    "unit": POSITIVE,
    "location": Kind("a number", _is_number),
    "terms": SCALES,
}


def describe(value: object) -> str:
    """A value of a study file as a person would name it.

    >>> describe("1"), describe(True), describe([1, 2])
    ("'1' (text)", 'true (true or false)', '[1, 2] (a list)')
    """
    kinds = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a table",
    }
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return f"{shown} ({kinds.get(type(value), type(value).__name__)})"


def schema_problems(document: Mapping[str, object]) -> list[str]:
    """Every unknown key and every value of the wrong kind in a parsed study file, as finished sentences."""
    problems: list[str] = []
    for name, value in document.items():
        if name in SECTIONS and isinstance(value, dict):
            problems += _section_problems(name, value, SECTIONS[name])
        elif name in SECTIONS:
            problems.append(f"`{name}` should be a section ([{name}] on its own line), but is {describe(value)}.")
        elif name in TOP:
            problems += _value_problems(name, TOP[name], value)
        else:
            problems.append(_unknown(name, "", {**TOP, **SECTIONS}))
    return problems


def _section_problems(section: str, table: Mapping[str, object], known: Mapping[str, Kind]) -> list[str]:
    problems = []
    for key, value in table.items():
        if (section, key) == ("model", "priors") and isinstance(value, dict):
            problems += _section_problems("model.priors", value, PRIORS)
        elif key in known:
            problems += _value_problems(f"{section}.{key}", known[key], value)
        else:
            problems.append(_unknown(key, section, known))
    return problems


def _unknown(key: str, section: str, known: Mapping[str, object]) -> str:
    where = f" in [{section}]" if section else " at the top of a study file"
    places = {"": TOP, **SECTIONS, "model.priors": PRIORS}
    homes = [name for name, keys in places.items() if key in keys and name != section]
    if homes:
        home = f"under [{homes[0]}]" if homes[0] else "at the top of the file, before any section"
        return f"`{key}` is not a key{where}. It belongs {home}."
    hint = nearest(key, known)
    listing = "" if hint else f" The keys there are {', '.join(known)}."
    return f"`{key}` is not a key{where}.{hint}{listing}"


def _value_problems(key: str, kind: Kind, value: object) -> list[str]:
    if kind.accepts(value):
        return []
    entries = value if isinstance(value, list) else [value]
    hints = [nearest(entry, kind.words) for entry in entries if isinstance(entry, str) and entry not in kind.words]
    return [f"`{key}` should be {kind.expected}, but is {describe(value)}.{next(filter(None, hints), '')}"]
