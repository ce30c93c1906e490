"""How well a model's implied preferences fit held-out pairs: log-loss above the entropy floor, Brier, accuracy."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from accelerate.utils import gather_object
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ..models.loading import processes
from ..models.texts import has_thinking, thinking_length, token_ids
from ..objectives.batches import token_log_probs
from ..objectives.pairs import calibrated_losses, entropy_floor
from ..tables.scores import refuse_missing_columns
from ..trainers.settings import RunSettings

RESPONSES = ("chosen", "rejected")
EVERYONE = "all rows"


def response_differences(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, pairs: pd.DataFrame, settings: RunSettings
) -> np.ndarray:
    """Log-probability of the chosen response minus that of the rejected one, under a model.

    The rows are shared among the processes of a run; each of them gets the whole answer.

    Returns
    -------
    ndarray
        (n_pairs,), nats.
    """
    drop = settings.thinking == "drop" and has_thinking(pairs, RESPONSES)
    training = model.training
    model.eval()
    with processes().split_between_processes(list(range(len(pairs)))) as mine, torch.no_grad():
        found = []
        for at in range(0, len(mine), settings.batch_size):
            rows = pairs.iloc[mine[at : at + settings.batch_size]]
            chosen, rejected = (_log_probs(model, tokenizer, rows, name, settings, drop) for name in RESPONSES)
            found += (chosen - rejected).tolist()
    model.train(training)
    return np.array(gather_object(found), dtype=float)


def _log_probs(
    model: Any, tokenizer: Any, rows: pd.DataFrame, name: str, settings: RunSettings, drop: bool
) -> torch.Tensor:
    coded = [
        token_ids(prompt, response, tokenizer, settings.max_length)
        for prompt, response in zip(rows["prompt"], rows[name], strict=True)
    ]
    longest = max(len(ids) for ids, _ in coded)
    ids = torch.full((len(coded), longest), tokenizer.pad_token_id)
    attention, counted = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (tokens, answer) in enumerate(coded):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        attention[row, : len(tokens)] = 1
        places = np.flatnonzero(answer)
        thought = thinking_length([tokens[place] for place in places], tokenizer.decode) if drop else 0
        counted[row, places[thought:]] = 1
    ids, attention, counted = (tensor.to(model.device) for tensor in (ids, attention, counted))
    log_probs = token_log_probs(model(input_ids=ids, attention_mask=attention, use_cache=False), ids)
    return (log_probs * counted[:, 1:]).sum(dim=1)


def pair_metrics(margins: np.ndarray, pairs: pd.DataFrame) -> pd.DataFrame:
    """Fit of implied to wanted preferences, over all rows and for every target.

    Parameters
    ----------
    margins : ndarray
        (n_pairs,), the model prefers the chosen response with probability s(margin).
    pairs : DataFrame
        ``p`` (probability that the chosen response is preferred), ``weight`` and, where given, ``target``.

    Returns
    -------
    DataFrame
        ``group`` ("all rows", then the targets), ``n`` (pairs), ``log_loss`` and ``floor`` (nats; the entropy of the
        labels, which no model can beat), ``excess`` (log_loss - floor), ``brier`` (mean squared difference of
        probabilities), ``accuracy`` (share of pairs ordered as wanted; a margin of 0 counts half, pairs at p = 1/2
        not at all; missing where all are). All are weighted by ``weight``.

    Examples
    --------
    >>> pairs = pd.DataFrame({"p": [0.9, 0.6], "weight": [1.0, 1.0]})
    >>> pair_metrics(np.array([2.0, -1.0]), pairs)[["n", "brier", "accuracy"]].round(3).to_dict("records")
    [{'n': 2, 'brier': 0.055, 'accuracy': 0.5}]
    """
    refuse_missing_columns(pairs, ["p"], "`pairs`")
    margin, p = (torch.tensor(np.asarray(values, dtype=float)) for values in (margins, pairs["p"]))
    right = (torch.sign(margin) * torch.sign(2 * p - 1) + 1) / 2
    each = pd.DataFrame(
        {
            "log_loss": calibrated_losses(margin, p).numpy(),
            "floor": entropy_floor(p).numpy(),
            "brier": ((torch.sigmoid(margin) - p) ** 2).numpy(),
            "accuracy": torch.where(p == 0.5, torch.nan, right).numpy(),
            "weight": pairs["weight"].to_numpy(),
        }
    )
    groups = {EVERYONE: each}
    if "target" in pairs:
        groups |= {str(name): rows for name, rows in each.groupby(pairs["target"].to_numpy())}
    return pd.DataFrame([_metrics_of(name, rows) for name, rows in groups.items()])


def _metrics_of(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {"group": name, "n": len(rows)}
    for column in ("log_loss", "floor", "brier", "accuracy"):
        used = rows[column].notna()
        weight = rows.loc[used, "weight"]
        found[column] = float((rows.loc[used, column] * weight).sum() / weight.sum()) if weight.sum() else np.nan
    return found | {"excess": found["log_loss"] - found["floor"]}


def worst_group(metrics: pd.DataFrame) -> dict[str, Any] | None:
    """The target whose log-loss is most above its floor, of ``pair_metrics``; None without targets."""
    groups = metrics[metrics["group"] != EVERYONE]
    return groups.loc[groups["excess"].idxmax()].to_dict() if len(groups) else None


def held_out_record(margins: np.ndarray, pairs: pd.DataFrame) -> dict[str, Any]:
    """The metrics of held-out pairs as the card of a run keeps them, with the worst group by itself."""
    metrics = pair_metrics(margins, pairs)
    worst = worst_group(metrics)
    return {
        "held_out": [_without_missing(row) for row in metrics.to_dict("records")],
        "worst_group": None if worst is None else _without_missing(worst),
    }


def _without_missing(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if pd.isna(value) else value for name, value in row.items()}  # JSON has no NaN
