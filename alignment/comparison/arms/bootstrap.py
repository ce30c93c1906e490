"""The bootstrap of arms' differences from the base: prompts, judges and training seeds resampled, each for itself.

The same units as the random terms of the model, so that both answer the same question. Resampling n units keeps
(n - 1) / n of their variance, and few units have heavy tails: deviations are stretched by sqrt(n / (n - 1)), and their
sum by the quantile of Student's t over that of the normal distribution, degrees of freedom by Satterthwaite (1946) from
the variances that the units give one by one. What two kinds of units share is counted with both: never too narrow.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from ..resampling import multiplicities, stream, weighted_mean

AT_ONCE = 4_000_000  # means by replicate, seed and prompt


class Cube(NamedTuple):
    """Scores of one arm by judge, seed and prompt: sums and numbers (n_judges, n_seeds, n_prompts)."""

    total: np.ndarray
    number: np.ndarray


class ArmBootstrap(NamedTuple):
    """For each arm the difference from the base and its replicates (R,), which are missing where a mean is."""

    estimate: dict[str, float]
    draws: dict[str, np.ndarray]


class _Counts(NamedTuple):
    """How often each unit counts, (R, n) each; one replicate where all count once."""

    prompts: np.ndarray
    judges: np.ndarray
    seeds: np.ndarray
    base: np.ndarray


def cubes_of(scores: pd.DataFrame) -> dict[str, Cube]:
    """Sums by arm over one common order of judges and of prompts; responses to one prompt are added up."""
    names = {name: list(dict.fromkeys(scores[name])) for name in ("judge", "prompt_id")}
    found = {}
    for arm, part in scores.groupby("arm", sort=False):
        seeds = list(dict.fromkeys(part["seed"]))
        shape = (len(names["judge"]), len(seeds), len(names["prompt_id"]))
        codes = [
            pd.Index(levels).get_indexer(part[name])
            for name, levels in (("judge", names["judge"]), ("seed", seeds), ("prompt_id", names["prompt_id"]))
        ]
        at = np.ravel_multi_index(codes, shape)
        sums = [np.bincount(at, weights, np.prod(shape)).reshape(shape) for weights in (part["score"], None)]
        found[str(arm)] = Cube(*(each.astype(float) for each in sums))
    return found


def bootstrap_arms(scores: pd.DataFrame, baseline: str, prob: float, replicates: int, seed: int) -> ArmBootstrap:
    """Differences of one dimension and replicates whose central intervals hold ``prob``."""
    cubes = cubes_of(scores)
    base = cubes.pop(baseline)
    estimate, draws = {}, {}
    for arm, cube in cubes.items():
        sizes = _sizes(cube, base)
        once = _Counts(**{kind: np.ones((1, n)) for kind, n in sizes.items()})
        estimate[arm] = float(_difference(cube, base, once)[0])
        streams = {"prompts": (), "judges": (), "seeds": (arm,), "base": (baseline,)}
        apart = {}
        for kind, n in sizes.items():
            if n > 1:
                counts = multiplicities(stream(seed, kind, *streams[kind]), n, replicates)
                moved = _difference(cube, base, once._replace(**{kind: counts})) - estimate[arm]
                apart[kind] = np.sqrt(n / (n - 1.0)) * moved
        draws[arm] = estimate[arm] + (_stretched(apart, sizes, prob) if apart else np.zeros(replicates))
    return ArmBootstrap(estimate, draws)


def _sizes(cube: Cube, base: Cube) -> dict[str, int]:
    judges, seeds, prompts = cube.total.shape
    return {"prompts": prompts, "judges": judges, "seeds": seeds, "base": base.total.shape[1]}


def _stretched(apart: Mapping[str, np.ndarray], sizes: Mapping[str, int], prob: float) -> np.ndarray:
    """(R,) sums of the deviations by unit, with the tails of Student's t."""
    variance = np.array([np.nanmean(each**2) for each in apart.values()])
    spread = (variance**2 / [sizes[kind] - 1.0 for kind in apart]).sum()
    freedom = variance.sum() ** 2 / spread if spread > 0.0 else np.inf
    top = 0.5 + prob / 2.0
    return np.sum(list(apart.values()), axis=0) * stdtrit(freedom, top) / ndtri(top)


def _difference(cube: Cube, base: Cube, counts: _Counts) -> np.ndarray:
    """(R,) mean over prompts of the arm's score less the base's on the same prompt."""
    apart = _by_prompt(cube, counts.judges, counts.seeds) - _by_prompt(base, counts.judges, counts.base)
    return weighted_mean(apart, counts.prompts)


def _by_prompt(cube: Cube, judges: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """(R, n_prompts) mean over seeds of the mean over judges; missing where none scored."""
    shape = cube.total.shape[1:]
    at_once = max(1, AT_ONCE // int(np.prod(shape)))
    parts = []
    for start in range(0, len(judges), at_once):
        some = judges[start : start + at_once]
        total, count = (some @ each.reshape(len(each), -1) for each in cube)
        mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0.0).reshape(-1, *shape)
        known = np.isfinite(mean)
        weight = seeds if len(judges) == 1 else seeds[:1]  # only one kind is resampled at a time
        if len(mean) == 1:
            top, sums = weight @ np.where(known, mean, 0.0)[0], weight @ known[0].astype(float)
        else:
            top, sums = np.nansum(mean * weight[0][:, None], axis=1), known.transpose(0, 2, 1) @ weight[0]
        parts.append(np.divide(top, sums, out=np.full_like(top, np.nan), where=sums > 0.0))
    return np.concatenate(parts)
