"""Supervised fine-tuning on both responses of every pair, each weighted by how far it is preferred."""

from collections.abc import Callable, Sequence
from typing import Any, final

import pandas as pd
from trl import SFTConfig, SFTTrainer

from ..objectives.batches import IGNORED, KeptColumns, kept_output, token_log_probs
from ..tables.rows import pair_responses, pair_rows, unit_mean
from .settings import RunSettings
from .starting import KeepsColumns, refuse_settings, text_options, training_arguments

_REQUIRED = {
    "loss_type": "nll",
    "packing": False,
    "padding_free": False,
    "label_smoothing_factor": 0.0,
    "use_liger_kernel": False,
}


@final
class WeightedSFTTrainer(KeepsColumns, SFTTrainer):
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

    kept = ("weight",)

    def __init__(self, *, decode: Callable[[Sequence[int]], str] | None = None, **options: Any) -> None:
        refuse_settings(options["args"], _REQUIRED)
        super().__init__(**options)
        collate: Any = self.data_collator  # type: ignore[has-type]  # of Trainer, which mypy does not read
        self.data_collator = KeptColumns(collate, self.kept, decode)

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None):
        batch = self.without_kept(inputs)
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


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> WeightedSFTTrainer:
    """The trainer of a run with method "sft".

    Parameters
    ----------
    table : DataFrame
        Pairs as ``pair_rows`` takes them.
    """
    pairs = pair_rows(table)
    options = text_options(settings, pairs, sft_rows(pairs), ("completion",), ("weight",))
    args = SFTConfig(**training_arguments(settings, options["model"]), max_length=settings.max_length, loss_type="nll")
    return WeightedSFTTrainer(args=args, **options)
