"""Bootstrap draws for data in which raters and items are crossed."""

from collections.abc import Callable
from hashlib import sha256
from itertools import repeat

import numpy as np

from pluralstats.errors import probability_problem

BOOTSTRAPS = ("raters", "items", "both")
FEWEST = 3  # with two raters every replicate with a pair repeats the estimate: an interval of width zero


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random generator that depends on the seed and on what it is for, not on what else is computed.

    >>> stream(1, "gender", "male").integers(100) == stream(1, "gender", "male").integers(100)
    np.True_
    """
    digest = sha256("\x1f".join(names).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def number_problems(prob: float, seed: int, fewest: int = 1, **counts: int) -> list[str]:
    """Sentences about numbers of replicates below ``fewest``, a ``prob`` that is none, and a seed that is none.

    >>> number_problems(0.95, -1, replicates=0)[0]
    '`replicates` must be a whole number of at least 1; found 0.'
    """
    problems = [
        f"`{name}` must be a whole number of at least {fewest}; found {count!r}."
        for name, count in counts.items()
        if not isinstance(count, int | np.integer) or count < fewest
    ]
    problems += probability_problem(prob)
    if not isinstance(seed, int | np.integer) or seed < 0:
        problems.append(f"`seed` must be a whole number of at least 0; found {seed!r}.")
    return problems


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


def centred(values: np.ndarray, estimate: float) -> np.ndarray:
    """Replicates moved so that their median is the estimate (NaN is undefined).

    For statistics of the shares of answers within an item. A rater drawn twice makes the answers of an item more
    equal than those of two raters would be, so that all replicates show less disagreement than the data; how far
    they spread says how uncertain the estimate is, where they lie says nothing.

    >>> centred(np.array([1.0, 2.0, 4.0]), 3.0)
    array([2., 3., 5.])
    """
    return values + (estimate - np.nanmedian(values))


def percentile_interval(values: np.ndarray, prob: float) -> tuple[float, float]:
    """The central interval that holds ``prob`` of the defined values (NaN is undefined).

    >>> percentile_interval(np.array([1.0, 2.0, 3.0, np.nan]), 0.5)
    (1.5, 2.5)
    """
    low, high = np.nanquantile(values, [(1 - prob) / 2, (1 + prob) / 2])
    return float(low), float(high)
