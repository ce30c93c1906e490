"""Whether posteriors are right on average: simulation-based calibration and coverage in studies of the seed design.

    python benchmarks/calibration.py --out calibration --simulations 500 --studies 300

Part 1 draws parameters from priors, simulates ratings, and ranks the truth among posterior draws, for the cumulative
(probit, logit), bernoulli and gaussian families: ranks must be uniform. Part 2 simulates one dimension of the seed
design (1,095 raters, 5 of 200 items each) many times with fixed effects and counts how often 95% intervals hold them.
Writes tables (CSV) and figures (PNG) and prints test statistics. Priors of part 1 are narrower than the defaults, so
that few simulated studies leave a category without ratings; that is no approximation, the sampler gets the same.
"""

import argparse
import time
from pathlib import Path

import pandas as pd
from scipy.stats import binom

import pluralstats as ps
from pluralstats import figures

FAMILIES = {
    "cumulative probit": ("cumulative", "probit"),
    "cumulative logit": ("cumulative", "logit"),
    "bernoulli probit": ("bernoulli", "probit"),
    "gaussian": ("gaussian", "identity"),
}
PRIORS = ps.Priors(threshold=1.0, log_gap=0.5, coefficient=0.5, sd=0.5, residual=0.5, degrees_of_freedom=5.0)
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("calibration"), help="folder for tables and figures")
    parser.add_argument("--simulations", type=int, default=500, help="of each family, part 1")
    parser.add_argument("--studies", type=int, default=300, help="of the seed design, part 2")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.simulations:
        ranks(options.simulations, options.seed, options.out)
    if options.studies:
        coverage(options.studies, options.seed, options.out)
    return 0


def ranks(simulations: int, seed: int, out: Path) -> None:
    """Part 1."""
    tables = []
    for i, (model, (family, link)) in enumerate(FAMILIES.items()):
        start = time.perf_counter()
        design = ps.simulate(n_raters=30, n_items=20, ratings_per_rater=10, seed=seed)
        design = design.collapse(2) if family == "bernoulli" else design
        table = ps.calibration_ranks(
            design, FORMULA, family=family, link=link, priors=PRIORS, simulations=simulations, seed=seed + i
        )
        print(f"\n{model}: {simulations} simulations, {time.perf_counter() - start:.0f} s")
        print(ps.rank_uniformity(table).to_string(index=False, float_format="{:.3f}".format))
        print(ps.interval_coverage(table).to_string(index=False))
        tables.append(table.assign(model=model))
    everything = pd.concat(tables, ignore_index=True)
    everything.to_csv(out / "ranks.csv", index=False)
    figures.sbc_ranks(everything)[0].figure.savefig(out / "ranks.png", dpi=200)
    shares = pd.concat([ps.interval_coverage(t).assign(model=m) for m, t in everything.groupby("model")])
    shares = shares.assign(nominal=shares["nominal"] / 100.0, observed=shares["observed"] / 100.0)
    figures.coverage(shares)[0].figure.savefig(out / "coverage.png", dpi=200)


def coverage(studies: int, seed: int, out: Path) -> None:
    """Part 2."""
    start, found = time.perf_counter(), []
    for study in range(studies):
        ratings = ps.simulate_seed_study(seed=seed * 100_000 + study).select(dimension="toxicity")
        model = ps.fit(ratings, formula_of(ratings), seed=study + 1, on_problem="ignore")
        found.append(held(model, ratings).assign(study=study))
        pd.concat(found, ignore_index=True).to_csv(out / "seed_design.csv", index=False)  # survives an interrupt
    table = pd.concat(found, ignore_index=True)
    print(f"\nSeed design: {studies} studies, {time.perf_counter() - start:.0f} s")
    summary = table.groupby("parameter", sort=False)["inside"].agg(["mean", "size"])
    print(summary.assign(percent=100.0 * summary["mean"])[["percent", "size"]].round(1).to_string())
    inside, n = int(table["inside"].sum()), len(table)
    low, high = binom.ppf([0.025, 0.975], studies, 0.95) / studies * 100.0
    print(
        f"All parameters: {100.0 * inside / n:.2f}% of {n:,} intervals; one parameter by chance {low:.1f} to {high:.1f}"
    )


def formula_of(ratings: ps.Ratings) -> str:
    """All demographics, items and raters, the model of the study; what questions share goes to their items."""
    return f"rating ~ {' + '.join(ratings.demographics)} + (1 | item) + (1 | rater)"


def held(model: ps.Fit, ratings: ps.Ratings) -> pd.DataFrame:
    """Which 95% intervals of coefficients, thresholds and sd(rater) hold the truth; sd(item) has no single one here."""
    truth = ratings.truth.of("toxicity")
    values = dict(zip(truth.coefficients["parameter"], truth.coefficients["value"], strict=True))
    sds = dict(zip(truth.sds["term"], truth.sds["value"], strict=True))
    values["sd(rater)"] = sds["rater"]
    values |= dict(zip(model.design.boundaries, truth.thresholds["toxicity"], strict=True))
    at = model.parameters
    known = at["parameter"].isin(values)
    true = at.loc[known, "parameter"].map(values).astype(float)
    inside = (at.loc[known, "lower"] <= true) & (true <= at.loc[known, "upper"])
    return pd.DataFrame({"parameter": at.loc[known, "parameter"], "truth": true, "inside": inside})


if __name__ == "__main__":
    raise SystemExit(main())
