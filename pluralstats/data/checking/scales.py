"""Two scales in one column, and orders of answers that nobody chose."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pluralstats.data.answer_order import alphabetical_order
from pluralstats.data.checking.evidence import Evidence
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales
from pluralstats.errors import counted

_ENOUGH = 10  # ratings for each answer from which an answer nobody gave is remarkable
_FEWEST = 0.05  # share of an answer among the others, from which its absence is
_EXPECTED = 5.0  # raters who would use two answers, were these independent, from which none doing so is remarkable
_MOST_LEVELS = 30


def answers_by_part(evidence: Evidence) -> list[str]:
    """Dimensions and waves with many ratings in which different answers occur: probably different scales."""
    if isinstance(evidence.scale, Scales) or evidence.scale.is_continuous:
        return []
    names = [name for name in ("dimension", "wave") if name in evidence.batch.table]
    return [sentence for name in names for sentence in _by(evidence, name)]


def _by(evidence: Evidence, name: str) -> list[str]:
    table, scale = evidence.batch.table, evidence.answers
    K = scale.K
    part = table[name].array
    n_parts = len(part.categories)
    if n_parts > _MOST_LEVELS:
        return []
    cell = part.codes.astype(np.int64) * K + table["rating"].to_numpy()
    counts = np.bincount(cell, minlength=n_parts * K).reshape(n_parts, K)
    many = np.flatnonzero(counts.sum(axis=1) >= _ENOUGH * K)
    used = counts[many] > 0
    if len({tuple(row) for row in used}) < 2 or not _beyond_chance(counts[many], name):
        return []
    texts = [_answers(part.categories[i], scale.labels, row) for i, row in zip(many, used, strict=True)]
    own = {part.categories[i]: _written(scale, row) for i, row in zip(many, used, strict=True)}
    spec = json.dumps({name: own}, ensure_ascii=False)
    advice = f"pass scale={spec}" if len(many) == n_parts else "name each in scale= or read them one by one"
    return [f"The {name}s have different answers: {'; '.join(texts)}. If their scales differ, {advice}."]


def _written(scale: Scale, used: np.ndarray) -> list[object]:
    """The answers from the lowest to the highest that was used, as ``scale=`` writes them."""
    first, last = np.flatnonzero(used)[[0, -1]]
    if not scale.is_numeric:
        return list(scale.labels[first : last + 1])
    values = np.array(scale.values[first : last + 1])
    one_by_one = values[0] % 1 == 0 and (np.diff(values) == 1).all()
    return [int(values[0]), int(values[-1])] if one_by_one else values.tolist()


def _beyond_chance(counts: np.ndarray, name: str) -> bool:
    """Whether an answer is absent that is not rare elsewhere; dimensions differ in what they ask, and need no more."""
    if name == "dimension":
        return True
    share = counts / counts.sum(axis=1, keepdims=True)
    return bool(((counts == 0) & (share.max(axis=0) >= _FEWEST)).any())


def _answers(name: str, labels: Sequence[str], used: np.ndarray) -> str:
    return f"{name} {', '.join(label for label, there in zip(labels, used, strict=True) if there)}"


def answers_by_rater(evidence: Evidence) -> list[str]:
    """Raters in two groups that use answers of which no rater uses one of each: people on a scale of 1, 1.8, 2.6 ..."""
    scale, table = evidence.answers, evidence.batch.table
    if scale.is_continuous or "scale" in evidence.given or scale.K < 4:
        return []
    rater, K = table["rater"].array.codes, scale.K
    n_raters = int(rater.max()) + 1
    used = np.bincount(rater.astype(np.int64) * K + table["rating"].to_numpy(), minlength=n_raters * K) > 0
    used = used.reshape(n_raters, K)
    together = used.T.astype(float) @ used
    expected = np.outer(used.sum(axis=0), used.sum(axis=0)) / n_raters
    apart = (together == 0) & (expected >= _EXPECTED)
    if not apart.any():
        return []
    some = int(np.flatnonzero(apart.any(axis=1))[0])
    one, other = ~apart[some], ~apart[int(np.flatnonzero(apart[some])[0])]
    of_one, of_other = (~used[:, ~answers].any(axis=1) for answers in (one, other))
    if not (of_one | of_other).all():
        return []
    of_one &= ~of_other
    texts = [
        f"{counted(int(who.sum()), 'rater')} {', '.join(np.array(scale.labels, dtype=object)[answers])}"
        for who, answers in ((of_one, one), (of_other, other))
    ]
    return [
        f"Raters use two sets of answers: {' and '.join(texts)}. If these are two scales, read them apart, or bring "
        "them to one scale with recode=."
    ]


def order_of_answers(evidence: Evidence) -> list[str]:
    """Answers in words whose order is the alphabet's."""
    if "scale" in evidence.given:
        return []
    return alphabetical_order(evidence.answers.labels) if has_an_order(evidence.table["rating"]) else []


def has_an_order(rating: pd.Series) -> bool:
    """Whether the order of the answers came with the data."""
    return isinstance(rating.dtype, pd.CategoricalDtype) and bool(rating.cat.ordered)
