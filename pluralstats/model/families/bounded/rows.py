"""Compiled loops over rows of the ordered beta family, see ``ordered_beta``."""

import numpy as np

from pluralstats.model.families.bounded.gamma_math import gamma_parts, trigamma
from pluralstats.model.families.logit import LOGIT
from pluralstats.model.families.vector_math import LEAST, SMALLEST_EXPONENT, exponential, float_of, log_of, logarithm
from pluralstats.storage.compiled import kernel

LOWEST, INSIDE, HIGHEST = 0, 1, 2
_inner, _outer = LOGIT.inner, LOGIT.outer
_probabilities, _slopes_of_category = LOGIT.probabilities, LOGIT.slopes


@kernel
def _mean(eta):
    """F(eta) and 1 - F(eta)."""
    e = exponential(min(max(-eta, SMALLEST_EXPONENT), -SMALLEST_EXPONENT))
    mu = 1.0 / (1.0 + e)
    return max(mu, LEAST), max(e * mu, LEAST)


@kernel
def chunk(k, size, unweighted, y, own, eta, weight, p, score, to_own):
    """``Family.chunk``; the rows of category 0 are at the lower end, of 1 between, of 2 at the upper end."""
    if k != INSIDE:
        j, sign = (0, 1.0) if k == LOWEST else (1, -1.0)
        factor, at_cut = _outer(size, sign, own[j], eta, weight, p, score)
        to_own[j] += at_cut
        return factor + log_of(size, unweighted, weight, p)
    total, at_high, at_low = _inner(size, own[0], own[1], eta, weight, p, score)
    to_own[0] += at_low
    to_own[1] += at_high
    phi, to_phi = np.exp(own[2]), 0.0
    whole, product, slope = gamma_parts(phi)
    whole -= logarithm(product)
    for i in range(size):
        mu, rest = _mean(eta[i])
        at_a, product_a, slope_a = gamma_parts(mu * phi)
        at_b, product_b, slope_b = gamma_parts(rest * phi)
        log_y, log_rest = logarithm(y[i]), logarithm(1.0 - y[i])
        p[i] = max(min(p[i] * product_a, 1e250) * min(product_b, 1e50), LEAST)
        density = whole - at_a - at_b + (mu * phi - 1.0) * log_y + (rest * phi - 1.0) * log_rest
        total += weight[i] * density
        score[i] += weight[i] * phi * mu * rest * (slope_b - slope_a + log_y - log_rest)
        to_phi += weight[i] * (slope + mu * (log_y - slope_a) + rest * (log_rest - slope_b))
    to_own[2] += phi * to_phi
    return total + log_of(size, unweighted, weight, p)


@kernel
def densities(bits, own, eta, shift, p):
    """``Bounded.densities``: a probability at the ends, a density between them."""
    y = float_of(bits)
    k = LOWEST if y == 0.0 else HIGHEST if y == 1.0 else INSIDE
    _probabilities(k, own[:4], eta, shift, p)
    if k == INSIDE:
        log_y, log_rest = np.log(y), np.log(1.0 - y)
        for s in range(eta.size):
            mu, rest = _mean(eta[s] + shift[s])
            phi = np.exp(own[4, s])
            whole, product, _ = gamma_parts(phi)
            at_a, product_a, _ = gamma_parts(mu * phi)
            at_b, product_b, _ = gamma_parts(rest * phi)
            density = whole - at_a - at_b + (mu * phi - 1.0) * log_y + (rest * phi - 1.0) * log_rest
            density += logarithm(product_a) + logarithm(product_b) - logarithm(product)
            p[s] = max(p[s] * exponential(min(max(density, SMALLEST_EXPONENT), -SMALLEST_EXPONENT)), LEAST)


@kernel
def slopes(weight, bits, own, eta, shift, score, information):
    """``Bounded.slopes``."""
    y = float_of(bits)
    k = LOWEST if y == 0.0 else HIGHEST if y == 1.0 else INSIDE
    _slopes_of_category(weight, k, own[:4], eta, shift, score, information)
    if k == INSIDE:
        odds = np.log(y) - np.log(1.0 - y)
        for s in range(eta.size):
            mu, rest = _mean(eta[s] + shift[s])
            phi = np.exp(own[4, s])
            a, b, v = mu * phi, rest * phi, mu * rest * phi
            _, _, slope_a = gamma_parts(a)
            _, _, slope_b = gamma_parts(b)
            score[s] += weight * v * (slope_b - slope_a + odds)
            information[s] += weight * v * v * (trigamma(a) + trigamma(b))


@kernel
def masses(k, cuts, eta, shift, p):
    """``Bounded.masses``: P(y = 0), what 1 - E y has beyond it, what E y has beyond P(y = 1), and P(y = 1)."""
    ends = np.empty((4, eta.size))
    ends[0], ends[1], ends[2], ends[3] = cuts[0], cuts[1], cuts[3], cuts[4]
    _probabilities(LOWEST if k == 0 else HIGHEST if k == 3 else INSIDE, ends, eta, shift, p)
    if 0 < k < 3:
        for s in range(eta.size):
            mu, rest = _mean(eta[s] + shift[s])
            p[s] *= rest if k == 1 else mu
