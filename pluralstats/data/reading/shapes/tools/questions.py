"""The answers to each question of an export: which are ratings, which have several choices, and on what scale."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from pluralstats.data.batch import policy_record
from pluralstats.data.reading.formats.json_text import NUMBER
from pluralstats.data.reading.sources import Wanted
from pluralstats.data.scale import Scale
from pluralstats.data.tables.frames import as_text
from pluralstats.errors import DataError, listed, nearest

RATING, CHOICE, CHOICES, TEXT, OTHER, UNKNOWN = "rating", "choice", "choices", "text", "other", ""
_FEW = 5  # of so many texts more than half are the same where they are choices
_LONG = 100  # characters: no answer of a scale is as long


class Answer(NamedTuple):
    """One answer of one rater to one question about one item.

    ``value`` is a number, a word, a list of choices, or None; ``row`` the number of the record in the file, from 1;
    ``kind`` what the tool says of the question; ``reason``, where there is one, why the answer does not count
    ("cancelled"); ``others`` further columns: what the record says of the item and of the rater.
    """

    item: Any
    rater: Any
    question: str
    value: Any
    row: int
    kind: str = UNKNOWN
    reason: str = ""
    others: Mapping[str, Any] = {}


def record(column: str, policy: str, answers: Collection[Answer], detail: str) -> dict[str, object]:
    """One policy of reading, with the fields of ``POLICY_COLUMNS``."""
    raters = {answer.rater for answer in answers if answer.rater is not None}
    return policy_record("read", column, policy, len(answers), len(raters), detail)


def by_question(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    """The answers to each question; a list of one choice is that choice, where no more could be chosen."""
    questions = defaultdict(list)
    for answer in answers:
        value = answer.value
        single = answer.kind != CHOICES and isinstance(value, list) and len(value) == 1
        questions[answer.question].append(answer._replace(value=value[0]) if single else answer)
    return dict(questions)


def chosen_questions(wanted: Wanted, questions: Mapping[str, Any]) -> tuple[str, ...]:
    """The questions that the user named, as dimensions or as the one that is the rating."""
    names = wanted.dimensions or tuple(old for old, new in wanted.columns.items() if new == "rating" and old != new)
    if missing := [name for name in names if name not in questions]:
        raise DataError(
            f"No answers to {listed(list(map(repr, missing)))}; the questions that were answered are "
            f"{listed(list(map(repr, questions)))}.{nearest(missing[0], questions)}"
        )
    return names


def only_ratings(
    questions: Mapping[str, list[Answer]], chosen: Sequence[str]
) -> tuple[dict[str, list[Answer]], list[dict[str, object]]]:
    """The questions whose answers can be ratings, those chosen first where any are; and policies for the others."""
    out = {question: why for question, answers in questions.items() if (why := _no_rating(answers))}
    if chosen:
        out = {question: why for question, why in out.items() if why == _NOT_ONE_VALUE or question not in chosen}
        out |= {question: "not among the questions asked for" for question in questions if question not in chosen}
    order = chosen or tuple(questions)
    kept = {question: questions[question] for question in order if question not in out}
    return kept, [record(question, "drop", questions[question], why) for question, why in out.items()]


_NOT_ONE_VALUE = "neither numbers nor choices"


def _no_rating(answers: Sequence[Answer]) -> str:
    """Why the answers to a question are no ratings; empty when they are."""
    if any(answer.kind == OTHER or not _is_plain(answer.value) for answer in answers):
        return _NOT_ONE_VALUE
    if any(answer.kind == TEXT for answer in answers):
        return "free text"
    known = any(answer.kind in (RATING, CHOICE, CHOICES) for answer in answers)
    return "free text" if not known and _reads_as_free_text([answer.value for answer in answers]) else ""


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str | NUMBER) for one in value)
    return isinstance(value, str | NUMBER)


def _reads_as_free_text(values: Sequence[Any]) -> bool:
    texts = [value for value in values if isinstance(value, str) and not _is_number(value)]
    if len(texts) < len(values) or not texts:
        return False
    mostly_differ = len(texts) >= _FEW and len(set(texts)) > len(texts) / 2
    return mostly_differ or max(map(len, texts)) > _LONG


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def has_several(answers: Sequence[Answer]) -> bool:
    """Whether an answer may have several choices."""
    return any(isinstance(answer.value, list) for answer in answers)


def each_choice(answers: Sequence[Answer], possible: Sequence[Any] | None) -> list[Answer]:
    """An answer that may have several choices as one answer, 1 or 0, for each choice."""
    picked = [set(map(as_text, _as_list(answer.value))) for answer in answers]
    named = list(map(as_text, possible or ()))
    choices = [*named, *sorted({choice for chosen in picked for choice in chosen} - set(named))]
    return [
        answer._replace(question=f"{answer.question}: {choice}", value=int(choice in chosen))
        for choice in choices
        for answer, chosen in zip(answers, picked, strict=True)
    ]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def mixed_answers(questions: Mapping[str, list[Answer]], several: Collection[str]) -> str:
    """The sentence about questions whose answers cannot be on one scale; empty where they can."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for name, answers in questions.items():
        is_number = all(_is_number(str(answer.value)) for answer in answers)
        kinds[_SEVERAL if name in several else _NUMBERS if is_number else _WORDS].append(name)
    if len(kinds) < 2:
        return ""
    found = "; ".join(f"{kind}: {listed(names)}" for kind, names in kinds.items())
    example = kinds.get(_NUMBERS) or next(iter(kinds.values()))
    return (
        f"The questions have answers of different kinds, which cannot share one scale ({found}). "
        f"Name those that can, such as dimensions={list(example)}."
    )


_NUMBERS, _WORDS, _SEVERAL = "numbers", "words", "several choices at once"


def told_scale(
    possible: Mapping[str, Sequence[Any]], questions: Mapping[str, list[Answer]], several: Collection[str]
) -> Any:
    """The scale where the tool says the possible numbers, the same for all questions, and no answer is outside it."""
    scales = {tuple(_numbers((0, 1) if name in several else possible.get(name, ()))) for name in questions}
    numbers = scales.pop()
    if scales or len(numbers) < 2:
        return None
    steps = all(high - low == 1 for low, high in pairwise(numbers)) and float(numbers[0]).is_integer()
    scale = (int(numbers[0]), int(numbers[-1])) if steps else list(numbers)
    answers = [answer.value for name, given in questions.items() if name not in several for answer in given]
    return scale if all(Scale.parse(scale).code_of(as_text(answer)) >= 0 for answer in answers) else None


def _numbers(possible: Sequence[Any]) -> list[float]:
    """Possible answers that are all numbers, in order; words have an order that no tool tells."""
    texts = list(map(str, possible))
    return sorted(set(map(float, texts))) if all(map(_is_number, texts)) else []
