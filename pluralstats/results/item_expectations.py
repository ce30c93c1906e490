"""Cumulative averages over raters for every single item, one posterior draw at a time.

For one draw let K(c) be the probability that the latent residual plus the effect of a new rater is below c. Raters'
profiles r with linear predictors l_r and shares w_r, thresholds tau_k with gaps g_k between the ratings they separate,
give an item whose effect is o

    H(o) = sum_k g_k sum_r w_r K(tau_k - l_r - o)        and the expected rating is the highest one less H(o).

K is smooth on the scale of the residual. All tau_k - l_r lie on one line, so that each is spread over the six nearest
nodes of a regular grid, an eighth of the scale apart, with the weights of Lagrange's interpolation; H on the nodes is
then a convolution with K, known at multiples of the step, and an item between nodes is interpolated from six of them.
Both steps are wrong by 0.005 step^6 K^(6), less than 1e-7. A draw costs (profiles x thresholds + items) x 6 and a small
convolution, never profiles x items.
"""

import math

import numpy as np

from pluralstats.inference.kernels.rows import PROBIT, jit
from pluralstats.results.averaging.averages import one_by_one
from pluralstats.results.averaging.smooth_tables import SATURATED

STEPS = 8  # nodes to a unit of scale
REACH = int(SATURATED) * STEPS  # nodes on either side beyond which K is 0 or 1 to the last digit
MOST_NODES = 4_000  # that points and items may span: 500 units of scale, beyond which a draw has no meaning


@jit
def six_weights(t, out):
    """Lagrange's weights of nodes -2, -1, 0, 1, 2, 3 for a point t in [0, 1)."""
    a, b, c, d, e, f = t + 2.0, t + 1.0, t, t - 1.0, t - 2.0, t - 3.0
    out[0] = -b * c * d * e * f / 120.0
    out[1] = a * c * d * e * f / 24.0
    out[2] = -a * b * d * e * f / 12.0
    out[3] = a * b * c * e * f / 12.0
    out[4] = -a * b * c * d * f / 24.0
    out[5] = a * b * c * d * e / 120.0


@jit
def _spread(tau, gaps, linear, share, step, first, nodes):
    """Points tau_k - l_r with weights g_k w_r onto nodes first, first + 1, ... of a grid."""
    six = np.empty(6)
    for r in range(linear.size):
        for k in range(tau.size):
            position = (tau[k] - linear[r]) / step
            below = math.floor(position)
            six_weights(position - below, six)
            start = below - 2 - first
            for m in range(6):
                nodes[start + m] += gaps[k] * share[r] * six[m]


@jit
def _convolve(nodes, distance, kernel, table):
    """table[i] = sum over nodes m of nodes[m] K[(distance + m - i) step]; K is 0 or 1 beyond the kernel."""
    middle = kernel.size // 2
    for i in range(table.size):
        total = 0.0
        for m in range(nodes.size):
            at = distance + m - i + middle
            if at >= kernel.size:
                total += nodes[m]
            elif at >= 0:
                total += nodes[m] * kernel[at]
        table[i] = total


@jit
def _interpolate(table, first, step, offsets, out):
    six = np.empty(6)
    for j in range(offsets.size):
        position = offsets[j] / step
        below = math.floor(position)
        six_weights(position - below, six)
        start = below - 2 - first
        total = 0.0
        for m in range(6):
            total += six[m] * table[start + m]
        out[j] += total


@jit
def _first_and_size(low, high, step):
    """The first node and the number of nodes that six-point interpolation between low and high needs."""
    first = math.floor(low / step) - 2
    return first, math.floor(high / step) + 4 - first


@jit
def add_below(tau, gaps, linear, share, offsets, kernel, step, out):
    """Add H of every item and draw to ``out`` (S, J).

    Parameters
    ----------
    tau : (S, K - 1) thresholds
    gaps : (K - 1,) differences of neighbouring ratings
    linear, share : (S, R) linear predictors of profiles, (R,) their shares
    offsets : (S, J) items' effects
    kernel : (S, 2 REACH + 1) K at multiples of the step, its middle at 0
    step : (S,)
    """
    for s in range(tau.shape[0]):
        first, size = _first_and_size(tau[s, 0] - linear[s].max(), tau[s, -1] - linear[s].min(), step[s])
        nodes = np.zeros(size)
        _spread(tau[s], gaps, linear[s], share, step[s], first, nodes)
        first_item, size = _first_and_size(offsets[s].min(), offsets[s].max(), step[s])
        table = np.empty(size)
        _convolve(nodes, first - first_item, kernel[s], table)
        _interpolate(table, first_item, step[s], offsets[s], out[s])


def grid_steps(link: int, sd_new: np.ndarray, span: np.ndarray) -> np.ndarray:
    """(S,) steps of the grid, for sds (S,) of new raters and the latent distance (S,) that it has to cover."""
    scale = np.sqrt(1.0 + sd_new**2) if link == PROBIT else np.maximum(1.0, sd_new)
    return np.maximum(scale / STEPS, span / MOST_NODES)


def step_cumulative(link: int, sd_new: np.ndarray, step: np.ndarray) -> np.ndarray:
    """(S, 2 REACH + 1) K at multiples of the step, in closed form (probit) or by quadrature over new raters (logit)."""
    linear = -step[:, None] * np.arange(REACH + 1)
    above = one_by_one(link, np.zeros((len(step), 1)), linear, sd_new)[:, :, 0]
    return np.concatenate([1.0 - above[:, :0:-1], above], axis=1)  # both distributions are symmetric
