"""Predictions of every single item for raters who were all given a level, one posterior draw at a time.

For one draw let K(c) be the probability that the latent residual plus the effect of a new rater is below c; some
families have one for each threshold, see ``averaging.curves``. Raters' profiles r with linear predictors l_r and shares
w_r, thresholds tau_k with gaps g_k between the ratings they separate, give an item whose effect is o

    H(o) = sum_k g_k sum_r w_r K(tau_k - l_r - o)        and the expected rating is the highest one less H(o).

K is smooth on the scale of the residual. All tau_k - l_r lie on one line, so that each is spread over the six nearest
nodes of a regular grid, an eighth of the scale apart, with the weights of Lagrange's interpolation; H on the nodes is
then a convolution with K, known at multiples of the step, and an item between nodes is interpolated from six of them.
Both steps are wrong by 0.005 step^6 K^(6), less than 1e-7. A draw costs (profiles x thresholds + items) x 6 and a small
convolution, never profiles x items.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, eye_array

from pluralstats.fits.fitted import Fit
from pluralstats.model.design import codes_of
from pluralstats.results.averaging.averages import Company, bounded_averages, cumulative_averages
from pluralstats.results.averaging.crossings import Crossing, crossing_of
from pluralstats.results.averaging.curves import Curves, grid_steps, new_rater_curves
from pluralstats.results.averaging.manners import Manners, thresholds_at
from pluralstats.results.averaging.populations import draws_at_once
from pluralstats.results.averaging.scenes import Circumstances, Scene, crowd_of
from pluralstats.storage.compiled import kernel


@kernel
def six_weights(t, out):
    """Lagrange's weights of nodes -2, -1, 0, 1, 2, 3 for a point t in [0, 1)."""
    a, b, c, d, e, f = t + 2.0, t + 1.0, t, t - 1.0, t - 2.0, t - 3.0
    out[0] = -b * c * d * e * f / 120.0
    out[1] = a * c * d * e * f / 24.0
    out[2] = -a * b * d * e * f / 12.0
    out[3] = a * b * c * e * f / 12.0
    out[4] = -a * b * c * d * f / 24.0
    out[5] = a * b * c * d * e / 120.0


@kernel
def _spread(tau, gaps, linear, share, step, first, nodes):
    """Points tau_k - l_r with weights g_k w_r onto nodes first, first + 1, ... of a grid."""
    six = np.empty(6)
    for r in range(linear.size):
        for k in range(tau.size):
            position = (tau[k] - linear[r]) / step
            below = math.floor(position)
            six_weights(position - below, six)
            start = below - 2 - first
            for m in range(6):
                nodes[start + m] += gaps[k] * share[r] * six[m]


@kernel
def _convolve(nodes, distance, kernel, table):
    """table[i] = sum over nodes m of nodes[m] K[(distance + m - i) step]; K is 0 or 1 beyond the kernel."""
    middle = kernel.size // 2
    for i in range(table.size):
        total = 0.0
        for m in range(nodes.size):
            at = distance + m - i + middle
            if at >= kernel.size:
                total += nodes[m]
            elif at >= 0:
                total += nodes[m] * kernel[at]
        table[i] = total


@kernel
def _interpolate(table, first, step, offsets, out):
    six = np.empty(6)
    for j in range(offsets.size):
        position = offsets[j] / step
        below = math.floor(position)
        six_weights(position - below, six)
        start = below - 2 - first
        total = 0.0
        for m in range(6):
            total += six[m] * table[start + m]
        out[j] += total


@kernel
def _first_and_size(low, high, step):
    """The first node and the number of nodes that six-point interpolation between low and high needs."""
    first = math.floor(low / step) - 2
    return first, math.floor(high / step) + 4 - first


