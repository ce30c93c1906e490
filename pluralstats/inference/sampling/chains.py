"""Hamiltonian Monte Carlo for a posterior that is nearly standard normal: exact rotations with small kicks.

With U = z'z / 2 + V the first part, of which there is most, is solved exactly: (z, p) turns by an angle. Only V, what
the Laplace approximation missed, is integrated numerically, by kicks along its gradient between rotations (Shahbaba,
Lan, Johnson & Neal 2014, Statist. Comput. 24, 339-349; Beskos et al. 2011, Stoch. Process. Appl. 121, 2201-2230) that
come where ``turns`` says. A quarter turn makes a draw independent of the one before, and two kicks do for it where
leapfrog steps of a No-U-Turn sampler need fifteen gradients.

Chains run side by side, are warmed up together, and stop without losing what is finished.
"""

import math
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import NamedTuple

import numpy as np
from numba import types

from pluralstats.inference.marginal.priors import PriorNumbers
from pluralstats.inference.sampling.affine_map import Whitening, copy_into
from pluralstats.inference.sampling.density import Rows, whitened_density
from pluralstats.inference.sampling.turns import FEWEST_KICKS, MOST_KICKS, allowed, nodes_of
from pluralstats.inference.sampling.whitening import corrected
from pluralstats.storage.compiled import address_for, function_for, kernel

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


_density_at = function_for(types.float64)


@kernel
def _turn(address, rows, priors, map_, z, gradient, p, at, share):
    """Moves (z, p) along the dynamics in place, with kicks of size ``share`` at angles ``at`` (K + 1,); the log density
    there, which is ``whitened_density`` at ``address``."""
    density = _density_at(address, (rows, priors, map_, z, gradient))
    value = 0.0
    for i in range(z.size):
        p[i] += share[0] * (gradient[i] + z[i])
    for k in range(1, at.size):
        c, s = math.cos(at[k] - at[k - 1]), math.sin(at[k] - at[k - 1])
        for i in range(z.size):
            z[i], p[i] = c * z[i] + s * p[i], c * p[i] - s * z[i]
        value = density(rows, priors, map_, z, gradient)
        for i in range(z.size):
            p[i] += share[k] * (gradient[i] + z[i])
    return value


@kernel
def _run_chain(address, rows, priors, map_, state, noise, uniform, nodes, thin, trace):
    """Transitions of one chain, every ``thin``-th kept; the state is left at the last one.

    Parameters
    ----------
    address : of ``whitened_density``
    noise : (m * thin, D) standard normal momenta
    uniform : (m * thin,) for acceptance
    nodes : Nodes of m * thin transitions
    trace : Trace of m entries, filled
    """
    size = state.z.size
    z, gradient, p = np.empty(size), np.empty(size), np.empty(size)
    for m in range(noise.shape[0]):
        copy_into(z, state.z)
        copy_into(gradient, state.gradient)
        copy_into(p, noise[m])
        before = 0.0
        for i in range(size):
            before += p[i] * p[i]
        value = _turn(address, rows, priors, map_, z, gradient, p, nodes.at[m], nodes.share[m])
        after = 0.0
        for i in range(size):
            after += p[i] * p[i]
        error = 0.5 * (after - before) - (value - state.log_density[0])
        chance = math.exp(-max(error, 0.0)) if error < math.inf else 0.0  # nan is not below infinity
        if uniform[m] < chance:
            copy_into(state.z, z)
            copy_into(state.gradient, gradient)
            state.log_density[0] = value
        kept = m // thin
        first = m % thin == 0
        trace.acceptance[kept] = chance / thin + (0.0 if first else trace.acceptance[kept])
        worst = abs(error) if abs(error) < math.inf else math.inf
        trace.error[kept] = worst if first else max(worst, trace.error[kept])
        if (m + 1) % thin == 0:
            copy_into(trace.z[kept], state.z)
            trace.log_density[kept] = state.log_density[0]


def _new_trace(m: int, size: int) -> Trace:
    """Room for m kept transitions."""
    return Trace(np.empty((m, size)), np.empty(m), np.empty(m), np.empty(m))


def _new_state(rows: Rows, priors: PriorNumbers, map_: Whitening, z: np.ndarray) -> ChainState:
    """A chain that starts at z (D,)."""
    gradient = np.empty(z.size)
    value = whitened_density(rows, priors, map_, z, gradient)
    return ChainState(z.copy(), gradient, np.array([value]))


BLOCK_NUMBERS = 1_000_000  # momenta held at once by a chain: 8 MB
LONGEST_BLOCK = 100
LISTEN = 0.2  # seconds between looks whether the user has interrupted
ACCEPTED = 0.85  # share of transitions from which more kicks cost more than the draws that rejected ones repeat
FEW_KICKS = 3  # with which the map is right as it is
PILOT = 20  # transitions of each chain that a number of kicks is judged by

type Tick = Callable[[int], None]  # called after a block with its number of transitions
type Keep = Callable[[int, int, Trace], None]  # chain, first draw, a block of draws


