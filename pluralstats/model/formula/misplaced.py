"""Calls where they have no meaning: offsets, curves and monotonic effects in products and in random slopes."""

from pluralstats.model.formula.calls import Expansion, Factor
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
