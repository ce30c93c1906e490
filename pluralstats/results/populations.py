"""Who and what an average is over: raters' profiles, the items of the data, and new raters (METHODS section 3)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits import Fit
from pluralstats.inference.kernels import LINKS
from pluralstats.inference.nesting import codes_of
from pluralstats.population.targets import Population
from pluralstats.results.averages import cumulative_averages
from pluralstats.results.multipliers import Distinct, distinct_multipliers, multipliers, sloping, variance_at
from pluralstats.results.profiles import Setting, crossed, distribution, thinned
from pluralstats.results.roles import Roles, profile_columns, rater_columns, term_roles
from pluralstats.results.target_people import people_of

BLOCK_NUMBERS = 4_000_000  # linear predictors held at once: 32 MB
MANY_PROFILES = 20_000  # raters' profiles times circumstances, from which circumstances are thinned
LEAST_CIRCUMSTANCES = 50


class Prediction(NamedTuple):
    """Averages of one setting, one value a draw.

    ``expected`` (S,) rating points, ``at_least`` (S, K-1) P(rating >= k) for the categories used but the lowest,
    ``latent`` (S,) mean linear predictor over profiles and items.
    """

    expected: np.ndarray
    at_least: np.ndarray
    latent: np.ndarray


class Layout(NamedTuple):
    """The profiles of all settings, one after another, as the arrays that predictions are made of.

    ``share`` (R,) within its setting, ``starts`` (A + 1,) first profile of each setting, ``X`` (R, p), ``lookups``
    (R,) level of each demographic random term, ``Z`` (R, T) multipliers, ``kinds`` profiles by what multiplies the
    effects of items and new raters, ``first`` (J,) a row of the design for each item.
    """

    share: np.ndarray
    starts: np.ndarray
    X: np.ndarray
    lookups: list[np.ndarray]
    Z: np.ndarray
    kinds: Distinct
    first: np.ndarray


def observed_profiles(
    fit: Fit, within: Mapping[str, str] | None = None, population: Population | None = None
) -> Setting:
    """Profiles of the data: what describes raters, each rater once, crossed with what does not.

    Columns that vary within a rater (an item's topic, a wave) are circumstances: their joint distribution counts
    each item once if they are constant within items and each rating once otherwise, and every rater's profile
    meets all of it. Adding an item covariate therefore does not weight raters by how much they rated. More than
    ``MANY_PROFILES`` combinations are thinned to evenly spaced quantiles of the sorted circumstances.

    Parameters
    ----------
    within : dict, demographic -> level
        Only the people who have these levels; circumstances are always those of all ratings.
    population : Population, optional
        The people; default the raters of the data.
    """
    columns, frame = profile_columns(fit), fit.ratings.frame
    about_raters = rater_columns(fit, columns)
    varying = [column for column in columns if column not in about_raters]
    if not columns:
        return Setting(pd.DataFrame(index=[0]), np.ones(1))
    if not about_raters:
        return distribution(frame, "item", varying)
    people = people_of(fit.ratings, about_raters, within or {}, population)
    if not varying:
        return people
    most = max(MANY_PROFILES // len(people.share), LEAST_CIRCUMSTANCES)
    return crossed(people, thinned(distribution(frame, "item", varying), most))


def set_level(profiles: pd.DataFrame, column: str, level: object) -> pd.DataFrame:
    """The same profiles, row by row, with one demographic set to a level."""
    values = pd.Categorical([level] * len(profiles), categories=profiles[column].cat.categories)
    return profiles.assign(**{column: values})


def with_level(setting: Setting, column: str, level: object) -> Setting:
    """The same people with one demographic set to a level; profiles that become equal are merged."""
    profiles = set_level(setting.profiles, column, level)
    columns = list(profiles.columns)
    merged = profiles.assign(_share=setting.share).groupby(columns, observed=True, sort=False)["_share"].sum()
    return Setting(merged.index.to_frame(index=False), merged.to_numpy())


def predict_settings(fit: Fit, settings: list[Setting]) -> list[Prediction]:
    """Average predictions of every setting, streaming over draws in blocks.

    Returns
    -------
    list of Prediction
        In the order of ``settings``.
    """
    roles = term_roles(fit)
    layout = _layout(fit, settings, roles)
    n_draws = len(fit.samples.coefficient)
    size = max(1, BLOCK_NUMBERS // max(layout.share.size, len(layout.kinds.Z) * layout.first.size))
    blocks = [slice(start, min(start + size, n_draws)) for start in range(0, n_draws, size)]
    parts = [_averages(fit, roles, layout, block) for block in blocks]
    expected, at_least, latent = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return [Prediction(expected[:, a], at_least[:, a], latent[:, a]) for a in range(len(settings))]


def mean_variance(fit: Fit, terms: Sequence[int]) -> np.ndarray:
    """(S,) variance of random terms, averaged over profiles where slopes make it depend on them (Johnson 2014)."""
    if not sloping(fit.design, terms):
        return (fit.samples.sd[:, list(terms)] ** 2).sum(axis=1)
    people = observed_profiles(fit)
    kinds = distinct_multipliers(fit.design, multipliers(fit.design, people.profiles), terms)
    shares = np.bincount(kinds.group, weights=people.share)
    return variance_at(fit.design, fit.samples, terms, kinds.Z) @ shares


def _layout(fit: Fit, settings: list[Setting], roles: Roles) -> Layout:
    profiles = [setting.profiles for setting in settings]
    starts = np.concatenate([[0], np.cumsum([len(setting.share) for setting in settings])])
    Z = np.concatenate([multipliers(fit.design, part) for part in profiles])
    _, first = np.unique(codes_of(fit.ratings, fit.design, "item"), return_index=True)
    return Layout(
        np.concatenate([setting.share for setting in settings]),
        starts,
        np.concatenate([fit.design.fixed.rows_for(part) for part in profiles]),
        [np.concatenate([_levels_of(fit, t, part) for part in profiles]) for t in roles.profile],
        Z,
        distinct_multipliers(fit.design, Z, [*roles.item, *roles.new]),
        first,
    )


def _levels_of(fit: Fit, t: int, profiles: pd.DataFrame) -> np.ndarray:
    """Level of a demographic random term for each profile; combinations nobody had point at a deviation of zero."""
    grouping = fit.design.groupings[t]
    factors = list(grouping.term.factors)
    known = grouping.keys.astype(str).assign(_level=np.arange(grouping.size))
    found = profiles[factors].astype(str).merge(known, on=factors, how="left")["_level"]
    return found.fillna(grouping.size).to_numpy(int)


def _linear(fit: Fit, roles: Roles, layout: Layout, draws: slice) -> np.ndarray:
    """(S, R) linear predictors of profiles, before the effects of items and raters."""
    linear = fit.samples.coefficient[draws] @ layout.X.T
    for t, lookup in zip(roles.profile, layout.lookups, strict=True):
        padded = np.column_stack([fit.samples.effects[t][draws], np.zeros(len(linear))])
        deviation = padded[:, lookup]
        linear += deviation * layout.Z[:, t] if sloping(fit.design, [t]) else deviation
    return linear


def item_offsets(fit: Fit, roles: Roles, layout: Layout, draws: slice) -> np.ndarray:
    """(S, G, J) sum of the item terms for each kind of profile and each item; zeros where there are none."""
    Z = layout.kinds.Z
    if not roles.item:
        return np.zeros((draws.stop - draws.start, len(Z), 1))
    parts = [
        fit.samples.effects[t][draws][:, None, fit.design.groupings[t].index[layout.first]] * Z[:, t, None]
        for t in roles.item
    ]
    return np.sum(parts, axis=0)


def _averages(fit: Fit, roles: Roles, layout: Layout, draws: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S, A) expected rating, (S, A, K - 1) P(rating >= k), (S, A) mean linear predictor of one block of draws."""
    share, starts, kinds = layout.share, layout.starts, layout.kinds
    linear, offsets = _linear(fit, roles, layout, draws), item_offsets(fit, roles, layout, draws)
    latent = np.add.reduceat(linear * share, starts[:-1], axis=1) + _item_means(layout, offsets)
    if fit.family == "gaussian":
        return latent, np.empty((*latent.shape, 0)), latent
    sd_new = np.sqrt(variance_at(fit.design, fit.samples, roles.new, kinds.Z, draws))
    tau = np.ascontiguousarray(fit.samples.threshold[draws])
    below = cumulative_averages(LINKS[fit.link], tau, linear, share, starts, sd_new, offsets, kinds.group)
    at_least = 1.0 - below
    values = fit.design.categories
    expected = values[0] + at_least @ np.diff(values)
    return np.where(np.isfinite(latent), expected, np.nan), at_least, latent


def _item_means(layout: Layout, offsets: np.ndarray) -> np.ndarray:
    """(S, A) mean effect of the items in each setting."""
    of_setting = np.repeat(np.arange(layout.starts.size - 1), np.diff(layout.starts))
    shares = np.zeros((layout.starts.size - 1, offsets.shape[1]))
    np.add.at(shares, (of_setting, layout.kinds.group), layout.share)
    return offsets.mean(axis=2) @ shares.T
