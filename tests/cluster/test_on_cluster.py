"""Work on a local Dask cluster of two processes: the numbers of this process, whatever happens to a worker."""

import os
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from typer.testing import CliRunner

import pluralstats as ps
from pluralstats.cli import app
from pluralstats.cluster import connecting
from pluralstats.cluster.spreading import is_elsewhere, spread
from pluralstats.fits.asking.several import as_made
from pluralstats.fits.fitting import planned
from pluralstats.fits.methods.sampled import make_one
from pluralstats.study.report import paper, pictures

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

STUDY = """
[data]
scale = [1, 5]
demographics = ["gender"]
[model]
method = "laplace"
draws = 100
dimensions = "separate"
[agreement]
replicates = 20
"""
FORMULAS = ("rating ~ gender + (1 | item) + (1 | rater)", "rating ~ (1 | item) + (1 | rater)")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made:
        yield made


@pytest.fixture
def there(cluster):
    with ps.on_cluster(cluster.scheduler_address):
        yield


@pytest.fixture(scope="module")
def ratings():
    return ps.simulate(n_raters=40, n_items=20, ratings_per_rater=8, dimensions=["harm", "help"], seed=1)


@pytest.fixture(scope="module")
def harm(ratings):
    return ratings.select(dimension="harm")


@pytest.fixture
def plans(ratings):
    """Two models on two dimensions."""
    parts = [ratings.select(dimension=name) for name in ratings.dimensions]
    return [planned(part, formula, method="laplace", draws=100) for part in parts for formula in FORMULAS]


@contextmanager
def one_killed(cluster, task: str):
    """The first worker that begins such a task is killed."""
    killed, over = [], threading.Event()

    def watch():
        while not killed and not over.is_set():
            for worker in [*cluster.scheduler.workers.values()]:
                if any(str(state.key).startswith(task) for state in [*worker.processing]):
                    killed.append(worker.address)
                    os.kill(next(w.pid for w in cluster.workers.values() if w.worker_address == worker.address), 9)
                    return
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield killed
    over.set()
    watcher.join()


