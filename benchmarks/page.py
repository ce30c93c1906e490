"""Writes the tables of ``docs/benchmarks.md`` from the results in ``benchmarks/results``.

    python benchmarks/page.py            # after a run that left its results there; ``speed.py --page`` does both
    python benchmarks/page.py --check    # exit code 1 where the page says something else

What stands between ``<!-- table: NAME -->`` and ``<!-- end -->`` is written here and nowhere else: by a function of
``BLOCKS``, or, for another NAME, as the plain table of ``results/NAME.csv`` under the sentence ``about`` of
``results/NAME.json``, where there is one. Only the standard library is imported, as in ``speed.py``.
"""

import argparse
import csv
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

RESULTS = Path(__file__).with_name("results")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BLOCK = re.compile(r"(<!-- table: (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
Rows = list[dict[str, str]]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args(argv)
    old = options.page.read_text(encoding="utf-8")
    new = with_tables(old, options.results)
    if options.check:
        names = [a[2] for a, b in zip(BLOCK.finditer(old), BLOCK.finditer(new), strict=True) if a[0] != b[0]]
        print(
            "\n".join(f"The page's table {name} is not what its results say" for name in names) or "The page is right"
        )
        return 1 if names else 0
    options.page.write_text(new, encoding="utf-8")
    return 0


def with_tables(text: str, results: Path) -> str:
    """The text with every table written anew."""
    return BLOCK.sub(lambda found: f"{found[1]}{block(found[2], results)}\n{found[4]}", text)


def block(name: str, results: Path) -> str:
    """What stands between the markers of a table."""
    with (results / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    file = results / f"{name}.json"
    about = json.loads(file.read_text()) if file.is_file() else {}
    return BLOCKS.get(name, plain)(rows, about)


def speed(rows: Rows, about: dict) -> str:
    """Maximum likelihood beside peers, one row for each peer that was measured."""
    ours = {row["case"]: row for row in rows if row["program"].startswith("pluralstats ") and row["wall"]}
    lines = []
    for row in rows:
        if not row["wall_ratio"]:
            continue
        title, size = row["case"].rsplit("; ", 1)
        n, _, rest = size.partition(" rows x ")
        mine, ratios = ours[row["case"]], (float(row["cpu_ratio"]), float(row["wall_ratio"]))
        agreed = row["note"].replace("our log-likelihood is +", "ours higher by ")
        cells = [f"{title}, {rest}", n, seconds(mine["cpu"]), row["program"], seconds(row["cpu"])]
        lines.append(
            [*cells, *(f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}" for ratio in ratios), agreed or "same"]
        )
    head = ["model", "ratings", "ours, CPU s", "peer", "its CPU s", "CPU ÷ ours", "time ÷ ours", "log-likelihood"]
    return f"{measured(about)}\n\n{table(head, lines, '-rr-rrr-')}\n\n{memory(ours, rows)}"


def memory(ours: dict[str, dict[str, str]], rows: Rows) -> str:
    """Peak memory of the largest case, and what the language takes before any data."""
    floors = [float(row["floor"]) for row in ours.values()]
    lmer = [float(row["floor"]) for row in rows if row["program"].startswith("lme4") and row["floor"]]
    largest = max(ours, key=lambda case: float(ours[case]["peak"]))
    peers = [row for row in rows if row["case"] == largest and row["wall_ratio"]]
    theirs = "".join(f", {row['program']} at {float(row['peak']):,.0f} MB" for row in peers)
    before = f" (R with lme4 {max(lmer):.0f} MB)" if lmer else ""
    return (
        f"Python with its libraries takes {max(floors):.0f} MB before any data{before}; {largest.rsplit('; ', 1)[0]} "
        f"peaks at {float(ours[largest]['peak']):,.0f} MB{theirs}."
    )


def exact(rows: Rows, about: dict) -> str:
    """Our exact posteriors; peers stay in the file until they are measured at their best."""
    lines = []
    for row in rows:
        if not (row["program"].endswith(": hmc") and row["sampling"]):
            continue
        title, size = row["case"].rsplit("; ", 1)
        n, _, rest = size.partition(" rows x ")
        numbers = [seconds(row["sampling"]), f"{float(row['ess']):,.0f}", f"{float(row['rate']):,.0f}"]
        numbers += [
            f"{seconds(row['start'])} s" if row["start"] else "",
            f"{float(row['peak']):,.0f}" if row["peak"] else "",
        ]
        lines.append([f"{title}, {rest}", n, *numbers])
    head = ["model", "ratings", "seconds", "worst", "effective draws a second", "from start to 1,000 (large: 400)"]
    return f"{measured(about)}\n\n{table([*head, 'peak MB'], lines, '-rrrrrr')}"


def plain(rows: Rows, about: dict) -> str:
    """Every column of the file, numbers to three digits."""
    names = list(rows[0])
    numeric = "".join("r" if all(number(row[name]) for row in rows if row[name]) else "-" for name in names)
    lines = [[f"{float(row[name]):.3g}" if number(row[name]) else row[name] for name in names] for row in rows]
    sentence = [about["about"], ""] if about.get("about") else []
    return "\n".join([*sentence, table([name.replace("_", " ") for name in names], lines, numeric)])


BLOCKS: dict[str, Callable[[Rows, dict], str]] = {"speed": speed, "exact": exact}


def measured(about: dict) -> str:
    """When, where and with what: the part of a result file that makes its numbers comparable."""
    busy = (
        " The machine was busy: ratios of CPU seconds are to be used."
        if (about.get("load_before") or 0.0) > 0.5
        else ""
    )
    loads = "".join(f", load {about[name]:g} {when}" for name, when in LOADS.items() if about.get(name) is not None)
    threads = f", threads of each program: {about['threads']}" if about.get("threads") else ""
    return f"Measured {about['date']} at {about['commit']}, {about['processors']} cores{threads}{loads}.{busy}"


LOADS = {"load_before": "before the first run", "load_after": "after the last"}


def seconds(text: str) -> str:
    """Two digits, and whole seconds from 10."""
    value = float(text)
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.{1 if value >= 1.0 else 2}f}"


def number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d*)?(e[+-]?\d+)?", text) is not None


def table(head: list[str], lines: list[list[str]], align: str) -> str:
    """Markdown; ``align`` has an "r" for each column of numbers."""
    rule = "|" + "|".join("---:" if kind == "r" else "---" for kind in align) + "|"
    return "\n".join([f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(cells)} |" for cells in lines)])


if __name__ == "__main__":
    sys.exit(main())
