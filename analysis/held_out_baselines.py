"""Label distributions without a model of people, for ``held_out_raters.py``: shares and Dawid-Skene, smoothed.

How much smoothing is best is found among the training raters alone: each of ``INNER`` parts of them is predicted from
the others, for every amount of a grid.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

INNER = 4
PSEUDO = tuple(np.round(np.geomspace(0.25, 32.0, 15), 2).tolist())  # ratings added to every item
MIXED = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # share of the overall shares in a label


class Rows(NamedTuple):
    """Ratings as codes: ``item`` (n,), ``rater`` (n,), ``answer`` (n,), and how many ``items`` and ``answers``."""

    item: np.ndarray
    rater: np.ndarray
    answer: np.ndarray
    n_items: int
    n_answers: int

    def part(self, inside: np.ndarray) -> "Rows":
        """Some of the ratings, (n,) bool; the codes stay."""
        return self._replace(item=self.item[inside], rater=self.rater[inside], answer=self.answer[inside])

    @property
    def counts(self) -> np.ndarray:
        """(n_items, K) ratings of each answer."""
        size = self.n_items * self.n_answers
        return np.bincount(self.item * self.n_answers + self.answer, minlength=size).reshape(self.n_items, -1)


def rows_of(ratings: ps.Ratings, items: pd.Index) -> Rows:
    """The ratings as codes; those of items are places in ``items``."""
    frame = ratings.frame
    item = items.get_indexer(frame["item"].astype(str))
    codes = (frame["rater"].cat.codes.to_numpy(), frame["rating"].to_numpy(int))
    return Rows(item, *codes, len(items), len(ratings.scale.labels))


def baselines(train: ps.Ratings, items: pd.Index, seed: int) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Method -> (n_items, K) probabilities, and the amounts of smoothing that were best among the training raters."""
    rows = rows_of(train, items)
    fold = np.random.default_rng(seed).permutation(np.arange(train.n_raters) % INNER)[rows.rater]
    parts = [(train.where(fold != k), rows.part(fold != k), rows.part(fold == k)) for k in range(INNER)]
    truth = true_answers(train, items)
    inner = [(own, true_answers(ratings, items), held_out) for ratings, own, held_out in parts]
    alpha = best(PSEUDO, lambda m: sum(loss(with_pseudo(own, m), held) for own, _, held in inner))
    mixed = best(MIXED, lambda w: sum(loss(with_overall(own, t, w), held) for own, t, held in inner))
    labels = {
        "overall shares": np.tile(overall(rows), (rows.n_items, 1)),
        "shares + 1": with_pseudo(rows, 1.0),
        "smoothed shares": with_pseudo(rows, alpha),
        "Dawid-Skene": with_overall(rows, truth, mixed),
        "Dawid-Skene, confused": confused(rows, truth),
    }
    return labels, {"ratings added to shares": alpha, "overall shares in Dawid-Skene": mixed}


def best(grid: tuple[float, ...], total: Callable[[float], float]) -> float:
    """The amount with the smallest loss."""
    return min(grid, key=total)


def loss(p: np.ndarray, rows: Rows) -> float:
    """Sum of -log p of the answers, nats."""
    return float(-np.log(p[rows.item, rows.answer]).sum())


def overall(rows: Rows) -> np.ndarray:
    """Shares of all answers, (K,), with one rating of each more so that none is impossible."""
    total = rows.counts.sum(axis=0) + 1.0
    return total / total.sum()


def with_pseudo(rows: Rows, alpha: float) -> np.ndarray:
    """(counts + alpha overall shares) / (n + alpha), (n_items, K)."""
    smoothed = rows.counts + alpha * overall(rows)
    return smoothed / smoothed.sum(axis=1, keepdims=True)


def true_answers(ratings: ps.Ratings, items: pd.Index) -> np.ndarray:
    """Dawid & Skene's P(true answer of the item is k), (n_items, K); overall shares for items without ratings."""
    table = ps.aggregate(ratings, "dawid_skene").table.set_index("item")
    probabilities = table[[f"p_{label}" for label in ratings.scale.labels]]
    rows = rows_of(ratings, items)
    found = np.tile(overall(rows), (len(items), 1))
    found[items.get_indexer(probabilities.index.astype(str))] = probabilities.to_numpy()
    return found


def with_overall(rows: Rows, truth: np.ndarray, share: float) -> np.ndarray:
    """Probabilities of true answers mixed with the overall shares, (n_items, K)."""
    return (1.0 - share) * truth + share * overall(rows)


def confused(rows: Rows, truth: np.ndarray) -> np.ndarray:
    """sum_k P(true answer k) P(a rater says l | k), (n_items, K), with the confusion of all raters together."""
    confusion = truth.T @ rows.counts + overall(rows)
    return truth @ (confusion / confusion.sum(axis=1, keepdims=True))
