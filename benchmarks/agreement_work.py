"""The work of one program of agreement_speed.py: reads a Parquet file, reports "= agreement" and "= cohesion" seconds.

python benchmarks/agreement_work.py pluralstats FILE --draws 1000
"""

import argparse

import krippendorff
import numpy as np
import pandas as pd
from joblib import parallel_config
from runner import clocked, report

import pluralstats as ps
from pluralstats.disagreement.estimates import EVERY_COEFFICIENT

BY = ["gender", "politics", "country", "age"]  # 3 + 4 + 2 + 3 groups
LEVELS = ("nominal", "ordinal", "interval")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", choices=["pluralstats", "krippendorff"])
    parser.add_argument("file")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args(argv)
    frame = pd.read_parquet(options.file)
    with parallel_config(n_jobs=options.cores):
        if options.program == "pluralstats":
            pluralstats(frame.head(500), 2)
            agreement, cohesion = pluralstats(frame, options.draws)
        else:
            agreement, cohesion = package(frame, options.draws)
    report(agreement=agreement, cohesion=cohesion)
    return 0


def pluralstats(frame: pd.DataFrame, draws: int) -> tuple[float, float]:
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=BY)
    options = {"coefficients": EVERY_COEFFICIENT, "bootstrap": "both", "replicates": draws}
    _, agreement, _ = clocked(lambda: ps.agreement(ratings, BY, **options))
    _, cohesion, _ = clocked(lambda: ps.cohesion(ratings, BY, permutations=draws, replicates=draws))
    return agreement, cohesion


def package(frame: pd.DataFrame, draws: int) -> tuple[float, float]:
    item, rater, code = (pd.factorize(frame[name], sort=True)[0] for name in ("item", "rater", "rating"))
    raters = frame.drop_duplicates("rater").sort_values("rater")
    groups = [(raters[name] == level).to_numpy() for name in BY for level in sorted(raters[name].unique())]
    generator = np.random.default_rng(1)

    def alphas(w: np.ndarray, v: np.ndarray, levels: tuple[str, ...]) -> None:
        counts = np.bincount(item * 5 + code, weights=w[rater], minlength=(item.max() + 1) * 5).reshape(-1, 5)
        drawn = np.repeat(counts.astype(int), v, axis=0)
        for level in levels:
            krippendorff.alpha(value_counts=drawn, value_domain=np.arange(1.0, 6.0), level_of_measurement=level)

    def bootstrap(members: np.ndarray, levels: tuple[str, ...]) -> None:
        drawn = generator.choice(np.flatnonzero(members), members.sum())
        w = np.bincount(drawn, minlength=len(members))
        n_items = item.max() + 1
        alphas(w, np.bincount(generator.integers(n_items, size=n_items), minlength=n_items), levels)

    def agreement() -> None:
        for members in [np.ones(len(raters), dtype=bool), *groups]:
            for _ in range(draws):
                bootstrap(members, LEVELS)

    def cohesion() -> None:
        once = np.ones(item.max() + 1, dtype=int)
        for _ in range(draws):
            order = generator.permutation(len(raters))
            for members in groups:
                bootstrap(members, ("nominal",))
                alphas(members[order].astype(float), once, ("nominal",))

    return clocked(agreement)[1], clocked(cohesion)[1]


if __name__ == "__main__":
    raise SystemExit(main())
