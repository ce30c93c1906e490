"""Average predictions: people, what they meet and new raters (METHODS section 3); and whether data determine them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.averages import bounded_averages, cumulative_averages
from pluralstats.results.averaging.crossings import Crossing, crossing_of
from pluralstats.results.averaging.manners import numbers_of
from pluralstats.results.averaging.multipliers import open_multipliers, sloping, variance_at
from pluralstats.results.averaging.scenes import (
    ROWS_AT_ONCE,
    Scene,
    circumstances,
    crowd_of,
    observed_people,
    people_in,
)

BLOCK_NUMBERS = 4_000_000  # linear predictors held at once: 32 MB


class Prediction(NamedTuple):
    """Averages of one scene, one value a draw.

    ``expected`` (S,) rating points, ``at_least`` (S, K-1) P(rating >= k) for the categories used but the lowest,
    ``latent`` (S,) mean linear predictor over people and circumstances; ``dimension`` the one rated, of several.
    """

    expected: np.ndarray
    at_least: np.ndarray
    latent: np.ndarray
    dimension: str | None = None


def predict_scenes(fit: Fit, scenes: Sequence[Scene]) -> list[Prediction]:
    """Average predictions of every scene, in order, streaming over draws in blocks.

    Scenes with the same circumstances (the same object) share their people and tables.
    """
    out: dict[int, Prediction] = {}
    together: dict[int, list[int]] = {}
    for position, one in enumerate(scenes):
        together.setdefault(id(one.around), []).append(position)
    for positions in together.values():
        around = scenes[positions[0]].around
        found = _predictions(fit, crossing_of(fit, crowd_of([scenes[p] for p in positions]), around))
        out |= {p: one._replace(dimension=around.dimension) for p, one in zip(positions, found, strict=True)}
    return [out[position] for position in range(len(scenes))]


def mean_variance(fit: Fit, terms: Sequence[int], dimension: str | None = None) -> np.ndarray:
    """(S,) variance of random terms, averaged over profiles where slopes make it depend on them (Johnson 2014)."""
    if not sloping(fit.design, terms):
        return (fit.samples.sd[:, list(terms)] ** 2).sum(axis=1)
    one = Scene(observed_people(fit), {}, circumstances(fit, dimension))
    Z, share = crossing_of(fit, crowd_of([one]), one.around).multipliers_met()
    return variance_at(fit.design, fit.samples, terms, Z) @ share


def _predictions(fit: Fit, crossing: Crossing) -> list[Prediction]:
    n_draws = len(fit.samples.coefficient)
    size = draws_at_once(fit, crossing)
    blocks = [slice(start, min(start + size, n_draws)) for start in range(0, n_draws, size)]
    parts = [_averages(fit, crossing, block) for block in blocks]
    expected, at_least, latent = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return [Prediction(expected[:, a], at_least[:, a], latent[:, a]) for a in range(expected.shape[1])]


def draws_at_once(fit: Fit, crossing: Crossing) -> int:
    """So many that linear predictors, and thresholds of all ways to rate, fit into a block."""
    return max(1, BLOCK_NUMBERS // (len(crossing.own.X) + crossing.pair.size + numbers_of(fit, crossing.manners)))


def _averages(fit: Fit, crossing: Crossing, draws: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S, A) expected rating, (S, A, K - 1) P(rating >= k), (S, A) mean linear predictor of one block of draws."""
    linear, offsets = crossing.own.linear(fit, draws), crossing.offsets(fit, draws)
    latent = crossing.mean(linear, offsets)
    if fit.design.family.has_residual:
        return latent, np.empty((*latent.shape, 0)), latent
    sd_new = crossing.sd_new(fit, draws)
    tau = crossing.thresholds(fit, draws, sd_new)
    if fit.design.family.bounded is not None:
        means = bounded_averages(fit.design.family, tau, linear, sd_new, offsets, crossing.company)[:, :, 1]
        expected = np.where(np.isfinite(latent), fit.design.points(means), np.nan)
        return expected, np.empty((*latent.shape, 0)), latent
    at_least = 1.0 - cumulative_averages(fit.design.family, tau, linear, sd_new, offsets, crossing.company)
    values = fit.design.categories
    expected = values[0] + at_least @ np.diff(values)
    return np.where(np.isfinite(latent), expected, np.nan), at_least, latent


def is_determined(fit: Fit, at: Scene, against: Scene | None = None) -> bool:
    """Whether the data determine a scene's predictions, or those of two scenes with the same people.

    Of one scene no coefficient in it may be without a finite estimate, of two none that differs between them.
    """
    flat, scenes = fit.flat_coefficients, [at] if against is None else [at, against]
    if _rests_on_open_terms(fit, scenes):
        return False
    # what noise and thresholds are does not cancel in a difference
    if not all(is_determined(one, side) for one in fit.part_fits.values() for side in scenes):
        return False
    if not (fit.design.fixed.relations.left_out.size or flat.any()):
        return True
    if against is None:
        facts = at.around.facts
        return all(
            fit.design.fixed.estimable(rows).all() and not (fit.design.fixed.rows_for(rows)[:, flat] != 0.0).any()
            for rows in _rows(at, _different(facts))
        )
    keep = _different(pd.concat([at.around.facts, against.around.facts], axis=1))
    return all(_pair_is_known(fit, *rows) for rows in zip(_rows(at, keep), _rows(against, keep), strict=True))


def _rests_on_open_terms(fit: Fit, scenes: Sequence[Scene]) -> bool:
    """Whether predictions need the sd or correlation of a random term that the data leave open.

    Expected ratings of a gaussian model do not need the spread of new raters.
    """
    if not fit.flat_effects.any():
        return False
    roles = fit.roles
    terms = [*roles.item, *roles.profile] if fit.design.family.has_residual else None
    return any(
        open_multipliers(fit, crossing_of(fit, crowd_of([one]), one.around).multipliers_met()[0], terms).any()
        for one in scenes
    )


def _different(facts: pd.DataFrame) -> np.ndarray:
    """(J,) bool, the first of equal rows."""
    return (
        ~facts.set_axis(range(facts.shape[1]), axis=1).duplicated().to_numpy()
        if facts.shape[1]
        else np.arange(len(facts)) == 0
    )


def _pair_is_known(fit: Fit, at: pd.DataFrame, against: pd.DataFrame) -> bool:
    fixed = fit.design.fixed
    if not (fixed.estimable(at).all() and fixed.estimable(against).all()):
        return False
    changed = (fixed.rows_for(at) != fixed.rows_for(against)).any(axis=0)
    return not (changed & fit.flat_coefficients).any()


def _rows(one: Scene, keep: np.ndarray) -> Iterator[pd.DataFrame]:
    """Every person with some facts of the scene, a number of people at a time, in the order of both."""
    people, facts = people_in(one), one.around.facts[keep]
    size = max(1, ROWS_AT_ONCE // len(facts))
    for start in range(0, len(people), size):
        part = people.iloc[start : start + size].reset_index(drop=True)
        yield part.merge(facts, how="cross") if len(facts.columns) else part
