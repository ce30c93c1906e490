"""Predictions of every item for raters who were all given a level, streaming over draws."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from pluralstats.fits.fitted import Fit
from pluralstats.inference.kernels.rows import LINKS
from pluralstats.model.design import codes_of
from pluralstats.results.averaging.crossings import Crossing, crossing_of
from pluralstats.results.averaging.populations import BLOCK_NUMBERS
from pluralstats.results.averaging.scenes import Circumstances, Scene, crowd_of
from pluralstats.results.structure.item_predictions import add_below, grid_steps, step_cumulative


class ItemPrediction(NamedTuple):
    """(S, J) draws for every item: expected rating (rating points) and mean linear predictor."""

    expected: np.ndarray
    latent: np.ndarray


class Kind(NamedTuple):
    """People of one kind and what they meet in a block of draws.

    ``linear`` (S, R), ``share`` (R,), ``offsets`` (S, M) of the circumstances ``item`` (M,), ``sd`` (S,).
    """

    linear: np.ndarray
    share: np.ndarray
    offsets: np.ndarray
    item: np.ndarray
    sd: np.ndarray


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
    size = max(1, BLOCK_NUMBERS // (len(crossing.own.X) + crossing.pair.size))
    for start in range(0, n_draws, size):
        draws = slice(start, min(start + size, n_draws))
        kinds = _kinds(fit, crossing, draws)
        latent = np.zeros((draws.stop - draws.start, item.size))
        for kind in kinds:
            latent[:, kind.item] += (kind.linear @ kind.share)[:, None] + kind.share.sum() * kind.offsets
        out.latent[draws] = latent @ of_item
        gaussian = fit.family == "gaussian"
        out.expected[draws] = out.latent[draws] if gaussian else _expected(fit, kinds, draws, item.size) @ of_item
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
        out.append(Kind(*parts, crossing.item[met], sd[:, c]))
    return out


def _expected(fit: Fit, kinds: list[Kind], draws: slice, n: int) -> np.ndarray:
    """(S, n) expected ratings in every circumstance of a cumulative model; missing draws give missing ones."""
    link, values = LINKS[fit.link], fit.design.categories
    tau = np.ascontiguousarray(fit.samples.threshold[draws])
    below = np.zeros((len(tau), n))
    if not all(np.isfinite(part).all() for part in (tau, *(part for kind in kinds for part in kind))):
        return np.full_like(below, np.nan)
    if not tau.shape[1]:  # constant ratings
        return np.full_like(below, values[0])
    span = np.ptp(tau, axis=1) + _reach([k.linear for k in kinds]) + _reach([k.offsets for k in kinds])
    gaps, sd, kernel = np.diff(values), np.empty(0), np.empty(0)
    for kind in kinds:
        if not np.array_equal(kind.sd, sd):  # without slopes of raters all kinds have the same
            sd, step = kind.sd, grid_steps(link, kind.sd, span)
            kernel = step_cumulative(link, sd, step)
        found = np.zeros_like(kind.offsets)
        add_below(tau, gaps, kind.linear, kind.share, kind.offsets, kernel, step, found)
        below[:, kind.item] += found
    return np.clip(values[-1] - below, values[0], values[-1])


def _reach(parts: list[np.ndarray]) -> np.ndarray:
    """(S,) distance between the lowest and the highest of several (S, m) arrays."""
    low = np.min([part.min(axis=1) for part in parts], axis=0)
    return np.max([part.max(axis=1) for part in parts], axis=0) - low
