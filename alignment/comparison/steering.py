"""``steering_matrix``: does training for a group please that group more than it pleases the others?"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

from ..tables.scores import checked_scores
from .resampling import (
    REPLICATES,
    Cells,
    bootstrap_row,
    cells_of,
    check_numbers,
    mean_by_prompt,
    refuse,
    resample,
    weighted_mean,
)

NEEDED = ("target", "group", "prompt_id", "seed", "score")
EVERYBODY = "all"
KINDS = ("per judge", "double-centred")


class Steering(NamedTuple):
    """``matrix`` and ``advantage`` as ``steering_matrix`` describes them, ``problems`` as finished sentences."""

    matrix: pd.DataFrame
    advantage: pd.DataFrame
    problems: tuple[str, ...]


def steering_matrix(
    scores: pd.DataFrame, *, prob: float = 0.95, replicates: int = REPLICATES, seed: int = 1
) -> Steering:
    """Scores by the group trained for and the group that judges, with the advantage of the diagonal.

    M[t, g] is the mean score that judges of group g give to the model trained for t. The advantage of g per judge is
    M[g, g] less the mean of M[t, g] over the other t. A model that everybody likes raises its whole row, and one judge
    who likes everything a whole column: the double-centred advantage is the same of M less its row means, less its
    column means, plus its mean, in which neither counts. Over all groups both have the same mean.

    Parameters
    ----------
    scores : data frame
        One row for each score, higher is better for the group that judges: ``target`` (trained for), ``group`` (judged
        by), ``prompt_id``, ``seed`` (of training), ``score``. Every target is also a group and the reverse.
    prob, replicates, seed
        Of the intervals: bootstrap over prompts, together for all cells, and over the seeds of each target. Three seeds
        resampled differ too little: 95% intervals of a simulation with runs that differ held the truth in 90%.

    Returns
    -------
    Steering
        ``matrix``: target, group, estimate, lower, upper (score points), n_seeds, n_prompts. ``advantage``: group
        (each, then "all"), kind ("per judge", "double-centred"), estimate, lower, upper, n_seeds, n_prompts.

    Raises
    ------
    DataError
        Missing columns or cells, scores that are no numbers, targets that are not the groups, fewer than two groups.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(t, g, p, 0, 2.0 * (t == g) + (t == "left")) for t in ("left", "right") for g in ("left", "right")
    ...         for p in ("a", "b")]
    >>> scores = pd.DataFrame(rows, columns=["target", "group", "prompt_id", "seed", "score"])
    >>> steering_matrix(scores).advantage.query("group == 'left'")["estimate"].tolist()  # 3 - 0; 2 without the row
    [3.0, 2.0]
    """
    refuse(check_numbers(prob, replicates, seed))
    table = checked_scores(scores, NEEDED)
    groups = _groups(table)
    cells, prompts = _cells(table, groups)
    counts = {target: max(len(cells[target, group].seeds) for group in groups) for target in groups}
    draws = _matrices(cells, groups, resample(counts, len(prompts), replicates, seed))
    one = resample(counts, len(prompts), 1, seed)
    one = one._replace(prompts=np.ones_like(one.prompts), seeds={t: np.ones_like(v) for t, v in one.seeds.items()})
    at = _matrices(cells, groups, one)[0]
    sizes = [{"n_seeds": counts[target], "n_prompts": len(prompts)} for target in groups]
    n = len(prompts)
    matrix = [
        {"target": target, "group": group} | bootstrap_row(float(at[i, j]), draws[:, i, j], prob, n) | sizes[i]
        for i, target in enumerate(groups)
        for j, group in enumerate(groups)
    ]
    advantage = [
        {"group": group, "kind": kind} | bootstrap_row(float(value), each, prob, n) | _size(sizes, i)
        for i, group in enumerate([*groups, EVERYBODY])
        for kind in KINDS
        for value, each in [_picked(at[None], draws, kind, i)]
    ]
    return Steering(pd.DataFrame(matrix), pd.DataFrame(advantage), _problems(counts, n))


def diagonal_advantage(matrix: np.ndarray) -> np.ndarray:
    """(..., G) diagonal less the mean of the rest of its column, of matrices (..., G, G).

    >>> diagonal_advantage(np.array([[3.0, 1.0], [0.0, 2.0]])).tolist()
    [3.0, 1.0]
    """
    diagonal = np.diagonal(matrix, axis1=-2, axis2=-1)
    return diagonal - (matrix.sum(axis=-2) - diagonal) / (matrix.shape[-1] - 1)


def double_centred(matrix: np.ndarray) -> np.ndarray:
    """Matrices (..., G, G) less their row means and column means, plus their mean.

    >>> double_centred(np.array([[3.0, 1.0], [0.0, 2.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    rows, columns = matrix.mean(axis=-1, keepdims=True), matrix.mean(axis=-2, keepdims=True)
    return matrix - rows - columns + matrix.mean(axis=(-2, -1), keepdims=True)


def _picked(at: np.ndarray, draws: np.ndarray, kind: str, i: int) -> tuple[float, np.ndarray]:
    """Estimate and draws of the advantage of group i, or of all after the last group."""
    both = np.concatenate([at, draws])
    advantage = diagonal_advantage(double_centred(both) if kind == "double-centred" else both)
    chosen = advantage[:, i] if i < advantage.shape[1] else advantage.mean(axis=1)
    return float(chosen[0]), chosen[1:]


def _groups(table: pd.DataFrame) -> list[str]:
    targets, groups = (list(dict.fromkeys(table[name])) for name in ("target", "group"))
    if set(targets) != set(groups):
        raise ps.DataError(
            f"Models are trained for {', '.join(targets)} and judged by {', '.join(groups)}; both should be the same "
            "groups. Drop rows of others (the base model has no target)."
        )
    if len(groups) < 2:
        raise ps.DataError(f"A matrix needs two groups or more; the scores have only '{groups[0]}'.")
    dimensions = list(dict.fromkeys(table["dimension"]))
    if len(dimensions) > 1:
        raise ps.DataError(f"A matrix is of one dimension; the scores have {', '.join(dimensions)}. Select one.")
    return targets


def _cells(table: pd.DataFrame, groups: list[str]) -> tuple[Mapping[tuple[str, str], Cells], list[str]]:
    """Cells by target and group over common prompts and the seeds of each target."""
    prompts = list(dict.fromkeys(table["prompt_id"]))
    found, missing = {}, []
    for target in groups:
        own = table[table["target"] == target]
        seeds = list(dict.fromkeys(own["seed"]))
        for group in groups:
            part = own[own["group"] == group]
            if not len(part):
                missing.append(f"'{target}' judged by '{group}'")
                continue
            cell = cells_of(part, "target")[0][target]
            names = list(dict.fromkeys(part["prompt_id"]))
            mean = pd.DataFrame(cell.mean, index=list(cell.seeds), columns=names).reindex(index=seeds, columns=prompts)
            found[target, group] = Cells(mean.to_numpy(float), tuple(seeds))
    if missing:
        raise ps.DataError(f"Every model is judged by every group; there is no score of {', '.join(missing)}.")
    return found, prompts


def _matrices(cells: Mapping[tuple[str, str], Cells], groups: list[str], draws) -> np.ndarray:
    """(replicates, G, G) mean scores by target and group."""
    found = [
        [
            weighted_mean(mean_by_prompt(cells[target, group], draws.seeds[target]), draws.prompts)
            for group in groups
        ]
        for target in groups
    ]  # fmt: skip
    return np.moveaxis(np.array(found), -1, 0)


def _size(sizes: list[dict[str, int]], i: int) -> dict[str, int]:
    """Seeds and prompts behind a group; of all, the fewest seeds."""
    return sizes[i] if i < len(sizes) else min(sizes, key=lambda size: size["n_seeds"])


def _problems(counts: Mapping[str, int], n_prompts: int) -> tuple[str, ...]:
    few = [target for target, n in counts.items() if n < 3]
    found = []
    if few:
        found.append(
            f"Fewer than 3 training seeds for {', '.join(few)}: one seed says nothing about the method, only about the "
            "models that were trained."
        )
    if n_prompts < 2:
        found.append("All scores are about one prompt: there are no intervals.")
    return tuple(found)
