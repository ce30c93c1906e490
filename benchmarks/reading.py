"""Seconds and peak memory of reading a large CSV: ``read_ratings`` and ``check`` beside pyarrow's bare read.

    python benchmarks/reading.py                  # 2,698,424 ratings by 108,000 raters, five demographics, 150 MB
    python benchmarks/reading.py --rows 100000
    python benchmarks/reading.py --tiny           # seconds: small, only correctness

The file is made first, with ids that read as numbers (1.1 and 1.10) among them. Each task runs in a process of its own,
one after the other, ``--repeats`` times; what counts on a shared machine are the ratios to pyarrow's read of the same
turn. Seconds are without the start of Python and imports. Peak memory is of the whole process, in MB of 10^6 bytes.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from processes import Run, run, run_tiny
from promises import Promise, exit_code

HERE = Path(__file__).parent
TASKS = ("pyarrow", "read_ratings", "check")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_698_424)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="2,000 rows, in this process")
    options = parser.parse_args(argv)
    if options.tiny:
        options.rows, options.repeats = 2_000, 1
    start, work = run_tiny if options.tiny else run, [sys.executable, str(HERE / "reading_work.py")]
    judged: list[Promise] = []
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/ratings.csv"
        made = start([*work, "make", file, "--rows", str(options.rows)], 600.0)
        print(f"{made.said.get('mb')} MB, load before: {os.getloadavg()[0]:.2f}")
        for _ in range(options.repeats):
            turn = {task: start([*work, task, file], 1800.0) for task in TASKS}
            judged += [promise for task, one in turn.items() for promise in promises(task, one, turn, made)]
    return exit_code(judged)


def promises(task: str, found: Run, turn: dict[str, Run], made: Run) -> list[Promise]:
    """What one process said, printed beside pyarrow's of the same turn, and judged."""
    if found.failure:
        return [Promise(task, found.failure, False)]
    said, bare = found.said, turn[TASKS[0]].said
    times = [f"{name} {float(said[name]):.2f} s ({_ratio(said[name], bare[name])})" for name in ("wall", "cpu")]
    print(f"{task}: {', '.join(times)}, {found.peak:.0f} MB", flush=True)
    pairs = zip(said["found"].split("/"), made.said["found"].split("/"), strict=True)
    same = all(one in (other, "-") for one, other in pairs)
    return [Promise(f"{task} finds every rating, item and rater", said["found"], same)]


def _ratio(seconds: str, bare: str) -> str:
    return f"{float(seconds) / max(float(bare), 1e-9):.1f} of pyarrow's"


if __name__ == "__main__":
    raise SystemExit(main())
