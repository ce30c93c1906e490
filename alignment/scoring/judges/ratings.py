"""The rating that a judge's answer states: read by a strict grammar, because a misread number looks like any other.

    answer    = [thought] {sentence} statement {sentence}   or nothing but  value [note] [remark]
              or a first line that is nothing but  value [note]
    statement = [opening] ["Final"] name [note] (":" | "=" | "is" | "would be" | end of line) value [note] [remark]
              or [opening] "I'd rate this a" value [note] [remark]
              or JSON {"rating": number}, or <rating>number</rating>
    opening   = "So", "Therefore,", "Here is", "Based on the criteria,", "On a scale from 1 to 5,"
    name      = "Rating", "Score", the dimension, "<dimension> rating", "Rating for <dimension>"
    value     = number | label of an end
    note      = the scale, said again: "(1-5)", "on a scale from 1 to 5", "/5", "out of 5", "1 = not at all, 5 = ..."
    remark    = after a bracket, a comma, a colon, a dash or "because", without any digit

What does not fit states no rating; so do two statements that differ, of which none is final, and a statement that is
taken back afterwards.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from math import isnan
from typing import Any, NamedTuple

from .values import NONE, Question, first_value, is_bare, is_note, value_of

_DOUBT = re.compile(
    r"^(?:(?:but|oh|well|no|okay)\b,? )*(?:h+m+\b|wait\b|let me\b|let's\b|actually\b|correction\b|scratch that)"
    r"|\bon (?:second thoughts?|reflection)\b|\b(?:reconsider|rethink|re-?evaluat|revis)\w*"
    r"|\b(?:i'd say|i would say|make it|change \w+(?: \w+)? to|(?:should|would) be)\s+(?:an?\s+)?[+-]?[0-9]",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|unless|examples?|e\.g|would)\b.*:$", re.IGNORECASE)

_MATERIAL = r"(?:this|it|that|the)(?: (?:response|answer|reply|text|message|comment|post|statement|sentence))?"
_OPENING = (
    r"(?:(?:therefore|thus|hence|so|overall|okay|ok|sure|in (?:conclusion|summary))[,:!]? )?"
    r"(?:(?:based on|given|considering) [^,.:;0-9]{1,80}, )?(?P<scale>on a scale (?:of|from) [^,:]{1,20}[,:] )?"
    r"(?:here(?:'s| is) )?(?:the |my )?(?P<final>(?:final|revised|updated|corrected) )?(?:overall )?"
)
_NOTED = r"\s*(?P<note>[(\[][^()\[\]]*[)\]]|(?:out of|on a scale) [^:=]{1,20}(?=[:=]))?\s*"


class _Statement(NamedTuple):
    """What one sentence says the rating is; missing where it cannot be told."""

    value: float
    final: bool


def rating_in(
    reply: str,
    scale: tuple[float, float],
    labels: tuple[str, str] = ("", ""),
    dimension: str = "",
    *,
    cut: bool = False,
) -> float:
    """The rating an answer states, by the grammar above; missing where it states none or none that is certain.

    Parameters
    ----------
    reply : str
    scale : (float, float)
        Lowest and highest rating. "5 out of 10" is no rating from 1 to 5, and neither is 9.
    labels : (str, str)
        What the ends mean: "Rating: very much" is the highest, "Rating: 1 (very much)" contradicts itself.
    dimension : str
        What was asked about: "Toxicity: 4" is a rating of toxicity.
    cut : bool
        The answer was cut off, so that its last sentence may go on: "Rating: 1" of "Rating: 10".

    Examples
    --------
    >>> [rating_in(reply, (1, 5)) for reply in ("<think>maybe 2</think> Rating: 4", "**Rating (1-5):** 3.5", "4/5")]
    [4.0, 3.5, 4.0]
    >>> [rating_in(reply, (1, 5)) for reply in ("Rating: 9", "Rating: 5 out of 10", "3,5", "rating: 2 might be")]
    [nan, nan, nan, nan]
    """
    asked = Question(scale, labels, dimension)
    sentences = sentences_of(reply, asked.names())
    return _within(_agreed(_with_titles(sentences[:-1] if cut else sentences, asked), asked), scale)


def _within(value: float, scale: tuple[float, float]) -> float:
    return value if scale[0] <= value <= scale[1] else NONE


def _agreed(sentences: list[str], asked: Question) -> float:
    """What all statements say, or the final ones; a judge that goes on to doubt has not made up its mind."""
    stated = [(at, found) for at, found in enumerate(_statements(sentences, asked)) if found is not None]
    if not stated:
        return value_of(sentences[0], asked) if len(sentences) == 1 else NONE
    values = [found.value for _, found in stated if found.final] or [found.value for _, found in stated]
    agree = all(value == values[0] for value in values)
    return values[0] if agree and _is_kept(values[0], sentences[stated[-1][0] + 1 :], asked) else NONE


def _is_kept(value: float, after: list[str], asked: Question) -> bool:
    """Whether nothing that is said afterwards takes a rating back: no doubt, and no line with another value."""
    others = (value_of(part, asked) for part in after if not part.endswith("."))  # "1." numbers a list
    return not any(_DOUBT.search(part) for part in after) and all(isnan(other) or other == value for other in others)


def _statements(sentences: list[str], asked: Question) -> list[_Statement | None]:
    """What each sentence says about the rating; nothing certain after "For example:" and "If it is meant so:"."""
    found = [_statement(part, asked) for part in sentences]
    if len(sentences) > 1 and is_bare(sentences[0], asked):
        found[0] = _Statement(value_of(sentences[0], asked), final=False)
    for at, before in enumerate(sentences[:-1], start=1):
        if found[at] is not None and _CONDITION.search(before):
            found[at] = _Statement(NONE, final=False)
    return found


def _statement(sentence: str, asked: Question) -> _Statement | None:
    """What a sentence says about the rating; None where it is about something else."""
    named = _name(asked.dimension).match(sentence)
    if named is None or first_value(asked.labels).match(sentence, named.end()) is None:
        return None
    notes = ((named[group] or "").strip("()[],: ") for group in ("scale", "note"))
    known = all(not note or note.casefold() == asked.dimension.casefold() or is_note(note, asked) for note in notes)
    return _Statement(value_of(sentence[named.end() :], asked) if known else NONE, named["final"] is not None)


def _with_titles(sentences: list[str], asked: Question) -> list[str]:
    """A name on a line of its own becomes one sentence with the number on the next."""
    joined: list[str] = []
    for sentence in sentences:
        title = _title(asked.dimension).fullmatch(joined[-1]) if joined else None
        value = first_value(asked.labels).match(sentence)
        if title is not None and value is not None and (title["colon"] or is_bare(sentence, asked)):
            joined[-1] = f"{joined[-1].rstrip(' :=')}: {sentence}"
        else:
            joined.append(sentence)
    return joined


@cache
def _title(dimension: str) -> re.Pattern[str]:
    return re.compile(rf"{_OPENING}{_called(dimension)}{_NOTED}(?P<colon>[:=])?", re.IGNORECASE)


@cache
def _name(dimension: str) -> re.Pattern[str]:
    about = _about(dimension)
    stated = rf"{_called(dimension)}{_NOTED}(?:[:=]|\b(?:is|would be)\b\s*:?)\s*"
    verb = r"i(?:'d| would|'ll| will)? (?:rate|give|score|assign) "
    rated = rf"(?:(?:the )?{about}(?: of {_MATERIAL})? |{_MATERIAL} )?"
    return re.compile(
        rf"{_OPENING}(?:{stated}|{verb}{rated}(?:as |at |with )?(?:an? )?(?:(?:rating|score) of )?)", re.IGNORECASE
    )


def _called(dimension: str) -> str:
    about = _about(dimension)
    return rf"(?:(?:{about}\s+)?(?:rating|score|answer)(?:\s+(?:for|of)\s+(?:{about}|{_MATERIAL}))?|{about})"


def _about(dimension: str) -> str:
    return re.escape(dimension) if dimension else r"(?!)"  # what matches nothing


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
