"""The work of one program of agreement_speed.py: seconds of agreement and of cohesion, and three alphas to compare.

python benchmarks/agreement_work.py pluralstats FILE --draws 1000
"""

import argparse
from typing import NamedTuple

import krippendorff
import numpy as np
import pandas as pd
from joblib import parallel_config
from runner import clocked, report

import pluralstats as ps
from pluralstats.disagreement.counting.pairs import coefficients, crossed
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
    found = our_alphas(frame) if options.program == "pluralstats" else package_alphas(frame)
    report(agreement=agreement, cohesion=cohesion, alphas=" ".join(f"{alpha:.12f}" for alpha in found))
    return 0


def pluralstats(frame: pd.DataFrame, draws: int) -> tuple[float, float]:
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=BY)
    options = {"coefficients": EVERY_COEFFICIENT, "bootstrap": "both", "replicates": draws}
    _, agreement, _ = clocked(lambda: ps.agreement(ratings, BY, **options))
    _, cohesion, _ = clocked(lambda: ps.cohesion(ratings, BY, permutations=draws, replicates=draws))
    return agreement, cohesion


def our_alphas(frame: pd.DataFrame) -> np.ndarray:
    """The three alphas by the sums that bootstrap and permutations are made of, every multiplicity 1."""
    item, rater = (pd.factorize(frame[name], sort=True)[0] for name in ("item", "rater"))
    table = crossed(item, rater, frame["rating"].to_numpy(float))
    return coefficients(table, np.ones(table.n_raters), np.ones(table.n_items))[: len(LEVELS)]


def package_alphas(frame: pd.DataFrame) -> list[float]:
    """The three alphas by `krippendorff`."""
    counts = pd.crosstab(frame["item"], frame["rating"])
    domain = counts.columns.to_numpy(float)
    options = {"value_counts": counts.to_numpy(), "value_domain": domain}
    return [krippendorff.alpha(**options, level_of_measurement=level) for level in LEVELS]


class Cells(NamedTuple):
    """The ratings as codes, which raters are in each group, and where random numbers come from."""

    item: np.ndarray
    rater: np.ndarray
    code: np.ndarray
    groups: list[np.ndarray]
    generator: np.random.Generator

    @property
    def n_items(self) -> int:
        return int(self.item.max()) + 1


def package(frame: pd.DataFrame, draws: int) -> tuple[float, float]:
    item, rater, code = (pd.factorize(frame[name], sort=True)[0] for name in ("item", "rater", "rating"))
    raters = frame.drop_duplicates("rater").sort_values("rater")
    groups = [(raters[name] == level).to_numpy() for name in BY for level in sorted(raters[name].unique())]
    cells = Cells(item, rater, code, groups, np.random.default_rng(1))
    return clocked(lambda: package_agreement(cells, draws))[1], clocked(lambda: package_cohesion(cells, draws))[1]


def package_agreement(cells: Cells, draws: int) -> None:
    """Three alphas of everybody and of each group in each replicate."""
    for members in [np.ones(len(cells.groups[0]), dtype=bool), *cells.groups]:
        for _ in range(draws):
            replicate(cells, members, LEVELS)


def package_cohesion(cells: Cells, draws: int) -> None:
    """Nominal alpha of each group in each replicate and each permutation."""
    once = np.ones(cells.n_items, dtype=int)
    for _ in range(draws):
        order = cells.generator.permutation(len(cells.groups[0]))
        for members in cells.groups:
            replicate(cells, members, LEVELS[:1])
            alphas(cells, members[order].astype(float), once, LEVELS[:1])


def replicate(cells: Cells, members: np.ndarray, levels: tuple[str, ...]) -> None:
    """Other raters of the group and other items."""
    drawn = cells.generator.choice(np.flatnonzero(members), members.sum())
    items = cells.generator.integers(cells.n_items, size=cells.n_items)
    w, v = np.bincount(drawn, minlength=len(members)), np.bincount(items, minlength=cells.n_items)
    alphas(cells, w, v, levels)


def alphas(cells: Cells, w: np.ndarray, v: np.ndarray, levels: tuple[str, ...]) -> None:
    cell = cells.item * 5 + cells.code
    counts = np.bincount(cell, weights=w[cells.rater], minlength=cells.n_items * 5).reshape(-1, 5)
    drawn = np.repeat(counts.astype(int), v, axis=0)
    for level in levels:
        krippendorff.alpha(value_counts=drawn, value_domain=np.arange(1.0, 6.0), level_of_measurement=level)


if __name__ == "__main__":
    raise SystemExit(main())
