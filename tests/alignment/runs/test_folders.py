"""The folder of a run: finished once, overwritten by nothing else, its card complete, a full disk said."""

import json
import resource
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from pluralstats.alignment import train_model
from training_steps import Killed, flipped, settings

import pluralstats as ps


def without_sum(path):
    return {name: value for name, value in json.loads(path.read_text()).items() if name != "sha256"}


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


def test_a_full_disk_is_said_and_the_checkpoint_before_is_kept(killed, pairs):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # the model has 0.4 MB
    try:
        with pytest.raises(ps.ConfigError, match="The checkpoint of step 4 is kept; make room and repeat"):
            train_model(killed, pairs, target="liberal")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert train_model(killed, pairs, target="liberal").resumed_from == 4
