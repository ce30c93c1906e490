"""Hamiltonian Monte Carlo for a posterior that is nearly standard normal: exact rotations with small kicks.

With U = z'z / 2 + V the first part, of which there is most, is solved exactly: (z, p) turns by an angle. Only V, what
the Laplace approximation missed, is integrated numerically (Strang splitting: half a kick by the gradient of V, a
rotation, half a kick; Shahbaba, Lan, Johnson & Neal 2014, Statist. Comput. 24, 339-349; Beskos et al. 2011, Stoch.
Process. Appl. 121, 2201-2230). A quarter turn makes a draw independent of the one before, and two or three kicks
do for it where leapfrog steps of a No-U-Turn sampler need fifteen gradients.
"""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.kernels.rows import jit
from pluralstats.inference.marginal.priors import PriorNumbers
from pluralstats.inference.sampling.affine_map import Whitening
from pluralstats.inference.sampling.density import Rows, whitened_density

TURN = 0.6 * math.pi  # beyond a quarter draws alternate a little, which sharpens means and costs tails nothing
JITTER = 0.25  # a turn is this share shorter or longer, at random, so that no direction returns to where it was
DIVERGENT = 1000.0  # energy error


class ChainState(NamedTuple):
    """Where a chain is: z (D,), the gradient of the log density there (D,), and the log density in one entry (1,)."""

    z: np.ndarray
    gradient: np.ndarray
    log_density: np.ndarray


class Trace(NamedTuple):
    """What a chain leaves of m kept draws: ``z`` (m, D), ``log_density`` (m,), and of the transitions to each draw
    their mean ``acceptance`` probability and largest energy ``error`` (m,)."""

    z: np.ndarray
    acceptance: np.ndarray
    log_density: np.ndarray
    error: np.ndarray


@jit
def _turn(rows, priors, map_, z, gradient, p, angle, kicks):
    """Moves (z, p) along the dynamics in place; the log density where it ends."""
    c, s = math.cos(angle), math.sin(angle)
    value = 0.0
    for i in range(z.size):
        p[i] += 0.5 * angle * (gradient[i] + z[i])
    for k in range(kicks):
        for i in range(z.size):
            z[i], p[i] = c * z[i] + s * p[i], c * p[i] - s * z[i]
        value = whitened_density(rows, priors, map_, z, gradient)
        share = 0.5 * angle if k == kicks - 1 else angle
        for i in range(z.size):
            p[i] += share * (gradient[i] + z[i])
    return value


@jit
def run_chain(rows, priors, map_, state, noise, uniform, kicks, thin, trace):
    """Transitions of one chain, every ``thin``-th kept; the state is left at the last one.

    Parameters
    ----------
    noise : (m * thin, D) standard normal momenta
    uniform : (m * thin, 2) for the length of the turn and for acceptance
    kicks : gradients to a transition
    trace : Trace of m entries, filled
    """
    size = state.z.size
    z, gradient, p = np.empty(size), np.empty(size), np.empty(size)
    for m in range(noise.shape[0]):
        z[:] = state.z
        gradient[:] = state.gradient
        p[:] = noise[m]
        before = 0.0
        for i in range(size):
            before += p[i] * p[i]
        angle = TURN * (1.0 + JITTER * (2.0 * uniform[m, 0] - 1.0)) / kicks
        value = _turn(rows, priors, map_, z, gradient, p, angle, kicks)
        after = 0.0
        for i in range(size):
            after += p[i] * p[i]
        error = 0.5 * (after - before) - (value - state.log_density[0])
        chance = math.exp(-max(error, 0.0)) if error < math.inf else 0.0  # nan is not below infinity
        if uniform[m, 1] < chance:
            state.z[:] = z
            state.gradient[:] = gradient
            state.log_density[0] = value
        kept = m // thin
        first = m % thin == 0
        trace.acceptance[kept] = chance / thin + (0.0 if first else trace.acceptance[kept])
        worst = abs(error) if abs(error) < math.inf else math.inf
        trace.error[kept] = worst if first else max(worst, trace.error[kept])
        if (m + 1) % thin == 0:
            trace.z[kept] = state.z
            trace.log_density[kept] = state.log_density[0]


def new_trace(m: int, size: int) -> Trace:
    """Room for m kept transitions."""
    return Trace(np.empty((m, size)), np.empty(m), np.empty(m), np.empty(m))


def new_state(rows: Rows, priors: PriorNumbers, map_: Whitening, z: np.ndarray) -> ChainState:
    """A chain that starts at z (D,)."""
    gradient = np.empty(z.size)
    value = whitened_density(rows, priors, map_, z, gradient)
    return ChainState(z.copy(), gradient, np.array([value]))
