"""Noise and use of the scale by rater: effective draws per CPU second, ours beside a PyMC graph in its best form.

    python benchmarks/parts.py --out results/benchmark_parts
    python benchmarks/parts.py --tiny                        # seconds: that both run and agree

SIMULATED ratings, rating ~ gender + (1 | item) + (1 | rater), disc = ~ (1 | rater), stretch = ~ (1 | rater), probit,
the default priors of pluralstats for both. The graph is written for the sampler's good: the column centred, items carry
the overall mean, raters lie around their group, and nutpie adapts a low-rank metric. CPU seconds are those of all
threads from the design to the draws, without compiling. The effective sample size (bulk, rank-normalised) is the
smallest over thresholds, coefficient, sds and all random effects. Also: how far posterior means are apart.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from arviz_stats.base import array_stats
from peer_exact_graph import probability
from promises import Promise, exit_code

import pluralstats as ps

FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"
PARTS: dict[str, Any] = {"disc": "~ (1 | rater)", "stretch": "~ (1 | rater)"}
TERMS = ("item", "rater", "disc: rater", "stretch: rater")
SDS = ("sd_item", "sd_rater", "sd_disc", "sd_stretch")
MOST_ERRORS = 4.0  # Monte Carlo errors that the largest of ten differences of means may have
RATIO = 50
PART_SCALE = 0.5  # of the priors of sds of the parts


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="40 raters, few draws: rates say nothing")
    parser.add_argument("--draws", type=int, default=400, help="of each of the graph's two chains, after as many + 200")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("results/benchmark_parts"))
    options = parser.parse_args(argv)
    sizes = (40, 15, 10) if options.tiny else (1095, 200, 25)
    ratings = ps.simulate(*sizes, sd_disc_rater=0.3, sd_stretch_rater=0.3, seed=options.seed)
    found = {
        "pluralstats hmc": by_pluralstats(ratings),
        "PyMC graph, nutpie low rank": by_graph(ratings, 150 if options.tiny else options.draws),
    }
    ours, theirs = (row.pop("draws") for row in found.values())
    table = pd.DataFrame(found.values(), index=list(found))
    table["per_cpu_second"] = table["ess"] / table["cpu_seconds"]
    ratio = table["per_cpu_second"].iloc[0] / table["per_cpu_second"].iloc[1]
    gap = {name: round(float(apart(ours[name], theirs[name])), 3) for name in ours}
    options.out.mkdir(parents=True, exist_ok=True)
    said: dict[str, Any] = {"ratio": ratio, "gap_in_sds": gap, "load": os.getloadavg()[0], "sizes": sizes}
    said["rows"] = table.reset_index(names="program").to_dict("records")
    (options.out / "parts.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    print(table.round(3).to_string(), f"\nratio {ratio:.0f}; means apart, in posterior sds: {gap}")
    error = MOST_ERRORS * float((1.0 / table["ess"]).sum() ** 0.5)
    worst, faster = max(gap.values()), f"at least {RATIO} times the effective draws per CPU second"
    promises = [Promise("the same posterior means to Monte Carlo error", f"{worst} sds apart", worst < error)]
    promises += [] if options.tiny else [Promise(faster, f"{ratio:.0f} times", ratio >= RATIO)]
    return exit_code(promises)


def by_pluralstats(ratings: ps.Ratings) -> dict[str, Any]:
    """A fit by the default method; a tiny one before it has compiled code loaded."""
    ps.fit(ps.simulate(20, 10, 9, seed=1), FORMULA, **PARTS, draws=40, on_problem="ignore")
    start = time.process_time()
    fit = ps.fit(ratings, FORMULA, **PARTS, on_problem="ignore", sampler=ps.Sampler(cores=2))
    seconds, whole = time.process_time() - start, fit.whole_samples
    sds = dict(zip([g.name for g in fit.design.whole.groupings], whole.sd.T, strict=True))
    draws = {"tau": whole.threshold, "b": whole.coefficient}
    draws |= {name: sds[term][:, None] for name, term in zip(SDS, TERMS, strict=True)}
    every = [whole.threshold, whole.coefficient, whole.sd, *whole.effects]
    return {"cpu_seconds": seconds, "draws": draws, "ess": fewest(every, fit.chains), "n_draws": len(whole.sd)}


def by_graph(ratings: ps.Ratings, draws: int) -> dict[str, Any]:
    """The graph by nutpie: two chains, one thread each."""
    frame = ratings.frame
    rater, item = (frame[name].cat.codes.to_numpy(np.int64) for name in ("rater", "item"))
    y = frame["rating"].to_numpy(np.int64)
    male = (frame.groupby("rater", observed=True)["gender"].first() == "male").to_numpy(float)
    compiled = nutpie.compile_pymc_model(graph(y, rater, item, male - male.mean(), ratings.scale.K))
    adapted: dict[str, Any] = {"chains": 2, "cores": 2, "seed": 1, "adaptation": "low_rank", "progress_bar": False}
    start = time.process_time()
    drawn = nutpie.sample(compiled, draws=draws, tune=draws + 200, **adapted)
    seconds = time.process_time() - start
    names = ("tau", "b", *SDS, "item", "rater", "disc", "stretch")
    found = {name: np.asarray(drawn["posterior"][name]) for name in names}
    flat = {name: values.reshape(2 * draws, -1) for name, values in found.items()}
    flat["tau"] = flat["tau"] + flat["b"] * male.mean()  # thresholds at the reference level
    kept = {name: flat[name] for name in ("tau", "b", *SDS)}
    return {"cpu_seconds": seconds, "draws": kept, "ess": fewest(list(flat.values()), 2), "n_draws": 2 * draws}


def graph(y: np.ndarray, rater: np.ndarray, item: np.ndarray, x: np.ndarray, K: int) -> pm.Model:
    """The model with the default priors of pluralstats; ``x`` (raters,) centred."""
    n_items = int(item.max()) + 1
    with pm.Model() as model:
        gaps = pm.Normal("log_gaps", 0.0, 1.0, shape=K - 2)
        mean = pm.Normal("mean", 0.0, 3.0)
        own = pt.concatenate([[0.0], pt.cumsum(pt.exp(gaps))])
        b = pm.StudentT("b", nu=3, mu=0.0, sigma=1.0)
        sd = {name: pm.HalfStudentT(name, nu=3, sigma=1.0 if name in SDS[:2] else PART_SCALE) for name in SDS}
        items = pm.Normal("items", mean, sd["sd_item"], shape=n_items)
        raters = pm.Normal("raters", b * x, sd["sd_rater"], shape=x.size)
        log_s = pm.Deterministic("disc", sd["sd_disc"] * pm.Normal("z_disc", shape=x.size))
        a = pm.Deterministic("stretch", sd["sd_stretch"] * pm.Normal("z_stretch", shape=x.size))
        pm.Deterministic("tau", own - mean)
        pm.Deterministic("item", items - mean)
        pm.Deterministic("rater", raters - b * x)
        centre, far = own.mean(), 1e3
        tau = centre + pt.exp(a)[:, None] * (own - centre)[None, :]
        ends = pt.concatenate([pt.full((x.size, 1), -far), tau, pt.full((x.size, 1), far)], axis=1)
        eta, s = items[item] + raters[rater], pt.exp(log_s)[rater]
        low, high = (pt.clip((ends[rater, y + k] - eta) / s, -40.0, 40.0) for k in (0, 1))
        pm.Potential("rating", pt.log(probability(low, high)).sum())
    return model


def fewest(parts: list[np.ndarray], chains: int) -> float:
    """The smallest effective sample size of draws (S, m) of any of them."""
    every = (part.reshape(chains, -1, part.shape[1])[:, :, j] for part in parts for j in range(part.shape[1]))
    return min(float(array_stats.ess(one.astype(float), method="bulk")) for one in every)


def apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference of posterior means, in posterior sds."""
    return np.max(np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / ours.std(axis=0))


if __name__ == "__main__":
    raise SystemExit(main())
