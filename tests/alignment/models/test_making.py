"""The tiny model: small, readable by transformers without a hub, and the same for the same seed."""

import torch
from pluralstats.alignment import tiny_model
from transformers import AutoModelForCausalLM, AutoTokenizer


def test_a_tiny_model_is_small_and_loads_from_its_folder(tmp_path):
    tiny_model(tmp_path / "model", ["the cat sat", "on the mat"])
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert model.num_parameters() < 250_000
    text = "any text, even Ünïcode"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_same_seed_gives_the_same_weights(tmp_path):
    one, two = (tiny_model(tmp_path / name, ["a b c"], seed=2) for name in "ab")
    first, second = (AutoModelForCausalLM.from_pretrained(folder).state_dict() for folder in (one, two))
    assert all(torch.equal(first[name], second[name]) for name in first)
