"""exp, the normal tail and sums of logarithms in forms that compilers turn into vector instructions.

``math.exp`` and ``math.erfc`` are calls, one number at a time; they are most of the cost of a probit likelihood. The
functions here have no calls, branches or tables, so a loop over rows runs on four or eight rows at once.

* exp(x) = 2^k exp(r), |r| <= log(2) / 2, by its Taylor polynomial; k is put into the exponent bits.
* Q(x) = phi(x) R(x) for x >= 0 with R Mills' ratio: (x + c) R(x) is a polynomial in (x - c) / (x + c) (after Shepherd
  & Laframboise 1981, Math. Comp. 36, 249-253), fitted here at import to ``scipy.special.erfcx``. The density and the
  tail share one exponential, and a tail is never a difference.
* sum log p: mantissas are multiplied and exponents added; one logarithm for many rows.
"""

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from scipy.special import erfcx

from pluralstats.storage.compiled import compiled, kernel

CENTRE = 4.5  # c in Mills' ratio
FARTHEST = 38.0  # the normal density is below 1e-314 beyond
DEGREE = 18  # 5e-15 relative on [0, 38]
ROOT_HALF_PI = math.sqrt(0.5 * math.pi)
DENSITY_AT_ZERO = 1.0 / math.sqrt(2.0 * math.pi)
LOG2E = 1.0 / math.log(2.0)
LN2_HIGH = float.fromhex("0x1.62e42fefa38p-1")  # log(2) in two parts: k times the first is exact
LN2_LOW = float.fromhex("0x1.ef35793c7673p-45")
LN2 = math.log(2.0)
ROUND = 1.5 * 2.0**52  # adding it leaves a whole number in the lowest bits
SMALLEST_EXPONENT = -700.0
LEAST = 1e-300  # probabilities are not taken to be smaller: 37 latent sds from the nearest threshold
TAYLOR = tuple(1.0 / math.factorial(k) for k in range(14))
MANTISSA = (1 << 52) - 1
ONE_BITS = 1023 << 52
ROOT_HALF_BITS = 0x3FE6A09E667F3BCD

# Without "reassoc": rounding by adding and subtracting a large number would be simplified away.
exact = compiled(error_model="numpy", fastmath={"contract"}, forceinline=True)


def _mills_polynomial() -> tuple[float, ...]:
    """Coefficients of (x + c) R(x) in t = (x - c) / (x + c), constant term first."""
    nodes = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    last = (FARTHEST - CENTRE) / (FARTHEST + CENTRE)
    t = -1.0 + (nodes + 1.0) * (last + 1.0) / 2.0
    x = CENTRE * (1.0 + t) / (1.0 - t)
    values = (x + CENTRE) * ROOT_HALF_PI * erfcx(x / math.sqrt(2.0))
    fitted = np.polynomial.Chebyshev.fit(t, values, DEGREE, domain=[-1.0, 1.0])
    return tuple(float(c) for c in fitted.convert(kind=np.polynomial.Polynomial).coef)


MILLS = _mills_polynomial()


@intrinsic
def bits_of(typing_context, x):
    """The 64 bits of a float as a whole number."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def float_of(typing_context, bits):
    """The float with these 64 bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@exact
def exponential(x):
    """exp(x) for -700 <= x <= 700 to 1e-15 relative."""
    shifted = x * LOG2E + ROUND
    k = shifted - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    value = TAYLOR[13]
    for j in range(12, -1, -1):
        value = value * r + TAYLOR[j]
    return value * float_of((bits_of(shifted) + 1023) << 52)


@exact
def exponential_less_one(x):
    """exp(x) - 1 for -700 <= x <= 700 to 1e-15 relative, also where it is small."""
    shifted = x * LOG2E + ROUND
    k = shifted - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    value = TAYLOR[13]
    for j in range(12, 0, -1):
        value = value * r + TAYLOR[j]
    power = float_of((bits_of(shifted) + 1023) << 52)
    return power * (value * r) + (power - 1.0)


@exact
def logarithm(x):
    """log x of a positive normal number to 1e-15: of its exponent and of a number between sqrt(1/2) and sqrt 2."""
    bits = bits_of(x)
    k = (bits - ROOT_HALF_BITS) >> 52
    m = float_of(bits - (k << 52))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    value = 1.0 / 23.0
    for j in range(21, 0, -2):
        value = value * z + 1.0 / j
    return k * LN2_HIGH + (2.0 * s * value + k * LN2_LOW)


@exact
def density_and_tail(x):
    """phi(x) and Q(|x|) = 1 - Phi(|x|), each to 1e-14 relative, from one exponential."""
    a = min(abs(x), FARTHEST - 1.0)
    density = DENSITY_AT_ZERO * exponential(max(-0.5 * a * a, SMALLEST_EXPONENT))
    inverse = 1.0 / (a + CENTRE)
    t = (a - CENTRE) * inverse
    value = MILLS[DEGREE]
    for j in range(DEGREE - 1, -1, -1):
        value = value * t + MILLS[j]
    return density, density * value * inverse


@kernel
def sum_of_logs(p, size):
    """Sum of log p over the first ``size`` (at most 500) numbers of an array, all positive."""
    product, exponents = 1.0, 0
    for i in range(size):
        bits = bits_of(np.float64(p[i]))  # numbers may have 32 bits
        exponents += (bits >> 52) - 1023
        product *= float_of((bits & MANTISSA) | ONE_BITS)
    return math.log(product) + exponents * LN2


@kernel
def log_of(size, unweighted, weight, p):
    """Sum of weight log P of a chunk."""
    if unweighted:
        return sum_of_logs(p, size)
    total = 0.0
    for i in range(size):
        total += weight[i] * math.log(np.float64(p[i]))
    return total
