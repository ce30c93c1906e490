"""Five dimensions in one model, or one by one: correlations against the truth, predictions, widths of intervals.

    python analysis/dimensions.py --out results/dimensions

The built-in SIMULATED study, whose correlations of raters and of items across dimensions are known. Printed, written
to ``--out``: the correlations of the joint fit with 95% intervals beside the truth, and how many of them hold it; what
the joint fit gains over a fit of each dimension (``ps.joint_gain``); tables as CSV and LaTeX; run.json: CPU seconds.
"""

import argparse
import json
import time
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.data.simulation.seed_study import SEED_STUDY


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raters", type=int, default=SEED_STUDY["n_raters"])
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--loo-draws", type=int, default=400, help="of each fit that leaving out uses")
    parser.add_argument("--method", choices=["hmc", "laplace"], default="hmc")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/dimensions"))
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    ratings = ps.simulate(**SEED_STUDY | {"n_raters": options.raters}, seed=options.seed)
    print(ratings)

    model = {"method": options.method, "draws": options.draws, "seed": options.seed, "on_problem": "ignore"}
    seconds = {"start": time.process_time()}
    joint = ps.fit(ratings, **model)
    seconds["joint"] = time.process_time()
    separate = {name: ps.fit(ratings.select(name), **model) for name in ratings.dimensions}
    seconds["separate"] = time.process_time()
    correlations = with_truth(ps.dimension_correlations(joint))
    ps.export_table(correlations, options.out / "correlations.csv")
    inside = correlations.groupby("of", sort=False)["holds"].agg(["sum", "size"])
    print(f"\n{correlations.round(2).to_string(index=False)}\n\nintervals that hold the truth:\n{inside.to_string()}")

    with warnings.catch_warnings(action="ignore", category=ps.FitWarning):  # the table counts who it is about
        gain = ps.joint_gain(joint, separate, draws=options.loo_draws)
    seconds["joint_gain"] = time.process_time()
    for kind in ("csv", "tex"):
        ps.export_table(gain, options.out / f"joint_gain.{kind}")
    print(f"\n{gain.round(3).to_string(index=False)}")

    names = list(seconds)
    spent = {name: seconds[name] - seconds[before] for before, name in pairwise(names)}
    run = {"cpu_seconds": spent, "joint": joint.provenance, "problems": joint.problems, "method": options.method}
    (options.out / "run.json").write_text(json.dumps(run, indent=1, default=str) + "\n", encoding="utf-8")
    print(f"\nCPU seconds: { {name: round(value, 1) for name, value in spent.items()} }")
    return 0


def with_truth(table: pd.DataFrame) -> pd.DataFrame:
    """The correlations with the ``truth`` that made the ratings, and whether the interval ``holds`` it."""
    pairs = zip(table["of"], table["dimension"], table["with_dimension"], strict=True)
    truth = np.array([true_correlation(*pair) for pair in pairs])
    return table.assign(truth=truth, holds=(table["lower"] <= truth) & (truth <= table["upper"]))


def true_correlation(of: str, one: str, other: str) -> float:
    """Of the effects of raters, or of items with that of the question they answer, which fits do not tell apart."""
    terms = {"rater": ("rater",), "item": ("item", "question")}[of]
    order = list(SEED_STUDY["dimensions"])
    correlation = SEED_STUDY[f"{of}_correlation"][order.index(one), order.index(other)]
    sds = np.array([[SEED_STUDY[f"sd_{term}"][name] for term in terms] for name in (one, other)])
    return float(correlation * (sds[0] @ sds[1]) / np.sqrt((sds**2).sum(axis=1).prod()))


if __name__ == "__main__":
    raise SystemExit(main())
