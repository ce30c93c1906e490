"""Whether groups of ratings, such as waves, have raters or items in common: else no data put them on one scale."""

import json
from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pluralstats.data.tables.columns import distinct_pairs
from pluralstats.data.tables.frames import in_natural_order
from pluralstats.errors import listed

_MOST_NAMED = 6


def unlinked(group: np.ndarray, rater: np.ndarray, item: np.ndarray, names: Sequence[str]) -> list[set[str]]:
    """Sets of groups that share neither raters nor items with the groups of any other set.

    Two groups that share a rater or an item are linked, and so are two that are both linked to a third: the sets are
    the connected components of the graph that joins each group to its raters and items [1]_.

    Parameters
    ----------
    group, rater, item : ndarray of int, (n_ratings,)
        Of each rating, from 0; ratings of the group -1 do not count.
    names : list of str
        Of the groups. Those without ratings are in no set.

    Returns
    -------
    list of set of str
        The set with most ratings first; empty where all groups are linked.

    References
    ----------
    .. [1] Weeks, D. L. and Williams, D. R. (1964). A note on the determination of connectedness in an N-way cross
       classification. *Technometrics*, 6(3), 319-324.

    Examples
    --------
    >>> import numpy as np
    >>> wave, rater, item = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2]), np.array([0, 1, 2, 3])
    >>> sets = unlinked(wave, rater, item, ["1", "2", "3"])
    >>> [sorted(names) for names in sets]
    [['1', '2'], ['3']]
    """
    known = group >= 0
    group, rater, item = (np.asarray(codes, dtype=np.int64)[known] for codes in (group, rater, item))
    n_groups = len(names)
    n_raters = int(rater.max(initial=-1)) + 1
    size = n_groups + n_raters + int(item.max(initial=-1)) + 1
    sides = [distinct_pairs(group, node, size) for node in (n_groups + rater, n_groups + n_raters + item)]
    here, there = (np.concatenate([side[i] for side in sides]) for i in (0, 1))
    edges = coo_array((np.ones(len(here), dtype=np.int8), (here, there)), shape=(size, size))
    component = connected_components(edges, directed=False)[1][:n_groups]
    n = np.bincount(group, minlength=n_groups)
    sets = [np.flatnonzero((component == one) & (n > 0)) for one in np.unique(component[n > 0])]
    sets.sort(key=lambda of: -n[of].sum())
    return [{names[int(i)] for i in of} for of in sets] if len(sets) > 1 else []


def unlinked_problem(column: str, sets: Sequence[set[str]]) -> str:
    """The sentence that refuses one model of groups that nothing links; "" where all are linked.

    >>> unlinked_problem("wave", [{"1", "2"}, {"3"}])[:64]
    'The levels of wave are not linked: {1, 2} and {3} share neither '
    """
    if not sets:
        return ""
    shown = [f"{{{listed(in_natural_order(list(names)), _MOST_NAMED)}}}" for names in sets[:_MOST_NAMED]]
    shown += [f"{len(sets) - len(shown)} more sets"] if len(sets) > len(shown) else []
    first = json.dumps(in_natural_order(list(sets[0]))[:_MOST_NAMED], ensure_ascii=False)
    return (
        f"The levels of {column} are not linked: {', '.join(shown[:-1])} and {shown[-1]} share neither raters nor "
        f"items, so that no rating tells whether their thresholds differ or their people and items do. Fit them "
        f"apart, as ratings.where({column}={first}), or collect ratings of common items."
    )
