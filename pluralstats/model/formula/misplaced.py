"""What a formula may not say of offsets, curves, monotonic effects and coefficients at every threshold."""

from pluralstats.model.formula.calls import Expansion, Factor, Term, Terms, is_by_category
from pluralstats.model.formula.tokens import quoted


def _twice(of: Expansion) -> list[str]:
    """Sentences about curves of columns that the formula has otherwise too: the straight line is in the curve."""
    single = [term[0] for term in of.coded.terms if len(term) == 1]
    return [
        f"The formula has '{factor.text}' and '{other.text}', and a curve has the straight line in it. Keep "
        f"'{factor.text}' alone."
        for factor in single
        if factor.call == "s"
        for other in single
        if other.column == factor.column and other != factor and (other.call != "s" or other.number > factor.number)
    ]


def misplaced(of: Expansion, *, slopes: bool, beside: str = "") -> list[str]:
    """Sentences about offsets and monotonic effects where they have no meaning: in products and in random slopes.

    ``beside``: a column in whose product a monotonic effect may stand, because every level has one of its own.
    """
    found = [] if slopes else _twice(of)
    apart_only = (factor for term in of.terms for factor in term if factor.offset or factor.call in ("mo", "s"))
    for factor in dict.fromkeys(apart_only):
        apart = {factor, Factor(beside)} if factor.call == "mo" else {factor}
        several = any(len(term) > 1 and factor in term and set(term) != apart for term in of.terms)
        if slopes:
            kind = "an offset has no effect that could differ" if factor.offset else "a monotonic effect is one for all"
            kind = "its curve is one for all" if factor.call == "s" else kind
            instead = "" if factor.offset else ", or the column itself as slope"
            instead = f"Write it outside of random terms{instead}"
            found.append(f"'{factor.text}' stands in a random term, but {kind}. {instead}.")
        elif several and factor.offset:
            found.append(
                f"'{factor.text}' stands in an interaction, but an offset has no coefficient that could depend on "
                "anything. Write it as a term of its own."
            )
        elif several and factor.call == "s":
            name = quoted(factor.column)
            found.append(
                f"'{factor.text}' stands in an interaction, and its curve is one for all. Write '{factor.text}' as a "
                f"term of its own, or the interaction with bs({name}, df=4) or {name} itself."
            )
        elif several:
            found.append(
                f"'{factor.text}' stands in an interaction, in which its effect would not be monotonic for everybody. "
                f"Write '{factor.text}' as a term of its own, or the interaction with {quoted(factor.column)} itself."
            )
    return found


def by_category(terms: Terms, shown: str, problems: list[str]) -> Terms:
    """The terms within ``cs()``, marked; ``shown`` is how the call is written, sentences are added to ``problems``."""
    if not terms:
        problems.append(
            f"'{shown}' names no column. Thresholds differ from each other anyway; write cs(x) for the coefficient of "
            "x at every threshold."
        )
    for factor in dict.fromkeys(factor for term in terms.values() for factor in term):
        if factor.offset or factor.call in ("mo", "s"):
            one = "a curve" if factor.call == "s" else "a monotonic effect"
            kind = "an offset has no coefficient" if factor.offset else f"{one} is one for all thresholds"
            problems.append(f"'{factor.text}' stands in cs(), but {kind}. Write it outside of cs().")
    marked = [tuple(factor._replace(category=True) for factor in term) for term in terms.values()]
    return {frozenset(term): term for term in marked}


def misplaced_categories(of: Expansion, *, slopes: bool) -> list[str]:
    """Sentences about ``cs()`` where it has no meaning: in random slopes, in part of a product, or beside the same
    column without it."""
    found, plain = [], {frozenset(term) for term in of.coded.terms}
    for term in (term for term in of.terms if is_by_category(term)):
        shown = ":".join(factor.text for factor in term)
        bare = tuple(factor._replace(category=False) for factor in term)
        if slopes:
            found.append(
                f"'{shown}' stands in a random term, but coefficients at every threshold are those of all levels. "
                "Write it outside of random terms, or the column itself as slope."
            )
        elif not all(factor.category for factor in term):
            found.append(f"'{shown}' has cs() in a part of a product. Write '{written(bare)}' for all of it.")
        elif frozenset(bare) in plain:
            name = ":".join(factor.written for factor in bare)
            found.append(
                f"'{name}' stands alone and in {written(bare)}, whose coefficients at all thresholds can move together "
                f"as one of {name} would. Keep one of them."
            )
    return found


def factors_of(term: str) -> set[str]:
    """The factors of a term as coefficients have it.

    >>> sorted(factors_of("cs(gender:age)")), sorted(factors_of("gender:dimension"))
    (['age', 'gender'], ['dimension', 'gender'])
    """
    return set((term[3:-1] if term.startswith("cs(") else term).split(":"))


def written(term: Term) -> str:
    """A term within ``cs()``, as a formula has it.

    >>> written((Factor("gender"), Factor("political views")))
    'cs(gender:`political views`)'
    """
    return f"cs({':'.join(factor.written for factor in term)})"
