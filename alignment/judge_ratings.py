"""The rating that a judge's answer states: read by a strict grammar, because a misread number looks like any other.

    answer    = [thought] statement {sentence}      or JSON {"rating": number}, or nothing but  value [note] [remark]
    statement = ["Final"] name [note] (":" | "=" | "is") value [note] [remark]
    name      = "Rating", "Score", the dimension, "<dimension> rating", "Rating for <dimension>"
    value     = number | label of an end
    note      = the scale, said again: "(1-5)", "on a scale from 1 to 5", "/5", "out of 5"
    remark    = after a bracket, a comma, a colon or a dash, without any digit

What does not fit states no rating; so do two statements that differ, of which none is final.
"""

import json
import re
from functools import cache
from typing import NamedTuple

_NONE = float("nan")
_TAGS = r"(?:think|thinking|thought|reasoning)"
_THOUGHT = re.compile(rf"^.*</{_TAGS}>", re.DOTALL | re.IGNORECASE)  # some servers open the thought in the question
_UNFINISHED = re.compile(rf"<{_TAGS}>", re.IGNORECASE)
_FENCE = re.compile(r"^```\w*\s*\n(.*?)\n?```$", re.DOTALL)
_MARKUP = re.compile(  # but not what stands between digits, and not the minus of "- 3"
    r"(?<![0-9*_`$])[*_`$]++|[*_`$]++(?![0-9])|\\boxed|^[ \t]*(?:#+|>|•|-(?=[ \t]+[^\W\d]))[ \t]*", re.MULTILINE
)
_WRAPPED = re.compile(r"([:=])\s*\n\s*")  # the number on a line of its own
_SENTENCES = re.compile(r"[\r\n\u2028\u2029]+|(?<=[.!?])\s+(?![0-9])")
_MINUS = str.maketrans("\u2212\ufe63\uff0d", "---")
_DOUBT = re.compile(r"\b(?:h+m+|wait|let me|let's|actually|on second thoughts?)\b", re.IGNORECASE)
_HEDGE = re.compile(r"\b(?:or|maybe|perhaps|might|could|too low|too high)\b|\?", re.IGNORECASE)

_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_NOTE = re.compile(
    rf"(?:\bon )?(?:\ba |\bthe )?(?:\bscale )?(?:\b(?:of|from|between) )?(?<![0-9.,])(?P<low>{_NUMBER})"
    rf"\s*(?:-|–|to|and)\s*(?P<high>{_NUMBER})(?: scale\b)?|(?:/|\b(?:out )?of\b)\s*(?P<most>{_NUMBER})",
    re.IGNORECASE,
)
_AFTER_NAME = r"\s*(?P<note>[(\[][^()\[\]]*[)\]])?\s*(?:[:=]|\bis\b\s*:?)\s*"
_ECHO = re.compile(rf"\s*[(\[]\s*({_NUMBER})\s*[)\]]")  # "very much (5)"
_UNIT = re.compile(r"\s*(?:points?|stars?)\b", re.IGNORECASE)
_REMARK = re.compile(r"\s*(?:[(\[,;:=—]|\s[-–]\s)(?P<words>[^0-9]*)")
_ENDINGS = " .!;,()[]"


class Question(NamedTuple):
    """What a judge was asked: the scale, what its two ends mean, and about what."""

    scale: tuple[float, float]
    labels: tuple[str, str] = ("", "")
    dimension: str = ""

    def end(self, words: str) -> float | None:
        """The end of the scale that a label stands for; None for other words."""
        ends = [float(end) for end, label in zip(self.scale, self.labels, strict=True) if _same(label, words)]
        return ends[0] if len(ends) == 1 else None


def _same(label: str, words: str) -> bool:
    said = " ".join(words.split()).casefold()
    return bool(said) and " ".join(label.split()).casefold() == said


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
    text = _FENCE.sub(r"\1", _THOUGHT.sub("", reply).strip())
    if _UNFINISHED.search(text):
        return _NONE
    asked = Question(scale, labels, dimension)
    if text.startswith("{"):
        return _within(_of_json(text, asked), scale)
    text = _WRAPPED.sub(r"\1 ", _MARKUP.sub("", text).translate(_MINUS))
    sentences = [" ".join(part.split()) for part in _SENTENCES.split(text) if part.strip()]
    return _within(_agreed(sentences[:-1] if cut else sentences, asked), scale)


