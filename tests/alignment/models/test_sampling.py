"""What a trained model answers is the answer of the adapter, and the same each time."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from pluralstats.alignment import sampled_responses, train_model
from pluralstats.alignment.models.places import base_of
from pluralstats.alignment.models.sampling import _loaded
from training_steps import settings

import pluralstats as ps

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


def test_the_folder_of_a_run_answers_as_its_adapter_does(run):
    assert sampled_responses(run.folder, PROMPTS, tokens=4) == sampled_responses(run.model, PROMPTS, tokens=4)
    with pytest.raises(ps.ConfigError, match=r"There is no model in .*nothing: give the folder of a run"):
        sampled_responses(run.folder / "nothing", PROMPTS)


@pytest.fixture
def near(tiny, pairs, tmp_path, monkeypatch):
    """A folder with a model called base, and a run of an adapter that was trained on it by its relative path."""
    shutil.copytree(tiny, tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    train_model(settings("base", Path("runs/x"), lora_rank=2, steps=1), pairs[pairs["target"] == "liberal"])
    return tmp_path


def test_an_adapter_works_from_every_folder(near, tmp_path_factory, monkeypatch):
    here = sampled_responses("runs/x", PROMPTS, tokens=4)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert sampled_responses(near / "runs/x", PROMPTS, tokens=4) == here


def test_a_relative_name_of_earlier_versions_is_sought_above_the_adapter(near, tmp_path_factory, monkeypatch):
    place = near / "runs/x/adapter"
    config = json.loads((place / "adapter_config.json").read_text())
    (place / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": "base"}))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert base_of(place) == str((near / "base").resolve())


def test_a_base_that_moved_is_named_and_can_be_given(near):
    here = sampled_responses("runs/x", PROMPTS, tokens=4)
    (near / "base").rename(near / "moved")
    with pytest.raises(ps.ConfigError, match=r"was trained on the model '.*base', and there is no such folder.*base="):
        sampled_responses("runs/x", PROMPTS)
    assert sampled_responses("runs/x", PROMPTS, tokens=4, base="moved") == here
