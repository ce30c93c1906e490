"""Folders replaced whole: links stay, leftovers go, and the system's refusals are our errors."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pluralstats.errors import ConfigError
from pluralstats.storage.folders import replaced_whole


def anything(out: Path) -> None:
    """Refuse nothing."""


def write(out: Path, mark: str) -> None:
    with replaced_whole(out, anything) as folder:
        (folder / "mark").write_text(mark, encoding="utf-8")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path):
    write(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "mark").read_text() == "new"
    assert names(tmp_path) == ["link", "real"]


def test_a_link_in_the_place_of_the_previous_folder_is_left_alone(tmp_path: Path):
    write(tmp_path / "out", "old")
    write(tmp_path / "kept", "kept")
    (tmp_path / ".out.previous").symlink_to(tmp_path / "kept")
    with pytest.raises(ConfigError, match=r"'.*\.out\.previous' stands where results are put for a moment\. Move it"):
        write(tmp_path / "out", "new")
    assert names(tmp_path) == [".out.previous", "kept", "out"]
    assert (tmp_path / "kept" / "mark").read_text() == "kept"
    assert (tmp_path / "out" / "mark").read_text() == "old"


def test_the_root_is_refused():
    with pytest.raises(ConfigError, match=r"cannot be written to .*: it is a whole disk\. Choose another folder\."):
        write(Path(Path.cwd().anchor), "new")


def test_a_file_in_the_path_is_our_error(tmp_path: Path):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    out = tmp_path / "file" / "out"
    with pytest.raises(ConfigError) as caught:
        write(out, "new")
    assert str(caught.value).startswith(f"Results cannot be written to {out}: ")
    assert names(tmp_path) == ["file"]


def test_a_name_that_is_too_long_leaves_no_parents(tmp_path: Path):
    with pytest.raises(ConfigError, match="File name too long"):
        write(tmp_path / "a" / "b" / ("x" * 300), "new")
    assert names(tmp_path) == []


def test_a_full_disk_names_the_outer_folder(tmp_path: Path):
    with (
        pytest.raises(ConfigError) as caught,
        replaced_whole(tmp_path / "out", anything) as folder,
        replaced_whole(folder / "inner", anything),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(caught.value) == (
        f"Results cannot be written to {tmp_path / 'out'}: {os.strerror(errno.ENOSPC)}. Choose another folder."
    )
    assert names(tmp_path) == []


def test_errors_about_other_paths_pass(tmp_path: Path):
    with pytest.raises(FileNotFoundError), replaced_whole(tmp_path / "out", anything):
        (tmp_path / "absent").read_text()
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="asking for a process by signal 0 is not possible on Windows")
def test_what_a_killed_run_left_is_removed_and_a_running_one_is_left(tmp_path: Path):
    (tmp_path / f".out.partial-{dead_pid()}").mkdir()
    running = tmp_path / f".out.partial-{os.getppid()}"
    running.mkdir()
    write(tmp_path / "out", "new")
    assert names(tmp_path) == [running.name, "out"]


def test_a_file_that_is_saved_while_the_earlier_folder_is_checked_is_not_lost(tmp_path: Path):
    """Checking reads every file; what somebody saves meanwhile comes after the list of what is there."""
    out, seen = tmp_path / "out", []
    write(out, "old")

    def refuse(folder: Path) -> None:
        seen.append(names(folder))
        (out / "notes.txt").write_text("mine", encoding="utf-8")

    with replaced_whole(out, lambda folder: refuse(folder) if names(folder) != [] else None) as new:
        (out / "notes.txt").unlink()
        (new / "mark").write_text("new", encoding="utf-8")
    assert len(seen) == 2
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
