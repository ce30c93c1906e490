"""Whether posteriors are right on average: simulation-based calibration and coverage in studies of the seed design.

    python benchmarks/calibration.py --out calibration --simulations 500 --studies 300
    python benchmarks/calibration.py --tiny                    # seconds: gross faults only
    python benchmarks/calibration.py --cluster ADDRESS         # all simulations and studies on a Dask or Ray cluster

Part 1 draws parameters from priors, simulates ratings, and ranks the truth among posterior draws, for every family of
ordered ratings, for numbers, for sliders, and for models with a noise, a use of the scale and thresholds by group:
ranks must be uniform. Part 2 simulates one dimension of the seed design (1,095 raters, 5 of 200 items each) many times
with fixed effects and counts how often 95% intervals hold them.
Writes tables (CSV) and figures (PNG) and prints test statistics. Priors of part 1 are narrower than the defaults, so
that few simulated studies leave a category without ratings; that is no approximation, the sampler gets the same.

Promised are uniform ranks (Pearson's chi-squared, from 100 simulations on) and 80% intervals that hold the truth in 80%
in part 1, and 95% intervals that hold it in 92 to 98% in part 2; for each family of models and for part 2 there is one
false alarm in 1,000 runs.
"""

import argparse
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from promises import Promise, covered, exit_code
from scipy.stats import binom

import pluralstats as ps
from pluralstats import figures
from pluralstats.cluster.spreading import coming
from pluralstats.data.truth import Truth

FAMILIES = {
    "cumulative probit": {"family": "cumulative", "link": "probit"},
    "cumulative logit": {"family": "cumulative", "link": "logit"},
    "cumulative cloglog": {"family": "cumulative", "link": "cloglog"},
    "bernoulli probit": {"family": "bernoulli", "link": "probit"},
    "sratio": {"family": "sratio", "link": "probit"},
    "cratio": {"family": "cratio", "link": "logit"},
    "acat": {"family": "acat", "link": "logit"},
    "cs": {"family": "acat", "link": "logit", "formula": "rating ~ cs(gender) + (1 | item) + (1 | rater)"},
    "gaussian": {"family": "gaussian", "link": "identity"},
    "ordered beta": {"family": "ordered_beta", "link": "logit"},
    "disc": {"disc": "~ gender + (1 | rater)"},
    "stretch": {"stretch": "~ gender + (1 | rater)"},
    "disc and stretch": {"disc": "~ gender + (1 | rater)", "stretch": "~ gender"},
    "thresholds": {"thresholds": "session", "link": "logit"},
}
SLIDER = "ordered beta"
SCALES = {"threshold": 1.0, "log_gap": 0.5, "coefficient": 0.5, "sd": 0.5, "residual": 0.5, "degrees_of_freedom": 5.0}
TINY = ("cumulative probit", "bernoulli probit", "disc and stretch", "thresholds")  # of which a tiny run makes ranks
PRIORS = ps.Priors(**SCALES, part_coefficient=0.4, part_sd=0.3)
FORMULA = "rating ~ gender + (1 | item) + (1 | rater)"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("calibration"), help="folder for tables and figures")
    parser.add_argument("--simulations", type=int, default=500, help="of each family, part 1")
    parser.add_argument("--studies", type=int, default=300, help="of the seed design, part 2")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="10 simulations of smaller studies, 2 of the seed design")
    parser.add_argument("--cluster", help="address of a Dask scheduler, or ray:auto")
    options = parser.parse_args(argv)
    if options.tiny:
        options.simulations, options.studies = 10, 2
    options.out.mkdir(parents=True, exist_ok=True)
    with ps.on_cluster(options.cluster) if options.cluster else nullcontext():
        found = ranks(options) if options.simulations else []
        found += [coverage(options)] if options.studies else []
    return exit_code(found)


def ranks(options: argparse.Namespace) -> list[Promise]:
    """Part 1."""
    simulations, seed, out = options.simulations, options.seed, options.out
    tables, found = [], []
    for i, (model, asked) in enumerate(FAMILIES.items()):
        if options.tiny and model not in TINY:
            continue
        start = time.perf_counter()
        size = (15, 10, 8) if options.tiny else (30, 20, 10)
        design = ps.simulate(*size, family="ordered_beta" if model == SLIDER else "cumulative", seed=seed)
        design = design.collapse(2) if asked.get("family") == "bernoulli" else design
        design = in_sessions(design) if "thresholds" in asked else design
        if options.tiny:  # chains of a noise by rater run on for minutes where each has 8 ratings
            asked = {name: text.removesuffix(" + (1 | rater)") for name, text in asked.items()}
        settings = {"formula": FORMULA, "family": "cumulative", "link": "probit"} | asked
        settings |= {"priors": PRIORS, "method": "hmc", "seed": seed + i}
        settings |= {"simulations": simulations, "draws": 200 if options.tiny else 1000}
        table = ps.calibration_ranks(design, **settings)
        print(f"\n{model}: {simulations} simulations, {time.perf_counter() - start:.0f} s")
        print(ps.rank_uniformity(table).to_string(index=False, float_format="{:.3f}".format))
        print(ps.interval_coverage(table).to_string(index=False))
        found += uniform(model, table)
        tables.append(table.assign(model=model))
    drawn(pd.concat(tables, ignore_index=True), out)
    return found


