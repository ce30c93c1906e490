"""What two raters share about an item, and what one rating varies by, for each level of a demographic (METHODS 11)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.data.ratings import Ratings
from pluralstats.data.tables.columns import constant_within
from pluralstats.errors import ConfigError
from pluralstats.fits.fitted import Fit
from pluralstats.fits.roles import ABOUT_ITEMS, Roles
from pluralstats.inference.posterior.samples import Samples
from pluralstats.model.design import Design
from pluralstats.model.formula.parsing import quoted
from pluralstats.model.terms.random import Block
from pluralstats.results.averaging.manners import Manners, columns_of_manners, manners_of
from pluralstats.results.averaging.multipliers import term_covariance
from pluralstats.results.variance.noise import mean_squares, refuse_no_noise


class Estimated(NamedTuple):
    """What is read of a fit here. ``samples`` may lack random effects that no group of raters has."""

    ratings: Ratings
    formula: str
    design: Design
    roles: Roles
    samples: Samples


class Covariances(NamedTuple):
    """Draws on the latent scale for the L levels that have raters.

    Attributes
    ----------
    levels : tuple of str
    share : (L,) of the raters, by design weights where there are any
    mean : (S, L) of the linear predictor over the raters of a level
    shared : (S, L, L) covariance of what a new rater of one level and another new rater of the other think of an item
    total : (S, L) variance of one rating of a new item by a new rater of the level
    residual : (S, L) the part of it that is noise, averaged over raters where it has a submodel
    ways : how raters rate, and the shares (L, U) of that in each level; None where all rate alike
    """

    levels: tuple[str, ...]
    share: np.ndarray
    mean: np.ndarray
    shared: np.ndarray
    total: np.ndarray
    residual: np.ndarray
    ways: tuple[Manners, np.ndarray] | None


class People(NamedTuple):
    """The distinct profiles of the raters of each level: ``profiles`` (P rows), ``share`` (L, P), rows sum to 1."""

    profiles: pd.DataFrame
    share: np.ndarray


def item_covariances(fit: Fit | Estimated, by: str) -> Covariances:
    """Moments of ratings of new items by new raters of each level of ``by``.

    Terms of items, and of items crossed with facts about raters, are shared by raters of equal profile; with m the mean
    multipliers of a level and C the covariance of the term, two raters of levels a and b share m_a' C m_b. Everything
    else that differs between two raters of a level (their other demographics, rater effects, slopes, residual) is in
    ``total`` alone. What differs between levels on all items alike is in neither: it is no agreement about items.
    """
    frame = fit.ratings.frame
    _refuse(fit, by)
    raters = frame.drop_duplicates("rater")
    weight = raters["rater_weight"].to_numpy(float) if "rater_weight" in raters else np.ones(len(raters))
    levels = [name for name in frame[by].cat.categories if (raters[by] == name).any()]
    members = np.array([(raters[by] == name).to_numpy() * weight for name in levels])
    people = _people(raters, _columns(fit, by), members / members.sum(axis=1, keepdims=True))
    eta = _linear_predictor(fit, people)
    mean = eta @ people.share.T
    ways = _ways(fit, people)
    residual = _residual_variance(fit, people, ways)
    total = _corrected_variance(eta, people, mean) + residual
    shared = np.zeros((len(mean), len(levels), len(levels)))
    for k, block in enumerate(fit.design.blocks):
        if block.start not in fit.roles.profile:
            own, everything = _of_term(fit, k, block, people)
            shared, total = shared + own, total + everything
    return Covariances(tuple(map(str, levels)), members.sum(axis=1) / weight.sum(), mean, shared, total, residual, ways)


def _columns(fit: Fit | Estimated, by: str) -> list[str]:
    """Facts about raters that the model uses."""
    factors = [name for grouping in fit.design.groupings for name in grouping.term.factors]
    about_raters = [name for name in factors if name not in {"rater", *ABOUT_ITEMS}]
    of_parts = columns_of_manners(fit) if isinstance(fit, Fit) else []
    named = dict.fromkeys([by, *fit.design.formula.described, *about_raters, *of_parts])
    return [name for name in named if name != "rater" and constant_within(fit.ratings.frame, "rater", [name])]


def _refuse(fit: Fit | Estimated, by: str) -> None:
    """Raise ConfigError where the fit cannot answer."""
    frame, random = fit.ratings.frame, fit.design.formula.random
    varying = [c for c in fit.design.formula.described if not constant_within(frame, "rater", [c])]
    if varying:
        raise ConfigError(
            f"`model_cohesion` is about what raters share of an item, and the formula '{fit.formula}' has "
            f"{', '.join(map(repr, varying))}, which varies within raters. Fit the model without it, or put it into a "
            "term of items."
        )
    of_parts = columns_of_manners(fit) if isinstance(fit, Fit) else []
    varying = [name for name in of_parts if not constant_within(frame, "rater", [name])]
    if varying:
        raise ConfigError(
            f"`model_cohesion` is about what raters share of an item, and {_parts_resting(fit)} on "
            f"{', '.join(map(repr, varying))} in this fit, which varies within raters. Fit the model without that; "
            "facts about raters may stand there."
        )
    if not any(by in (*term.columns, *term.factors) and set(term.factors) & ABOUT_ITEMS for term in random):
        raise ConfigError(
            f"The formula '{fit.formula}' lets an item be the same for all levels of '{by}', so that groups cannot "
            f"differ in what they share. Fit it with (0 + {quoted(by)} | item) instead of (1 | item), or pass the "
            "ratings: ps.model_cohesion(ratings, ...) fits what it needs."
        )


def _parts_resting(fit: Fit | Estimated) -> str:
    """What is not the same for all ratings, as the beginning of a sentence: "`disc` rests"."""
    names = [f"`{part.name}`" for part in fit.design.parts]
    names += ["`thresholds`"] if fit.design.thresholds.column is not None else []
    return f"{' and '.join(names)} {'rest' if names[1:] else 'rests'}"


def _people(raters: pd.DataFrame, columns: list[str], share: np.ndarray) -> People:
    kinds = raters.groupby(columns, observed=True, sort=False)
    code = kinds.ngroup().to_numpy()
    out = np.zeros((len(share), kinds.ngroups))
    for row, weight in zip(out, share, strict=True):
        np.add.at(row, code, weight)
    _, first = np.unique(code, return_index=True)
    return People(raters.iloc[first][columns].reset_index(drop=True), out)


def _linear_predictor(fit: Fit | Estimated, people: People) -> np.ndarray:
    """(S, P) x'b, the offset and the effects of groups of raters."""
    eta = fit.design.fixed.linear_for(people.profiles, fit.samples.coefficient)
    for t in fit.roles.profile:
        grouping = fit.design.groupings[t]
        factors = list(grouping.term.factors)
        at = people.profiles[factors].astype(str).merge(
            grouping.keys[factors].astype(str).assign(_at=np.arange(grouping.size)), on=factors, how="left"
        )["_at"].to_numpy()  # fmt: skip
        block = fit.design.blocks[grouping.block]
        z = block.slopes.rows_for(people.profiles)[:, t - block.start]
        eta = eta + fit.samples.effects[t][:, at] * z
    return eta


