"""Answers that are not what they seem: "don't know" at the end of a scale, people who always give one answer."""

import numpy as np
import pandas as pd

from pluralstats.data.batch import counted, listed
from pluralstats.data.checking.evidence import Evidence
from pluralstats.data.checking.scales import has_an_order
from pluralstats.data.scale import Scale

_ENOUGH = 10  # ratings from which sameness is remarkable
_ENOUGH_FOR_MEANS = 30  # ratings from which the mean of an answer is worth comparing


def answers_off_the_scale(evidence: Evidence) -> list[str]:
    """A highest or lowest answer given to items that are not rated high or low by others: "don't know"?

    On a true scale, the mean that other ratings give the same item rises with the answer. An extreme
    answer whose items have a mean more than two standard errors on the wrong side of the next answer's is
    no extreme; it is left out when the other end is looked at.
    """
    scale, table = evidence.scale, evidence.batch.table
    order_unknown = "scale" not in evidence.given and not (scale.is_numeric or has_an_order(evidence.table["rating"]))
    if scale.is_continuous or order_unknown or "dimension" in table:
        return []
    code, item = table["rating"].to_numpy(), table["item"].array.codes
    sentences: list[str] = []
    left = list(range(scale.K))
    for end, name in ((-1, "highest"), (0, "lowest")):
        if len(left) < 3:
            break
        known = np.isin(code, left)
        if sentence := _off_the_scale(code[known], item[known], left, end, name, scale):
            sentences.append(sentence)
            left.pop(end)
    return sentences


def _off_the_scale(code: np.ndarray, item: np.ndarray, left: list[int], end: int, name: str, scale: Scale) -> str:
    extreme, following = left[end], left[-2 if end else 1]
    others = _others_mean(code, item, extreme, np.array(scale.values))
    here, there = others[code == extreme], others[code == following]
    here, there = here[np.isfinite(here)], there[np.isfinite(there)]
    if min(len(here), len(there)) < _ENOUGH_FOR_MEANS:
        return ""
    margin = 2 * np.sqrt(here.var() / len(here) + there.var() / len(there))
    wrong_side = there.mean() - here.mean() if end else here.mean() - there.mean()
    label = scale.labels[extreme]
    if wrong_side <= margin:
        return ""
    return (
        f"Answer '{label}' ({counted(int((code == extreme).sum()), 'rating')}) does not behave like the "
        f"{name} of the scale: others rate its items {here.mean():.2f} on average, but the items with answer "
        f"'{scale.labels[following]}' {there.mean():.2f}. "
        f'If it means "don\'t know", pass drop_ratings=["{label}"].'
    )


def _others_mean(code: np.ndarray, item: np.ndarray, extreme: int, values: np.ndarray) -> np.ndarray:
    """Mean of the other ratings of the same item, without the extreme answer; NaN: none, (n,)."""
    counted_in = code != extreme
    total = np.bincount(item, weights=values[code] * counted_in, minlength=item.max() + 1)
    count = np.bincount(item, weights=counted_in, minlength=item.max() + 1)
    n_others = count[item] - counted_in
    sum_of_others = total[item] - values[code] * counted_in
    return np.divide(sum_of_others, n_others, out=np.full(len(code), np.nan), where=n_others > 0)


def constant_raters(evidence: Evidence) -> list[str]:
    """Raters who always gave the same answer (on a dimension)."""
    who = _constant(evidence.batch.table, "rater")
    return [f"{_same(who, 'rater')}. See whether they read the items."] if who else []


def constant_items(evidence: Evidence) -> list[str]:
    """Items that everybody answered alike (on a dimension)."""
    what = _constant(evidence.batch.table, "item")
    return [f"{_same(what, 'item')}. They say little about differences between raters."] if what else []


def _same(names: list[str], noun: str) -> str:
    counts = f"{counted(len(names), noun)} {'has' if len(names) == 1 else 'have'}"
    return f"{counts} the same answer in all of {_ENOUGH} or more ratings: {listed(names, 5)}"


def _constant(table: pd.DataFrame, by: str) -> list[str]:
    keys = [name for name in (by, "dimension") if name in table]
    spread = table.groupby(keys, observed=True)["rating"].agg(["size", "min", "max"])
    same = spread[(spread["size"] >= _ENOUGH) & (spread["min"] == spread["max"])]
    return [" on ".join(map(str, index)) if isinstance(index, tuple) else str(index) for index in same.index]
