"""Predictions of every item for raters who were all given a level, streaming over draws."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits import Fit
from pluralstats.inference.kernels import LINKS
from pluralstats.inference.nesting import codes_of
from pluralstats.results.item_expectations import add_below, grid_steps, step_cumulative
from pluralstats.results.populations import BLOCK_NUMBERS, Roles, Setting, term_roles
from pluralstats.results.slope_multipliers import mean_variance, multipliers_of


class ItemPrediction(NamedTuple):
    """(S, J) draws for every item: expected rating (rating points) and mean linear predictor."""

    expected: np.ndarray
    latent: np.ndarray


class Pattern(NamedTuple):
    """Profiles for which the effects of items, and those of new raters, have the same multipliers.

    ``X`` (R, p), ``levels`` and ``scales`` (R,) of each demographic random term, ``share`` (R,), ``of_items`` and
    ``of_new`` multipliers of the item terms and of the terms that are integrated over.
    """

    X: np.ndarray
    levels: list[np.ndarray]
    scales: list[np.ndarray]
    share: np.ndarray
    of_items: np.ndarray
    of_new: np.ndarray


def item_names(fit: Fit) -> np.ndarray:
    """(J,) items of the data in the order of predictions."""
    return fit.ratings.frame["item"].cat.categories.to_numpy()[np.unique(codes_of(fit.ratings, fit.design, "item"))]


def predict_items(fit: Fit, setting: Setting) -> ItemPrediction:
    """Expected rating of every item by new raters, averaged over the profiles of a setting inside each draw.

    The item terms of an item are its own, with the multipliers of each profile (so that slopes count); the profile's
    demographic terms are looked up; rater terms are integrated over their distribution.
    """
    roles = term_roles(fit)
    patterns = _patterns(fit, roles, setting)
    names = item_names(fit)
    n_draws = len(fit.samples.coefficient)
    out = ItemPrediction(np.empty((n_draws, names.size)), np.empty((n_draws, names.size)))
    size = max(1, BLOCK_NUMBERS // max(len(setting.share), names.size * len(patterns)))
    for start in range(0, n_draws, size):
        block = slice(start, min(start + size, n_draws))
        out.expected[block], out.latent[block] = _block(fit, roles, patterns, block)
    return out


def _patterns(fit: Fit, roles: Roles, setting: Setting) -> list[Pattern]:
    """The profiles of a setting, those with the same multipliers together."""
    profiles, n_items = setting.profiles, len(roles.item)
    X = fit.design.fixed.rows_for(profiles)
    levels = [_levels_of(fit, t, profiles) for t in roles.profile]
    scales = multipliers_of(fit, roles.profile, profiles)
    Z = multipliers_of(fit, (*roles.item, *roles.new), profiles)
    different, pattern = np.unique(Z, axis=0, return_inverse=True)
    out = []
    for g, z in enumerate(different):
        at = np.flatnonzero(pattern.ravel() == g)
        of_terms = [level[at] for level in levels]
        out.append(Pattern(X[at], of_terms, list(scales[at].T), setting.share[at], z[:n_items], z[n_items:]))
    return out


def _levels_of(fit: Fit, t: int, profiles: pd.DataFrame) -> np.ndarray:
    """Level of a demographic random term for each profile; the number of levels where nobody has the combination."""
    grouping = fit.design.groupings[t]
    factors = list(grouping.term.factors)
    known = grouping.keys.astype(str).assign(_level=np.arange(grouping.size))
    found = profiles[factors].astype(str).merge(known, on=factors, how="left")["_level"]
    return found.fillna(grouping.size).to_numpy(int)


def _block(fit: Fit, roles: Roles, patterns: list[Pattern], block: slice) -> tuple[np.ndarray, np.ndarray]:
    """(S, J) expected ratings and mean linear predictors of one block of draws."""
    effects = list(_item_effects(fit, roles, block))
    linear = [_linear(fit, roles, pattern, block) for pattern in patterns]
    nothing = np.zeros((block.stop - block.start, item_names(fit).size))
    offsets = [_weighted(pattern.of_items, effects, nothing) for pattern in patterns]
    latent = nothing.copy()
    for pattern, of_raters, of_items in zip(patterns, linear, offsets, strict=True):
        latent += (of_raters @ pattern.share)[:, None] + pattern.share.sum() * of_items
    if fit.family == "gaussian":
        return latent, latent
    return _expected(fit, roles, patterns, linear, offsets, block), latent


def _weighted(multipliers: np.ndarray, effects: list[np.ndarray], nothing: np.ndarray) -> np.ndarray:
    """(S, J) sum of the item terms times their multipliers."""
    return sum((z * u for z, u in zip(multipliers, effects, strict=True)), nothing)


def _item_effects(fit: Fit, roles: Roles, block: slice) -> Iterator[np.ndarray]:
    """(S, J) draws of each item term."""
    _, first = np.unique(codes_of(fit.ratings, fit.design, "item"), return_index=True)
    for t in roles.item:
        yield fit.samples.effects[t][block][:, fit.design.groupings[t].index[first]].astype(float)


def _linear(fit: Fit, roles: Roles, pattern: Pattern, block: slice) -> np.ndarray:
    """(S, R) linear predictors of profiles, items aside."""
    linear = fit.samples.coefficient[block] @ pattern.X.T
    for t, level, scale in zip(roles.profile, pattern.levels, pattern.scales, strict=True):
        padded = np.column_stack([fit.samples.effects[t][block], np.zeros(len(linear))])
        linear += scale * padded[:, level]
    return linear


def _expected(
    fit: Fit, roles: Roles, patterns: list[Pattern], linear: list[np.ndarray], offsets: list[np.ndarray], block: slice
) -> np.ndarray:
    """(S, J) expected ratings of a cumulative model."""
    link, values = LINKS[fit.link], fit.design.categories
    tau = np.ascontiguousarray(fit.samples.threshold[block])
    out = np.full(offsets[0].shape, np.nan)
    if not all(np.isfinite(part).all() for part in (tau, fit.samples.sd[block], *linear, *offsets)):
        return out
    if not tau.shape[1]:  # constant ratings
        return np.full_like(out, values[0])
    span = np.ptp(tau, axis=1) + _reach(linear) + _reach(offsets)
    grids: dict[tuple[float, ...], tuple[np.ndarray, np.ndarray]] = {}
    below, gaps = np.zeros_like(out), np.diff(values)
    for pattern, of_raters, of_items in zip(patterns, linear, offsets, strict=True):
        if (key := tuple(pattern.of_new.tolist())) not in grids:
            sd_new = np.sqrt(mean_variance(fit, roles.new, pattern.of_new[None], np.ones(1), block))
            step = grid_steps(link, sd_new, span)
            grids[key] = step_cumulative(link, sd_new, step), step
        add_below(tau, gaps, of_raters, pattern.share, np.ascontiguousarray(of_items), *grids[key], below)
    return np.clip(values[-1] - below, values[0], values[-1])


def _reach(parts: list[np.ndarray]) -> np.ndarray:
    """(S,) distance between the lowest and the highest of several (S, m) arrays."""
    low = np.min([part.min(axis=1) for part in parts], axis=0)
    return np.max([part.max(axis=1) for part in parts], axis=0) - low
