"""Flags that several commands have, and how their text is read."""

from pathlib import Path
from typing import Any

import pluralstats as ps
from pluralstats.errors import ConfigError


def check_options(study: Path | None, scale: str, demographics: str, columns: str, dimensions: str) -> dict[str, Any]:
    """The options of ``ps.check`` from the command line, which wins over the study file."""
    found = {} if study is None else ps.StudyConfig.read(study).ratings_options()
    if scale:
        found["scale"] = parse_scale(scale)
    if demographics:
        found["demographics"] = parts(demographics)
    if columns:
        found["columns"] = parse_pairs(columns)
    if dimensions:
        found["dimensions"] = parts(dimensions)
    return found


def parse_scale(text: str) -> Any:
    """A scale as written on the command line, in one of the forms that ``ps.Ratings`` knows.

    >>> parse_scale("1,5"), parse_scale("no,maybe,yes"), parse_scale("continuous"), parse_scale("continuous,0,100")
    ([1, 5], ['no', 'maybe', 'yes'], 'continuous', ['continuous', 0.0, 100.0])
    """
    words = parts(text)
    if words == ["continuous"]:
        return "continuous"
    if words[:1] == ["continuous"] and len(words) == 3:
        return ["continuous", *(float(word) for word in words[1:])]
    for number in (int, float):
        try:
            return [number(word) for word in words]
        except ValueError:
            continue
    return words


def parse_pairs(text: str) -> dict[str, str]:
    """Renamed columns as written on the command line.

    >>> parse_pairs("worker_id=rater, text_id=item")
    {'worker_id': 'rater', 'text_id': 'item'}
    """
    pairs = {}
    for part in parts(text):
        old, sign, new = (word.strip() for word in part.partition("="))
        if not (old and sign and new):
            raise ConfigError(f"--columns should be old=new pairs such as worker_id=rater, but has '{part}'.")
        pairs[old] = new
    return pairs


def parts(text: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]