def in_sessions(design: ps.Ratings) -> ps.Ratings:
    """Two sessions; the second one never shows the highest answer."""
    frame = design.frame.assign(rating=design.values)
    frame["session"] = np.where(np.arange(len(frame)) % 2 == 0, "first", "second")
    frame.loc[(frame["session"] == "second") & (frame["rating"] == 5.0), "rating"] = 4.0
    return ps.Ratings(frame, (1, 5), list(design.demographics), covariates=["session"])


def uniform(model: str, table: pd.DataFrame) -> list[Promise]:
    """Ranks of every parameter of a model; too few simulations are judged by their 80% intervals alone."""
    inside = ps.interval_coverage(table, (0.8,))
    chance = 1e-3 / len(inside)
    rows = zip(inside["parameter"], inside["observed"], inside["n"], strict=True)
    found = [covered(f"{model}, {name}", round(share * n / 100.0), n, 0.8, 0.8, chance) for name, share, n in rows]
    if inside["n"].min() >= 100:
        least = ps.rank_uniformity(table)["p_bonferroni"].min()
        found.append(Promise(f"{model}: ranks are uniform", f"smallest adjusted p {least:.3g}", least > 1e-3))
    return found


def drawn(everything: pd.DataFrame, out: Path) -> None:
    """Ranks and shares of intervals as a table and figures."""
    everything.to_csv(out / "ranks.csv", index=False)
    first_of(figures.sbc_ranks(everything)).figure.savefig(out / "ranks.png", dpi=200)
    shares = pd.concat([ps.interval_coverage(t).assign(model=m) for m, t in everything.groupby("model")])
    shares = shares.assign(nominal=shares["nominal"] / 100.0, observed=shares["observed"] / 100.0)
    first_of(figures.coverage(shares)).figure.savefig(out / "coverage.png", dpi=200)


def first_of(axes: Axes | np.ndarray) -> Axes:
    """One model has one axes, several have an array of them."""
    return np.ravel(axes)[0]


def coverage(options: argparse.Namespace) -> Promise:
    """Part 2."""
    studies, out = options.studies, options.out
    start, found = time.perf_counter(), {}
    tasks = [(study, options.seed, options.tiny) for study in range(studies)]
    for study, rows in coming(one_study, tasks):
        found[study] = rows
        table = pd.concat([found[study] for study in sorted(found)], ignore_index=True)
        table.to_csv(out / "seed_design.csv", index=False)  # survives an interrupt
    print(f"\nSeed design: {studies} studies, {time.perf_counter() - start:.0f} s")
    summary = table.groupby("parameter", sort=False)["inside"].agg(["mean", "size"])
    print(summary.assign(percent=100.0 * summary["mean"])[["percent", "size"]].round(1).to_string())
    inside, n = int(table["inside"].sum()), len(table)
    low, high = binom.ppf([0.025, 0.975], studies, 0.95) / studies * 100.0
    print(
        f"All parameters: {100.0 * inside / n:.2f}% of {n:,} intervals; one parameter by chance {low:.1f} to {high:.1f}"
    )
    return covered("95% intervals of the seed design", inside, n, 0.92, 0.98)  # as if parameters were independent


def one_study(study: int, seed: int, tiny: bool) -> pd.DataFrame:
    """Which intervals of one study of the seed design hold the truth."""
    whole = ps.simulate_seed_study(seed=seed * 100_000 + study).select(dimension="toxicity")
    ratings = first_raters(whole, 250) if tiny else whole
    model = ps.fit(ratings, formula_of(ratings), method="hmc", seed=study + 1, on_problem="ignore")
    return held(model, whole.truth.of("toxicity")).assign(study=study)


def first_raters(ratings: ps.Ratings, n: int) -> ps.Ratings:
    """The ratings of the first raters, in the same coding."""
    frame = ratings.frame[ratings.frame["rater"].isin(ratings.raters["rater"].head(n))]
    frame = frame.assign(rating=pd.Categorical.from_codes(frame["rating"], list(ratings.scale.labels)))
    names = list(ratings.demographics)
    reference = {name: ratings.frame[name].cat.categories[0] for name in names}
    frame = frame.drop(columns="dimension")
    return ps.Ratings(frame, ratings.scale, demographics=names, reference=reference, undisclosed="level")


def formula_of(ratings: ps.Ratings) -> str:
    """All demographics, items and raters, the model of the study; what questions share goes to their items."""
    return f"rating ~ {' + '.join(ratings.demographics)} + (1 | item) + (1 | rater)"


def held(model: ps.Fit, truth: Truth) -> pd.DataFrame:
    """Which 95% intervals of coefficients, thresholds and sd(rater) hold the truth; sd(item) has no single one here."""
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
