"""Draws of a PyMC graph by nutpie or by PyMC, as a posterior in the units of the data."""

from typing import TYPE_CHECKING, Any

import numpy as np

from pluralstats.errors import ConfigError, nearest
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design

if TYPE_CHECKING:
    import pymc as pm  # seconds to load: only where a graph is wanted

SAMPLERS = ("nutpie", "pymc")
STATS = {  # ours -> nutpie's, PyMC's
    "lp": ("logp", "lp"),
    "acceptance_rate": ("mean_tree_accept", "acceptance_rate"),
    "energy_error": ("energy_error", "energy_error"),
    "diverging": ("diverging", "diverging"),
    "n_steps": ("n_steps", "n_steps"),
    "tree_depth": ("depth", "tree_depth"),
}


def import_pymc() -> Any:
    """PyMC, loaded on first use because it takes seconds.

    Raises
    ------
    ConfigError
        It is not installed.
    """
    try:
        import pymc  # seconds to load: only where a graph is wanted
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"PyMC models need the package '{error.name}', which is not installed: pip install pymc nutpie. "
            "The other methods of `ps.fit` do without."
        ) from error
    return pymc


def needed_variables(design: Design) -> dict[str, tuple[int, ...]]:
    """Variable -> shape of all that a graph must have for its draws to become a Fit, in the units of the data."""
    design = design.estimated
    gaussian, p, terms = design.family.has_residual, len(design.fixed.names), len(design.groupings)
    shapes: dict[str, tuple[int, ...]] = {"residual_sd": ()} if gaussian else {"threshold": (len(design.boundaries),)}
    if p:
        shapes["coefficient"] = (p,)
    if terms:
        shapes["sd"] = (terms,)
    if design.correlations:
        shapes["correlation"] = (len(design.correlations),)
    return shapes | {f"r_{g.name}": (g.size,) for g in design.groupings}


def sample_graph(
    model: "pm.Model",
    design: Design,
    *,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    cores: int | None = None,
    sampler: str = "nutpie",
) -> DrawnPosterior:
    """Sample a graph that has the ``needed_variables`` of a design.

    Parameters
    ----------
    draws : int
        In all, shared evenly by the chains.
    tune : int
        Warm-up transitions of each chain.
    sampler : {"nutpie", "pymc"}

    Raises
    ------
    ConfigError
        An unknown sampler, or its package is not installed.
    KeyboardInterrupt
        When interrupted before every chain had a draw; later, the finished draws are returned, marked incomplete.
    """
    if sampler not in SAMPLERS:
        raise ConfigError(f"`sampler` is one of {', '.join(SAMPLERS)}; found '{sampler}'.{nearest(sampler, SAMPLERS)}")
    per_chain, run = -(-draws // chains), {"nutpie": _by_nutpie, "pymc": _by_pymc}[sampler]
    tree = run(model, list(needed_variables(design)), per_chain, tune, chains, seed, cores)
    stats = tree["sample_stats"]
    found = {ours: stats[names[SAMPLERS.index(sampler)]].to_numpy() for ours, names in STATS.items()}
    finished = np.isfinite(found["lp"]).all(axis=0)  # nutpie fills up with missing values, PyMC drops what is unequal
    done, complete = int(finished.sum()), finished.size == per_chain and len(found["lp"]) == chains
    if done == 0:
        raise KeyboardInterrupt
    found, chains = {name: values[:, :done] for name, values in found.items()}, len(found["lp"])
    variables = {name: values.to_numpy()[:, :done] for name, values in tree["posterior"].data_vars.items()}
    return DrawnPosterior(_samples(variables, design, chains * done), chains, found, complete and done == per_chain)


def _samples(variables: dict[str, np.ndarray], design: Design, n: int) -> Samples:
    """Variables (chains, draws, ...) as Samples, chain after chain."""
    stacked = {name: values.reshape(n, *values.shape[2:]) for name, values in variables.items()}
    none = np.empty((n, 0))
    return Samples(
        stacked.get("threshold", none),
        stacked.get("coefficient", none),
        stacked.get("sd", none),
        stacked.get("residual_sd"),
        tuple(stacked[f"r_{g.name}"] for g in design.estimated.groupings),
        stacked.get("correlation", none),
    )


def _by_nutpie(
    model: "pm.Model", names: list[str], draws: int, tune: int, chains: int, seed: int, cores: int | None
) -> Any:
    try:
        import nutpie  # with numba it takes seconds to load
    except ModuleNotFoundError as error:
        raise ConfigError("The sampler nutpie is not installed: pip install nutpie. Or use sampler='pymc'.") from error
    return nutpie.sample(
        nutpie.compile_pymc_model(model, var_names=names),
        draws=draws,
        tune=tune,
        chains=chains,
        cores=cores,
        seed=seed,
        progress_bar=False,
        save_warmup=False,
    )


def _by_pymc(
    model: "pm.Model", names: list[str], draws: int, tune: int, chains: int, seed: int, cores: int | None
) -> Any:
    return import_pymc().sample(
        draws,
        tune=tune,
        chains=chains,
        cores=cores,
        random_seed=seed,
        nuts_sampler="pymc",
        var_names=names,
        model=model,
        compute_convergence_checks=False,
        progressbar=False,
        quiet=True,
    )
