"""Bands that uniform ranks and right coverage stay inside, and lines against them: grey inside, coloured outside.

Probabilities are exact binomial ones, nothing is simulated.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.special import bdtr, gammaln

from .. import style
from ..parts.marks import DASHES, Entry, draw_key
from ..parts.words import in_order, wrapped

HALVINGS = 30
MODEL = "model"
LOOKS = [{"color": style.OKABE_ITO[i], "linestyle": dashes, "lw": 1.2}  # dark ones first, for prints without colour
         for i, dashes in zip((3, 4, 2, 5, 0, 1), 2 * ("-", "--", "-.", ":"), strict=False)]  # fmt: skip
INSIDE: dict[str, Any] = {"color": "#adadad", "lw": 0.5, "zorder": 2}
OTHERS: dict[str, Any] = {"color": style.INK, "lw": 0.8}
Looks = Mapping[str, dict[str, Any]]


def binomial_band(n: int, p: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    """The smallest counts with cumulative probability of at least ``tail`` and of at least 1 - ``tail``.

    >>> [end.tolist() for end in binomial_band(100, np.array([0.5]), 0.025)]
    [[40], [60]]
    """
    below = bdtr(np.arange(n + 1)[:, None].astype(float), n, p[None, :])
    below[-1] = 1.0
    return (below < tail).sum(axis=0), (below < 1.0 - tail).sum(axis=0)


@lru_cache(maxsize=32)
def simultaneous_band(n: int, points: tuple[float, ...], prob: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and most of ``n`` uniform numbers below each point that hold at all points together.

    Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32, section 2: pointwise intervals of one
    tail probability, the largest with which all of them hold with probability ``prob`` (by recursion over points).

    Parameters
    ----------
    points : tuple of float
        Increasing, between 0 and 1.
    """
    z = np.array(points)
    low, high = 0.0, 0.5 * (1.0 - prob)
    if _holds(n, z, high) >= prob:
        return binomial_band(n, z, high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _holds(n, z, middle) >= prob else (low, middle)
    return binomial_band(n, z, low)


def _holds(n: int, z: np.ndarray, tail: float) -> float:
    """P(all counts lie in the pointwise band): the counts at increasing z are a Markov chain with binomial steps."""
    lower, upper = binomial_band(n, z, tail)
    counts, probability, before = np.zeros(1, int), np.ones(1), 0.0
    for at, first, last in zip(z, lower, upper, strict=True):
        to = np.arange(first, last + 1)
        step = _binomial(to[:, None] - counts[None, :], n - counts[None, :], (at - before) / (1.0 - before))
        counts, probability, before = to, step @ probability, at
    return float(probability.sum())


def _binomial(k: np.ndarray, n: np.ndarray, p: float) -> np.ndarray:
    """P(k of n); 0 where k is negative or more than n."""
    possible = (k >= 0) & (k <= n)
    k = np.where(possible, k, 0)
    log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * np.log(p) + (n - k) * np.log1p(-p)
    return np.where(possible, np.exp(log), 0.0)


class Line(NamedTuple):
    """A parameter's line, (points,) each, and whether it leaves its band."""

    x: np.ndarray
    y: np.ndarray
    outside: bool


class Model(NamedTuple):
    """Its rows, a line for each parameter, and where the widest band runs: x, lowest and highest (points,)."""

    rows: pd.DataFrame
    lines: Mapping[str, Line]
    band: tuple[np.ndarray, np.ndarray, np.ndarray]


def by_model(rows: pd.DataFrame, make: Callable[[pd.DataFrame], Model]) -> dict[str, Model]:
    """In order of appearance; all under "" without a column ``model``."""
    names = rows[MODEL].astype(str) if MODEL in rows else pd.Series("", index=rows.index)
    return {str(name): make(part) for name, part in rows.groupby(names, sort=False)}


def leaves(y: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> bool:
    return bool(((y < lower - 1e-9) | (y > upper + 1e-9)).any())


def looks_of(models: Mapping[str, Model]) -> Looks:
    """Colour and dashes of the parameters that leave a band, by name; the first six have their own."""
    names = in_order(name for model in models.values() for name, line in model.lines.items() if line.outside)
    return dict(zip(names, LOOKS, strict=False))


def draw_lines(ax: Axes, model: Model, looks: Looks, slope: float = 0.0, **dots: Any) -> None:
    """The band and the right line, lines inside in grey, those outside in their own colour (black where many)."""
    x, lower, upper = model.band
    ax.fill_between(x, lower, upper, color=style.BAND, lw=0, zorder=0.5)
    ax.plot(x[[0, -1]], slope * x[[0, -1]], color=style.RULE, lw=0.8, zorder=1)
    for name, line in model.lines.items():
        ax.plot(line.x, line.y, **({"zorder": 3} | looks.get(name, OTHERS) if line.outside else INSIDE), **dots)


def draw_line_key(axes: Sequence[Axes], models: Mapping[str, Model], looks: Looks, band: str, ax: Axes | None) -> None:
    """The band, the lines inside it, and by name those outside."""
    entries: list[Entry] = [(Patch(color=style.BAND), band)]
    every = {(name, line.outside) for model in models.values() for name, line in model.lines.items()}
    if any(not out for _, out in every):
        entries.append((Line2D([], [], **INSIDE | {"lw": 0.8}), "parameters inside"))
    entries += [(Line2D([], [], **look), wrapped(name, 30, 1)) for name, look in looks.items()]
    if {name for name, out in every if out} - set(looks):
        entries.append((Line2D([], [], **OTHERS), "others outside"))
    draw_key(axes, entries, own=ax is None, handlelength=DASHES)
