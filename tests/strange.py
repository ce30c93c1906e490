"""Exports with one part removed or replaced by something strange, as hand edits and other versions leave them."""

import copy
import json
import random

import pluralstats as ps

PARTS = (None, [], {}, "", 0, 1.5, True, "abc", [1, [2]], {"a": {"b": [1]}}, [None], [{}], "1, 2", float("nan"), 10**30)
N_CHANGES = 30


def outcomes(content, tool, path):
    """What reading gives after each change, recognised and by name: ``Ratings`` or our errors; others are raised."""
    rng, kinds = random.Random(f"{tool} {path.name}"), set()
    for _ in range(N_CHANGES):
        path.write_text(json.dumps(changed(content, rng)))
        for format in ("auto", tool):
            try:
                kinds.add(type(ps.read_ratings(path, scale=(0, 9), format=format)))
            except ps.PluralstatsError as error:
                kinds.add(type(error))
                assert all(problem.endswith((".", "?")) for problem in error.problems), error.problems
    return kinds


def changed(value, rng):
    """The value with one part removed or replaced."""
    value = copy.deepcopy(value)
    *way, last = rng.choice(list(places(value)))
    part = value
    for key in way:
        part = part[key]
    if rng.random() < 0.3:
        del part[last]
    else:
        part[last] = copy.deepcopy(rng.choice(PARTS))
    return value


def places(value, above=()):
    """The place of every value in a nested one, as keys and positions."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*above, key)
        yield from places(part, (*above, key))
