"""Contrasts without random effects: raw means of groups, and models of the average rating (GEE)."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.linalg import block_diag

from pluralstats.fits.fitted import Fit
from pluralstats.results.effects.counterfactuals import Contrast, Study, having, is_known
from pluralstats.results.effects.level_pairs import Question, contrasts_of_levels
from pluralstats.results.other_methods.averaged_differences import (
    NOTHING,
    Averages,
    Difference,
    clustered_averages,
    difference,
)
from pluralstats.results.other_methods.marginal_models import (
    MarginalModel,
    binary_model,
    linear_model,
    ordinal_model,
)

UNKNOWN = "the data do not determine this contrast"
type Rows = Iterator[tuple[str, Contrast, str, Difference, str]]  # estimand, contrast, method, numbers, note


def averaged(
    fit: Fit, demographics: Sequence[str], estimands: Sequence[str], working: str, prob: float
) -> Iterator[Rows]:
    """Rows of GEE and of raw means."""
    contrasts = contrasts_of(fit, demographics)
    if fit.design.family.ordered and fit.design.categories.size < 2:
        for method in ("gee", "raw"):
            yield empty_rows(fit, demographics, estimands, method, "all ratings are the same")
        return
    binary = fit.design.family.categories == 2
    model = binary_model(fit, working) if binary else linear_model(fit, working)
    yield _by_model(fit, model, contrasts, estimands if model.cuts else ["points"], "gee", prob)
    if fit.design.family.ordered and not binary:
        yield _by_model(fit, ordinal_model(fit), contrasts, estimands, "ordinal_gee", prob)
    yield _raw(fit, contrasts, estimands, prob)


def _by_model(
    fit: Fit, model: MarginalModel, contrasts: Sequence[Contrast], estimands: Sequence[str], method: str, prob: float
) -> Rows:
    for estimand in estimands:
        for contrast in contrasts:
            note, numbers = model.note, NOTHING
            if contrast.demographic not in fit.design.formula.columns:
                note = f"{contrast.demographic} stands in random terms only, which GEE does not have"
            elif not is_known(fit, contrast):
                note = UNKNOWN
            else:
                pair = contrast.pairs[0]
                at, against = (model.averages(fit, side.scene) for side in (pair.at, pair.against))
                numbers = difference(at, against, model.covariance, model.gaps, estimand, prob)
            yield estimand, contrast, method, numbers, note


def _raw(fit: Fit, contrasts: Sequence[Contrast], estimands: Sequence[str], prob: float) -> Rows:
    """Raw means of the two groups, which have no rater in common."""
    note = "other demographics ignored, errors clustered by rater"
    h, gaps = _indicators(fit)
    for estimand in estimands:
        for contrast in contrasts:
            levels = [{contrast.demographic: name, **contrast.within} for name in (contrast.level, contrast.reference)]
            groups = [_of_group(fit, h, some) for some in levels]
            slopes = np.eye(2 * gaps.size)
            at, against = (Averages(mean, part) for (mean, _), part in zip(groups, np.split(slopes, 2), strict=True))
            covariance = block_diag(*(of_mean for _, of_mean in groups))
            yield estimand, contrast, "raw", difference(at, against, covariance, gaps, estimand, prob), note


def _indicators(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) rating at or above each category but the lowest and (m,) gaps; the rating itself if gaussian, and 1."""
    values = fit.ratings.values
    if not fit.design.family.ordered:
        return values[:, None], np.ones(1)
    return (values[:, None] >= fit.design.categories[1:]).astype(float), np.diff(fit.design.categories)


def _of_group(fit: Fit, h: np.ndarray, levels: Mapping[str, str]) -> tuple[np.ndarray, np.ndarray]:
    frame = fit.ratings.frame
    keep = having(frame, levels).to_numpy()
    if not keep.any():  # a level that raters have beside others only
        return np.full(h.shape[1], np.nan), np.full((h.shape[1], h.shape[1]), np.nan)
    column = next((name for name in ("weight", "rater_weight") if name in frame), None)
    weight = np.ones(int(keep.sum())) if column is None else frame[column].to_numpy(float)[keep]
    return clustered_averages(h[keep], weight, frame["rater"].cat.codes.to_numpy()[keep])


def contrasts_of(fit: Fit, demographics: Sequence[str]) -> list[Contrast]:
    study = Study(fit)
    asked = [Question((name,), "reference", (), {}, None) for name in demographics]
    return [contrast for question in asked for contrast in contrasts_of_levels(study, question)]


def empty_rows(fit: Fit, demographics: Sequence[str], estimands: Sequence[str], method: str, note: str) -> Rows:
    for estimand in estimands:
        for contrast in contrasts_of(fit, demographics):
            yield estimand, contrast, method, NOTHING, note
