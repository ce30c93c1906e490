"""The words of a formula: names, numbers and operators, and the signed parts of a right-hand side."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pluralstats.errors import ConfigError, nearest

OPERATORS = "+ - * : / ^ ** ( )"
MOST_NESTED = 25  # parentheses within each other
MOST_CHARACTERS = 100_000
SHOWN = 200  # characters of it in a message
SIGNS = ("+", "-")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_TOKEN = re.compile(
    r"(?P<quoted>`(?:[^`]|``)*`)|(?P<number>\d+(?:\.\d*)?)|(?P<name>[^\W\d][\w.]*)"
    r"|(?P<operator>\*\*|[-+*/:^()|,~=])|(?P<space>\s+)"
)


class Token(NamedTuple):
    """``kind`` is "name", "number" or "operator"; ``value`` is a name without backticks; ``text`` as it was written."""

    kind: str
    value: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class Part(NamedTuple):
    """A summand of the right-hand side: the signs before it and its tokens."""

    signs: tuple[str, ...]
    tokens: tuple[Token, ...]


def quoted(name: str) -> str:
    """A column's name as a formula writes it: in backticks where it is not a plain word, its own backticks doubled.

    >>> quoted("gender"), quoted("political views"), quoted("5` scale")
    ('gender', '`political views`', '`5`` scale`')
    """
    return name if _NAME.fullmatch(name) else "`" + name.replace("`", "``") + "`"


def shortened(text: str) -> str:
    """The text as a message shows it."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."


def unreadable(text: str, reason: str) -> ConfigError:
    """The error about a formula, or a part of one, whose grammar is wrong."""
    return ConfigError(
        f"'{shortened(text)}' cannot be read: {reason}. Operators are {OPERATORS}; "
        "a column whose name is not a plain word stands in backticks, such as `political views`."
    )


def columns_expected(name: str, available: Sequence[str]) -> str:
    """The sentence about a name that is no column."""
    return (
        f"The formula names '{name}', which is not a column of the ratings ({', '.join(available)})."
        + nearest(name, available)
        + " Declare it in `demographics=` or `covariates=`."
    )


def tokens_of(text: str) -> list[Token]:
    """
    >>> [token.value for token in tokens_of("rating ~ `political views`*age")]
    ['rating', '~', 'political views', '*', 'age']

    Raises
    ------
    ConfigError
        A character without a meaning, a backtick without its partner, or far too long a text.
    """
    if len(text) > MOST_CHARACTERS:
        raise unreadable(text, f"it has {len(text):,} characters, more than the {MOST_CHARACTERS:,} that are read")
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise unreadable(text, _stray(text[at]))
        kind, written = str(match.lastgroup), match.group()
        value = written[1:-1].replace("``", "`") if kind == "quoted" else written
        if written == "=" and not _names_an_option(found):
            raise unreadable(text, _stray("="))
        if kind != "space":
            found.append(Token("name" if kind == "quoted" else kind, value, written, at))
        at = match.end()
    return found


def _names_an_option(before: Sequence[Token]) -> bool:
    """Whether an equals sign stands behind the name of an option of a call: bs(age, df=4)."""
    return len(before) > 2 and before[-1].kind == "name" and before[-2].value == ","


def _stray(character: str) -> str:
    if character == "`":
        return "a backtick has no partner"
    return f"'{character}' has no meaning in a formula, which is never evaluated as Python"


def text_of(tokens: Sequence[Token]) -> str:
    """The tokens as they were written, with one space where there were some.

    >>> text_of(tokens_of("age   *`two  spaces`"))
    'age *`two  spaces`'
    """
    words = [" " * (token.start > before.end) + token.text for before, token in pairwise(tokens)]
    return "".join([*(token.text for token in tokens[:1]), *words])


def nesting(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Every token with the number of parentheses around it; a parenthesis is outside of itself.

    Raises
    ------
    ConfigError
        Parentheses without a partner, or very many within each other.
    """
    depth = 0
    for token in tokens:
        closes = token.kind == "operator" and token.value == ")"
        depth -= closes
        if depth < 0:
            raise unreadable(text, "a ')' has no partner")
        yield depth, token
        depth += token.kind == "operator" and token.value == "("
        if depth > MOST_NESTED:
            raise unreadable(text, f"more than {MOST_NESTED} parentheses are within each other")
    if depth:
        raise unreadable(text, "a '(' has no partner")


def parts_of(text: str, tokens: Sequence[Token]) -> list[Part]:
    """The summands of a right-hand side.

    >>> words = tokens_of("age - 1 + (1 | item)")
    >>> [(part.signs, [token.value for token in part.tokens]) for part in parts_of("", words)]
    [((), ['age']), (('-',), ['1']), (('+',), ['(', '1', '|', 'item', ')'])]
    """
    parts: list[Part] = []
    signs: list[str] = []
    inside: list[Token] = []
    for depth, token in nesting(text, tokens):
        if depth or token.kind != "operator" or token.value not in SIGNS:
            inside.append(token)
            continue
        if inside:
            parts.append(Part(tuple(signs), tuple(inside)))
            signs, inside = [], []
        signs.append(token.value)
    if signs and not inside:
        raise unreadable(text, f"nothing stands behind the last '{signs[-1]}'")
    return [*parts, Part(tuple(signs), tuple(inside))] if inside else parts
