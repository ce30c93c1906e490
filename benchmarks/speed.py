"""Speed and memory of pluralstats beside its peers, each fit in a process of its own, one after another.

    make bench
    python benchmarks/speed.py --peers-python /path/to/python-with-gpboost --page  # the page's tables (make bench)
    python benchmarks/speed.py --tiny                         # seconds: every model on tiny data, correctness judged
    python benchmarks/speed.py --cases seed_linear_statsmodels  # minutes; only when named

Peers: ``Rscript`` with lme4 and ordinal on the search path; GPBoost and statsmodels (with pandas and pyarrow) in an
environment of their own, whose Python is given. A peer that is missing, fails or is too slow becomes a row that says
so. Times are of the fit with standard errors, after the file was read; ours also after a fit of tiny ratings, so that
loading compiled code is not in it, and the first compilation of all is a row by itself. Peak memory is that of the
whole process, reading included, in MB of 10^6 bytes; the part before the data is what language and libraries take.
Run it on an idle machine. Programs take turns (A B A B), and rows are medians.
"""

import argparse
import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import page
from cases import CASES, PROCESSES, Case, Peer
from conditions import conditions
from processes import Run, run, run_tiny
from table import compared, limited, markdown, program_row, verdict, write_csv

HERE = Path(__file__).parent
R_PROGRAMS = ("clmm", "lmer")
NO_PYTHON = "absent: no Python with it (--peers-python or PLURALSTATS_PEERS_PYTHON)"
PACKAGES = ("pluralstats", "numpy", "scipy", "pandas", "numba", "pyarrow")
EVERY_NAME = "import pluralstats as ps; [getattr(ps, name) for name in ps.__all__]"


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    load = os.getloadavg()[0]
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        wanted = [case for case in CASES if case.name in options.cases]
        if not options.tiny:
            rows += compilation(sorted({case.family for case in wanted}), Path(folder), options)
        for case in wanted:
            rows += case_rows(case, Path(folder), options)
            print(markdown(rows[-1 - len(case.peers) :]), flush=True)
        rows += import_rows(options) if "import" in options.cases else []
        rows += study_rows(Path(folder), options) if "study" in options.cases else []
    written(rows, load, options)
    judged = [row for row in rows if row.get("kept")]
    return 1 if not judged or any(row["kept"] == "NO" for row in judged) else 0


def arguments(argv: list[str] | None) -> argparse.Namespace:
    every = [*(case.name for case in CASES), *PROCESSES]
    default = [*(case.name for case in CASES if case.default), *PROCESSES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=every, default=default, metavar="CASE", help=", ".join(every))
    parser.add_argument("--repeats", type=int, default=3, help="runs of each program, where it is not limited")
    parser.add_argument("--peers-python", default=os.environ.get("PLURALSTATS_PEERS_PYTHON", ""), metavar="PATH")
    parser.add_argument("--timeout", type=float, default=1200.0, help="seconds for one run")
    parser.add_argument("--tiny", action="store_true", help="tiny data, one run, in this process; time is not judged")
    parser.add_argument("--out", type=Path, default=Path("results/benchmark"), help="folder of the tables")
    parser.add_argument(
        "--page", action="store_true", help="keep the results in benchmarks/results, for docs/benchmarks.md"
    )
    options = parser.parse_args(argv)
    if options.page and (options.tiny or options.cases != default):
        parser.error("--page is for all cases on whole data: the page has one table of one run")
    options.out = page.RESULTS if options.page else options.out
    options.run = run_tiny if options.tiny else run
    if options.tiny:
        options.repeats = 1
        options.cases = [case.name for case in CASES if case.tiny] if options.cases == default else options.cases
    return options


def written(rows: list[dict[str, object]], load: float, options: argparse.Namespace) -> None:
    """The table, printed and as Markdown and CSV, and what is needed to repeat the run."""
    settings = {"cases": options.cases, "repeats": options.repeats, "timeout": options.timeout, "tiny": options.tiny}
    about = conditions(PACKAGES, load) | {"settings": settings}
    text = f"# Benchmark\n\n{sentence(about)}\n\n{markdown(rows)}"
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "speed.md").write_text(text)
    (options.out / "speed.json").write_text(json.dumps(about, indent=1) + "\n")
    write_csv(options.out / "speed.csv", rows)
    print(text)
    if options.page:
        page.main([])


def compiled_code(folder: Path, name: str) -> dict[str, str]:
    """Where numba keeps compiled code: empty at the start, so that the first run shows what compiling costs."""
    return {"NUMBA_CACHE_DIR": str(folder / "compiled" / name)}


