"""Where along a turn the kicks come.

A turn integrates z'' = -z + f(z) with a small force f. The kicks are a quadrature of f along the rotation: evenly
spaced ones of equal size are the trapezoidal rule (Strang splitting), whose error in f is of order h^2 however small f
is. At the nodes of Gauss-Lobatto quadrature, with its weights, K kicks leave an error of order h^(2K) in f and of h^2
in f^2 only (integrators SBAB; McLachlan 1995, BIT 35, 258-268; Laskar & Robutel 2001, Celest. Mech. 80, 39-62).
The last kick of a transition has the gradient of the first kick of the next, so that K kicks cost K gradients.

Share of transitions accepted with evenly spaced kicks and with these, on 27,375 SIMULATED ratings by 1,095 raters:
plain, 3 kicks: 0.85 and 0.99; five dimensions at once, 4 kicks: 0.71 and 0.90; noise and use of the scale by rater, 6
kicks: 0.82 and 0.92. Where many are needed f^2 counts too, and panels of three kicks do better than one long rule (0.89
in the last).
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import Legendre

FEWEST_KICKS, MOST_KICKS = 2, 480
ALONE = 4  # kicks up to which a turn is one rule; more are panels of PANEL
PANEL = 3


class Nodes(NamedTuple):
    """Where along a turn kicks are given, ``at`` (K + 1,) from 0 to 1, and what ``share`` (K + 1,) of it each is."""

    at: np.ndarray
    share: np.ndarray


def allowed(kicks: int) -> int:
    """The number of kicks that a turn can have: at least so many, as long as there are so many.

    >>> [allowed(kicks) for kicks in (1, 3, 4, 5, 8, 1000)]
    [2, 3, 4, 6, 9, 480]
    """
    panels = kicks if kicks <= ALONE else -(-kicks // PANEL) * PANEL
    return min(max(panels, FEWEST_KICKS), MOST_KICKS)


@cache
def nodes_of(kicks: int) -> Nodes:
    """Nodes of a turn with an ``allowed`` number of kicks.

    >>> [part.round(4).tolist() for part in nodes_of(3)]
    [[0.0, 0.2764, 0.7236, 1.0], [0.0833, 0.4167, 0.4167, 0.0833]]
    """
    size = kicks if kicks <= ALONE else PANEL
    panels, one = kicks // size, lobatto(size)
    at, share = np.zeros(kicks + 1), np.zeros(kicks + 1)
    for panel in range(panels):
        own = slice(panel * size, (panel + 1) * size + 1)
        at[own] = (panel + one.at) / panels
        share[own] += one.share / panels
    return Nodes(at, share)


def lobatto(kicks: int) -> Nodes:
    """Gauss-Lobatto nodes and weights on [0, 1] (Abramowitz & Stegun 1964, 25.4.32)."""
    of_ends = Legendre.basis(kicks)
    x = np.concatenate([[-1.0], np.sort(of_ends.deriv().roots().real), [1.0]])
    return Nodes(0.5 * (x + 1.0), 1.0 / (kicks * (kicks + 1) * of_ends(x) ** 2))
