"""What a study file may say: every section, every key, and what its value must look like."""

import re
from collections.abc import Mapping

from pluralstats.data.policies.options import CHOICES, MULTI_SELECT
from pluralstats.data.reading.from_file import AUTO
from pluralstats.data.reading.shapes import BY_NAME
from pluralstats.disagreement.estimates import EVERY_COEFFICIENT
from pluralstats.errors import nearest
from pluralstats.fits.asking.request import DRAWS
from pluralstats.model.families.known import FAMILIES
from pluralstats.model.priors import SCALES as PRIOR_SCALES
from pluralstats.results.effects.estimands import NAMES as ESTIMANDS
from pluralstats.results.effects.multiplicity import ADJUSTMENTS
from pluralstats.study.configuration.kinds import (
    BINS,
    CODES,
    EXCLUDE,
    FORMULA,
    FORMULAS,
    MARGINS,
    NAME_TO_NAME,
    NAMES,
    ONE_OR_MORE,
    ORDER,
    POINTS,
    POSITIVE,
    RECODE,
    SCALE,
    SCALES,
    SUBMODEL,
    TEXT,
    YES_NO,
    Kind,
    at_least,
    either,
    is_number,
    one_of,
    some_of,
    table_of,
)

LINKS = FAMILIES["cumulative"]
RAMPS = ("diverging", "sequential")  # of `figures.style`, which would load matplotlib; a test compares them
DIMENSIONS = ("joint", "separate")  # one model of all dimensions, or one of each
PROBABILITY = re.compile(r"P\(rating (>=|=) .+\)( ratio)?")


TOP: Mapping[str, Kind] = {"title": TEXT, "simulated": YES_NO, "seed": at_least(0)}
SECTIONS: Mapping[str, Mapping[str, Kind]] = {
    "data": {
        "path": TEXT,
        "format": one_of(AUTO, *BY_NAME),
        "items": ONE_OR_MORE,
        "raters": ONE_OR_MORE,
        "answers": ONE_OR_MORE,
        "people": TEXT,
        "people_key": TEXT,
        "unfinished": one_of("drop", "keep"),
        "scale": SCALE,
        "wave": TEXT,
        "demographics": NAMES,
        "covariates": NAMES,
        "dimensions": NAMES,
        "reference": NAME_TO_NAME,
        "order": ORDER,
        "columns": NAME_TO_NAME,
        "recode": RECODE,
        "na_values": CODES,
        "drop_ratings": CODES,
        "exclude": EXCLUDE,
        "undisclosed": one_of(*CHOICES["undisclosed"]),
        "undisclosed_values": NAMES,
        "undisclosed_label": TEXT,
        "lump": at_least(0),
        "multi_select": Kind(
            f"a table from column to {either(MULTI_SELECT, '"')}",
            lambda value: table_of(value, lambda entry: entry in MULTI_SELECT),
        ),
        "separator": Kind("text", lambda value: isinstance(value, str) and bool(value)),
        "duplicates": one_of(*CHOICES["duplicates"]),
        "contradictions": one_of(*CHOICES["contradictions"]),
        "questions": one_of(*CHOICES["questions"]),
    },
    "model": {
        "formula": FORMULA,
        "family": one_of(*FAMILIES),
        "link": one_of(*LINKS),
        "disc": SUBMODEL,
        "stretch": SUBMODEL,
        "thresholds": TEXT,
        "dimensions": one_of(*DIMENSIONS),
        "method": one_of(*DRAWS),
        "reml": YES_NO,
        "draws": at_least(100),
        "chains": at_least(1),
        "warmup": at_least(50),
        "priors": Kind("a section ([model.priors] on its own line)", lambda value: isinstance(value, dict)),
        "alternatives": FORMULAS,
    },
    "effects": {
        "estimands": some_of(
            f"a list of estimands out of {', '.join(ESTIMANDS)} and 'P(rating >= 4)'",
            *ESTIMANDS,
            also=PROBABILITY,
        ),
        "by": TEXT,
        "rope": POINTS,
        "pairwise": NAMES,
        "adjust": one_of(*ADJUSTMENTS),
        "robustness": YES_NO,
        "proportional_odds": YES_NO,
    },
    "agreement": {
        "by": NAMES,
        "coefficients": some_of(f"a list of coefficients out of {', '.join(EVERY_COEFFICIENT)}", *EVERY_COEFFICIENT),
        "replicates": at_least(20),
    },
    "cohesion": {
        "by": NAMES,
        "method": one_of("auto", "counting", "model"),
        "permutations": at_least(20),
        "replicates": at_least(20),
    },
    "structure": {"intersections": NAMES, "contested": TEXT, "margin": POINTS, "approximate": YES_NO},
    "population": {"name": TEXT, "margins": MARGINS, "cells": TEXT, "equal": TEXT},
    "labels": {"by": NAMES, "bins": BINS, "licence": TEXT},
    "training": {"results": TEXT},
    "figures": {"ramp": one_of(*RAMPS)},
}

PRIORS: Mapping[str, Kind] = {
    **dict.fromkeys(PRIOR_SCALES, POSITIVE),
    "unit": POSITIVE,
    "location": Kind("a number", is_number),
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
    return [
        f"`{key}` should be {kind.expected}, but is {describe(value)}.{next(filter(None, hints), _blank_hint(value))}"
    ]


def _blank_hint(value: object) -> str:
    """What is wrong with a list or table that looks right but has an empty text in it."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    blank = any(isinstance(entry, str) and not entry.strip() for entry in inside)
    return " Empty text in it names nothing; leave it out." if blank else ""
