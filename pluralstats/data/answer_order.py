"""The order of answers in words: those that are known, and those that nobody chose.

Known are agreement, frequency, intensity, quality and likelihood, in English and German. The order of words is a
person's to say. What is known here is a proposal to be confirmed, never used by itself. Answers that stand in the order
of the alphabet came so with the data: probably nobody chose it.
"""

import math
import re
from collections.abc import Mapping, Sequence

from pluralstats.data.tables.texts import clean_text, numbered_labels, numbers_in

# Each family from the lowest answer to the highest; words with a comma between them stand on one place.
_STRONGLY = (
    "strongly {no}, completely {no}, totally {no}, very {no}, extremely {no} | {no}, mostly {no} | "
    "somewhat {no}, slightly {no}, rather {no} | neither {yes} nor {no}, neither {no} nor {yes}, neither, neutral, "
    "undecided | somewhat {yes}, slightly {yes}, rather {yes} | {yes}, mostly {yes} | "
    "strongly {yes}, completely {yes}, totally {yes}, very {yes}, extremely {yes}"
)
_OPPOSITES = (
    *("disagree agree", "disapprove approve", "oppose support", "unlikely likely", "dissatisfied satisfied"),
    *("unhelpful helpful", "negative positive", "unimportant important"),
)
_SCALES = (
    *(_STRONGLY.format(no=pair.split()[0], yes=pair.split()[1]) for pair in _OPPOSITES),
    "never | rarely, seldom | sometimes, occasionally | often, frequently, usually | always",
    "not at all, not, none | slightly, a little, a bit, a little bit | somewhat, moderately | "
    "quite, quite a bit, fairly | very, very much, a lot | extremely, completely",
    "very poor, very bad, terrible | poor, bad | fair, average, okay, ok | good | very good | excellent",
    "none | low, mild | medium, moderate | high, severe | very high, extreme",
    "no | probably not, rather no | maybe, unsure, not sure | probably, rather yes | yes",
    "false | true",
    "stimme überhaupt nicht zu, stimme gar nicht zu, lehne stark ab | "
    "stimme nicht zu, stimme eher nicht zu, lehne ab | weder noch, teils teils, teils/teils, neutral, unentschieden | "
    "stimme eher zu | stimme zu | stimme voll zu, stimme voll und ganz zu, stimme völlig zu",
    "trifft überhaupt nicht zu, trifft gar nicht zu | trifft nicht zu, trifft eher nicht zu | "
    "weder noch, teils teils, teils/teils | trifft eher zu | trifft zu | trifft voll zu, trifft voll und ganz zu",
    "nie, niemals | selten | manchmal, gelegentlich | oft, häufig | immer",
    "überhaupt nicht, gar nicht | wenig, kaum, ein wenig | etwas, mittelmäßig, teilweise | ziemlich | sehr | "
    "äußerst, extrem",
    "sehr schlecht | schlecht | mittel, mittelmäßig | gut | sehr gut",
    "nein | eher nein | vielleicht, unsicher | eher ja | ja",
)
_NO_ANSWER = (
    "don't know, dont know, do not know, dk, unsure, not sure, can't tell, cannot tell, cannot say, no opinion, skip, "
    "skipped, n/a, na, not applicable, no answer, prefer not to say, prefer not to answer, weiß nicht, weiss nicht, "
    "keine angabe, k.a, kann ich nicht beurteilen"
)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


FAMILIES = tuple(
    {word: place for place, words in enumerate(scale.split("|")) for word in _words(words)} for scale in _SCALES
)
NO_ANSWER = frozenset(_words(_NO_ANSWER))


def in_order(answers: Sequence[str]) -> list[str] | None:
    """The answers, lowest first, where their order is known: numbered ones, or words of one family.

    Examples
    --------
    >>> in_order(["Agree", "Strongly disagree", "Neutral"])
    ['Strongly disagree', 'Neutral', 'Agree']
    >>> in_order(["5 - very", "1 - not at all"]), in_order(["cat", "dog"])
    (['1 - not at all', '5 - very'], None)
    >>> in_order(["Extremely rude", "Not at all rude", "Slightly rude"])
    ['Not at all rude', 'Slightly rude', 'Extremely rude']
    """
    numbers = answer_numbers(answers)
    if numbered_labels(answers) and len(numbers) == len(answers) == len(set(numbers.values())):
        return sorted(answers, key=numbers.__getitem__)
    shared = _shared_end(answers)
    for family in FAMILIES:
        places = _places(answers, family) or _places(answers, family, shared)
        if answers and len(places) == len(answers) == len(set(places.values())):
            return sorted(answers, key=places.__getitem__)
    return None


def _places(answers: Sequence[str], family: Mapping[str, int], end: str = "") -> dict[str, int]:
    bare = {text: plain(text).removesuffix(end).strip() for text in answers}
    return {text: family[word] for text, word in bare.items() if word in family}


def _shared_end(answers: Sequence[str]) -> str:
    """The word that all answers end in: of "not toxic" and "very toxic" it is how much that has an order."""
    ends = {plain(text).rpartition(" ")[2] for text in answers}
    return f" {ends.pop()}" if len(ends) == 1 else ""


def answer_numbers(answers: Sequence[str]) -> dict[str, float]:
    """The number of each answer that has one, as "3" and "1 - not at all" do.

    >>> answer_numbers(["1 - not at all", "2", "maybe"])
    {'1 - not at all': 1.0, '2': 2.0}
    """
    bare = dict(zip(answers, numbers_in(answers).tolist(), strict=True))
    labels = numbered_labels(answers)
    numbers = {text: labels.get(text, number) for text, number in bare.items()}
    return {text: number for text, number in numbers.items() if not math.isnan(number)}


def says_nothing(text: str) -> bool:
    """Whether an answer means that there is none: "don't know", "n/a".

    >>> says_nothing("Don’t know"), says_nothing("no")
    (True, False)
    """
    return plain(text) in NO_ANSWER


def plain(text: str) -> str:
    """An answer in small letters, with plain apostrophes and single spaces."""
    return re.sub(r"\s+", " ", clean_text(text).replace("’", "'")).strip().casefold().rstrip(".")


class ScaleWarning(UserWarning):
    """The order of the answers may not be meant."""


def alphabetical_order(labels: Sequence[str]) -> list[str]:
    """A sentence where three or more words stand in the order of the alphabet; grades and numbered words may.

    >>> alphabetical_order(["high", "low", "medium"])[0][:49]
    'The order of the answers is the alphabet: high < '
    >>> alphabetical_order(["low", "medium", "high"]), alphabetical_order(["A", "B", "C"])
    ([], [])
    """
    words = [label.casefold() for label in labels]
    plain = any(len(word) < 2 or not word[0].isalpha() for word in words)
    if len(words) < 3 or plain or words != sorted(words):
        return []
    return [
        f"The order of the answers is the alphabet: {' < '.join(labels)}. It came with the column, as pandas makes it "
        "where no order is named. Name the answers in their order, lowest first, with scale=."
    ]
