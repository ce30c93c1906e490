"""How often tests of proportional odds reject at 5% although groups do not differ, where people do.

    python benchmarks/parallel_tests.py --out parallel.csv

Fifty raters of two genders rate thirty items; raters differ in noise and in the use of the scale (sd 0.35 of log s and
of a), genders in nothing but place. ``alike`` are the tests that take all people of a group for alike
(``raters=False``, as ``scale_test`` and ``nominal_test`` of ordinal do), ``raters`` those of the default. The promise
is about the latter: no test rejects so often that 5% would do it in one of a thousand runs. Studies that stand in the
file are not run again.
"""

import argparse
from pathlib import Path

import pandas as pd
from resumed import read_found, resumed
from scipy.stats import binom

import pluralstats as ps

LEVEL, FALSE_ALARM = 0.05, 0.001
SD = 0.35


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=200, help="studies")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="two small studies: only whether it runs is judged")
    parser.add_argument("--out", type=Path, help="CSV of every p, which a later call goes on from")
    options = parser.parse_args(argv)
    size = 12 if options.tiny else 50
    seeds = range(options.seed, options.seed + (2 if options.tiny else options.worlds))
    found = resumed(read_found(options.out), {"n_raters": size}, seeds, lambda seed: study(size, seed), options.out)
    table = rejections(found)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    broken = not options.tiny and (table["promise"] == "NO").any()
    return int(broken or found["p"].isna().any())


def study(n_raters: int, seed: int) -> pd.DataFrame:
    """The p of every test of one simulated study."""
    ratings = ps.simulate(
        n_raters=n_raters, n_items=30, ratings_per_rater=30, sd_disc_rater=SD, sd_stretch_rater=SD, seed=1000 + seed
    )
    fit = ps.fit(ratings, method="laplace", on_problem="ignore")
    tables = {
        name: ps.proportional_odds_tests(fit, raters=raters) for name, raters in (("raters", True), ("alike", False))
    }
    parts = [table[["test", "p"]].assign(tests=name) for name, table in tables.items()]
    return pd.concat(parts, ignore_index=True).assign(n_raters=n_raters, seed=seed)


def rejections(found: pd.DataFrame) -> pd.DataFrame:
    """How often each test rejects, and whether the tests of the default keep to 5%."""
    rows = []
    for (tests, test), part in found.groupby(["tests", "test"], sort=False):
        n, k = len(part), int((part["p"] < LEVEL).sum())
        kept = binom.sf(k - 1, n, LEVEL) > FALSE_ALARM
        promise = "" if tests == "alike" else "yes" if kept else "NO"
        rows.append({"tests": tests, "test": test, "studies": n, "rejected": k / n, "promise": promise})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    raise SystemExit(main())
