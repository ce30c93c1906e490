"""Supervised fine-tuning on both responses of every pair, each weighted by how far it is preferred."""

from collections.abc import Callable, Sequence
from typing import Any, final

import pandas as pd
from trl import SFTConfig, SFTTrainer

from .dpo import refuse_settings
from .loading import load_model, load_tokenizer, lora, training_arguments
from .prompts import example_columns, has_thinking, refuse_long_prompts
from .settings import RunSettings
from .tables import pair_responses, pair_rows, unit_mean
from .weighted_batches import IGNORED, KeptColumns, kept_output, token_log_probs, training_dataset

_REQUIRED = {
    "loss_type": "nll",
    "packing": False,
    "padding_free": False,
    "label_smoothing_factor": 0.0,
    "use_liger_kernel": False,
}


@final
class WeightedSFTTrainer(SFTTrainer):
    """TRL's trainer with a weight for every row: sum of weight times negative log-likelihood over counted tokens.

    The number of counted tokens stays that of the whole optimiser step, so that accumulation and several processes
    change nothing.

    Parameters
    ----------
    decode : callable, optional
        As of ``KeptColumns``.
    options
        As of ``trl.SFTTrainer``; the data set has a column ``weight``.

    Raises
    ------
    ConfigError
        A setting that changes the loss, or that packs several rows into one.
    """

    def __init__(self, *, decode: Callable[[Sequence[int]], str] | None = None, **options: Any) -> None:
        refuse_settings(options["args"], _REQUIRED)
        super().__init__(**options)
        collate: Any = self.data_collator  # type: ignore[has-type]  # of Trainer, which mypy does not read
        self.data_collator = KeptColumns(collate, ("weight",), decode)

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        if "weight" not in self._signature_columns:
            self._signature_columns += ["weight"]

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None):
        batch = {name: values for name, values in inputs.items() if name != "weight"}
        ids, counted = batch["input_ids"], batch["labels"][:, 1:] != IGNORED
        with kept_output(model) as outputs:
            made = super().compute_loss(model, batch, return_outputs, num_items_in_batch)  # for TRL's metrics
            log_probs = token_log_probs(outputs[0], ids)
        total = -(inputs["weight"][:, None] * log_probs * counted).sum()
        loss = total / (counted.sum().clamp(min=1) if num_items_in_batch is None else num_items_in_batch)
        if num_items_in_batch is not None and self.args.average_tokens_across_devices:
            loss = loss * self.accelerator.num_processes  # tokens of all processes, whose gradients are averaged
        return (loss, made[1]) if return_outputs else loss


def sft_rows(pairs: pd.DataFrame) -> pd.DataFrame:
    """Both responses of each pair with weight w p and w (1 - p), scaled to mean 1; rows of weight 0 are dropped.

    Returns
    -------
    DataFrame
        ``prompt``, ``completion``, ``weight``.
    """
    both = pair_responses(pairs).rename(columns={"response": "completion"})
    return unit_mean(both.assign(weight=both["weight"] * both["share"]).drop(columns="share"))


def make_sft_trainer(settings: RunSettings, table: pd.DataFrame) -> WeightedSFTTrainer:
    """The trainer of a run with method "sft".

    Parameters
    ----------
    table : DataFrame
        Pairs as ``pair_rows`` takes them.
    """
    pairs = pair_rows(table)
    rows = sft_rows(pairs)
    tokenizer, model = load_tokenizer(settings.model), load_model(settings)
    refuse_long_prompts(pairs, tokenizer, settings.max_length)
    masked = settings.thinking == "drop" and has_thinking(rows, ("completion",))
    columns = example_columns(rows, ("completion",), tokenizer) | {"weight": rows["weight"].tolist()}
    return WeightedSFTTrainer(
        decode=tokenizer.decode if masked else None,
        model=model,
        args=SFTConfig(**training_arguments(settings, model), max_length=settings.max_length, loss_type="nll"),
        train_dataset=training_dataset(columns, settings.out),
        processing_class=tokenizer,
        peft_config=lora(settings),
    )
