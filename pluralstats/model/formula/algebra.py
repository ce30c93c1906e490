"""The terms that the algebra of a formula stands for, as ``terms`` in R (Wilkinson & Rogers 1973, Appl. Stat. 22).

A term is a product of factors; ``a*b`` is a + b + a:b, ``a/b`` is a + a:b, ``(a + b)^2`` is crossed with itself, and
``-`` takes terms out. A factor is a column or one of the calls in ``CALLS``: a name that this grammar knows, with a
column and numbers. Nothing is ever evaluated as Python.
"""

from collections.abc import Sequence

from pluralstats.model.formula.calls import POWERS, Expansion, Factor, Term, Terms, call_of, whole_number
from pluralstats.model.formula.misplaced import by_category
from pluralstats.model.formula.tokens import (
    SIGNS,
    Token,
    columns_expected,
    quoted,
    text_of,
    unreadable,
)

MOST_WORK = 500_000  # factors that products may be made of; (a + b + ...)^10 of many columns would never end
MOST_PROBLEMS = 20
NO_PREDICTORS = ("rating", "weight", "rater_weight")


def expand(text: str, tokens: Sequence[Token], available: Sequence[str] | None, problems: list[str]) -> Expansion:
    """The terms of a sum of products.

    Parameters
    ----------
    tokens : those of ``text`` to read
    available : columns that may be named; None where that was checked before
    problems : sentences about names and calls are added here

    Raises
    ------
    ConfigError
        A grammar that cannot be read.
    """
    reader = _Reader(text, list(tokens), available, problems)
    terms = reader.sum()
    if reader.tokens[reader.at :]:
        raise unreadable(text, f"'{reader.tokens[reader.at].text}' stands where an operator is expected")
    return Expansion(tuple(terms.values()), reader.intercept)


