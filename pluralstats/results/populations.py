"""Who and what an average is over: raters' profiles, the items of the data, and new raters (METHODS section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits import Fit
from pluralstats.inference.kernels import LINKS
from pluralstats.inference.nesting import codes_of, is_nested
from pluralstats.inference.posterior import Samples
from pluralstats.results.averages import cumulative_averages

BLOCK_NUMBERS = 4_000_000  # linear predictors held at once: 32 MB
MANY_PROFILES = 20_000  # raters' profiles times circumstances, from which circumstances are thinned
LEAST_CIRCUMSTANCES = 50
ABOUT_ITEMS = {"item", "question"}


class Setting(NamedTuple):
    """One counterfactual: profiles (rows of the formula's columns) and the share of each."""

    profiles: pd.DataFrame
    share: np.ndarray


class Prediction(NamedTuple):
    """Averages of one setting, one value a draw.

    ``expected`` (S,) rating points, ``at_least`` (S, K-1) P(rating >= k) for the categories used but the lowest,
    ``latent`` (S,) mean linear predictor.
    """

    expected: np.ndarray
    at_least: np.ndarray
    latent: np.ndarray


@dataclass(frozen=True)
class Roles:
    """What averaging does with each random term.

    ``profile`` terms are looked up in a rater's profile (as ``gender:race``), ``item`` terms belong to the items of
    the data and are averaged over them, ``new`` terms (raters, and whatever crosses raters and items) are
    integrated over their distribution. ``rater`` names those of the new terms whose every level is of one rater.
    """

    profile: tuple[int, ...]
    item: tuple[int, ...]
    new: tuple[int, ...]
    rater: tuple[int, ...]


def term_roles(fit: Fit) -> Roles:
    """Sort the random terms of a fit by what they describe.

    Where no item has a second rating, any term is constant within items, so that only ``item`` and ``question``
    count as being about them.
    """
    columns = {*fit.design.formula.columns, *fit.ratings.demographics}
    rater, item = (codes_of(fit.ratings, fit.design, name) for name in ("rater", "item"))
    shared = item.size > np.unique(item).size
    roles: dict[str, list[int]] = {"profile": [], "item": [], "new": [], "rater": []}
    for t, grouping in enumerate(fit.design.groupings):
        factors = set(grouping.term.factors)
        of_one_rater = is_nested(grouping.index, rater)
        if factors <= columns:
            roles["profile"].append(t)
        elif is_nested(item, grouping.index) and (factors <= ABOUT_ITEMS or (shared and not of_one_rater)):
            roles["item"].append(t)
        else:
            roles["new"].append(t)
            roles["rater"] += [t] if of_one_rater else []
    return Roles(*(tuple(roles[role]) for role in ("profile", "item", "new", "rater")))


def profile_columns(fit: Fit) -> list[str]:
    """Columns that describe a profile: those of the fixed part and of demographic random terms."""
    roles = term_roles(fit)
    named = [factor for t in roles.profile for factor in fit.design.groupings[t].term.factors]
    return list(dict.fromkeys([*fit.design.formula.columns, *named]))


def rater_columns(fit: Fit, columns: Sequence[str]) -> list[str]:
    """Those of the columns that are constant within every rater."""
    return [column for column in columns if _constant_within(fit.ratings.frame, "rater", [column])]


def observed_profiles(fit: Fit, keep: pd.Series | None = None) -> Setting:
    """Profiles of the data: what describes raters, each rater once, crossed with what does not.

    Columns that vary within a rater (an item's topic, a wave) are circumstances: their joint distribution counts
    each item once if they are constant within items and each rating once otherwise, and every rater's profile
    meets all of it. Adding an item covariate therefore does not weight raters by how much they rated. More than
    ``MANY_PROFILES`` combinations are thinned to evenly spaced quantiles of the sorted circumstances.

    Parameters
    ----------
    keep : (n_ratings,) bool, optional
        Rows of ``fit.ratings.frame`` whose raters to use; circumstances are always those of all rows.
    """
    columns, frame = profile_columns(fit), fit.ratings.frame
    if not columns:
        return Setting(pd.DataFrame(index=[0]), np.ones(1))
    about_raters = rater_columns(fit, columns)
    varying = [column for column in columns if column not in about_raters]
    if not varying:
        return _distribution(frame if keep is None else frame[keep.to_numpy()], "rater", about_raters)
    circumstances = _distribution(frame, "item", varying)
    if not about_raters:
        return circumstances
    people = _distribution(frame if keep is None else frame[keep.to_numpy()], "rater", about_raters)
    return _crossed(people, _thinned(circumstances, max(MANY_PROFILES // len(people.share), LEAST_CIRCUMSTANCES)))


def _constant_within(frame: pd.DataFrame, unit: str, columns: list[str]) -> bool:
    return bool(frame[list(dict.fromkeys([unit, *columns]))].drop_duplicates()[unit].is_unique)


def _distribution(frame: pd.DataFrame, unit: str, columns: list[str]) -> Setting:
    """Combinations of the columns with their shares: of units where they are constant within one, else of rows."""
    rows = frame.drop_duplicates(unit) if _constant_within(frame, unit, columns) else frame
    counts = rows.groupby(columns, observed=True, sort=False).size()
    return Setting(counts.index.to_frame(index=False), (counts / counts.sum()).to_numpy())


def _thinned(setting: Setting, most: int) -> Setting:
    """At most ``most`` profiles, with equal shares at the middles of as many quantiles of the sorted ones."""
    if len(setting.share) <= most:
        return setting
    order = setting.profiles.sort_values(list(setting.profiles.columns)).index.to_numpy()
    middles = (np.arange(most) + 0.5) / most
    at = np.minimum(np.searchsorted(np.cumsum(setting.share[order]), middles), len(order) - 1)
    return Setting(setting.profiles.iloc[order[at]].reset_index(drop=True), np.full(most, 1.0 / most))


def _crossed(people: Setting, circumstances: Setting) -> Setting:
    """Every profile of the one with every profile of the other."""
    profiles = people.profiles.merge(circumstances.profiles, how="cross")
    return Setting(profiles, np.outer(people.share, circumstances.share).ravel())


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
    samples, roles = fit.samples, term_roles(fit)
    starts = np.concatenate([[0], np.cumsum([len(setting.share) for setting in settings])])
    weight = np.concatenate([setting.share for setting in settings])
    X = np.concatenate([fit.design.fixed.rows_for(setting.profiles) for setting in settings])
    lookups = [np.concatenate([_levels_of(fit, t, setting) for setting in settings]) for t in roles.profile]
    n_draws = len(samples.coefficient)
    size = max(1, BLOCK_NUMBERS // max(weight.size, 1))
    parts = []
    for start in range(0, n_draws, size):
        block = slice(start, min(start + size, n_draws))
        linear = samples.coefficient[block] @ X.T
        for t, lookup in zip(roles.profile, lookups, strict=True):
            padded = np.column_stack([samples.effects[t][block], np.zeros(len(linear))])
            linear += padded[:, lookup]
        parts.append(_averages(fit, samples, roles, block, linear, weight, starts))
    expected, at_least, latent = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return [Prediction(expected[:, a], at_least[:, a], latent[:, a]) for a in range(len(settings))]


def _levels_of(fit: Fit, t: int, setting: Setting) -> np.ndarray:
    """Level of a demographic random term for each profile; combinations nobody had point at a deviation of zero."""
    grouping = fit.design.groupings[t]
    factors = list(grouping.term.factors)
    known = grouping.keys.astype(str).assign(_level=np.arange(grouping.size))
    found = setting.profiles[factors].astype(str).merge(known, on=factors, how="left")["_level"]
    return found.fillna(grouping.size).to_numpy(int)


def item_offsets(fit: Fit, samples: Samples, roles: Roles, block: slice) -> np.ndarray:
    """(S, J) sum of the item terms for each item of the data; one zero where there are none."""
    if not roles.item:
        return np.zeros((block.stop - block.start, 1))
    _, first = np.unique(codes_of(fit.ratings, fit.design, "item"), return_index=True)
    return np.sum([samples.effects[t][block][:, fit.design.groupings[t].index[first]] for t in roles.item], axis=0)


def _averages(
    fit: Fit,
    samples: Samples,
    roles: Roles,
    block: slice,
    linear: np.ndarray,
    weight: np.ndarray,
    starts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S, A) expected rating, (S, A, K - 1) P(rating >= k), (S, A) mean linear predictor of one block of draws."""
    offsets = item_offsets(fit, samples, roles, block)
    latent = np.add.reduceat(linear * weight, starts[:-1], axis=1)
    if fit.family == "gaussian":
        return latent + offsets.mean(axis=1, keepdims=True), np.empty((*latent.shape, 0)), latent
    sd_new = np.sqrt((samples.sd[block][:, list(roles.new)] ** 2).sum(axis=1))
    tau = np.ascontiguousarray(samples.threshold[block])
    below = cumulative_averages(LINKS[fit.link], tau, linear, weight, starts, sd_new, np.ascontiguousarray(offsets))
    at_least = 1.0 - below
    values = fit.design.categories
    expected = values[0] + at_least @ np.diff(values)
    return np.where(np.isfinite(latent), expected, np.nan), at_least, latent
