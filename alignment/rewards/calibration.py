"""Whether a reward model means what it says: predicted against labelled probabilities, uncertainty over prompts.

Labels are distributions, not single answers, so that the best possible log-loss is their entropy: reported is also the
excess over it, which is 0 for a perfect model and comparable between tables of different disagreement.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.errors import expect

FEWEST_PROMPTS = 3  # with two prompts most bootstrap samples repeat one of them: an interval that means nothing
FLOOR = 1e-12  # of probabilities inside logarithms


def calibration_metrics(
    predicted: np.ndarray,
    labelled: np.ndarray,
    values: Sequence[float],
    prompts: Sequence[str],
    weight: np.ndarray | None = None,
    *,
    replicates: int = 1000,
    prob: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """How far predicted distributions are from labelled ones, with intervals from resampling whole prompts.

    A pair is a scale of two answers, rejected (0) and chosen (1) preferred: predicted and labelled are then
    ``[1 - p, p]`` and ``values`` is ``[0, 1]``.

    Parameters
    ----------
    predicted, labelled : ndarray, (n, K), probabilities
        Rows sum to 1.
    values : (K,) numbers
        Of the answers, rating points.
    prompts : (n,) strings
        Rows of one prompt are drawn together: they are not independent.
    weight : ndarray, (n,), optional
        1 each by default.
    replicates : int
        Bootstrap samples.
    prob : float
        That the interval holds.
    seed : int

    Returns
    -------
    DataFrame
        ``metric``, ``value``, ``lower``, ``upper`` (missing with fewer than 3 prompts). Metrics: ``log_loss`` (nats),
        ``excess_log_loss`` (nats above the entropy of the labels), ``brier`` (sum over answers of squared
        differences), ``rating_error`` (mean absolute difference of expected ratings, points), ``rating_bias`` (mean
        predicted minus labelled expected rating, points).

    Raises
    ------
    ConfigError
        Shapes that do not fit together, or no rows.

    Examples
    --------
    >>> labelled = np.array([[0.5, 0.5], [0.2, 0.8]])
    >>> table = calibration_metrics(labelled, labelled, [0, 1], ["a", "b"])
    >>> table.set_index("metric")["value"].round(3).to_dict()
    {'log_loss': 0.597, 'excess_log_loss': 0.0, 'brier': 0.0, 'rating_error': 0.0, 'rating_bias': 0.0}
    """
    _check_lists(predicted=predicted, labelled=labelled, values=values, prompts=prompts)
    weight = np.ones(len(predicted)) if weight is None else np.asarray(weight, dtype=float)
    _check_shapes(predicted, labelled, values, prompts, weight)
    rows = _row_metrics(predicted, labelled, np.asarray(values, dtype=float))
    names = list(rows)
    columns = np.column_stack([rows[name] for name in names])
    value = weight @ columns / weight.sum()
    lower, upper = _over_prompts(columns, prompts, weight, (replicates, prob, seed))
    return pd.DataFrame({"metric": names, "value": value, "lower": lower, "upper": upper})


def reliability_table(
    predicted: np.ndarray,
    labelled: np.ndarray,
    prompts: Sequence[str],
    weight: np.ndarray | None = None,
    *,
    bins: int = 10,
    replicates: int = 1000,
    prob: float = 0.95,
    seed: int = 1,
) -> pd.DataFrame:
    """Labelled share by predicted probability: on the diagonal for a calibrated model.

    Parameters
    ----------
    predicted, labelled : ndarray, (n,) or (n, K), probabilities
        Of one event (a pair's p), or of every answer: each answer of each row is then one event.
    prompts, weight, replicates, prob, seed
        As of ``calibration_metrics``.
    bins : int
        Of equal width; empty ones are left out.

    Returns
    -------
    DataFrame
        ``bin`` (left edge), ``n`` (events), ``predicted``, ``labelled`` (weighted means), ``lower``, ``upper`` (of
        labelled; missing with fewer than 3 prompts).

    Examples
    --------
    >>> table = reliability_table(np.array([0.1, 0.15, 0.9]), np.array([0.2, 0.1, 1.0]), ["a", "b", "c"])
    >>> table[["bin", "n", "predicted", "labelled"]].round(3).values.tolist()
    [[0.1, 2.0, 0.125, 0.15], [0.9, 1.0, 0.9, 1.0]]
    """
    _check_lists(predicted=predicted, labelled=labelled, prompts=prompts)
    events = 1 if np.ndim(predicted) == 1 else predicted.shape[1]
    weight = np.repeat(np.ones(len(predicted)) if weight is None else np.asarray(weight, dtype=float), events)
    of_prompt = np.repeat(np.asarray(prompts, dtype=object), events)
    predicted, labelled = np.ravel(predicted), np.ravel(labelled)
    place = np.minimum((predicted * bins).astype(int), bins - 1)
    rows = []
    for edge in np.unique(place):
        inside = place == edge
        events, times = np.column_stack([predicted, labelled])[inside], weight[inside]
        means = times @ events / times.sum() if times.sum() else (np.nan, np.nan)
        interval = _over_prompts(events[:, 1:], of_prompt[inside], times, (replicates, prob, seed))
        rows.append((edge / bins, len(times), *means, *np.ravel(interval)))
    return pd.DataFrame(rows, columns=["bin", "n", "predicted", "labelled", "lower", "upper"])


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts for a card, with None for what is missing: JSON has no NaN.

    >>> records(pd.DataFrame({"value": [0.5], "lower": [np.nan]}))
    [{'value': 0.5, 'lower': None}]
    """
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _row_metrics(predicted: np.ndarray, labelled: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    surprise = -(labelled * np.log(np.maximum(predicted, FLOOR))).sum(axis=1)
    entropy = -(labelled * np.log(np.maximum(labelled, FLOOR))).sum(axis=1)
    difference = (predicted - labelled) @ values
    return {
        "log_loss": surprise,
        "excess_log_loss": surprise - entropy,
        "brier": ((predicted - labelled) ** 2).sum(axis=1),
        "rating_error": np.abs(difference),
        "rating_bias": difference,
    }


def _over_prompts(
    columns: np.ndarray, prompts: Sequence[str] | np.ndarray, weight: np.ndarray, plan: tuple[int, float, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval, (m,) each, of the weighted means of columns, (n, m), when prompts are drawn again."""
    replicates, prob, seed = plan
    codes, names = pd.factorize(np.asarray(prompts, dtype=object))
    nothing = np.full(columns.shape[1], np.nan)
    if len(names) < FEWEST_PROMPTS:
        return nothing, nothing
    sums = np.zeros((len(names), columns.shape[1] + 1))  # of each prompt: weighted columns, and weights
    np.add.at(sums, codes, np.column_stack([columns * weight[:, None], weight]))
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=replicates)
    totals = drawn @ sums
    used = totals[:, -1] > 0  # a sample of prompts of weight 0 alone has no mean
    if not used.any():
        return nothing, nothing
    means = totals[used, :-1] / totals[used, -1:]
    lower, upper = np.quantile(means, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
    return lower, upper


def _check_lists(**given: object) -> None:
    """Refuse what is no array or list, by the name of the argument."""
    for name, value in given.items():
        expect(value, (np.ndarray, pd.Series, pd.Index, list, tuple), f"`{name}` is an array, or a list of its rows")


def _check_shapes(
    predicted: np.ndarray, labelled: np.ndarray, values: Sequence[float], prompts: Sequence[str], weight: np.ndarray
) -> None:
    expected = (len(prompts), len(values))
    problems = [
        f"`{name}` has a row for each of the {expected[0]} prompts and a column for each of the {expected[1]} "
        f"answers; found an array of shape {np.shape(array)}."
        for name, array in (("predicted", predicted), ("labelled", labelled))
        if np.shape(array) != expected
    ]
    if np.shape(weight) != expected[:1] or np.any(weight < 0) or not np.sum(weight) > 0:
        problems.append("`weight` has one number of at least 0 for each row, and one of them is above 0.")
    if problems:
        raise ps.ConfigError("\n".join(problems))
