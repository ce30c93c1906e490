"""p values of a permutation test, and their adjustment for many groups."""

import math

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control


def share_beyond(observed: float, permuted: np.ndarray) -> float:
    """Share of permuted values strictly beyond the observed one on its side of their median.

    Below the floor(N / 2)-th smallest of N permuted values it is the share below, otherwise the share above
    (Prabhakaran et al. 2024, NAACL, section 3.3). The side is chosen by looking, so that under the null hypothesis
    it is below 0.05 in one of ten cases, not one of twenty; and it can be 0.

    Examples
    --------
    >>> share_beyond(3.5, np.array([1.0, 2.0, 3.0, 4.0]))
    0.25
    """
    values = np.sort(permuted[~np.isnan(permuted)])
    if not len(values) or math.isnan(observed):
        return math.nan
    median = values[max(len(values) // 2 - 1, 0)]
    return float(np.mean(values < observed if observed < median else values > observed))


def two_sided(observed: float, permuted: np.ndarray) -> float:
    """Twice the smaller tail, the observed value counted among the permuted ones; never 0, at most 1.

    2 min(1 + #{s <= observed}, 1 + #{s >= observed}) / (N + 1) (Davison & Hinkley 1997, Bootstrap Methods and their
    Application, section 4.3).

    Examples
    --------
    >>> two_sided(5.0, np.array([1.0, 2.0, 3.0, 4.0]))
    0.4
    """
    values = permuted[~np.isnan(permuted)]
    if not len(values) or math.isnan(observed):
        return math.nan
    tail = min((values <= observed).sum(), (values >= observed).sum()) + 1
    return float(min(1.0, 2.0 * tail / (len(values) + 1)))


def adjusted(p: pd.Series) -> pd.Series:
    """Benjamini-Hochberg over one family; p values that are missing stay so and do not count.

    >>> adjusted(pd.Series([0.01, np.nan, 0.04])).tolist()
    [0.02, nan, 0.04]
    """
    known = p.dropna()
    return pd.Series(false_discovery_control(known) if len(known) else known, index=known.index).reindex(p.index)
