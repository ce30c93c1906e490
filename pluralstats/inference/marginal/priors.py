"""Log density of the priors on the sampler's coordinates, with its gradient."""

import math
from typing import NamedTuple

import numpy as np

from pluralstats.inference.elimination.roots import pairs_of
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.design import Design
from pluralstats.model.priors import ResolvedPriors
from pluralstats.model.step_places import Steps, add_step_prior, steps_at
from pluralstats.model.terms.monotone import curvature
from pluralstats.storage.compiled import kernel


class PriorNumbers(NamedTuple):
    """Priors laid out like x = (tau_1, log gaps, b, log sd, w, [log residual sd]).

    ``location`` and ``scale`` (P,) of every entry, ``kind`` (P,): NORMAL, STUDENT, HALF_STUDENT for the logarithm of a
    standard deviation, LKJ for the w of correlations (``covariance_roots``), whose scale is the exponent of their
    row, or JOINT for coefficients, whose scale is theirs alone; ``row`` (P,) tells the rows apart; ``df`` of the
    student_t. Coefficients b, from ``first`` on, have root b (r,) in groups that begin at ``starts`` (G + 1,), each a
    multivariate student_t with identity scale matrix, or ``normal`` (G,); of ``steps``, ``step_scale`` (M,) is that of
    the sum of each monotonic effect.
    """

    kind: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    row: np.ndarray
    df: float
    first: int
    root: np.ndarray
    starts: np.ndarray
    normal: np.ndarray
    steps: Steps
    step_scale: np.ndarray

    def tail(self, start: int) -> "PriorNumbers":
        """Those of the entries from ``start`` on, behind the coefficients."""
        none = self._between(start, self.kind.size)._replace(first=0, root=np.empty((0, 0)), steps=steps_at(()))
        return none._replace(starts=np.zeros(1, np.int64), normal=np.zeros(0, bool), step_scale=np.empty(0))

    def head(self, stop: int) -> "PriorNumbers":
        """Those of the entries before ``stop``, the coefficients among them."""
        return self._between(0, stop)

    def _between(self, start: int, stop: int) -> "PriorNumbers":
        own = slice(start, stop)
        return self._replace(kind=self.kind[own], location=self.location[own], scale=self.scale[own], row=self.row[own])


NORMAL, JOINT, HALF_STUDENT, LKJ = 0, 1, 2, 3
LARGEST = 30.0  # log of an sd up to which its square is a number


def prior_numbers(priors: ResolvedPriors, design: Design) -> PriorNumbers:
    """The priors of a design as arrays, for coefficients of its standardised columns."""
    gaussian = design.family.has_residual
    design = design.estimated
    k, p = design.n_thresholds, priors.coefficient.size
    gaps = design.thresholds.is_gap[:k]
    location, kind = np.zeros(k + p), np.full(k + p, JOINT)
    scale = np.concatenate([np.where(gaps, priors.log_gap[1], priors.threshold[1]), priors.coefficient])
    kind[:k] = NORMAL
    location[:k] = np.where(gaps, priors.log_gap[0], priors.threshold[0])
    if priors.intercept >= 0:
        j = k + priors.intercept
        kind[j], (location[j], scale[j]) = NORMAL, priors.intercept_prior
    if design.family.bounded is not None:
        kind[k - 1], location[k - 1], scale[k - 1] = HALF_STUDENT, 0.0, priors.precision
    pairs, residual = pairs_of(design), [priors.residual] * gaussian
    exponent = pairs.size + 2.0 * priors.correlation - 1.0
    nothing = np.full(k + p + priors.sd.size, -1)
    halves = np.full(priors.sd.size, HALF_STUDENT), np.full(len(residual), HALF_STUDENT)
    return PriorNumbers(
        np.concatenate([kind, halves[0], np.full(pairs.row.size, LKJ), halves[1]]).astype(np.int64),
        np.concatenate([location, np.zeros(priors.sd.size + pairs.row.size + len(residual))]),
        np.concatenate([scale, priors.sd, exponent, residual]),
        np.concatenate([nothing, pairs.row, [-1] * gaussian]).astype(np.int64),
        priors.df,
        k,
        np.ascontiguousarray(priors.joint.root @ standardise(design).units.coefficient),
        priors.joint.starts,
        priors.joint.normal,
        priors.steps,
        priors.step_scale,
    )


