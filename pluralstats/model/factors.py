"""What the terms of a formula are made of: columns, and a few calls of one that are looked up and never evaluated."""

from typing import NamedTuple

from pluralstats.model.formula.tokens import quoted

CALLS = ("C", "poly", "I", "log", "scale", "center")
WRITTEN = "C(x), poly(x, 2), I(x^2), log(x), scale(x), center(x)"


class Factor(NamedTuple):
    """A column, or a call of one: ``call`` is in CALLS or empty, ``number`` the degree of poly or the power of I."""

    column: str
    call: str = ""
    number: int = 0

    @property
    def text(self) -> str:
        """
        >>> [f.text for f in (Factor("age"), Factor("age", "poly", 2), Factor("age", "I", 2), Factor("wave", "C"))]
        ['age', 'poly(age, 2)', 'I(age^2)', 'C(wave)']
        """
        name = quoted(self.column)
        inside = {"poly": f"{name}, {self.number}", "I": f"{name}^{self.number}"}.get(self.call, name)
        return f"{self.call}({inside})" if self.call else self.column


type Term = tuple[Factor, ...]
type Terms = dict[frozenset[Factor], Term]  # an ordered set; the order of factors in a product has no meaning


class Expansion(NamedTuple):
    """The terms of a sum, in the order they come up, and whether it has an intercept."""

    terms: tuple[Term, ...]
    intercept: bool

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(factor.column for term in self.terms for factor in term))
