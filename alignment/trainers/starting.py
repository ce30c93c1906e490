"""What every training method starts from: the model of a run, its adapter, its rows on disk, the arguments of TRL."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from datasets import Dataset, load_from_disk
from peft import LoraConfig, TaskType
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)

import pluralstats as ps
from pluralstats.storage.contents import entries, remove_files

from ..models.loading import has_bfloat16, load_model, load_tokenizer, on_processor, on_terminal, processes
from ..models.texts import example_columns, has_thinking, refuse_long_prompts
from ..tables.checks import refuse
from .settings import RunSettings

CHECKPOINTS, DATASET = "checkpoints", "dataset"  # folders within the run's, while it runs
_DATASET_FILES = re.compile(r"(?:data-|cache-|tmp|dataset_info\.json$|state\.json$)")  # of the package datasets
_CHECKPOINTED_FROM = 500_000_000  # weights from which memory is worth a second forward pass


class KeepsColumns:
    """A trainer of TRL's whose batches keep the columns ``kept``, which TRL drops as it does not know them."""

    kept: Sequence[str]
    _signature_columns: list[str]

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()  # type: ignore[misc]  # of the trainer that comes after this class
        self._signature_columns += [name for name in self.kept if name not in self._signature_columns]

    def without_kept(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The batch as TRL knows it."""
        return {name: values for name, values in inputs.items() if name not in self.kept}


def base_model(settings: RunSettings, architecture: Any = AutoModelForCausalLM, **options: Any) -> PreTrainedModel:
    """The model of a run, to be trained or adapted; options as of ``load_model``."""
    return load_model(settings.model, architecture, adapted=bool(settings.lora_rank), **options)


def lora(settings: RunSettings, task: TaskType = TaskType.CAUSAL_LM) -> LoraConfig | None:
    """The adapter of a run on all linear layers; None where all weights are trained."""
    if not settings.lora_rank:
        return None
    return LoraConfig(
        r=settings.lora_rank,
        lora_alpha=2 * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type=task,
    )


def training_arguments(settings: RunSettings, model: PreTrainedModel) -> dict[str, Any]:
    """The arguments that all trainers share, for the configuration classes of TRL.

    Examples
    --------
    ``DPOConfig(**training_arguments(settings, model), beta=settings.beta)``
    """
    big = model.num_parameters() >= _CHECKPOINTED_FROM
    return {
        "output_dir": str(Path(settings.out) / CHECKPOINTS),
        "max_steps": settings.steps,
        "per_device_train_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.accumulation,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "save_strategy": "steps",
        "save_steps": settings.save_every,
        "logging_steps": max(1, settings.steps // 100),
        "include_num_input_tokens_seen": "non_padding",
        "report_to": "none",
        "bf16": has_bfloat16(),
        "gradient_checkpointing": big and not on_processor(),
        "use_cpu": on_processor(),
        "dataloader_pin_memory": not on_processor(),
        "disable_tqdm": not on_terminal(),
    }


def training_dataset(columns: dict[str, list], folder: Path) -> Dataset:
    """The columns as a data set in a folder of the run, which all of its processes read.

    Not in memory: TRL keeps what one process computed for all rows in a file beside the data set's own, which TRL 1.8
    looks for even in one process.
    """
    place = folder / DATASET
    if processes().is_main_process:
        forget_dataset(folder)
        Dataset.from_dict(columns).save_to_disk(place)
    processes().wait_for_everyone()
    return load_from_disk(place)


def text_options(
    settings: RunSettings, pairs: pd.DataFrame, rows: pd.DataFrame, responses: Sequence[str], kept: Sequence[str]
) -> dict[str, Any]:
    """Options of a trainer of language models: model, tokenizer, adapter, the texts as a data set, and ``decode``.

    Parameters
    ----------
    pairs : DataFrame
        Of ``pair_rows``; their prompts are checked.
    rows : DataFrame
        Made of the pairs, with ``prompt``.
    responses, kept : sequence of str
        Columns of texts, and of what else the trainer reads.
    """
    tokenizer, model = load_tokenizer(settings.model), base_model(settings)
    refuse_long_prompts(pairs, tokenizer, settings.max_length)
    masked = settings.thinking == "drop" and has_thinking(rows, responses)
    columns = example_columns(rows, responses, tokenizer) | {name: rows[name].tolist() for name in kept}
    return {
        "decode": tokenizer.decode if masked else None,
        "model": model,
        "train_dataset": training_dataset(columns, settings.out),
        "processing_class": tokenizer,
        "peft_config": lora(settings),
    }


def new_reward_model(settings: RunSettings) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    """The language model of a run with a new head that gives one number, drawn with the seed of the run."""
    tokenizer = load_tokenizer(settings.model)
    tokenizer.model_max_length = settings.max_length  # saved with the tokenizer: scoring cuts where training did
    set_seed(settings.seed)
    network = base_model(settings, AutoModelForSequenceClassification, num_labels=1)
    network.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    return network, tokenizer


def refuse_settings(args: Any, required: dict[str, Any]) -> None:
    """Refuse a configuration of TRL's that differs from what our loss stands on; all differences in one error."""
    given = {name: getattr(args, name) for name in required if name in args.to_dict()}
    refuse(
        [
            f"`{name}` must be {required[name]!r}, as our loss takes the place of TRL's; found {value!r}."
            for name, value in given.items()
            if value != required[name]
        ],
        ps.ConfigError,
    )


def forget_dataset(folder: Path) -> None:
    """Delete the rows that a run trains on, which it writes anew; files that people put there stay."""
    remove_written(folder / DATASET, _DATASET_FILES)


def remove_written(place: Path, written: re.Pattern[str]) -> None:
    """Delete the files of a folder that have names of the libraries, whole or half written."""
    if place.is_dir():
        remove_files(place, [name for name in entries(place) if written.match(Path(name).name)])
