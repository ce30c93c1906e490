"""What a trained model answers: sampled responses to prompts, repeatable."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel

from pluralstats.errors import path_of

from .loading import load_model, padded_tokenizer, quiet_libraries
from .places import base_of, model_folder
from .records import check_model_of_run
from .texts import prompt_of


def sampled_responses(
    folder: str | Path,
    prompts: Sequence[Any],
    *,
    tokens: int = 128,
    temperature: float = 1.0,
    batch_size: int = 16,
    seed: int = 1,
    base: str | Path | None = None,
) -> list[str]:
    """One response to each prompt.

    Parameters
    ----------
    folder : path
        A run, or its ``model/`` or ``adapter/``; or any other model.
    prompts : sequence of texts or conversations
    tokens : int
        Most tokens of a response.
    temperature : float
        Of sampling; 0 takes the most probable token always.
    seed : int
    base : path, optional
        The model that an adapter was trained on, where it is no longer where it was.

    Returns
    -------
    list of str
        In the order of the prompts, without special tokens.

    Raises
    ------
    ConfigError
        No model in ``folder``, or the model that an adapter was trained on is missing.
    """
    folder = path_of(folder, "folder")
    with quiet_libraries():
        model, tokenizer = _loaded(folder, base)
    chat = tokenizer.chat_template is not None
    said: list[str] = []
    torch.manual_seed(seed)
    for at in range(0, len(prompts), batch_size):
        batch = [prompt_of(prompt, chat=chat) for prompt in prompts[at : at + batch_size]]
        asked = [
            tokenizer.apply_chat_template(prompt, add_generation_prompt=True, tokenize=False) if chat else prompt
            for prompt in batch
        ]
        coded = tokenizer(asked, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=not chat)
        sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {"do_sample": False}
        with quiet_libraries(), torch.no_grad():
            out = model.generate(**coded, max_new_tokens=tokens, pad_token_id=tokenizer.pad_token_id, **sampling)
        said += tokenizer.batch_decode(out[:, coded["input_ids"].shape[1] :], skip_special_tokens=True)
    return [text.strip() for text in said]


def _loaded(folder: Path, base: str | Path | None = None) -> tuple[Any, Any]:
    """A model with its tokenizer; an adapter on the model that it was trained on, with its own tokenizer."""
    place = model_folder(folder)
    check_model_of_run(place)
    adapted = base_of(place, base)
    tokenizer = padded_tokenizer(str(place))
    model = load_model(adapted or str(place))
    if adapted:
        model = PeftModel.from_pretrained(model, str(place))
    return model.eval(), tokenizer
