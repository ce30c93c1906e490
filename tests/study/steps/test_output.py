"""The results folder is whole or absent, and nothing that is not ours is ever touched."""

import json
import os
import shutil
from pathlib import Path

import pytest

from pluralstats.errors import ConfigError
from pluralstats.study.steps.output import PROGRAM, PROVENANCE, whole_folder, with_files


def write_study(folder: Path, mark: str) -> None:
    (folder / "tables").mkdir()
    (folder / "tables" / "effects.csv").write_text(mark, encoding="utf-8")
    record = with_files({"program": PROGRAM, "mark": mark}, folder)
    (folder / PROVENANCE).write_text(json.dumps(record), encoding="utf-8")


def mark_of(out: Path) -> str:
    return (out / "tables" / "effects.csv").read_text(encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The results of an earlier study, marked "old"."""
    with whole_folder(tmp_path / "results") as folder:
        write_study(folder, "old")
    return tmp_path / "results"


def test_an_earlier_study_is_replaced_as_a_whole(out: Path):
    with whole_folder(out) as folder:
        write_study(folder, "new")
        assert mark_of(out) == "old"
    assert mark_of(out) == "new"
    assert [entry.name for entry in out.parent.iterdir()] == ["results"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_earlier_study_and_nothing_else(out: Path, error):
    with pytest.raises(error), whole_folder(out) as folder:
        (folder / "half").touch()
        raise error
    assert mark_of(out) == "old"
    assert [entry.name for entry in out.parent.iterdir()] == ["results"]


def test_a_failure_of_the_last_step_puts_the_earlier_study_back(out: Path, monkeypatch: pytest.MonkeyPatch):
    rename = Path.rename

    def fails_for_the_new_one(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    with pytest.raises(ConfigError, match="disk full"), whole_folder(out) as folder:
        write_study(folder, "new")
    assert mark_of(out) == "old"
    assert [entry.name for entry in out.parent.iterdir()] == ["results"]


def test_a_run_killed_between_the_renames_loses_nothing(out: Path):
    out.rename(out.with_name(".results.previous"))  # killed before the new folder took the place
    with pytest.raises(RuntimeError), whole_folder(out):
        raise RuntimeError
    assert mark_of(out) == "old"


def test_a_run_killed_before_it_tidied_up_is_tidied_up(out: Path):
    shutil.copytree(out, out.with_name(".results.previous"))  # killed after the new folder took the place
    with whole_folder(out) as folder:
        write_study(folder, "new")
    assert [entry.name for entry in out.parent.iterdir()] == ["results"]


@pytest.mark.parametrize("content", [None, "{}", "not json", '{"program": "another"}', "[1]", "[" * 100_000])
def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path, content: str | None):
    (tmp_path / "thesis.docx").write_text("precious", encoding="utf-8")
    if content is not None:
        (tmp_path / PROVENANCE).write_text(content, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ConfigError) as caught, whole_folder(tmp_path):
        raise AssertionError("never reached")
    found = "provenance.json, thesis.docx" if content is not None else "thesis.docx"
    assert str(caught.value) == (
        f"{tmp_path} is not empty and was not written by pluralstats (it holds {found}, and no provenance.json of "
        f"ours), so it is left alone. Choose another folder with --out, or empty this one."
    )
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["notes.txt", "tables/mine.csv", "figures/mine.png", "a/b/c.txt", "empty/"])
def test_notes_among_earlier_results_are_not_lost(out: Path, name: str):
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).mkdir() if name.endswith("/") else (out / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError) as caught, whole_folder(out):
        raise AssertionError("never reached")
    assert str(caught.value) == (
        f"{out} holds results of an earlier study, which would be replaced, and also {name.rstrip('/')}, which would "
        f"be lost. Move those elsewhere, or choose another folder with --out."
    )
    assert (out / name).exists()


@pytest.mark.parametrize("name", ["tables/effects.csv", PROVENANCE])
def test_what_a_person_edited_in_earlier_results_is_not_lost(out: Path, name: str):
    path = out / name
    path.write_text(path.read_text(encoding="utf-8").replace("old", "mine"), encoding="utf-8")
    with (
        pytest.raises(ConfigError, match=rf"replaced, and {name} changed since then, which would be lost\. Move those"),
        whole_folder(out),
    ):
        raise AssertionError("never reached")


@pytest.mark.parametrize("files", [[], "tables", float("inf"), {"tables/effects.csv": float("nan")}])
def test_a_list_of_files_that_is_not_ours_protects_everything(out: Path, files: object):
    record = json.loads((out / PROVENANCE).read_text(encoding="utf-8")) | {"files": files}
    (out / PROVENANCE).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ConfigError, match="which would be lost"), whole_folder(out):
        raise AssertionError("never reached")


def test_what_people_put_there_while_the_study_ran_is_kept_with_the_folder(out: Path):
    told = r"also notes\.txt, .*The earlier folder was kept as '.*results\.kept'"
    with pytest.warns(UserWarning, match=told), whole_folder(out) as folder:
        write_study(folder, "new")
        (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert mark_of(out) == "new"
    assert mark_of(out.with_name("results.kept")) == "old"
    assert (out.with_name("results.kept") / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_what_a_file_manager_left_is_nobodys(out: Path):
    (out / "tables" / ".DS_Store").touch()
    with whole_folder(out) as folder:
        write_study(folder, "new")
    assert mark_of(out) == "new"


def earlier_version(out: Path) -> None:
    """Results without a list of files, as versions before wrote them."""
    for name in ("tables/effects.csv", "tables/effects.parquet", "tables/labels.card.json", "figures/effects.svg",
                 "figures/effects.png", "fits/main/fit.json", "fits/main/draws.nc", "report.html"):  # fmt: skip
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).touch()
    (out / PROVENANCE).write_text(json.dumps({"program": PROGRAM}), encoding="utf-8")


def test_results_of_a_version_that_kept_no_list_are_replaced(tmp_path: Path):
    earlier_version(tmp_path / "results")
    with whole_folder(tmp_path / "results") as folder:
        write_study(folder, "new")
    assert mark_of(tmp_path / "results") == "new"


def test_what_was_edited_long_after_such_results_is_not_lost(tmp_path: Path):
    out = tmp_path / "results"
    earlier_version(out)
    hour = 3600.0
    for path in out.rglob("*"):
        os.utime(path, (hour, hour))
    os.utime(out / "tables" / "effects.csv", (hour, 2 * hour))
    with pytest.raises(ConfigError, match=r"replaced, and tables/effects\.csv changed since then"), whole_folder(out):
        raise AssertionError("never reached")


@pytest.mark.parametrize("name", ["tables/mine.csv", "figures/mine.png", "fits/main/notes.txt", "tables/a/b.csv"])
def test_what_has_no_name_of_ours_in_such_results_is_not_lost(tmp_path: Path, name: str):
    out = tmp_path / "results"
    earlier_version(out)
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).touch()
    with pytest.raises(ConfigError, match=f"and also {name}, which would be lost"), whole_folder(out):
        raise AssertionError("never reached")


def test_a_folder_of_somebody_else_at_the_hidden_name_is_left_alone(out: Path):
    hidden = out.with_name(".results.previous")
    hidden.mkdir()
    (hidden / "thesis.docx").touch()
    with pytest.raises(ConfigError, match=r"\.results\.previous is not empty and was not written"), whole_folder(out):
        raise AssertionError("never reached")
    assert (hidden / "thesis.docx").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path):
    (tmp_path / "results").write_text("precious", encoding="utf-8")
    with (
        pytest.raises(ConfigError, match=r"should go into a folder, but .* is a file"),
        whole_folder(tmp_path / "results"),
    ):
        raise AssertionError("never reached")


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".DS_Store").touch()  # of a folder that somebody looked into
    for out in (tmp_path / "empty", tmp_path / "a" / "b"):
        with whole_folder(out) as folder:
            write_study(folder, "new")
        assert mark_of(out) == "new"
