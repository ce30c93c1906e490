"""Mean scores by training run and prompt, their weighted means, and each seed's difference from the base."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from .resampling import multiplicities, stream


class Cells(NamedTuple):
    """Mean scores of one arm on one dimension: ``mean`` (n_seeds, n_prompts), missing where nothing was scored."""

    mean: np.ndarray
    seeds: tuple[str, ...]


class Resample(NamedTuple):
    """How often prompts (replicates, n_prompts) and the seeds of each arm (replicates, n_seeds) count."""

    prompts: np.ndarray
    seeds: Mapping[str, np.ndarray]


def cells_of(scores: pd.DataFrame, key: str = "arm") -> tuple[dict[str, Cells], list[str]]:
    """The cells of each arm, judges and responses averaged, over one common order of prompts."""
    prompts = list(dict.fromkeys(scores["prompt_id"]))
    found = {}
    for arm, part in scores.groupby(key, sort=False):
        table = part.pivot_table("score", index="seed", columns="prompt_id", aggfunc="mean", sort=False)
        table = table.reindex(columns=prompts)
        found[str(arm)] = Cells(table.to_numpy(float), tuple(map(str, table.index)))
    return found, prompts


def resample(seeds: Mapping[str, int], n_prompts: int, replicates: int, seed: int) -> Resample:
    """Prompts are drawn once for all arms, which keeps the comparison paired; the seeds of each arm for itself."""
    prompts = multiplicities(stream(seed, "prompts"), n_prompts, replicates)
    return Resample(
        prompts, {arm: multiplicities(stream(seed, "seeds", arm), n, replicates) for arm, n in seeds.items()}
    )


def mean_by_prompt(cell: Cells, seeds: np.ndarray) -> np.ndarray:
    """(replicates, n_prompts) mean over seeds, counted ``seeds`` (replicates, n_seeds) times; missing if none does."""
    known = np.isfinite(cell.mean)
    total, weight = seeds @ np.where(known, cell.mean, 0.0), seeds @ known.astype(float)
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0.0)


def weighted_mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(replicates,) mean over the prompts with a value; missing where none counts."""
    weight = np.where(np.isfinite(values), weight, 0.0)
    total = (weight * np.where(np.isfinite(values), values, 0.0)).sum(axis=1)
    sums = weight.sum(axis=1)
    return np.divide(total, sums, out=np.full_like(total, np.nan), where=sums > 0.0)


def seed_rows(cells: Mapping[str, Cells], baseline: str) -> list[dict[str, object]]:
    """Each training seed's mean difference from the base over prompts, for the dots of a figure."""
    base = mean_by_prompt(cells[baseline], np.ones((1, len(cells[baseline].seeds))))
    rows: list[dict[str, object]] = []
    for arm, cell in cells.items():
        if arm == baseline:
            continue
        apart = weighted_mean(cell.mean - base, np.ones_like(cell.mean))
        rows += [{"arm": arm, "seed": seed, "estimate": at} for seed, at in zip(cell.seeds, apart, strict=True)]
    return rows
