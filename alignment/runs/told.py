"""What a finished run learnt, in sentences, and what to type next."""

import math
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from ..trainers import CALIBRATION, METHODS, PREFERENCES

NOTHING = math.log(2.0)  # log loss of a model that prefers neither of two responses


def told(card: Mapping[str, Any], folder: Path, model: Path) -> list[str]:
    """Sentences about the card of a run: its size, what it learnt, and the next commands.

    Parameters
    ----------
    card : mapping
        ``RunResult.card``.
    folder, model : Path
        Of the run, and of its model.

    Examples
    --------
    >>> card = {"steps": 60, "tokens": 3840, "rows": 48, "plan": {"method": "dpo"}}
    >>> told(card, Path("runs/x"), Path("runs/x/model"))[0]
    '60 steps, 3,840 tokens, 48 rows; model in runs/x/model.'
    """
    size = f"{card['steps']:,} steps, {card['tokens']:,} tokens, {card['rows']:,} rows; model in {model}."
    rows, cut = card.get("held_out") or [], card.get("cut") or {"rows": 0}
    learnt = [cut_sentence(cut)] if cut["rows"] else []
    learnt += [_preferences(rows[0])] if rows else []
    if worst := card.get("worst_group"):
        learnt.append(f"Worst group: {_preferences(worst)}")
    if found := card.get("calibration"):
        metrics = ", ".join(f"{row['metric'].replace('_', ' ')} {row['value']:.3f}" for row in found["metrics"])
        learnt.append(f"Calibration on the rows {found['rows']}: {metrics}.")
    return [size, *learnt, *_next(str(card["plan"].get("method", "dpo")), folder, model, known=bool(rows))]


def cut_sentence(cut: Mapping[str, Any]) -> str:
    """
    >>> cut_sentence({"rows": 3, "of": 48, "max_length": 64, "longest": 90})
    '3 of 48 rows are cut at `max_length` = 64 tokens and trained on without their ends; the longest has 90 tokens.'
    """
    return (
        f"{cut['rows']:,} of {cut['of']:,} rows are cut at `max_length` = {cut['max_length']} tokens and trained on "
        f"without their ends; the longest has {cut['longest']:,} tokens."
    )


def _preferences(row: Mapping[str, Any]) -> str:
    """How well the preferences that the model implies fit those of people, beside what no model can beat."""
    ordered = "" if row.get("accuracy") is None else f"{100 * row['accuracy']:.0f}% in the order of the raters; "
    loss = f"log loss {row['log_loss']:.3f}, {NOTHING:.3f} of a model that prefers neither, {row['floor']:.3f} at best"
    return f"{row['n']:,} held-out pairs of {row['group']}: {ordered}{loss}."


def _next(method: str, folder: Path, model: Path, *, known: bool) -> list[str]:
    score = "python -m pluralstats.alignment.score texts.csv"
    kind = METHODS[method].held_out if method in METHODS else PREFERENCES
    if kind == CALIBRATION:
        place = quote(str(folder))
        return [
            f"Next, score responses with it: {score} --reward-model {place} --out scores.parquet",
            "or train a model against it: python -m pluralstats.alignment.train pairs.parquet --method grpo "
            f"--reward-model {place} --model MODEL --out runs/grpo",
        ]
    unseen = [] if known or kind is None else ["With --held-out PAIRS it would say how it fits pairs it has not seen."]
    return [
        *unseen,
        f"Next, let it answer: alignment.sampled_responses({str(model)!r}, prompts) in Python; write prompt and "
        f"response to texts.csv, and score them: {score} --judge URL --out scores.parquet",
    ]
