"""How a file was read, as the call, the study file and the flags that read it so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pluralstats.data.answer_words import in_order
from pluralstats.data.checking import Check
from pluralstats.data.reading.shapes import BY_NAME
from pluralstats.study.drafts.drafting import READER, draft_study
from pluralstats.study.drafts.entries import active_options
from pluralstats.study.drafts.toml import data_section, plain_values, python_call, toml_value


class Reading(NamedTuple):
    """The shape in words, the Python call, and the [data] section of a study file."""

    title: str
    python: str
    study: str


def reading(path: Path, check: Check, given: Mapping[str, Any]) -> Reading:
    """How ``check`` read a file, with the arguments of ``read_ratings`` that were given to it."""
    options = {name: given[name] for name in READER if name in given} | {"format": check.shape}
    options |= {name: value for name, value in plain_values(check.options).items() if name not in READER}
    words = [] if "scale" in given else _words(options.get("scale"))
    ordered = in_order(words)
    if words:
        options = {name: value for name, value in options.items() if name != "scale"}
        options |= {"scale": ordered} if ordered else {}
    unknown = [f"# scale = {toml_value(words)}, in their order"] if words and not ordered else []
    study = "\n".join([data_section(path.as_posix(), options), *unknown])
    return Reading(BY_NAME[check.shape].title, python_call(str(path), options), study)


def _words(scale: Any) -> list[str]:
    """The answers of a scale of words, whose order nobody gave."""
    is_words = isinstance(scale, list) and bool(scale) and all(isinstance(answer, str) for answer in scale)
    return scale if is_words else []


def proposed_flags(path: Path, given: Mapping[str, Any]) -> str:
    """The flags with which ``init`` would read a file that cannot be read as it stands; "" where it cannot either."""
    draft = draft_study(path, given)
    if draft.check.summary.empty:
        return ""
    options = active_options(list(draft.entries))
    flags = [f"--columns {','.join(f'{old}={new}' for old, new in options.get('columns', {}).items())}"]
    flags += [f"--{name} {','.join(options[name])}" for name in ("dimensions", "items", "raters") if name in options]
    return " ".join(flag for flag in flags if not flag.endswith(" "))