def compilation(families: list[str], folder: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    """Fits of tiny ratings: the first in an empty cache compiles, the second loads what was compiled."""
    rows = []
    for family in families:
        command = [sys.executable, str(HERE / "ours.py"), "--family", family]
        for what in ("first fit ever: compiles", "first fit of a process: loads compiled code"):
            done = run(command, options.timeout, compiled_code(folder, family))
            row = {"case": f"compile ({family})", "program": what, "runs": 1, "note": done.failure}
            rows.append(row if done.failure else row | {"wall": float(done.said["warm_up"]), "peak": done.peak})
    return rows


def case_rows(case: Case, folder: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    """Our row and one of each peer."""
    command = [sys.executable, str(HERE / "data.py"), case.data, str(folder), *(["--tiny"] * options.tiny)]
    made = options.run(command, options.timeout)
    if made.failure:
        why = f"skipped: {made.failure.removeprefix('absent: ')}"
        return [{"case": case.title, "program": name, "runs": 0, "note": why} for name in programs(case)]
    title = "{0}; {rows} rows x {raters} raters x {items} items".format(case.title, **made.said)
    turns: dict[str, list[Run]] = {name: [] for name in programs(case)}
    skipped = {peer.program: reason for peer in case.peers if (reason := why_not(peer, options))}
    limits = {peer.program: peer.runs for peer in case.peers}
    for turn in range(options.repeats):
        for name, runs in turns.items():
            if name in skipped or turn >= limits.get(name, options.repeats) or (runs and runs[-1].failure):
                continue
            environment = compiled_code(folder, case.family)
            runs.append(options.run(command_of(name, case, folder, options), options.timeout, environment))
    rows = [program_row(title, name, runs, skipped.get(name, "")) for name, runs in turns.items()]
    return compared(case, rows, options.tiny)


def programs(case: Case) -> list[str]:
    return ["pluralstats", *(peer.program for peer in case.peers)]


def why_not(peer: Peer, options: argparse.Namespace) -> str:
    """Why a peer does not run at all, or an empty string."""
    return "" if peer.program in R_PROGRAMS or python_of(peer.program, options) else NO_PYTHON


def python_of(program: str, options: argparse.Namespace) -> str:
    """The Python that has a peer: this one or the one that was given; empty where neither does."""
    return sys.executable if find_spec(program) else options.peers_python


def command_of(program: str, case: Case, folder: Path, options: argparse.Namespace) -> list[str]:
    model = case.options(options.tiny)
    if program in R_PROGRAMS:
        return ["Rscript", str(HERE / "peer_r.R"), "--data", str(folder / f"{case.data}.csv"), *model]
    python, script = (sys.executable, "ours.py")
    if program != "pluralstats":
        python, script = python_of(program, options), f"peer_{program}.py"
    return [python, str(HERE / script), "--data", str(folder / f"{case.data}.parquet"), *model]


def import_rows(options: argparse.Namespace) -> list[dict[str, object]]:
    """Fresh processes: import against pandas alone, every public name, and the command's help."""
    whole: dict[str, list[float]] = {"import pandas": [], "import pluralstats": [], EVERY_NAME: []}
    for _ in range(5):
        for code, seconds in whole.items():
            clock = f"import time; t = time.perf_counter(); {code}; print('= s', time.perf_counter() - t)"
            done = run([sys.executable, "-c", clock], options.timeout)
            seconds.append(float(done.said["s"]) if not done.failure else float("inf"))
    pandas, ours, names = whole.values()
    extra = [b - a for a, b in zip(pandas, ours, strict=True)]
    every = {"case": "import", "program": "every public name loaded", "runs": 5, "wall": median(names)}
    helps = [run([sys.executable, "-m", "pluralstats.cli", "--help"], options.timeout).wall for _ in range(5)]
    return [
        {"case": "import", "program": "import pandas", "runs": 5, "wall": median(pandas)},
        limited("import", "import pluralstats, beyond import pandas", extra, 0.5),
        every,
        limited("import", "pluralstats --help (whole process)", helps, 1.0),
    ]


def study_rows(folder: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    """``pluralstats study`` on the built-in study: the first run after installation compiles, later ones do not."""
    rows = []
    command = [sys.executable, "-m", "pluralstats.cli", "study", "--out", str(folder / "results")]
    times = {"first run, compiles": 1, "later runs": options.repeats}
    for what, n in times.items():
        done = [run(command, options.timeout, compiled_code(folder, "study")) for _ in range(n)]
        if failures := [one.failure for one in done if one.failure]:
            rows.append({"case": "pluralstats study", "program": what, "runs": 0, "note": failures[0]})
            continue
        peak = max(one.peak for one in done)
        row = limited("pluralstats study", what, [one.wall for one in done], 60.0, peak)
        row |= {"cpu": median(one.cpu for one in done)}
        rows.append(row | verdict(("at most 60 s", row["wall"] <= 60.0), ("at most 1,500 MB", peak <= 1500.0)))
    return rows


def sentence(about: dict) -> str:
    versions = ", ".join(f"{package} {number}" for package, number in about["versions"].items())
    tiny = " Tiny data (--tiny): time and memory are not judged." if about["settings"]["tiny"] else ""
    before, after = about["load_before"], about["load_after"]
    busy = " The machine was busy: CPU seconds say more than seconds." * (before > 0.5)
    return (
        f"{about['architecture']}, {about['processors']} processors, load {before} before the first run and {after} "
        f"after the last; {about['commit']}, Python {about['python']}, {versions}. Medians; programs took turns, "
        f"one process at a time.{tiny}{busy}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
