"""A killed run goes on to the weights of one piece, from checkpoints that are whole, and loses nobody's files."""

import shutil
import signal
from contextlib import suppress
from importlib.metadata import version

import pandas as pd
import pytest
import torch
from packaging.version import Version
from pluralstats.alignment import train_model
from pluralstats.alignment.models.records import write_json
from pluralstats.alignment.runs.checkpoints import COMPLETE, clear_checkpoints, last_checkpoint
from pluralstats.alignment.trainers.starting import CHECKPOINTS, DATASET
from training_steps import flipped, killed_in_batch, settings, weights_of
from transformers import Trainer

from pluralstats.storage.contents import file_sums

needs_kto = pytest.mark.skipif(Version(version("trl")) < Version("1.8"), reason="trl has a stable KTO from 1.8 on")


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
