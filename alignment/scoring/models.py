"""Models as scorers: our own reward models, text classifiers of transformers, and detoxify where it is installed."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerBase

import pluralstats as ps
from pluralstats.errors import expect

from ..models.loading import load_model, load_tokenizer, on_processor
from ..rewards.networks import RewardModel, coded_texts, load_reward_model, padded, predicted_answers, rewards_of

_LONGEST = 100_000  # tokenizers without a limit say 10^30


@dataclass(frozen=True)
class RewardScorer:
    """A reward model of ours: r(prompt, response), or of an ordinal one the expected utility of the answer.

    The expected utility is ``sum_k P(answer k | prompt, response) u_k``: with the answers' own values as utilities
    it is the expected rating, in points.

    Attributes
    ----------
    model : RewardModel
    name, dimension : str
        The dimension is the name where nothing is said: rewards of two models are on scales of their own, and are not
        averaged as if they measured one thing.
    utility : tuple of float
        Of each answer, lowest first; the answers' values where it is empty. Only of ordinal models.
    batch_size : int
    thinking : {"drop", "keep"}
        "drop": what a response says up to </think> is not rated.
    """

    model: RewardModel
    name: str
    dimension: str = ""
    utility: tuple[float, ...] = ()
    batch_size: int = 8
    thinking: str = "drop"

    def __post_init__(self) -> None:
        how = "Read one with alignment.load_reward_model(folder)."
        object.__setattr__(self, "dimension", self.dimension or self.name)
        expect(self.model, RewardModel, "`model` is a RewardModel", how)
        answers = len(self.model.network.answers.values) if self.model.ordinal else 0
        if self.utility and len(self.utility) != answers:
            kind = f"has {answers} answers" if answers else "is no ordinal one and has no answers"
            raise ps.ConfigError(
                f"`utility` has a number for each answer; the reward model {self.name} {kind}, found "
                f"{len(self.utility)} numbers."
            )

    @classmethod
    def from_folder(cls, folder: str | Path, base: str | Path | None = None, **options: Any) -> "RewardScorer":
        """The reward model of a run, or of its ``model/`` or ``adapter/``, on the accelerator where there is one."""
        model = load_reward_model(folder, base=base)
        model.network.to(_device())
        place = Path(folder).resolve()
        name = place.parent.name if place.name in ("model", "adapter") else place.name
        return cls(model, **({"name": name} | options))

    def score(self, prompts: Sequence[Any], responses: Sequence[str]) -> np.ndarray:
        """Rewards or expected utilities, (n,)."""
        network, tokenizer = self.model.network, self.model.tokenizer
        coded = coded_texts(prompts, responses, tokenizer, self.thinking)
        rewards = rewards_of(network, coded, tokenizer.pad_token_id, self.batch_size)
        if not self.model.ordinal:
            return rewards.double().numpy()
        utility = np.array(self.utility or network.answers.values.tolist())
        return predicted_answers(network, rewards).numpy() @ utility


@dataclass(frozen=True)
class ClassifierScorer:
    """Probability of one label of a text classifier; it sees the response only, cut to what it can read.

    Attributes
    ----------
    network, tokenizer
        Of transformers.
    label : int
        Place of the label among the classifier's outputs.
    name, dimension : str
    batch_size : int
    """

    network: nn.Module
    tokenizer: PreTrainedTokenizerBase
    label: int
    name: str
    dimension: str
    batch_size: int = 8

    @classmethod
    def from_name(cls, name: str, label: str | None = None, **options: Any) -> "ClassifierScorer":
        """A classifier from a folder, or by its name on a hub; safetensors only.

        Parameters
        ----------
        label : str
            Whose probability is the score; may be left out where there is one output.

        Raises
        ------
        ConfigError
            No such model, no classifier, or no such label (with those it has).
        """
        network = load_model(name, AutoModelForSequenceClassification)
        kinds = network.config.architectures or []
        if not any(kind.endswith("ForSequenceClassification") for kind in kinds):
            raise ps.ConfigError(f"{name} is no text classifier; it is made for {', '.join(kinds) or 'nothing'}.")
        labels = [network.config.id2label[place] for place in range(network.config.num_labels)]
        if label is None and len(labels) == 1:
            label = labels[0]
        if label not in labels:
            raise ps.ConfigError(f"The classifier {name} has the labels {', '.join(labels)}; found `label` {label!r}.")
        tokenizer = load_tokenizer(name)
        network.config.get_text_config().pad_token_id = tokenizer.pad_token_id
        made = {"name": Path(name).name, "dimension": label} | options
        return cls(network.eval().to(_device()), tokenizer, labels.index(label), **made)

    def score(self, prompts: Sequence[str], responses: Sequence[str]) -> np.ndarray:
        """Probabilities, (n,); the output itself of a classifier with one output."""
        limit = min(self.tokenizer.model_max_length, self.network.config.get_text_config().max_position_embeddings)
        options = {"truncation": True, "max_length": limit} if limit < _LONGEST else {}
        coded = self.tokenizer(list(responses), **options)["input_ids"]
        found = np.empty(len(coded))
        with torch.no_grad():
            for at in range(0, len(coded), self.batch_size):
                batch = padded(coded[at : at + self.batch_size], self.tokenizer.pad_token_id)
                output = self.network(**{name: t.to(self.network.device) for name, t in batch.items()}).logits.float()
                found[at : at + self.batch_size] = self._probabilities(output)[:, self.label].double().cpu()
        return found

    def _probabilities(self, output: torch.Tensor) -> torch.Tensor:
        if output.shape[1] == 1:
            return output
        several = self.network.config.problem_type == "multi_label_classification"
        return torch.sigmoid(output) if several else torch.softmax(output, dim=1)


@dataclass(frozen=True)
class DetoxifyScorer:
    """Toxicity by the package detoxify, which is no part of ours: ``pip install detoxify``.

    It downloads its own weights, pickled, when it is first used.

    Attributes
    ----------
    predictor : object
        Of detoxify: texts in, a dict of lists out.
    dimension : str
        One of its outputs: "toxicity", "insult", "threat", ...
    """

    predictor: Any
    dimension: str = "toxicity"
    name: str = "detoxify"
    batch_size: int = 32

    @classmethod
    def from_name(cls, kind: str = "original", dimension: str = "toxicity") -> "DetoxifyScorer":
        """The predictor of one kind ("original", "unbiased", "multilingual").

        Raises
        ------
        ConfigError
            The package is not installed.
        """
        try:
            package = import_module("detoxify")
        except ModuleNotFoundError as error:
            raise ps.ConfigError("The detoxify scorer needs detoxify. Run: pip install detoxify") from error
        return cls(package.Detoxify(kind), dimension)

    def score(self, prompts: Sequence[str], responses: Sequence[str]) -> np.ndarray:
        """Probabilities, (n,); the prompts are not looked at."""
        texts = list(responses)
        batches = [texts[at : at + self.batch_size] for at in range(0, len(texts), self.batch_size)]
        return np.concatenate([np.zeros(0), *(self.predictor.predict(batch)[self.dimension] for batch in batches)])


def _device() -> Any:
    return "cpu" if on_processor() else torch.accelerator.current_accelerator()
