"""Distances between two distributions of ratings on one scale, and the floor that noise sets.

The floor is how far apart two random halves of the same raters are.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import rel_entr

import pluralstats as ps

from ..tables.scores import refuse_missing_columns, rows_in_words
from .resampling import stream


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

SPLITS = 50


def noise_floors(
    ratings: pd.DataFrame,
    values: Sequence[float],
    *,
    metrics: Sequence[str] = ("wasserstein", "jensen_shannon"),
    splits: int = SPLITS,
    seed: int = 1,
) -> dict[tuple[str, str], tuple[np.ndarray, int]]:
    """(splits,) distances between random halves of the raters of each target, and the items behind them.

    Keys are (target, metric). Raters are halved, and not ratings, because the ratings of one person are alike. Items
    with no rating in one of the halves do not count in that split.
    """
    refuse_missing_columns(ratings, ["item", "rater", "target", "rating"], "A table of ratings")
    points = np.asarray(values, float)
    outside = ~ratings["rating"].isin(points)
    if outside.any():
        raise ps.DataError(
            f"`rating` is one of {', '.join(f'{v:g}' for v in points)}; it is not in {rows_in_words(outside)}."
        )
    found: dict[tuple[str, str], tuple[np.ndarray, int]] = {}
    for target, part in ratings.groupby("target", sort=False):
        items, raters = (pd.factorize(part[name])[0] for name in ("item", "rater"))
        code = np.searchsorted(points, part["rating"].to_numpy(float))
        generator = stream(seed, "halves", str(target))
        drawn = [_halves(items, raters, code, len(points), generator) for _ in range(splits)]
        for metric in metrics:
            distance = METRICS[metric][1]
            means = [distance(p, q, points).mean() if len(p) else np.nan for p, q in drawn]
            found[str(target), metric] = np.array(means), min(len(p) for p, _ in drawn)
    return found


def _halves(
    items: np.ndarray, raters: np.ndarray, code: np.ndarray, k: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(n_items, K) shares of either half of the raters, for the items that both halves rated."""
    n_raters = raters.max() + 1
    side = (generator.permutation(n_raters) < n_raters // 2)[raters]
    counts = np.zeros((2, items.max() + 1, k))
    np.add.at(counts, (side.astype(int), items, code), 1.0)
    n = counts.sum(axis=2)
    both = (n > 0).all(axis=0)
    shares = counts[:, both] / n[:, both, None]
    return shares[0], shares[1]