@kernel
def add_below(tau, gaps, linear, share, offsets, kernel, step, out):
    """Add H of every item and draw to ``out`` (S, J).

    Parameters
    ----------
    tau : (S, K - 1) thresholds
    gaps : (K - 1,) differences of neighbouring ratings
    linear, share : (S, R) linear predictors of profiles, (R,) their shares
    offsets : (S, J) items' effects
    kernel : (S, M) K at multiples of the step, its middle at 0
    step : (S,)
    """
    for s in range(tau.shape[0]):
        first, size = _first_and_size(tau[s, 0] - linear[s].max(), tau[s, -1] - linear[s].min(), step[s])
        nodes = np.zeros(size)
        _spread(tau[s], gaps, linear[s], share, step[s], first, nodes)
        first_item, size = _first_and_size(offsets[s].min(), offsets[s].max(), step[s])
        table = np.empty(size)
        _convolve(nodes, first - first_item, kernel[s], table)
        _interpolate(table, first_item, step[s], offsets[s], out[s])


def add_below_of(
    curves: Curves, gaps: np.ndarray, linear: np.ndarray, share: np.ndarray, offsets: np.ndarray, out: np.ndarray
) -> None:
    """Add H of every item and draw to ``out`` (S, J); of families with a function K for each k, the sum over k."""
    parts = np.ascontiguousarray(linear), share, np.ascontiguousarray(offsets)
    if curves.values.shape[1] == 1:
        add_below(curves.cut, gaps, *parts, curves.of(0), curves.step, out)
        return
    for k in range(gaps.size):
        add_below(np.ascontiguousarray(curves.cut[:, [k]]), gaps[[k]], *parts, curves.of(k), curves.step, out)


class ItemPrediction(NamedTuple):
    """(S, J) draws for every item: expected rating (rating points) and mean linear predictor."""

    expected: np.ndarray
    latent: np.ndarray


class Kind(NamedTuple):
    """People of one kind and what they meet in a block of draws.

    ``linear`` (S, R), ``share`` (R,), ``offsets`` (S, M) of the circumstances ``item`` (M,), ``sd`` (S,), the ``way``
    they rate, of several.
    """

    linear: np.ndarray
    share: np.ndarray
    offsets: np.ndarray
    item: np.ndarray
    sd: np.ndarray
    way: int


def item_names(fit: Fit, around: Circumstances) -> np.ndarray:
    """(I,) items of the data in the order of predictions."""
    return fit.ratings.frame["item"].cat.categories.to_numpy()[np.unique(_items(fit, around))]


def predict_items(fit: Fit, scene: Scene) -> ItemPrediction:
    """Expected rating of every item by new raters, averaged over the people of a scene inside each draw.

    The item terms of an item are its own, with the multipliers of each person (so that slopes count), and so are its
    covariates; the person's demographic terms are looked up; rater terms are integrated over their distribution.
    """
    crossing, n_draws = crossing_of(fit, crowd_of([scene]), scene.around), len(fit.samples.sd)
    _, item = np.unique(_items(fit, scene.around), return_inverse=True)
    of_item = csr_array((scene.around.share, (np.arange(item.size), item)))
    of_item = of_item.multiply(1.0 / of_item.sum(axis=0)).tocsr()  # an item's own circumstances sum to 1
    out = ItemPrediction(np.empty((n_draws, of_item.shape[1])), np.empty((n_draws, of_item.shape[1])))
    size = draws_at_once(fit, crossing)
    for start in range(0, n_draws, size):
        draws = slice(start, min(start + size, n_draws))
        kinds = _kinds(fit, crossing, draws)
        latent = np.zeros((draws.stop - draws.start, item.size))
        for kind in kinds:
            latent[:, kind.item] += (kind.linear @ kind.share)[:, None] + kind.share.sum() * kind.offsets
        out.latent[draws] = latent @ of_item
        if fit.design.family.has_residual:
            out.expected[draws] = out.latent[draws]
        elif fit.design.family.bounded is not None:
            out.expected[draws] = _expected_between(fit, kinds, draws, item.size) @ of_item
        elif crossing.manners is not None:
            out.expected[draws] = _expected_in_ways(fit, crossing.manners, kinds, draws, item.size) @ of_item
        else:
            out.expected[draws] = _expected(fit, kinds, draws, item.size) @ of_item
    return out


def _items(fit: Fit, around: Circumstances) -> np.ndarray:
    return codes_of(fit.ratings, fit.design, "item")[around.row]


