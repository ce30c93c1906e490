"""Averages of cumulative probabilities over raters' profiles, items and new raters, one posterior draw at a time.

For one draw let G(c) be the average over the items' effects o_j, and over a new rater's effect with standard
deviation s, of P(latent <= c):

    probit  G(c) = mean_j Phi((c - o_j) / sqrt(1 + s^2))                               (closed form)
    logit   G(c) = sum_h w_h mean_j F(c - o_j - s z_h), 20 Gauss-Hermite nodes z_h     (s <= 1.5)
            G(c) = sum_h w_h mean_j Phi((c - o_j - l_h) / s), l_h evenly spaced        (s > 1.5)

Seen from a rater whose effect is large the logistic F is a step, which no Gauss-Hermite rule of moderate size follows
(20 nodes are wrong by 0.03 at s = 10, 121 nodes by 0.0005). The second form exchanges the two distributions: the
normal one is exact and the sum runs over the logistic density, where evenly spaced nodes converge exponentially.
Against adaptive quadrature both are right to 2e-7 on their side of 1.5.

Then P(y <= k) for a profile with linear predictor x'b is G(tau_k - x'b). With random slopes the items' effects and s
depend on the profile: there is one G for each kind of profile, as for women and for men. G is smooth, so it is
tabulated with its derivatives a quarter (logit: an eighth) of a latent unit apart, wider where s is large, and
interpolated by quintic Hermite polynomials, which agree with direct evaluation to 1e-7. A study of 300 profiles and
200 items costs a thousandth of the profile-by-item table that is never formed. The table ends where G is 0 or 1 to
the last digit, so a wild draw costs no more than another.
"""

import math

import numpy as np

from pluralstats.inference.kernels import DENSITY_AT_ZERO, PROBIT, ROOT_HALF, jit

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(20)
HERMITE = np.stack([_NODES, _WEIGHTS / _WEIGHTS.sum()])
EXCHANGE = 1.5  # standard deviation of new raters above which logit sums over the logistic density
_EVEN = np.arange(-24.0, 24.25, 0.5)
_DENSITY = 1.0 / np.cosh(0.5 * _EVEN) ** 2
LOGISTIC = np.stack([_EVEN, _DENSITY / _DENSITY.sum()])
SATURATED = 40.0  # units of scale beyond the outermost item at which G is 0 or 1 to the last digit
MAX_ROWS = 20_000  # of a table: 5,000 latent units, which only a draw without meaning spans
COARSE = 0.5  # step of a table, in units of scale, above which derivatives are left out


@jit
def _distribution(link, x, out):
    """F, F', F'', F''' at x into out (4,)."""
    if link == PROBIT:
        density = DENSITY_AT_ZERO * math.exp(-0.5 * x * x)
        out[0] = 0.5 * math.erfc(-x * ROOT_HALF)
        out[1] = density
        out[2] = -x * density
        out[3] = (x * x - 1.0) * density
        return
    e = math.exp(-abs(x))
    big = 1.0 / (1.0 + e)
    small = e * big
    density, slope = big * small, (small - big if x > 0.0 else big - small)
    out[0] = big if x > 0.0 else small
    out[1] = density
    out[2] = slope * density
    out[3] = (slope * slope - 2.0 * density) * density


@jit
def _tabulate(link, low, step, scale, offsets, share, table):
    """table (nodes, 4): mean over items of F((c - o) / scale) and its first three derivatives in c."""
    terms = np.empty(4)
    for i in range(table.shape[0]):
        c = low + i * step
        table[i] = 0.0
        for j in range(offsets.size):
            _distribution(link, (c - offsets[j]) / scale, terms)
            for d in range(4):
                table[i, d] += share[j] * terms[d]
        factor = 1.0
        for d in range(4):
            table[i, d] *= factor
            factor /= scale


@jit
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


@jit
def _slope(table, d, low, step, c):
    """Cubic Hermite interpolation of column d from columns d and d + 1."""
    position = (c - low) / step
    i = min(max(int(position), 0), table.shape[0] - 2)
    t = position - i
    a0, a1, b0, b1 = table[i, d], step * table[i, d + 1], table[i + 1, d], step * table[i + 1, d + 1]
    return a0 + t * (a1 + t * (3.0 * (b0 - a0) - 2.0 * a1 - b1 + t * (2.0 * (a0 - b0) + a1 + b1)))


@jit
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


@jit
def _parts(link, sd):
    """How G splits: link and scale of the items' part, factor of the sum over nodes, distance at which G is 0 or 1."""
    if link == PROBIT:
        scale = math.sqrt(1.0 + sd * sd)
        return PROBIT, scale, 0.0, SATURATED * scale
    if sd <= EXCHANGE:
        return 1, 1.0, sd, SATURATED + 10.0 * sd
    return PROBIT, sd, 1.0, SATURATED + 10.0 * sd


