"""What it costs to look at a fit: ``repr``, its notebook view and ``summary()``, with very many raters.

    python benchmarks/representations.py                 # 108,000 raters, 540,000 ratings; minutes for the fit
    python benchmarks/representations.py --tiny          # seconds: small, only whether everything is shown

Promised is less than 50 ms of CPU for ``repr`` of a fit, median over repeats after one that is not counted.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

from promises import Promise, exit_code

import pluralstats as ps

AT_MOST = 0.05  # seconds of CPU of repr
REPEATS = 20


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raters", type=int, default=108_000)
    parser.add_argument("--tiny", action="store_true", help="100 raters; time is not judged")
    options = parser.parse_args(argv)
    n = 100 if options.tiny else options.raters
    ratings = ps.simulate(n_raters=n, n_items=min(200, n), ratings_per_rater=5, seed=1)
    fit = ps.fit(ratings, "rating ~ gender + (1 | item) + (1 | rater)", method="laplace", on_problem="ignore")
    ways: dict[str, Callable[[], object]] = {
        "repr(fit)": lambda: repr(fit),
        "the fit in a notebook": fit._repr_html_,
        "fit.summary()": lambda: str(fit.summary()),
        "repr(ratings)": lambda: repr(ratings),
    }
    seconds = {name: median([_cpu(way) for _ in range(1 + REPEATS)][1:]) for name, way in ways.items()}
    for name, found in seconds.items():
        print(f"{name}: {1000 * found:.1f} ms of CPU, {n:,} raters")
    shown = Promise("repr names every rater's count", repr(fit).splitlines()[3].strip(), f"{n:,} raters" in repr(fit))
    fast = Promise(f"repr(fit) takes less than {AT_MOST:g} s", f"{seconds['repr(fit)']:.4f} s", True)
    return exit_code([shown] if options.tiny else [shown, fast._replace(kept=seconds["repr(fit)"] < AT_MOST)])


def _cpu(way: Callable[[], object]) -> float:
    start = time.process_time()
    way()
    return time.process_time() - start


if __name__ == "__main__":
    raise SystemExit(main())
