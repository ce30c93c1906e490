"""What the answers to one item say, from how often each answer was given: the innermost kernels.

Counts are floats because raters carry multiplicities in a bootstrap.
"""

import numpy as np

from pluralstats.storage.compiled import strict


@strict
def entropy(count, n):
    """Entropy of the answers in nats: 0 when all are equal, ln K when all K are equally frequent.

    Parameters
    ----------
    count : (K,) float
    n : float
        Their sum, above 0.
    """
    total = 0.0
    for c in count:
        if c > 0.0:
            total += c * np.log(c)
    return np.log(n) - total / n


@strict
def cross_negentropy(count, n, rest, m):
    """ln K - H(p, q): p are the shares of ``count``, q those of ``rest`` and one more rating spread over all answers.

    Without that rating an answer that the rest never gave would cost infinitely much. Perks (1947, Journal of the
    Institute of Actuaries 73:285) gives each of K answers the pseudo-count 1 / K.
    """
    K = len(count)
    total = np.log(K)
    for k in range(K):
        if count[k] > 0.0:
            total += count[k] / n * np.log((rest[k] + 1.0 / K) / (m + 1.0))
    return total


@strict
def polarisation(count):
    """Normalised distance from unimodality: 0 with one peak, 1 with two that are equally high and nothing beside one.

    The largest step up while walking away from the mode, over the height of the mode (Pavlopoulos & Likas 2024, EACL).
    From which of several equally high modes one walks is not said there; here from each, and the largest step counts,
    so that reversing the scale changes nothing.
    """
    top, step = count.max(), 0.0
    for mode in range(len(count)):
        if count[mode] == top:
            for k in range(mode, len(count) - 1):
                step = max(step, count[k + 1] - count[k])
            for k in range(mode, 0, -1):
                step = max(step, count[k - 1] - count[k])
    return step / top


@strict
def votes(count, vote):
    """The most frequent answer as a vote, written into ``vote`` (K,): 1 there, or 1 / t at each of t tied answers."""
    top, tied = count.max(), 0.0
    for k in range(len(count)):
        vote[k] = 1.0 if count[k] == top else 0.0
        tied += vote[k]
    for k in range(len(count)):
        vote[k] /= tied


@strict
def bilinear(a, matrix, b):
    """sum over k and l of a[k] matrix[k, l] b[l]; answers that nobody gave cost nothing."""
    total = 0.0
    for k in range(len(a)):
        if a[k] > 0.0:
            for m in range(len(b)):
                total += a[k] * matrix[k, m] * b[m]
    return total
