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
from ..parts.marks import Entry
from ..parts.words import in_order, wrapped

HALVINGS = 30
MODEL, MOST_NAMED = "model", 6
STYLES = ("-", "--", "-.", ":")
INSIDE = "#adadad"
COLOURS = tuple(style.OKABE_ITO[i] for i in (3, 4, 2, 5, 0, 1))  # dark ones first, for prints without colour


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


class Band(NamedTuple):
    """What a right method stays inside, (points,) each."""

    x: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


class Line(NamedTuple):
    """A parameter's line, (points,) each, and whether it leaves its band."""

    x: np.ndarray
    y: np.ndarray
    outside: bool


class Calibration(NamedTuple):
    """One model: its rows, a line for each parameter, and the band of the one known worst, the widest."""

    rows: pd.DataFrame
    lines: Mapping[str, Line]
    band: Band


def by_model(rows: pd.DataFrame, make: Callable[[pd.DataFrame], Calibration]) -> dict[str, Calibration]:
    """In order of appearance; all under "" without a column ``model``."""
    if MODEL not in rows:
        return {"": make(rows)}
    return {str(name): make(part) for name, part in rows.groupby(rows[MODEL].astype(str), sort=False)}


def leaves_band(y: np.ndarray, band: Band) -> bool:
    return bool(((y < band.lower - 1e-9) | (y > band.upper + 1e-9)).any())


def looks_of(models: Mapping[str, Calibration]) -> dict[str, dict[str, Any]]:
    """Colour and dashes of the parameters that leave a band, by name; the first six have their own."""
    names = in_order(name for model in models.values() for name, line in model.lines.items() if line.outside)
    return {
        name: {"color": COLOURS[i % len(COLOURS)], "linestyle": STYLES[i % len(STYLES)], "lw": 1.2}
        for i, name in enumerate(names[:MOST_NAMED])
    }


def draw_lines(
    ax: Axes, model: Calibration, looks: Mapping[str, dict[str, Any]], slope: float = 0.0, **dots: Any
) -> None:
    """The band and the right line, lines inside in grey, those outside in their own colour (black where many)."""
    x, lower, upper = model.band
    ax.fill_between(x, lower, upper, color=style.BAND, lw=0, zorder=0.5)
    ax.plot(x[[0, -1]], slope * x[[0, -1]], color=style.RULE, lw=0.8, zorder=1)
    for name, line in model.lines.items():
        look: dict[str, Any] = {"color": INSIDE, "lw": 0.5, "zorder": 2}
        if line.outside:
            look = {**looks.get(name, {"color": style.INK, "lw": 0.8}), "zorder": 3}
        ax.plot(line.x, line.y, **look, **dots)


def share_y(axes: Sequence[Axes], *, symmetric: bool = False) -> None:
    ends = np.array([ax.get_ylim() for ax in axes] or [(0.0, 1.0)])
    most = np.abs(ends).max()
    for ax in axes:
        ax.set_ylim(*((-most, most) if symmetric else (ends[:, 0].min(), ends[:, 1].max())))


def key_entries(models: Mapping[str, Calibration], looks: Mapping[str, dict[str, Any]], band: str) -> list[Entry]:
    """The band, the lines inside it, and by name those outside."""
    entries: list[Entry] = [(Patch(color=style.BAND), band)]
    every = [(name, line.outside) for model in models.values() for name, line in model.lines.items()]
    if any(not out for _, out in every):
        entries.append((Line2D([], [], color=INSIDE, lw=0.8), "parameters inside"))
    entries += [(Line2D([], [], **look), wrapped(name, 30, 1)) for name, look in looks.items()]
    if {name for name, out in every if out} - set(looks):
        entries.append((Line2D([], [], color=style.INK, lw=0.8), "others outside"))
    return entries
