"""Ratings of items counted into labels: shares, majority, mean, median, and the true answers of Dawid and Skene.

Dawid and Skene: one true answer an item, and raters who confuse answers. With T_jk = P(true answer of item j is k),
n_rjl how often rater r gave item j the answer l (Dawid & Skene 1979, Applied Statistics 28, 20-28, section 3):

    (2.3)  pi_rkl = sum_j T_jk n_rjl / sum_l sum_j T_jk n_rjl       the confusion matrix of rater r
    (2.4)  p_k    = sum_j T_jk / J                                  how frequent each true answer is
    (2.5)  T_jk   ~ p_k prod_r prod_l pi_rkl^n_rjl

repeated from the shares of answers (3.1) until T stands still. Products are sums of logarithms here, so that items
with hundreds of ratings do not underflow. The estimator is maximum likelihood, which makes raters of few ratings
certain of what they never did; each true answer of each rater therefore has ``smoothing`` ratings more, spread over the
answers as those of all raters together are (an empirical prior). 0 is the estimator of 1979.
"""

from typing import NamedTuple

import numpy as np

from pluralstats.errors import counted

ROUNDING = 1e-9  # relative; sums of weights that differ by less are equal


class Votes(NamedTuple):
    """Ratings of n rows of a label table: ``row``, ``rater``, ``answer`` (N,) codes, ``weight`` (N,).

    ``points`` (N,) what each is worth where that is not the value of its answer, as of sliders in bins.
    """

    row: np.ndarray
    rater: np.ndarray
    answer: np.ndarray
    weight: np.ndarray
    n: int
    values: np.ndarray
    points: np.ndarray | None = None

    @property
    def means(self) -> np.ndarray:
        """(n,) weighted means in rating points."""
        worth = self.values[self.answer] if self.points is None else self.points
        sums = np.bincount(self.row, self.weight * worth, self.n)
        return sums / np.bincount(self.row, self.weight, self.n)

    @property
    def counts(self) -> np.ndarray:
        """(n, K) sums of weights."""
        K = self.values.size
        return np.bincount(self.row * K + self.answer, self.weight, self.n * K).reshape(self.n, K)


class Decided(NamedTuple):
    """Labels of n rows: ``p`` (n, K), ``tie`` (n,) whether several answers were equally good, and sentences."""

    p: np.ndarray
    tie: np.ndarray
    caveats: tuple[str, ...] = ()


def shares(votes: Votes) -> Decided:
    """The share of each answer."""
    counts = votes.counts
    return Decided(counts / counts.sum(axis=1, keepdims=True), np.zeros(votes.n, bool))


def majority(votes: Votes) -> Decided:
    """The most frequent answer; equally frequent ones share.

    >>> votes = Votes(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 2]), np.ones(4), 1, np.arange(3.0))
    >>> majority(votes).p.tolist(), majority(votes).tie.tolist()
    ([[0.5, 0.0, 0.5]], [True])
    """
    counts = votes.counts
    top = counts >= counts.max(axis=1, keepdims=True) * (1.0 - ROUNDING)
    return Decided(top / top.sum(axis=1, keepdims=True), top.sum(axis=1) > 1)


def mean(votes: Votes) -> Decided:
    """The mean in rating points, as the two answers around it with the shares whose mean it is.

    >>> votes = Votes(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 1]), np.ones(4), 1, np.arange(1.0, 4.0))
    >>> mean(votes).p.tolist()
    [[0.25, 0.75, 0.0]]
    """
    values, share = votes.values, shares(votes).p
    point = np.clip(share @ values if votes.points is None else votes.means, values[0], values[-1])
    below = np.clip(np.searchsorted(values, point, side="right") - 1, 0, values.size - 2)
    above = (point - values[below]) / (values[below + 1] - values[below])
    p, rows = np.zeros_like(share), np.arange(votes.n)
    p[rows, below], p[rows, below + 1] = 1.0 - above, above
    return Decided(p, np.zeros(votes.n, bool))


