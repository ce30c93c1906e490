"""Seconds and peak memory of agreement and cohesion at the size of the seed study, beside `krippendorff` in a loop.

    python benchmarks/agreement_speed.py
    python benchmarks/agreement_speed.py --quick --draws 50      # small data, to see that it runs

27,375 ratings of 200 items by 1,095 raters, 12 groups in 4 demographics. Ours: all coefficients for everybody and the
12 groups with 1,000 two-way bootstrap replicates, and the nine metrics of cohesion with 1,000 two-way replicates and
1,000 permutations. The package: the three alphas for everybody and each group in as many replicates, and nominal alpha
of each group in as many replicates and permutations; it has no multiplicities, so copies of a rater agree with
themselves there. Each program in a process of its own, on ``--cores`` cores; times without reading the file and after a
call with tiny ratings; the first run also compiles. Peak memory is of the whole process, in MB of 10^6 bytes.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from processes import run

HERE = Path(__file__).parent


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="replicates, and permutations")
    parser.add_argument("--repeats", type=int, default=3, help="runs of ours; the first one compiles")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=1800.0)
    parser.add_argument("--quick", action="store_true", help="120 raters and 60 items")
    options = parser.parse_args(argv)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    print(f"load before: {os.getloadavg()[0]:.2f}; {options.draws} draws; {options.cores} cores")
    with tempfile.TemporaryDirectory() as folder:
        quick = ["--quick"] if options.quick else []
        made = run([sys.executable, str(HERE / "data.py"), "seed", folder, *quick], options.timeout)
        if made.failure:
            print(made.failure, file=sys.stderr)
            return 1
        ours = [measured("pluralstats", folder, options) for _ in range(options.repeats)]
        measured("krippendorff", folder, options, best(ours))
    return 0


def measured(program: str, folder: str, options: argparse.Namespace, against: float = 0.0) -> dict[str, str]:
    """One run of one program, printed as a line."""
    command = [sys.executable, str(HERE / "agreement_work.py"), program, f"{folder}/seed.parquet"]
    command += ["--draws", str(options.draws), "--cores", str(options.cores)]
    compiled = {"NUMBA_CACHE_DIR": f"{folder}/compiled"}  # empty at the start: the first run shows what compiling costs
    found = run(command, options.timeout, compiled)
    if found.failure:
        print(f"{program}: {found.failure}")
        return {}
    parts = ", ".join(f"{name} {float(value):.2f} s" for name, value in found.said.items())
    ratio = f", {total(found.said) / against:.1f} times as long" if against else ""
    print(
        f"{program}: {parts}, process {found.wall:.1f} s ({found.cpu:.1f} s of CPU), {found.peak:.0f} MB{ratio}",
        flush=True,
    )
    return found.said


def total(said: dict[str, str]) -> float:
    """Seconds of agreement and cohesion together."""
    return float(said["agreement"]) + float(said["cohesion"])


def best(runs: list[dict[str, str]]) -> float:
    return min((total(said) for said in runs if said), default=0.0)


if __name__ == "__main__":
    raise SystemExit(main())
