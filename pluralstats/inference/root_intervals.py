"""Delta-method intervals of standard deviations and correlations, functions of the rows of Lambda."""

import numpy as np
from scipy.special import ndtri

from pluralstats.inference.covariance_roots import Pairs, correlations_of, entries_of, sds_of
from pluralstats.inference.intervals import Interval


def sd_interval(
    root: np.ndarray, covariance: np.ndarray, flat: np.ndarray, pairs: Pairs, prob: float, to_data: np.ndarray
) -> Interval:
    """(T,) standard deviations, normal on the log scale.

    Parameters
    ----------
    root : (T, T)
    covariance, flat : (T + W,) squared and (T + W,), of the entries of the root
    to_data : (T, T) what the root is multiplied by in the units of the data
    """
    root = to_data @ root
    estimate = sds_of(root)
    unit = np.divide(root, estimate[:, None], out=np.zeros_like(root), where=estimate[:, None] > 0.0)
    unit[estimate == 0.0, estimate == 0.0] = 1.0
    se = _standard_errors(np.einsum("ta,ts->tsa", unit, to_data), covariance, flat, pairs)
    factor = np.exp(ndtri(0.5 + prob / 2.0) * np.divide(se, estimate, out=np.zeros_like(se), where=estimate > 0))
    return Interval(estimate, se, estimate / factor, estimate * factor)


def correlation_interval(
    root: np.ndarray, covariance: np.ndarray, flat: np.ndarray, pairs: Pairs, prob: float, to_data: np.ndarray
) -> Interval:
    """(W,) correlations, normal after Fisher's transformation; missing where an sd is zero. As ``sd_interval``."""
    root = to_data @ root
    estimate, sd = correlations_of(root, pairs), sds_of(root)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = root / sd[:, None]
    slopes = np.zeros((estimate.size, *root.shape))
    for k, (a, b) in enumerate(zip(pairs.row, pairs.column, strict=True)):
        slopes[k, a] = (unit[b] - estimate[k] * unit[a]) / sd[a]
        slopes[k, b] = (unit[a] - estimate[k] * unit[b]) / sd[b]
    se = _standard_errors(to_data.T @ slopes, covariance, flat, pairs)
    inside = np.clip(estimate, -1.0 + 1e-9, 1.0 - 1e-9)
    half = ndtri(0.5 + prob / 2.0) * se / (1.0 - inside**2)
    z = np.arctanh(inside)
    return Interval(estimate, se, np.tanh(z - half), np.tanh(z + half))


def _standard_errors(slopes: np.ndarray, covariance: np.ndarray, flat: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(M,) standard errors of functions of the root with slopes (M, T, T); missing where they need a flat entry."""
    along = entries_of(slopes, pairs)
    se = np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", along, covariance, along), 0.0))
    return np.where(((along != 0.0) & flat).any(axis=1), np.nan, se)
