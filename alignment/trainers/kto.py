"""KTO with weights: every response is desirable as far as it is preferred, and undesirable as far as it is not."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, final

import numpy as np
import pandas as pd
import torch
from packaging.version import Version
from trl import KTOConfig, KTOTrainer
from trl.trainer import kto_trainer

import pluralstats as ps

from ..objectives.batches import KeptColumns
from ..tables.rows import pair_responses, pair_rows, unit_mean
from .settings import RunSettings
from .starting import KeepsColumns, refuse_settings, text_options, training_arguments

_STABLE_SINCE = "1.8"  # before, TRL had only an experimental KTO, with other batches
_REQUIRED = {
    "loss_type": "kto",
    "desirable_weight": 1.0,
    "undesirable_weight": 1.0,
    "sync_ref_model": False,
    "use_liger_kernel": False,
    "precompute_ref_log_probs": True,
}


@final
class WeightedKTOTrainer(KeepsColumns, KTOTrainer):
    """TRL's trainer with a weight for every row.

    Parameters
    ----------
    decode : callable, optional
        As of ``KeptColumns``.
    options
        As of ``trl.KTOTrainer``; the data set has a column ``weight``.

    Raises
    ------
    ConfigError
        A setting that changes the loss.
    """

    kept = ("weight",)

    def __init__(self, *, decode: Callable[[Sequence[int]], str] | None = None, **options: Any) -> None:
        args, tokenizer = options["args"], options["processing_class"]
        refuse_settings(args, _REQUIRED)
        # a name within the module, as TRL before 1.8 has the module without it
        collate = kto_trainer.DataCollatorForUnpairedPreference(
            pad_token_id=tokenizer.pad_token_id, max_length=args.max_length
        )
        super().__init__(**options, data_collator=KeptColumns(collate, self.kept, decode))

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None):
        weight = inputs["weight"]
        desirable = torch.as_tensor(inputs["label"], dtype=torch.bool, device=weight.device)  # a list in TRL 1.8
        self.desirable_weight, self.undesirable_weight = weight[desirable], weight[~desirable]  # of this call only
        try:
            return super().compute_loss(model, self.without_kept(inputs), return_outputs, num_items_in_batch)
        finally:
            self.desirable_weight = self.undesirable_weight = 1.0


def kto_rows(pairs: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Pairs as rows for KTO: each response is desirable with weight w share and undesirable with w (1 - share).

    ``share`` is p for the chosen response and 1 - p for the rejected one. Rows of weight 0 are dropped, and the
    weights are scaled to mean 1: pairs with p = 1 become one desirable and one undesirable row of weight 1.

    Parameters
    ----------
    pairs : DataFrame
        Of ``pair_rows``.
    seed : int
        Of the order of the rows. TRL reads them in order and takes the next row's response as one to another
        prompt, so that rows of a pair must not stand together.

    Returns
    -------
    DataFrame
        ``prompt``, ``completion``, ``label`` (desirable), ``weight``.
    """
    both = pair_responses(pairs).rename(columns={"response": "completion"})
    sides = [
        both.assign(label=label, weight=both["weight"] * share)
        for label, share in ((True, both["share"]), (False, 1 - both["share"]))
    ]
    rows = unit_mean(pd.concat(sides).drop(columns="share"))
    return rows.iloc[np.random.default_rng(seed).permutation(len(rows))].reset_index(drop=True)


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> WeightedKTOTrainer:
    """The trainer of a run with method "kto".

    Parameters
    ----------
    table : DataFrame
        Pairs as ``pair_rows`` takes them.

    Raises
    ------
    ConfigError
        A batch of one row, whose neighbour KTO needs; TRL before 1.8.
    """
    if Version(version("trl")) < Version(_STABLE_SINCE):
        raise ps.ConfigError(
            f'The method "kto" needs trl {_STABLE_SINCE} or newer; found {version("trl")}. Update trl.'
        )
    if settings.batch_size < 2:
        raise ps.ConfigError('The method "kto" compares a row with its neighbour: `batch_size` is 2 or more; found 1.')
    pairs = pair_rows(table)
    options = text_options(settings, pairs, kto_rows(pairs, settings.seed), ("completion",), ("label", "weight"))
    args = KTOConfig(
        **training_arguments(settings, options["model"]),
        beta=settings.beta,
        max_length=settings.max_length,
        precompute_ref_log_probs=True,
    )
    return WeightedKTOTrainer(args=args, **options)
