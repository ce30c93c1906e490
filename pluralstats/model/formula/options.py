"""What stands in the parentheses of a call behind its column: options with numbers, as in bs(age, df=4)."""

from collections.abc import Sequence

from pluralstats.model.formula.tokens import Token

MOST_NUMBERS = 50  # in one option


class NoCall(Exception):
    """Something that is no call of those that formulas know, as they are written."""


def options_of(tokens: Sequence[Token]) -> dict[str, tuple[Token, ...]]:
    """What stands behind the column: ", df = 4, degree = 2" as names with the tokens of their values."""
    parts: list[list[Token]] = []
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(kind_of(token), 0)
        if kind_of(token) == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    out = {}
    for part in parts:
        if len(part) < 3 or [part[0].kind, kind_of(part[1])] != ["name", "="] or part[0].text in out:
            raise NoCall
        out[part[0].text] = tuple(part[2:])
    return out


def count_of(tokens: tuple[Token, ...]) -> int:
    if len(tokens) == 1 and tokens[0].kind == "number" and tokens[0].text.isdecimal() and len(tokens[0].text) < 4:
        return int(tokens[0].text)
    raise NoCall


def numbers_of(tokens: tuple[Token, ...]) -> tuple[float, ...]:
    """(30, -1.5) or a single number."""
    inside = list(tokens)
    if len(inside) > 2 and (kind_of(inside[0]), kind_of(inside[-1])) == ("(", ")"):
        inside = inside[1:-1]
    out: list[float] = []
    sign, wanted = 1.0, True
    for token in inside:
        if wanted and token.kind == "number":
            out.append(sign * float(token.text))
            sign, wanted = 1.0, False
        elif wanted and kind_of(token) == "-" and sign > 0.0:
            sign = -1.0
        elif not wanted and kind_of(token) == ",":
            wanted = True
        else:
            raise NoCall
    if wanted or not 1 <= len(out) <= MOST_NUMBERS:
        raise NoCall
    return tuple(out)


def kind_of(token: Token) -> str:
    return token.value if token.kind == "operator" else token.kind
