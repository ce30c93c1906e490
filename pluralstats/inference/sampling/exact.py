"""Draws from the exact posterior: standardise, find the mode, whiten, sample, put back (METHODS section 2)."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.roots import pairs_of, roots_at, sampled_correlations
from pluralstats.inference.laplace.empirical import find_empirical
from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.marginal.priors import PriorNumbers, prior_numbers
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples, in_data_units
from pluralstats.inference.sampling.affine_map import Whitening, copy_into, position
from pluralstats.inference.sampling.chains import DIVERGENT, Chains, Tick, Trace, start_chains
from pluralstats.inference.sampling.density import Rows, effect_scales, scaled_effects
from pluralstats.inference.sampling.nests import unnest
from pluralstats.inference.sampling.options import Sampler
from pluralstats.inference.sampling.root_entries import from_entries
from pluralstats.inference.sampling.turns import allowed
from pluralstats.inference.sampling.weighted import DrawMap, draw_map
from pluralstats.inference.sampling.whitening import kernel_rows, whitening
from pluralstats.inference.standard.designs import Standardised, standardise
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors, resolve_priors
from pluralstats.model.step_places import steps_at
from pluralstats.storage.compiled import kernel

ENOUGH = 400  # effective draws of every quantity below which chains run on
SINGLE_FROM = 10_000  # ratings; fewer cost little beside everything else
MOST_RESTARTS = 3  # with twice the kicks each


class Target(NamedTuple):
    """What is sampled: the standardised design with the way back, kernels' rows, priors and the map from z.

    ``sandwich`` is what draws of ratings with design weights go through, None without them.
    """

    made: Standardised
    rows: Rows
    priors: PriorNumbers
    map_: Whitening
    sandwich: DrawMap | None


@dataclass
class Store:
    """Room for the draws of all chains: ``x`` (chains, n, P), ``effects`` (chains, n, q), every stat (chains, n)."""

    x: np.ndarray
    effects: np.ndarray
    stats: dict[str, np.ndarray]

    def keep(self, rows: Rows, map_: Whitening, kicks: int, offset: int, c: int, first: int, trace: Trace) -> None:
        """Write a block of draws of chain c, back in parameters and random effects."""
        block = slice(offset + first, offset + first + len(trace.z))
        expand(rows, map_, trace.z, self.x[c, block], self.effects[c, block])
        self.stats["lp"][c, block] = trace.log_density
        self.stats["acceptance_rate"][c, block] = trace.acceptance
        self.stats["energy_error"][c, block] = trace.error
        self.stats["diverging"][c, block] = np.abs(trace.error) > DIVERGENT
        self.stats["n_steps"][c, block] = kicks

    def thin(self) -> int:
        """Keep every second draw; the number of draws left."""
        left = self.x.shape[1] // 2
        for values in (self.x, self.effects, *self.stats.values()):
            values[:, :left] = values[:, 1 : 2 * left : 2]
        return left


STATS = {"lp": float, "acceptance_rate": float, "energy_error": float, "diverging": bool, "n_steps": int}


@kernel
def expand(rows, map_, z, x, effects):
    """Fills parameters x (m, P) and random effects on the latent scale (m, q) from z (m, P + q)."""
    terms = rows.offsets.size - 1
    w, root, at = np.empty(effects.shape[1]), np.empty((terms, terms)), np.empty(x.shape[1])
    scale = np.empty((terms, terms))
    for m in range(z.shape[0]):
        position(map_, z[m], at, w)
        from_entries(rows, at)
        unnest(map_, rows.offsets, at, w)
        effect_scales(rows, map_, at, root, scale)
        copy_into(x[m], at)
        scaled_effects(rows, scale, w, effects[m])


def make_target(
    design: Design,
    priors: Priors,
    sampler: Sampler,
    raters: np.ndarray | None = None,
    solver: Solver = AUTO,
    *,
    single: bool = False,
) -> Target:
    """The posterior of a design in nearly standard normal coordinates.

    ``raters`` as in ``fit_design``, ``single`` as in ``kernel_rows``.

    Raises
    ------
    ConfigError
        Priors or centring name what the formula does not have.
    FitError
        No mode was found.
    """
    design = design.estimated
    made = standardise(design)
    numbers = prior_numbers(resolve_priors(priors, design), design)
    at = find_empirical(made.design, numbers, solver)
    spread = None if raters is None else draw_map(at, made.design, raters)
    rows = kernel_rows(made.design, single=single)
    return Target(made, rows, numbers, whitening(at, made.design, sampler.centring), spread)


def new_store(target: Target, chains: int, n: int, single_precision: bool) -> Store:
    """Empty room for n draws of each chain."""
    effects = np.empty((chains, n, target.map_.w.size), np.float32 if single_precision else np.float64)
    stats: dict[str, np.ndarray] = {name: np.zeros((chains, n), kind) for name, kind in STATS.items()}
    return Store(np.empty((chains, n, target.map_.x.size)), effects, stats)


def sample_rotations(
    design: Design,
    priors: Priors,
    draws: int,
    seed: int,
    sampler: Sampler,
    raters: np.ndarray | None = None,
    tick: Tick = lambda transitions: None,
    solver: Solver = AUTO,
) -> DrawnPosterior:
    """Draws by Hamiltonian Monte Carlo with exact rotations; see ``rotations``.

    Parameters
    ----------
    draws : int
        In all, shared evenly by the chains.
    raters : (n,), optional
        Codes of the raters of the rows where design weights differ; uncertainty is then by the sandwich.
    tick : function, optional
        Called from the chains' threads with the number of transitions made since the last call.

    Raises
    ------
    KeyboardInterrupt
        When interrupted before every chain had a draw; later, the finished draws are returned, marked incomplete.
    """
    target = make_target(design, priors, sampler, raters, solver, single=design.n >= SINGLE_FROM)
    n = -(-draws // sampler.chains)
    chains = start_chains(target.rows, target.priors, target.map_, sampler.chains, sampler.at_once, seed, tick)
    if not chains.warm_up(sampler.warmup):
        raise KeyboardInterrupt
    store, thin = new_store(target, sampler.chains, n, sampler.single_precision), 1
    done = _without_divergences(chains, store, n)
    posterior = collect(target, store, done, done == n and not chains.interrupted, thin)
    while posterior.complete and thin < sampler.most_thinning and n >= 4 and not _good_enough(posterior):
        thin *= 2
        left = store.thin()
        if store.stats["diverging"][:, :left].any():
            chains.kicks = allowed(2 * chains.kicks)
        done = left + _run(chains, store, left, n - left, thin)
        posterior = collect(target, store, done, done == n and not chains.interrupted, thin)
    return posterior


def _without_divergences(chains: Chains, store: Store, n: int) -> int:
    """Draws n of each chain, once more with twice the kicks while any transition diverges; the draws finished."""
    for _ in range(MOST_RESTARTS):
        done = _run(chains, store, 0, n, 1)
        if done < n or chains.interrupted or not store.stats["diverging"].any():
            return done
        chains.kicks = allowed(2 * chains.kicks)
    return _run(chains, store, 0, n, 1)


def _good_enough(posterior: DrawnPosterior) -> bool:
    """Whether every parameter and random effect has enough effective draws and chains that agree."""
    found, total = posterior.judged, len(posterior.samples.sd)
    enough, highest = min(ENOUGH, 0.2 * total), posterior.highest_r_hat
    return not any(
        (np.fmin(at.ess_bulk, at.ess_tail) < enough).any() or (at.r_hat > highest).any()
        for at in (found.parameter_convergence, found.effect_convergence)
    )


def _run(chains: Chains, store: Store, offset: int, n: int, thin: int) -> int:
    def keep(c: int, first: int, trace: Trace) -> None:
        store.keep(chains.rows, chains.map_, chains.kicks * thin, offset, c, first, trace)

    return chains.run(n, thin, keep)


def collect(target: Target, store: Store, done: int, complete: bool, thin: int) -> DrawnPosterior:
    """The first ``done`` draws of every chain, in the units of the data; an interrupt goes on if there are none."""
    if done == 0:
        raise KeyboardInterrupt
    chains = len(store.x)
    x, made = store.x[:, :done].reshape(chains * done, -1), target.made
    effects = store.effects[:, :done].reshape(chains * done, -1)
    stats = {name: values[:, :done].copy() for name, values in store.stats.items()}
    spread = target.sandwich
    if spread is not None:
        x, effects = spread(x, effects)
    at = standard_samples(made.design, x, effects)
    standard = DrawnPosterior(at, chains, stats, complete, thin) if made.units.moves else None
    changed = None if spread is None else spread.design_effects
    return DrawnPosterior(
        of_data(made, x, at), chains, stats, complete, thin, standard=standard, design_effects=changed
    )


def standard_samples(design: Design, x: np.ndarray, effects: np.ndarray) -> Samples:
    """Samples in standard units from parameters x (S, P) of the standardised design and stacked effects (S, q)."""
    gaussian, offsets, p = design.family.has_residual, design.offsets, design.fixed.X.shape[1]
    k = design.n_thresholds
    pairs = pairs_of(design)
    terms = tuple(effects[:, low:high] for low, high in pairwise(offsets))
    first_w = k + p + len(terms)
    correlation = sampled_correlations(x[:, first_w : first_w + pairs.row.size], pairs)
    residual = np.exp(x[:, -1]) if gaussian else None
    return Samples(
        design.thresholds.values(x[:, :k]),
        steps_at(design.fixed.monotone).coefficients(x[:, k : k + p]),
        np.exp(x[:, k + p : first_w]),
        residual,
        terms,
        correlation,
    )


def of_data(made: Standardised, x: np.ndarray, at: Samples) -> Samples:
    """Samples in the units of the data, ``at`` those in standard units that x (S, P) are the parameters of."""
    pairs, first = pairs_of(made.design), at.threshold.shape[1] + at.coefficient.shape[1]
    scales = x[:, first : first + at.sd.shape[1] + pairs.row.size]
    root = roots_at(scales, pairs) if made.units.moves_effects else np.empty(0)
    return in_data_units(made.units, at, root, pairs)
