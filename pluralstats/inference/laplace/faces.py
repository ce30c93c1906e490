"""Maximum likelihood with steps of one sign: which steps of monotonic effects are 0 at the maximum.

The steps of an effect are all positive or all negative or 0. Where a maximum without that has steps of both signs, the
best of either sign is looked for by an active set: steps of the wrong sign are held at 0, the rest is maximised again,
and a held step is let go where the likelihood rises on its side of 0 (Lawson & Hanson 1974, chapter 23).
"""

from collections.abc import Callable
from itertools import islice, product
from typing import NamedTuple

import numpy as np

from pluralstats.inference.laplace.near_zero import maximise_given
from pluralstats.inference.laplace.search import Maximum, Objective, Point, maximise, measured_information
from pluralstats.model.step_places import Steps

MOST_PATTERNS = 16  # of signs that are tried
RISING = 1e-4  # slope of the log-likelihood from which a step at 0 is let go
MOST_CHANGES = 4  # of the set, for each step


class OnFace(NamedTuple):
    """The maximum over steps of which some are held: value, all coefficients (p,), and their gradient there (p,)."""

    value: float
    b: np.ndarray
    gradient: np.ndarray


class Held(NamedTuple):
    """Coefficients that are 0 at the maximum, (p,) bool, and by how much its log-likelihood is above that of the next
    best where an effect has the other sign; infinite where that was not looked at."""

    at: np.ndarray
    ahead: float = np.inf


type On = Callable[[np.ndarray], OnFace]  # held (p,) bool


def steps_at_zero(on: On, steps: Steps, size: int) -> Held:
    """The coefficients (p,) that are 0 at the maximum with steps of one sign; none where they have one anyway."""
    none = np.zeros(size, bool)
    free = on(none)
    signs = [_signs_to_try(free.b[at]) for at in steps.blocks]
    if all(len(one) == 1 for one in signs):
        return Held(none)
    found = []
    for chosen in islice(product(*signs), MOST_PATTERNS):
        sign = np.zeros(size)
        for at, one in zip(steps.blocks, chosen, strict=True):
            sign[at] = one
        found.append(_with_signs(on, sign, sign * free.b < 0.0))
    found.sort(key=lambda one: -one[0])
    return Held(found[0][1], found[0][0] - found[1][0])


def _signs_to_try(c: np.ndarray) -> tuple[float, ...]:
    """One where all steps have it, else both, that of their sum first."""
    if not (c > 0.0).any():
        return (-1.0,)
    if not (c < 0.0).any():
        return (1.0,)
    return (1.0, -1.0) if c.sum() > 0.0 else (-1.0, 1.0)


def _with_signs(on: On, sign: np.ndarray, held: np.ndarray) -> tuple[float, np.ndarray]:
    """The highest value with coefficients of these signs (p,), 0 for either, and what is held there."""
    best = -np.inf, held
    for _ in range(MOST_CHANGES * max(int(np.abs(sign).sum()), 1)):
        at = on(held)
        wrong = ~held & (sign * at.b < 0.0)
        if wrong.any():
            held = held | wrong
            continue
        if at.value > best[0]:
            best = at.value, held
        rising = np.where(held, sign * at.gradient, 0.0)
        if rising.max() < RISING:
            break
        held = held.copy()
        held[rising.argmax()] = False
    return best


class Face:
    """An objective in theta with some of its entries (P,) held at 0, where it has a curvature of 1 for the search."""

    def __init__(self, objective: Objective, held: np.ndarray, ahead: float = np.inf) -> None:
        self.objective, self.held, self.ahead = objective, held, ahead

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = self.objective(np.where(self.held, 0.0, theta))
        away = np.where(self.held, theta, 0.0)
        return value - 0.5 * float(away @ away), np.where(self.held, -theta, gradient)

    def maximum(self, near: Maximum) -> Maximum:
        """The maximum on the face, searched from ``near``."""
        information = near.information.copy()
        information[self.held], information[:, self.held] = 0.0, 0.0
        information[self.held, self.held] = 1.0
        return maximise(self, np.where(self.held, 0.0, near.x), information)

    def information(self, best: Maximum) -> np.ndarray:
        """(P, P) the information at a maximum about all entries, also those that are held."""
        if not self.held.any():
            return best.information
        there = Point(best.x, *self.objective(best.x))
        return measured_information(self.objective, there, best.information, np.flatnonzero(self.held))


def face_of(objective: Objective, best: Maximum, steps: Steps, columns: slice) -> Face:
    """Where the steps have one sign, from a maximum without that; ``columns``: where the coefficients are in theta."""

    def whole(held: np.ndarray) -> np.ndarray:
        out = np.zeros(best.x.size, bool)
        out[columns] = held
        return out

    if not steps.first.size:
        return Face(objective, np.zeros(best.x.size, bool))

    def on(held: np.ndarray) -> OnFace:
        if not held.any():
            return OnFace(best.value, best.x[columns], best.gradient[columns])
        at = maximise_given(objective, best, dict.fromkeys(np.flatnonzero(whole(held)).tolist(), 0.0))
        return OnFace(at.value, at.x[columns], objective(at.x)[1][columns])

    found = steps_at_zero(on, steps, columns.stop - columns.start)
    return Face(objective, whole(found.at), found.ahead)
