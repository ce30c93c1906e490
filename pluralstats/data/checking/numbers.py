"""Numbers of a file: least, mean and greatest of every column, and values far from all others that are codes."""

import numpy as np
import pandas as pd

from pluralstats.data.checking.evidence import Advised, Evidence, Numbers
from pluralstats.data.tables.frames import as_text
from pluralstats.data.tables.texts import number_text
from pluralstats.data.tables.user_missing import labelled_codes
from pluralstats.errors import counted, listed

COLUMNS = ("column", "n", "n_different", "least", "mean", "greatest")
IDS = ("item", "rater", "dimension", "question", "wave")
_ONE_DIGIT = (6, 7, 8, 9)
_CODES = {*_ONE_DIGIT, *(66, 77, 88, 97, 98, 99), *(666, 777, 888, 997, 998, 999), *(9997, 9998, 9999, 99999)}
_MOST_CODES = 4  # at one end
_FAR_STEPS = 3.0  # steps between neighbouring values from which a gap is one
_FAR_SHARE = 0.2  # of the range of the others
_FAR_RANGES = 2.0  # ranges of the others from which any repeated value is far
_WIDE = 20.0  # range from which a number below zero among others above is no neighbour of zero
_HEAVY = 5.0  # times as frequent as the others


def number_table(evidence: Evidence) -> pd.DataFrame:
    """Each column of numbers but ids: n, n_different, least, mean, greatest."""
    found = {name: evidence.numbers(name) for name in evidence.table.columns if name not in IDS}
    rows = [_row(name, numbers) for name, numbers in found.items() if numbers is not None]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(name: str, numbers: Numbers) -> tuple[object, ...]:
    value, count = numbers
    mean = float(np.average(value, weights=count))
    return name, int(count.sum()), len(value), float(value[0]), mean, float(value[-1])


def far_codes(numbers: Numbers, *, any_value: bool = True) -> list[float]:
    """Repeated values at the ends, far from all others, that are usual codes for missing; or very far.

    ``any_value=False`` looks at usual codes only.

    >>> far_codes(Numbers(np.array([1.0, 2, 3, 4, 5, 9, 99]), np.full(7, 10)), any_value=False)
    [9.0, 99.0]
    >>> far_codes(Numbers(np.arange(100.0), np.full(100, 3)))
    []
    """
    value, count = numbers
    n_low = _n_far(-value[::-1], count[::-1], {1, *_CODES}, any_value)
    low, value, count = value[:n_low], value[n_low:], count[n_low:]
    n_high = _n_far(value, count, _CODES, any_value)
    return [*map(float, low), *map(float, value[len(value) - n_high :])]


def _n_far(value: np.ndarray, count: np.ndarray, codes: set[int], any_value: bool) -> int:
    """How many of the last values are codes; low ends come with their signs turned."""
    for n in range(min(_MOST_CODES, len(value) - 2), 0, -1):
        far, n_far, rest, n_rest = value[-n:], count[-n:], value[:-n], count[:-n]
        if far[0] <= 0 or n_far.min() < 2 or n_far.sum() >= n_rest.sum():
            continue
        known = all(number in codes for number in far)
        if (known and _is_far(far, n_far, rest, n_rest)) or (
            any_value and not known and _is_very_far(far, n_far, rest)
        ):
            return n
    return 0


def _is_far(far: np.ndarray, n_far: np.ndarray, rest: np.ndarray, n_rest: np.ndarray) -> bool:
    """Of usual codes: beyond zero where all others lie on its other side, or a gap that the others do not have."""
    gap, span, step = far[0] - rest[-1], rest[-1] - rest[0], float(np.median(np.diff(rest)))
    if rest[-1] <= 0:
        return bool(gap > step or span >= _WIDE)
    heavy = n_far.min() >= _HEAVY * np.median(n_rest)
    return bool(gap >= _FAR_STEPS * step and (gap >= _FAR_SHARE * span or heavy))


def _is_very_far(far: np.ndarray, n_far: np.ndarray, rest: np.ndarray) -> bool:
    return bool(far[0] - rest[-1] > _FAR_RANGES * (rest[-1] - rest[0]) and n_far.min() > 2)


def outlying_codes(evidence: Evidence) -> list[Advised]:
    """Codes among ratings and numbers for formulas, of which means would be made."""
    given = (*evidence.options.na_values, *evidence.options.drop_ratings)
    handled = {as_text(value) for value in (*given, *labelled_codes(evidence.asked.policies))}
    advised: list[Advised] = []
    for name in dict.fromkeys(("rating", *evidence.options.covariates, *evidence.options.demographics)):
        numbers = evidence.numbers(name)
        if numbers is None or (name == "rating" and "scale" in evidence.given and not evidence.answers.is_continuous):
            continue
        ordinal = name == "rating" and not evidence.answers.is_continuous
        codes = [code for code in far_codes(numbers, any_value=not ordinal) if number_text(code) not in handled]
        recoded = {as_text(old) for old in evidence.options.recode.get(name, {})}
        if codes := [code for code in codes if number_text(code) not in recoded]:
            values = tuple(plain_code(number_text(code)) for code in codes)
            advised.append(Advised(_sentence(name, numbers, codes), "na_values", values, name))
    return advised


def plain_code(text: str) -> object:
    """A code as study files write it: a number where it is one.

    >>> plain_code("97"), plain_code("0.5"), plain_code("-9"), plain_code("n.a.")
    (97, 0.5, -9, 'n.a.')
    """
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _sentence(name: str, numbers: Numbers, codes: list[float]) -> str:
    others = numbers.value[~np.isin(numbers.value, codes)]
    n_of = dict(zip(numbers.value.tolist(), numbers.n_rows.tolist(), strict=True))
    found = [f"{number_text(code)} ({counted(n_of[code], 'row')})" for code in codes]
    is_are = "looks like a code" if len(codes) == 1 else "look like codes"
    shown = f"`{name}`" if name == "rating" else f"'{name}'"
    return (
        f"{shown} has {counted(len(codes), 'number')} far from all others, which {is_are} for missing: "
        f"{listed(found)}; the others lie between {number_text(others[0])} and {number_text(others[-1])}. "
        f"If so, pass na_values=[{', '.join(map(number_text, codes))}]."
    )
