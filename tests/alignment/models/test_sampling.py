"""What a trained model answers is the answer of the adapter, and the same each time."""

from pathlib import Path

import pytest
import torch
from pluralstats.alignment import sampled_responses, train_model
from pluralstats.alignment.models.sampling import _loaded
from training_steps import settings

PROMPTS = ["Is the earth round?", "the cat"]


@pytest.fixture(scope="module")
def run(tiny, pairs, tmp_path_factory):
    chosen = settings(tiny, tmp_path_factory.mktemp("run"), lora_rank=4, steps=2, learning_rate=0.05)
    return train_model(chosen, pairs[pairs["target"] == "liberal"])


def test_a_run_that_trained_an_adapter_answers_with_it(run, tiny):
    coded = torch.tensor([[5, 6, 7]])
    model, _ = _loaded(Path(run.model))
    with torch.no_grad():
        adapted = model(coded).logits
        with model.disable_adapter():
            bare = model(coded).logits
        base = _loaded(Path(tiny))[0](coded).logits
    assert torch.allclose(bare, base)  # the model that the adapter names
    assert (adapted - base).abs().max() > 1e-3
    assert len(sampled_responses(run.model, PROMPTS, tokens=4)) == len(PROMPTS)


def test_the_same_seed_gives_the_same_answers_and_greedy_ones_need_none(tiny):
    assert sampled_responses(tiny, PROMPTS, tokens=8, seed=2) == sampled_responses(tiny, PROMPTS, tokens=8, seed=2)
    first, second = (sampled_responses(tiny, PROMPTS, tokens=8, temperature=0.0, seed=seed) for seed in (1, 2))
    assert first == second
