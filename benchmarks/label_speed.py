"""Seconds and peak memory of label distributions: items by groups, from posterior draws.

    python benchmarks/label_speed.py --data crehate_ratings.csv.gz        # CREHate, 1,580 items, five countries
    python benchmarks/label_speed.py                                      # simulated, the same size, scale 1-5
    python benchmarks/label_speed.py --quick                              # small, to see that it runs

The model has effects of the groups by item. The fit (Laplace's method, with priors) is made once and saved; then a
process of its own reads it and makes the labels, ``--repeats`` times: seconds are of ``ps.label_distributions`` without
reading, and the first run also compiles. Peak memory is of the whole process, the fit and its draws among it, in MB of
10^6 bytes. With ``--fit FOLDER`` a fit that was saved before is measured.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import run

STUDY = Path(__file__).parents[1] / "analysis" / "crehate.toml"
CREHATE = "rating ~ country + gender + politics + ethnicity + age + (1 + country | item) + (1 | rater)"
SIMULATED = "rating ~ country + gender + (1 + country | item) + (1 | rater)"
COUNTRIES = dict.fromkeys(("US", "AU", "GB", "SG", "ZA"), 0.2)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the ratings of CREHate; without it simulated ones")
    parser.add_argument("--fit", help="folder of a fit that was saved before")
    parser.add_argument("--by", default="country")
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="60 items")
    parser.add_argument("--step", choices=["fit", "labels"], help=argparse.SUPPRESS)  # what the processes do
    options = parser.parse_args(argv)
    if options.step:
        {"fit": fit, "labels": labels}[options.step](options)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        again = [sys.executable, __file__, *(sys.argv[1:] if argv is None else argv)]
        if options.fit is None:
            again += ["--fit", f"{folder}/fit"]
            subprocess.run([*again, "--step", "fit"], check=True)
        print(f"load before: {os.getloadavg()[0]:.2f}")
        for _ in range(options.repeats):
            found = run([*again, "--step", "labels"], 1800.0)
            said = found.said
            line = found.failure or f"{said['what']}: {said['seconds']} s ({said['cpu']} s of CPU), {found.peak:.0f} MB"
            print(line, flush=True)
    return 0


def fit(options: argparse.Namespace) -> None:
    """Fit and save."""
    import pluralstats as ps

    if options.data:
        study = ps.StudyConfig.read(STUDY)
        ratings, formula = ps.read_ratings(options.data, **study.ratings_options()), CREHATE
        family = {"family": "bernoulli", "link": "logit"}
    else:
        size = (60, 60, 10) if options.quick else (1000, 1580, 30)
        groups = {"country": COUNTRIES, "gender": {"female": 0.5, "male": 0.5}}
        slopes = {f"country[{name}]": 0.4 for name in list(COUNTRIES)[1:]}
        ratings = ps.simulate(*size, demographics=groups, item_slopes=slopes, seed=1)
        formula, family = SIMULATED, {}
    start = time.perf_counter()
    made = ps.fit(
        ratings,
        formula,
        method="laplace",
        priors=ps.Priors(),
        draws=options.draws,
        on_problem="ignore",
        **family,
    )
    made.save(options.fit)
    print(f"fitted and saved in {time.perf_counter() - start:.0f} s: {ratings}", flush=True)


def labels(options: argparse.Namespace) -> None:
    """Labels of a saved fit, timed."""
    import pluralstats as ps

    made = ps.load_fit(options.fit)
    start, cpu = time.perf_counter(), time.process_time()
    found = ps.label_distributions(made, by=options.by)
    print(f"= seconds {time.perf_counter() - start:.2f}")
    print(f"= cpu {time.process_time() - cpu:.2f}")
    n_items, n_groups = found.table["item"].nunique(), found.table[options.by].nunique()
    print(f"= what {n_items:,} items x {n_groups} groups, {len(made.samples.sd):,} draws, {found.scale.K} answers")


if __name__ == "__main__":
    raise SystemExit(main())
