"""Factors of a formula: a column, or one of a few calls of one that are looked up and never evaluated.

``offset(x)`` is a factor too, though it has no coefficient: what stands in it is added to the linear predictor. What
stands in ``cs()`` is a sum of products of its own, read in ``algebra``.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pluralstats.model.formula.options import NoCall, count_of, kind_of, numbers_of, options_of
from pluralstats.model.formula.tokens import Token, quoted, text_of

CALLS = ("C", "poly", "bs", "s", "mo", "I", "log", "scale", "center", "offset")
WRITTEN = "C(x), poly(x, 2), bs(x, df=4), s(x), mo(x), I(x^2), log(x), scale(x), center(x), offset(x), cs(x)"
MOST_POWER = 10  # of I(x^k), poly(x, k) and (a + b)^k
MOST_DF = 50  # columns of a spline
CUBIC = 3
USUAL_K = 10  # of s(x), as in mgcv
POWERS = ("^", "**")
ONE_COLUMN = ("", "I", "log", "scale", "center")  # what may stand in offset()


class Factor(NamedTuple):
    """A column, or a call of one: ``call`` is in CALLS or empty, ``number`` the degree of poly or bs, the power of I,
    or the k of s, its B-splines.

    ``df`` and ``knots`` are those of bs, of which one is given; ``offset`` whether it stands in ``offset()``,
    ``category`` whether in ``cs()``, with a coefficient at every threshold.
    """

    column: str
    call: str = ""
    number: int = 0
    df: int = 0
    knots: tuple[float, ...] = ()
    offset: bool = False
    category: bool = False

    @property
    def text(self) -> str:
        """
        >>> [f.text for f in (Factor("age"), Factor("age", "poly", 2), Factor("age", "I", 2), Factor("wave", "C"))]
        ['age', 'poly(age, 2)', 'I(age^2)', 'C(wave)']
        >>> Factor("age", "bs", 3, 4).text, Factor("age", "bs", 2, 0, (30.0, 50.5)).text
        ('bs(age, df=4)', 'bs(age, knots=(30, 50.5), degree=2)')
        >>> Factor("age", "s", 10).text, Factor("age", "s", 6).text
        ('s(age)', 's(age, k=6)')
        >>> Factor("n words", "log", offset=True).text
        'offset(log(`n words`))'
        >>> Factor("age", "poly", 2, category=True).text
        'cs(poly(age, 2))'
        """
        name = quoted(self.column)
        size = "" if self.number == USUAL_K else f", k={self.number}"
        of_call = {"poly": f"{name}, {self.number}", "I": f"{name}^{self.number}", "bs": f"{name}, {self._basis}"}
        of_call["s"] = f"{name}{size}"
        inside = of_call.get(self.call, name)
        bare = not (self.offset or self.category)
        text = f"{self.call}({inside})" if self.call else self.column if bare else name
        return text if bare else f"{'offset' if self.offset else 'cs'}({text})"

    @property
    def written(self) -> str:
        """The factor as a formula has it: a column whose name is no plain word in backticks.

        >>> Factor("political views").written, Factor("political views").text
        ('`political views`', 'political views')
        """
        return self.text if self.call or self.offset or self.category else quoted(self.column)

    @property
    def _basis(self) -> str:
        shape = f"df={self.df}" if self.df else f"knots=({', '.join(map(_positional, self.knots))})"
        return shape if self.number == CUBIC else f"{shape}, degree={self.number}"


def _positional(number: float) -> str:
    """A number in digits, as formulas read them.

    >>> _positional(50.0), _positional(0.00001), _positional(1e17)
    ('50', '0.00001', '100000000000000000')
    """
    return np.format_float_positional(number, trim="-")


type Term = tuple[Factor, ...]
type Terms = dict[frozenset[Factor], Term]  # an ordered set; the order of factors in a product has no meaning


class Expansion(NamedTuple):
    """The terms of a sum, in the order they come up, and whether it has an intercept."""

    terms: tuple[Term, ...]
    intercept: bool

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(factor.column for term in self.terms for factor in term))

    @property
    def coded(self) -> "Expansion":
        """The terms that have one coefficient a column."""
        return self._replace(terms=tuple(t for t in self.terms if not (is_offset(t) or is_by_category(t))))

    @property
    def by_category(self) -> tuple[Term, ...]:
        """The terms within ``cs()``, whose columns have a coefficient at every threshold, without it."""
        return tuple(tuple(f._replace(category=False) for f in term) for term in self.terms if is_by_category(term))

    @property
    def offsets(self) -> tuple[Factor, ...]:
        """What is added as it is."""
        return tuple(factor for term in self.terms if is_offset(term) for factor in term)


def is_offset(term: Term) -> bool:
    return any(factor.offset for factor in term)


def is_by_category(term: Term) -> bool:
    return any(factor.category for factor in term)


def call_of(name: Token, inside: Sequence[Token], column: Callable[[Token], str], problems: list[str]) -> Factor:
    """The factor that ``name(inside)`` stands for; everything else that looks like a call is refused, unevaluated.

    Parameters
    ----------
    column : checks the name of a column
    problems : sentences are added here
    """
    try:
        return _factor(name.text, list(inside), column, problems)
    except NoCall:
        shown = f"{name.text}({text_of(inside)})"
        if name.text == "s" and inside and [kind_of(token) for token in inside[1:2]] != ["("]:
            problems.append(_other_smooth(shown, text_of(inside[:1])))
            return Factor(name.value)
        problems.append(
            f"'{shown}' would have to be evaluated as Python, which a formula never does. It knows {WRITTEN}, each "
            "with a column of the ratings; compute other columns beforehand and pass them in `covariates=`."
        )
        return Factor(name.value)


def _factor(call: str, inside: list[Token], column: Callable[[Token], str], problems: list[str]) -> Factor:
    kinds = ["^" if token.value in POWERS and token.kind == "operator" else kind_of(token) for token in inside]
    if call == "offset":
        return _offset(inside, kinds, column, problems)
    if call == "s" and kinds[:2] in (["name"], ["name", ","]):
        return _smooth(column(inside[0]), text_of(inside), options_of(inside[1:]) if inside[1:] else {}, problems)
    if call == "bs" and kinds[:2] == ["name", ","]:
        return _spline(column(inside[0]), text_of(inside), options_of(inside[1:]), problems)
    expected = {"poly": ["name", ",", "number"], "I": ["name", "^", "number"]}.get(call, ["name"])
    if call not in CALLS or call in ("bs", "s") or kinds != expected:
        raise NoCall
    number = whole_number(inside[2], 1 if call == "poly" else 2, problems) if len(inside) == 3 else 0
    return Factor(column(inside[0]), call, number)


def _offset(inside: list[Token], kinds: list[str], column: Callable[[Token], str], problems: list[str]) -> Factor:
    if kinds == ["name"]:
        return Factor(column(inside[0]), offset=True)
    if kinds[:2] != ["name", "("] or kinds[-1] != ")" or inside[0].text == "offset":
        raise NoCall
    one = _factor(inside[0].text, inside[2:-1], column, problems)
    if one.call not in ONE_COLUMN:
        problems.append(
            f"'offset({one.text})': an offset is one number for each rating, added as it is. Write offset(x) with a "
            "column of numbers, or offset(log(x))."
        )
    return one._replace(offset=True)


def _smooth(column: str, shown: str, options: dict[str, tuple[Token, ...]], problems: list[str]) -> Factor:
    """The factor of s(column, ...)."""
    if not set(options) <= {"k"}:
        raise NoCall
    k = count_of(options["k"]) if options else USUAL_K
    if CUBIC < k - 1 <= MOST_DF:
        return Factor(column, "s", k)
    problems.append(
        f"The k of 's({shown})' is how many B-splines its curve is made of, from {CUBIC + 2} to {MOST_DF + 1}; found "
        f"{k}. {USUAL_K} is the usual one: how far the curve bends is estimated, and a larger k only allows more."
    )
    return Factor(column)


def _other_smooth(shown: str, column: str) -> str:
    """What is said about a smooth with more than a column and k."""
    return (
        f"'{shown}' asks for a smooth that there is not: s(x) and s(x, k=10) are curves of one number whose smoothness "
        f"is estimated. For curves of groups write their product with a spline of fixed columns, as gender * "
        f"bs({column}, df=4); for two numbers 's(x) + s(z)', a curve of each."
    )


def _spline(column: str, shown: str, options: dict[str, tuple[Token, ...]], problems: list[str]) -> Factor:
    """The factor of bs(column, ...)."""
    if not set(options) <= {"df", "knots", "degree"} or not {"df", "knots"} & set(options):
        raise NoCall
    degree = count_of(options["degree"]) if "degree" in options else CUBIC
    knots = numbers_of(options["knots"]) if "knots" in options else ()
    df = count_of(options["df"]) if "df" in options else 0
    if len({"df", "knots"} & set(options)) == 2:
        problems.append(f"'bs({shown})' has df and knots, of which one follows from the other. Give one of them.")
    elif not 1 <= degree <= 5:
        problems.append(
            f"The degree of 'bs({shown})' is a whole number from 1 to 5; found {degree}. 3 is the usual one."
        )
    elif not knots and not degree <= df <= MOST_DF:
        problems.append(
            f"The df of 'bs({shown})' is its number of columns, from {degree} (its degree) to {MOST_DF}; found {df}."
        )
    elif list(knots) != sorted(set(knots)):
        problems.append(f"The knots of 'bs({shown})' are different numbers in rising order.")
    else:
        return Factor(column, "bs", degree, df, knots)
    return Factor(column)


def whole_number(token: Token, least: int, problems: list[str]) -> int:
    """A power or degree; ``least`` and a sentence for anything else."""
    if token.kind == "number" and token.text.isdecimal() and len(token.text) < 4:
        number = int(token.text)
        if least <= number <= MOST_POWER:
            return number
    problems.append(f"A power or degree is a whole number from {least} to {MOST_POWER}; found {token.text[:20]}.")
    return least
