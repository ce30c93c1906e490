"""Distances between two distributions of ratings on one scale."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import rel_entr


def wasserstein(p: np.ndarray, q: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Wasserstein-1 distance in rating points: the area between the two distribution functions.

    Parameters
    ----------
    p, q : (..., K), probabilities
    values : (K,), rating points of the answers, increasing

    Examples
    --------
    >>> float(wasserstein(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([1.0, 2.0, 5.0])))
    4.0
    """
    apart = np.abs(np.cumsum(p - q, axis=-1))[..., :-1]
    return apart @ np.diff(values)


def jensen_shannon(p: np.ndarray, q: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
    """Jensen-Shannon divergence in bits, between 0 and 1; ``values`` does not matter.

    >>> float(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    1.0
    """
    middle = (p + q) / 2.0
    both = rel_entr(p, middle).sum(axis=-1) + rel_entr(q, middle).sum(axis=-1)
    return np.maximum(both, 0.0) / (2.0 * np.log(2.0))


def jensen_shannon_distance(p: np.ndarray, q: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
    """Square root of the divergence in bits: a metric, between 0 and 1.

    >>> float(jensen_shannon_distance(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    1.0
    """
    return np.sqrt(jensen_shannon(p, q))


METRICS: Mapping[str, tuple[str, Callable[..., np.ndarray]]] = {
    "wasserstein": ("rating points", wasserstein),
    "jensen_shannon": ("bits (base 2, no square root)", jensen_shannon),
    "jensen_shannon_distance": ("square root of bits (base 2)", jensen_shannon_distance),
}
