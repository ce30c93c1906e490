"""Ordinal reward models on label distributions: a cumulative logit on r(prompt, response) with learnt thresholds."""

from collections.abc import Sequence
from typing import Any, final

import pandas as pd
import torch
from peft import TaskType, get_peft_model
from torch import Tensor, nn
from torch.optim import Optimizer
from transformers import PreTrainedTokenizerBase, Trainer, TrainingArguments

from ..objectives.answers import marginal_thresholds, ordinal_loss
from ..rewards.calibration import calibration_metrics, records, reliability_table
from ..rewards.networks import AnswerModel, answer_values, coded_texts, padded, predicted_answers, rewards_of
from ..tables.rows import response_rows
from .settings import RunSettings
from .starting import lora, new_reward_model, training_arguments, training_dataset

# a few numbers of size 1 learn faster than the many of a network: times its learning rate, and at most
THRESHOLD_RATE, FASTEST = 100.0, 0.05


@final
class OrdinalRewardTrainer(Trainer):
    """Trainer of a network with a module ``answers`` on label distributions with weights.

    Parameters
    ----------
    options
        As of ``transformers.Trainer``, with a data set of ``ids``, ``distribution`` (K probabilities) and ``weight``;
        ``args`` with ``remove_unused_columns=False``.
    """

    def __init__(self, **options: Any) -> None:
        pad = options["processing_class"].pad_token_id
        super().__init__(**options, data_collator=lambda examples: _batch(examples, pad))

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False)
        log_probabilities = self.accelerator.unwrap_model(model).answers(outputs.logits[:, 0])
        loss = ordinal_loss(log_probabilities, inputs["distribution"], inputs["weight"])
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, *model: Any) -> Optimizer:
        """The usual optimiser, with thresholds that learn up to ``THRESHOLD_RATE`` times as fast and do not decay."""
        if self.optimizer is not None:
            return self.optimizer
        optimizer = super().create_optimizer(*model)
        mine = {id(p): p for p in self.accelerator.unwrap_model(self.model).answers.parameters() if p.requires_grad}
        for group in optimizer.param_groups:
            group["params"] = [p for p in group["params"] if id(p) not in mine]
        rate = max(min(THRESHOLD_RATE * self.args.learning_rate, FASTEST), self.args.learning_rate)
        optimizer.add_param_group({"params": list(mine.values()), "lr": rate, "weight_decay": 0.0})
        return optimizer


def _batch(examples: Sequence[dict[str, Any]], pad: int) -> dict[str, Tensor]:
    kept = {name: torch.tensor([example[name] for example in examples]) for name in ("distribution", "weight")}
    return padded([example["ids"] for example in examples], pad) | kept


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> OrdinalRewardTrainer:
    """The trainer of a run with method "ordinal_reward".

    The thresholds start where a model that finds all texts alike would have them.

    Parameters
    ----------
    table : DataFrame
        Rated responses as ``response_rows`` takes them: ``prompt``, ``response``, ``p_<answer>`` in the order of the
        answers, ``weight``.

    Raises
    ------
    DataError
        Anything wrong with the rows, or prompts that leave no room for a response.
    """
    rows = response_rows(table)
    names = _answers(rows)
    network, tokenizer = new_reward_model(settings)
    distribution, weight = torch.tensor(rows[names].to_numpy(dtype=float)), torch.tensor(rows["weight"].to_numpy())
    network.answers = AnswerModel(answer_values(names), *marginal_thresholds(distribution, weight))
    columns = {"ids": _coded(rows, tokenizer, settings), "distribution": distribution.tolist()}
    adapter = lora(settings, TaskType.SEQ_CLS)
    if adapter is not None:
        adapter.modules_to_save = ["score", "answers"]
        network = get_peft_model(network, adapter)
    return OrdinalRewardTrainer(
        model=network,
        args=TrainingArguments(
            **training_arguments(settings, network),
            remove_unused_columns=False,
            ddp_find_unused_parameters=False,  # the thresholds follow the network's own forward pass
        ),
        train_dataset=training_dataset(columns | {"weight": weight.tolist()}, settings.out),
        processing_class=tokenizer,
    )


def calibration(
    network: nn.Module, tokenizer: PreTrainedTokenizerBase, rows: pd.DataFrame, settings: RunSettings
) -> dict[str, Any]:
    """Whether the predicted distribution of answers is what the labels say.

    Parameters
    ----------
    rows : DataFrame
        Of ``response_rows``, with the answers trained on.

    Returns
    -------
    dict
        ``metrics`` (records of ``calibration_metrics``, with intervals over prompts), ``reliability`` (records of
        ``reliability_table``; every answer of every row is an event) and ``thresholds``.
    """
    rewards = rewards_of(network, _coded(rows, tokenizer, settings), tokenizer.pad_token_id, settings.batch_size)
    predicted = predicted_answers(network, rewards).numpy()
    labelled = rows[_answers(rows)].to_numpy(dtype=float)
    prompts, weight = rows["prompt"].map(str).tolist(), rows["weight"].to_numpy()
    values = network.answers.values.tolist()
    metrics = calibration_metrics(predicted, labelled, values, prompts, weight, seed=settings.seed)
    table = reliability_table(predicted, labelled, prompts, weight, seed=settings.seed)
    return {
        "metrics": records(metrics),
        "reliability": records(table),
        "thresholds": network.answers.thresholds().tolist(),
    }


def _answers(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows if name.startswith("p_")]


def _coded(rows: pd.DataFrame, tokenizer: Any, settings: RunSettings) -> list[list[int]]:
    return coded_texts(rows["prompt"].tolist(), rows["response"].tolist(), tokenizer, settings.thinking)
