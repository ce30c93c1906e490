"""What a text of a judge begins with: a number or the label of an end, what it says about the scale, and a remark."""

import re
from functools import cache
from typing import NamedTuple

NONE = float("nan")
_HEDGE = re.compile(
    r"\b(?:or|maybe|perhaps|possibly|might|may|could|almost|nearly|lower|higher|too low|too high)\b|\bno,"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten)\b|\?",
    re.IGNORECASE,
)

_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_NOTE = re.compile(
    rf"(?:\bon )?(?:\ba |\bthe )?(?:\bscale:? )?(?:\b(?:of|from|between) )?(?<![0-9.,])(?P<low>{_NUMBER})"
    rf"\s*(?:-|–|to|and)\s*(?P<high>{_NUMBER})(?: scale\b)?|(?:/|\b(?:out )?of\b)\s*(?P<most>{_NUMBER})",
    re.IGNORECASE,
)
_ECHO = re.compile(rf"\s*[(\[]\s*({_NUMBER})\s*[)\]]")  # "very much (5)"
_UNIT = re.compile(r"\s*(?:(?:points?|stars?)\b|[⭐★]\ufe0f?)", re.IGNORECASE)
_REMARK = re.compile(r"\s*(?:[(\[,;:=—]|\s[-–]\s|\s(?:because|since|as|due to)\b)(?P<words>[^0-9]*)", re.IGNORECASE)
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

    def names(self) -> tuple[str, ...]:
        """What a rating may be called in JSON."""
        about = self.dimension.replace("_", " ").casefold()
        return "rating", "score", about, f"{about} rating", f"{about} score"

    def legend(self) -> str:
        """A pattern of "1 = not at all, 5 = very much"."""
        ends = [
            rf"{end:g}\s*(?:=|:|means|is|being)\s*{re.escape(label)}"
            for end, label in zip(self.scale, self.labels, strict=True)
        ]
        return rf"(?<![0-9.]){ends[0]}\s*[,;]\s*(?:and\s+)?{ends[1]}" if all(self.labels) else r"(?!)"


def _same(label: str, words: str) -> bool:
    said = " ".join(words.split()).casefold()
    return bool(said) and " ".join(label.split()).casefold() == said


@cache
def first_value(labels: tuple[str, str]) -> re.Pattern[str]:
    known = sorted((" ".join(label.split()) for label in labels if label.strip()), key=len, reverse=True)
    words = "".join(rf"|{re.escape(label)}(?!\w)" for label in known)
    return re.compile(rf"[\[(<{{\"']*(?P<said>(?P<number>{_NUMBER}){words})[\])>}}\"']*", re.IGNORECASE)


def value_of(text: str, asked: Question) -> float:
    """The number or label that a text begins with; missing where what follows changes or contradicts it."""
    found = first_value(asked.labels).match(text)
    if found is None:
        return NONE
    value = asked.end(found["said"]) if found["number"] is None else float(found["number"])
    if value is None:
        return NONE
    tail = _after_echo(text[found.end() :], value)
    if asked.scale == (0, 100):
        tail = tail.removeprefix("%")
    left = _without_notes(_UNIT.sub("", tail, count=1), asked)
    return value if left is not None and _only_a_remark(left, value, asked) else NONE


def is_bare(sentence: str, asked: Question) -> bool:
    """Whether a sentence is nothing but a value and its scale; "1." may number a list."""
    found = first_value(asked.labels).match(sentence)
    if found is None or (sentence[0].isalnum() and found[0][-1] in ")]}>"):
        return False
    return is_note(sentence[found.end() :], asked)


def _after_echo(tail: str, value: float) -> str:
    echo = _ECHO.match(tail)
    return tail[echo.end() :] if echo and float(echo[1]) == value else tail


def _without_notes(text: str, asked: Question) -> str | None:
    """The text without what it says about the scale; None where that is another scale."""
    lowest, highest = asked.scale
    text = re.sub(asked.legend(), "", text, flags=re.IGNORECASE)
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


def is_note(text: str, asked: Question) -> bool:
    left = _without_notes(text, asked)
    return left is not None and not left.strip()
