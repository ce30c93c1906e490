"""Groups within groups, such as raters within intersections of demographics, where the affine map is not enough.

Ratings tell the sum of a rater's effect and that of the intersection the rater is in, not the two apart. Along the map
from the mode a larger effect w_t of the intersection is paid for by w_f of its raters at the exchange rate of the mode,
s_t / s_f, and wrongly where the standard deviations are others: a chain then needs many small steps. So what the map
says of w_f is corrected for every level i of the inner term f with outer level g(i):

    w_f[i] + k0 (w_t[g] (1 - exp(psi)) + v0_t[g] psi),
    psi = (1 - a_t) (log sd_t - log c_t) - (1 - a_f) (log sd_f - log c_f)

with k0 = c_t / c_f and v0 the mode. That keeps w_f + (s_t / s_f) w_t, the sum, where the map has it (hierarchical
centring; Gelfand, Sahu & Carlin 1995, Biometrika 82, 479-488), leaves the mode and its derivatives as they are, and has
determinant 1.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.model.design import Design, is_nested
from pluralstats.storage.compiled import kernel


class Nests(NamedTuple):
    """Pairs of an inner and an outer grouping, those with fewer inner levels first.

    ``inner``, ``outer`` (M,) groupings; ``parent`` positions in the stacked effects, for each level of the inner
    grouping of each pair, which start at ``start`` (M + 1,); ``anchor`` (q,) the mode of the effects; ``first_sd``
    where log sds start in x.
    """

    inner: np.ndarray
    outer: np.ndarray
    start: np.ndarray
    parent: np.ndarray
    anchor: np.ndarray
    first_sd: int


def find_nests(design: Design, anchor: np.ndarray, first_sd: int) -> Nests:
    """The random intercepts of a design that lie within one another."""
    plain = [
        t
        for t, g in enumerate(design.groupings)
        if design.blocks[g.block].size == 1 and g.basis is None and (g.multiplier == 1.0).all() and g.size < design.n
    ]
    groupings, offsets = design.groupings, design.offsets
    pairs = [
        (f, t)
        for f in sorted(plain, key=lambda t: groupings[t].size)
        for t in plain
        if groupings[t].size < groupings[f].size and is_nested(groupings[f].index, groupings[t].index)
    ]
    parents = []
    for f, t in pairs:
        _, first = np.unique(groupings[f].index, return_index=True)
        parents.append(groupings[t].index[first] + offsets[t])
    start = np.cumsum([0, *(len(parent) for parent in parents)])
    inner, outer = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    stacked = np.concatenate([np.empty(0, np.int64), *parents]).astype(np.int64)
    return Nests(inner, outer, start.astype(np.int64), stacked, anchor.copy(), first_sd)


@kernel
def _psi(map_, x, m):
    """How much larger the exchange rate of pair m is than at the mode, as a logarithm."""
    nests = map_.nests
    f, t = nests.inner[m], nests.outer[m]
    of_outer = (1.0 - map_.centred[t]) * (x[nests.first_sd + t] - map_.log_sd[t])
    return of_outer - (1.0 - map_.centred[f]) * (x[nests.first_sd + f] - map_.log_sd[f])


@kernel
def unnest(map_, offsets, x, w):
    """From what the affine map says to the random effects w, in place."""
    nests = map_.nests
    for m in range(nests.inner.size):
        f, t = nests.inner[m], nests.outer[m]
        psi = _psi(map_, x, m)
        rate, growth = math.exp(map_.log_sd[t] - map_.log_sd[f]), math.exp(psi)
        for i in range(nests.start[m + 1] - nests.start[m]):
            g = nests.parent[nests.start[m] + i]
            w[offsets[f] + i] += rate * (w[g] * (1.0 - growth) + nests.anchor[g] * psi)


@kernel
def nested_gradient(map_, offsets, x, w, gx, gw):
    """Gradients in the random effects become those in what the affine map says, in place; w as ``unnest`` left it."""
    nests = map_.nests
    for m in range(nests.inner.size - 1, -1, -1):
        f, t = nests.inner[m], nests.outer[m]
        psi = _psi(map_, x, m)
        rate, growth, along = math.exp(map_.log_sd[t] - map_.log_sd[f]), math.exp(psi), 0.0
        for i in range(nests.start[m + 1] - nests.start[m]):
            g, slope = nests.parent[nests.start[m] + i], rate * gw[offsets[f] + i]
            gw[g] += slope * (1.0 - growth)
            along += slope * (nests.anchor[g] - w[g] * growth)
        gx[nests.first_sd + t] += (1.0 - map_.centred[t]) * along
        gx[nests.first_sd + f] -= (1.0 - map_.centred[f]) * along
