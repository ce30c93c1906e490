"""Bootstrap draws for data in which raters and items are crossed."""

from collections.abc import Callable
from hashlib import sha256
from itertools import repeat

import numpy as np

BOOTSTRAPS = ("raters", "items", "both")
FEWEST = 3  # with two raters every replicate with a pair repeats the estimate: an interval of width zero


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random generator that depends on the seed and on what it is for, not on what else is computed.

    >>> stream(1, "gender", "male").integers(100) == stream(1, "gender", "male").integers(100)
    np.True_
    """
    digest = sha256("\x1f".join(names).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def multiplicities(generator: np.random.Generator, n: int) -> np.ndarray:
    """How often each of n units is in one sample of n with replacement, (n,) float."""
    return np.bincount(generator.integers(n, size=n), minlength=n).astype(float)


def replicated(
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray],
    n_raters: int,
    n_items: int,
    kind: str,
    replicates: int,
    generator: np.random.Generator,
) -> np.ndarray:
    """The statistic under resampling of raters, of items, or of both.

    "both" is the pigeonhole bootstrap: raters and items are drawn independently and a rating counts as
    often as its rater times its item (Owen 2007, Annals of Applied Statistics 1:386; for products of weights,
    Owen & Eckles 2012, Annals of Applied Statistics 6:895).

    Parameters
    ----------
    statistic : callable
        (n_raters,) and (n_items,) multiplicities to (k,) numbers.
    kind : {"raters", "items", "both"}

    Returns
    -------
    ndarray, (replicates, k)
    """
    one_each = {"raters": (None, np.ones(n_items)), "items": (np.ones(n_raters), None), "both": (None, None)}
    fixed_raters, fixed_items = one_each[kind]
    rows = []
    for _ in repeat(None, replicates):
        raters = multiplicities(generator, n_raters) if fixed_raters is None else fixed_raters
        items = multiplicities(generator, n_items) if fixed_items is None else fixed_items
        rows.append(statistic(raters, items))
    return np.array(rows)


def percentile_interval(values: np.ndarray, prob: float) -> tuple[float, float]:
    """The central interval that holds ``prob`` of the defined values (NaN is undefined).

    >>> percentile_interval(np.array([1.0, 2.0, 3.0, np.nan]), 0.5)
    (1.5, 2.5)
    """
    low, high = np.nanquantile(values, [(1 - prob) / 2, (1 + prob) / 2])
    return float(low), float(high)
