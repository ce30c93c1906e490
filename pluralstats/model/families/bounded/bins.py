"""Ordered beta answers told apart by chosen cuts: a family of ordered answers for results, not for fitting.

Numbers between the ends are put into the bins that cuts t_1 < ... < t_M make of (0, 1), the piles at the ends stay
apart. With t_0 = 0, t_(M+1) = 1 and I the regularised incomplete beta function, of shapes a = mu phi and b = (1 - mu)
phi, and P as in ``ordered_beta``,

    P(t_j < y <= t_(j+1)) = P (I(t_(j+1); a, b) - I(t_j; a, b)),
    E[y; t_j < y <= t_(j+1)] = P mu (I(t_(j+1); a + 1, b) - I(t_j; a + 1, b)).

A bin is two answers, worth its lower and its upper end: the mass of the bin is divided so that their mean is the mean
of what lies in it. Probabilities of bins and expected ratings are exact with any bins; what averages answers over
people, items and draws does both at once.

I by Lentz's continued fraction (Press et al. 2007, Numerical Recipes, section 6.4), on the side where it converges
fast.
"""

import math
from dataclasses import replace

import numpy as np

from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA
from pluralstats.model.families.bounded.rows import HIGHEST, INSIDE, LOWEST, _mean
from pluralstats.model.families.cumulative import cumulative
from pluralstats.model.families.family import Family
from pluralstats.model.families.logit import LOGIT
from pluralstats.storage.compiled import kernel

MOST_TERMS, SETTLED, SMALLEST = 2_000, 1e-13, 1e-300  # of the continued fraction
BEFORE_BINS = 2  # answers before the first bin: the lower end, and one that is never given, in the precision's place
_probabilities = LOGIT.probabilities


@kernel
def _fraction(a, b, x):
    """The continued fraction of I_x(a, b)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > SMALLEST else SMALLEST)
    value = d
    for m in range(1, MOST_TERMS):
        for odd in range(2):
            if odd == 0:
                term = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
            else:
                term = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
            d, c = 1.0 + term * d, 1.0 + term / c
            d = 1.0 / (d if abs(d) > SMALLEST else SMALLEST)
            c = c if abs(c) > SMALLEST else SMALLEST
            step = c * d
            value *= step
        if abs(step - 1.0) < SETTLED:
            break
    return value


@kernel
def beta_below(a, b, x):
    """I_x(a, b), and I_x(a, b) - I_x(a + 1, b), for a, b > 0."""
    if x <= 0.0:
        return 0.0, 0.0
    if x >= 1.0:
        return 1.0, 0.0
    log_front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a + 1.0) - math.lgamma(b + 1.0)
    front = math.exp(log_front)
    if x < (a + 1.0) / (a + b + 2.0):
        return b * front * _fraction(a, b, x), b * front
    return 1.0 - a * front * _fraction(b, a, 1.0 - x), b * front


@kernel
def bin_probabilities(k, cuts, eta, shift, p):
    """``Thresholds.probabilities`` of the answers above; ``cuts`` are in the order of ``bin_thresholds``."""
    n_cuts = (cuts.shape[0] - 6) // 2
    last = cuts.shape[0] - 2
    ends = np.empty((4, eta.size))
    ends[0], ends[1], ends[2], ends[3] = cuts[0], cuts[1], cuts[last], cuts[last + 1]
    _probabilities(LOWEST if k == 0 else HIGHEST if k == last else INSIDE, ends, eta, shift, p)
    if k == 1:
        p[:] = 0.0
    elif 1 < k < last:
        j, upper = (k - 2) // 2, (k - 2) % 2 == 1
        for s in range(eta.size):
            mu, rest = _mean(eta[s] + shift[s])
            phi = np.exp(cuts[2, s])
            t0, t1 = 0.0 if j == 0 else cuts[2 + j, s], 1.0 if j == n_cuts else cuts[3 + j, s]
            low, low_less = beta_below(mu * phi, rest * phi, t0)
            high, high_less = beta_below(mu * phi, rest * phi, t1)
            mass = max(high - low, 0.0)
            total = mu * (high - high_less - low + low_less)
            above = min(max((total - t0 * mass) / (t1 - t0), 0.0), mass)
            p[s] *= above if upper else mass - above


def bin_thresholds(own: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """(S, 2 M + 4) what stands for thresholds in draws of c_0, c_1 and log phi (S, 3), of cuts (M,) between 0 and 1.

    c_0, log phi, the cuts, M + 1 numbers without a meaning, c_1: one fewer than answers.
    """
    inner = np.broadcast_to(np.concatenate([cuts, np.full(cuts.size + 1, 0.5)]), (len(own), 2 * cuts.size + 1))
    return np.ascontiguousarray(np.column_stack([own[:, 0], own[:, 2], inner, own[:, 1]]))


def bin_answers(cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(2 M + 5,) what each answer is worth, and the position of its bin among the piles and bins.

    >>> values, code = bin_answers(np.array([0.5]))
    >>> values.tolist(), code.tolist()
    ([0.0, 0.0, 0.0, 0.5, 0.5, 1.0, 1.0], [0, 1, 1, 1, 2, 2, 3])
    """
    edges = np.concatenate([[0.0], cuts, [1.0]])
    values = np.concatenate([[0.0, 0.0], np.column_stack([edges[:-1], edges[1:]]).ravel(), [1.0]])
    code = np.concatenate([[0, 1], np.repeat(np.arange(1, edges.size), 2), [edges.size]])
    return values, code


def _strip(tau: np.ndarray) -> np.ndarray:
    """Half the width in eta over which a precise answer passes a cut, at least: 1 / sqrt(v (phi + 1)), v <= 1 / 4."""
    return np.minimum(1.0, 2.0 / np.sqrt(1.0 + np.exp(np.minimum(tau[:, 1], 50.0))))


def _in_bins() -> Family:
    of_three = cumulative(LOGIT).thresholds
    assert of_three is not None
    own = of_three._replace(probabilities=bin_probabilities, shifts=False, strip=_strip, parts=None)
    return replace(ORDERED_BETA, thresholds=own)


IN_BINS = _in_bins()
