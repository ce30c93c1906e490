"""Row kernels of the cumulative model: log-likelihood and derivatives in one pass (METHODS section 1).

A rating in category y has probability F(u) - F(l) with u = tau[y] - eta and l = tau[y - 1] - eta; the
outermost thresholds are infinite. Everything a row contributes is a derivative of log(F(u) - F(l)) in u and l,
so one function, :func:`interval`, serves every pass. A bernoulli rating is the case of two categories.
"""

import math

import numpy as np

from pluralstats.storage.compiled import kernel

PROBIT, LOGIT = 0, 1
LINKS = {"probit": PROBIT, "logit": LOGIT}
ROOT_HALF = math.sqrt(0.5)
DENSITY_AT_ZERO = 1.0 / math.sqrt(2.0 * math.pi)
_TINY = 1e-300


@kernel
def _probit_end(x, p):
    """Density at one end over the interval's probability, and its first two derivatives."""
    if math.isinf(x):
        return 0.0, 0.0, 0.0
    r = DENSITY_AT_ZERO * math.exp(-0.5 * x * x) / p
    return r, -x * r, (x * x - 1.0) * r


@kernel
def _probit_interval(low, high):
    """log P, then (f, f', f'') / P at the high end and at the low end; tails never cancel."""
    if low > 0.0:
        p = 0.5 * (math.erfc(low * ROOT_HALF) - math.erfc(high * ROOT_HALF))
    elif high < 0.0:
        p = 0.5 * (math.erfc(-high * ROOT_HALF) - math.erfc(-low * ROOT_HALF))
    else:
        p = 1.0 - 0.5 * (math.erfc(-low * ROOT_HALF) + math.erfc(high * ROOT_HALF))
    p = max(p, _TINY)
    ru, ru1, ru2 = _probit_end(high, p)
    rl, rl1, rl2 = _probit_end(low, p)
    return math.log(p), ru, ru1, ru2, rl, rl1, rl2


@kernel
def _logistic(x):
    """F(x) and 1 - F(x), each to full relative accuracy, from one exponential."""
    e = math.exp(-abs(x))
    big = 1.0 / (1.0 + e)
    return (big, e * big) if x > 0.0 else (e * big, big)


@kernel
def _logit_interval(low, high):
    """The same for the logistic: P = F(u) (1 - F(l)) (1 - exp(l - u)), a product without cancellation."""
    fu, gu = _logistic(high)
    fl, gl = _logistic(low)
    p = max(fu * gl * -math.expm1(low - high), _TINY)
    ru, rl = fu * gu / p, fl * gl / p
    du, dl = gu - fu, gl - fl
    return (
        math.log(p),
        ru,
        du * ru,
        (du * du - 2.0 * fu * gu) * ru,
        rl,
        dl * rl,
        (dl * dl - 2.0 * fl * gl) * rl,
    )


@kernel
def interval(link, low, high):
    """log P of an interval and the scaled densities at its ends: (log P, f, f', f'' at high, the same at low)."""
    if link == PROBIT:
        return _probit_interval(low, high)
    return _logit_interval(low, high)


@kernel
def _ends(tau, y, eta):
    low = tau[y - 1] - eta if y > 0 else -math.inf
    high = tau[y] - eta if y < tau.size else math.inf
    return low, high


@kernel
def linear_predictor(fixed, cell, index, loading, v, eta):
    """eta (n,) = fixed[cell] + sum over groupings of loading[cell, t] * v[index[:, t]], written in place."""
    for i in range(eta.size):
        value = fixed[cell[i]]
        for t in range(index.shape[1]):
            value += loading[cell[i], t] * v[index[i, t]]
        eta[i] = value


@kernel
def score_and_weight(link, y, weight, eta, tau, score, curvature):
    """Log-likelihood; fills d log p / d eta (n,) and -d2 log p / d eta2 (n,)."""
    total = 0.0
    for i in range(y.size):
        low, high = _ends(tau, y[i], eta[i])
        logp, ru, ru1, _, rl, rl1, _ = interval(link, low, high)
        total += weight[i] * logp
        score[i] = weight[i] * (rl - ru)
        curvature[i] = weight[i] * ((ru - rl) ** 2 - ru1 + rl1)
    return total


@kernel
def threshold_derivatives(link, y, weight, eta, tau, high_terms, low_terms):
    """Fills (n, 5) arrays for the upper and the lower threshold of each row.

    Columns: d log p / d tau; d2 log p / (d eta d tau); d curvature / d tau; d2 log p / d tau2;
    d2 log p / (d upper d lower).
    The derivative of the curvature in eta is minus the sum of its two threshold derivatives.
    """
    for i in range(y.size):
        low, high = _ends(tau, y[i], eta[i])
        _, ru, ru1, ru2, rl, rl1, rl2 = interval(link, low, high)
        uu, ul, ll = ru1 - ru * ru, ru * rl, -rl1 - rl * rl
        uuu = ru2 - 3.0 * ru * ru1 + 2.0 * ru**3
        uul = ru1 * rl - 2.0 * ru * ru * rl
        ull = ru * rl1 + 2.0 * ru * rl * rl
        lll = -rl2 - 3.0 * rl * rl1 - 2.0 * rl**3
        w = weight[i]
        high_terms[i, 0], low_terms[i, 0] = w * ru, -w * rl
        high_terms[i, 1], low_terms[i, 1] = -w * (uu + ul), -w * (ul + ll)
        high_terms[i, 2], low_terms[i, 2] = -w * (uuu + 2.0 * uul + ull), -w * (uul + 2.0 * ull + lll)
        high_terms[i, 3], low_terms[i, 3] = w * uu, w * ll
        high_terms[i, 4], low_terms[i, 4] = w * ul, w * ul


@kernel
def sum_by_threshold(y, high, low, n_thresholds):
    """(K - 1,) sums of a row quantity over its upper and its lower threshold."""
    out = np.zeros(n_thresholds)
    for i in range(y.size):
        if y[i] < n_thresholds:
            out[y[i]] += high[i]
        if y[i] > 0:
            out[y[i] - 1] += low[i]
    return out


@kernel
def sum_by_level(index, values, n_levels):
    """(n_levels,) sums of values over the levels of one index column or of the cells."""
    out = np.zeros(n_levels)
    for i in range(index.size):
        out[index[i]] += values[i]
    return out


@kernel
def sum_by_effects(index, cell, loading, values, size):
    """(size,) sums of a row quantity times its loadings over the random effects, stacked."""
    out = np.zeros(size)
    for i in range(index.shape[0]):
        for t in range(index.shape[1]):
            out[index[i, t]] += loading[cell[i], t] * values[i]
    return out


@kernel
def sum_by_loadings(index, cell, values, v, out):
    """Adds to out (n_cells, T), the derivatives in loadings, the row quantity times the row's effects."""
    for i in range(index.shape[0]):
        for t in range(index.shape[1]):
            out[cell[i], t] += values[i] * v[index[i, t]]


@kernel
def sum_by_cells(cell, values, scale, out):
    """Adds to out (n_cells, T) the rows of values (n, T), each times its scale (n,)."""
    for i in range(values.shape[0]):
        for t in range(values.shape[1]):
            out[cell[i], t] += scale[i] * values[i, t]