@dataclass
class Chains:
    """Chains in the coordinates of one map, which warm-up replaces by better ones.

    ``interrupted`` once somebody has pressed Ctrl-C, also where every chain had ended its block by then; ``address`` of
    the density for such rows and such a map.
    """

    rows: Rows
    priors: PriorNumbers
    map_: Whitening
    states: list[ChainState]
    generators: list[np.random.Generator]
    at_once: int
    tick: Tick
    kicks: int = FEWEST_KICKS
    interrupted: bool = False
    address: int = field(init=False)

    def __post_init__(self) -> None:
        self._find_density()

    def run(self, draws: int, thin: int, keep: Keep) -> int:
        """Advance every chain; the number of draws that all of them have finished, fewer after an interrupt."""
        stop, done = Event(), [0] * len(self.states)
        with ThreadPoolExecutor(self.at_once) as pool:
            jobs = [pool.submit(self._run_one, c, draws, thin, keep, stop, done) for c in range(len(self.states))]
            try:
                while wait(jobs, timeout=LISTEN, return_when=FIRST_EXCEPTION).not_done and not _failed(jobs):
                    pass
            except KeyboardInterrupt:  # every chain ends its block, and what it has kept counts
                self.interrupted = True
            finally:
                stop.set()
        for job in jobs:
            job.result()
        return min(done)

    def _run_one(self, c: int, draws: int, thin: int, keep: Keep, stop: Event, done: list[int]) -> None:
        state, generator = self.states[c], self.generators[c]
        longest = max(1, min(LONGEST_BLOCK, BLOCK_NUMBERS // (state.z.size * thin)))
        for first in range(0, draws, longest):
            if stop.is_set():
                return
            size = min(longest, draws - first)
            noise = generator.standard_normal((size * thin, state.z.size))
            uniform = generator.random((size * thin, 2))
            trace = _new_trace(size, state.z.size)
            target = self.address, self.rows, self.priors, self.map_
            nodes = nodes_of(self.kicks, TURN * (1.0 + JITTER * (2.0 * uniform[:, 0] - 1.0)))
            _run_chain(*target, state, noise, uniform[:, 1].copy(), nodes, thin, trace)
            keep(c, first, trace)
            done[c] = first + size
            self.tick(size * thin)

    def warm_up(self, transitions: int) -> bool:
        """Find the number of kicks, and leave where chains started; False when interrupted.

        Where few kicks do, draws would correct the map of the mode by their noise: one round is enough. Otherwise
        three rounds each correct the map and find the number of kicks anew.
        """
        self._find_kicks()
        rounds = (0.2,) if self.kicks <= FEW_KICKS else (0.2, 0.3, 0.5)
        for share in rounds:
            n = max(int(share * transitions), PILOT)
            found = np.empty((len(self.states), n, self.states[0].z.size))
            if self.interrupted or self.run(n, 1, partial(_keep_z, found)) < n or self.interrupted:
                return False
            if len(rounds) > 1:
                self._correct(found[:, n // 3 :].reshape(-1, found.shape[2]))
                self._find_kicks()
        return not self.interrupted

    def _find_kicks(self) -> None:
        """The fewest kicks to a transition with which enough are accepted, by a pilot that is not clearly below.

        A pilot of 80 transitions has a standard error of about 0.015; without that allowance some chains of a posterior
        that accepts a little more than enough with 4 kicks would pay for 6. The next pilot starts at half the kicks.
        """
        self.kicks = allowed(self.kicks // 2)
        while self.kicks < MOST_KICKS and not self.interrupted:
            accepted = np.full((len(self.states), PILOT), np.nan)
            self.run(PILOT, 1, partial(_keep_acceptance, accepted))
            error = np.nanstd(accepted) / np.sqrt(accepted.size)
            if not np.nanmean(accepted) + error < ACCEPTED:
                return
            self.kicks = allowed(self.kicks + max(1, self.kicks // 2))

    def _correct(self, z: np.ndarray) -> None:
        self.map_, moved = corrected(self.map_, z, [state.z for state in self.states], self.rows.offsets)
        self.states = [_new_state(self.rows, self.priors, self.map_, start) for start in moved]
        self._find_density()

    def _find_density(self) -> None:
        """A millisecond: once for each map, not for each block of draws."""
        target, at = (self.rows, self.priors, self.map_), self.states[0]
        self.address = address_for(whitened_density, types.float64, *target, at.z, at.gradient)


def _failed(jobs: list[Future]) -> bool:
    return any(job.done() and job.exception() for job in jobs)


def _keep_z(out: np.ndarray, c: int, first: int, trace: Trace) -> None:
    out[c, first : first + len(trace.z)] = trace.z


def _keep_acceptance(out: np.ndarray, c: int, first: int, trace: Trace) -> None:
    out[c, first : first + len(trace.z)] = trace.acceptance


def start_chains(
    rows: Rows, priors: PriorNumbers, map_: Whitening, chains: int, at_once: int, seed: int, tick: Tick
) -> Chains:
    """Chains that start at independent draws of the approximate posterior."""
    generators = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(chains)]
    size = map_.x.size + map_.w.size
    states = [_new_state(rows, priors, map_, generator.standard_normal(size)) for generator in generators]
    return Chains(rows, priors, map_, states, generators, at_once, tick)
