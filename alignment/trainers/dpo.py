"""DPO on soft labels with weights: ``SoftDPOTrainer`` and the function that makes one for a run."""

from collections.abc import Callable, Sequence
from typing import Any, final

import pandas as pd
from accelerate import Accelerator
from torch import Tensor
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from ..objectives.batches import KeptColumns, kept_output, response_log_probs
from ..objectives.pairs import PAIR_LOSSES, weighted_mean
from ..tables.rows import pair_rows
from .settings import RunSettings
from .starting import KeepsColumns, refuse_settings, text_options, training_arguments

RESPONSES = ("chosen", "rejected")
# what would change the loss or the log-probabilities that it is made of, with the only value under which ours is right
_REQUIRED = {
    "loss_type": ["sigmoid"],
    "loss_weights": None,
    "label_smoothing": 0.0,
    "f_divergence_type": "reverse_kl",
    "ld_alpha": None,
    "use_weighting": False,
    "padding_free": False,
    "sync_ref_model": False,
    "use_liger_kernel": False,
    "precompute_ref_log_probs": True,
}
Objective = Callable[[Tensor, dict[str, Tensor], Accelerator], Tensor]


@final
class SoftDPOTrainer(KeepsColumns, DPOTrainer):
    """TRL's trainer with an objective of (margins, columns of the batch, accelerator) in place of its loss.

    Parameters
    ----------
    objective : callable
        Margins (n,) = beta times the difference of log-ratios, the kept columns, each (n,), and the accelerator, to
        the loss of the batch.
    kept : sequence of str
        Columns of numbers that the objective reads.
    decode : callable, optional
        As of ``KeptColumns``.
    options
        As of ``trl.DPOTrainer``; ``args`` must leave TRL's own loss as it is, with precomputed references.

    Raises
    ------
    ConfigError
        A setting under which the objective would be about something else.
    """

    def __init__(
        self,
        *,
        objective: Objective,
        kept: Sequence[str] = ("p", "weight"),
        decode: Callable[[Sequence[int]], str] | None = None,
        **options: Any,
    ) -> None:
        args, tokenizer = options["args"], options["processing_class"]
        refuse_settings(args, _REQUIRED)
        self._objective, self.kept = objective, tuple(kept)
        collate = DataCollatorForPreference(pad_token_id=tokenizer.pad_token_id, max_length=args.max_length)
        super().__init__(**options, data_collator=KeptColumns(collate, self.kept, decode))

    def compute_ref_log_probs(self, *args: Any) -> Any:
        *model, inputs = args  # the model came with TRL 1.15
        return super().compute_ref_log_probs(*model, self.without_kept(inputs))

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None):
        batch = self.without_kept(inputs)
        with kept_output(model) as outputs:
            made = super().compute_loss(model, batch, return_outputs, num_items_in_batch)  # for TRL's metrics
            chosen, rejected = response_log_probs(outputs[0], batch).chunk(2)
        margins = self.beta * ((chosen - batch["ref_chosen_logps"]) - (rejected - batch["ref_rejected_logps"]))
        loss = self._objective(margins, {name: inputs[name] for name in self.kept}, self.accelerator)
        return (loss, made[1]) if return_outputs else loss


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> SoftDPOTrainer:
    """The trainer of a run with method "dpo".

    Parameters
    ----------
    table : DataFrame
        Pairs as ``pair_rows`` takes them.
    """
    losses = PAIR_LOSSES[settings.loss]

    def objective(margins: Tensor, columns: dict[str, Tensor], accelerator: Accelerator) -> Tensor:
        return weighted_mean(losses(margins, columns["p"]), columns["weight"])

    return pair_trainer(settings, pair_rows(table), objective)


def pair_trainer(
    settings: RunSettings, pairs: pd.DataFrame, objective: Objective, kept: Sequence[str] = ("p", "weight"), **more: Any
) -> SoftDPOTrainer:
    """A trainer for checked pairs and any objective of their margins.

    Parameters
    ----------
    pairs : DataFrame
        Of ``pair_rows``, with every column in ``kept``.
    more
        Other options of ``trl.DPOTrainer``.
    """
    options = text_options(settings, pairs, pairs, RESPONSES, kept)
    args = DPOConfig(
        **training_arguments(settings, options["model"]),
        beta=settings.beta,
        max_length=settings.max_length,
        precompute_ref_log_probs=True,
    )
    return SoftDPOTrainer(objective=objective, kept=kept, args=args, **options, **more)
