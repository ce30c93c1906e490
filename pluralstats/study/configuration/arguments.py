"""Sentences that speak of arguments of Python, in the words of the command line: flags, and keys of study files.

The sentences are written once, with arguments as Python has them: ``na_values=["x"]``, ``duplicates="first"``,
`` `scale` ``. Where they are printed, an argument that the running command has as an option becomes that flag, and any
other that study files know becomes their key.
"""

import ast
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from pluralstats.study.configuration.schema import PRIORS, SECTIONS

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_IN_PYTHON = re.compile(r" (in|to) ps\.(read_ratings|Ratings)\b")  # whose arguments they are; commands have all of them
_OF_OBJECTS = re.compile(r"ps\.(Sampler|Priors)\((\w+)=([\d.]*)\)")  # keys of the study file in objects of Python
_SECTION_OF = {"Sampler": "model", "Priors": "model.priors"}
_FIRST_OF_ALL = ("model", "data")  # sections whose keys are arguments; the last wins


def in_study_words(text: str, flags: Mapping[str, str] | None = None) -> str:
    """A sentence with flags and study-file keys in place of arguments.

    Parameters
    ----------
    text : str
    flags : mapping from argument to flag
        Of the running command, such as {"scale": "--scale"}.

    Examples
    --------
    >>> in_study_words('Pass duplicates="first" or "last", or scale=(1, 5).', {"scale": "--scale"})
    'Pass [data] duplicates = "first" or "last", or --scale 1,5.'
    >>> in_study_words('Pass na_values=["x", 9]; `undisclosed` is "drop".')
    'Pass [data] na_values = ["x", 9]; `[data] undisclosed` is "drop".'
    >>> in_study_words("Columns that are a rater each are named with raters= in ps.read_ratings.")
    'Columns that are a rater each are named with [data] raters.'
    >>> in_study_words("Use a longer warm-up (`ps.Sampler(warmup=)`), or ps.Priors(sd=0.5).")
    'Use a longer warm-up (`[model] warmup`), or [model.priors] sd = 0.5.'
    """
    text = _IN_PYTHON.sub("", _OF_OBJECTS.sub(_of_object, text))
    names = {**_keys(), **(flags or {})}
    pattern = re.compile(rf"(?<![\w.\"'])({'|'.join(map(re.escape, names))})(=(?!=)|(?=`))")
    out, at = [], 0
    for match in pattern.finditer(text):
        if match.start() < at or not (match[2] or text[match.start() - 1 : match.start()] == "`"):
            continue
        if _inside_a_call(text[: match.start()]):
            continue
        literal = _literal(text[match.end() :]) if match[2] else ""
        out += [text[at : match.start()], _said(match[1], literal, flags or {})]
        at = match.end() + len(literal)
    return "".join(out) + text[at:]


def _of_object(found: re.Match[str]) -> str:
    """A key of the study file in place of an argument of a sampler or of priors."""
    section = _SECTION_OF[found[1]]
    if found[2] not in {**SECTIONS, "model.priors": PRIORS}[section]:
        return found[0]
    return f"[{section}] {found[2]}" + (f" = {found[3]}" if found[3] else "")


def _keys() -> dict[str, str]:
    return {key: section for section in _FIRST_OF_ALL for key in SECTIONS[section]}


def _inside_a_call(before: str) -> bool:
    """Whether a bracket that follows a name is still open: the argument is one of ``ps.effects(...)``."""
    opened: list[int] = []
    for i, letter in enumerate(before):
        if letter == "(":
            opened.append(i)
        elif letter == ")" and opened:
            opened.pop()
    return any(i and (before[i - 1].isalnum() or before[i - 1] in "_]") for i in opened)


def _literal(text: str) -> str:
    """The value of Python at the beginning of a text; empty where there is none."""
    if text[:1] in _CLOSING:
        ends = [i + 1 for i, letter in enumerate(text) if letter == _CLOSING[text[0]]]
    elif text[:1] in ('"', "'"):
        ends = [i + 1 for i, letter in enumerate(text) if letter == text[0] and i]
    else:
        number = re.match(r"-?\d+(\.\d+)?", text)
        ends = [number.end()] if number else []
    return next((text[:end] for end in ends if _value(text[:end]) is not None), "")


def _value(literal: str) -> object:
    try:
        return ast.literal_eval(literal)
    except (ValueError, SyntaxError, TypeError):  # a set of dicts, as a sentence may look like
        return None


def _said(name: str, literal: str, flags: Mapping[str, str]) -> str:
    value = _value(literal) if literal else None
    if name in flags:
        return f"{flags[name]} {_shell(value)}" if literal else flags[name]
    key = f"[{_keys()[name]}] {name}"
    return f"{key} = {_toml(value)}" if literal else key


def _shell(value: object) -> str:
    """A value as it is typed after a flag."""
    if isinstance(value, Mapping):
        return shlex.quote("; ".join(map(_by_level, value.items())) if _is_nested(value) else _pairs(value, ","))
    if isinstance(value, list | tuple):
        return shlex.quote(",".join(map(str, value)))
    return shlex.quote(str(value))


def _is_nested(value: Mapping[str, object]) -> bool:
    return any(isinstance(entry, Mapping) for entry in value.values())


def _by_level(entry: tuple[str, Any]) -> str:
    """A scale by wave as it is typed: "wave: 1=1,5; 2=1,3"."""
    return f"{entry[0]}: {_pairs({name: ','.join(map(str, scale)) for name, scale in entry[1].items()}, '; ')}"


def _pairs(value: Mapping[str, object], between: str) -> str:
    return between.join(f"{old}={new}" for old, new in value.items())


def _toml(value: object) -> str:
    """A value as study files write it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(name))} = {_toml(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
