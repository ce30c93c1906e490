"""Answers that are not what they seem: "don't know" at the end of a scale, people who always give one answer."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.checking.evidence import Advised, Evidence
from pluralstats.data.checking.scales import has_an_order
from pluralstats.data.policies.exclusions import not_found_sentences
from pluralstats.data.scale import Scale
from pluralstats.data.scales.by_level import Scales
from pluralstats.errors import counted, listed

_ENOUGH = 10  # ratings from which sameness is remarkable
_ENOUGH_FOR_MEANS = 30  # ratings from which the mean of an answer is worth comparing


def excluded_values_not_found(evidence: Evidence) -> list[str]:
    """Values of ``exclude`` that never occur, mostly typing errors."""
    return not_found_sentences(evidence.used.policies)


def answers_off_the_scale(evidence: Evidence) -> list[Advised]:
    """A highest or lowest answer given to items that are not rated high or low by others: "don't know"?

    On a true scale, the mean that other ratings give the same item rises with the answer. An extreme
    answer whose items have a mean more than two standard errors on the wrong side of the next answer's is
    no extreme; it is left out when the other end is looked at.
    """
    numeric, table = evidence.answers.is_numeric, evidence.batch.table
    order_unknown = "scale" not in evidence.given and not (numeric or has_an_order(evidence.table["rating"]))
    if evidence.answers.is_continuous or order_unknown or "dimension" in table:
        return []
    return [found for whose, scale, part in evidence.by_scale() for found in _ends_off(part, scale, whose)]


def _ends_off(table: pd.DataFrame, scale: Scale, whose: str) -> list[Advised]:
    item, n_items = table["item"].array.codes, len(table["item"].cat.categories)
    cell = item.astype(np.int64) * scale.K + table["rating"].to_numpy()
    n = np.bincount(cell, minlength=n_items * scale.K).reshape(n_items, scale.K)
    advised: list[Advised] = []
    left = list(range(scale.K))
    for end, name in ((-1, "highest"), (0, "lowest")):
        if len(left) < 3:
            break
        if sentence := _off_the_scale(n, left, end, f"{name} of the scale{whose}", scale):
            advised.append(Advised(sentence, "drop_ratings", (scale.labels[left[end]],)))
            left.pop(end)
    return advised


def _off_the_scale(n: np.ndarray, left: list[int], end: int, name: str, scale: Scale) -> str:
    """The sentence about one end of the scale; ``n`` (n_items, K) counts the ratings of each item."""
    extreme, following = left[end], left[-2 if end else 1]
    others, value = [code for code in left if code != extreme], np.array(scale.values)
    total, count = n[:, others] @ value[others], n[:, others].sum(axis=1)
    here = _moments(total, count, n[:, extreme])
    there = _moments(total - value[following], count - 1, n[:, following])
    if min(here.n, there.n) < _ENOUGH_FOR_MEANS:
        return ""
    margin = 2 * np.sqrt(here.variance / here.n + there.variance / there.n)
    wrong_side = there.mean - here.mean if end else here.mean - there.mean
    label = scale.labels[extreme]
    if wrong_side <= margin:
        return ""
    return (
        f"Answer '{label}' ({counted(int(n[:, extreme].sum()), 'rating')}) does not behave like the "
        f"{name}: others rate its items {here.mean:.2f} on average, but the items with answer "
        f"'{scale.labels[following]}' {there.mean:.2f}. "
        f'If it means "don\'t know", pass drop_ratings=["{label}"].'
    )


class _Moments(NamedTuple):
    """Of what others rate the items with an answer: how many ratings gave it, their mean and variance."""

    n: int
    mean: float
    variance: float


def _moments(total: np.ndarray, count: np.ndarray, n: np.ndarray) -> _Moments:
    """Of the means ``total / count`` of the items, each as often as ``n`` says; items without others do not count."""
    known = (count > 0) & (n > 0)
    if not known.any():
        return _Moments(0, np.nan, np.nan)
    mean, times = total[known] / count[known], n[known]
    centre = np.average(mean, weights=times)
    return _Moments(int(times.sum()), float(centre), float(np.average((mean - centre) ** 2, weights=times)))


def constant_raters(evidence: Evidence) -> list[str]:
    """Raters who always gave the same answer (on a dimension)."""
    who = _constant(evidence, "rater")
    return [f"{_same(who, 'rater')}. See whether they read the items."] if who else []


def constant_items(evidence: Evidence) -> list[str]:
    """Items that everybody answered alike (on a dimension)."""
    what = _constant(evidence, "item")
    return [f"{_same(what, 'item')}. They say little about differences between raters."] if what else []


def _same(names: list[str], noun: str) -> str:
    counts = f"{counted(len(names), noun)} {'has' if len(names) == 1 else 'have'}"
    return f"{counts} the same answer in all of {_ENOUGH} or more ratings: {listed(names, 5)}"


def _constant(evidence: Evidence, by: str) -> list[str]:
    table, scale = evidence.batch.table, evidence.scale
    columns = ("dimension", scale.column) if isinstance(scale, Scales) else ("dimension",)
    keys = [by, *(name for name in dict.fromkeys(columns) if name in table)]
    spread = table.groupby(keys, observed=True)["rating"].agg(["size", "min", "max"])
    same = spread[(spread["size"] >= _ENOUGH) & (spread["min"] == spread["max"])]
    return [" on ".join(map(str, index)) if isinstance(index, tuple) else str(index) for index in same.index]
