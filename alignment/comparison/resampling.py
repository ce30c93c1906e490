"""Resampling of prompts and training seeds: how often each counts, mean scores of what counts, and intervals."""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import pandas as pd

import pluralstats as ps

REPLICATES = 2000


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random generator that depends on the seed and on what it is for, not on what else is computed.

    >>> int(stream(1, "prompts").integers(1000)) == int(stream(1, "prompts").integers(1000))
    True
    """
    digest = sha256("\x1f".join(names).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def multiplicities(generator: np.random.Generator, n: int, replicates: int) -> np.ndarray:
    """How often each of n units is in each sample of n with replacement, (replicates, n) float."""
    return generator.multinomial(n, np.full(n, 1.0 / n), size=replicates).astype(float)


def ends(draws: np.ndarray, prob: float) -> tuple[float, float]:
    """The central interval of draws (S,) that holds ``prob`` of them; missing where a draw is.

    >>> ends(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    lower, upper = np.quantile(draws, [(1.0 - prob) / 2.0, (1.0 + prob) / 2.0])
    return float(lower), float(upper)


def bootstrap_row(estimate: float, draws: np.ndarray, prob: float, n_prompts: int) -> dict[str, float]:
    """Estimate and interval; no interval from a single prompt, which every replicate repeats."""
    kept = draws[np.isfinite(draws)]  # a replicate may miss all prompts that an arm answered
    if n_prompts < 2 or not kept.size:
        return {"estimate": estimate, "lower": np.nan, "upper": np.nan}
    lower, upper = ends(kept, prob)
    return {"estimate": estimate, "lower": lower, "upper": upper}


def check_numbers(prob: float, replicates: int, seed: int) -> list[str]:
    """Sentences about a ``prob``, a number of replicates or a seed that is none."""
    problems = []
    if isinstance(prob, bool) or not isinstance(prob, float | int | np.number) or not 0 < prob < 1:
        problems.append(f"`prob` is a probability between 0 and 1; found {prob!r}. The default is 0.95.")
    if not _is_whole(replicates, 20):
        problems.append(f"`replicates` is a whole number of 20 or more; found {replicates!r}.")
    if not _is_whole(seed, 0):
        problems.append(f"`seed` is a whole number of 0 or more; found {seed!r}.")
    return problems


def refuse(problems: list[str]) -> None:
    """Raise a ConfigError of all sentences, when there are any."""
    if problems:
        raise ps.ConfigError("\n".join(problems))


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least


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
