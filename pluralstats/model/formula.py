"""R-style formulas: a fixed part read by formulaic, random terms ``(1 | group)`` read here.

Nothing in a formula is ever evaluated as Python: a factor is a column, a number or ``C(column)``.
"""

import re
from dataclasses import dataclass

from formulaic import Formula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Factor

from pluralstats.errors import ConfigError, nearest, problems_error

OPERATORS = "+ - * : / ** ( ) and C(column)"
_RANDOM = re.compile(r"\(((?:[^()|]|\([^()|]*\))*)\|([^()]*)\)")
_CATEGORICAL_CALL = re.compile(r"^C\(\s*(?:`([^`]+)`|([A-Za-z_][\w.]*))\s*\)$")
_NAME = re.compile(r"^[A-Za-z_][\w.]*$")
_PLUS = re.compile(r"\+(?![^(]*\))(?=(?:[^`]*`[^`]*`)*[^`]*$)")  # outside parentheses and quoted names
_FACTOR = re.compile(r"`[^`]*`|[^:/`]+")
_QUOTED_NUMBER = re.compile(r"`\s*[\d.]*\s*`")


def quoted(name: str) -> str:
    """A column's name as a formula writes it: in backticks where it is not a plain word.

    >>> quoted("gender"), quoted("political views")
    ('gender', '`political views`')
    """
    return name if _NAME.match(name) else f"`{name}`"


@dataclass(frozen=True)
class RandomTerm:
    """Deviations of every combination of ``factors``, whose ``name`` is "a" or "a:b".

    ``slopes`` is what deviates, as a fixed part: "1" the intercept only, "1 + gender" intercept and slopes, which are
    correlated; ``columns`` are the columns it names.
    """

    factors: tuple[str, ...]
    slopes: str = "1"
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ":".join(self.factors)

    def __str__(self) -> str:
        return f"({self.slopes} | {':'.join(map(quoted, self.factors))})"


@dataclass(frozen=True)
class ModelFormula:
    """A checked formula: ``fixed`` (right-hand side for formulaic), its ``columns``, and the random terms."""

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
    response, tilde, right = text.partition("~")
    if not tilde or response.strip() != "rating" or "~" in right:
        raise ConfigError(
            f"A formula starts with 'rating ~'; found '{text}'. Write for example 'rating ~ gender + (1 | item)'."
        )
    problems: list[str] = []
    random = _random_terms(right, available, problems)
    fixed = _tidy(_RANDOM.sub(" ", right))
    columns, intercept = _fixed_part(fixed, available, problems)
    if problems:
        raise problems_error(ConfigError, problems)
    return ModelFormula(fixed, columns, random, intercept)


def _tidy(text: str) -> str:
    """The fixed part once random terms are cut out: no doubled, leading or trailing plus signs."""
    parts = [part.strip() for part in _PLUS.split(" ".join(text.split()))]
    return " + ".join(part for part in parts if part) or "1"


def _random_terms(right: str, available: tuple[str, ...], problems: list[str]) -> tuple[RandomTerm, ...]:
    terms: list[RandomTerm] = []
    for left, group in _RANDOM.findall(right):
        slopes, before = _tidy(left), len(problems)
        columns, intercept = _fixed_part(slopes, available, problems)
        if not left.strip() or (not columns and not intercept and len(problems) == before):
            problems.append(
                f"The random term ({left.strip()} | {group.strip()}) has neither intercept nor slope. "
                f"Write '(1 | {group.strip()})', or '(1 + gender | {group.strip()})' with a column of yours."
            )
            continue
        names = [name.strip().strip("`") for name in _FACTOR.findall(group) if name.strip()]
        unknown = [_unknown(name, available) for name in names if name not in available]
        problems.extend(unknown)
        if unknown:
            continue
        nested = "/" in re.sub("`[^`]*`", "", group)
        depths = range(1, len(names) + 1) if nested else [len(names)]
        for depth in depths:
            term = RandomTerm(tuple(names[:depth]), slopes, columns)
            if term in terms:
                problems.append(f"The random term {term} stands twice in the formula. Keep one of them.")
            terms.append(term)
    return tuple(terms)


def _unknown(name: str, available: tuple[str, ...]) -> str:
    return (
        f"The formula names '{name}', which is not a column of the ratings ({', '.join(available)})."
        + nearest(name, available)
        + " Declare it in `demographics=` or `covariates=`."
    )


def _fixed_part(fixed: str, available: tuple[str, ...], problems: list[str]) -> tuple[tuple[str, ...], bool]:
    """Columns named by the fixed part, and whether it has an intercept."""
    if "|" in fixed:
        problems.append(
            f"'|' belongs inside a random term such as '(1 | rater)'; found it in '{fixed}'. "
            "Put the term in parentheses."
        )
        return (), True
    if number := _QUOTED_NUMBER.search(fixed):
        problems.append(f"A column named {number.group()} cannot stand in a formula. Rename it (`columns=`).")
        return (), True
    try:
        terms = list(Formula(fixed, _ordering="none"))
    except (FormulaicError, SyntaxError, ValueError, TypeError) as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        problems.append(
            f"The fixed part '{fixed}' cannot be read ({first_line}). Operators are {OPERATORS}; "
            "a column whose name is not a plain word stands in backticks, such as `political views`."
        )
        return (), True
    factors = {factor.expr: factor for term in terms for factor in term.factors}
    columns = [_column(factor, available, problems) for factor in factors.values()]
    return tuple(dict.fromkeys(column for column in columns if column)), "1" in factors


def _column(factor: Factor, available: tuple[str, ...], problems: list[str]) -> str | None:
    """The column behind one factor; anything that would run as Python is refused."""
    text = factor.expr
    call = _CATEGORICAL_CALL.match(text)
    name = (call.group(1) or call.group(2)) if call else text
    if factor.eval_method == Factor.EvalMethod.LITERAL:
        if text not in {"0", "1"}:
            problems.append(f"The formula has the constant {text}; only 0 and 1 (intercept) have a meaning.")
        return None
    if not call and factor.eval_method == Factor.EvalMethod.PYTHON:
        problems.append(
            f"'{text}' would have to be evaluated as Python, which a formula never does. "
            f"Operators are {OPERATORS}; compute other columns beforehand and pass them in `covariates=`."
        )
        return None
    if name in {"rating", "weight", "rater_weight"}:
        problems.append(f"'{name}' cannot explain the ratings. Take it out of the right-hand side.")
        return None
    if name not in available:
        problems.append(_unknown(name, available))
        return None
    return name
