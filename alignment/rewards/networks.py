"""A reward model as a network: one number for a text, and for ordinal ones the thresholds that turn it into answers.

The thresholds are part of the network (its module ``answers``): they are trained, put into checkpoints, saved in the
same safetensors as the other weights (``model/`` or ``adapter/``) and found again there by ``load_reward_model``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from peft import PeftModel
from safetensors import safe_open
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedTokenizerBase

import pluralstats as ps
from pluralstats.errors import path_of

from ..models.loading import load_model
from ..models.places import ADAPTER, base_of, model_folder
from ..models.records import check_model_of_run
from ..models.texts import THINKING, token_ids
from ..objectives.answers import gaps_of, log_answer_probabilities, ordered_thresholds
from ..tables.checks import refuse, row_problem

_KEY = "answers."


class AnswerModel(nn.Module):
    """Cumulative logit: from rewards to log-probabilities of answers.

    Parameters
    ----------
    values : (K,) numbers
        Of the answers, rating points.
    cuts : Tensor, (K - 1,)
        Thresholds to start from, increasing.
    shift : float
        What is added to the network's number, so that 0 is the middle of the thresholds: these have mean 0, as a
        constant added to all of them and to every reward would change no probability.
    """

    def __init__(self, values: Sequence[float], cuts: Tensor, shift: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("values", torch.tensor(list(values), dtype=torch.float32))
        # two answers have no gap, and an empty parameter is none for peft
        self.gaps = nn.Parameter(gaps_of(cuts.float())) if len(values) > 2 else None
        self.shift = nn.Parameter(torch.tensor([float(shift)]))

    def forward(self, reward: Tensor) -> Tensor:
        """(B,) numbers of the network to (B, K) log-probabilities."""
        return log_answer_probabilities(reward.float() + self.shift, self.thresholds())

    def thresholds(self) -> Tensor:
        """(K - 1,), increasing, of mean 0."""
        return ordered_thresholds(self.shift.new_zeros(0) if self.gaps is None else self.gaps)


@dataclass(frozen=True)
class RewardModel:
    """A trained reward model.

    Attributes
    ----------
    network : Module
        Token ids to one number.
    tokenizer : tokenizer
        Its ``model_max_length`` is the length trained with.
    ordinal : bool
        Whether the network has thresholds.
    """

    network: nn.Module
    tokenizer: PreTrainedTokenizerBase
    ordinal: bool


def load_reward_model(folder: str | Path, *, base: str | Path | None = None) -> RewardModel:
    """A reward model from the folder of its run, or from its ``model/`` or ``adapter/``.

    Parameters
    ----------
    base : path, optional
        The model that an adapter was trained on, where it is no longer where it was.

    Raises
    ------
    ConfigError
        There is no such folder, what it holds is no reward model, or the model under an adapter is missing.
    """
    place = model_folder(path_of(folder, "folder"), "reward model")
    check_model_of_run(place)
    config = json.loads((place / ADAPTER if (place / ADAPTER).is_file() else place / "config.json").read_text())
    kinds = [str(config.get("task_type")), *(config.get("architectures") or [])]
    if not any(kind == "SEQ_CLS" or kind.endswith("ForSequenceClassification") for kind in kinds):
        raise ps.ConfigError(
            f'{place} is no reward model: it has no head for scores. Train one with method "reward" or '
            '"ordinal_reward".'
        )
    adapted = base_of(place, base)
    network = load_model(adapted or str(place), AutoModelForSequenceClassification, num_labels=1)
    # an adapter has the tokenizer that it was trained with, and no config.json that would make it a model
    tokenizer, saved = AutoTokenizer.from_pretrained(str(place), trust_remote_code=False), _saved_answers(place)
    network.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    if saved:
        network.answers = AnswerModel(saved["values"].tolist(), torch.arange(len(saved["values"]) - 1))
    if adapted:
        network = PeftModel.from_pretrained(network, str(place))
    elif saved:
        network.answers.load_state_dict(saved)
    return RewardModel(network.eval(), tokenizer, bool(saved))


def _saved_answers(place: Path) -> dict[str, Tensor]:
    """The tensors of the module ``answers`` by their names within it; empty where there are none."""
    found = {}
    for path in sorted(place.glob("*.safetensors")):
        with safe_open(path, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 (it is no dict)
                if _KEY in name:
                    found[name.rpartition(_KEY)[2]] = tensors.get_tensor(name)
    return found


def without_thinking(text: str) -> str:
    """What follows the last passage of thinking; nothing of one that was cut off before its end.

    >>> without_thinking("<think>Hm.</think> Yes."), without_thinking("No."), without_thinking("<think>Well")
    ('Yes.', 'No.', '')
    """
    start, end = THINKING
    if start not in text and end not in text:
        return text
    return text.rpartition(end)[2].partition(start)[0].lstrip()


def coded_texts(
    prompts: Sequence[Any], responses: Sequence[str], tokenizer: PreTrainedTokenizerBase, thinking: str = "drop"
) -> list[list[int]]:
    """Token ids of every prompt with its response, cut to ``tokenizer.model_max_length``.

    Parameters
    ----------
    thinking : {"drop", "keep"}
        "drop": what a response says up to </think> is not rated.

    Raises
    ------
    DataError
        Prompts that leave no room for their response: all responses to them would be alike.
    """
    said = [without_thinking(text) if thinking == "drop" else text for text in responses]
    coded = [token_ids(*pair, tokenizer, tokenizer.model_max_length) for pair in zip(prompts, said, strict=True)]
    limit = f"The prompt alone fills all {tokenizer.model_max_length} tokens that the model reads (`max_length`)"
    refuse(row_problem([not answer.any() for _, answer in coded], limit))
    return [ids for ids, _ in coded]


def padded(coded: Sequence[Sequence[int]], pad: int) -> dict[str, Tensor]:
    """``input_ids`` and ``attention_mask``, (n, longest), padded on the right."""
    longest = max(map(len, coded))
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in coded])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in coded])
    return {"input_ids": ids, "attention_mask": mask}


def rewards_of(network: nn.Module, coded: Sequence[Sequence[int]], pad: int, batch_size: int = 8) -> Tensor:
    """The network's number for every text, (n,) float32 on the CPU, in the order given.

    Texts of like length share a batch, so that little is computed for padding.
    """
    order = np.argsort([len(ids) for ids in coded], kind="stable")
    device, training = next(network.parameters()).device, network.training
    rewards = torch.empty(len(coded))
    network.eval()
    with torch.no_grad():
        for at in range(0, len(order), batch_size):
            rows = order[at : at + batch_size]
            batch = {name: t.to(device) for name, t in padded([coded[row] for row in rows], pad).items()}
            rewards[rows] = network(**batch, use_cache=False).logits[:, 0].float().cpu()
    network.train(training)
    return rewards


def predicted_answers(network: nn.Module, rewards: Tensor) -> Tensor:
    """Probabilities of the answers, (n, K) float64 on the CPU, of the network's numbers, (n,)."""
    with torch.no_grad():
        return network.answers(rewards.to(network.answers.shift.device)).double().exp().cpu()


def answer_values(names: Sequence[str]) -> list[float]:
    """Values of the answers of a table: the numbers in their names, or 1 to K where these are words.

    >>> answer_values(["p_1", "p_2.5"]), answer_values(["p_bad", "p_good"])
    ([1.0, 2.5], [1.0, 2.0])
    """
    words = [name.removeprefix("p_") for name in names]
    numbers = pd.to_numeric(pd.Series(words), errors="coerce")
    return [float(k + 1) for k in range(len(words))] if numbers.isna().any() else numbers.astype(float).tolist()
