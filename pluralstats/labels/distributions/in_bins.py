"""A fit of a slider seen through bins: its draws, with answers that are the piles at the ends and bins between them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pluralstats.data.scales.bins import Bins, bins_of
from pluralstats.fits.fitted import Fit
from pluralstats.inference.posterior.drawn import DrawnPosterior
from pluralstats.model.families.bounded.bins import IN_BINS, bin_answers, bin_thresholds
from pluralstats.model.thresholds import ThresholdGroups


class InBins(NamedTuple):
    """``fit`` whose answers are parts of ``bins``, and (C,) the bin of each, ``code``, and its worth in ``points``."""

    fit: Fit
    bins: Bins
    code: np.ndarray
    points: np.ndarray


def seen_in_bins(fit: Fit, bins: int | Sequence[float] | None) -> InBins:
    """A fit of numbers between two ends as one of ordered answers.

    Raises
    ------
    ConfigError
        Bins that cannot be meant.
    """
    chosen = bins_of(fit.ratings.scale, bins)
    worth, code = bin_answers(chosen.unit_cuts)
    points = chosen.ends[0] + (chosen.ends[1] - chosen.ends[0]) * worth
    labels = tuple(chosen.scale.labels[k] for k in code)
    same = np.zeros(fit.design.n, np.int32)
    one = ThresholdGroups(None, ("",), same, (points,), (labels,), ordered=False)
    design = replace(fit.design, family=IN_BINS, categories=points, labels=labels, thresholds=one)
    own = fit.samples._replace(threshold=bin_thresholds(fit.samples.threshold, chosen.unit_cuts))
    flat = fit.posterior.flat_coefficients, fit.posterior.flat_effects
    posterior = DrawnPosterior(own, fit.chains, flat=flat[0], flat_terms=flat[1])
    return InBins(replace(fit, design=design, posterior=posterior), chosen, code, points)
