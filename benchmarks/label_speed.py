"""Seconds and peak memory of label distributions: items by groups, from posterior draws.

    python benchmarks/label_speed.py --data crehate_ratings.csv.gz        # CREHate, 1,580 items, five countries
    python benchmarks/label_speed.py                                      # simulated, the same size, scale 1-5
    python benchmarks/label_speed.py --tiny                               # seconds: small, only correctness

The model has effects of the groups by item. The fit (Laplace's method, with priors) is made once and saved; then a
process of its own reads it and makes the labels, ``--repeats`` times: seconds are of ``ps.label_distributions`` without
reading, and the first run also compiles. Peak memory is of the whole process, the fit and its draws among it, in MB of
10^6 bytes. With ``--fit FOLDER`` a fit that was saved before is measured.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from processes import Run, run, run_tiny
from promises import Promise, exit_code

HERE = Path(__file__).parent
SAME = 1e-4  # of a probability


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the ratings of CREHate; without it simulated ones")
    parser.add_argument("--fit", help="folder of a fit that was saved before")
    parser.add_argument("--by", default="country")
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="60 items and 200 draws, in this process")
    options = parser.parse_args(argv)
    if options.tiny:
        options.draws, options.repeats = 200, 1
    start, work = run_tiny if options.tiny else run, [sys.executable, str(HERE / "label_work.py")]
    with tempfile.TemporaryDirectory() as folder:
        saved = options.fit or f"{folder}/fit"
        if options.fit is None:
            command = [*work, "fit", saved, "--draws", str(options.draws), *(["--tiny"] * options.tiny)]
            made = start(command + (["--data", options.data] if options.data else []), 1800.0)
            if made.failure:
                return exit_code([Promise("a fit", made.failure, False)])
            print(made.said["fit"], flush=True)
        print(f"load before: {os.getloadavg()[0]:.2f}")
        runs = [start([*work, "labels", saved, "--by", options.by], 1800.0) for _ in range(options.repeats)]
    return exit_code([promise for one in runs for promise in promises(one)])


def promises(found: Run) -> list[Promise]:
    """What one process said, printed, and judged."""
    said = found.said
    if found.failure:
        return [Promise("labels", found.failure, False)]
    print(f"{said['what']}: {said['seconds']} s ({said['cpu']} s of CPU), {found.peak:.0f} MB", flush=True)
    judged = [("probabilities sum to 1", "sum"), ("labels are the mean of the draws' closed form", "off")]
    return [Promise(what, f"off by {said[k]}", float(said[k]) < SAME) for what, k in judged if k in said]


if __name__ == "__main__":
    raise SystemExit(main())
