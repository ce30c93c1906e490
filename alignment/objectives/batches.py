"""Batches that keep what TRL's collators drop: probabilities, weights, groups, and which tokens are thinking."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..models.texts import thinking_length

IGNORED = -100  # a label that no loss counts
_MASKS = (("completion_mask", "input_ids"), ("KL_completion_mask", "KL_input_ids"))


@dataclass(frozen=True)
class KeptColumns:
    """A collator of TRL's that also returns some columns as tensors and takes thinking out of the loss.

    Attributes
    ----------
    collate : callable
        Examples to a batch.
    names : sequence of str
        Columns of numbers to keep, each (n,) in the batch.
    decode : callable, optional
        Token ids to text; with it the tokens of a response up to </think> count in no loss.
    """

    collate: Callable[[list[dict[str, Any]]], dict[str, Any]]
    names: Sequence[str]
    decode: Callable[[Sequence[int]], str] | None = None

    def __call__(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        batch = self.collate(examples)
        if self.decode is not None:
            self._mask_thinking(batch)
        kept = {name: torch.tensor([example[name] for example in examples]) for name in self.names}
        return {**batch, **kept}

    def _mask_thinking(self, batch: dict[str, Any]) -> None:
        for mask, ids in _MASKS:
            if mask in batch:
                _clear_thinking(batch[mask], batch[ids], batch[mask] == 1, 0, self.decode)
        if "labels" in batch:
            _clear_thinking(batch["labels"], batch["input_ids"], batch["labels"] != IGNORED, IGNORED, self.decode)


def _clear_thinking(values: Tensor, ids: Tensor, counted: Tensor, cleared: int, decode: Any) -> None:
    for row in range(len(ids)):
        (places,) = torch.nonzero(counted[row], as_tuple=True)
        values[row, places[: thinking_length(ids[row, places].tolist(), decode)]] = cleared


@contextmanager
def kept_output(model: nn.Module) -> Iterator[list[Any]]:
    """A list that holds what the model returned to whoever called it last inside the block.

    TRL's ``compute_loss`` makes the metrics but gives no log-probabilities away; calling the model again for them
    would double the cost of a step.
    """
    outputs: list[Any] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> None:
        outputs[:] = [output]

    handle = model.register_forward_hook(keep)
    try:
        yield outputs
    finally:
        handle.remove()


def token_log_probs(output: Any, ids: Tensor) -> Tensor:
    """Log-probability of every token after the first, given those before it.

    Parameters
    ----------
    output : ModelOutput
        With ``log_probs`` (TRL 1.15 on: of tokens that count, 0 elsewhere) or ``logits``.
    ids : Tensor
        (n, L).

    Returns
    -------
    Tensor
        (n, L - 1), nats.
    """
    if output.get("log_probs") is not None:
        return output["log_probs"][:, 1 - ids.size(1) :]
    logits = output["logits"][:, -ids.size(1) : -1].float()
    return logits.gather(-1, ids[:, 1:, None]).squeeze(-1) - logits.logsumexp(-1)


def response_log_probs(output: Any, batch: dict[str, Tensor]) -> Tensor:
    """Log-probability of every response given its prompt, (n,), nats."""
    return (token_log_probs(output, batch["input_ids"]) * batch["completion_mask"][:, 1:]).sum(dim=1)
