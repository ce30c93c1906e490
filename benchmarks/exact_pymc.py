"""How the peers that are PyMC models are sampled: by nutpie or by PyMC itself, compiling timed apart."""

import argparse
import time
from typing import Any

import numpy as np
import nutpie
import pymc as pm

SAMPLERS = ("nutpie", "nutpie_low_rank", "pymc")


def sampled(
    model: pm.Model, options: argparse.Namespace, keep: list[str] | None = None
) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Draws (chains, draws, ...) by name, and what is to be reported; warm-up by its share of the gradients.

    ``keep``: names of the variables to store; the default is all.
    """
    sample = by_pymc if options.sampler == "pymc" else by_nutpie
    drawn, said = sample(model, options, keep)
    posterior = {str(name): np.asarray(values) for name, values in drawn["posterior"].data_vars.items()}
    steps, before = (float(drawn[name]["n_steps"].sum()) for name in ("sample_stats", "warmup_sample_stats"))
    said["warmup"] = float(said["sampling"]) * before / (before + steps)
    said["divergences"] = int(drawn["sample_stats"]["diverging"].sum())
    return posterior, said | {"steps": steps / (options.chains * options.draws)}


def by_nutpie(model: pm.Model, options: argparse.Namespace, keep: list[str] | None) -> tuple[Any, dict[str, object]]:
    """Draws of nutpie, which compiles first and samples then."""
    start = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model, var_names=keep)
    compile_ = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    drawn = nutpie.sample(
        compiled,
        draws=options.draws,
        tune=options.warmup,
        chains=options.chains,
        cores=2,
        seed=options.seed,
        adaptation="low_rank" if options.sampler == "nutpie_low_rank" else "diag",
        progress_bar=False,
    )
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    said = {"version": f"PyMC {pm.__version__}, nutpie {nutpie.__version__}", "compile": compile_, "sampling": seconds}
    return drawn, said | {"cpu": cpu}


def by_pymc(model: pm.Model, options: argparse.Namespace, keep: list[str] | None) -> tuple[Any, dict[str, object]]:
    """Draws of PyMC's own sampler; it reports the seconds of sampling, the rest is compiling."""
    start = time.perf_counter()
    drawn = pm.sample(
        options.draws,
        tune=options.warmup,
        var_names=keep,
        chains=options.chains,
        cores=2,
        random_seed=options.seed,
        nuts_sampler="pymc",
        discard_tuned_samples=False,
        compute_convergence_checks=False,
        progressbar=False,
        model=model,
    )
    whole, seconds = time.perf_counter() - start, float(drawn["posterior"].attrs["sampling_time"])
    said = {"version": f"PyMC {pm.__version__}", "compile": whole - seconds, "sampling": seconds}
    return drawn, said
