"""What a model reads of a prompt and a response, and where thinking ends."""

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.models.loading import load_tokenizer
from pluralstats.alignment.models.texts import example_columns, thinking_length, token_ids


@pytest.fixture
def tokenizer(tiny):
    return load_tokenizer(tiny)


def answer(ids, places, tokenizer):
    return tokenizer.decode(np.array(ids)[places])


def test_the_response_starts_after_the_mark_of_the_assistant(tokenizer):
    ids, places = token_ids("Is it round?", "yes it is", tokenizer, 64)
    assert tokenizer.decode(ids) == "<|user|>Is it round?<|assistant|>yes it is<|end|>"
    assert answer(ids, places, tokenizer) == "yes it is<|end|>"


def test_a_conversation_keeps_its_turns(tokenizer):
    turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello?"}]
    ids, _ = token_ids(turns, "yes", tokenizer, 64)
    assert tokenizer.decode(ids) == "<|system|>Be kind.<|user|>Hello?<|assistant|>yes<|end|>"


def test_without_a_template_a_line_break_parts_prompt_and_response(plain):
    tokenizer = load_tokenizer(plain)
    ids, places = token_ids("Hello?", "yes", tokenizer, 64)
    assert tokenizer.decode(ids) == "Hello?\nyes<|end|>"
    assert answer(ids, places, tokenizer) == "yes<|end|>"
    assert tokenizer.pad_token == "<|end|>"
    assert example_columns(pd.DataFrame({"prompt": ["Hello?"], "chosen": ["yes"]}), ("chosen",), tokenizer) == {
        "prompt": ["Hello?\n"],
        "chosen": ["yes"],
    }


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>cat cat</think>yes", "yes"),
        ("cat</think>\nyes", "\nyes"),  # the template had opened the thought
        ("<think>a</think><think>b</think>no", "no"),
        ("yes", "yes"),
        ("<think>never ends", "<think>never ends"),
    ],
)
def test_thinking_ends_where_its_mark_does_however_it_is_cut_into_tokens(text, rest, tokenizer):
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids[thinking_length(ids, tokenizer.decode) :]) == rest
