"""Maximum likelihood from the estimates of a model that differs in one random term alone.

Two things are then nearly known: where to start, and what the formula of the curvature lacks for thresholds and
coefficients, which is how log det H depends on them. That is a few percent of their curvature, and nearly the same in
both models, so that only the entries of Lambda are measured again.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from pluralstats.inference.elimination.roots import entries_of, entry_places, pairs_of, root_of
from pluralstats.inference.laplace.search import Measure, Objective, Point, measured_information
from pluralstats.inference.marginal.cumulative import CumulativeModel, Mode, cumulative_model
from pluralstats.inference.marginal.curvature import approximate_information
from pluralstats.inference.standard.designs import standardise
from pluralstats.model.design import Design

ALIKE = 0.95  # correlation from which effects of one term start that the other model has one effect for
SMALL = 0.1  # sd from which a search can leave zero


class Nearby(NamedTuple):
    """What is known of a model.

    Attributes
    ----------
    design : in standard units
    fixed : (F,) thresholds and coefficients
    root : (T, T) Lambda
    lacking : (F, F) what the formula lacks of the information about thresholds and coefficients
    """

    design: Design
    fixed: np.ndarray
    root: np.ndarray
    lacking: np.ndarray


def nearby(design: Design, theta: np.ndarray, information: np.ndarray | None) -> Nearby | None:
    """What the maximum of a design says about other models of it; None where it has no measured curvature."""
    if information is None or design.family.has_residual:
        return None
    standard = standardise(design, mean_of_levels=False).design
    model = cumulative_model(standard)
    with threadpool_limits(limits=1, user_api="blas"):
        mode = model.evaluate(theta, np.zeros(model.pattern.size)).mode
        by_formula = approximate_information(model, theta, mode)
    first = model.first_entry
    lacking = (information - by_formula)[:first, :first]
    return Nearby(standard, theta[:first], root_of(theta[first:], model.pairs), lacking)


def start_nearby(model: CumulativeModel, near: Nearby) -> np.ndarray:
    """theta (P,) to start from: effects that the other model has one of are nearly the same."""
    design, names = model.design, [grouping.name for grouping in near.design.groupings]
    root = np.zeros((len(design.groupings),) * 2)
    for block in design.blocks:
        own = slice(block.start, block.stop)
        members = design.groupings[own]
        if all(member.name in names for member in members):
            at = [names.index(member.name) for member in members]
            root[own, own] = near.root[np.ix_(at, at)]
        else:
            same = names.index(members[0].term.name)
            alike = np.full((block.size,) * 2, ALIKE) + (1.0 - ALIKE) * np.eye(block.size)
            root[own, own] = near.root[same, same] * np.linalg.cholesky(alike)
    diagonal = np.diag_indices_from(root)
    root[diagonal] = np.maximum(root[diagonal], SMALL)
    return np.concatenate([near.fixed, entries_of(root, pairs_of(design))])


def information_nearby(near: Nearby, model: CumulativeModel, theta: np.ndarray, mode: Mode) -> np.ndarray:
    """(P, P) the information by formula, what it lacked there, and what the sd of an effect that has a row says."""
    out, first = approximate_information(model, theta, mode), near.fixed.size
    out[:first, :first] += near.lacking
    root, covariances = model.parts(theta).root, mode.factor.level_covariances()
    places = entry_places(len(root), model.pairs)
    for block, covariance in zip(model.pattern.blocks, covariances, strict=True):
        if block.stop - block.start == 1:
            continue
        for t in range(block.start, block.stop):
            row, sd = root[t, block], float(np.linalg.norm(root[t]))
            learnt = 1.0 - np.einsum("i,lij,j->l", row, covariance, row) / sd**2
            own = [first + j for j, (a, _) in enumerate(places) if a == t]
            slope = np.array([root[places[j - first]] for j in own]) / sd
            out[np.ix_(own, own)] += 2.0 * (learnt**2).sum() / sd**2 * np.outer(slope, slope)
    return out


def measure_nearby(near: Nearby, model: CumulativeModel, mode_at: Callable[[np.ndarray], Mode]) -> Measure:
    """How the information is measured at a point of the search: by differences for the entries of Lambda alone."""

    def measure(objective: Objective, at: Point, information: np.ndarray) -> np.ndarray:
        information = information_nearby(near, model, at.x, mode_at(at.x))
        return measured_information(objective, at, information, np.arange(near.fixed.size, at.x.size))

    return measure
