"""How soon the package answers, beside ``import pandas``: ``python benchmarks/starting.py [--turns 7]``.

Fresh processes take turns. Promised are ratios of CPU seconds to those of ``python -c 'import pandas'``, medians over
turns: what else the machine does, and how fast it is, moves both sides. A clock alone measures load, which is why no
test has one. ``--tiny`` starts everything once and judges whether it ends well, not the time.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from processes import Run, run
from promises import Promise, exit_code

AGAINST = "import pandas"
COMMANDS = {
    AGAINST: ("-c", "import pandas"),
    "import pluralstats": ("-c", "import pluralstats"),
    "pluralstats --help": ("-m", "pluralstats.cli", "--help"),
    "pluralstats study --help": ("-m", "pluralstats.cli", "study", "--help"),
}
AT_MOST = {"import pluralstats": 0.5, "pluralstats --help": 1.5, "pluralstats study --help": 2.0}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=7, help="of every program, after one that is not counted")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for one process")
    parser.add_argument("--tiny", action="store_true", help="one turn; time is not judged")
    options = parser.parse_args(argv)
    turns = 1 if options.tiny else 1 + options.turns  # the first reads the disk
    done: dict[str, list[Run]] = {name: [] for name in COMMANDS}
    for _ in range(turns):
        for name, words in COMMANDS.items():
            done[name].append(run([sys.executable, *words], options.timeout))
    found = [ended(name, runs) for name, runs in done.items()]
    if not options.tiny:
        found += ratios({name: median(one.cpu for one in runs[1:]) for name, runs in done.items()})
    return exit_code(found)


def ended(name: str, runs: Sequence[Run]) -> Promise:
    """Whether every process ended well."""
    failures = [one.failure for one in runs if one.failure]
    return Promise(f"{name} ends well", failures[0] if failures else f"{len(runs)} of {len(runs)}", not failures)


def ratios(seconds: Mapping[str, float]) -> list[Promise]:
    """CPU seconds of our programs over those of ``import pandas``."""
    return [
        Promise(
            f"{name} takes at most {limit:g} times the CPU seconds of {AGAINST}",
            f"{seconds[name] / seconds[AGAINST]:.2f} ({seconds[name]:.2f} s / {seconds[AGAINST]:.2f} s)",
            seconds[name] <= limit * seconds[AGAINST],
        )
        for name, limit in AT_MOST.items()
    ]


if __name__ == "__main__":
    raise SystemExit(main())