def median(votes: Votes) -> Decided:
    """The middle answer; where the middle falls between two, they share.

    >>> votes = Votes(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 1]), np.ones(4), 1, np.arange(1.0, 4.0))
    >>> median(votes).p.tolist(), median(votes).tie.tolist()
    ([[0.5, 0.5, 0.0]], [True])
    """
    reached = np.cumsum(shares(votes).p, axis=1)
    lower, upper = np.argmax(reached >= 0.5 - ROUNDING, axis=1), np.argmax(reached > 0.5 + ROUNDING, axis=1)
    p, rows = np.zeros_like(reached), np.arange(votes.n)
    p[rows, lower] += 0.5
    p[rows, upper] += 0.5
    return Decided(p, lower != upper)


def weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    """The middle value; the mean of the two where half of the weight lies on either side.

    >>> weighted_median(np.array([1.0, 5.0, 2.0]), np.ones(3)), weighted_median(np.array([1.0, 2.0]), np.ones(2))
    (2.0, 1.5)
    """
    order = np.argsort(values)
    passed = np.cumsum(weight[order]) / weight.sum()
    low, high = int(np.searchsorted(passed, 0.5 - 1e-9)), int(np.searchsorted(passed, 0.5 + 1e-9))
    return float(0.5 * (values[order][low] + values[order][min(high, values.size - 1)]))


SMOOTHING = 1.0  # pseudo-ratings for each true answer of each rater
FEW = 10  # ratings of a rater, below which the pooled confusion matrix matters much
MOST_STEPS, SETTLED = 2_000, 1e-7  # of EM; the largest change of a probability
TINY = 1e-300  # the logarithm of 0


def dawid_skene(votes: Votes, smoothing: float = SMOOTHING) -> Decided:
    """Posterior probabilities of the true answers, (n, K), by EM.

    Weights multiply ratings, as if they had been given so often.
    """
    truth, step, change = shares(votes).p, 0, np.inf
    raters, codes = np.unique(votes.rater, return_inverse=True)
    while change > SETTLED and step < MOST_STEPS:
        confusion = confusions(votes, truth, codes, raters.size, smoothing)
        new = true_answers(votes, truth.mean(axis=0), confusion, codes)
        truth, change, step = new, float(np.abs(new - truth).max()), step + 1
    return Decided(truth, np.zeros(votes.n, bool), tuple(_caveats(codes, smoothing, change)))


def confusions(votes: Votes, truth: np.ndarray, codes: np.ndarray, n_raters: int, smoothing: float) -> np.ndarray:
    """(R, K, K) P(rater gives l | true answer k), equation 2.3 with ``smoothing`` ratings more of the pooled matrix."""
    K = votes.values.size
    of_answer, weight = codes * K + votes.answer, votes.weight[:, None] * truth[votes.row]
    given = [np.bincount(of_answer, weight[:, k], n_raters * K).reshape(n_raters, K) for k in range(K)]
    counts = np.stack(given, axis=1)
    pooled = counts.sum(axis=0)
    pooled /= np.maximum(pooled.sum(axis=1, keepdims=True), TINY)
    counts += smoothing * pooled
    return counts / np.maximum(counts.sum(axis=2, keepdims=True), TINY)


def true_answers(votes: Votes, frequency: np.ndarray, confusion: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(n, K) probabilities of the true answers, equation 2.5."""
    of_ratings = np.log(np.maximum(confusion, TINY))[codes, :, votes.answer] * votes.weight[:, None]
    of_rows = [np.bincount(votes.row, of_true, votes.n) for of_true in of_ratings.T]
    log_p = np.log(np.maximum(frequency, TINY)) + np.stack(of_rows, axis=1)
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _caveats(codes: np.ndarray, smoothing: float, change: float) -> list[str]:
    n_few, n = int((np.bincount(codes) < FEW).sum()), int(codes.max()) + 1
    sentences = ["Dawid-Skene labels are about one true answer to each item, not about how many people would give it."]
    if n_few and smoothing:
        sentences.append(
            f"{counted(n_few, 'rater')} of {n:,} gave fewer than {FEW} ratings: their confusion matrices lean on the "
            f"pooled one of all raters, which has the weight of {smoothing:g} against their ratings of each true "
            "answer."
        )
    if change > SETTLED:
        sentences.append(f"The EM steps of Dawid and Skene had not settled after {MOST_STEPS:,} (change {change:.1e}).")
    return sentences
