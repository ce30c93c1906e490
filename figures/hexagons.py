"""Many points as hexagons, coloured by how many items each holds."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from . import style

ACROSS, UP = 36, 17


def draw_hexagons(
    axes: Sequence[Axes],
    x: Sequence[np.ndarray],
    y: Sequence[np.ndarray],
    items: Sequence[np.ndarray],
    *,
    lightest: float = 1.0,
) -> list[tuple[Any, str]]:
    """Hexagons in classes of counts, which print in grey and need no colour bar; the limits of the axes must stand.

    Parameters
    ----------
    x, y, items : one array (n,) for each panel
        Where points lie and how many items lie there.
    lightest : float
        The share of the ramp to use, from its light end: below 1 where darker marks are drawn over the hexagons.

    Returns
    -------
    list of (patch, str)
        Handles and labels of the key.
    """
    layers = [
        ax.hexbin(
            across, up, C=n, reduce_C_function=np.sum, gridsize=(ACROSS, UP),
            extent=(*ax.get_xlim(), *ax.get_ylim()), linewidths=0.2, edgecolors="face", zorder=1,
        )
        for ax, across, up, n in zip(axes, x, y, items, strict=True)
    ]  # fmt: skip
    classes = count_classes(max(np.asarray(layer.get_array()).max() for layer in layers))
    colours = style.ramp(round(len(classes) / lightest), "sequential")[: len(classes)]
    for layer in layers:
        layer.set(cmap=ListedColormap(colours), norm=BoundaryNorm([*classes, np.inf], len(classes)))
    labels = [f"{low:g}–{high - 1:g}" if high - low > 1 else f"{low:g}" for low, high in pairwise(classes)]
    labels.append(f"{classes[-1]:g} or more")
    labels[0] += " item" if labels[0] == "1" else " items"
    return [(Patch(color=colour), label) for colour, label in zip(colours, labels, strict=True)]


def count_classes(most: float) -> list[int]:
    """Lower ends of at most five classes for counts up to ``most``, in steps as fine as that allows.

    >>> count_classes(45), count_classes(2), count_classes(900)
    ([1, 2, 5, 10, 20], [1, 2], [1, 10, 100])
    """
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ends = [step * 10**power for power in range(9) for step in steps if step * 10**power <= most]
        if len(ends) <= 5:
            break
    return ends
