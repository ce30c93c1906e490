"""Effective draws per second of exact posteriors, ours beside every other program that can sample them.

    python benchmarks/exact.py --numpyro-python PATH --bambi-python PATH
    python benchmarks/exact.py --tiny                        # seconds: that all programs here run and agree
    python benchmarks/exact.py --cases S --programs hmc carried_low_rank

One model, rating ~ five demographics + (1 | item) + (1 | rater), cumulative probit, the same priors and the same file
for everybody; each run in a process of its own on the same two cores, one run after another, programs taking turns.
Seconds are those of sampling, warm-up and the search for the mode included; compiling is apart. The effective sample
size (bulk, rank-normalised, arviz_stats) is the smallest over thresholds, coefficients, sds and all random effects.
Peak memory is of the whole process with its children. nutpie and PyMC run in the Python that runs this; NumPyro and
bambi (with nutpie) each in an environment of its own, with pandas and pyarrow; brms in ``Rscript``. What is missing,
fails or is too slow becomes a row that says so. Run it on an idle machine.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import page
from conditions import conditions
from exact_cases import CASES, DEMOGRAPHICS, OURS, PROGRAMS, TINY, TINY_DEMOGRAPHICS, TINY_PROGRAMS, Case, Length
from exact_table import COLUMNS, compared, markdown, measured, row_of
from processes import run, run_tiny

PACKAGES = ("pluralstats", "numpy", "numba", "nutpie", "pymc")
HERE = Path(__file__).parent
CORES = 2
REFERENCE = OURS  # it has the most effective draws
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")  # of each chain


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    load = os.getloadavg()[0]
    if hasattr(os, "sched_setaffinity") and not options.tiny:  # children inherit it
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    rows: list[dict[str, object]] = []
    everything: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        rows += [] if options.tiny else compilation(Path(folder), options)
        for case in CASES:
            if case.name in options.cases:
                rows += case_rows(case, Path(folder), options, everything)
                written(rows, everything, load, options)  # after every case, so that an interrupt loses one at most
    judged = [row for row in rows if row.get("kept")]
    return 1 if not judged or any(row["kept"] == "NO" for row in judged) else 0


def arguments(argv: list[str] | None) -> argparse.Namespace:
    every = [case.name for case in CASES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=every, default=every, metavar="CASE", help=", ".join(every))
    parser.add_argument("--programs", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS), metavar="PROGRAM")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each program, where it is not limited")
    parser.add_argument("--numpyro-python", default="", metavar="PATH", help="Python with numpyro")
    parser.add_argument("--bambi-python", default="", metavar="PATH", help="Python with bambi and nutpie")
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds for one run")
    parser.add_argument("--tiny", action="store_true", help="tiny data, few draws, in this process; time is not judged")
    parser.add_argument("--out", type=Path, default=Path("results/benchmark_exact"), help="folder of the tables")
    parser.add_argument(
        "--page", action="store_true", help="keep the results in benchmarks/results, for docs/benchmarks.md"
    )
    options = parser.parse_args(argv)
    if options.page and (options.tiny or options.cases != every or OURS not in options.programs):
        parser.error(f"--page is for all cases on whole data, and needs the program {OURS}")
    options.out = page.RESULTS if options.page else options.out
    options.run = run_tiny if options.tiny else run
    if options.tiny:
        options.repeats, options.cases = 1, ["S"]
        options.programs = [name for name in TINY_PROGRAMS if name in options.programs]
    return options


def compilation(folder: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    """Our fit of tiny ratings: in an empty cache it compiles, in the next process it loads what was compiled."""
    rows = []
    for name in (name for name in (OURS, "nuts") if name in options.programs):
        command = [sys.executable, str(HERE / PROGRAMS[name].script), *PROGRAMS[name].extra]
        for what, limit in (("first fit ever: compiles", 30.0), ("first fit of a process", 1.0)):
            done = run(command, options.timeout, environment(folder))
            row: dict[str, object] = {"case": f"compile ({name})", "program": what, "runs": 1, "note": done.failure}
            if not done.failure:
                seconds = float(done.said["compile"])
                row |= {"compile": seconds, "peak": done.peak, "promise": f"at most {limit:g} s"}
                row |= {"kept": "yes" if seconds <= limit else "NO"} if name == OURS else {"promise": ""}
            rows.append(row)
    return rows


def environment(folder: Path) -> dict[str, str]:
    """One thread for each chain, and compiled code of ours in a folder that was empty at the start."""
    return dict.fromkeys(ONE_THREAD, "1") | {"NUMBA_CACHE_DIR": str(folder / "compiled")}


def case_rows(case: Case, folder: Path, options: argparse.Namespace, everything: list) -> list[dict[str, object]]:
    """One row for each program; ``everything`` collects each run."""
    command = [sys.executable, str(HERE / "data.py"), case.data, str(folder), *(["--tiny"] * options.tiny)]
    made = options.run(command, options.timeout)
    if made.failure:
        return [{"case": case.title, "program": "data", "runs": 0, "note": made.failure}]
    title = "{0}; {rows} rows x {raters} raters x {items} items".format(case.title, **made.said)
    lengths = {name: case.lengths[name] for name in PROGRAMS if name in case.lengths and name in options.programs}
    if options.tiny:
        lengths = {name: TINY._replace(runs=length.runs) for name, length in lengths.items()}
    runs: dict[str, list[dict]] = {name: [] for name in lengths}
    notes = {name: why_not(name, options) for name in lengths}
    for turn in range(options.repeats):
        for name, length in lengths.items():
            if notes[name] or turn >= length.runs:
                continue
            found, notes[name] = one_run(name, case, length, turn, folder, options)
            runs[name] += [found] if found else []
            everything.append({"case": case.name, "name": name, "turn": turn, "note": notes[name], **(found or {})})
            print(json.dumps(everything[-1]), flush=True)
    agreement(case, runs, folder, options)
    rows = {name: row_of(title, name, text_of(name, lengths[name]), runs[name], notes[name]) for name in lengths}
    starts = [one["start"] for one in runs.get(OURS, [])]
    return compared(rows, case, starts, options.tiny) if OURS in rows else list(rows.values())


def why_not(name: str, options: argparse.Namespace) -> str:
    """Why a program does not run at all, or an empty string."""
    kind = PROGRAMS[name].python
    given = {"numpyro": options.numpyro_python, "bambi": options.bambi_python}
    return f"absent: no Python with it (--{kind}-python)" if not given.get(kind, "given") else ""


def one_run(name: str, case: Case, length: Length, turn: int, folder: Path, options: argparse.Namespace):
    """The numbers of one run, or None and why there are none."""
    out = folder / case.name / f"{name}_{turn}"
    command = command_of(name, case, length, turn, out, folder, options)
    done = options.run(command, options.timeout, environment(folder), True)
    if done.failure:
        return None, done.failure
    sizes = options.run([sys.executable, str(HERE / "exact_measures.py"), str(out)], options.timeout)
    if sizes.failure:
        return None, sizes.failure
    if turn:  # draws of the first run are kept for the agreement
        (out / "draws.npy").unlink()
    return measured(done, sizes.said, case.enough) | {"title": f"{done.said['version']}: {name}"}, ""


def command_of(
    name: str, case: Case, length: Length, turn: int, out: Path, folder: Path, options: argparse.Namespace
) -> list[str]:
    program, demographics = PROGRAMS[name], TINY_DEMOGRAPHICS if options.tiny else DEMOGRAPHICS
    pythons = {"pluralstats": sys.executable, "numpyro": options.numpyro_python, "bambi": options.bambi_python}
    interpreter, kind = ("Rscript", "csv") if program.python == "R" else (pythons[program.python], "parquet")
    return [
        *(interpreter, str(HERE / program.script), *program.extra),
        *("--data", str(folder / f"{case.data}.{kind}"), "--demographics", demographics),
        *("--chains", str(program.chains), "--draws", str(length.draws), "--warmup", str(length.warmup)),
        *("--seed", str(turn + 1), "--out", str(out), "--started", f"{time.time():.3f}"),
    ]


def agreement(case: Case, runs: dict[str, list[dict]], folder: Path, options: argparse.Namespace) -> None:
    """Adds to first runs how far their posterior means of thresholds, coefficients and sds are from ours."""
    reference = folder / case.name / f"{REFERENCE}_0"
    for name, found in runs.items():
        if not (found and runs.get(REFERENCE)) or name == REFERENCE:
            continue
        mine = folder / case.name / f"{name}_0"
        command = [sys.executable, str(HERE / "exact_measures.py"), str(mine), "--reference", str(reference)]
        done = options.run(command, options.timeout)
        if not done.failure:
            found[0] |= {"gap": float(done.said["mean_gap_parameters"]), "z": float(done.said["mean_z"])}
            found[0]["n_parameters"] = int(done.said["n_parameters"])


def text_of(name: str, length: Length) -> str:
    warmup = str(length.warmup) if length.warmup else "own"
    return f"{PROGRAMS[name].chains} x ({warmup} + {length.draws})"


def written(rows: list, everything: list, load: float, options: argparse.Namespace) -> None:
    """The table, printed and as Markdown and CSV, and every single run."""
    about = f"{CORES} cores, one thread for each chain; load {load:.2f} before the first run. Medians of runs."
    tiny = " Tiny data (--tiny): rates say nothing." if options.tiny else ""
    busy = " The machine was busy: the rates are not to be used." if load > 0.5 else ""
    text = f"# Exact posteriors\n\n{about}{tiny}{busy}\n\n{markdown(rows)}"
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "exact.md").write_text(text)
    (options.out / "exact_runs.json").write_text(json.dumps(everything, indent=1) + "\n")
    with (options.out / "exact.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS), restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    (options.out / "exact.json").write_text(json.dumps(conditions(PACKAGES, load), indent=1) + "\n")
    print(text)
    if options.page:
        page.main([])


if __name__ == "__main__":
    raise SystemExit(main())
