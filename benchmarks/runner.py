"""What the Python runners share: their command line, the clock around a fit, and how they report."""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any


def arguments(argv: list[str] | None, description: str | None) -> argparse.Namespace:
    """The options of ``Case.options`` and the file."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", default="", help="Parquet file; without one only the warm-up runs")
    parser.add_argument("--formula", default="")
    parser.add_argument("--family", choices=["cumulative", "gaussian"], required=True)
    parser.add_argument("--scale", type=lambda text: text if text == "continuous" else _ends(text))
    for name in ("--groups", "--demographics", "--covariates"):
        parser.add_argument(name, type=lambda text: [part for part in text.split(",") if part], default=[])
    return parser.parse_args(argv)


def _ends(text: str) -> tuple[int, int]:
    low, high = text.split(",")
    return int(low), int(high)


def clocked(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What ``work`` returns, its wall time and its CPU seconds (all threads)."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def peak() -> float:
    """MB that this process has held at most so far; asked before the data, the price of the program itself."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def report(**values: object) -> None:
    """Lines "= name value" for speed.py."""
    for name, value in values.items():
        print(f"= {name} {value}")


def sd_text(sds: Mapping[str, float]) -> str:
    """Standard deviations in one order, so that programs can be compared by eye."""
    return " ".join(f"{name}={sds[name]:.4f}" for name in sorted(sds))
