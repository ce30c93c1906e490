"""How far raters disagree about each item."""

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.disagreement.counting.frequencies import counted
from pluralstats.disagreement.counting.one_item import entropy, polarisation
from pluralstats.disagreement.groups import one_dimension


def item_disagreement(ratings: Ratings) -> pd.DataFrame:
    """Which items raters disagree about: spread, entropy and polarisation of the ratings of each item.

    Parameters
    ----------
    ratings : Ratings
        Of one dimension. A row of ``weight`` 3 counts as three equal ratings; design weights (``rater_weight``) are
        not used, with a warning. On a continuous scale, equality of ratings means nothing, so
        percent_agreement, entropy, entropy_normalised, polarisation and mode are missing.

    Returns
    -------
    DataFrame
        One row per item: item, n_ratings, n_raters, mean (rating points), sd (divisor n - 1), percent_agreement
        (share of pairs of ratings that are equal, 0..100), mean_distance (``|x - y|`` over pairs, rating points),
        entropy (nats), entropy_normalised (entropy / ln K, 0..1), polarisation (nDFU, 0..1; see ``agreement``; missing
        on a scale of two answers), mode (the most frequent answer in rating points; missing when several are equally
        frequent). With one rating everything but mean and mode is missing: it says nothing about disagreement.
        Entropy rises with the number of ratings: compare items with similar numbers.

    Raises
    ------
    ConfigError
        For several dimensions.
    DataError
        For a ``weight`` that is not a whole number.

    Examples
    --------
    >>> import pandas as pd, pluralstats as ps
    >>> frame = pd.DataFrame({"item": list("aaaabb"), "rater": list("wxyzwx"), "rating": [1, 1, 5, 5, 3, 3]})
    >>> ps.item_disagreement(ps.Ratings(frame, scale=(1, 5)))[["item", "mean", "sd", "mean_distance", "polarisation"]]
      item  mean        sd  mean_distance  polarisation
    0    a   3.0  2.309401       2.666667           1.0
    1    b   3.0  0.000000       0.000000           0.0
    """
    one_dimension(ratings, "item_disagreement")
    ratings = counted(ratings, "item_disagreement")
    frame, value = ratings.frame, np.asarray(ratings.values)
    items = frame["item"].cat.categories
    item = frame["item"].cat.codes.to_numpy().astype(np.int64)  # few items have codes of 8 bits, which overflow below
    n = np.bincount(item, minlength=len(items))
    groups = pd.Series(value).groupby(item)
    found = {
        "item": items.astype(str),
        "n_ratings": n,
        "n_raters": frame["rater"].groupby(item).nunique().to_numpy(),
        "mean": groups.mean().to_numpy(),
        "sd": groups.std().to_numpy(),
    }
    answers = _of_answers(ratings, item, n)
    distance = {"mean_distance": _mean_distance(item, value, n)}
    return pd.DataFrame(found | {"percent_agreement": answers.pop("percent_agreement")} | distance | answers)


def _mean_distance(item: np.ndarray, value: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Mean of |x - y| over the pairs of ratings of each item, (n_items,).

    Of n sorted values the j-th, from 0, stands in 2 j - n + 1 more pairs as the larger than as the smaller.
    """
    order = np.lexsort((value, item))
    item, value = item[order], value[order]
    first = (np.cumsum(n) - n)[item]
    value, rank = value - value[first], np.arange(len(item)) - first  # equal ratings: exactly 0
    total = np.bincount(item, weights=value * (2 * rank - n[item] + 1), minlength=len(n))
    return np.where(n >= 2, total / np.maximum(n * (n - 1) / 2, 1), np.nan)


def _of_answers(ratings: Ratings, item: np.ndarray, n: np.ndarray) -> dict[str, np.ndarray]:
    """The columns that need a scale of answers."""
    names = ("percent_agreement", "entropy", "entropy_normalised", "polarisation", "mode")
    if ratings.scale.is_continuous:
        return {name: np.full(len(n), np.nan) for name in names}
    K, code = ratings.scale.K, ratings.frame["rating"].to_numpy().astype(int)
    counts = np.bincount(item * K + code, minlength=len(n) * K).reshape(len(n), K).astype(float)
    is_top = counts == counts.max(axis=1, keepdims=True)
    several = n >= 2
    nats = np.array([entropy(count, count.sum()) for count in counts])
    poles = np.array([polarisation(count) if K > 2 else np.nan for count in counts])
    equal = 100.0 * ((counts**2).sum(axis=1) - n) / np.maximum(n * (n - 1), 1)
    mode = np.where(is_top.sum(axis=1) == 1, np.array(ratings.scale.values)[is_top.argmax(axis=1)], np.nan)
    columns = (equal, nats, nats / np.log(K), poles)
    found = [np.where(several, column, np.nan) for column in columns]
    return dict(zip(names, [*found, mode], strict=True))
