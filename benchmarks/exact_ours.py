"""One exact posterior by pluralstats: import, warm-up on tiny ratings (loads compiled code), read, sample.

Without ``--data`` only the warm-up runs. ``--draws`` are of each chain; warm-up is the package's own.
"""

import time

import exact_peers
import numpy as np
import runner

import pluralstats as ps


def main(argv: list[str] | None = None) -> None:
    parser = exact_peers.arguments(__doc__)
    parser.add_argument("--method", choices=["hmc", "nuts"], default="hmc")
    options = parser.parse_args(argv)
    model = {"method": options.method, "on_problem": "ignore", "seed": options.seed}
    tiny = ps.simulate(30, 20, 10, seed=1)
    _, compile_, _ = runner.clocked(lambda: ps.fit(tiny, draws=40, **model))
    runner.report(version=f"pluralstats {ps.__version__} ({options.method})", compile=compile_)
    if options.data is None:
        return
    ratings = ps.read_ratings(options.data, **exact_peers.columns(options))
    formula = f"rating ~ {' + '.join(options.demographics)} + (1 | item) + (1 | rater)"
    model["sampler"] = ps.Sampler(chains=options.chains, cores=2)
    before = time.time() - options.started  # Python, imports, compiled code, reading
    fit, sampling, cpu = runner.clocked(lambda: ps.fit(ratings, formula, draws=options.chains * options.draws, **model))
    _, warmup, _ = runner.clocked(lambda: ps.fit(ratings, formula, draws=options.chains, **model))  # one draw a chain
    stats = fit.posterior.stats
    said = {"before": before, "sampling": sampling, "cpu": cpu, "warmup": min(warmup, sampling)}
    said |= {"divergences": int(stats["diverging"].sum()), "steps": float(stats["n_steps"].mean())}
    names, parts = quantities(fit)
    exact_peers.hand_over(options.out, names, *parts, **said)


def quantities(fit) -> tuple[list[str], list[np.ndarray]]:
    """Names and draws (chains, draws, ...) of thresholds, coefficients, sds and random effects."""
    design, samples = fit.design, fit.posterior.samples
    names = [f"threshold[{k}]" for k in range(1, design.categories.size)]
    names += [*design.fixed.names, *(f"sd({g.name})" for g in design.groupings)]
    names += [f"{g.name}[{level}]" for g in design.groupings for level in g.levels]
    parts = (samples.threshold, samples.coefficient, samples.sd, *samples.effects)
    return names, [fit.posterior.by_chain(part) for part in parts]


if __name__ == "__main__":
    main()
