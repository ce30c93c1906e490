"""What a training run is told: one frozen record, checked when it is made, written into the run's card."""

from dataclasses import dataclass
from math import inf
from pathlib import Path

import pluralstats as ps

from . import METHODS

CHOICES = {"method": tuple(METHODS), "loss": ("calibrated", "geometric"), "thinking": ("drop", "keep")}
LEAST = {"steps": 1, "batch_size": 1, "accumulation": 1, "max_length": 8, "lora_rank": 0, "seed": 0, "save_every": 1}
LEAST |= {"generations": 2, "completion_length": 1}
ABOVE_ZERO = ("beta", "learning_rate", "robust_rate")


@dataclass(frozen=True)
class RunSettings:
    """One training run.

    Attributes
    ----------
    model : str
        A folder with a model, or its name on a hub. Safetensors only; code of the model's own is never run.
    out : path
        Folder of the run: ``model/`` (or ``adapter/``), ``card.json``, ``metrics.csv``, checkpoints while it runs.
    method : str
        How it is trained: "dpo", "robust_dpo", "kto", "sft", "reward" (Bradley-Terry), "ordinal_reward" or "grpo".
    loss : {"calibrated", "geometric"}
        Of DPO, m being beta times the difference of log-ratios to the untrained model: calibrated, -p log s(m) -
        (1 - p) log s(-m), is least where the model prefers as often as people do; geometric, -log s((2p - 1) m), learns
        nothing from a pair with p of 1/2 (Furuta et al. 2024).
    beta : float
        Of DPO, KTO and GRPO: how close the model stays to where it started.
    steps : int
        Optimiser steps; arms are compared at the same number.
    batch_size, accumulation : int
        Rows in a micro-batch of one process, and micro-batches in an optimiser step.
    learning_rate : float
    max_length : int
        Tokens of prompt and response together.
    lora_rank : int
        Rank r of the LoRA adapter; 0 trains all weights. Fixed: alpha 2r, no dropout, all linear modules.
    seed : int
    save_every : int
        Optimiser steps between checkpoints; a killed run goes on from the last.
    thinking : {"drop", "keep"}
        "drop": text between <think> and </think> is no part of what the loss is about.
    robust_rate : float
        Of group-robust DPO: how fast weight moves to the group served worst, per nat and optimiser step.
    reward_models : tuple of str
        Of GRPO: folders of runs with method "reward" or "ordinal_reward", one for each objective (a dimension, or a
        group whose ratings count).
    reward_weights : tuple of float
        Of GRPO: how much each objective counts, below 0 for what should be low (toxicity); 1 each where it is empty.
    utility : tuple of float
        Of GRPO with ordinal reward models: utility of each answer, lowest first; the answers' own values where it is
        empty.
    generations : int
        Of GRPO: completions for each prompt, compared with each other; divides ``batch_size`` times ``accumulation``
        times the number of processes.
    completion_length : int
        Of GRPO: most tokens of a completion.
    """

    model: str
    out: Path
    method: str = "dpo"
    loss: str = "calibrated"
    beta: float = 0.1
    steps: int = 100
    batch_size: int = 4
    accumulation: int = 1
    learning_rate: float = 1e-5
    max_length: int = 512
    lora_rank: int = 0
    seed: int = 1
    save_every: int = 50
    thinking: str = "drop"
    robust_rate: float = 0.1
    reward_models: tuple[str, ...] = ()
    reward_weights: tuple[float, ...] = ()
    utility: tuple[float, ...] = ()
    generations: int = 4
    completion_length: int = 128

    def __post_init__(self) -> None:
        given = vars(self)
        problems = [
            f"`{name}` is one of {', '.join(allowed)}; found {given[name]!r}."
            for name, allowed in CHOICES.items()
            if given[name] not in allowed
        ]
        problems += [
            f"`{name}` is a whole number of {least} or more; found {given[name]!r}."
            for name, least in LEAST.items()
            if not isinstance(given[name], int) or isinstance(given[name], bool) or given[name] < least
        ]
        problems += [
            f"`{name}` is a number above 0; found {given[name]!r}."
            for name in ABOVE_ZERO
            if not isinstance(given[name], int | float) or isinstance(given[name], bool) or not 0 < given[name] < inf
        ]
        if problems:
            raise ps.ConfigError("\n".join(problems))
