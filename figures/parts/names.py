"""Names beside a cloud of points: a column at the right margin, each name tied to its point by a hair line.

Names inside the cloud would hide points and each other; in a column they never do, however close the points lie.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from .. import style
from .alt import figure_of
from .fonts import line_height

GAP_MM = 0.9  # between two names
AWAY_MM = 4.0  # from the panel to the names


def draw_names(ax: Axes, points: np.ndarray, names: Sequence[str], radii: np.ndarray) -> int:
    """Write the names of ``points`` (n, 2) in data coordinates, the most important first; how many were written.

    The limits of the axes and the height of the panel must stand; names that do not fit into it are left out from the
    end. Hair lines end at the ``radii`` (n,) of the points, in points (1/72 inch).
    """
    height, line = ax.get_window_extent().height / figure_of(ax).dpi * 25.4, line_height()
    heights = np.array([line * (name.count("\n") + 1) + GAP_MM for name in names])
    n = int((heights.cumsum() <= height).sum())
    if not n:
        return 0
    across = ax.transAxes.inverted().transform(ax.transData.transform(points[:n]))
    wanted = height * (1.0 - across[:, 1])
    centres = spread(wanted, heights[:n], height, _uncrossed(across[:, 0], wanted, heights[:n], height))
    inch, away = figure_of(ax).dpi_scale_trans, AWAY_MM / 25.4
    for point, name, radius, centre in zip(points[:n], names, radii, centres, strict=False):
        hair = {"arrowstyle": "-", "color": style.RULE, "lw": 0.4, "shrinkA": 1.0, "shrinkB": radius}
        corner = ax.transAxes + ScaledTranslation(away, -centre / 25.4, inch)
        ax.annotate(
            name, tuple(point), (1.0, 1.0), textcoords=corner, ha="left", va="center", linespacing=1.05, zorder=4.5,
            arrowprops=hair | {"relpos": (0.0, 0.5)},
        )  # fmt: skip
    return n


def spread(wanted: np.ndarray, heights: np.ndarray, total: float, order: np.ndarray | None = None) -> np.ndarray:
    """Centres as near to the wanted ones as fit side by side from 0 to ``total``, in an order (theirs by default)."""
    order = np.argsort(wanted, kind="stable") if order is None else order
    tops, end = np.empty(len(wanted)), 0.0
    for i in order:  # downward: below the one before
        tops[i] = max(wanted[i] - heights[i] / 2, end)
        end = tops[i] + heights[i]
    end = total
    for i in order[::-1]:  # upward: above the lower edge
        tops[i] = min(tops[i], end - heights[i])
        end = tops[i]
    return tops + heights / 2


def _uncrossed(x: np.ndarray, wanted: np.ndarray, heights: np.ndarray, total: float) -> np.ndarray:
    """The order of the names, neighbours swapped while their hair lines cross."""
    order = np.argsort(wanted, kind="stable")
    for _ in range(len(order) ** 2):
        centres = spread(wanted, heights, total, order)
        for above, (i, j) in enumerate(pairwise(order)):
            left, right = (i, j) if x[i] <= x[j] else (j, i)
            share = (x[right] - x[left]) / max(1.0 - x[left], 1e-9)
            line = wanted[left] + share * (centres[left] - wanted[left])  # of the left point, below or above the right
            if (line - wanted[right]) * (centres[left] - centres[right]) < 0:
                order[above : above + 2] = j, i
                break
        else:
            break
    return order
