"""Pairs of responses that were rated on a slider: numbers between two ends with piles at both (ordered beta).

Given the rater, both answers are independent. With the piles p_0 and p_1 and the density f between them,

    P(Y_a > Y_b) + 1/2 P(tie) = p_1a (1 - p_1b) + int f_a F_b + 1/2 (p_0a p_0b + p_1a p_1b).

The integral is a sum over even steps h in w, y = expit(sinh w): densities that are infinite at an end decay double
exponentially there (Takahasi & Mori 1974), and the sum is exact but for rounding. F_b at the nodes is the sum so far
with the end correction of Euler and Maclaurin, - h^2 / 12 f', whose error is h^4 f''' / 720: steps are an eighth of
the least width 2 / sqrt(phi + 1) that a density has in logit y, and P(a) + P(b) = 1 to 2e-5.

A utility of several sliders has no such integral: raters are drawn as in ``raters``, and answers of each of them.
"""

import math

import numpy as np

from pluralstats.labels.pairs.posterior.kinds import Kind, PairModel, n_draws_of, root_of
from pluralstats.labels.pairs.posterior.raters import rater_nodes, rater_sample, raters_per_draw
from pluralstats.labels.pairs.responses import Candidates
from pluralstats.model.families.bounded.ordered_beta import ORDERED_BETA
from pluralstats.model.families.family import Family
from pluralstats.model.families.vector_math import SMALLEST_EXPONENT, exponential
from pluralstats.storage.compiled import kernel

LEAST_STEPS, MOST_STEPS = 0.125, 2_000  # of w; nodes of a grid
NEGLIGIBLE = 40.0  # exponent of what lies beyond the grid
ANSWERS = 16  # that each rater who is drawn gives to each response
NONE, NINE = (np.stack([x, w / w.sum()]) for x, w in map(np.polynomial.hermite_e.hermegauss, (1, 9)))
SMALLEST_SHAPE = 1e-9


def is_slider(family: Family) -> bool:
    return family.bounded is not None


@kernel
def _logistic(x):
    return 1.0 / (1.0 + math.exp(-min(max(x, -700.0), 700.0)))


@kernel
def _fill(own, eta, sd, rule, grid, step, ends, density, below):
    """Of one item: both piles into ``ends`` (2,), f times the step and F less the lower pile into (M,) each."""
    log_y, log_rest, y, stretch, tilt = grid[0], grid[1], grid[2], grid[3], grid[4]
    phi, n = math.exp(own[2]), density.size
    ends[:], density[:], below[:] = 0.0, 0.0, 0.0  # below has the derivative of f first
    for q in range(rule.shape[1]):
        at = eta + sd * rule[0, q]
        mu, share = _logistic(at), rule[1, q]
        a, b = max(mu * phi, SMALLEST_SHAPE), max(_logistic(-at) * phi, SMALLEST_SHAPE)
        low, high = _logistic(own[0] - at), _logistic(at - own[1])
        ends[0] += share * low
        ends[1] += share * high
        constant, inside = (
            math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b),
            share * max(1.0 - low - high, 0.0) * step,
        )
        for m in range(n):
            f = inside * stretch[m] * exponential(max(constant + a * log_y[m] + b * log_rest[m], SMALLEST_EXPONENT))
            density[m] += f
            below[m] += f * ((a - phi * y[m]) * stretch[m] + tilt[m])
    total, mass, found = 0.0, max(1.0 - ends[0] - ends[1], 0.0), density.sum()
    scale = mass / found if found > 0.0 else 0.0  # a draw so wild that everything is at an end
    for m in range(n):
        density[m] *= scale
        total += density[m]
        below[m] = total - 0.5 * density[m] - step / 12.0 * scale * below[m]


@kernel
def add_slider_pairs(own, offsets, nodes, weight, sd, rule, grid, step, first, second, out):
    """Pairs by one slider: add their probabilities less a half, weighted, to ``out`` (S, G, R).

    Parameters
    ----------
    own : (S, 3) cutpoints and log precision
    offsets, nodes, weight : (S, J), (S, N), (S, G, N)
    sd : (S,) of what each response has by itself, integrated by ``rule`` (2, Q)
    grid, step : of ``grid_for``
    """
    n_items, n = offsets.shape[1], grid.shape[1]
    ends = np.empty((n_items, 2))
    density, below = np.empty((n_items, n)), np.empty((n_items, n))
    for s in range(own.shape[0]):
        for i in range(nodes.shape[1]):
            if not weight[s, :, i].any():
                continue
            for j in range(n_items):
                _fill(own[s], offsets[s, j] + nodes[s, i], sd[s], rule, grid, step, ends[j], density[j], below[j])
            for r in range(first.size):
                a, b = first[r], second[r]
                p, f, F = 0.0, density[a], below[b]
                for m in range(n):
                    p += f[m] * F[m]
                p += (1.0 - ends[a, 0] - ends[a, 1]) * ends[b, 0] + ends[a, 1] * (1.0 - ends[b, 1])
                p += 0.5 * (ends[a, 0] * ends[b, 0] + ends[a, 1] * ends[b, 1]) - 0.5
                for g in range(weight.shape[1]):
                    out[s, g, r] += weight[s, g, i] * p


