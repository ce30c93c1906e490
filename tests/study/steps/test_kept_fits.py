"""A study that is stopped keeps its finished fits; a finished one leaves nothing beside its folder."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import pluralstats as ps
from pluralstats.study import pipeline
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps import fitting
from pluralstats.study.steps.jobs import Job
from pluralstats.study.steps.models import Model
from pluralstats.study.steps.running import cache_folder, forget_fits

pytestmark = pytest.mark.usefixtures("undrawn")


def stopped(*args: object, **options: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def config(study_folder: Path) -> StudyConfig:
    return StudyConfig.read(study_folder / "study.toml")


def test_a_study_that_was_stopped_goes_on_from_its_fits(config, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pipeline, "tables_of", stopped)
    with pytest.raises(KeyboardInterrupt, match=r"goes on from the 2 finished fits in .*\.results\.fits\."):
        ps.run_study(config, out=tmp_path / "results")
    assert [path.name for path in tmp_path.iterdir()] == [".results.fits"]
    monkeypatch.undo()
    result = ps.run_study(config, out=tmp_path / "results")
    assert result.n_read == 2
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    fresh = ps.run_study(config, out=tmp_path / "fresh")
    assert fresh.n_read == 0
    for name in ("effects", "parameters", "variance_shares"):
        one, other = (run.folder / "tables" / f"{name}.csv" for run in (result, fresh))
        assert one.read_bytes() == other.read_bytes(), name


KILLED = """
import os, signal, sys
import pluralstats as ps
from pluralstats.study import pipeline
pipeline.tables_of = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
ps.run_study(ps.StudyConfig.read(sys.argv[1]), out=sys.argv[2])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_study_that_was_killed_loses_no_finished_fit(study_folder: Path, config, tmp_path: Path):
    command = [sys.executable, "-c", KILLED, str(study_folder / "study.toml"), str(tmp_path / "results")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "results").exists()
    assert ps.run_study(config, out=tmp_path / "results").n_read == 2
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_folder_of_the_user_keeps_its_fits(config, tmp_path: Path):
    for expected in (0, 2):
        result = ps.run_study(config, out=tmp_path / "results", cache=tmp_path / "mine")
        assert result.n_read == expected
    assert len(list((tmp_path / "mine").iterdir())) == 2


def test_without_a_cache_nothing_is_kept(config, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pipeline, "tables_of", stopped)
    with pytest.raises(KeyboardInterrupt, match=r"^Interrupted; no results were written\.$"):
        ps.run_study(config, out=tmp_path / "results", cache=False)
    assert not list(tmp_path.iterdir())


def test_a_fit_cut_short_by_ctrl_c_stops_the_study(config, small, monkeypatch):
    class Cut:
        posterior = ps.fit(small, "rating ~ (1 | item)", draws=100, on_problem="ignore").posterior

    object.__setattr__(Cut.posterior, "complete", False)
    monkeypatch.setattr(fitting, "as_made", lambda *args: iter([(0, Cut)]))
    with pytest.raises(KeyboardInterrupt):
        fitting.fit_models([Job("main", "", small, Model("rating ~ (1 | item)"))], config, lambda text: None)


@pytest.mark.parametrize("inside", [".", "fits", "a/b"])
def test_a_cache_within_the_results_is_refused_before_anything_is_computed(inside, config, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pipeline, "study_data", stopped)
    with pytest.raises(ps.ConfigError, match=r"lies in the results folder .*Choose a folder elsewhere with --cache\."):
        ps.run_study(config, out=tmp_path / "results", cache=tmp_path / "results" / inside)
    assert list(tmp_path.iterdir()) == []


def test_only_fits_are_deleted(tmp_path: Path):
    (tmp_path / "kept" / "mine").mkdir(parents=True)
    (tmp_path / "kept" / "mine" / "fit.json").touch()
    (tmp_path / "kept" / "mine" / "notes.txt").touch()
    (tmp_path / "kept" / "a-fit").mkdir(parents=True)
    (tmp_path / "kept" / "a-fit" / "fit.json").touch()
    (tmp_path / "kept" / "notes.txt").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "fit.json").touch()
    (tmp_path / "kept" / "linked").symlink_to(tmp_path / "elsewhere")
    forget_fits(tmp_path / "kept")
    assert (tmp_path / "elsewhere" / "fit.json").exists()
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["linked", "mine", "notes.txt"]
    assert [path.name for path in (tmp_path / "kept" / "mine").iterdir()] == ["notes.txt"]
    forget_fits(tmp_path / "nowhere")


def test_the_cache_of_a_linked_folder_lies_beside_what_it_points_to(tmp_path: Path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "disk" / "real")
    assert cache_folder(tmp_path / "results", True) == tmp_path / "disk" / ".real.fits"
