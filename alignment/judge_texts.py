"""What of a judge's answer is its answer: without thoughts, code fences, markup and the marks of chat templates."""

import json
import re
from collections.abc import Sequence
from typing import Any

_TAGS = r"(?:think|thinking|thought|reasoning)"
_THOUGHT = re.compile(  # some servers open the thought in the question, so that only its end is here
    rf"^.*(?:</{_TAGS}>|\[/{_TAGS}\]|◁/think▷|<\|end_of_thought\|>|<\|channel\|>\s*final\s*<\|message\|>)",
    re.DOTALL | re.IGNORECASE,
)
_UNFINISHED = re.compile(
    rf"<{_TAGS}>|\[{_TAGS}\]|◁think▷|<\|begin_of_thought\|>|<\|channel\|>\s*(?:analysis|commentary)", re.IGNORECASE
)
_TEMPLATE_MARK = re.compile(r"<\|[\w ]{1,40}\|>|</?s>|<(?:end|start)_of_turn>")
_FENCE = re.compile(r"^```\w*[ \t]*\n(.*?)\n?[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_ELEMENT = re.compile(r"<(rating|score|answer)>\s*([^<>]*?)\s*</\1>", re.IGNORECASE)
_BOXED = re.compile(r"^[ \t$\[\\]*\\boxed\{([^{}\n]*)\}[ \t$.\]\\]*$", re.MULTILINE)
_MARKUP = re.compile(  # but not what stands between digits, and not the minus of "- 3"
    r"(?<![0-9*_`$])[*_`$]++|[*_`$]++(?![0-9])|\\boxed|^[ \t]*(?:#+|>|•|-(?=[ \t]+[^\W\d]))[ \t]*", re.MULTILINE
)
_SENTENCES = re.compile(r"[\r\n\u2028\u2029]+|(?<=[.!?])\s+(?![0-9])")
_PLAIN = str.maketrans({"\u2212": "-", "\ufe63": "-", "\uff0d": "-", "\uff1a": ":", "\u2019": "'"})


def sentences_of(reply: str, names: Sequence[str]) -> list[str]:
    """The sentences of an answer in plain characters, JSON and elements as "Rating: 4"; none of an unfinished thought.

    Parameters
    ----------
    names : sequence of str
        What a rating is called in JSON, in lower case: "rating".
    """
    text = _THOUGHT.sub("", reply)
    if _UNFINISHED.search(text):
        return []
    text = _TEMPLATE_MARK.sub("\n", text).strip()
    fenced = _FENCE.findall(text)
    text = _with_json_as_line(_FENCE.sub(r"\1", text) if len(fenced) == 1 else text, names)
    text = _BOXED.sub(r"\nFinal answer: \1\n", _ELEMENT.sub(_as_line, text))
    text = _MARKUP.sub("", text).translate(_PLAIN)
    return [" ".join(part.split()) for part in _SENTENCES.split(text) if part.strip()]


def _as_line(found: re.Match[str]) -> str:
    return f"\n{found[2]}\n" if ":" in found[2] else f"\nRating: {found[2]}\n"


def _with_json_as_line(text: str, names: Sequence[str]) -> str:
    """The text with the object at the start of one of its lines as "Rating: 4"; empty where it states no rating."""
    start = re.search(r"^[ \t]*(?=\{)", text, re.MULTILINE)
    if start is None:
        return text
    try:
        held, end = json.JSONDecoder(object_pairs_hook=list).raw_decode(text, start.end())
    except (ValueError, RecursionError):
        return ""
    found = [value for name, value in held if name.replace("_", " ").strip().casefold() in names]
    if len(found) != 1 or not _is_plain(found[0]):
        return ""
    return f"{text[: start.start()]}\nRating: {found[0]}\n{text[end:]}"


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
