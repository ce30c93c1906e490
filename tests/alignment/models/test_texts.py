"""What a model reads of a prompt and a response, and that our log-probabilities are those that TRL trains on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from pluralstats.alignment import pair_metrics
from pluralstats.alignment.models.loading import load_tokenizer
from pluralstats.alignment.models.texts import example_columns, thinking_length, token_ids
from pluralstats.alignment.runs.held_out import response_differences
from pluralstats.alignment.tables.rows import pair_rows
from pluralstats.alignment.trainers.dpo import make_trainer as make_dpo_trainer
from training_steps import settings
from transformers import AutoTokenizer


@pytest.fixture
def tokenizer(tiny):
    return load_tokenizer(tiny)


@pytest.fixture
def plain(tiny, tmp_path):
    """The tiny model without a chat template and without a sign for padding."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template, tokenizer.pad_token = None, None
    folder = tmp_path / "plain"
    tokenizer.save_pretrained(folder)
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_bytes((Path(tiny) / name).read_bytes())
    return str(folder)


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


@pytest.mark.parametrize("thinking", ["keep", "drop"])
@pytest.mark.parametrize("chat", [True, False])
def test_held_out_pairs_are_scored_on_the_tokens_that_trl_trains_on(chat, thinking, tiny, plain, pairs, tmp_path):
    thoughtful = pairs.assign(chosen=["<think>cat</think>yes", *pairs["chosen"][1:]])
    chosen = settings(tiny if chat else plain, tmp_path / "run", thinking=thinking, batch_size=3)
    trainer = make_dpo_trainer(chosen, thoughtful)
    columns = trainer.train_dataset
    theirs = torch.tensor(columns["ref_chosen_logps"]) - torch.tensor(columns["ref_rejected_logps"])
    ours = response_differences(trainer.model, trainer.processing_class, pair_rows(thoughtful), chosen)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-4)


def test_metrics_of_implied_preferences_in_closed_form():
    pairs = pd.DataFrame({"p": [1.0, 0.5, 0.8], "weight": [1.0, 2.0, 0.0], "target": ["a", "b", "b"]})
    found = pair_metrics(np.array([np.log(3), 0.0, -50.0]), pairs).set_index("group")
    # group a: s(log 3) = 3/4, so -log(3/4), floor 0, (1/4)^2
    assert found.loc["a", ["n", "log_loss", "floor", "brier", "accuracy"]].tolist() == pytest.approx(
        [1, -np.log(0.75), 0.0, 0.0625, 1.0]
    )
    # group b: the weightless row counts for nothing, the other is as divided as the model: all of its loss is floor
    assert found.loc["b", ["log_loss", "floor", "excess", "brier"]].tolist() == pytest.approx([np.log(2)] * 2 + [0, 0])
    assert np.isnan(found.loc["b", "accuracy"])
    assert found.loc["all rows", "brier"] == pytest.approx(0.0625 / 3)
