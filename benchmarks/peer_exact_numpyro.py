"""NUTS of NumPyro on an equivalent model, double precision, one chain on each core."""

import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"  # before jax starts

import time

import exact_peers
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import erfc
from numpyro.infer import MCMC, NUTS


def main(argv: list[str] | None = None) -> None:
    parser = exact_peers.arguments(__doc__)
    parser.add_argument("--items", choices=["zero", "carried"], default="carried")
    parser.add_argument("--raters", choices=["standard", "around"], default="standard")
    options = parser.parse_args(argv)
    numpyro.enable_x64()
    compiling: list[float] = []  # seconds of every compilation, reported by jax itself
    jax.monitoring.register_event_duration_secs_listener(
        lambda name, seconds, **_: compiling.append(seconds) if name.startswith("/jax/core/compile/") else None
    )
    data = exact_peers.read(options)
    chains = MCMC(
        NUTS(model),
        num_warmup=options.warmup,
        num_samples=options.draws,
        num_chains=options.chains,
        chain_method="parallel",
        progress_bar=False,
    )
    of_raters = exact_peers.of_raters(data) if options.raters == "around" else None
    given = (data.X, data.item, data.rater, data.y, options.items == "carried", of_raters)
    key = jax.random.key(options.seed)
    start, cpu = time.perf_counter(), time.process_time()
    chains.warmup(key, *given, extra_fields=("num_steps",))
    jax.block_until_ready(chains.last_state)
    before, compile_before = time.perf_counter() - start, sum(compiling)
    start = time.perf_counter()
    chains.run(key, *given, extra_fields=("num_steps", "diverging"))
    posterior = jax.block_until_ready(chains.get_samples(group_by_chain=True))
    after = time.perf_counter() - start
    posterior = {name: np.asarray(values) for name, values in posterior.items()}
    fields = chains.get_extra_fields()
    said = {
        "version": f"NumPyro {numpyro.__version__}, jax {jax.__version__}",
        "compile": sum(compiling),
        "cpu": time.process_time() - cpu - sum(compiling),
        "sampling": before + after - sum(compiling),
        "warmup": before - compile_before,
        "divergences": int(fields["diverging"].sum()),
        "steps": float(fields["num_steps"].mean()),
    }
    parts = [posterior[name] for name in ("tau", "b", "sd_item", "sd_rater", "effect_item", "effect_rater")]
    parts = parts if of_raters is None else exact_peers.put_back(data, of_raters, *parts)
    exact_peers.hand_over(options.out, exact_peers.names_of(data), *parts, **said)


def model(X, item, rater, y, carried, of_raters):
    """The model with the default priors of pluralstats; ``carried``, raters around X b: see ``peer_exact_graph``."""
    gaps = numpyro.sample("log_gaps", dist.Normal(0.0, 1.0).expand([int(y.max()) - 1]))
    first = numpyro.sample("first", dist.Normal(0.0, 3.0))
    steps = jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.exp(gaps))])
    tau = numpyro.deterministic("tau", first + steps)
    b = numpyro.sample("b", dist.StudentT(3, 0.0, 1.0).expand([X.shape[1]]))
    sd_item = numpyro.sample("sd_item", dist.FoldedDistribution(dist.StudentT(3, 0.0, 1.0)))
    sd_rater = numpyro.sample("sd_rater", dist.FoldedDistribution(dist.StudentT(3, 0.0, 1.0)))
    if of_raters is not None:
        u_rater = numpyro.sample("effect_rater", dist.Normal(of_raters @ b, sd_rater))
    else:
        z_rater = numpyro.sample("z_rater", dist.Normal().expand([int(rater.max()) + 1]))
        u_rater = numpyro.deterministic("effect_rater", sd_rater * z_rater)
    n_items = int(item.max()) + 1
    if carried:
        items = numpyro.sample("item", dist.Normal(-first, sd_item).expand([n_items]))
        numpyro.deterministic("effect_item", items + first)
        thresholds = steps
    else:
        items = sd_item * numpyro.sample("z_item", dist.Normal().expand([n_items]))
        numpyro.deterministic("effect_item", items)
        thresholds = tau
    eta = items[item] + u_rater[rater] + (X @ b if of_raters is None else 0.0)
    far = jnp.array([40.0])
    low = jnp.concatenate([-far, thresholds])[y] - eta
    high = jnp.concatenate([thresholds, far])[y] - eta
    numpyro.factor("rating", jnp.log(probability(low, high)).sum())


def probability(low, high):
    """Phi(high) - Phi(low), taken in the lower tail, where nothing cancels."""
    sign = jnp.where(low + high > 0.0, -1.0, 1.0) / np.sqrt(2.0)
    below, above = jnp.minimum(sign * low, sign * high), jnp.maximum(sign * low, sign * high)
    return 0.5 * (erfc(-above) - erfc(-below))


if __name__ == "__main__":
    main()
