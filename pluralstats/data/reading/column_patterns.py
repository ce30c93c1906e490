"""Columns by name or by pattern: "Q1_*", "{item}_{dimension}", and what the parts of a name stand for."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pluralstats.errors import ConfigError, DataError, listed, nearest, problems_error

PARTS = ("item", "rater", "dimension", "answer", "question", "wave")
_TOKEN = re.compile(r"\{(\w*)\}|\*|\?")


class Column(NamedTuple):
    """A column of ratings, and what its name tells: ``{"item": "T1", "dimension": "toxic"}``."""

    name: str
    parts: Mapping[str, str]


@dataclass(frozen=True)
class NamesLike(Collection[str]):
    """Names and patterns as one collection: ``"Q1_2" in NamesLike(("Q1_*", "age"))``."""

    patterns: tuple[str, ...] = ()

    def __contains__(self, name: object) -> bool:
        return any(name == pattern or _like(pattern).fullmatch(str(name)) for pattern in self.patterns)

    def __iter__(self) -> Iterator[str]:
        return iter(self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)


@dataclass(frozen=True)
class Names:
    """The columns that a pattern may mean.

    Attributes
    ----------
    known : mapping, name in the table -> short name
        Tables of some tools have a code and a text in one heading; patterns are for either, ids are the code.
    others : collection of str
        Columns that have another meaning: a pattern passes them over, a name that is written out does not.
    """

    known: Mapping[str, str]
    others: Collection[str] = field(default_factory=frozenset)


def columns_like(patterns: Sequence[str], names: Names, part: str) -> list[Column]:
    """The columns that are one ``part`` each, in the order of the patterns.

    A pattern has ``*`` for any text, ``?`` for one character, and ``{item}``, ``{rater}``, ``{dimension}``,
    ``{answer}``, ``{question}`` or ``{wave}`` for a part of the name, the first as short as possible. Square brackets
    mean themselves, as survey tools write them. Without ``{part}`` the whole name is the part.

    Raises
    ------
    ConfigError
        When there is no pattern, or one has another word in braces.
    DataError
        Naming every pattern that no column is like.
    """
    if not patterns:
        raise ConfigError(f'Tables of this format need `{part}s`, their columns of ratings, such as {part}s="Q1_*".')
    found: dict[str, Column] = {}
    problems = []
    for pattern in patterns:
        columns = list(_columns(pattern, names, part))
        found |= {column.name: column for column in columns if column.name not in found}
        if not columns:
            problems.append(_absent(pattern, names, part))
    kinds = {tuple(sorted(column.parts)) for column in found.values()}
    if len(kinds) > 1:
        problems.append(
            f"The patterns {listed(patterns)} name different parts. Write the same parts into each of them."
        )
    if problems:
        raise problems_error(DataError, problems)
    return list(found.values())


def _columns(pattern: str, names: Names, part: str) -> Iterator[Column]:
    exact = [name for name, short in names.known.items() if pattern in (name, short)]
    if exact or not _TOKEN.search(pattern):
        yield from (Column(name, {part: names.known[name]}) for name in exact)
        return
    like = _like(pattern)
    for name, short in names.known.items():
        if name in names.others or short in names.others:
            continue
        match = like.fullmatch(short) or like.fullmatch(name)
        if match:
            yield Column(name, {**({} if part in match.groupdict() else {part: short}), **match.groupdict()})


def _like(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression; what is no wildcard means itself."""
    parts, end, seen = [], 0, set()
    for token in _TOKEN.finditer(pattern):
        name = token[1]
        if name is not None and (name not in PARTS or name in seen):
            raise ConfigError(
                f"A pattern of columns may have {', '.join(f'{{{part}}}' for part in PARTS)}, each once; found "
                f"{{{name}}} in {pattern!r}.{nearest(name, PARTS)}"
            )
        seen.add(name)
        parts.append(re.escape(pattern[end : token.start()]))
        parts.append(f"(?P<{name}>.+?)" if name else "." if token[0] == "?" else ".*?")
        end = token.end()
    return re.compile("".join(parts) + re.escape(pattern[end:]), re.DOTALL)


def _absent(pattern: str, names: Names, part: str) -> str:
    known = [name for name, short in names.known.items() if name not in names.others and short not in names.others]
    quoted = listed([f"'{name}'" for name in known], 12)
    return (
        f"`{part}s` names '{pattern}', and no column is called or like that; the data have {quoted}."
        f"{nearest(pattern, [*names.known, *names.known.values()])}"
    )
