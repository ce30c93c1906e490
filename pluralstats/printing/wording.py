"""Numbers and names as the report writes them: as many digits as the interval supports, true minus signs."""

import math
from collections.abc import Sequence
from itertools import chain
from itertools import count as count_up

LONGEST_SLUG = 60  # characters; file systems allow names of 255 bytes
ADJUSTED_BY = {
    "holm": "Holm's method",
    "bonferroni": "Bonferroni's method",
    "hommel": "Hommel's method",
    "bh": "the method of Benjamini and Hochberg",
    "by": "the method of Benjamini and Yekutieli",
    "max_t": "the joint distribution of the contrasts",
}


def digits_for(lower: float, upper: float, null: float = 0.0) -> int:
    """Decimal places that show two digits of the interval's width, between 0 and 4.

    One or two more where an end would be rounded to ``null``, so that the side it lies on is visible.

    >>> digits_for(0.02, 0.37), digits_for(-12.0, 60.0), digits_for(0.003, 0.37)
    (2, 0, 3)
    """
    width = abs(upper - lower)
    if not math.isfinite(width) or width == 0:
        return 2
    digits = min(4, max(0, 1 - math.floor(math.log10(width))))
    ends = [end - null for end in (lower, upper) if end != null]
    visible = (more for more in range(digits, digits + 3) if all(round(end, more) for end in ends))
    return next(visible, digits)


def number(value: float, digits: int = 2) -> str:
    """A number with a true minus sign and thousands separated; a dash when it is missing.

    >>> number(-0.1249), number(1095, 0), number(float("nan")), number(-0.001)
    ('−0.12', '1,095', '–', '0.00')
    """
    if value is None or not math.isfinite(value):
        return "–"
    rounded = round(float(value), digits) + 0.0  # + 0.0 turns a rounded -0.0 into 0.0
    return f"{rounded:,.{digits}f}".replace("-", "−")


def number_range(low: float, high: float, digits: int = 0) -> str:
    """From a number to another; one number where both are written alike.

    >>> number_range(2.0, 4.0), number_range(2.1, 2.2)
    ('2 to 4', '2')
    """
    first, last = number(float(low), digits), number(float(high), digits)
    return first if first == last else f"{first} to {last}"


def p_value(p: float) -> str:
    """A probability near 0 as a bound: no permutation and no posterior shows that it is 0.

    >>> p_value(0.0), p_value(0.0312), p_value(float("nan"))
    ('<0.001', '0.031', '–')
    """
    return "<0.001" if p < 0.0005 else number(p, 3)


def interval(lower: float, upper: float, digits: int | None = None) -> str:
    """An interval in square brackets.

    >>> interval(0.021, 0.368)
    '[0.02, 0.37]'
    """
    places = digits_for(lower, upper) if digits is None else digits
    return f"[{number(lower, places)}, {number(upper, places)}]"


def count(n: float, noun: str) -> str:
    """A number of things.

    >>> count(1, "rater"), count(1095, "rater")
    ('1 rater', '1,095 raters')
    """
    return f"{n:,.0f} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["a", "b", "c"]), listed(["a", "b"]), listed(["a"])
    ('a, b and c', 'a and b', 'a')
    """
    names = [str(name) for name in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def capital(sentence: str) -> str:
    """The sentence with its first letter in upper case.

    >>> capital("by gender, male raters")
    'By gender, male raters'
    """
    return sentence[:1].upper() + sentence[1:]


def slugs(names: Sequence[str]) -> list[str]:
    """Names as names of files, all different.

    >>> slugs(["main toxicity", "main: toxicity", "Größe"])
    ['main-toxicity', 'main-toxicity-2', 'größe']
    """
    found: list[str] = []
    for name in names:
        slug = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())[:LONGEST_SLUG] or "unnamed"
        numbered = (f"{slug}-{i}" for i in count_up(2))
        found.append(next(one for one in chain([slug], numbered) if one not in found))
    return found


def scale_words(labels: Sequence[str], description: str) -> str:
    """A rating scale in a sentence.

    >>> scale_words(("1", "2", "3"), "1-3"), scale_words(("no", "maybe", "yes"), "no, maybe, yes")
    ('the scale 1-3', 'a 3-point scale from “no” to “yes”')
    >>> scale_words((), "continuous 0 to 100"), scale_words((), "continuous")
    ('a continuous scale from 0 to 100', 'a continuous scale')
    """
    if not labels:
        ends = description.removeprefix("continuous").strip()
        return f"a continuous scale{f' from {ends}' if ends else ''}"
    if len(labels) > 2 and ", " in description:
        return f"a {len(labels)}-point scale from “{labels[0]}” to “{labels[-1]}”"
    return f"the scale {description.replace(', ', ' or ')}"
