"""Checksums of files and of cards, by which damage is found when they are read."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SUM = "sha256"  # of a card, in the card
NO_CARD = (ValueError, TypeError, AttributeError, RecursionError)  # what reading and checking other JSON raises


def file_sum(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def card_sum(card: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a card without the sum it has of itself, in whatever way its text is laid out."""
    content = {key: value for key, value in card.items() if key != SUM}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def is_sound(card: Mapping[str, Any], expected: object) -> bool:
    """Whether a card has the checksum that was kept of it."""
    try:
        return card_sum(card) == expected
    except NO_CARD:  # NaN, which we never write
        return False


def canonical(content: Mapping[str, Any]) -> str:
    """One text for equal plain values: JSON with sorted keys, numbers of numpy as plain ones."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(number: Any) -> Any:
    return number.item()


def file_sums(folder: Path, names: list[str]) -> dict[str, str]:
    """Path within ``folder`` -> SHA-256 (hex)."""
    return {name: file_sum(folder / name) for name in names}


def changes(folder: Path, sums: Mapping[str, str]) -> list[str]:
    """What has become of files whose sums were kept, as parts of a sentence: "x.json is missing".

    Raises
    ------
    OSError
        A file that is there cannot be read.
    """
    found = []
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif file_sum(path) != expected:
            found.append(f"{name} has changed since it was saved")
    return found
