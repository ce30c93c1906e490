"""How many rows are longer than a run reads: their responses are trained on without their ends."""

from typing import Any

import numpy as np
import pandas as pd

import pluralstats as ps

from ..models.loading import load_tokenizer
from ..models.texts import refuse_long_prompts, token_ids
from ..rewards.networks import without_thinking
from ..trainers import CALIBRATION, METHODS
from ..trainers.settings import RunSettings

RESPONSES = ("chosen", "rejected", "response")
_WHOLE = 1 << 40  # tokens: more than any text has


def cut_record(frame: pd.DataFrame, settings: RunSettings) -> dict[str, Any]:
    """Rows of which a response does not end within ``max_length`` tokens; nothing of methods without responses.

    Returns
    -------
    dict
        ``cut``: ``rows``, ``of`` (rows), ``max_length`` and ``longest`` (tokens of the longest row).

    Raises
    ------
    DataError
        A prompt leaves no room for a response, or every row is cut, so that no response would be learnt to its end.
    """
    names = [name for name in RESPONSES if name in frame]
    if not names or METHODS[settings.method].held_out is None:
        return {}
    tokenizer = load_tokenizer(settings.model)
    refuse_long_prompts(frame, tokenizer, settings.max_length)
    tokens = _tokens(frame, names, tokenizer, settings)
    n, limit = int((tokens > settings.max_length).sum()), settings.max_length
    if n == len(frame):
        raise ps.DataError(
            f"All {n:,} rows are longer than `max_length` = {limit} tokens, so that every response would be cut. They "
            f"have {tokens.min():,} to {tokens.max():,} tokens with their prompts: raise `max_length` (--max-length)."
        )
    return {"cut": {"rows": n, "of": len(frame), "max_length": limit, "longest": int(tokens.max())}}


def _tokens(frame: pd.DataFrame, names: list[str], tokenizer: Any, settings: RunSettings) -> np.ndarray:
    """(n,) tokens of each prompt with the longest of its responses."""
    unthinking = METHODS[settings.method].held_out == CALIBRATION and settings.thinking == "drop"
    length = np.zeros(len(frame), int)
    for name in names:
        said = frame[name].map(without_thinking) if unthinking else frame[name]
        rows = zip(frame["prompt"], said, strict=True)
        length = np.maximum(length, [len(token_ids(*row, tokenizer, _WHOLE)[0]) for row in rows])
    return length
