"""Seconds and peak memory of agreement and cohesion at the size of the seed study, beside `krippendorff` in a loop.

    python benchmarks/agreement_speed.py
    python benchmarks/agreement_speed.py --tiny                  # seconds: tiny data, in this process

27,375 ratings of 200 items by 1,095 raters, 12 groups in 4 demographics. Ours: all coefficients for everybody and the
12 groups with 1,000 two-way bootstrap replicates, and the nine metrics of cohesion with 1,000 two-way replicates and
1,000 permutations. The package: the three alphas for everybody and each group in as many replicates, and nominal alpha
of each group in as many replicates and permutations; it has no multiplicities, so copies of a rater agree with
themselves there. Each program in a process of its own, on ``--cores`` cores; times without reading the file and after a
call with tiny ratings; the first run also compiles. Peak memory is of the whole process, in MB of 10^6 bytes. Promised
is that both give the same three alphas, ours by the sums that its bootstrap and permutations are made of.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from processes import run, run_tiny
from promises import Promise, exit_code

HERE = Path(__file__).parent


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="replicates, and permutations")
    parser.add_argument("--repeats", type=int, default=3, help="runs of ours; the first one compiles")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=1800.0)
    parser.add_argument("--tiny", action="store_true", help="60 raters and 30 items, 10 draws, one run")
    options = parser.parse_args(argv)
    options.run = run_tiny if options.tiny else run
    if options.tiny:
        options.draws, options.repeats, options.cores = 10, 1, 1
    else:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    print(f"load before: {os.getloadavg()[0]:.2f}; {options.draws} draws; {options.cores} cores")
    with tempfile.TemporaryDirectory() as folder:
        tiny = ["--tiny"] if options.tiny else []
        made = options.run([sys.executable, str(HERE / "data.py"), "seed", folder, *tiny], options.timeout)
        if made.failure:
            print(made.failure, file=sys.stderr)
            return 1
        ours = [measured("pluralstats", folder, options) for _ in range(options.repeats)]
        package = measured("krippendorff", folder, options, best(ours))
    return exit_code([same_alphas(said, package) for said in ours])


def same_alphas(ours: dict[str, str], package: dict[str, str]) -> Promise:
    """The three alphas of one run of ours beside the package's; a program that failed breaks it."""
    what = "alphas are those of the package"
    if not (ours and package):
        return Promise(what, "no result", False)
    pairs = zip(ours["alphas"].split(), package["alphas"].split(), strict=True)
    off = max(abs(float(a) - float(b)) for a, b in pairs)
    return Promise(what, f"{ours['alphas']}, off by {off:.1g}", off < 1e-9)


def measured(program: str, folder: str, options: argparse.Namespace, against: float = 0.0) -> dict[str, str]:
    """One run of one program, printed as a line."""
    command = [sys.executable, str(HERE / "agreement_work.py"), program, f"{folder}/seed.parquet"]
    command += ["--draws", str(options.draws), "--cores", str(options.cores)]
    compiled = {"NUMBA_CACHE_DIR": f"{folder}/compiled"}  # empty at the start: the first run shows what compiling costs
    found = options.run(command, options.timeout, compiled)
    if found.failure:
        print(f"{program}: {found.failure}")
        return {}
    parts = ", ".join(f"{name} {float(found.said[name]):.2f} s" for name in ("agreement", "cohesion"))
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
