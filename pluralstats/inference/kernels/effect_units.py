"""Log-likelihoods of units with several random effects to be integrated at once, in many draws.

With the prior of v the ratings of a level have a mode and a curvature H = R R' in each draw. With w = v_mode + R'^-1 z
the integral over v is that of exp(log density(w) + z'z / 2) over z ~ N(0, I), divided by det R: a mean over nodes z
(importance sampling from Laplace's approximation; Kuk 1999, J. Stat. Comput. Simul. 63, 57-74). It is exact where the
density is normal, so that gaussian ratings need no nodes.
"""

import math

import numpy as np

from pluralstats.inference.kernels.effect_modes import Effects, add_row, effects_at, find_modes, log_density
from pluralstats.inference.kernels.part_rows import PartRows, chunk_of_draws
from pluralstats.inference.kernels.pointwise import CHUNK, HALF_LOG_2PI
from pluralstats.inference.kernels.roots_of_draws import factor, linked_effects, solve, solve_transposed, to_standard
from pluralstats.model.families.vector_math import SMALLEST_EXPONENT, exponential
from pluralstats.storage.compiled import kernel


@kernel
def _integrated(family, each, rows, at, g, nodes, log_weights, reach, mirror, out):
    """Adds to out (D,) the log of the integral over the effects of one level."""
    size, Q, k = out.size, log_weights.size, at.size[g]
    linked = linked_effects(at, each, g)
    v, R, z, u = np.zeros((k, size)), np.empty((k, k, size)), np.empty((k, size)), np.empty((k, size))
    terms, largest, total = np.empty((Q, size)), np.full(size, -math.inf), np.zeros(size)
    find_modes(family, each, rows, at, g, linked, v, R)
    normal = 0.0  # what the nodes make of a normal density, which is 1
    for q in range(Q):
        square = 0.0
        for a in range(k):
            square += nodes[q, a] * nodes[q, a]
            for s in range(size):
                z[a, s] = reach * nodes[q, a] * mirror[a, s]
        normal += math.exp(log_weights[q] + 0.5 * (1.0 - reach * reach) * square)
        solve_transposed(R, linked, z)
        z += v
        effects_at(at, g, z, u)
        log_density(family, each, rows, at, u, z, terms[q])
        for s in range(size):
            terms[q, s] += log_weights[q] + 0.5 * square
            largest[s] = max(largest[s], terms[q, s])
    for q in range(Q):
        for s in range(size):
            total[s] += exponential(max(terms[q, s] - largest[s], SMALLEST_EXPONENT))
    for s in range(size):
        out[s] += largest[s] + math.log(total[s] / normal)
    for a in range(k):
        for s in range(size):
            out[s] -= math.log(R[a, a, s])


@kernel
def _effects_of_chunk(at, first, last):
    root = at.root[:, :, :, first:last].copy()
    return Effects(at.place, at.multiplier, at.part, at.size, at.piece_start, at.block, at.width, root)


@kernel
def _rows_of_chunk(rows, first, last):
    if rows.m.shape[0] > 1:
        return chunk_of_draws(rows, first, last)
    tau, centre, m = rows.tau[:, first:last].copy(), rows.centre[:, first:last].copy(), rows.m[:, :, first:last].copy()
    return PartRows(rows.y, rows.weight, rows.cuts, rows.group, tau, centre, m)


@kernel
def effect_units(family, rows, effects, level_start, unit_start, nodes, log_weights, reach, mirror, out):
    """Fills out (U, D) with the log-likelihood of each unit in each draw.

    Parameters
    ----------
    family : ``Addresses``
    rows : ``PartRows``, m (1, R, D) of a model without parts
    effects : ``Effects``
    level_start, unit_start : (L + 1,) first row of each level, (U + 1,) first level of each unit
    nodes, log_weights : (Q, k) and (Q,) for a mean over N(0, I)
    reach : by which nodes are moved out, as tails are longer than those of the normal density
    mirror : (k, D) 1 or -1, by which the nodes of a draw are multiplied: errors of draws are not the same
    """
    for first in range(0, out.shape[1], CHUNK):
        last = min(first + CHUNK, out.shape[1])
        part, at = _rows_of_chunk(rows, first, last), _effects_of_chunk(effects, first, last)
        sign = mirror[:, first:last]
        sum_of_levels = np.empty(last - first)
        for u in range(unit_start.size - 1):
            sum_of_levels[:] = 0.0
            for g in range(unit_start[u], unit_start[u + 1]):
                each = range(level_start[g], level_start[g + 1])
                _integrated(family, each, part, at, g, nodes, log_weights, reach, sign, sum_of_levels)
            out[u, first:last] = sum_of_levels


@kernel
def _gaussian_level(y, weight, sigma, eta, each, at, g, out):
    """Adds to out (D,) the log density of the ratings of one level.

    With r the residuals, b = Lambda'Z'W r / sigma^2 and H = I + Lambda'Z'W Z Lambda / sigma^2 it is
    -W log(sigma sqrt(2 pi)) - (r'W r / sigma^2 - b'H^-1 b + log det H) / 2.
    """
    k, size = at.size[g], out.size
    linked = linked_effects(at, each, g)
    b, C, H, nothing = np.zeros((k, size)), np.zeros((k, k, size)), np.empty((k, k, size)), np.zeros((k, size))
    score, curvature = np.empty((1, size)), np.empty((1, size))
    for i in each:
        for s in range(size):
            curvature[0, s] = weight[i] / (sigma[s] * sigma[s])
            score[0, s] = (y[i] - eta[i, s]) * curvature[0, s]
            out[s] -= 0.5 * (y[i] - eta[i, s]) * score[0, s] + weight[i] * (math.log(sigma[s]) + HALF_LOG_2PI)
        add_row(at, i, score, curvature, b, C)
    to_standard(at, g, linked, C, b, nothing, H)
    factor(H, linked, 1.0)
    solve(H, linked, b)
    for a in range(k):
        for s in range(size):
            out[s] += 0.5 * b[a, s] * b[a, s] - math.log(H[a, a, s])


@kernel
def gaussian_effect_units(y, weight, sigma, eta, effects, level_start, unit_start, out):
    """The same for ratings y ~ N(eta + Z u, sigma^2), in closed form; ``sigma`` (D,)."""
    for first in range(0, out.shape[1], CHUNK):
        last = min(first + CHUNK, out.shape[1])
        part, at, sd = eta[:, first:last].copy(), _effects_of_chunk(effects, first, last), sigma[first:last]
        sum_of_levels = np.empty(last - first)
        for u in range(unit_start.size - 1):
            sum_of_levels[:] = 0.0
            for g in range(unit_start[u], unit_start[u + 1]):
                each = range(level_start[g], level_start[g + 1])
                _gaussian_level(y, weight, sd, part, each, at, g, sum_of_levels)
            out[u, first:last] = sum_of_levels
