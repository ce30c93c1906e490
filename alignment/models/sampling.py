"""What a trained model answers: sampled responses to prompts, repeatable."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel

from pluralstats.errors import path_of

from .loading import load_model, padded_tokenizer, quiet_libraries
from .records import check_model_of_run, read_json
from .texts import prompt_of


def sampled_responses(
    folder: str | Path,
    prompts: Sequence[Any],
    *,
    tokens: int = 128,
    temperature: float = 1.0,
    batch_size: int = 16,
    seed: int = 1,
) -> list[str]:
    """One response to each prompt.

    Parameters
    ----------
    folder : path
        A model, or the ``adapter/`` of a run, which names the model that it adapts.
    prompts : sequence of texts or conversations
    tokens : int
        Most tokens of a response.
    temperature : float
        Of sampling; 0 takes the most probable token always.
    seed : int

    Returns
    -------
    list of str
        In the order of the prompts, without special tokens.
    """
    folder = path_of(folder, "folder")
    with quiet_libraries():
        model, tokenizer = _loaded(folder)
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


def _loaded(folder: Path) -> tuple[Any, Any]:
    """A model with its tokenizer; an adapter on the model that it was trained on, with its own tokenizer."""
    check_model_of_run(folder)
    config = folder / "adapter_config.json"
    name = str(folder)
    if config.is_file():
        name = str((read_json(config) or {})["base_model_name_or_path"])
    tokenizer = padded_tokenizer(str(folder))
    model = load_model(name)
    if config.is_file():
        model = PeftModel.from_pretrained(model, str(folder))
    return model.eval(), tokenizer