def _within(value: float, scale: tuple[float, float]) -> float:
    return value if scale[0] <= value <= scale[1] else _NONE


def _of_json(text: str, asked: Question) -> float:
    """The number of ``{"rating": 4, "reason": "..."}``; missing for other JSON and for what is none."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return _NONE
    names = {"rating", "score", asked.dimension.casefold()}
    found = [value for name, value in held.items() if name.strip().casefold() in names]
    if len(found) != 1 or isinstance(found[0], bool):
        return _NONE
    return _value(str(found[0]).translate(_MINUS), asked)


def _agreed(sentences: list[str], asked: Question) -> float:
    """What all statements say, or the final ones; a judge that goes on to doubt has not made up its mind."""
    stated = [(at, found) for at, part in enumerate(sentences) if (found := _statement(part, asked)) is not None]
    if not stated:
        return _value(sentences[0], asked) if len(sentences) == 1 else _NONE
    if any(_DOUBT.search(part) for part in sentences[stated[-1][0] + 1 :]):
        return _NONE
    values = [found.value for _, found in stated if found.final] or [found.value for _, found in stated]
    return values[0] if all(value == values[0] for value in values) else _NONE


def _statement(sentence: str, asked: Question) -> _Statement | None:
    """What a sentence says about the rating; None where it is about something else."""
    named = _name(asked.dimension).match(sentence)
    if named is None or _first_value(asked.labels).match(sentence, named.end()) is None:
        return None
    note = (named["note"] or "").strip("()[] ")
    known = not note or note.casefold() == asked.dimension.casefold() or _without_notes(note, asked) == ""
    return _Statement(_value(sentence[named.end() :], asked) if known else _NONE, named["final"] is not None)


@cache
def _name(dimension: str) -> re.Pattern[str]:
    about = re.escape(dimension) if dimension else r"(?!)"  # what matches nothing
    rating = rf"(?:{about}\s+)?(?:rating|score|answer)(?:\s+(?:for|of)\s+{about})?"
    start = r"(?:the\s+|my\s+)?(?P<final>final\s+)?(?:overall\s+)?"
    return re.compile(rf"{start}(?:{rating}|{about}){_AFTER_NAME}", re.IGNORECASE)


@cache
def _first_value(labels: tuple[str, str]) -> re.Pattern[str]:
    known = sorted((" ".join(label.split()) for label in labels if label.strip()), key=len, reverse=True)
    words = "".join(rf"|{re.escape(label)}(?!\w)" for label in known)
    return re.compile(rf"[\[(<{{\"']*(?P<said>(?P<number>{_NUMBER}){words})[\])>}}\"']*", re.IGNORECASE)


def _value(text: str, asked: Question) -> float:
    """The number or label that a text begins with; missing where what follows changes or contradicts it."""
    found = _first_value(asked.labels).match(text)
    if found is None:
        return _NONE
    value = asked.end(found["said"]) if found["number"] is None else float(found["number"])
    if value is None:
        return _NONE
    tail = _after_echo(text[found.end() :], value)
    if asked.scale == (0, 100):
        tail = tail.removeprefix("%")
    left = _without_notes(_UNIT.sub("", tail, count=1), asked)
    return value if left is not None and _only_a_remark(left, value, asked) else _NONE


def _after_echo(tail: str, value: float) -> str:
    echo = _ECHO.match(tail)
    return tail[echo.end() :] if echo and float(echo[1]) == value else tail


def _without_notes(text: str, asked: Question) -> str | None:
    """The text without what it says about the scale; None where that is another scale."""
    lowest, highest = asked.scale
    for note in _NOTE.finditer(text):
        if note["most"] is not None:
            agrees = float(note["most"]) == highest and lowest >= 0  # "2/3" from -3 to 3 may be a fraction
        else:
            agrees = (float(note["low"]), float(note["high"])) == (lowest, highest)
        if not agrees:
            return None
    return _NOTE.sub("", text)


def _only_a_remark(left: str, value: float, asked: Question) -> bool:
    if not left.strip(_ENDINGS):
        return True
    remark = _REMARK.fullmatch(left)
    if remark is None or _HEDGE.search(remark["words"]):
        return False
    return asked.end(remark["words"].strip(_ENDINGS)) in (None, value)
