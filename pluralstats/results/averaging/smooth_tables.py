"""Tables of a smooth distribution function and their interpolation: the kernels under ``results.averages``."""

import math

import numpy as np

from pluralstats.inference.kernels.rows import PROBIT
from pluralstats.model.families.vector_math import density_and_tail
from pluralstats.storage.compiled import kernel

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(20)
HERMITE = np.stack([_NODES, _WEIGHTS / _WEIGHTS.sum()])
EXCHANGE = 1.5  # standard deviation of new raters above which logit sums over the logistic density
_EVEN = np.arange(-24.0, 24.25, 0.5)
_DENSITY = 1.0 / np.cosh(0.5 * _EVEN) ** 2
LOGISTIC = np.stack([_EVEN, _DENSITY / _DENSITY.sum()])
SATURATED = 40.0  # units of scale beyond the outermost item at which G is 0 or 1 to the last digit
MAX_ROWS = 20_000  # of a table: 5,000 latent units, which only a draw without meaning spans
COARSE = 0.5  # step of a table, in units of scale, above which derivatives are left out


@kernel
def _tabulate_normal(low, step, scale, offsets, share, table):
    """As ``_tabulate`` for the normal distribution, in a loop that compilers turn into vector instructions."""
    inverse = 1.0 / scale
    for i in range(table.shape[0]):
        c = low + i * step
        total, first, second, third = 0.0, 0.0, 0.0, 0.0
        for j in range(offsets.size):
            x = (c - offsets[j]) * inverse
            density, tail = density_and_tail(x)
            weighted = share[j] * density
            total += share[j] * (tail if x < 0.0 else 1.0 - tail)
            first += weighted
            second -= x * weighted
            third += (x * x - 1.0) * weighted
        table[i, 0], table[i, 1] = total, first * inverse
        table[i, 2], table[i, 3] = second * inverse**2, third * inverse**3


@kernel
def _tabulate_logistic(low, step, offsets, share, table):
    """As ``_tabulate`` for the logistic distribution of scale 1."""
    for i in range(table.shape[0]):
        c = low + i * step
        table[i] = 0.0
        for j in range(offsets.size):
            x = c - offsets[j]
            e = math.exp(-abs(x))
            big = 1.0 / (1.0 + e)
            small = e * big
            density, slope = big * small, (small - big if x > 0.0 else big - small)
            table[i, 0] += share[j] * (big if x > 0.0 else small)
            table[i, 1] += share[j] * density
            table[i, 2] += share[j] * slope * density
            table[i, 3] += share[j] * (slope * slope - 2.0 * density) * density


@kernel
def _tabulate(link, low, step, scale, offsets, share, table):
    """table (nodes, 4): sum over items of share times F((c - o) / scale), and its first three derivatives in c."""
    if link == PROBIT:
        _tabulate_normal(low, step, scale, offsets, share, table)
    else:
        _tabulate_logistic(low, step, offsets, share, table)


@kernel
def _quintic(table, d, low, step, c):
    """Quintic Hermite interpolation of column d from columns d, d + 1, d + 2."""
    position = (c - low) / step
    i = min(max(int(position), 0), table.shape[0] - 2)
    t = position - i
    a0, a1, a2 = table[i, d], step * table[i, d + 1], 0.5 * step * step * table[i, d + 2]
    b0, b1, b2 = table[i + 1, d], step * table[i + 1, d + 1], 0.5 * step * step * table[i + 1, d + 2]
    gap, rise, bend = b0 - a0 - a1 - a2, b1 - a1 - 2.0 * a2, b2 - a2
    c3, c4, c5 = (
        10.0 * gap - 4.0 * rise + bend,
        -15.0 * gap + 7.0 * rise - 2.0 * bend,
        6.0 * gap - 3.0 * rise + bend,
    )
    return a0 + t * (a1 + t * (a2 + t * (c3 + t * (c4 + t * c5))))


@kernel
def _slope(table, d, low, step, c):
    """Cubic Hermite interpolation of column d from columns d and d + 1."""
    position = (c - low) / step
    i = min(max(int(position), 0), table.shape[0] - 2)
    t = position - i
    a0, a1, b0, b1 = table[i, d], step * table[i, d + 1], table[i + 1, d], step * table[i + 1, d + 1]
    return a0 + t * (a1 + t * (3.0 * (b0 - a0) - 2.0 * a1 - b1 + t * (2.0 * (a0 - b0) + a1 + b1)))


