"""Row kernel of fitted moments: what one posterior draw expects of every rating, summed over ratings."""

import math

from pluralstats.inference.kernels.rows import PROBIT, ROOT_HALF, jit


@jit
def fitted_moments(link, tau, points, fixed, cell, effect, index, multiplier, weight, out):
    """Weighted sums over ratings of E[y], E[y]^2 and Var(y) of one draw into out (3,).

    Parameters
    ----------
    tau : (K - 1,) thresholds
    points : (K,) rating points of the categories
    fixed : (n_cells,) fixed part; ``cell`` (n,)
    effect : (q,) stacked random effects; ``index`` (n, T); ``multiplier`` (n_cells, T)
    """
    out[:] = 0.0
    for i in range(cell.size):
        eta = fixed[cell[i]]
        for t in range(index.shape[1]):
            eta += effect[index[i, t]] * multiplier[cell[i], t]
        mean, square = points[0], points[0] * points[0]
        for k in range(tau.size):
            x = tau[k] - eta
            above = 0.5 * math.erfc(x * ROOT_HALF) if link == PROBIT else 1.0 / (1.0 + math.exp(x))
            mean += above * (points[k + 1] - points[k])
            square += above * (points[k + 1] * points[k + 1] - points[k] * points[k])
        out[0] += weight[i] * mean
        out[1] += weight[i] * mean * mean
        out[2] += weight[i] * max(square - mean * mean, 0.0)
