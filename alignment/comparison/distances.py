"""How far a model's ratings are from each group's: Wasserstein and Jensen-Shannon, with the floor that noise sets."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps
from pluralstats.errors import expect

from ..tables.scores import refuse_missing_columns, rows_in_words
from .metrics import METRICS, SPLITS, noise_floors
from .resampling import REPLICATES, check_numbers, ends, multiplicities, refuse, stream

MODEL = "model"


class _Options(NamedTuple):
    """What is compared and how, checked."""

    answers: list[str]
    values: np.ndarray
    metrics: list[str]
    prob: float
    replicates: int
    seed: int


def distribution_distances(
    model: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    values: Sequence[float],
    ratings: pd.DataFrame | None = None,
    metrics: Sequence[str] = ("wasserstein", "jensen_shannon"),
    splits: int = SPLITS,
    prob: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> pd.DataFrame:
    """Distance between a model's distribution of ratings and each group's, item by item, averaged over items.

    Even ratings by the same people do not agree exactly. The floor shows how much of a distance is that noise: the
    raters of each group are split in halves at random, and the same distance is taken between the halves. A half has
    half of the ratings, so that the floor is that of labels made from half as many; a distance near it cannot be told
    from none.

    Parameters
    ----------
    model : data frame
        ``item`` and ``p_<answer>`` for every answer of the scale; used where present ``arm`` (rows for each).
    labels : data frame
        A label table: ``item``, ``target`` and the same ``p_<answer>`` columns in the same order.
    values : (K,) numbers
        Rating points of the answers, lowest first.
    ratings : data frame, optional
        ``item``, ``rater``, ``target``, ``rating`` (in points, among ``values``): what the labels were made from, for
        the floor.
    metrics : list of str
        "wasserstein" (rating points), "jensen_shannon" (divergence in bits), "jensen_shannon_distance" (its root).
    splits : int
        Random splits in halves; the floor is their mean.
    prob, replicates, seed
        Of the intervals: bootstrap over items.

    Returns
    -------
    data frame
        arm, target, metric, unit, estimate, lower, upper, floor, floor_lower, floor_upper (central interval over
        splits; missing without ``ratings``), n_items, n_items_floor (items with a rating in both halves).

    Raises
    ------
    DataError
        Missing columns, probabilities that are negative or do not sum to 1, no item in common.
    ConfigError
        An unknown metric, ``values`` that do not increase or do not match the answers.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"item": ["a"], "target": ["left"], "p_1": [0.5], "p_2": [0.5]})
    >>> model = pd.DataFrame({"item": ["a"], "p_1": [0.1], "p_2": [0.9]})
    >>> float(distribution_distances(model, people, values=(1, 2))["estimate"].iloc[0])
    0.4
    """
    expect(model, pd.DataFrame, "`model` is a table of answer probabilities, a data frame")
    options = _options(labels, values, metrics, splits, (prob, replicates, seed))
    model = model if "arm" in model else model.assign(arm=MODEL)
    _check_probabilities(model, [*options.answers], "The model's table")
    _check_probabilities(labels, [*options.answers], "The label table")
    _refuse_repeats(model, ["arm", "item"], "The model's table")
    _refuse_repeats(labels, ["target", "item"], "The label table")
    rows: list[dict[str, object]] = []
    floors = {} if ratings is None else noise_floors(ratings, values, metrics=options.metrics, splits=splits, seed=seed)
    for arm, own in model.groupby("arm", sort=False):
        for target, people in labels.groupby("target", sort=False):
            rows += _rows(str(arm), own, str(target), people, options, floors)
    return pd.DataFrame(rows)


def _rows(
    arm: str, model: pd.DataFrame, target: str, people: pd.DataFrame, options: _Options, floors: Mapping
) -> list[dict[str, object]]:
    own, theirs = (table.set_index("item")[options.answers] for table in (model, people))
    items = own.index.intersection(theirs.index, sort=False)
    if not len(items):
        raise ps.DataError(f"The model '{arm}' and the labels of '{target}' share no item. Check the ids in `item`.")
    p, q = own.loc[items].to_numpy(float), theirs.loc[items].to_numpy(float)
    counts = multiplicities(stream(options.seed, "items"), len(items), options.replicates) / len(items)
    rows = []
    for metric in options.metrics:
        unit, distance = METRICS[metric]
        each = distance(p, q, options.values)
        lower, upper = ends(counts @ each, options.prob) if len(items) > 1 else (np.nan, np.nan)
        row = {"arm": arm, "target": target, "metric": metric, "unit": unit, "estimate": float(each.mean())}
        halves, n = floors.get((target, metric), (np.array([np.nan]), 0))
        known = halves[np.isfinite(halves)]
        low, high = ends(known, options.prob) if known.size else (np.nan, np.nan)
        floor = float(known.mean()) if known.size else np.nan
        rows.append(
            row | {"lower": lower, "upper": upper, "floor": floor, "floor_lower": low, "floor_upper": high}
            | {"n_items": len(items), "n_items_floor": n}
        )  # fmt: skip
    return rows


def _options(
    labels: pd.DataFrame, values: Sequence[float], metrics: Sequence[str], splits: int, numbers: tuple[float, int, int]
) -> _Options:
    refuse_missing_columns(labels, ["item", "target"], "The label table")
    answers = [name for name in labels.columns if str(name).startswith("p_")]
    points = np.asarray(values, float)
    problems = check_numbers(*numbers)
    if points.size != len(answers) or (np.diff(points) <= 0).any():
        problems.append(
            f"`values` are the rating points of the {len(answers)} answers ({', '.join(answers)}), increasing; found "
            f"{', '.join(f'{value:g}' for value in points)}."
        )
    if not isinstance(splits, int) or splits < 1:
        problems.append(f"`splits` is a whole number of 1 or more; found {splits!r}.")
    unknown = [name for name in metrics if name not in METRICS]
    if unknown or not len(metrics):
        problems.append(f"`metrics` are among {', '.join(METRICS)}; found {', '.join(unknown) or 'none'}.")
    refuse(problems)
    return _Options(answers, points, list(metrics), *numbers)


def _check_probabilities(table: pd.DataFrame, answers: Sequence[str], what: str) -> None:
    refuse_missing_columns(table, ["item", *answers], what)
    p = table[list(answers)].to_numpy(float)
    bad = ~(np.isfinite(p).all(axis=1) & (p >= 0).all(axis=1) & (np.abs(p.sum(axis=1) - 1.0) < 1e-6))
    if bad.any():
        raise ps.DataError(f"{what} has probabilities that are negative or do not sum to 1 in {rows_in_words(bad)}.")


def _refuse_repeats(table: pd.DataFrame, unit: Sequence[str], what: str) -> None:
    repeated = table.duplicated(list(unit))
    if repeated.any():
        raise ps.DataError(
            f"{what} has one row for each {' and '.join(unit)}; {rows_in_words(repeated)} repeat one. Select one "
            "dimension, policy or group."
        )
