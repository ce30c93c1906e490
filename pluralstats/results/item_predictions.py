"""Predictions of every item for raters who were all given a level, streaming over draws."""

from typing import NamedTuple

import numpy as np

from pluralstats.fits import Fit
from pluralstats.inference.kernels import LINKS
from pluralstats.inference.nesting import codes_of
from pluralstats.results.item_expectations import add_below, grid_steps, step_cumulative
from pluralstats.results.multipliers import Distinct, distinct_multipliers, multipliers, variance_at
from pluralstats.results.populations import BLOCK_NUMBERS, Setting, term_roles
from pluralstats.results.roles import Roles
from pluralstats.results.row_draws import known_effects


class ItemPrediction(NamedTuple):
    """(S, J) draws for every item: expected rating (rating points) and mean linear predictor."""

    expected: np.ndarray
    latent: np.ndarray


class People(NamedTuple):
    """Profiles as arrays: ``X`` (R, p), ``known`` (S or 1, R) effects of demographic random terms, ``share`` (R,).

    ``kinds`` are profiles by what multiplies the effects of items and of new raters.
    """

    X: np.ndarray
    known: np.ndarray
    share: np.ndarray
    kinds: Distinct


class Kind(NamedTuple):
    """Profiles of one kind in a block of draws: ``linear`` (S, R), ``share`` (R,), ``offsets`` (S, J), ``sd`` (S,)."""

    linear: np.ndarray
    share: np.ndarray
    offsets: np.ndarray
    sd: np.ndarray


def item_names(fit: Fit) -> np.ndarray:
    """(J,) items of the data in the order of predictions."""
    return fit.ratings.frame["item"].cat.categories.to_numpy()[np.unique(codes_of(fit.ratings, fit.design, "item"))]


def predict_items(fit: Fit, setting: Setting) -> ItemPrediction:
    """Expected rating of every item by new raters, averaged over the profiles of a setting inside each draw.

    The item terms of an item are its own, with the multipliers of each profile (so that slopes count); the profile's
    demographic terms are looked up; rater terms are integrated over their distribution.
    """
    roles = term_roles(fit)
    people = _people(fit, roles, setting)
    _, first = np.unique(codes_of(fit.ratings, fit.design, "item"), return_index=True)
    n_draws = len(fit.samples.sd)
    out = ItemPrediction(np.empty((n_draws, first.size)), np.empty((n_draws, first.size)))
    size = max(1, BLOCK_NUMBERS // max(people.share.size, first.size * len(people.kinds.Z)))
    for start in range(0, n_draws, size):
        draws = slice(start, min(start + size, n_draws))
        kinds = _kinds(fit, roles, people, first, draws)
        out.latent[draws] = sum((k.linear @ k.share)[:, None] + k.share.sum() * k.offsets for k in kinds)
        gaussian = fit.family == "gaussian"
        out.expected[draws] = out.latent[draws] if gaussian else _expected(fit, kinds, draws)
    return out


def _people(fit: Fit, roles: Roles, setting: Setting) -> People:
    known = known_effects(fit, setting.profiles)[0] if roles.profile else np.zeros((1, len(setting.share)))
    Z = multipliers(fit.design, setting.profiles)
    kinds = distinct_multipliers(fit.design, Z, [*roles.item, *roles.new])
    return People(fit.design.fixed.rows_for(setting.profiles), known, setting.share, kinds)


def _kinds(fit: Fit, roles: Roles, people: People, first: np.ndarray, draws: slice) -> list[Kind]:
    """The profiles of one block of draws by kind."""
    linear = fit.samples.coefficient[draws] @ people.X.T
    linear += people.known[draws] if roles.profile else people.known
    effects = [fit.samples.effects[t][draws][:, fit.design.groupings[t].index[first]] for t in roles.item]
    sd = np.sqrt(variance_at(fit.design, fit.samples, roles.new, people.kinds.Z, draws))
    nothing = np.zeros((len(linear), first.size))
    out = []
    for g, z in enumerate(people.kinds.Z[:, list(roles.item)]):
        at = people.kinds.group == g
        offsets = sum((z[i] * effect for i, effect in enumerate(effects)), nothing)
        out.append(Kind(np.ascontiguousarray(linear[:, at]), people.share[at], offsets, sd[:, g]))
    return out


def _expected(fit: Fit, kinds: list[Kind], draws: slice) -> np.ndarray:
    """(S, J) expected ratings of a cumulative model; missing draws give missing ones."""
    link, values = LINKS[fit.link], fit.design.categories
    tau = np.ascontiguousarray(fit.samples.threshold[draws])
    below = np.zeros_like(kinds[0].offsets)
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
        add_below(tau, gaps, kind.linear, kind.share, kind.offsets, kernel, step, below)
    return np.clip(values[-1] - below, values[0], values[-1])


def _reach(parts: list[np.ndarray]) -> np.ndarray:
    """(S,) distance between the lowest and the highest of several (S, m) arrays."""
    low = np.min([part.min(axis=1) for part in parts], axis=0)
    return np.max([part.max(axis=1) for part in parts], axis=0) - low
