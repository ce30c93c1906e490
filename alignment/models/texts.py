"""Prompts and responses as a model reads them: its chat template where it has one, thinking marked as such."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from transformers import PreTrainedTokenizerBase

from ..tables.checks import refuse, row_problem

THINKING = ("<think>", "</think>")


def prompt_of(cell: Any, *, chat: bool) -> Any:
    """A prompt of the table as messages (``chat``) or as text that a response can follow.

    A text becomes one message of the user; without a template it ends in a line break.

    Examples
    --------
    >>> prompt_of("Hello?", chat=True)
    [{'role': 'user', 'content': 'Hello?'}]
    >>> prompt_of([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello?"}], chat=False)
    'Be kind.\\nHello?\\n'
    """
    turns = [{"role": "user", "content": cell}] if isinstance(cell, str) else [dict(turn) for turn in cell]
    if chat:
        return turns
    text = "\n".join(turn["content"] for turn in turns)
    return text if text[-1:].isspace() else f"{text}\n"


def response_of(cell: str, *, chat: bool) -> Any:
    """A response as the assistant's message (``chat``) or as it stands."""
    return [{"role": "assistant", "content": cell}] if chat else cell


def example_columns(frame: pd.DataFrame, responses: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> dict:
    """Prompt and response columns in the form that TRL tokenizes.

    Parameters
    ----------
    frame : DataFrame
        ``prompt`` and the columns named in ``responses``.

    Returns
    -------
    dict
        A list for each column.
    """
    chat = tokenizer.chat_template is not None
    columns = {"prompt": [prompt_of(cell, chat=chat) for cell in frame["prompt"]]}
    return columns | {name: [response_of(cell, chat=chat) for cell in frame[name]] for name in responses}


def refuse_long_prompts(frame: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
    """Refuse rows whose prompt leaves no room for a response; TRL would drop them without a word, or train on nothing.

    Raises
    ------
    DataError
        With the pairs, counted from 1 in those of the target that is trained on.
    """
    found = [int(token_ids(prompt, "", tokenizer, max_length)[1].sum()) == 0 for prompt in frame["prompt"]]
    refuse(row_problem(found, f"The prompt alone has `max_length` = {max_length} tokens or more"))


def has_thinking(frame: pd.DataFrame, responses: Sequence[str]) -> bool:
    """Whether any response ends a passage of thinking."""
    return any(THINKING[1] in text for name in responses for text in frame[name])


def thinking_length(ids: Sequence[int], decode: Callable[[Sequence[int]], str]) -> int:
    """Tokens up to and with the end of the last passage of thinking; 0 where there is none.

    Tokens are cut where the text is, however the tokenizer writes the mark: the first prefix that holds as many
    marks as the whole.

    Examples
    --------
    >>> words = ["<think>", "hm", "</think>", "Yes", "."]
    >>> thinking_length(range(5), lambda ids: "".join(words[i] for i in ids))
    3
    """
    ids = list(ids)
    marks = decode(ids).count(THINKING[1])
    if not marks:
        return 0
    shortest, enough = 0, len(ids)
    while enough - shortest > 1:
        middle = (shortest + enough) // 2
        if decode(ids[:middle]).count(THINKING[1]) == marks:
            enough = middle
        else:
            shortest = middle
    return enough


def token_ids(
    prompt: Any, response: str, tokenizer: PreTrainedTokenizerBase, max_length: int
) -> tuple[list[int], np.ndarray]:
    """Tokens of a prompt with its response, and which of them are the response's.

    The response starts where the tokens of both and those of the prompt alone part.

    Returns
    -------
    tuple
        ids, at most ``max_length``; and a bool array of the same length.
    """
    chat = tokenizer.chat_template is not None
    start, end = prompt_of(prompt, chat=chat), response_of(response, chat=chat)
    if chat:
        alone = tokenizer.apply_chat_template(start, add_generation_prompt=True, tokenize=False)
        both = tokenizer.apply_chat_template(start + end, tokenize=False)
        first, whole = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (alone, both))
    else:
        finished = end if end.endswith(tokenizer.eos_token) else end + tokenizer.eos_token
        first, whole = (tokenizer(text)["input_ids"] for text in (start, start + finished))
    shared = next((k for k, (one, other) in enumerate(zip(first, whole, strict=False)) if one != other), len(first))
    whole = whole[:max_length]
    return whole, np.arange(len(whole)) >= shared
