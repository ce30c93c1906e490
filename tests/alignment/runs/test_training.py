"""A run from a table to a folder: the same for the same seed, measured on held-out pairs, from a command too."""

from importlib.metadata import version

import numpy as np
import pytest
import torch
from packaging.version import Version
from pluralstats.alignment import train_model
from pluralstats.alignment.runs.told import told
from pluralstats.alignment.train import app
from safetensors.torch import load_file
from training_steps import settings, weights_of
from transformers import AutoModelForCausalLM
from typer.testing import CliRunner

import pluralstats as ps

needs_kto = pytest.mark.skipif(Version(version("trl")) < Version("1.8"), reason="trl has a stable KTO from 1.8 on")


def test_held_out_pairs_are_scored_for_every_group_and_the_worst(finished, pairs):
    groups = {row["group"]: row for row in finished.card["held_out"]}
    assert set(groups) == {"all rows", "conservative", "liberal"}
    assert all(row["excess"] >= 0 for row in groups.values())
    worst = max(("conservative", "liberal"), key=lambda name: groups[name]["excess"])
    assert finished.card["worst_group"] == groups[worst]
    assert len(finished.metrics) == 4


def test_the_same_seed_gives_the_same_weights_and_another_others(finished, tiny, pairs, tmp_path):
    same, other = (
        train_model(settings(tiny, tmp_path / str(seed), batch_size=2, seed=seed), pairs, target="liberal")
        for seed in (1, 2)
    )
    first, second, third = (weights_of(run) for run in (finished, same, other))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], third[name]) for name in first)


def test_the_trained_model_loads_without_us(finished):
    model = AutoModelForCausalLM.from_pretrained(finished.model)
    assert all(np.isfinite(weights.detach().numpy()).all() for weights in model.parameters())


@pytest.mark.parametrize("name", ["./no/such/model", "runs/absent/model"])
def test_a_missing_model_is_said_before_anything_is_written(name, tiny, pairs, tmp_path):
    with pytest.raises(ps.ConfigError, match=f"There is no folder {name}"):
        train_model(settings(name, tmp_path / "run"), pairs, target="liberal")
    assert not (tmp_path / "run").exists()


def test_pickled_weights_are_refused(tiny, pairs, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    torch.save({}, tmp_path / "model" / "pytorch_model.bin")
    with pytest.raises(ps.ConfigError, match=r"it lacks \*\.safetensors"):
        train_model(settings(str(tmp_path / "model"), tmp_path / "run"), pairs, target="liberal")


@pytest.mark.parametrize("method", ["dpo", pytest.param("kto", marks=needs_kto), "sft"])
def test_a_prompt_that_leaves_no_room_for_a_response_is_refused(method, tiny, pairs, tmp_path):
    long = pairs.assign(prompt=["cat " * 64, *pairs["prompt"][1:]])
    with pytest.raises(ps.DataError, match="The prompt alone has `max_length` = 64 tokens or more"):
        train_model(settings(tiny, tmp_path / "run", method=method), long, target="liberal")
    assert not (tmp_path / "run").exists()


def test_held_out_pairs_are_refused_for_methods_without_a_policy(tiny, pairs, tmp_path):
    with pytest.raises(ps.ConfigError, match='found the method "grpo"'):
        train_model(settings(tiny, tmp_path / "run", method="grpo"), pairs, target="liberal", held_out=pairs)


def test_the_command_line_gives_the_run_of_the_function(finished, tiny, pairs, tmp_path):
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    words = (
        f"{tmp_path / 'pairs.csv'} --model {tiny} --out {tmp_path / 'run'} --target liberal --steps 4 --batch-size 2"
    )
    words += " --save-every 2 --learning-rate 1e-3 --max-length 64"
    done = CliRunner().invoke(app, words.split())
    assert done.exit_code == 0, done.output
    assert "4 steps" in done.output
    first, second = weights_of(finished), load_file(tmp_path / "run" / "model" / "model.safetensors")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert "nothing was trained" in CliRunner().invoke(app, words.split()).output


def test_the_command_line_says_what_is_wrong_and_exits_with_2(tiny, pairs, tmp_path):
    pairs.assign(p=2.0).to_csv(tmp_path / "pairs.csv", index=False)
    words = f"{tmp_path / 'pairs.csv'} --model {tiny} --out {tmp_path / 'run'} --target liberal"
    done = CliRunner().invoke(app, words.split())
    assert done.exit_code == 2
    assert "`p` is a probability from 0 to 1; found 2" in done.output


def test_rows_that_are_cut_are_counted_before_training_and_in_the_card(tiny, pairs, tmp_path):
    mixed = pairs.assign(chosen=["cat " * 40, *pairs["chosen"][1:]])
    with pytest.warns(UserWarning, match=r"1 of 4 rows are cut at `max_length` = 24 tokens"):
        run = train_model(settings(tiny, tmp_path / "run", steps=1, max_length=24), mixed, target="liberal")
    assert run.card["cut"] | {"longest": 0} == {"rows": 1, "of": 4, "max_length": 24, "longest": 0}
    assert told(run.card, run.folder, run.model)[1].startswith("1 of 4 rows are cut at `max_length` = 24 tokens")


@pytest.mark.parametrize("method", ["dpo", "sft", "reward"])
def test_nothing_is_trained_where_every_response_is_cut(method, tiny, pairs, tmp_path):
    long = pairs.assign(chosen="cat " * 40)
    with pytest.raises(ps.DataError, match=r"All 4 rows are longer than `max_length` = 24 tokens.*raise `max_length`"):
        train_model(settings(tiny, tmp_path / "run", method=method, max_length=24), long, target="liberal")
    assert not (tmp_path / "run").exists()


def test_a_run_in_which_nothing_is_cut_says_so_in_its_card_alone(finished):
    assert finished.card["cut"]["rows"] == 0
    assert not any("are cut" in sentence for sentence in told(finished.card, finished.folder, finished.model))