@kernel
def _smooth(low, step, wide_low, wide, sd, nodes, weights, table):
    """Smooth the items' table (wide) over sd times a variable with these nodes and weights."""
    for i in range(table.shape[0]):
        c = low + i * step
        table[i] = 0.0
        for h in range(nodes.size):
            moved = c - sd * nodes[h]
            table[i, 0] += weights[h] * _quintic(wide, 0, wide_low, step, moved)
            table[i, 1] += weights[h] * _quintic(wide, 1, wide_low, step, moved)
            table[i, 2] += weights[h] * _slope(wide, 2, wide_low, step, moved)


@kernel
def split_of(link, sd):
    """How G splits: link and scale of the items' part, factor of the sum over nodes, distance at which G is 0 or 1."""
    if link == PROBIT:
        scale = math.sqrt(1.0 + sd * sd)
        return PROBIT, scale, 0.0, SATURATED * scale
    if sd <= EXCHANGE:
        return 1, 1.0, sd, SATURATED + 10.0 * sd
    return PROBIT, sd, 1.0, SATURATED + 10.0 * sd


@kernel
def extent_of(first, last, least, most, step):
    """Low end, step and number of rows of a table over what is needed (first, last) and undecided (least, most)."""
    low = min(max(first - 2.0 * step, least), most - step)
    high = max(min(last + 2.0 * step, most), low + step)
    step = max(step, (high - low) / (MAX_ROWS - 2))
    return low, step, int((high - low) / step) + 2


@kernel
def fill_table(link, scale, offsets, share, low, step, factor, nodes, weights, table):
    """The table of G from low on: the items' part, smoothed over factor times the nodes."""
    coarse = step > COARSE * scale  # derivatives of steps narrower than a cell mislead; without, nothing overshoots
    if factor == 0.0:
        _tabulate(link, low, step, scale, offsets, share, table)
    else:
        reach = factor * nodes[-1] + 2.0 * step
        wide = np.empty((table.shape[0] + int(2.0 * reach / step) + 2, 4))
        _tabulate(link, low - reach, step, scale, offsets, share, wide)
        if coarse:
            wide[:, 1:] = 0.0
        _smooth(low, step, low - reach, wide, factor, nodes, weights, table)
    if coarse:
        table[:, 1:] = 0.0


@kernel
def fill_polynomials(table, step, out):
    """Quintic Hermite polynomials between neighbouring nodes, constant term first, in units of the step."""
    for i in range(table.shape[0] - 1):
        a0, a1, a2 = table[i, 0], step * table[i, 1], 0.5 * step * step * table[i, 2]
        b0, b1, b2 = table[i + 1, 0], step * table[i + 1, 1], 0.5 * step * step * table[i + 1, 2]
        gap, rise, bend = b0 - a0 - a1 - a2, b1 - a1 - 2.0 * a2, b2 - a2
        out[i, 0], out[i, 1], out[i, 2] = a0, a1, a2
        out[i, 3] = 10.0 * gap - 4.0 * rise + bend
        out[i, 4] = -15.0 * gap + 7.0 * rise - 2.0 * bend
        out[i, 5] = 6.0 * gap - 3.0 * rise + bend


@kernel
def value_at(polynomials, low, per_step, least, most, total, c):
    """G(c), which is 0 below least and the sum of shares above most."""
    if c <= least:
        return 0.0
    if c >= most:
        return total
    position = (c - low) * per_step
    i = min(max(int(position), 0), polynomials.shape[0] - 1)
    t = position - i
    p = polynomials[i]
    return p[0] + t * (p[1] + t * (p[2] + t * (p[3] + t * (p[4] + t * p[5]))))


@kernel
def _below_normal(c, inverse, items, shares):
    """Sum over items of share times Phi((c - o) inverse), in a loop that compilers turn into vector instructions."""
    total = 0.0
    for j in range(items.size):
        x = (c - items[j]) * inverse
        _, tail = density_and_tail(x)
        total += shares[j] * (tail if x < 0.0 else 1.0 - tail)
    return total


@kernel
def _below_logistic(c, items, shares):
    total = 0.0
    for j in range(items.size):
        x = c - items[j]
        e = math.exp(-abs(x))
        total += shares[j] * (1.0 if x > 0.0 else e) / (1.0 + e)
    return total


@kernel
def add_directly(link, scale, factor, rule, tau, linear, people, items, shares, values):
    """Add G(tau_k - linear_r) of some people to values (R, K - 1) without a table; arguments as of ``fill_table``."""
    nodes, inverse = rule.shape[1] if factor != 0.0 else 1, 1.0 / scale
    for r in people:
        for k in range(tau.size):
            for h in range(nodes):
                c, weight = tau[k] - linear[r], 1.0
                if factor != 0.0:
                    c, weight = c - factor * rule[0, h], rule[1, h]
                if link == PROBIT:
                    values[r, k] += weight * _below_normal(c, inverse, items, shares)
                else:
                    values[r, k] += weight * _below_logistic(c, items, shares)
