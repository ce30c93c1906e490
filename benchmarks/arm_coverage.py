"""How often 95% intervals of ``compare_arms`` hold the true effect of an arm, beside those of its bootstrap.

    python benchmarks/arm_coverage.py --worlds 200 --out arm_coverage.csv

Each world has new prompts, training runs, judges and answers: score = 3 + arm + prompt + arm:prompt + run + judge +
judge:arm + answer + noise; the base has one run, which was not trained. The truth is the effect over new prompts,
judges and training seeds (of one judge: over new prompts and seeds). Worlds that the CSV has are not made again. Ends
with 1 where coverage of the model is below 92% or above 97% by more than two Monte Carlo standard errors at that bound
(a right interval is accused in fewer than 1 of 40 runs of a scenario).
"""

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from pluralstats.alignment import compare_arms

EFFECT = -0.5
PROMISE = (92.0, 97.0)  # percent
SDS = {"prompt": 1.0, "cell": 0.3, "answer": 0.4, "judge": 0.3, "noise": 0.3}
COLUMNS = ("scenario", "world", "arm", "lower", "upper", "lower_bootstrap", "upper_bootstrap", "seconds")


class Scenario(NamedTuple):
    """A design with standard deviations of judges by arms and of runs; ``promised`` is judged by its coverage."""

    judges: int
    seeds: int
    arms: int = 1
    judge_arm: float = 0.0
    run: float = 0.1
    missing: float = 0.0  # share of the scores
    promised: bool = True


SCENARIOS = {
    "1 judge, 3 seeds": Scenario(1, 3),
    "1 judge, 5 seeds": Scenario(1, 5),
    "1 judge, 8 seeds": Scenario(1, 8),
    "1 judge, 3 seeds, runs differ by 0.4": Scenario(1, 3, run=0.4),
    "1 judge, 5 seeds, runs differ by 0.4": Scenario(1, 5, run=0.4),
    "1 judge, 8 seeds, runs differ by 0.4": Scenario(1, 8, run=0.4),
    "1 judge, 3 seeds, 4 arms": Scenario(1, 3, arms=4),
    "1 judge, 3 seeds, 4 arms, runs differ by 0.4": Scenario(1, 3, arms=4, run=0.4),
    "8 judges, 8 seeds, judges by arms 0.4": Scenario(8, 8, judge_arm=0.4),
    "8 judges, 8 seeds": Scenario(8, 8),
    "8 judges, 8 seeds, judges by arms 0.4, 30% missing": Scenario(8, 8, judge_arm=0.4, missing=0.3),
    "8 judges, 8 seeds, 30% missing": Scenario(8, 8, missing=0.3),
    "8 judges, 3 seeds, 4 arms, judges by arms 0.4": Scenario(8, 3, arms=4, judge_arm=0.4),
    "2 judges, 3 seeds, judges by arms 0.4": Scenario(2, 3, judge_arm=0.4, promised=False),
    "1 judge, 2 seeds, runs differ by 0.4": Scenario(1, 2, run=0.4, promised=False),
}
TINY = (  # one and several judges, one and several arms, missing scores, a design that promises nothing
    "1 judge, 3 seeds",
    "1 judge, 3 seeds, 4 arms, runs differ by 0.4",
    "8 judges, 8 seeds, judges by arms 0.4, 30% missing",
    "8 judges, 3 seeds, 4 arms, judges by arms 0.4",
    "2 judges, 3 seeds, judges by arms 0.4",
)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=200, help="of each scenario")
    parser.add_argument("--prompts", type=int, default=30)
    parser.add_argument("--replicates", type=int, default=200, help="of the bootstrap")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--only", help="scenarios whose name has this text")
    parser.add_argument("--out", type=Path, help="CSV of single intervals, read and added to")
    parser.add_argument("--tiny", action="store_true", help="a few small worlds of a few scenarios: whether it runs")
    options = parser.parse_args(argv)
    if options.tiny:
        options.worlds, options.prompts, options.replicates, options.cores = 4, 8, 20, 1
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # of the processes that joblib starts
    names = [name for name in (TINY if options.tiny else SCENARIOS) if (options.only or "") in name]
    found = pd.read_csv(options.out) if options.out and options.out.exists() else pd.DataFrame(columns=list(COLUMNS))
    for name in names:
        known = set(found.loc[found["scenario"] == name, "world"])
        worlds = [world for world in range(options.worlds) if world not in known]
        tasks = (delayed(intervals)(name, world, options.prompts, options.replicates) for world in worlds)
        for rows in Parallel(n_jobs=options.cores, return_as="generator")(tasks):
            found = pd.concat([found, rows], ignore_index=True) if len(found) else rows
            if options.out:
                rows.to_csv(options.out, mode="a", header=not options.out.exists(), index=False)
        print(name, "done", flush=True)
    table = pd.DataFrame([summary(name, found[found["scenario"] == name]) for name in names])
    print(table.to_string(index=False, float_format="{:.3f}".format))
    broken = list(breaches(table))
    print("\n".join(broken) or "Every promise is kept.")
    return int(bool(broken))


