"""Shared by the tests of runs: a finished run and a killed one."""

import shutil
from dataclasses import replace

import pytest
from pluralstats.alignment import train_model
from training_steps import killed_in_batch, settings


@pytest.fixture(scope="session")
def finished(tiny, pairs, tmp_path_factory):
    """A run of one piece on one group, evaluated on both."""
    chosen = settings(tiny, tmp_path_factory.mktemp("runs") / "dpo", batch_size=2)
    return train_model(chosen, pairs, target="liberal", held_out=pairs)


@pytest.fixture(scope="session")
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
