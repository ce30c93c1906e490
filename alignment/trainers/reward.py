"""Bradley-Terry reward models on soft preferences with weights: ``SoftRewardTrainer`` and what makes one for a run."""

from typing import Any, final

import numpy as np
import pandas as pd
import torch
from peft import TaskType
from torch import nn
from transformers import PreTrainedTokenizerBase
from trl import RewardConfig, RewardTrainer
from trl.trainer.reward_trainer import DataCollatorForPreference

from ..objectives.answers import soft_preference_loss
from ..objectives.batches import KeptColumns
from ..rewards.calibration import calibration_metrics, records, reliability_table
from ..rewards.networks import coded_texts, rewards_of
from ..tables.rows import pair_rows
from .settings import RunSettings
from .starting import KeepsColumns, lora, new_reward_model, refuse_settings, training_arguments, training_dataset

RESPONSES = ("chosen", "rejected")
# what would change the loss, or which rows it is about, with the only value under which ours is right
_REQUIRED = {"center_rewards_coefficient": None, "max_length": None}


@final
class SoftRewardTrainer(KeepsColumns, RewardTrainer):
    """TRL's trainer with the soft, weighted Bradley-Terry loss in place of its own.

    Parameters
    ----------
    options
        As of ``trl.RewardTrainer``, with a data set of ``chosen_ids``, ``rejected_ids``, ``p`` and ``weight``.

    Raises
    ------
    ConfigError
        A setting under which the loss would be about something else (TRL drops rows that are longer than
        ``max_length`` without a word).
    """

    kept = ("p", "weight")

    def __init__(self, **options: Any) -> None:
        refuse_settings(options["args"], _REQUIRED)
        collate = DataCollatorForPreference(pad_token_id=options["processing_class"].pad_token_id)
        super().__init__(**options, data_collator=KeptColumns(collate, self.kept))

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        _, outputs = super().compute_loss(
            model, self.without_kept(inputs), True, num_items_in_batch
        )  # for TRL's metrics
        chosen, rejected = outputs.logits[:, 0].float().chunk(2)
        loss = soft_preference_loss(chosen - rejected, inputs["p"], inputs["weight"])
        return (loss, outputs) if return_outputs else loss


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> SoftRewardTrainer:
    """The trainer of a run with method "reward".

    Parameters
    ----------
    table : DataFrame
        Pairs as ``pair_rows`` takes them.

    Raises
    ------
    DataError
        Anything wrong with the pairs, or prompts that leave no room for a response.
    """
    pairs = pair_rows(table)
    network, tokenizer = new_reward_model(settings)
    columns = {f"{name}_ids": _coded(pairs, name, tokenizer, settings) for name in RESPONSES}
    columns |= {name: pairs[name].tolist() for name in SoftRewardTrainer.kept}
    return SoftRewardTrainer(
        model=network,
        args=RewardConfig(**training_arguments(settings, network), max_length=None),
        train_dataset=training_dataset(columns, settings.out),
        processing_class=tokenizer,
        peft_config=lora(settings, TaskType.SEQ_CLS),
    )


def calibration(
    network: nn.Module, tokenizer: PreTrainedTokenizerBase, pairs: pd.DataFrame, settings: RunSettings
) -> dict[str, Any]:
    """Whether P(chosen preferred) = sigmoid(r(chosen) - r(rejected)) is what the pairs say.

    Parameters
    ----------
    pairs : DataFrame
        Of ``pair_rows``. Half of the pairs are turned round (p becomes 1 - p): p is at least 1/2 in a pair table, and
        a model that says 0.9 of everything would look calibrated.

    Returns
    -------
    dict
        ``metrics`` (records of ``calibration_metrics``, with intervals over prompts) and ``reliability`` (records of
        ``reliability_table``).
    """
    rewards = [
        rewards_of(network, _coded(pairs, name, tokenizer, settings), tokenizer.pad_token_id, settings.batch_size)
        for name in RESPONSES
    ]
    turned = np.arange(len(pairs)) % 2 == 1
    predicted = torch.sigmoid(rewards[0] - rewards[1]).double().numpy()
    said, wanted = (np.where(turned, 1 - p, p) for p in (predicted, pairs["p"].to_numpy(dtype=float)))
    prompts, weight = pairs["prompt"].map(str).tolist(), pairs["weight"].to_numpy()
    both = [np.column_stack([1 - p, p]) for p in (said, wanted)]
    metrics = calibration_metrics(both[0], both[1], [0, 1], prompts, weight, seed=settings.seed)
    kept = ~metrics["metric"].str.startswith("rating")  # of no meaning without a scale
    table = reliability_table(said, wanted, prompts, weight, seed=settings.seed)
    return {"metrics": records(metrics[kept]), "reliability": records(table)}


def _coded(pairs: pd.DataFrame, name: str, tokenizer: Any, settings: RunSettings) -> list[list[int]]:
    return coded_texts(pairs["prompt"].tolist(), pairs[name].tolist(), tokenizer, settings.thinking)
