"""Averages of P(y <= k) over items and new raters for any family of ordered answers, one posterior draw at a time.

Let Q_k(e) be P(y <= k) at the linear predictor e, whatever the family makes of its thresholds. A person with x'b = x
who meets items i with shares p_i and effects o_i has, with s the standard deviation of a new rater's effect,

    G_k(x) = sum_i p_i E Q_k(x + o_i + s z),   z standard normal.

Items and raters are one distribution of what is added to x. It is laid on a grid of step h: every item is spread over
the eight nearest nodes with the weights of Lagrange's interpolation, and the nodes are convolved with a normal density
of sd s, so that with V the masses of the nodes, G_k(x_n) = sum_m V_m Q_k(x_n + m h) at nodes x_n of the same grid, from
eight of which a person's x is interpolated. Sums of an analytic function over even nodes converge exponentially
(Trefethen & Weideman 2014, SIAM Review 56, 385-458), in the step over s and in the step over the width of the strip of
the complex plane where Q_k is analytic, which the family says; where s is shorter than a step, four Gauss-Hermite nodes
take the place of the density. An eighth of the strip's half-width over pi is right to 1e-8, at any s.

Where thresholds and eta enter only as tau_k - eta, one function serves all k: Q_k(x) = Q(x - tau_k).
"""

import math

import numpy as np

from pluralstats.model.families.family import Family, probabilities_at
from pluralstats.storage.compiled import kernel

FINE = 8.0  # nodes to a unit, the strip's half-width over pi
TAIL = 8.5  # standard deviations of new raters on either side: 2e-17 are further away
DECIDED = 40.0  # beyond the outermost threshold, where probabilities are 0 or 1 to the last digit
MOST_NODES = 4_000  # that a grid may span: 500 units, beyond which a draw has no meaning
FAR = 1e4  # stands for an infinite threshold
SHORT = 1.2  # steps; a shorter standard deviation is no density on the grid
EIGHT = np.array([1.0 / math.prod(i - j for j in range(8) if j != i) for i in range(8)])
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(4)
FOUR = np.stack([_NODES, _WEIGHTS / _WEIGHTS.sum()])


@kernel
def _weights_at(t, coarse, out):
    """Weights of nodes -3 .. 4 for a point t in [0, 1): Lagrange's, or of the two neighbours on a coarse grid."""
    if coarse:
        out[:] = 0.0
        out[3], out[4] = 1.0 - t, t
        return
    for i in range(8):
        out[i] = EIGHT[i]
        for j in range(8):
            if j != i:
                out[i] *= t + 3.0 - j


@kernel
def _spread(points, share, step, coarse, first, nodes):
    """Add shares at points to nodes first, first + 1, ... of a grid."""
    eight = np.empty(8)
    for i in range(points.size):
        below = math.floor(points[i] / step)
        _weights_at(points[i] / step - below, coarse, eight)
        for j in range(8):
            nodes[below - 3 - first + j] += share[i] * eight[j]


@kernel
def _blurred(nodes, reach, ratio):
    """Nodes convolved with a normal density whose sd is ``ratio`` steps; ``reach`` more nodes on either side."""
    density, out = np.empty(2 * reach + 1), np.zeros(nodes.size + 2 * reach)
    for j in range(density.size):
        density[j] = math.exp(-0.5 * ((j - reach) / ratio) ** 2)
    density /= density.sum()
    for m in range(nodes.size):
        if nodes[m] != 0.0:
            for j in range(density.size):
                out[m + j] += nodes[m] * density[j]
    return out


@kernel
def _masses(items, share, sd, step, coarse):
    """First node and masses of what is added to a person's linear predictor."""
    shift = sd * TAIL if sd < SHORT * step else 0.0
    first = math.floor((items.min() - shift) / step) - 3
    nodes = np.zeros(math.floor((items.max() + shift) / step) + 5 - first)
    if sd < SHORT * step:
        for h in range(FOUR.shape[1]):
            _spread(items + sd * FOUR[0, h], share * FOUR[1, h], step, coarse, first, nodes)
        return first, nodes
    _spread(items, share, step, coarse, first, nodes)
    reach = math.ceil(TAIL * sd / step)
    return first - reach, _blurred(nodes, reach, sd / step)


