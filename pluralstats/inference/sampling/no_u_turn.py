"""The same whitened posterior sampled by nutpie's No-U-Turn sampler: an independent check, and for hard geometries."""

import sys
from typing import Any

import numpy as np

from pluralstats.inference.large.solver import AUTO, Solver
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.sampling.density import whitened_density
from pluralstats.inference.sampling.exact import Target, collect, expand, make_target, new_store
from pluralstats.inference.sampling.options import Sampler
from pluralstats.model.design import Design
from pluralstats.model.priors import Priors

ACCEPT = 0.8
DOUBLE = np.dtype("float64")


def sample_no_u_turn(
    design: Design,
    priors: Priors,
    draws: int,
    seed: int,
    sampler: Sampler,
    raters: np.ndarray | None = None,
    solver: Solver = AUTO,
) -> DrawnPosterior:
    """Draws by nutpie (Seyboldt et al.) through its interface for Python functions.

    Parameters and errors are those of ``sample_rotations``.
    """
    import nutpie  # a second and 60 MB, which only this method needs

    target = make_target(design, priors, sampler, raters, solver)
    n = -(-draws // sampler.chains)
    tree = nutpie.sample(
        _compiled(target),
        draws=n,
        tune=sampler.warmup,
        chains=sampler.chains,
        cores=sampler.at_once,
        seed=seed,
        target_accept=ACCEPT,
        progress_bar=sys.stderr.isatty(),
        save_warmup=False,
    )
    z, stats = tree["posterior"]["z"].to_numpy(), tree["sample_stats"]
    done = int(np.isfinite(z).all(axis=(0, 2)).sum())
    store = new_store(target, sampler.chains, done, sampler.single_precision)
    for c in range(sampler.chains):
        expand(target.rows, target.map_, np.ascontiguousarray(z[c, :done]), store.x[c], store.effects[c])
    names = {"lp": "logp", "acceptance_rate": "mean_tree_accept", "energy_error": "energy_error"}
    names |= {"diverging": "diverging", "n_steps": "n_steps"}
    for ours, theirs in names.items():
        store.stats[ours][:] = stats[theirs].to_numpy()[:, :done]
    store.stats["tree_depth"] = stats["depth"].to_numpy()[:, :done]
    return collect(target, store, done, done == n, 1)


def _compiled(target: Target) -> Any:
    from nutpie.compiled_pyfunc import from_pyfunc  # a second to load, for this method only

    size = target.map_.x.size + target.map_.w.size

    def make_density() -> Any:
        def density(z: np.ndarray) -> tuple[float, np.ndarray]:
            gradient = np.empty(size)
            return whitened_density(target.rows, target.priors, target.map_, z, gradient), gradient

        return density

    def make_expand(seed1: int, seed2: int, chain: int) -> Any:
        return lambda z: {"z": z}

    def start(seed: int) -> np.ndarray:
        return np.random.default_rng(seed).standard_normal(size)

    return from_pyfunc(size, make_density, make_expand, [DOUBLE], [(size,)], ["z"], make_initial_point_fn=start)