@kernel
def add_slider_expected(own, worth, offsets, nodes, weight, sd, rule, out):
    """Add ``worth`` times the expected answer between 0 and 1, weighted, to ``out`` (S, G, J); arguments as above."""
    for s in range(own.shape[0]):
        for i in range(nodes.shape[1]):
            if not weight[s, :, i].any():
                continue
            for j in range(offsets.shape[1]):
                mean = 0.0
                for q in range(rule.shape[1]):
                    at = offsets[s, j] + nodes[s, i] + sd[s] * rule[0, q]
                    low, high = _logistic(own[s, 0] - at), _logistic(at - own[s, 1])
                    mean += rule[1, q] * (high + (1.0 - low - high) * _logistic(at))
                for g in range(weight.shape[1]):
                    out[s, g, j] += weight[s, g, i] * worth * mean


def _met(model: PairModel, kind: Kind, d: int, draws: slice) -> tuple[np.ndarray, ...]:
    """Cutpoints, items, nodes of raters with weights, and what responses have by themselves, on one dimension."""
    own = np.ascontiguousarray(model.layouts[d].dimension.fit.samples.threshold[draws])
    nodes, weight = rater_nodes(kind.linear[:, :, d], kind.share, np.sqrt(kind.covariance[:, d, d]))
    sd = np.sqrt(kind.own[:, d])
    return own, np.ascontiguousarray(kind.offsets[:, :, d]), nodes, weight, sd, NINE if sd.any() else NONE


def add_ratings(model: PairModel, kinds: list[Kind], pairs: Candidates, draws: slice, out: np.ndarray) -> None:
    """One slider: only the sign of its weight matters."""
    first, second = pairs.first, pairs.second
    if model.layouts[0].dimension.worth < 0:
        first, second = second, first
    for kind in kinds:
        own, offsets, nodes, weight, sd, rule = _met(model, kind, 0, draws)
        farthest = np.abs(offsets).max() + np.abs(nodes).max() + NINE[0].max() * sd.max()
        grid, step = grid_for(np.exp(own[:, 2]), float(farthest))
        add_slider_pairs(own, offsets, nodes, weight, sd, rule, grid, step, first, second, out)


def grid_for(phi: np.ndarray, farthest: float) -> tuple[np.ndarray, float]:
    """The grid (5, M) and its step for precisions (S,) and linear predictors as far from 0 as ``farthest``.

    log y, log(1 - y), y, cosh w and tanh w, the logarithmic slope of cosh w.
    """
    smallest = max(float(phi.min()) * math.exp(-farthest) / 2.0, SMALLEST_SHAPE)
    reach = math.asinh(NEGLIGIBLE / smallest)
    step = min(LEAST_STEPS, 0.25 / math.sqrt(1.0 + float(phi.max())))
    w, step = np.linspace(-reach, reach, min(2 * math.ceil(reach / step) + 1, MOST_STEPS), retstep=True)
    z = np.sinh(w)
    rest = np.log1p(np.exp(-np.abs(z)))
    log_y, log_rest = np.minimum(z, 0.0) - rest, np.minimum(-z, 0.0) - rest
    return np.stack([log_y, log_rest, np.exp(log_y), np.cosh(w), np.tanh(w)]), float(step)


def add_expected(model: PairModel, kind: Kind, d: int, draws: slice, out: np.ndarray) -> None:
    """Add the expected utility of one slider to ``out`` (S, G, J)."""
    own, *met = _met(model, kind, d, draws)
    dimension = model.layouts[d].dimension
    low, high = dimension.fit.design.categories
    add_slider_expected(own, float(dimension.worth * (high - low)), *met, out)


def add_utilities(
    model: PairModel, kinds: list[Kind], pairs: Candidates, draws: slice, rng: np.random.Generator, out: np.ndarray
) -> None:
    """Several sliders: raters are drawn, and their answers."""
    linear, share = (np.concatenate([kind[i] for kind in kinds], axis=1) for i in (0, 1))
    of_profile = np.repeat(np.arange(len(kinds)), [kind.share.shape[1] for kind in kinds])
    root = np.stack([root_of(kind.covariance) for kind in kinds], axis=1)
    raters, profile = rater_sample(linear, share, root, of_profile, raters_per_draw(n_draws_of(model)), rng)
    for s in range(len(linear)):
        for k, kind in enumerate(kinds):
            weight = (of_profile[profile[s]] == k) / float(profile.shape[2])
            if weight.any():
                answered = _utilities(model, kind, raters[s], draws.start + s, s, rng)
                above = np.sign(answered[..., pairs.first] - answered[..., pairs.second]).mean(axis=2)
                out[s] += 0.5 * np.einsum("gn,gnr->gr", weight, above)


def _utilities(
    model: PairModel, kind: Kind, raters: np.ndarray, draw: int, s: int, rng: np.random.Generator
) -> np.ndarray:
    """(G, N, A, J) utilities of the answers of raters (G, N, D), A to each response, in one draw."""
    total = np.zeros((*raters.shape[:2], ANSWERS, kind.offsets.shape[1]))
    for d, layout in enumerate(model.layouts):
        fit, worth = layout.dimension.fit, layout.dimension.worth
        eta = np.broadcast_to(raters[:, :, d, None, None] + kind.offsets[s, :, d], total.shape)
        eta = eta + math.sqrt(kind.own[s, d]) * rng.standard_normal(total.shape) if kind.own[s, d] > 0.0 else eta
        own, low, high = fit.samples.threshold[draw], *fit.design.categories
        total += worth * (high - low) * ORDERED_BETA.simulate(eta.ravel(), own, np.ones(1), rng).reshape(total.shape)
    return total
