"""Which items groups of raters have in common: whether a difference between groups can be told from their items.

Where one group rates other texts than another, how texts differ looks like a difference between people. Let n_aj be
the ratings of item j by group a. Comparisons within items have the weight sum_j n_aj n_bj / (n_aj + n_bj). With ratings
handed out at random its mean is n_a n_b / N (N - J) / (N - 1), N ratings of J items by the two groups (hypergeometric).
The ratio of the two is the overlap: 1 at random, 0 without a shared item.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

SHARE = "share of"  # how columns begin that hold the share of a group among the raters of an item
LEAST = 0.9  # overlap below which it is asked whether chance explains it
PERMUTATIONS = 100  # of groups over raters; as low as the lowest of them happens by chance in 1 of 101
NAMED = 3
COLUMNS = ("demographic", "level", "reference", "n_shared", "n_items", "overlap")


def shared_items(frame: pd.DataFrame, demographic: str) -> pd.DataFrame:
    """Items in common for each pair of levels of a demographic.

    Parameters
    ----------
    frame : data frame
        Tidy ratings with categorical ``item`` and ``demographic``.

    Returns
    -------
    data frame
        ``demographic, level, reference, n_shared`` (items that both rated), ``n_items`` (that either rated),
        ``overlap`` (1 where items were handed out at random, 0 where none is shared; missing where not defined).

    Examples
    --------
    >>> frame = pd.DataFrame({"item": list("aabb"), "country": ["X", "Y", "X", "X"]}, dtype="category")
    >>> shared_items(frame, "country")[["n_shared", "n_items"]].values.tolist()
    [[1, 2]]
    """
    levels = frame[demographic].cat.categories
    counts = _counts(frame["item"].cat.codes.to_numpy(), frame[demographic].cat.codes.to_numpy(), len(levels))
    rows = []
    for a, b in combinations(np.flatnonzero(counts.any(axis=1)), 2):
        one, other = counts[a] > 0, counts[b] > 0
        n_shared, n_items = int((one & other).sum()), int((one | other).sum())
        rows.append((demographic, levels[b], levels[a], n_shared, n_items, _overlap(counts[a], counts[b])))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def sharing_problems(frame: pd.DataFrame, demographics: Sequence[str], seed: int = 1) -> list[str]:
    """A sentence for each demographic with levels that rated other items than each other, beyond chance."""
    out = []
    for demographic in demographics:
        table = shared_items(frame, demographic)
        low = table[table["overlap"] < LEAST]
        if len(low):
            low = low[_beyond_chance(frame, demographic, low, seed)].sort_values("overlap")
        if len(low):
            out.append(_sentence(demographic, low))
    return out


def _counts(item: np.ndarray, level: np.ndarray, n_levels: int) -> np.ndarray:
    """(L, J) ratings of each item by each level; a missing level counts nowhere."""
    n_items = int(item.max(initial=-1)) + 1
    known = (item >= 0) & (level >= 0)
    flat = np.bincount(level[known].astype(np.int64) * n_items + item[known], minlength=n_levels * n_items)
    return flat.reshape(n_levels, n_items).astype(float)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Of two rows of counts (J,)."""
    both = one + other
    met = both > 0.0
    total, n_items = both.sum(), int(met.sum())
    at_random = one.sum() * other.sum() / total * (total - n_items) / max(total - 1.0, 1.0)
    if at_random <= 0.0:
        return np.nan
    return float((one[met] * other[met] / both[met]).sum() / at_random)


def _beyond_chance(frame: pd.DataFrame, demographic: str, pairs: pd.DataFrame, seed: int) -> np.ndarray:
    """(pairs,) bool, whether no permutation of the groups over raters has as little overlap."""
    rng, levels = np.random.default_rng(seed), list(frame[demographic].cat.categories)
    item, rater = frame["item"].cat.codes.to_numpy(), frame["rater"].cat.codes.to_numpy()
    of_rater = np.full(int(rater.max()) + 1, -1)
    of_rater[rater] = frame[demographic].cat.codes.to_numpy()
    at = [(levels.index(row.level), levels.index(row.reference)) for row in pairs.itertuples()]
    lowest = np.full(len(at), np.inf)
    for _ in range(PERMUTATIONS):
        counts = _counts(item, rng.permutation(of_rater)[rater], len(levels))
        lowest = np.fmin(lowest, [_overlap(counts[b], counts[a]) for a, b in at])
    return pairs["overlap"].to_numpy() < lowest


def _sentence(demographic: str, pairs: pd.DataFrame) -> str:
    named = [
        f"'{row.level}' and '{row.reference}' share {row.n_shared or 'none'} of {row.n_items} items"
        for row in pairs.head(NAMED).itertuples()
    ]
    more = f" and {len(pairs) - NAMED} more pairs likewise" if len(pairs) > NAMED else ""
    if not pairs["n_shared"].any():
        advice = "nothing in the ratings tells a difference between these groups from one between their items"
    else:
        advice = (
            "a difference between these groups may be one between their items. Compare "
            f'ps.effects(fit, "{demographic}", within="items")'
        )
    return f"{sharing_head(demographic)}: {'; '.join(named)}{more}. So {advice}."


def sharing_head(demographic: str) -> str:
    """How the sentence about a demographic begins."""
    return f"Groups by {demographic} rated other items"
