"""How often 95% bootstrap intervals of agreement and cohesion hold the truth, over raters, over items and over both.

    python benchmarks/agreement_coverage.py --samples 400 --replicates 400 --out coverage.csv
    python benchmarks/agreement_coverage.py --tiny             # seconds: gross faults only

Each sample has new raters and new items: a rating is cut from item + rater + group's view of the item + noise; raters
see some of the items. The truth of a coefficient is its mean over all samples: what this design gives on average. For
alpha, xrr and the like that is the population value up to the error of the mean; for statistics of shares (entropy,
polarisation, plurality size, negentropy) it is the value for this number of raters an item. Intervals are to hold
it in 95% of samples; the standard error of 400 samples is 1.1 points where they do. "raters" and "items" intervals
leave out one source of chance, so they are too short for new raters and new items: that is what the table shows.
Promised is that intervals over both hold it in at least 93% of samples, where every sample has an interval.
"""

import argparse
import time

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from promises import Promise, covered, exit_code

import pluralstats as ps
from pluralstats.disagreement.estimates import EVERY_COEFFICIENT

CUTS = [-1.0, -0.3, 0.3, 1.0]
DESIGNS = {  # raters, items, items of each rater, shares of variance
    "12 raters x 40 items": (12, 40, 40, "subjective"),
    "40 raters x 20 of 60": (40, 60, 20, "subjective"),
    "100 raters x 10 of 60": (100, 60, 10, "subjective"),
    "300 raters x 5 of 100": (300, 100, 5, "subjective"),
    "40 raters x 20 of 60, clear items": (40, 60, 20, "clear"),
    "100 raters x 20 of 60, clear items": (100, 60, 20, "clear"),
}
VARIANCES = {  # item, rater, a group's view of an item, noise
    "subjective": (0.30, 0.20, 0.10, 0.40),
    "clear": (0.70, 0.08, 0.07, 0.15),
}
LEAST = 0.93  # what the docstrings of agreement and cohesion say
KEYS = ["design", "function", "coefficient", "bootstrap"]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=400, help="of each design")
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--designs", nargs="+", choices=list(DESIGNS), default=list(DESIGNS), metavar="DESIGN")
    parser.add_argument("--out", help="CSV of the table")
    parser.add_argument("--tiny", action="store_true", help="30 samples of one design")
    options = parser.parse_args(argv)
    if options.tiny:
        options.samples, options.replicates, options.cores, options.designs = 30, 100, 1, list(DESIGNS)[:1]
    tables = []
    for design in options.designs:
        start = time.perf_counter()
        tasks = (delayed(sample)(design, options.seed + k, options.replicates) for k in range(options.samples))
        tables.append(coverage(pd.concat(Parallel(n_jobs=options.cores)(tasks), ignore_index=True)))
        print(f"\n{design}: {options.samples} samples, {time.perf_counter() - start:.0f} s")
        print(tables[-1].drop(columns="design").to_string(index=False, float_format="{:.3f}".format), flush=True)
    if options.out:
        pd.concat(tables).to_csv(options.out, index=False)
    return exit_code(promises(pd.concat(tables), options.samples))


def simulated(design: str, seed: int) -> ps.Ratings:
    """Ratings 1 to 5 of new items by new raters, a third of them in group G with views of its own."""
    n_raters, n_items, each, kind = DESIGNS[design]
    sd_item, sd_rater, sd_view, sd_noise = np.sqrt(VARIANCES[kind])
    generator = np.random.default_rng(seed)
    rater = np.repeat(np.arange(n_raters), each)
    item = np.concatenate([generator.choice(n_items, each, replace=False) for _ in range(n_raters)])
    in_group = np.arange(n_raters) % 3 == 0
    view = generator.normal(size=(2, n_items)) * sd_view
    latent = generator.normal(size=n_items)[item] * sd_item + view[in_group[rater].astype(int), item]
    latent += generator.normal(size=n_raters)[rater] * sd_rater + generator.normal(size=len(item)) * sd_noise
    frame = pd.DataFrame({"item": item, "rater": rater, "rating": np.searchsorted(CUTS, latent) + 1})
    frame["group"] = np.where(in_group[rater], "G", "rest")
    return ps.Ratings(frame, scale=(1, 5), demographics=["group"])


def sample(design: str, seed: int, replicates: int) -> pd.DataFrame:
    """Estimates and intervals of one simulated study: all coefficients of everybody, all metrics of the group."""
    ratings = simulated(design, seed)
    settings = {"bootstrap": ("raters", "items", "both"), "replicates": replicates, "seed": seed}
    everybody = ps.agreement(ratings, coefficients=EVERY_COEFFICIENT, **settings)
    group = ps.cohesion(ratings, "group", permutations=0, replicates=replicates, seed=seed)
    group = group[group["level"] == "G"].rename(columns={"metric": "coefficient"}).assign(bootstrap="both")
    tables = [everybody.assign(function="agreement"), group.assign(function="cohesion")]
    columns = ["function", "coefficient", "bootstrap", "estimate", "lower", "upper"]
    return pd.concat([table[columns] for table in tables]).assign(design=design)


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """Percent of intervals that hold the truth, of those that exist, and their mean width."""
    truth = found.groupby(KEYS, sort=False)["estimate"].transform("mean")
    known = found["lower"].notna()
    inside = (found["lower"] <= truth) & (truth <= found["upper"])
    rows = found.assign(truth=truth, percent=100.0 * inside.where(known), width=found["upper"] - found["lower"])
    columns = {"truth": "first", "percent": "mean", "width": "mean", "lower": "count"}
    return rows.groupby(KEYS, sort=False).agg(columns).rename(columns={"lower": "n_intervals"}).reset_index()


def promises(table: pd.DataFrame, samples: int) -> list[Promise]:
    """Intervals over raters and items together; one false alarm in 1,000 runs over all rows of the table."""
    judged = table[(table["bootstrap"] == "both") & (table["n_intervals"] == samples)]
    inside = (judged["percent"] / 100.0 * samples).round().astype(int)
    names = judged["design"] + ", " + judged["function"] + " " + judged["coefficient"]
    rows = zip(names, inside, strict=True)
    return [covered(what, k, samples, LEAST, 1.0, 1e-3 / len(judged)) for what, k in rows]


if __name__ == "__main__":
    raise SystemExit(main())