@kernel
def _add_coefficients(numbers, x, gradient):
    """Of each group of e = root b: -(df + size) / 2 log(1 + e'e / df); adds the gradient in b."""
    total, df, root, first = 0.0, numbers.df, numbers.root, numbers.first
    e = np.zeros(root.shape[0])
    for g in range(numbers.starts.size - 1):
        start, stop, square = numbers.starts[g], numbers.starts[g + 1], 0.0
        for i in range(start, stop):
            for j in range(root.shape[1]):
                e[i] += root[i, j] * x[first + j]
            square += e[i] * e[i]
        total -= 0.5 * (square if numbers.normal[g] else (df + stop - start) * math.log1p(square / df))
        pull = 1.0 if numbers.normal[g] else (df + stop - start) / (df + square)
        for i in range(start, stop):
            for j in range(root.shape[1]):
                gradient[first + j] -= pull * e[i] * root[i, j]
    return total


@kernel
def add_log_prior(numbers, x, gradient):
    """Log prior density of x up to a constant, the Jacobian of logarithms included; adds its gradient."""
    total, df, b = _add_coefficients(numbers, x, gradient), numbers.df, numbers.first
    total += add_step_prior(numbers.steps, numbers.step_scale, df, x[b:], gradient[b:])
    for j in range(x.size):
        scale = numbers.scale[j]
        if numbers.kind[j] == NORMAL:
            z = (x[j] - numbers.location[j]) / scale
            total -= 0.5 * z * z
            gradient[j] -= z / scale
        elif numbers.kind[j] == LKJ:
            squares = 1.0
            for i in range(x.size):
                if numbers.row[i] == numbers.row[j]:
                    squares += x[i] * x[i]
            gradient[j] -= scale * x[j] / squares
            if j + 1 == x.size or numbers.row[j + 1] != numbers.row[j]:  # the row counts once, at its last entry
                total -= 0.5 * scale * math.log(squares)
        elif numbers.kind[j] == HALF_STUDENT:
            z = math.exp(x[j]) / scale
            total += x[j] - 0.5 * (df + 1.0) * math.log1p(z * z / df)
            gradient[j] += 1.0 - (df + 1.0) * z * z / (df + z * z)
    return total


def prior_precision(priors: PriorNumbers, x: np.ndarray) -> np.ndarray:
    """(P, P) curvature of the priors where it is positive, at least a trifle.

    Of a student_t that of the normal distribution with its slope, which does not change sign in the tails.
    """
    df = priors.df
    square = (np.exp(np.minimum(x, LARGEST)) / priors.scale) ** 2
    half = 2.0 * df * (df + 1.0) * square / (df + square) ** 2
    lkj = priors.scale / (1.0 + x**2)
    of_kind = {NORMAL: 1.0 / priors.scale**2, HALF_STUDENT: half + 0.1, LKJ: lkj}
    out = np.diag(np.select([priors.kind == kind for kind in of_kind], list(of_kind.values())))
    coefficients = slice(priors.first, priors.first + priors.root.shape[1])
    e, sizes = priors.root @ x[coefficients], np.diff(priors.starts)
    squares = np.array([(part**2).sum() for part in np.split(e, priors.starts[1:-1])][: sizes.size])
    pull = np.repeat(np.where(priors.normal, 1.0, (df + sizes) / (df + squares)), sizes)
    out[coefficients, coefficients] += priors.root.T @ (pull[:, None] * priors.root)
    for at, scale in zip(priors.steps.blocks, priors.step_scale, strict=True):
        own = slice(priors.first + at.start, priors.first + at.stop)
        out[own, own] += curvature(x[own], df, scale)
    return out
