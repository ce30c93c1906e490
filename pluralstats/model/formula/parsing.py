"""R-style formulas: a fixed part and random terms ``(1 | group)``, checked against the columns at hand.

Nothing in a formula is ever evaluated as Python: a factor is a column or a known call of one, as ``poly(age, 2)``.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pluralstats.errors import ConfigError, problems_error
from pluralstats.model.formula.algebra import MOST_PROBLEMS, expand
from pluralstats.model.formula.calls import Expansion, is_offset
from pluralstats.model.formula.misplaced import misplaced, misplaced_categories
from pluralstats.model.formula.tokens import (
    Part,
    Token,
    columns_expected,
    nesting,
    parts_of,
    quoted,
    shortened,
    text_of,
    tokens_of,
)

__all__ = ["ModelFormula", "RandomTerm", "default_formula", "expansion", "parse_formula", "quoted"]

EXAMPLE = "Write for example 'rating ~ gender + (1 | item)'."


@dataclass(frozen=True)
class RandomTerm:
    """Deviations of every combination of ``factors``, whose ``name`` is "a" or "a:b".

    ``slopes`` is what deviates, as a fixed part: "1" the intercept only, "1 + gender" intercept and slopes;
    ``columns`` are the columns it names. The deviations of a level are ``correlated``, unless ``||`` stands for ``|``:
    every column of the slopes, each of a factor's too, then has a standard deviation and no correlation.
    """

    factors: tuple[str, ...]
    slopes: str = "1"
    columns: tuple[str, ...] = ()
    correlated: bool = True

    @property
    def name(self) -> str:
        return ":".join(self.factors)

    def __str__(self) -> str:
        return f"({self.slopes} {'|' if self.correlated else '||'} {':'.join(map(quoted, self.factors))})"


@dataclass(frozen=True)
class ModelFormula:
    """A checked formula: ``fixed`` (the right-hand side without random terms), its ``columns``, and the random terms.

    Columns are those of the ratings: that of ``poly(age, 2)`` is "age". Those of offsets are among them.
    """

    fixed: str
    columns: tuple[str, ...]
    random: tuple[RandomTerm, ...]
    intercept: bool

    def __str__(self) -> str:
        return " + ".join([f"rating ~ {self.fixed}", *map(str, self.random)])

    @property
    def described(self) -> tuple[str, ...]:
        """Columns that the linear predictor is made of, those of random slopes among them."""
        return tuple(dict.fromkeys([*self.columns, *(column for term in self.random for column in term.columns)]))

    def without(self, name: str) -> "ModelFormula":
        """The same formula without the random term ``name``."""
        kept = tuple(term for term in self.random if term.name != name)
        return ModelFormula(self.fixed, self.columns, kept, self.intercept)

    def without_columns(self, names: Sequence[str]) -> "ModelFormula":
        """The same formula without the fixed terms that name all of the columns; offsets and random terms stay."""
        every = expansion(self.fixed)
        kept = [t for t in every.terms if is_offset(t) or not set(names) <= {factor.column for factor in t}]
        texts = ["1" if every.intercept else "0", *(":".join(factor.written for factor in term) for term in kept)]
        columns = tuple(name for name in self.columns if any(factor.column == name for term in kept for factor in term))
        return ModelFormula(" + ".join(texts), columns, self.random, self.intercept)


def default_formula(demographics: tuple[str, ...]) -> str:
    """All demographics, ``(1 | item)`` and ``(1 | rater)``.

    >>> default_formula(("gender", "race"))
    'rating ~ gender + race + (1 | item) + (1 | rater)'
    """
    return " + ".join(["rating ~ " + (" + ".join(map(quoted, demographics)) or "1"), "(1 | item)", "(1 | rater)"])


def parse_formula(text: str, available: tuple[str, ...]) -> ModelFormula:
    """Check a formula against the columns at hand.

    Parameters
    ----------
    text : str
        For example ``"rating ~ gender * politics + (1 | item) + (1 | rater)"``.
    available : tuple of str
        Columns that a formula may name.

    Raises
    ------
    ConfigError
        Every problem of the formula at once: an unknown column, a Python call, a second response.
        A column whose name is not a plain word stands in backticks.

    Examples
    --------
    >>> parse_formula("rating ~ gender + (1 | item)", ("gender", "item")).random[0].name
    'item'
    """
    if not isinstance(text, str):
        raise ConfigError(f"A formula is text, such as 'rating ~ gender + (1 | item)'; found {text!r}.")
    parts = _summands(text)
    problems: list[str] = []
    random: list[RandomTerm] = []
    fixed: list[Part] = []
    for part in parts:
        bars = _bars(text, part)
        if not bars:
            fixed.append(part)
        elif "-" in part.signs:
            problems.append(f"'- {text_of(part.tokens)}': a random term is left out by not writing it.")
        else:
            random += _random_terms(text, part, bars, available, problems)
    of_fixed = _expansion(text, [token for part in fixed for token in _with_signs(part)], available, problems)
    problems += misplaced(of_fixed, slopes=False, beside="dimension")  # thresholds may be by it
    problems += misplaced_categories(of_fixed, slopes=False)
    twice = [term for term, n in Counter(random).items() if n > 1]
    problems += [f"The random term {term} stands twice in the formula. Keep one of them." for term in twice]
    if problems:
        raise problems_error(ConfigError, problems)
    return ModelFormula(_joined(text, fixed), of_fixed.columns, tuple(random), of_fixed.intercept)


def expansion(text: str) -> Expansion:
    """The terms of a fixed part or of slopes, from the text of a checked formula.

    >>> [[factor.text for factor in term] for term in expansion("1 + gender*poly(age, 2)").terms]
    [['gender'], ['poly(age, 2)'], ['gender', 'poly(age, 2)']]
    """
    return expand(text, tokens_of(text), None, [])


def _summands(text: str) -> list[Part]:
    """What stands behind 'rating ~', taken apart at its plus and minus signs."""
    tokens = tokens_of(text)
    tildes = [i for i, token in enumerate(tokens) if token.kind == "operator" and token.value == "~"]
    if tildes != [1] or tokens[0].text != "rating":
        raise ConfigError(f"A formula starts with 'rating ~'; found '{shortened(text)}'. {EXAMPLE}")
    return parts_of(text, tokens[2:])


def _bars(text: str, part: Part) -> list[int]:
    """Positions among its tokens of the bars of a random term, one, or the two of ||; none of other summands.

    Raises
    ------
    ConfigError
        A bar that is not the only one directly within parentheses around the whole summand.
    """
    found = [
        (depth, i)
        for i, (depth, token) in enumerate(nesting(text, part.tokens))
        if token.kind == "operator" and token.value == "|"
    ]
    if not found:
        return []
    shown, at = shortened(text_of(part.tokens)), [i for _, i in found]
    doubled = len(found) == 2 and part.tokens[at[0]].end == part.tokens[at[1]].start
    opened = [i for i, (depth, _) in enumerate(nesting(text, part.tokens)) if depth == 0]
    if len(found) > 1 + doubled or found[0][0] != 1 or opened != [0, len(part.tokens) - 1]:
        raise ConfigError(
            f"'|' belongs inside a random term such as '(1 | rater)'; found it in '{shown}'. "
            "Put the term in parentheses."
        )
    return at


def _with_signs(part: Part) -> list[Token]:
    return [*(Token("operator", sign, sign, part.tokens[0].start) for sign in part.signs), *part.tokens]


def _joined(text: str, parts: Sequence[Part]) -> str:
    """The fixed part, "1" where nothing is left of it."""
    words: list[str] = []
    for part in parts:
        signs = part.signs if words or part.signs != ("+",) else ()
        words += [*(signs or (("+",) if words else ())), text_of(part.tokens)]
    return " ".join(words) or "1"


def _expansion(text: str, tokens: Sequence[Token], available: tuple[str, ...], problems: list[str]) -> Expansion:
    return expand(text, tokens, available, problems) if tokens else Expansion((), True)


def _random_terms(
    text: str, part: Part, bars: Sequence[int], available: tuple[str, ...], problems: list[str]
) -> list[RandomTerm]:
    """The terms of '(slopes | group)': one, or for 'a/b' those of a and of a:b."""
    left, right = part.tokens[1 : bars[0]], part.tokens[bars[-1] + 1 : -1]
    slopes, group, before = text_of(left), text_of(right), len(problems)
    of_slopes = _expansion(text, left, available, problems)
    if not left or (not of_slopes.terms and not of_slopes.intercept and len(problems) == before):
        problems.append(
            f"The random term ({slopes} | {group}) has neither intercept nor slope. "
            f"Write '(1 | {group})', or '(1 + gender | {group})' with a column of yours."
        )
    problems += misplaced(of_slopes, slopes=True) + misplaced_categories(of_slopes, slopes=True)
    groups = _groups(text, right, part, available, problems)
    if len(problems) > before:
        return []
    return [RandomTerm(names, slopes, of_slopes.columns, len(bars) == 1) for names in groups]


def _groups(
    text: str, tokens: Sequence[Token], part: Part, available: tuple[str, ...], problems: list[str]
) -> list[tuple[str, ...]]:
    """The combinations of columns that a random term groups by, as R expands them."""
    shown = shortened(text_of(part.tokens))
    allowed = (":", "/", "(", ")")
    strange = [
        token.text
        for token in tokens
        if token.kind == "number" or (token.kind == "operator" and token.value not in allowed)
    ]
    strange += [f"{a.text}(" for a, b in pairwise(tokens) if a.kind == "name" and b.value == "("]
    if not tokens or strange:
        found = f"; found '{strange[0]}'" if strange else ", and there is nothing"
        problems.append(
            f"'{shown}': behind the '|' stand the columns to group by, as in '(1 | rater)', combined by ':' and "
            f"'/'{found}."
        )
        return []
    names = [token.value for token in tokens if token.kind == "name"]
    unknown = [name for name in dict.fromkeys(names) if name not in available]
    problems += [columns_expected(name, available) for name in unknown[: max(MOST_PROBLEMS - len(problems), 0)]]
    terms = expand(text, tokens, None, problems).terms
    return [tuple(factor.column for factor in term) for term in terms]