def simulated(scenario: Scenario, world: int, prompts: int) -> pd.DataFrame:
    """The scores of one world."""
    random = np.random.default_rng([world, *map(int, scenario[:3]), round(1000 * sum(scenario[3:6]))])
    at, judge = random.normal(0.0, SDS["prompt"], prompts), random.normal(0.0, SDS["judge"], scenario.judges)
    parts = []
    for arm in range(1 + scenario.arms):
        own = at + random.normal(0.0, SDS["cell"], prompts)
        likes = judge + random.normal(0.0, scenario.judge_arm, scenario.judges)
        for seed in range(scenario.seeds if arm else 1):
            run = random.normal(0.0, scenario.run) if arm else 0.0
            answer = 3.0 + EFFECT * (arm > 0) + run + own + random.normal(0.0, SDS["answer"], prompts)
            score = answer[:, None] + likes + random.normal(0.0, SDS["noise"], (prompts, scenario.judges))
            parts.append(
                pd.DataFrame(
                    {
                        "arm": f"arm {arm}" if arm else "base",
                        "prompt_id": np.repeat([f"q{i}" for i in range(prompts)], scenario.judges),
                        "judge": np.tile([f"judge {j}" for j in range(scenario.judges)], prompts),
                        "seed": seed,
                        "score": score.ravel(),
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return table[random.random(len(table)) >= scenario.missing]


def intervals(name: str, world: int, prompts: int, replicates: int) -> pd.DataFrame:
    """One row for each arm of a world."""
    scores = simulated(SCENARIOS[name], world, prompts)
    start = time.perf_counter()
    found = compare_arms(scores, replicates=replicates, seed=world)
    seconds = time.perf_counter() - start
    rows = found.effects.merge(found.bootstrap, on=["arm", "dimension"], suffixes=("", "_bootstrap"))
    return rows.assign(scenario=name, world=world, seconds=seconds)[list(COLUMNS)]


def summary(name: str, rows: pd.DataFrame) -> dict[str, object]:
    """Percent of intervals that hold the truth, with Monte Carlo standard errors over worlds."""
    out: dict[str, object] = {"scenario": name, "worlds": rows["world"].nunique()}
    for kind, end in (("model", ""), ("bootstrap", "_bootstrap")):
        inside = (rows[f"lower{end}"] <= EFFECT) & (rows[f"upper{end}"] >= EFFECT)
        by_world = 100.0 * inside.groupby(rows["world"]).mean()
        out |= {kind: by_world.mean(), f"{kind}_error": by_world.std() / np.sqrt(len(by_world))}
    half = (rows["upper"] - rows["lower"]) / 2.0
    return out | {"half_width": half.mean(), "seconds": rows.drop_duplicates("world")["seconds"].median()}


def breaches(table: pd.DataFrame) -> Iterator[str]:
    """A sentence for each scenario whose coverage is outside of what is promised."""
    for row in table[[SCENARIOS[name].promised for name in table["scenario"]]].itertuples():
        low, high = (at + side * 200.0 * np.sqrt(at / 100.0 * (1.0 - at / 100.0) / row.worlds)
                     for at, side in zip(PROMISE, (-1.0, 1.0), strict=True))  # fmt: skip
        if not low <= row.model <= high:
            yield f"BROKEN: {row.scenario} covers {row.model:.1f}% of {row.worlds} worlds, not 92 to 97%."


if __name__ == "__main__":
    raise SystemExit(main())
