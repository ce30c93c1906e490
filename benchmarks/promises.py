"""What a benchmark promises, judged: a sentence, what was found, and whether it holds.

Only the standard library is imported here, because scripts that measure memory start from a small process.
"""

from collections.abc import Sequence
from math import exp, lgamma, log, log1p
from typing import NamedTuple


class Promise(NamedTuple):
    """A sentence that can be wrong, what was found, and whether it was kept."""

    what: str
    found: str
    kept: bool


def exit_code(promises: Sequence[Promise]) -> int:
    """Prints every promise with its verdict; 0 where all were kept, 1 where one was not or nothing was judged."""
    for promise in promises:
        print(f"{'kept' if promise.kept else 'BROKEN'}: {promise.what}; found {promise.found}", flush=True)
    if not promises:
        print("BROKEN: nothing was judged")
    return 0 if promises and all(promise.kept for promise in promises) else 1


def covered(
    what: str, inside: int, n: int, low: float = 0.92, high: float = 0.97, false_alarm: float = 1e-3
) -> Promise:
    """Intervals hold the truth with a probability from ``low`` to ``high``: exact binomial test of ``inside`` of ``n``.

    A probability that lies in the range is called broken with at most ``false_alarm``, so few simulations catch gross
    faults only; the standard error is printed beside the share. Intervals must be of independent simulations.
    """
    if not n:
        return Promise(f"{what}: coverage {100 * low:g} to {100 * high:g}%", "no intervals", False)
    share = inside / n
    error = 100.0 * (max(share * (1.0 - share), 0.05 * 0.95) / n) ** 0.5
    kept = at_most(inside, n, low) > false_alarm / 2 and at_most(n - inside, n, 1.0 - high) > false_alarm / 2
    found = f"{100.0 * share:.1f}% of {n:,} (standard error {error:.1f})"
    return Promise(f"{what}: coverage {100 * low:g} to {100 * high:g}%", found, kept)


def at_most(k: int, n: int, p: float) -> float:
    """P(X <= k) of a binomial variable."""
    if p in (0.0, 1.0):
        return 1.0 if p == 0.0 or k == n else 0.0
    ways = (lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1) + j * log(p) + (n - j) * log1p(-p) for j in range(k + 1))
    return min(1.0, sum(exp(way) for way in ways))