def _corrected_variance(eta: np.ndarray, people: People, mean: np.ndarray) -> np.ndarray:
    """(S, L) variance of the linear predictor over the raters of a level, less what noise adds to it on average.

    As in ``variance_shares``: the noise of estimation looks like variance once in the estimate and once in each draw.
    """
    noise = eta - eta.mean(axis=0)
    of_noise = (noise**2 @ people.share.T - (noise @ people.share.T) ** 2).mean(axis=0)
    return np.maximum(eta**2 @ people.share.T - mean**2 - 2.0 * of_noise, 0.0)


def _residual_variance(fit: Fit | Estimated, people: People, ways: tuple[Manners, np.ndarray] | None) -> np.ndarray:
    """(S, L) noise of one rating by new raters of each level."""
    if fit.samples.residual_sd is not None:
        return np.tile(fit.samples.residual_sd[:, None] ** 2, len(people.share))
    refuse_no_noise(fit.design.family, "The agreement of two new raters")
    plain = np.full((len(fit.samples.sd), len(people.share)), fit.design.family.noise**2)
    return plain if ways is None or not isinstance(fit, Fit) else plain * (mean_squares(fit, ways[0]) @ ways[1].T)


def _ways(fit: Fit | Estimated, people: People) -> tuple[Manners, np.ndarray] | None:
    """How raters of each profile rate, and the share (L, U) of each way among raters of each level; None in a model in
    which all rate alike."""
    if not isinstance(fit, Fit) or (manners := manners_of(fit, people.profiles)) is None:
        return None
    share = np.zeros((len(people.share), manners.group.size))
    for row, weight in zip(share, people.share, strict=True):
        np.add.at(row, manners.way, weight)
    return manners, share


def _of_term(fit: Fit | Estimated, k: int, block: Block, people: People) -> tuple[np.ndarray, np.ndarray]:
    """(S, L, L) what two raters of two levels share by one random term, (S, L) what it adds to the total."""
    C, Z = term_covariance(fit.design, fit.samples, k), block.slopes.rows_for(people.profiles)
    everything = np.einsum("lp,pi,sij,pj->sl", people.share, Z, C, Z, optimize=True)
    own = np.zeros((len(C), len(people.share), len(people.share)))
    for cell in _cells(fit, block, people.profiles):
        m = (people.share * cell) @ Z
        own += np.einsum("li,sij,mj->slm", m, C, m, optimize=True)
    return own, everything


def _cells(fit: Fit | Estimated, block: Block, profiles: pd.DataFrame) -> Sequence[np.ndarray]:
    """(P,) bool of each set of profiles that meet the same effect of an item; none where raters meet their own."""
    if block.start in fit.roles.item:
        return [np.ones(len(profiles), bool)]
    factors = fit.design.groupings[block.start].term.factors
    others = [name for name in factors if name not in ABOUT_ITEMS]
    if len(others) == len(factors) or not set(others) <= set(profiles.columns):
        return []
    code = profiles.groupby(others, observed=True, sort=False).ngroup().to_numpy()
    return [code == c for c in np.unique(code)]
