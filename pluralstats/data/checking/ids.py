"""Ids that are one name in several spellings: a person or text split in two, or two that were taken as one."""

import re
import unicodedata

import pandas as pd

from pluralstats.data.checking.evidence import Columns, Evidence
from pluralstats.data.tables.frames import as_text
from pluralstats.errors import counted, listed

_NUMBER = re.compile(r"([+-]?)0*(\d+)(?:\.0+)?")
_SHOWN = 3


def spellings_of_ids(evidence: Evidence) -> list[str]:
    """Raters and items whose names differ in capitals, spaces, composed letters or leading zeros only."""
    return [sentence for name in ("rater", "item") for sentence in _spellings(evidence.columns, name)]


def _spellings(columns: Columns, name: str) -> list[str]:
    texts = written_ids(columns, name)
    keys = pd.Series([id_key(text) for text in texts], dtype=object)
    again = keys.duplicated(keep=False).to_numpy()
    groups: dict[str, list[str]] = {}
    for text, key in zip(texts, keys, strict=True) if again.any() else ():
        groups.setdefault(key, []).append(text)
    several = [group for group in groups.values() if len(group) > 1]
    apart = [group for group in several if len({as_text(text) for text in group}) > 1]
    alike = [group for group in several if len({as_text(text) for text in group}) == 1]
    sentences = []
    if apart:
        sentences.append(
            f"{counted(len(apart), name)} may be written in several ways: {_shown(apart)}. Each spelling counts as "
            f"{'a' if name == 'rater' else 'an'} {name} of its own; write one, if they are one."
        )
    if alike:
        sentences.append(
            f"{counted(len(alike), name)} {'is' if len(alike) == 1 else 'are'} written with other spaces or letters in "
            f"some rows, and taken as one: {_shown(alike)}. Correct the ids if they are several."
        )
    return sentences


def written_ids(columns: Columns, name: str) -> list[str]:
    """The different ids as they stand in the file, as text; numbers have one spelling."""
    if pd.api.types.is_numeric_dtype(columns.table[name].dtype):
        return []
    return list(dict.fromkeys(map(str, columns.typed(name).distinct)))


def id_key(text: str) -> str:
    """What spellings of one id have in common. Signs count: "1-1" is not "11".

    >>> id_key("Anna\\u00a0 K ") == id_key("anna k"), id_key("007") == id_key("7.0"), id_key("1-1") == id_key("11")
    (True, True, False)
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = " ".join(plain.casefold().split())
    number = _NUMBER.fullmatch(plain)
    return f"{number[1].replace('+', '')}{number[2]}" if number else plain


def _shown(groups: list[list[str]]) -> str:
    return listed([" = ".join(map(_quoted, group[:4])) for group in groups], _SHOWN)


def _quoted(text: str) -> str:
    """With every letter that looks like another written out."""
    return (
        repr(text)
        if text.isascii() or (text.isprintable() and text == unicodedata.normalize("NFC", text))
        else ascii(text)
    )