class _Reader:
    """Recursive descent with R's precedence: ^ before : before * and / before + and -."""

    def __init__(self, text: str, tokens: list[Token], available: Sequence[str] | None, problems: list[str]) -> None:
        self.text, self.tokens, self.available, self.problems = text, tokens, available, problems
        self.at = self.work = 0
        self.intercept = self.adding = True  # adding: whether a 1 puts the intercept in or takes it out

    def _next_is(self, *values: str) -> bool:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token is not None and token.kind == "operator" and token.value in values

    def _take(self) -> Token:
        if self.at >= len(self.tokens):
            raise unreadable(self.text, "it ends where a column is expected")
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self) -> Terms:
        terms: Terms = {} if self._next_is(*SIGNS) else dict(self._product())
        while self._next_is(*SIGNS):
            if self._take().value == "+":
                for key, term in self._signed().items():
                    terms.setdefault(key, term)
            else:
                for key in self._taken_out():
                    terms.pop(key, None)
        return terms

    def _signed(self) -> Terms:
        """What stands behind a plus; another minus there leaves nothing of it, but -1 is without intercept."""
        minus = 0
        while self._next_is(*SIGNS):
            minus += self._take().value == "-"
        turned = minus % 2 == 1
        self.adding ^= turned
        terms = self._product()
        self.adding ^= turned
        return {} if minus else terms

    def _taken_out(self) -> Terms:
        self.adding = not self.adding
        terms = self._signed()
        self.adding = not self.adding
        return terms

    def _product(self) -> Terms:
        left = self._interaction()
        while self._next_is("*", "/"):
            crossed = self._take().value == "*"
            right = self._interaction()
            if crossed:
                left = left | right | self._times(left, right, "*")
            else:  # every term of the right within all columns of the left
                self._count(left, right)
                whole: Term = tuple(dict.fromkeys(factor for term in left.values() for factor in term))
                left = left | self._times({frozenset(whole): whole}, right, "/")
        return left

    def _interaction(self) -> Terms:
        left = self._power()
        while self._next_is(":"):
            self._take()
            left = self._times(left, self._power(), ":")
        return left

    def _power(self) -> Terms:
        start = self.at
        base = self._atom()
        if not self._next_is(*POWERS):
            return base
        self._take()
        number = whole_number(self._take(), 1, self.problems)
        shown = text_of(self.tokens[start : self.at])
        if len(base) == 1 and number > 1:
            name = next(iter(base.values()))[0].column
            self.problems.append(
                f"'{shown}' crosses {name} with itself, which is {name} again. For its powers write I({quoted(name)}^"
                f"{number}), or poly({quoted(name)}, {number}) for all of them up to {number}."
            )
            return base
        terms = base
        for _ in range(number - 1):
            more = terms | self._times(terms, base, "^")
            if len(more) == len(terms):
                break
            terms = more
        return terms

    def _times(self, left: Terms, right: Terms, operator: str) -> Terms:
        """All products of two terms; a factor that both have counts once."""
        if not left or not right:
            raise unreadable(
                self.text, f"0 and 1 are about the intercept, and nothing is left to stand beside '{operator}'"
            )
        self._count(left, right)
        if operator != "^" and len(left) == len(right) == 1:
            self._refuse_same(next(iter(left.values())), next(iter(right.values())), operator)
        out: Terms = {}
        for a in left.values():
            for b in right.values():
                term = tuple(dict.fromkeys((*a, *b)))
                out.setdefault(frozenset(term), term)
        return out

    def _count(self, left: Terms, right: Terms) -> None:
        """End a formula whose products would never end."""
        self.work += len(right) * sum(map(len, left)) + len(left) * sum(map(len, right))
        if self.work > MOST_WORK:
            raise unreadable(self.text, "it asks for far too many interactions")

    def _refuse_same(self, left: Term, right: Term, operator: str) -> None:
        """age:age is age in R, without a word; who writes it means something else."""
        inside = set(right) <= set(left) or set(left) <= set(right)
        if set(left) == set(right) or (operator == ":" and inside):
            name = quoted(right[0].column)
            self.problems.append(
                f"'{':'.join(factor.text for factor in (*left, *right))}' has {name} twice, which counts once. For a "
                f"square write I({name}^2)."
            )

    def _atom(self) -> Terms:
        token = self._take()
        if token.kind == "operator" and token.value == "(":
            terms = self.sum()
            if not self._next_is(")"):
                raise unreadable(self.text, "an operator is missing within parentheses")
            self._take()
            return terms
        if token.kind == "number":
            return self._constant(token)
        if token.kind != "name":
            raise unreadable(self.text, f"'{token.text}' stands where a column is expected")
        if self._next_is("("):
            return self._call(token)
        factor = Factor(self._column(token))
        return {frozenset((factor,)): (factor,)}

    def _constant(self, token: Token) -> Terms:
        if token.value not in ("0", "1"):
            self.problems.append(
                f"The formula has the constant {token.value[:20]}; only 0 and 1 (intercept) have a meaning."
            )
            return {frozenset((Factor(token.value),)): (Factor(token.value),)}  # to read on; it is refused in the end
        self.intercept = self.adding == (token.value != "0")
        return {}

    def _call(self, name: Token) -> Terms:
        """What stands in parentheses behind a name, up to the one that closes them: a factor, or the terms of cs()."""
        start = self.at - 1
        depth = 0
        while True:
            token = self._take()
            depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind == "operator" else 0
            if not depth:
                break
        inside = self.tokens[start + 2 : self.at - 1]
        if name.text == "cs" and inside:
            terms = expand(self.text, inside, self.available, self.problems).terms
            shown = text_of(self.tokens[start : self.at])
            return by_category({frozenset(term): term for term in terms}, shown, self.problems)
        factor = call_of(name, inside, self._column, self.problems)
        if factor.text != factor.column and factor.text in (self.available or ()):
            self.problems.append(f"'{factor.text}' is a call and the name of a column. Rename the column (`columns=`).")
        return {frozenset((factor,)): (factor,)}

    def _column(self, token: Token) -> str:
        name = token.value
        if self.available is None or len(self.problems) >= MOST_PROBLEMS:
            return name
        if token.text.startswith("`") and name.strip().replace(".", "", 1).isdecimal():
            self.problems.append(f"A column named {token.text} cannot stand in a formula. Rename it (`columns=`).")
        elif name in NO_PREDICTORS:
            self.problems.append(f"'{name}' cannot explain the ratings. Take it out of the right-hand side.")
        elif name not in self.available:
            self.problems.append(columns_expected(name, self.available))
        return name
