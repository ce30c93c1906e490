"""Evaluations of a marginal likelihood, one after the other: a search for the mode begins where the last one ended."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pluralstats.errors import FitError
from pluralstats.inference.elimination.arrow import Factor
from pluralstats.inference.marginal.cumulative import CumulativeModel, Evaluation

MOST_KEPT = 5_000  # effects in the dense part up to which the last factor is kept beside the next one: 200 MB


class Evaluated(NamedTuple):
    """An evaluation and its theta."""

    theta: np.ndarray
    found: Evaluation


class Following:
    """f of a model at one theta after the other, the last of which is known and need not be evaluated again."""

    def __init__(self, model: CumulativeModel) -> None:
        self.model = model
        self.v = np.zeros(model.pattern.size)
        self.last: Evaluated | None = None

    def evaluate(self, theta: np.ndarray) -> Evaluation:
        """f, its gradient and the mode.

        Raises
        ------
        FitError
            No mode was found, from the last one or from zero.
        """
        if self.last is not None and np.array_equal(theta, self.last.theta):
            return self.last.found
        found = self.aside(theta)
        self.v = found.mode.v
        kept = self.model.pattern.n_rest <= MOST_KEPT or not isinstance(found.mode.factor, Factor)
        self.last = Evaluated(theta.copy(), found) if kept else None
        return found

    def aside(self, theta: np.ndarray) -> Evaluation:
        """``evaluate`` for a place that the search does not go on from."""
        try:
            factor = None if self.last is None else self.last.found.mode.factor
            if self.last is None or not isinstance(factor, Factor):  # an iterative one costs less than steps with it
                return self.model.evaluate(theta, self.v)
            mode = self.last.found.mode._replace(factor=replace(factor))  # lets go of its inverse before another one
            self.last = self.last._replace(found=self.last.found._replace(mode=mode))
            return self.model.evaluate(theta, self.v, mode.factor)
        except FitError:  # the last mode is too far away to start from
            return self.model.evaluate(theta, np.zeros_like(self.v))
