"""How numbers and answers are written, and which texts mean the same: the one place that decides it."""

import re
import unicodedata
from collections.abc import Collection
from decimal import Decimal

import numpy as np
import pandas as pd

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|[+-]?inf(?:inity)?", re.IGNORECASE)
_COMMA = re.compile(r"([+-]?[0-9]+),([0-9]+)")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_NUMBERED_LABEL = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)(?:\s*[-–—:=.)]\s*|\s+(?=\())(\W*[^\W\d].*)")
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))  # no-break spaces: they look like the plain one
_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"', "\u2212": "-", "\u2013": "-"}
)


def number_text(value: float) -> str:
    """A number in its shortest exact text: 1 for 1.0, 0.33 for 0.33.

    >>> number_text(1.0), number_text(0.33)
    ('1', '0.33')
    """
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


def answer_text(value: float) -> str:
    """A number as an answer of a scale is called: without the last digits that arithmetic leaves.

    >>> answer_text(1 + 0.8 * 3), number_text(1 + 0.8 * 3)
    ('3.4', '3.4000000000000004')
    """
    return number_text(float(f"{value:.12g}"))


def clean_text(text: str) -> str:
    """Text without spaces around it, no-break spaces as plain ones, each accented letter one character (NFC).

    >>> clean_text(" cafe\\u0301\\u00a0noir ") == "caf\\u00e9 noir"
    True
    """
    return unicodedata.normalize("NFC", text.translate(_BLANKS)).strip()


def plain_text(text: str) -> str:
    """Clean text with straight apostrophes, quotes and hyphens, by which answers are compared.

    >>> plain_text("Don\\u2019t agree")
    "Don't agree"
    """
    return clean_text(text).translate(_PLAIN)


def cell_text(value: object) -> str:
    """A cell as the text of a level: the shortest exact text of a number, clean text as it stands; "" for missing."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else number_text(float(str(value)))  # float32 0.1 is 0.1
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if value is None or value is pd.NA or value is pd.NaT or isinstance(value, pd.io.stata.StataMissingValue):
        return ""
    return clean_text(str(value))


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        return "" if value.is_nan() else str(float(value))
    if value == value.to_integral_value():
        return str(int(value))
    return format(value, "f").rstrip("0")


def number_in(text: str) -> float | None:
    """The number that a text writes with a point, None where it writes none.

    >>> number_in("4.0"), number_in("1_000"), number_in("four")
    (4.0, None, None)
    """
    plain = text.strip().translate(_PLAIN)
    return float(plain) if _NUMBER.fullmatch(plain) else None


def numbers_in(texts: Collection[str]) -> np.ndarray:
    """The numbers that the cells of one column write, NaN for those that write none, (n,).

    >>> numbers_in(["20,5", "7", "x"]).tolist()
    [20.5, 7.0, nan]
    """
    plain = [text.strip().translate(_PLAIN) for text in texts]
    if decimal_commas(plain):
        plain = [_COMMA.sub(r"\1.\2", text) if _COMMA.fullmatch(text) else text for text in plain]
    return np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in plain], dtype=float)


def decimal_commas(texts: Collection[str]) -> bool:
    """Whether commas in a column are decimal ones: no number has a point, and not every comma could part thousands.

    >>> decimal_commas(["20,5", "7"]), decimal_commas(["20,5", "7.5"]), decimal_commas(["20,500"])
    (True, False, False)
    """
    commas = [text for text in texts if _COMMA.fullmatch(text)]
    points = any("." in text and _NUMBER.fullmatch(text) for text in texts)
    return bool(commas) and not points and not all(map(_THOUSANDS.fullmatch, commas))


def thousands(texts: Collection[str]) -> list[str]:
    """Numbers of a column whose commas may part thousands or decimals, where nothing in the column tells which."""
    commas = [text for text in texts if _COMMA.fullmatch(text)]
    others = [text for text in texts if text not in set(commas)]
    told = decimal_commas(texts) or not all(map(_NUMBER.fullmatch, others))
    return [] if told else commas


def numbered_labels(texts: Collection[str]) -> dict[str, float]:
    """The numbers in answers such as "1 - not at all"; none where a number has two labels, as typed text would.

    >>> numbered_labels(["1 - never", "2 (often)", "3"]), numbered_labels(["1-2 times"])
    ({'1 - never': 1.0, '2 (often)': 2.0}, {})
    """
    parts = {text: match[1] for text in texts if (match := _NUMBERED_LABEL.fullmatch(text))}
    numbers = {text: float(number) for text, number in parts.items()}
    return numbers if len(set(numbers.values())) == len(numbers) else {}


def meant(value: object, texts: Collection[str]) -> list[str]:
    """The texts of a column that a value from the user means: 5 and 5.0 mean "5", "5.0" and "05.00".

    Text means itself; where the column does not have it, what differs in quotes and hyphens only, else the number.

    >>> meant(5, ["5.0", "05", "6"]), meant("5", ["5", "5.0"]), meant("5", ["5.0", "no"])
    (['5.0', '05'], ['5'], ['5.0'])
    """
    text = cell_text(value)
    if isinstance(value, str):
        if text in texts:
            return [text]
        if alike := [other for other in texts if plain_text(other) == plain_text(text)]:
            return alike
    number = number_in(text)
    same = [] if number is None else [other for other in texts if number_in(other) == number]
    return same or ([text] if text in texts else [])
