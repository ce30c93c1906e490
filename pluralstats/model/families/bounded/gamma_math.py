"""The gamma function's logarithm and its derivatives in forms that compilers turn into vector instructions.

With w = x + 8 Stirling's series needs eight terms for full accuracy (Abramowitz & Stegun 1964, 6.1.41, 6.3.18, 6.4.12),
and Gamma(x) = Gamma(w) / (x (x + 1) ... (x + 7)).
"""

import math

from pluralstats.model.families.vector_math import exact, logarithm

SHIFT = 8
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
OF_LOG = tuple(b / ((2 * n + 2) * (2 * n + 1)) for n, b in enumerate(BERNOULLI))
OF_SLOPE = tuple(b / (2 * n + 2) for n, b in enumerate(BERNOULLI))


@exact
def gamma_parts(x):
    """For 0 < x < 1e30: what log Gamma(x) is without - log of the product, the product x .. (x + 7), and digamma(x)."""
    product, slope = 1.0, 0.0
    for i in range(SHIFT):
        slope = slope * (x + i) + product
        product *= x + i
    w = x + SHIFT
    z, log_w = 1.0 / (w * w), logarithm(w)
    of_log, of_slope = OF_LOG[7], OF_SLOPE[7]
    for n in range(6, -1, -1):
        of_log, of_slope = of_log * z + OF_LOG[n], of_slope * z + OF_SLOPE[n]
    value = (w - 0.5) * log_w - w + HALF_LOG_2PI + of_log / w
    return value, product, log_w - 0.5 / w - of_slope * z - slope / product


@exact
def trigamma(x):
    """The derivative of digamma for 0 < x < 1e30."""
    total = 0.0
    for i in range(SHIFT):
        total += 1.0 / ((x + i) * (x + i))
    w = x + SHIFT
    z = 1.0 / (w * w)
    series = BERNOULLI[7]
    for n in range(6, -1, -1):
        series = series * z + BERNOULLI[n]
    return total + 1.0 / w + 0.5 * z + series * z / w
