"""How a file was read, as the call, the study file and the flags that read it so."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pluralstats.data.answer_order import in_order
from pluralstats.data.checking.whole import Check
from pluralstats.data.reading.shapes import BY_NAME
from pluralstats.errors import listed
from pluralstats.study.configuration.toml import data_section, plain_values, python_call, toml_value
from pluralstats.study.drafts.entries import active_options
from pluralstats.study.drafts.opening import READER, opened_draft
from pluralstats.study.drafts.remedies import policy_sentences

_OF_COLUMNS = ("dimensions", "items", "raters", "answers")


class Reading(NamedTuple):
    """The shape in words, what was assumed and left out, the Python call, and the [data] section of a study file."""

    title: str
    said: tuple[str, ...]
    python: str
    study: str


def reading(path: Path, found: Check, given: Mapping[str, Any]) -> Reading:
    """How ``check`` read a file, with the arguments of ``read_ratings`` that were given to it."""
    options = {name: given[name] for name in READER if name in given} | {"format": found.shape}
    options |= {name: value for name, value in plain_values(found.options).items() if name not in READER}
    kept = found.policies.query('step == "undisclosed" and policy == "level" and n_rows > 0')
    options |= {"undisclosed": "level"} if len(kept) else {}  # check keeps who withheld a demographic that it guessed
    words = [] if "scale" in given else _words(options.get("scale"))
    ordered = in_order(words)
    if words:
        options = {name: value for name, value in options.items() if name != "scale"}
        options |= {"scale": ordered} if ordered else {}
    title = BY_NAME[found.shape].title
    guesses = [guess for guess in found.guesses if guess != f"Read as {title}."]  # that is said above the rows
    if ordered:
        guesses.append(f"The answers stand below in their usual order, to be confirmed: {listed(ordered, 20)}.")
    said = (*guesses, *policy_sentences(found.policies.to_dict("records")))
    python, study = python_call(str(path), options), data_section(path.as_posix(), options)
    if words and not ordered:
        python += f"\n# with scale={words!r}, in their order"
        study += f"\n# scale = {toml_value(words)}, in their order"
    return Reading(title, said, python, study)


def _words(scale: Any) -> list[str]:
    """The answers of a scale of words, whose order nobody gave."""
    is_words = isinstance(scale, list) and bool(scale) and all(isinstance(answer, str) for answer in scale)
    return scale if is_words else []


class Likely(NamedTuple):
    """How a file could be read that cannot be read as it stands: flags, options of ``read_ratings``, what is found."""

    flags: str
    options: Mapping[str, Any]
    check: Check


def proposed(path: Path, given: Mapping[str, Any]) -> Likely | None:
    """How ``init`` would read a file that cannot be read as it stands; None where it cannot either."""
    opening = opened_draft(path, dict(given))
    options = {name: value for name, value in active_options(opening.entries).items() if name != "format"}
    found = opening.check(opening.entries) if opening.found is not None else None
    if found is None or found.summary.empty:
        return None
    columns = [f"{old}={new}" for old, new in options.get("columns", {}).items()]
    named = {"columns": columns} | {name: options[name] for name in _OF_COLUMNS if name in options}
    texts = {name: value if isinstance(value, str) else ",".join(value) for name, value in named.items()}
    return Likely(" ".join(f"--{name} {shlex.quote(text)}" for name, text in texts.items() if text), options, found)
