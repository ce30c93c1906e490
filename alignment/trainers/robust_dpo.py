"""DPO for the group that is served worst: weights between groups that move while the model learns."""

from typing import Any

import pandas as pd
import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import TrainerCallback
from transformers.trainer_callback import ExportableState

import pluralstats as ps

from ..objectives.pairs import PAIR_FLOORS, PAIR_LOSSES, exponentiated_gradient, group_sums, weighted_mean
from ..tables.rows import pair_rows
from .dpo import SoftDPOTrainer, pair_trainer
from .settings import RunSettings


class GroupShares(TrainerCallback, ExportableState):
    """The objective of group-robust DPO, and the shares of the groups, which are part of a checkpoint.

    The loss of a batch is the mean of weight times loss times q_g / pi_g, where pi_g is the share of the group in
    the weights of the data set: its expectation is sum_g q_g L_g however the rows fall into batches. After every
    optimiser step q_g is multiplied by exp(rate E_g), E_g being the last known excess of the group's loss over its
    floor. The excess and not the loss, as a group whose raters disagree has a high loss under any model.

    Parameters
    ----------
    names : list of str
        Groups, in the order of their numbers in the column ``group``.
    data_shares : list of float
        pi, sum 1.
    loss : {"calibrated", "geometric"}
    rate : float
        Per nat and optimiser step.
    """

    def __init__(self, names: list[str], data_shares: list[float], loss: str, rate: float) -> None:
        self._names, self._rate = names, rate
        self._data_shares = torch.tensor(data_shares, dtype=torch.float64)
        self._losses, self._floor = PAIR_LOSSES[loss], PAIR_FLOORS[loss]
        self._shares = self._data_shares.clone()
        self._excess = torch.zeros_like(self._shares)
        self._seen = torch.zeros(2, len(names), dtype=torch.float64)  # sums of weight x excess, and of weight

    def __call__(self, margins: Tensor, columns: dict[str, Tensor], accelerator: Accelerator) -> Tensor:
        p, weight, group = (columns[name] for name in ("p", "weight", "group"))
        losses = self._losses(margins, p)
        factors = (self._shares / self._data_shares).to(losses)[group]
        if margins.requires_grad:
            self._see((losses.detach() - self._floor(p)).double(), weight.double(), group, accelerator)
        return weighted_mean(losses, weight * factors)

    def _see(self, excess: Tensor, weight: Tensor, group: Tensor, accelerator: Accelerator) -> None:
        n_groups = len(self._names)
        sums = [group_sums(values, group, n_groups) for values in (weight * excess, weight)]
        self._seen = self._seen + torch.stack(sums).cpu()
        if not accelerator.sync_gradients:  # more micro-batches belong to this step
            return
        total, weights = accelerator.reduce(self._seen.to(accelerator.device), reduction="sum").cpu()
        self._excess = torch.where(weights > 0, total / weights.clamp(min=1e-300), self._excess)
        self._shares = exponentiated_gradient(self._shares, self._excess, self._rate)
        self._seen = torch.zeros_like(self._seen)

    def state(self) -> dict[str, Any]:
        pairs = (("shares", self._shares), ("excess", self._excess))
        return {
            "args": {},
            "attributes": {name: dict(zip(self._names, values.tolist(), strict=True)) for name, values in pairs},
        }

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take the shares of the checkpoint from which the run goes on."""
        kept = state.stateful_callbacks[type(self).__name__]["attributes"]
        self._shares, self._excess = (
            torch.tensor([kept[part][name] for name in self._names], dtype=torch.float64)
            for part in ("shares", "excess")
        )


def make_trainer(settings: RunSettings, table: pd.DataFrame) -> SoftDPOTrainer:
    """The trainer of a run with method "robust_dpo".

    Parameters
    ----------
    table : DataFrame
        Pairs as ``pair_rows`` takes them, with two or more groups in ``target``.

    Raises
    ------
    DataError
        Fewer than two groups, or one whose weights are all 0.
    """
    pairs = pair_rows(table)
    if "target" not in pairs or pairs["target"].nunique() < 2:
        raise ps.DataError(
            "Group-robust training needs a column `target` with two or more groups. Give the table of all groups "
            'without `target=`, or take the method "dpo".'
        )
    weights = pairs.groupby("target")["weight"].sum()  # sorted by name
    empty = weights.index[weights == 0].tolist()
    if empty:
        raise ps.DataError(f"All weights of {', '.join(empty)} are 0. Drop these rows or give them weight.")
    numbers = pairs["target"].map({name: number for number, name in enumerate(weights.index)}).astype(int)
    objective = GroupShares(
        [str(name) for name in weights.index], (weights / weights.sum()).tolist(), settings.loss, settings.robust_rate
    )
    kept = ("p", "weight", "group")
    return pair_trainer(settings, pairs.assign(group=numbers), objective, kept, callbacks=[objective])
