"""Straight-lining: raters who give one answer more often, or longer in a row, than the model expects of them."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from pluralstats.fits.fitted import Fit
from pluralstats.results.averaging.scenes import rows_of_dimension
from pluralstats.results.checks.predictive import drawn_of, spaced_draws
from pluralstats.results.checks.rating_layout import MOST_ANSWERS, Layout, arranged
from pluralstats.results.checks.replication import replications

ROWS = "rows"  # the order of the rows of the ratings


class _Extremes(NamedTuple):
    """Of each rater (R,): share of the most frequent answer (percent), the longest run of one answer."""

    modal: np.ndarray
    run: np.ndarray


def same_answers(fit: Fit, dimension: str | None, order: str | None, draws: int, seed: int) -> pd.DataFrame:
    """By rater: modal answer and its share, the longest run, what the model expects of them, and p.

    ``p`` = P(replicated > observed) + P(replicated = observed) / 2, over ratings drawn for the same raters and items.
    """
    names = fit.ratings.frame["rater"].cat.categories
    keep = None if dimension is None else rows_of_dimension(fit, dimension)
    layout = arranged(fit.ratings, fit.design, agreement=False, keep=keep)
    if not countable(fit):
        return pd.DataFrame(index=names)
    sequence = None if order is None else _sequence(fit, layout, order)
    observed = _extremes(layout, layout.answers.bin, sequence)
    replicates = replications(layout, spaced_draws(fit, draws), partial(drawn_of, fit), seed)
    drawn = [_extremes(layout, bins, sequence) for bins, _ in replicates]
    counts = _counts(layout, layout.answers.bin)
    columns = {"modal_answer": np.array(layout.answers.names, object)[counts.argmax(axis=1)]}
    columns |= _against(observed.modal, [one.modal for one in drawn], "modal_percent", "p_modal")
    if sequence is not None:
        columns |= _against(observed.run, [one.run for one in drawn], "longest_run", "p_run")
    return pd.DataFrame(columns, index=names)


def countable(fit: Fit) -> bool:
    """Whether the same answer can be given twice: not on long or continuous scales of numbers."""
    scale = fit.ratings.scale
    return fit.design.family.ordered or (not scale.is_continuous and scale.K <= MOST_ANSWERS)


def _against(observed: np.ndarray, drawn: list[np.ndarray], name: str, p: str) -> dict[str, np.ndarray]:
    values = np.stack(drawn) if drawn else np.full((1, observed.size), np.nan)
    above = (values > observed).mean(axis=0) + 0.5 * (values == observed).mean(axis=0)
    known = np.isfinite(values).all()
    return {name: observed, f"{name}_expected": values.mean(axis=0), p: np.where(known, above, np.nan)}


def _extremes(layout: Layout, bins: np.ndarray, sequence: np.ndarray | None) -> _Extremes:
    counts = _counts(layout, bins)
    with np.errstate(invalid="ignore", divide="ignore"):  # a rater without ratings on the dimension
        modal = 100.0 * counts.max(axis=1) / counts.sum(axis=1)
    run = np.empty(0) if sequence is None else longest_runs(layout.rater[sequence], bins[sequence], len(counts))
    return _Extremes(modal, run)


def _counts(layout: Layout, bins: np.ndarray) -> np.ndarray:
    """(R, B) ratings of each rater with each answer."""
    n_raters, n_bins = layout.groups.shape[1], len(layout.answers.names)
    return np.bincount(layout.rater * n_bins + bins, layout.weight, n_raters * n_bins).reshape(n_raters, n_bins)


def _sequence(fit: Fit, layout: Layout, order: str) -> np.ndarray:
    """(m,) the ratings of each rater in the order they were given."""
    place = layout.row if order == ROWS else fit.ratings.frame[order].to_numpy()[layout.row]
    return np.lexsort((layout.row, place, layout.rater))


def longest_runs(rater: np.ndarray, answer: np.ndarray, n_raters: int) -> np.ndarray:
    """(n_raters,) the longest run of equal answers of each rater, whose ratings stand together.

    >>> longest_runs(np.array([0, 0, 0, 1, 1, 1]), np.array([2, 2, 1, 1, 1, 1]), 2).tolist()
    [2.0, 3.0]
    """
    new = (np.diff(rater) != 0) | (np.diff(answer) != 0)
    starts = np.concatenate([[0], np.flatnonzero(new) + 1]) if rater.size else np.empty(0, int)
    out = np.zeros(n_raters)
    np.maximum.at(out, rater[starts], np.diff(np.append(starts, rater.size)).astype(float))
    return out