@jit
def _extent(first, last, least, most, step):
    """Low end, step and number of rows of a table over what is needed (first, last) and undecided (least, most)."""
    low = min(max(first - 2.0 * step, least), most - step)
    high = max(min(last + 2.0 * step, most), low + step)
    step = max(step, (high - low) / (MAX_ROWS - 2))
    return low, step, int((high - low) / step) + 2


@jit
def _fill(link, scale, offsets, share, low, step, factor, nodes, weights, table):
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


@jit
def _value(table, low, step, least, most, c):
    """G(c), which is 0 below least and 1 above most."""
    if c <= least:
        return 0.0
    return 1.0 if c >= most else _quintic(table, 0, low, step, c)


@jit
def _ends(tau, linear, rows):
    """The smallest and largest tau - linear of some profiles."""
    smallest, largest = linear[rows[0]], linear[rows[0]]
    for r in rows:
        smallest, largest = min(smallest, linear[r]), max(largest, linear[r])
    return tau[0] - largest, tau[-1] - smallest


@jit
def average_cumulative(
    link, tau, linear, weight, setting, order, kind_starts, sd_new, offsets, offset_share, hermite, logistic, out
):
    """P(y <= k) for every setting and draw: one table of G for each draw and kind of profile.

    Parameters
    ----------
    tau : (S, K - 1) thresholds
    linear : (S, R) linear predictors of the profiles of all settings, one after another
    weight : (R,) share of each profile within its setting
    setting : (R,) the setting of each profile
    order : (R,) profiles sorted by kind
    kind_starts : (G + 1,) first profile of each kind in that order
    sd_new : (S, G) standard deviation of everything integrated over
    offsets : (S, G, J) items' effects
    offset_share : (G, J) share of each item
    hermite, logistic : (2, H) nodes and weights of the two rules
    out : (S, A, K - 1) zeros, to which the averages are added
    """
    for s in range(tau.shape[0]):
        for g in range(kind_starts.size - 1):
            rows, items = order[kind_starts[g] : kind_starts[g + 1]], offsets[s, g]
            kernel, scale, factor, far = _parts(link, sd_new[s, g])
            least, most = items.min() - far, items.max() + far
            step = max(0.25 if link == PROBIT else 0.125, scale / 16.0)
            first, last = _ends(tau[s], linear[s], rows)
            low, step, n_rows = _extent(first, last, least, most, step)
            table = np.empty((n_rows, 4))
            rule = hermite if kernel == 1 else logistic
            _fill(kernel, scale, items, offset_share[g], low, step, factor, rule[0], rule[1], table)
            for r in rows:
                for k in range(tau.shape[1]):
                    out[s, setting[r], k] += weight[r] * _value(table, low, step, least, most, tau[s, k] - linear[s, r])


def cumulative_averages(
    link: int,
    tau: np.ndarray,
    linear: np.ndarray,
    weight: np.ndarray,
    starts: np.ndarray,
    sd_new: np.ndarray,
    offsets: np.ndarray,
    kind: np.ndarray | None = None,
    offset_share: np.ndarray | None = None,
) -> np.ndarray:
    """Averages of P(y <= k) for settings that lie one after another.

    Parameters
    ----------
    link : int
    tau, linear, weight
        As for :func:`average_cumulative`.
    starts : (A + 1,) first profile of each setting
    sd_new : (S, G), or (S,) when all profiles are of one kind
    offsets : (S, G, J), or (S, J)
    kind : (R,) from 0 to G - 1, optional
        Which of the G distributions of items and new raters each profile meets.
    offset_share : (G, J), optional
        Shares of the items; default the same for all.

    Returns
    -------
    (S, A, K - 1)
        Missing draws give missing averages.
    """
    out = np.zeros((len(tau), starts.size - 1, tau.shape[1]))
    if not (tau.shape[1] and all(np.isfinite(part).all() for part in (tau, linear, sd_new, offsets))):
        return np.full_like(out, np.nan)
    sd_new, offsets = sd_new.reshape(len(tau), -1), offsets.reshape(len(tau), -1, offsets.shape[-1])
    kind = np.zeros(weight.size, int) if kind is None else kind
    offset_share = np.full(offsets.shape[1:], 1.0 / offsets.shape[2]) if offset_share is None else offset_share
    setting = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    order = np.argsort(kind, kind="stable")
    kind_starts = np.searchsorted(kind[order], np.arange(sd_new.shape[1] + 1))
    layout = (weight, setting, order, kind_starts)
    average_cumulative(link, tau, linear, *layout, sd_new, offsets, offset_share, HERMITE, LOGISTIC, out)
    return np.clip(out, 0.0, 1.0)
