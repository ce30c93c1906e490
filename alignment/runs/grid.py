"""Arms: the same model trained under several conditions and seeds, at equal steps and prompts, in one table.

An arm is a table of pairs (or labels) with the settings of its training. Arms are comparable when they differ in what
is asked and in nothing else, so unequal numbers of optimiser steps or different prompts are refused. Every finished run
is kept as it ends: a grid that was stopped goes on from there, and runs go through joblib, on one machine or a cluster.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

import pluralstats as ps
from pluralstats.cluster.spreading import spread
from pluralstats.errors import expect

from ..models.records import read_json, write_json
from ..tables.rows import read_table
from ..trainers.settings import RunSettings
from .training import RunResult, train_model

FEW_SEEDS = 3
SCORES = "scores.json"  # of a finished run, beside its card

type Judge = Callable[[Path, "Arm"], Mapping[str, float]]  # folder of the trained model, or adapter


@dataclass(frozen=True)
class Arm:
    """One training condition.

    Attributes
    ----------
    name : str
        Of the folder of its runs, and in tables and figures.
    table : Pairs, path or DataFrame
        What is trained on: pairs, or rated responses for the method "ordinal_reward". The card of Pairs and of files
        goes into the cards of the runs.
    settings : RunSettings
        ``out`` and ``seed`` are replaced for every run.
    factors : dict
        What the arm stands for in the grid: {"who": "liberal", "scale": "5", "disagreement": "posterior"}.
    target : str, optional
        Only the rows of this target are trained on.
    held_out : Pairs, path or DataFrame, optional
        Pairs of any targets, which the trained model's implied preferences are held against.
    """

    name: str
    table: pd.DataFrame | ps.Pairs | str | Path = field(repr=False)
    settings: RunSettings
    factors: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    held_out: pd.DataFrame | ps.Pairs | str | Path | None = field(default=None, repr=False)


def check_arms(arms: Sequence[Arm], seeds: Sequence[int]) -> tuple[str, ...]:
    """Refuse arms that cannot be compared; say what weakens the comparison.

    Returns
    -------
    tuple of str
        Finished sentences; empty when nothing was found.

    Raises
    ------
    ConfigError
        No arm or seed, a name given twice, unequal optimiser steps, different prompts: all at once.
    """
    for name, given, of in (("arms", arms, "Arm objects"), ("seeds", seeds, "whole numbers")):
        expect(given, (list, tuple, range), f"`{name}` is a list of {of}")
    for arm in arms:
        expect(arm, Arm, "Each of `arms` is an Arm", "Make it with alignment.Arm(name, table, settings).")
    problems = [
        f"`{name}` is empty. Give at least one." for name, given in (("arms", arms), ("seeds", seeds)) if not given
    ]
    names = [arm.name for arm in arms]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"Two arms have the name {', '.join(twice)}. Every arm needs a folder of its own.")
    steps = {arm.name: arm.settings.steps for arm in arms}
    if len(set(steps.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in steps.items())
        problems.append(f"Arms are compared at equal numbers of optimiser steps; found {listed}. Set the same `steps`.")
    problems += _different_prompts(arms)
    if problems:
        raise ps.ConfigError("\n".join(problems))
    few = f"{len(seeds)} training seed{'s' * (len(seeds) > 1)} per arm: one seed says nothing about a method, and "
    return () if len(seeds) >= FEW_SEEDS else (f"{few}fewer than {FEW_SEEDS} little. Use more seeds.",)


def _different_prompts(arms: Sequence[Arm]) -> list[str]:
    prompts = {arm.name: {str(prompt) for prompt in read_table(arm.table)[0]["prompt"]} for arm in arms}
    first = next(iter(prompts), "")
    return [
        f"Arm '{name}' has other prompts than arm '{first}': {len(found ^ prompts[first])} are in one of them only. "
        "Train all arms on the same prompts, or drop those that not all have."
        for name, found in prompts.items()
        if found != prompts[first]
    ]


def run_arms(
    arms: Sequence[Arm], out: str | Path, *, judge: Judge | None = None, seeds: Sequence[int] = (1, 2, 3), jobs: int = 1
) -> pd.DataFrame:
    """Train and judge every arm with every seed; what is finished already is read.

    Parameters
    ----------
    out : path
        Each run has the folder ``out/<arm>/seed-<seed>``.
    judge : callable, optional
        (folder of the trained model or adapter, arm) -> {name of a score: number}; called once for each run.
    jobs : int
        Runs at once on this machine. ``ps.on_cluster`` carries them to a cluster, whose workers need torch and a disk
        in common with this machine, on which ``out`` is.

    Returns
    -------
    DataFrame
        ``arm``, the factors, ``seed``, ``steps``, then the scores: fit to the held-out pairs by group, and those of
        the judge; one row for each run.

    Raises
    ------
    ConfigError
        As of ``check_arms``.
    """
    check_arms(arms, seeds)
    runs = [(arm, seed, Path(out) / arm.name / f"seed-{seed}") for arm in arms for seed in seeds]
    tasks = [(arm, seed, folder, judge) for arm, seed, folder in runs]
    scores = spread(run_arm, tasks, arms, n_jobs=jobs, prefer=None)
    rows = [
        {"arm": arm.name, **arm.factors, "seed": seed, "steps": arm.settings.steps, **found}
        for (arm, seed, _), found in zip(runs, scores, strict=True)
    ]
    return pd.DataFrame(rows)


def run_arm(arm: Arm, seed: int, folder: Path, judge: Judge | None) -> dict[str, float]:
    """The scores of one run: trained and judged, or read where that was done before."""
    settings = replace(arm.settings, out=folder, seed=seed)
    run = train_model(settings, arm.table, target=arm.target, held_out=arm.held_out)  # refuses a run of other settings
    kept = folder / SCORES
    if (scores := read_json(kept)) is None:
        scores = held_out_scores(run)
        if judge is not None:
            scores |= {name: float(value) for name, value in judge(run.model, arm).items()}
        write_json(kept, scores)
    return scores


def held_out_scores(run: RunResult) -> dict[str, float]:
    """Fit to the held-out pairs of a run by group, from its card: {"brier (liberal)": 0.02, ...}."""
    return {
        f"{score} ({row['group']})": float(row[score])
        for row in run.card.get("held_out", [])
        for score in ("log_loss", "brier", "accuracy")
    }
