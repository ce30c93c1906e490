"""The scale that the answers of a file suggest, and the answers that are no position on it."""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from pluralstats.data.answer_order import answer_numbers, in_order, says_nothing
from pluralstats.data.scale import CONTINUOUS
from pluralstats.data.tables.frames import levels
from pluralstats.data.tables.texts import number_text
from pluralstats.errors import listed
from pluralstats.study.drafts.entries import Entry

_MOST_ANSWERS = 11  # more different numbers than 0-10 are a measure
_SLIDER_ENDS = (1.0, 10.0, 100.0, 1000.0)  # of sliders that begin at 0
_CODES = frozenset({-1, -2, -7, -8, -9, -66, -77, -88, -99, -999, -9999, 9, 66, 77, 88, 97, 98, 99, 999, 9999})


def scale_entries(rating: pd.Series) -> list[Entry]:
    """``scale``, and ``na_values`` and ``drop_ratings`` where some answers are no position on it."""
    found = list(levels(rating).categories)
    numbers = answer_numbers(found)
    if len(set(numbers.values())) >= max(2, 0.5 * len(found)):
        return _of_numbers(sorted(set(numbers.values())), [text for text in found if text not in numbers])
    return _of_words(rating, found)


def _of_numbers(every: list[float], words: Sequence[str]) -> list[Entry]:
    values = _without_codes(every)
    codes = [_plain(value) for value in every if value not in values]
    entries = [_numeric_scale(values)]
    if codes:
        said = listed(list(map(str, codes)))
        why = f"Ratings {said} stand apart from the other answers, as codes for missing do, and are taken for missing."
        entries.append(Entry("na_values", codes, why, confirm=f"{why} Keep the line na_values, or change scale."))
    return [*entries, *_left_out([word for word in words if says_nothing(word)])]


def _without_codes(values: list[float]) -> list[float]:
    """The values without codes such as 99 at either end, which a gap parts from the answers."""
    if values[-1] in _CODES and _stands_apart(values[-1], values[:-1]):
        return _without_codes(values[:-1])
    if values[0] in _CODES and _stands_apart(values[0], values[1:]):
        return _without_codes(values[1:])
    without = [value for value in values if value not in _CODES]
    one_code_below = len(without) == len(values) - 1 and values[0] in (-1, -2) and without[0] >= 1
    return without if one_code_below and len(without) > 1 else values


def _stands_apart(value: float, others: list[float]) -> bool:
    """Whether a value is twice as far from the others as they are from one another."""
    widest = max((high - low for low, high in pairwise(others)), default=float("inf"))
    return min(abs(value - other) for other in others) >= 2 * widest if others else False


def _numeric_scale(values: list[float]) -> Entry:
    if len(values) > _MOST_ANSWERS and values[0] == 0.0 and values[-1] in _SLIDER_ENDS:
        low, high = _plain(values[0]), _plain(values[-1])
        why = f"Numbers between {low} and {high}, with answers at both: a slider. Write the ends that it had."
        return Entry("scale", [CONTINUOUS, low, high], why)
    if len(values) > _MOST_ANSWERS:
        ends = f"{number_text(values[0])} to {number_text(values[-1])}"
        why = f"Numbers from {ends}. Where the scale has ends, write [{CONTINUOUS!r}, lowest, highest]."
        return Entry("scale", CONTINUOUS, why.replace("'", '"'))
    if all(value.is_integer() for value in values):
        low, high = int(values[0]), int(values[-1])
        unseen = [str(value) for value in range(low, high + 1) if value not in values]
        if len(unseen) < max(len(values), _MOST_ANSWERS - len(values)):
            never = f"; {listed(unseen)} {'was' if len(unseen) == 1 else 'were'} never given" if unseen else ""
            why = f"The answers found{never}. Write the lowest and the highest that could be given."
            return Entry("scale", [low, high], why)
    shown = list(values) if len(values) == 2 else [_plain(value) for value in values]  # [0, 100] would be 101 answers
    return Entry("scale", shown, "The answers found. Write all that could be given.")


def _of_words(rating: pd.Series, found: list[str]) -> list[Entry]:
    """Words in the order of the file or of a family that is known; else a person must say it."""
    if isinstance(rating.dtype, pd.CategoricalDtype) and found != sorted(found):
        return [Entry("scale", found, "The answers in the order that the file gives them, to be confirmed.")]
    silent = [text for text in found if says_nothing(text)]
    for answers, left in ((found, []), ([text for text in found if text not in silent], silent)):
        if len(answers) > 1 and (ordered := in_order(answers)):
            return [
                Entry("scale", ordered, "Lowest first; the order, to be confirmed, is the usual one."),
                *_left_out(left),
            ]
    confirm = f"Write the answers ({listed(found, 12)}) in their order, lowest first, as scale = [...] under [data]."
    if len(found) < 2:
        confirm = f"Fewer than two different ratings were found ({listed(found) or 'none'}). Write what was possible."
    return [Entry("scale", found, "The answers found, in unknown order.", active=False, confirm=confirm)]


def _left_out(words: Sequence[str]) -> list[Entry]:
    why = "No position on the scale; these rows are left out and counted."
    return [Entry("drop_ratings", list(words), why)] if words else []


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() else value