def _kinds(fit: Fit, crossing: Crossing, draws: slice) -> list[Kind]:
    """The cells of a crossing in one block of draws."""
    linear, offsets, sd = crossing.own.linear(fit, draws), crossing.offsets(fit, draws), crossing.sd_new(fit, draws)
    company, share = crossing.company, crossing.company.weight.toarray()[:, 0]
    out = []
    for c, kind in enumerate(company.cell_kind):
        people, met = company.kind == kind, slice(company.cell_starts[c], company.cell_starts[c + 1])
        parts = np.ascontiguousarray(linear[:, people]), share[people], np.ascontiguousarray(offsets[:, met])
        out.append(Kind(*parts, crossing.item[met], sd[:, c], 0 if company.way is None else int(company.way[c])))
    return out


def _expected(fit: Fit, kinds: list[Kind], draws: slice, n: int) -> np.ndarray:
    """(S, n) expected ratings in every circumstance of a model of ordered answers; missing draws give missing ones."""
    family, values = fit.design.family, fit.design.categories
    tau = np.ascontiguousarray(fit.samples.threshold[draws])
    below = np.zeros((len(tau), n))
    if not all(np.isfinite(part).all() for part in (tau, *(part for kind in kinds for part in kind[:5]))):
        return np.full_like(below, np.nan)
    if not tau.shape[1]:  # constant ratings
        return np.full_like(below, values[0])
    span = np.ptp(tau, axis=1) + _reach([k.linear for k in kinds]) + _reach([k.offsets for k in kinds])
    gaps, sd, curves = np.diff(values), np.empty(0), None
    for kind in kinds:
        if curves is None or not np.array_equal(kind.sd, sd):  # without slopes of raters all kinds have the same
            sd, step = kind.sd, grid_steps(family, tau, kind.sd, span)
            curves = new_rater_curves(family, tau, sd, step)
        found = np.zeros_like(kind.offsets)
        add_below_of(curves, gaps, kind.linear, kind.share, kind.offsets, found)
        below[:, kind.item] += found
    return np.clip(values[-1] - below, values[0], values[-1])


def _expected_in_ways(fit: Fit, manners: Manners, kinds: list[Kind], draws: slice, n: int) -> np.ndarray:
    """As ``_expected`` where noise or thresholds differ; circumstances take the place of people in the averages."""
    values = fit.design.categories
    gaps, below = np.diff(values), np.zeros((draws.stop - draws.start, n))
    ways = thresholds_at(fit, manners, draws, np.stack([kind.sd for kind in kinds]))
    one = np.zeros(1, int)
    for kind in kinds:
        m, ends = kind.item.size, np.array([0, kind.share.size])
        company = Company(np.zeros(m, int), one, ends, kind.share, eye_array(m, format="csr"), np.array([kind.way]))
        met = kind.offsets, kind.sd[:, None], kind.linear
        below[:, kind.item] += cumulative_averages(fit.design.family, ways, *met, company) @ gaps
    return np.clip(values[-1] - below, values[0], values[-1])


def _expected_between(fit: Fit, kinds: list[Kind], draws: slice, n: int) -> np.ndarray:
    """As ``_expected``, of numbers between two ends."""
    mean, own = np.zeros((draws.stop - draws.start, n)), fit.samples.threshold[draws]
    for kind in kinds:
        m, ends = kind.item.size, np.array([0, kind.share.size])
        company = Company(np.zeros(m, int), np.zeros(1, int), ends, kind.share, eye_array(m, format="csr"))
        met = kind.offsets, kind.sd[:, None], kind.linear
        mean[:, kind.item] += kind.share.sum() * bounded_averages(fit.design.family, own, *met, company)[:, :, 1]
    return fit.design.points(mean)


def _reach(parts: list[np.ndarray]) -> np.ndarray:
    """(S,) distance between the lowest and the highest of several (S, m) arrays."""
    low = np.min([part.min(axis=1) for part in parts], axis=0)
    return np.max([part.max(axis=1) for part in parts], axis=0) - low
