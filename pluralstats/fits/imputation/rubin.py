"""Rubin's rules: estimates of several completed sets as one (Rubin 1987, Multiple Imputation, section 3.1)."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student


class Pooled(NamedTuple):
    """One entry a parameter.

    ``between``: (1 + 1/m) B / T, the share of the variance that comes from not knowing the missing values; ``fmi``: the
    fraction of missing information, the same with few sets allowed for (Rubin 1987, equation 3.1.10).
    """

    estimate: np.ndarray
    se: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    between: np.ndarray
    fmi: np.ndarray


def pooled_estimates(estimates: np.ndarray, variances: np.ndarray, prob: float = 0.95) -> Pooled:
    """Rubin's rules.

    With Q the mean of m estimates, W that of their variances and B the variance between them, the total variance is
    T = W + (1 + 1/m) B, and (estimate - Q) / sqrt(T) is taken for Student's t with (m - 1) (1 + 1/r)^2 degrees of
    freedom, r = (1 + 1/m) B / W (equations 3.1.2 to 3.1.8).

    Parameters
    ----------
    estimates, variances : (m, P) of each completed set
    prob : float
        Of the intervals.

    Examples
    --------
    >>> found = pooled_estimates(np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [2.0], [2.0]]))
    >>> found.estimate.tolist(), (found.se**2).round(3).tolist(), found.between.tolist()
    ([2.0], [3.333], [0.4])
    """
    m = len(estimates)
    middle, within = estimates.mean(axis=0), variances.mean(axis=0)
    extra = (1.0 + 1.0 / m) * estimates.var(axis=0, ddof=1)
    total = within + extra
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = extra / within
        df = (m - 1.0) * (1.0 + 1.0 / ratio) ** 2
        width = np.sqrt(total) * student.ppf(0.5 + prob / 2.0, df)
        fmi = (ratio + 2.0 / (df + 3.0)) / (ratio + 1.0)
        between = extra / total
    return Pooled(middle, np.sqrt(total), middle - width, middle + width, between, np.where(ratio == 0.0, 0.0, fmi))


def widened(draws: np.ndarray) -> np.ndarray:
    """(m, S, P) draws of each completed set, moved so that all together have the variance W + (1 + 1/m) B.

    The mixture of m sets has W + (1 - 1/m) B: the mean of each set is moved from the common mean by the root of
    (m + 1) / (m - 1).
    """
    m = len(draws)
    of_sets = draws.mean(axis=1, keepdims=True)
    return draws + (np.sqrt((m + 1.0) / (m - 1.0)) - 1.0) * (of_sets - of_sets.mean(axis=0))
