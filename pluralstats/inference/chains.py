"""Chains of the rotation sampler: side by side, warmed up together, stopped without losing what is finished."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np

from pluralstats.inference.marginal.priors import PriorNumbers
from pluralstats.inference.sampling.affine_map import Whitening
from pluralstats.inference.sampling.chains import ChainState, Trace, new_state, new_trace, run_chain
from pluralstats.inference.sampling.density import Rows
from pluralstats.inference.sampling.whitening import corrected

BLOCK_NUMBERS = 1_000_000  # momenta held at once by a chain: 8 MB
LONGEST_BLOCK = 100
LISTEN = 0.2  # seconds between looks whether the user has interrupted
FEWEST_KICKS, MOST_KICKS = 2, 500
ACCEPTED = 0.9  # share of transitions from which no more kicks are added; rejected ones repeat a draw
PILOT = 20  # transitions of each chain that a number of kicks is judged by

type Tick = Callable[[int], None]  # called after a block with its number of transitions
type Keep = Callable[[int, int, Trace], None]  # chain, first draw, a block of draws


@dataclass
class Chains:
    """Chains in the coordinates of one map, which warm-up replaces by better ones.

    ``interrupted`` once somebody has pressed Ctrl-C, also where every chain had ended its block by then.
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
            trace = new_trace(size, state.z.size)
            run_chain(self.rows, self.priors, self.map_, state, noise, uniform, self.kicks, thin, trace)
            keep(c, first, trace)
            done[c] = first + size
            self.tick(size * thin)

    def warm_up(self, transitions: int) -> bool:
        """Three rounds, each of which corrects the map and finds the number of kicks; False when interrupted."""
        for share in (0.2, 0.3, 0.5):
            n = max(int(share * transitions), PILOT)
            self._find_kicks()
            found = np.empty((len(self.states), n, self.states[0].z.size))
            if self.interrupted or self.run(n, 1, partial(_keep_z, found)) < n or self.interrupted:
                return False
            self._correct(found[:, n // 3 :].reshape(-1, found.shape[2]))
        self._find_kicks()
        return not self.interrupted

    def _find_kicks(self) -> None:
        """The fewest kicks to a transition with which nine of ten are accepted, by a pilot that is not clearly below.

        A pilot of 80 transitions has a standard error of about 0.015; without that allowance one chain in ten of a
        posterior that accepts 0.92 with 4 kicks would pay for 6.
        """
        self.kicks = FEWEST_KICKS
        while self.kicks < MOST_KICKS and not self.interrupted:
            accepted = np.full((len(self.states), PILOT), np.nan)
            self.run(PILOT, 1, partial(_keep_acceptance, accepted))
            error = np.nanstd(accepted) / np.sqrt(accepted.size)
            if not np.nanmean(accepted) + error < ACCEPTED:
                return
            self.kicks = min(self.kicks + max(1, self.kicks // 2), MOST_KICKS)

    def _correct(self, z: np.ndarray) -> None:
        self.map_, moved = corrected(self.map_, z, [state.z for state in self.states])
        self.states = [new_state(self.rows, self.priors, self.map_, start) for start in moved]


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
    states = [new_state(rows, priors, map_, generator.standard_normal(size)) for generator in generators]
    return Chains(rows, priors, map_, states, generators, at_once, tick)