def contents(folder: Path) -> dict[str, bytes]:
    """Every table and fit of a study, without the card that says which fit was read from where."""
    files = [path for path in folder.rglob("*") if path.suffix in (".parquet", ".csv", ".nc")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_study_writes_the_same_bytes_when_a_worker_is_killed_in_between(
    ratings, cluster, tmp_path: Path, monkeypatch
):
    for module in (pictures, paper):
        monkeypatch.setattr(module, "drawn_as", lambda *args: None)  # figures are drawn here in any case
    file, config = tmp_path / "ratings.parquet", ps.StudyConfig.from_toml(STUDY)
    ratings.frame.assign(rating=ratings.values).to_parquet(file)
    ps.run_study(config, file, tmp_path / "here")
    with ps.on_cluster(cluster.scheduler_address), one_killed(cluster, "there") as killed:
        made = ps.run_study(config, file, tmp_path / "there")
    assert len(killed) == 1
    assert len(made.fits) == 4
    here, there = contents(tmp_path / "here"), contents(tmp_path / "there")
    assert len(here) > 40
    assert here == there


def test_ratings_go_there_once_and_do_not_come_back(plans, cluster, there):
    before = {*cluster.scheduler.tasks}
    fits = dict(as_made(plans, make_one))
    sent = [key for key in {*cluster.scheduler.tasks} - before if key.startswith("data-")]
    assert len(sent) == 2  # dimensions, not fits
    for number, plan in enumerate(plans):
        assert fits[number].ratings is plan.requests[0].ratings
        assert fits[number].design is plan.requests[0].design


def test_what_is_sent_leaves_the_cluster_with_the_object(cluster, there):
    frame = pd.DataFrame({"x": np.arange(1000.0)})
    assert spread(lambda table, i: table["x"].sum() + i, [(frame, 0), (frame, 1)], [frame]) == [499500.0, 499501.0]
    assert any(str(key).startswith("data-") for key in cluster.scheduler.tasks)
    del frame
    deadline = time.monotonic() + 10.0
    while any(str(key).startswith("data-") for key in cluster.scheduler.tasks):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_bootstraps_permutations_and_models_of_cohesion_are_the_same(harm, cluster):
    calls = (
        lambda: ps.agreement(harm, "gender", replicates=30),
        lambda: ps.cohesion(harm, "gender", replicates=60, permutations=120),  # blocks of 50
        lambda: ps.model_cohesion(harm, "gender", permutations=20),
    )
    here = [call() for call in calls]
    with distributed.Client(cluster.scheduler_address) as client, parallel_config("dask", client=client):
        assert is_elsewhere()
        there = [call() for call in calls]
    assert not is_elsewhere()
    for one, other in zip(here, there, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_completed_sets_of_imputed_demographics_are_the_same(harm, cluster):
    frame = harm.frame.assign(rating=harm.values, gender=harm.frame["gender"].astype(object))
    frame.loc[frame["rater"].isin(harm.raters["rater"].head(8)), "gender"] = None
    some = ps.Ratings(frame.drop(columns="dimension"), (1, 5), ["gender"], undisclosed="impute")
    settings = {"method": "laplace", "draws": 60, "imputations": 3, "on_problem": "ignore"}
    here = ps.fit(some, FORMULAS[0], **settings)
    with ps.on_cluster(cluster.scheduler_address):
        there = ps.fit(some, FORMULAS[0], **settings)
    assert there.provenance["imputation"] == here.provenance["imputation"]
    pd.testing.assert_frame_equal(here.parameters, there.parameters, check_exact=True)
    pd.testing.assert_frame_equal(here.random_effects, there.random_effects, check_exact=True)


def test_simulations_are_the_same(harm, cluster):
    settings = {"simulations": 2, "ranks": 20, "draws": 100}
    here = ps.calibration_ranks(harm, "rating ~ 1 + (1 | item)", **settings)
    with ps.on_cluster(cluster.scheduler_address):
        there = ps.calibration_ranks(harm, "rating ~ 1 + (1 | item)", **settings)
    pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_a_study_that_stopped_goes_on_from_the_fits_that_had_come(plans, there, tmp_path: Path):
    coming = as_made(plans, make_one, tmp_path)
    next(coming)
    coming.close()
    kept = len(list(tmp_path.iterdir()))
    assert kept == 1
    fits = dict(as_made(plans, make_one, tmp_path))
    assert sum(fit.provenance["cache"]["hit"] for fit in fits.values()) == kept
    for number, plan in enumerate(plans):
        pd.testing.assert_frame_equal(fits[number].parameters, make_one(plan.requests[0]).parameters, check_exact=True)


def test_what_fails_there_fails_here_with_its_own_error(harm, there):
    def refuse(number):
        raise ps.DataError(f"Rating {number} is none.", ["one", "two"])

    with pytest.raises(ps.DataError, match="Rating 7 is none") as found:
        spread(refuse, [(7,), (7,)])
    assert found.value.problems == ("one", "two")


def test_a_task_that_ends_every_worker_is_given_up_with_a_sentence(there):
    def end(number):
        os.kill(os.getpid(), 9)

    with pytest.raises(ps.FitError, match=r"The workers that tried the task 'end' died, .* want of memory"):
        spread(end, [(1,)])


def test_tasks_keep_to_one_core(there):
    def chains_at_once(number):
        return ps.Sampler(chains=number).at_once

    assert spread(chains_at_once, [(4,)]) == [1]


# What is wrong is said before anything is read or computed.


def test_a_scheduler_that_does_not_answer_is_a_sentence():
    said = r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:9' within 0\.2 s \(.+\)\. Start one with `dask scheduler`"
    with pytest.raises(ps.ConfigError, match=said), ps.on_cluster("tcp://127.0.0.1:9", seconds=0.2):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1", "study.toml", "carrier://pigeon:1"])
def test_a_wrong_address_is_a_sentence_that_names_it(address):
    done = CliRunner().invoke(app, ["study", "--cluster", address])
    assert done.exit_code == 2
    assert f"No Dask scheduler answers at '{address}' within" in done.stderr
    assert "`dask scheduler`" in done.stderr


def test_a_worker_is_no_scheduler(cluster):
    worker = next(iter(cluster.scheduler.workers))
    with pytest.raises(ps.ConfigError, match=r"is a Dask worker, not a scheduler"), ps.on_cluster(worker):
        pass


def test_a_scheduler_without_workers_says_how_to_start_one():
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(ps.ConfigError, match=r"has had no worker for 0\.2 s\. Start some: dask worker tcp://"),
        ps.on_cluster(empty.scheduler_address, seconds=0.2),
    ):
        pass


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"numba": "0.1"}, "has numba 0.1, and this process"),
        ({"pluralstats": None}, "has no pluralstats, and this process"),
        ({"python": "3.99.1.final.0"}, "has python 3.99, and this process"),
    ],
)
def test_workers_with_other_versions_are_refused(told, said):
    own = {name: connecting.version(name) for name in connecting.COMPARED} | {"python": sys.version.split()[0]}
    connecting.refuse_other_versions({"tcp://a:1": own}, "tcp://s:1")
    with pytest.raises(ps.ConfigError, match=said) as found:
        connecting.refuse_other_versions({"tcp://a:1": own, "tcp://b:1": own | told}, "tcp://s:1")
    assert "The worker tcp://b:1 of 'tcp://s:1'" in str(found.value)
    assert "(1 worker of 2 differ)" in str(found.value)


@pytest.mark.parametrize(
    ("address", "module", "line"),
    [
        ("tcp://127.0.0.1:9", "distributed", "pip install 'pluralstats[cluster]'"),
        ("ray:auto", "ray", "pip install 'ray[client]'"),
    ],
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(address, module, line, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    done = CliRunner().invoke(app, ["study", "--cluster", address])
    assert done.exit_code == 2
    assert line in done.stderr
