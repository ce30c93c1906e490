"""Row kernels of replication: count and sum what was drawn."""

import numpy as np

from pluralstats.storage.compiled import kernel


@kernel
def tally(item, rater, weight, bins, value, of_rater, of_item):
    """Adds counts of each bin, sum and sum of squares by rater (R, B + 2); sum and sum of squares by item (J, 2)."""
    last = of_rater.shape[1] - 2
    for i in range(value.size):
        r, j, w, v = rater[i], item[i], weight[i], value[i]
        of_rater[r, bins[i]] += w
        of_rater[r, last] += w * v
        of_rater[r, last + 1] += w * v * v
        of_item[j, 0] += w * v
        of_item[j, 1] += w * v * v


@kernel
def agreeing_pairs(order, place, level, rater, item, weight, bins, n_bins, agree):
    """Adds to agree (levels, J) the pairs of ratings by two raters that are in one bin.

    A pair has the same place (item and dimension) and the same level; ``order`` sorts by place, level and rater, so
    that what has been seen of a block, less what its current rater has given, is all that a rating pairs with.
    """
    seen, own = np.zeros(n_bins), np.zeros(n_bins)
    block = mine = 0
    for n in range(order.size):
        i, before = order[n], order[max(n - 1, 0)]
        moved = place[i] != place[before] or level[i] != level[before]
        if moved or rater[i] != rater[before]:
            for m in range(mine, n):
                own[bins[order[m]]] = 0.0
            mine = n
        if moved:
            for m in range(block, n):
                seen[bins[order[m]]] = 0.0
            block = n
        agree[level[i], item[i]] += weight[i] * (seen[bins[i]] - own[bins[i]])
        seen[bins[i]] += weight[i]
        own[bins[i]] += weight[i]
