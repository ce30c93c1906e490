"""Differences between two averages of one estimated model, by the delta method: what GEE and raw means have in common.

An average is a vector h: shares of ratings at or above each category but the lowest, or the one mean of numeric
ratings. Points are w'(h_a - h_b) with the gaps between categories as w; the logarithm of the marginal odds ratio is
the mean over categories of logit h_a - logit h_b, as in ``effects``.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

RATIO = "marginal_odds_ratio"


class Averages(NamedTuple):
    """h (m,) and its derivatives in the model's parameters (m, P)."""

    values: np.ndarray
    slopes: np.ndarray


class Difference(NamedTuple):
    """Estimate, interval and standard error; of a ratio, ``se`` is that of its logarithm."""

    estimate: float
    lower: float
    upper: float
    se: float


NOTHING = Difference(np.nan, np.nan, np.nan, np.nan)


def difference(
    at: Averages, against: Averages, covariance: np.ndarray, gaps: np.ndarray, estimand: str, prob: float
) -> Difference:
    """The estimand between two averages, with a normal interval.

    Parameters
    ----------
    covariance : (P, P) of the model's parameters
    gaps : (m,) rating points between neighbouring categories; 1 for one mean
    estimand : {"points", "marginal_odds_ratio"}
        The interval of the ratio is made on the scale of its logarithm.
    """
    if estimand == RATIO:
        at, against, gaps = _log_odds(at), _log_odds(against), np.full(gaps.size, 1.0 / gaps.size)
    if not all(np.isfinite(part).all() for part in (*at, *against, covariance)):
        return NOTHING
    estimate = float(gaps @ (at.values - against.values))
    slope = gaps @ (at.slopes - against.slopes)
    se = float(np.sqrt(slope @ covariance @ slope))
    half = ndtri(0.5 + prob / 2.0) * se
    found = np.array([estimate, estimate - half, estimate + half])
    estimate, lower, upper = (np.exp(found) if estimand == RATIO else found).tolist()
    return Difference(estimate, lower, upper, se)


def _log_odds(of: Averages) -> Averages:
    """The same on the scale of log odds; not finite where a share is 0 or 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(of.values) - np.log1p(-of.values)
        return Averages(odds, of.slopes / (of.values * (1.0 - of.values))[:, None])


def clustered_averages(h: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean of h over ratings, (m,), and its covariance (m, m) when ratings of one cluster go together.

    The mean is a ratio of sums over clusters, sum_r S_r / sum_r W_r, with covariance
    G / (G - 1) sum_r (S_r - mean W_r) (S_r - mean W_r)' / W^2 for G clusters (Cochran 1977, Sampling Techniques,
    section 2.11: the variance of a ratio). Missing for one cluster.

    Parameters
    ----------
    h : (n, m), one row a rating
    weight : (n,)
    cluster : (n,) codes
    """
    codes, position = np.unique(cluster, return_inverse=True)
    mean = weight @ h / weight.sum()
    influence = np.zeros((codes.size, h.shape[1]))
    np.add.at(influence, position, weight[:, None] * (h - mean) / weight.sum())
    if codes.size < 2:
        return mean, np.full((mean.size, mean.size), np.nan)
    return mean, influence.T @ influence * codes.size / (codes.size - 1)
