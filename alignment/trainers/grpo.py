"""GRPO towards the expected utility that reward models predict, with weights of prompts on the advantages."""

import json
import math
from collections.abc import Callable
from typing import Any, final

import numpy as np
import pandas as pd
import torch
from trl import GRPOConfig, GRPOTrainer

import pluralstats as ps

from ..models.loading import load_tokenizer, processes
from ..models.texts import prompt_of
from ..rewards.networks import coded_texts
from ..scoring.models import RewardScorer
from ..tables.checks import refuse
from ..tables.rows import prompt_rows
from .settings import RunSettings
from .starting import base_model, lora, training_arguments, training_dataset

Reward = Callable[..., list[float]]


@final
class WeightedGRPOTrainer(GRPOTrainer):
    """TRL's trainer in which the column ``weight`` of a prompt multiplies the advantages of its completions.

    A weight on the rewards would cancel: rewards of one prompt are divided by their own standard deviation. On the
    advantages it multiplies the gradient of that prompt.

    Parameters
    ----------
    options
        As of ``trl.GRPOTrainer``, with a data set that has ``prompt`` and ``weight``.
    """

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        batch = super()._generate_and_score_completions(inputs)
        advantages = batch["advantages"]  # (completions of this process,), in the order of the inputs
        weight = torch.tensor([row["weight"] for row in inputs], device=advantages.device, dtype=advantages.dtype)
        return {**batch, "advantages": weight * advantages}


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> WeightedGRPOTrainer:
    """The trainer of a run with method "grpo".

    Parameters
    ----------
    table : DataFrame
        ``prompt`` and ``weight`` (as ``prompt_rows`` takes them); rows of one prompt become one, with their mean
        weight, so that a pair table serves as well.

    Raises
    ------
    ConfigError
        No reward model, weights or utilities that do not fit the reward models, or a batch that does not hold whole
        groups of completions; all problems at once.
    DataError
        Anything wrong with the prompts.
    """
    refuse(_problems(settings), ps.ConfigError)
    rows = one_row_a_prompt(prompt_rows(table))
    tokenizer, model = load_tokenizer(settings.model), base_model(settings)
    tokenizer.padding_side = "left"  # completions follow the last token of the prompt
    args = GRPOConfig(
        **training_arguments(settings, model) | {"include_num_input_tokens_seen": "no"},  # TRL counts them itself
        beta=settings.beta,
        shuffle_dataset=False,  # ``drawn_prompts`` has
        num_generations=settings.generations,
        max_completion_length=settings.completion_length,
        reward_weights=list(settings.reward_weights) or None,
    )
    scorers = [_scorer(folder, settings) for folder in settings.reward_models]
    for scorer in scorers:  # now, not in the middle of the run
        coded_texts(rows["prompt"].tolist(), ["?"] * len(rows), scorer.model.tokenizer, settings.thinking)
    drawn = rows.iloc[drawn_prompts(len(rows), settings)]
    chat = tokenizer.chat_template is not None
    columns = {
        "prompt": [prompt_of(cell, chat=chat) for cell in drawn["prompt"]],
        "asked": drawn["prompt"].tolist(),
        "weight": drawn["weight"].tolist(),
    }
    return WeightedGRPOTrainer(
        model=model,
        reward_funcs=[expected_utility(scorer, f"reward {i + 1}") for i, scorer in enumerate(scorers)],
        args=args,
        train_dataset=training_dataset(columns, settings.out),
        processing_class=tokenizer,
        peft_config=lora(settings),
    )


def expected_utility(scorer: RewardScorer, name: str) -> Reward:
    """A reward function of TRL's: prompts as the table has them (column ``asked``), completions as TRL gives them."""

    def reward(completions: list[Any], asked: list[Any], **_: Any) -> list[float]:
        texts = [said if isinstance(said, str) else said[-1]["content"] for said in completions]
        return scorer.score(asked, texts).tolist()

    reward.__name__ = name
    return reward


def drawn_prompts(n: int, settings: RunSettings) -> np.ndarray:
    """Places of the prompts of all steps, in order: every prompt once before any comes again, reshuffled each time.

    The whole run is one pass through them. TRL would shuffle anew in each of several passes, and a run that goes on
    after a kill would see other prompts than one in one piece.

    Returns
    -------
    ndarray, (steps * prompts a step,), int
    """
    completions = settings.batch_size * settings.accumulation * processes().num_processes
    needed = settings.steps * completions // settings.generations
    generator = np.random.default_rng(settings.seed)
    return np.concatenate([generator.permutation(n) for _ in range(-(-needed // n))])[:needed]


def one_row_a_prompt(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the same prompt as one, in the order of their first, with weights of mean 1.

    Parameters
    ----------
    rows : DataFrame
        ``prompt`` (texts or lists of messages) and ``weight``.

    Returns
    -------
    DataFrame
        ``prompt`` and ``weight`` (the mean of the rows', divided by the mean over prompts).

    Examples
    --------
    >>> rows = pd.DataFrame({"prompt": ["b", "a", "b"], "weight": [2.0, 1.0, 4.0]})
    >>> one_row_a_prompt(rows).values.tolist()
    [['b', 1.5], ['a', 0.5]]
    """
    plain = [cell if isinstance(cell, str) else [dict(turn) for turn in cell] for cell in rows["prompt"]]
    codes, _ = pd.factorize(pd.Series([json.dumps(cell) for cell in plain]))
    weight = rows["weight"].groupby(codes).mean().to_numpy()
    first = pd.Series(codes).drop_duplicates().index
    return pd.DataFrame({"prompt": [plain[i] for i in first], "weight": weight / weight.mean()})


def _scorer(folder: str, settings: RunSettings) -> RewardScorer:
    return RewardScorer.from_folder(folder, utility=settings.utility, thinking=settings.thinking)


def _problems(settings: RunSettings) -> list[str]:
    problems = []
    if not settings.reward_models:
        problems.append('GRPO needs `reward_models`: folders of runs with method "reward" or "ordinal_reward".')
    if len(settings.reward_weights) not in (0, len(settings.reward_models)):
        problems.append(
            f"`reward_weights` has a number for each of the {len(settings.reward_models)} reward models; found "
            f"{len(settings.reward_weights)}."
        )
    problems += [
        f"`{name}` holds numbers; found {numbers!r}."
        for name, numbers in (("reward_weights", settings.reward_weights), ("utility", settings.utility))
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
    ]
    batch = settings.batch_size * settings.accumulation * processes().num_processes
    if batch % settings.generations:
        problems.append(
            f"A step has {batch} completions (`batch_size` times `accumulation` times processes), which is no multiple "
            f"of the {settings.generations} `generations` of a prompt. Change one of them."
        )
    return problems
