"""What columns are called that hold raters, items and ratings, and what the shape of a table without them says."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.errors import nearest

KINDS: dict[str, tuple[str, ...]] = {
    "rater": (
        *("rater", "annotator", "worker", "participant", "respondent", "coder", "labeler", "labeller", "judge"),
        *("evaluator", "reviewer", "assessor", "turker", "user", "person", "subject", "people", "pid", "response_id"),
    ),
    "item": (
        *("item", "text", "comment", "post", "tweet", "prompt", "sentence", "stimulus", "instance", "document", "doc"),
        *("example", "sample", "utterance", "conversation", "message", "dialogue", "image", "video", "task"),
    ),
    "rating": (
        "rating",
        "score",
        "label",
        "answer",
        "annotation",
        "judgment",
        "judgement",
        "likert",
        "value",
        "response",
    ),
    "dimension": ("dimension", "aspect", "criterion", "attribute", "construct", "scale"),
    "question": ("question", "passage", "topic", "story", "scenario", "vignette", "block"),
    "wave": ("wave", "session", "round", "phase", "time"),
}
_ALIKE = 0.75  # share of letters in common: "rate" and "date" are no raters
_IDS = ("rater", "item")
_LIKE_EACH_OTHER = 3  # columns with the same answers from which they are one set
_MOST_ANSWERS = 11
_LEAST = 3  # different values from which a column tells rows apart


def did_you_mean(name: str, columns: Sequence[str]) -> str:
    """The hint for a column that is missing: one of the same kind, as user_id for rater, else one spelled alike.

    >>> did_you_mean("rater", ["rating", "user_id", "rate"])
    " Did you mean 'user_id'?"
    >>> did_you_mean("rater", ["rating", "ratio", "date"])
    ''
    """
    if name not in KINDS:
        return nearest(name, columns)
    others = [column for column in columns if column not in KINDS]
    ranked = [(rank, column) for column in others if (rank := _rank(name, column)) is not None]
    if ranked:
        return f" Did you mean '{min(ranked, key=lambda pair: pair[0])[1]}'?"
    of_other_kinds = {column for column in others for kind in KINDS if kind != name and _rank(kind, column) is not None}
    return nearest(name, [column for column in others if column not in of_other_kinds], _ALIKE)


def _rank(kind: str, column: str) -> tuple[int, int, int] | None:
    """How surely a column is of a kind, the lower the surer; None where it is not. Ids go before texts of their own."""
    words = _words(column)
    found = [
        i for i, word in enumerate(KINDS[kind]) if word in ("_".join(words), *words, *(w.rstrip("s") for w in words))
    ]
    if not found:
        return None
    is_id = bool({"id", "pid", "number", "no", "nr"} & set(words))
    return 0 if is_id or kind not in _IDS else 1, found[0], len(words)


def _words(column: str) -> list[str]:
    """The words of a name: "workerId" and "Worker_ID" are worker, id."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return [word for word in re.split(r"[^a-z0-9]+", apart.casefold()) if word]


def shape_hint(table: pd.DataFrame) -> list[str]:
    """What the shape of a table without columns of raters, items and ratings says: a sentence, or none."""
    alike = columns_of_answers(table)
    absent = [name for name in ("rater", "item") if name not in table]
    if "rating" in table or not alike:
        return []
    shown = ", ".join(f'"{name}"' for name in alike[:3]) + (", ..." if len(alike) > 3 else "")
    start = f"{len(alike)} columns have the same answers ({', '.join(alike[:3])}{' ...' if len(alike) > 3 else ''})"
    if _is_one_each_row(table[alike]):
        return [
            f"{start}, and nearly every row has one of them: they look like the points of one scale. "
            "Write the point that is marked into a column `rating`; two marked points of one row are a repeated rating."
        ]
    if not absent:
        return [f"{start}. If each is a dimension, pass dimensions=[{shown}]."]
    if absent == ["rater"]:
        return [f"{start}. If each is a rater, pass raters=[{shown}]."]
    if absent == ["item"]:
        return [f"{start}. If each is an item, pass items=[{shown}]."]
    return [
        f"{start}. If each is an item, pass items=[{shown}] and name the column of raters; if each is a rater, pass "
        f"raters=[{shown}] and name the column of items."
    ]


def columns_of_answers(table: pd.DataFrame) -> list[str]:
    """Columns with the same few answers: the largest set of three or more."""
    answers = {name: _answers(table[name]) for name in table.columns if name not in KINDS}
    best: list[str] = []
    for values in answers.values():
        if not values:
            continue
        alike = [name for name, other in answers.items() if other and (other <= values or values <= other)]
        best = max(best, alike, key=len)
    return best if len(best) >= _LIKE_EACH_OTHER else []


def _answers(column: pd.Series) -> frozenset[str]:
    """The different values of a column of few; none of one that tells rows apart or holds other things than values."""
    known = column.dropna()
    if not len(known) or pd.api.types.is_bool_dtype(column.dtype) or not _is_flat(known):
        return frozenset()
    values = {str(value) for value in known.unique()[: _MOST_ANSWERS + 1]}
    few = 1 < len(values) <= _MOST_ANSWERS or (len(values) == 1 and len(known) < len(column))
    numbers = pd.to_numeric(pd.Series(sorted(values)), errors="coerce")
    return frozenset(f"{number:g}" for number in numbers) if few and numbers.notna().all() else frozenset()


def _is_flat(known: pd.Series) -> bool:
    """Whether every cell is a text or a number; in records of JSON one cell of many may be a list."""
    return known.dtype != object or bool(known.map(lambda cell: isinstance(cell, str | int | float | np.number)).all())


def _is_one_each_row(table: pd.DataFrame) -> bool:
    """Whether a row has one mark: one cell that is neither empty nor 0."""
    numbers = table.apply(pd.to_numeric, errors="coerce").fillna(0.0)
    n = (numbers != 0.0).sum(axis=1)
    return bool(len(n) >= _LEAST and (n == 1).mean() >= 0.8)
