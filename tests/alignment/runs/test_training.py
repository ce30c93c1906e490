"""A run: the same weights after a kill, finished once, overwritten by nothing else, its card complete."""

import json
import resource
import shutil
import signal
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from packaging.version import Version
from pluralstats.alignment import train_model
from pluralstats.alignment.models.records import write_json
from pluralstats.alignment.runs.checkpoints import COMPLETE, clear_checkpoints, last_checkpoint
from pluralstats.alignment.train import app
from pluralstats.alignment.trainers.starting import CHECKPOINTS, DATASET
from safetensors.torch import load_file
from training_steps import settings
from transformers import AutoModelForCausalLM, Trainer
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.storage.contents import file_sums

needs_kto = pytest.mark.skipif(Version(version("trl")) < Version("1.8"), reason="trl has a stable KTO from 1.8 on")


class Killed(Exception):
    """Stands for a kill in the middle of a step."""


@contextmanager
def killed_in_batch(number):
    """Training stops in the given micro-batch, counted from 1 in this process."""
    calls = []
    training_step = Trainer.training_step

    def counted(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == number:
            raise Killed
        return training_step(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Trainer, "training_step", counted)
        yield


def without_sum(path):
    return {name: value for name, value in json.loads(path.read_text()).items() if name != "sha256"}


def flipped(path, place):
    """The file with one bit of another value; ``place`` between 0 and 1."""
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 16
    path.write_bytes(content)


def weights_of(run):
    (path,) = run.model.glob("*.safetensors")
    return load_file(path)


@pytest.fixture(scope="module")
def finished(tiny, pairs, tmp_path_factory):
    """A run of one piece on one group, evaluated on both."""
    chosen = settings(tiny, tmp_path_factory.mktemp("runs") / "dpo", batch_size=2)
    return train_model(chosen, pairs, target="liberal", held_out=pairs)


@pytest.mark.parametrize(
    ("method", "batch", "changes"),
    [
        ("dpo", 4, {}),
        ("dpo", 4, {"lora_rank": 4}),
        ("robust_dpo", 6, {"accumulation": 2}),  # a pass has 3 micro-batches, so its 2 steps have 2 and 1
        pytest.param("kto", 4, {}, marks=needs_kto),
        ("sft", 4, {}),
    ],
)
def test_a_killed_run_goes_on_to_the_weights_of_one_piece(method, batch, changes, tiny, pairs, tmp_path):
    """Killed in step 4 of 4, after the checkpoint of step 2, in the second pass through the data or later."""
    target = None if method == "robust_dpo" else "liberal"
    whole, parts = (
        settings(tiny, tmp_path / name, method=method, batch_size=3, steps=4, **changes) for name in ("whole", "parts")
    )
    one = train_model(whole, pairs, target=target)
    with killed_in_batch(batch):
        train_model(parts, pairs, target=target)
    two = train_model(parts, pairs, target=target)
    assert (one.resumed_from, two.resumed_from) == (0, 2)
    first, second = weights_of(one), weights_of(two)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert one.card["state"] == two.card["state"]
    assert (one.card["steps"], one.card["tokens"]) == (two.card["steps"], two.card["tokens"])
    pd.testing.assert_frame_equal(one.metrics, two.metrics)


@pytest.fixture(scope="module")
def killed_once(tiny, pairs, tmp_path_factory):
    """A run of 6 steps that was killed in the last, with checkpoints of steps 2 and 4."""
    chosen = settings(tiny, tmp_path_factory.mktemp("killed") / "run", batch_size=2, steps=6)
    with killed_in_batch(6):
        train_model(chosen, pairs, target="liberal")
    return chosen


@pytest.fixture
def killed(killed_once, tmp_path):
    """The settings of a killed run in a folder of the test's own, to spoil and to go on with."""
    shutil.copytree(killed_once.out, tmp_path / "run")
    return replace(killed_once, out=tmp_path / "run")


def test_a_checkpoint_that_was_not_written_to_its_end_is_not_believed(killed, pairs):
    broken = last_checkpoint(killed.out)
    assert broken.name == "checkpoint-4"
    (broken / COMPLETE).unlink()
    (broken / "model.safetensors").write_bytes(b"half")
    assert train_model(killed, pairs, target="liberal").resumed_from == 2


def test_what_people_put_into_the_folder_of_a_run_is_neither_continued_from_nor_lost(killed, pairs):
    """Copies of checkpoints, whole and half, and notes in every folder that a run writes and clears."""
    last, checkpoints = last_checkpoint(killed.out), killed.out / CHECKPOINTS
    shutil.copytree(last, checkpoints / "checkpoint-4-copy")
    shutil.copytree(last, checkpoints / "checkpoint-half", ignore=shutil.ignore_patterns(COMPLETE, "*.pt"))
    (last / COMPLETE).unlink()
    mine = [last / "notes.md", killed.out / DATASET / "notes.md", killed.out / "model" / "notes.md"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    before = {path: path.read_bytes() for folder in ("4-copy", "half") for path in files(checkpoints, folder)}
    with pytest.warns(UserWarning, match=r"held notes\.md as well; they were kept in '.*model\.kept-1'"):
        assert train_model(killed, pairs, target="liberal").resumed_from == 2
    assert {path: path.read_bytes() for path in before} == before
    assert [path.read_text() for path in mine[:2]] == ["mine"] * 2
    assert (killed.out / "model.kept-1" / "notes.md").read_text() == "mine"
    assert not (killed.out / "model" / "notes.md").exists()
    assert [path.name for path in last.iterdir()] == ["notes.md"]


def files(checkpoints, name):
    return [path for path in (checkpoints / f"checkpoint-{name}").rglob("*") if path.is_file()]


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_taken(killed, tiny, pairs, tmp_path):
    """A flipped bit in every file of the last checkpoint, also in those that are unpickled."""
    last = last_checkpoint(killed.out)
    assert last.name == "checkpoint-4"
    files = [path for path in last.rglob("*") if path.is_file()]
    assert {"model.safetensors", "optimizer.pt", "trainer_state.json", COMPLETE} <= {path.name for path in files}
    for path in files:
        for place in (0.0, 0.4, 1.0):
            whole = path.read_bytes()
            flipped(path, place)
            with pytest.warns(UserWarning, match=rf"checkpoint-4 is not continued from: {path.name} has changed"):
                assert last_checkpoint(killed.out).name == "checkpoint-2"
            path.write_bytes(whole)
    flipped(last / "model.safetensors", 0.5)
    with pytest.warns(UserWarning, match="goes on from the one before"):
        run = train_model(killed, pairs, target="liberal")
    assert run.resumed_from == 2
    whole = train_model(settings(tiny, tmp_path / "whole", batch_size=2, steps=6), pairs, target="liberal")
    assert all(torch.equal(weights_of(run)[name], value) for name, value in weights_of(whole).items())


def test_ctrl_c_that_a_library_swallows_within_a_checkpoint_stops_the_run(tiny, pairs, tmp_path, monkeypatch):
    chosen, save = settings(tiny, tmp_path / "run", batch_size=2, steps=3), Trainer._save_checkpoint

    def swallowing(self, *args, **options):
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        save(self, *args, **options)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Trainer, "_save_checkpoint", swallowing)
            train_model(chosen, pairs, target="liberal")
    finally:
        signal.signal(signal.SIGINT, before)
    assert train_model(chosen, pairs, target="liberal").resumed_from == 2


def test_a_checkpoint_of_a_version_without_checksums_is_not_unpickled(tiny, pairs, tmp_path):
    place = tmp_path / "checkpoints" / "checkpoint-4"
    place.mkdir(parents=True)
    (place / COMPLETE).write_text('{"step": 4}')
    with pytest.warns(UserWarning, match="an earlier version wrote it, without checksums"):
        assert last_checkpoint(tmp_path) is None


def test_files_of_people_among_checkpoints_stay(tmp_path):
    place = tmp_path / "checkpoints" / "checkpoint-4"
    place.mkdir(parents=True)
    (place / "model.safetensors").write_text("ours")
    (place / "notes.txt").write_text("mine")
    write_json(place / COMPLETE, {"step": 4, "files": file_sums(place, ["model.safetensors"])})
    clear_checkpoints(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["notes.txt"]
    (place / "notes.txt").unlink()
    write_json(place / COMPLETE, {"step": 4, "files": {}})
    clear_checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["card.json", "plan.json", "metrics.csv", "model/model.safetensors"])
def test_a_damaged_file_of_a_finished_run_is_named(name, finished, tiny, pairs, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    chosen = settings(tiny, folder, batch_size=2)
    assert train_model(chosen, pairs, target="liberal", held_out=pairs).finished_before
    flipped(folder / name, 0.5)
    with pytest.raises(ps.DataError, match=rf"{Path(name).name}.* (has changed since it was|cannot be read as JSON)"):
        train_model(chosen, pairs, target="liberal", held_out=pairs)


def test_a_run_killed_after_its_last_step_is_only_finished(tiny, pairs, tmp_path, monkeypatch):
    chosen = settings(tiny, tmp_path / "run", batch_size=2, steps=3)

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("pluralstats.alignment.runs.training.save_model", killed)
        with pytest.raises(Killed):
            train_model(chosen, pairs, target="liberal")
    run = train_model(chosen, pairs, target="liberal")
    assert run.resumed_from == 3
    assert run.model.is_dir()


def test_a_finished_run_is_not_repeated_and_leaves_no_checkpoints(finished, tiny, pairs):
    chosen = settings(tiny, finished.folder, batch_size=2)
    written = (finished.folder / "card.json").stat().st_mtime_ns
    again = train_model(chosen, pairs, target="liberal", held_out=pairs)
    assert again.finished_before
    assert again.card == json.loads(json.dumps(finished.card))
    assert again.card == without_sum(finished.folder / "card.json")
    assert (finished.folder / "card.json").stat().st_mtime_ns == written
    assert sorted(path.name for path in finished.folder.iterdir()) == ["card.json", "metrics.csv", "model", "plan.json"]


@pytest.mark.parametrize(
    ("changes", "target", "sentence"),
    [
        ({"beta": 0.2}, "liberal", "beta: 0.1 there, 0.2 now"),
        ({"seed": 2}, "liberal", "seed: 1 there, 2 now"),
        ({}, "conservative", "target: 'liberal' there, 'conservative' now"),
    ],
)
def test_a_folder_with_another_run_is_never_overwritten(changes, target, sentence, finished, tiny, pairs):
    with pytest.raises(ps.ConfigError, match=sentence):
        train_model(settings(tiny, finished.folder, batch_size=2, **changes), pairs, target=target, held_out=pairs)


def test_a_folder_with_other_files_is_never_a_run(tiny, pairs, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ps.ConfigError, match="files that are no run"):
        train_model(settings(tiny, tmp_path), pairs, target="liberal")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_card_says_where_labels_come_from_and_what_ran(tiny, pairs, tmp_path):
    pairs.to_parquet(tmp_path / "pairs.parquet")
    card = {"kind": "pairs", "population": "census", "licence": "CC-BY-4.0"}
    (tmp_path / "pairs.card.json").write_text(json.dumps(card))
    chosen = settings(tiny, tmp_path / "run", batch_size=2, steps=2)
    found = train_model(chosen, tmp_path / "pairs.parquet", target="liberal").card
    assert found["labels"] == card
    assert found["plan"]["target"] == "liberal"
    assert found["plan"]["learning_rate"] == 1e-3
    assert found["versions"]["trl"] == version("trl")
    assert (found["steps"], found["rows"]) == (2, 4)
    assert found["tokens"] > 0
    assert len(found["plan"]["data_hash"]) == 64


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


def test_a_full_disk_is_said_and_the_checkpoint_before_is_kept(killed, pairs):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # the model has 0.4 MB
    try:
        with pytest.raises(ps.ConfigError, match="The checkpoint of step 4 is kept; make room and repeat"):
            train_model(killed, pairs, target="liberal")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert train_model(killed, pairs, target="liberal").resumed_from == 4


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