@kernel
def _below(address, tau, first, step, out):
    """Fills out (C, n) with Q_k at nodes first, first + 1, ...; of C + 1 categories between thresholds (C,)."""
    n = out.shape[1]
    cuts, e, nothing, p = np.empty((tau.size + 2, n)), np.empty(n), np.zeros(n), np.empty(n)
    probabilities = probabilities_at(address)
    cuts[0], cuts[tau.size + 1] = -FAR, FAR
    for i in range(n):
        e[i] = (first + i) * step
    cuts[0] += min(tau.min(), e[0])
    cuts[tau.size + 1] += max(tau.max(), e[n - 1])
    for k in range(tau.size):
        cuts[k + 1] = tau[k]
    for k in range(tau.size):
        probabilities(k, cuts, e, nothing, p)
        for i in range(n):
            out[k, i] = p[i] + (out[k - 1, i] if k > 0 else 0.0)


@kernel
def _table(masses, below, out):
    """out (C, n): sums over nodes m of masses[m] below[:, i + m]."""
    for k in range(out.shape[0]):
        for i in range(out.shape[1]):
            total = 0.0
            for m in range(masses.size):
                total += masses[m] * below[k, i + m]
            out[k, i] = total


@kernel
def _extent(tau, sd, low, high, items, unit):
    """Where people are undecided, between ``low`` and ``high`` of their own, and the step of the grid."""
    least, most = items.min() - TAIL * sd, items.max() + TAIL * sd
    undecided, decided = tau.min() - DECIDED - most, tau.max() + DECIDED - least
    low = min(max(low, undecided), decided)
    high = max(min(high, decided), low)
    return low, high, max(unit / FINE, (high - low + most - least) / MOST_NODES)


@kernel
def _add_people(table, first, low, high, step, coarse, linear, people, cuts, values):
    """Add G_k of some people, at x - cuts[k], to values (R, K - 1)."""
    eight, last = np.empty(8), table.shape[0] - 1
    for r in people:
        for k in range(cuts.size):
            x = min(max(linear[r] - cuts[k], low), high) / step
            below = math.floor(x)
            _weights_at(x - below, coarse, eight)
            for j in range(8):
                values[r, k] += eight[j] * table[min(k, last), below - 3 - first + j]


@kernel
def add_cell(address, shifts, unit, tau, linear, people, items, share, sd, values):
    """Add G_k of the people of one cell in one draw to values (R, K - 1).

    Parameters
    ----------
    address : of the family's ``probabilities``
    shifts : whether one function serves all k
    unit : half-width over pi of the strip in which it is analytic
    tau : (K - 1,)
    linear : (R,) of all people; ``people`` which are of the cell
    items, share : (N,) effects and shares of items
    sd : of new raters
    """
    curves, cuts = (np.zeros(1), tau) if shifts else (tau, np.zeros(tau.size))
    low, high = linear[people[0]], linear[people[0]]
    for r in people:
        low, high = min(low, linear[r]), max(high, linear[r])
    low, high, step = _extent(curves, sd, low - cuts.max(), high - cuts.min(), items, unit)
    coarse = step > 0.5 * unit
    offset, masses = _masses(items, share, sd, step, coarse)
    first = math.floor(low / step) - 3
    table = np.empty((curves.size, math.floor(high / step) + 5 - first))
    below = np.empty((curves.size, table.shape[1] + masses.size - 1))
    _below(address, curves, first + offset, step, below)
    _table(masses, below, table)
    _add_people(table, first, low, high, step, coarse, linear, people, cuts, values)


def answer_probabilities(family: Family, tau: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """(K, n) probabilities of every answer at eta (n,); tau (K - 1,)."""
    assert family.thresholds is not None
    ends = [-FAR + min(tau.min(), eta.min())], tau, [FAR + max(tau.max(), eta.max())]
    cuts = np.repeat(np.concatenate(ends)[:, None], eta.size, axis=1)
    out, nothing = np.empty((tau.size + 1, eta.size)), np.zeros(eta.size)
    for k, p in enumerate(out):
        family.thresholds.probabilities(k, cuts, eta, nothing, p)
    return out
