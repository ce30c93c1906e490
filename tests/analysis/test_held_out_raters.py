"""The comparison of labels on raters who were held out: baselines by hand, standard errors, and a run."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[2] / "analysis" / "held_out_raters.py"


@pytest.fixture(scope="module")
def script():
    """What the script defines; it imports the module beside it."""
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        yield runpy.run_path(str(SCRIPT))
    finally:
        sys.path.remove(str(SCRIPT.parent))


@pytest.fixture(scope="module")
def beside(script):
    return sys.modules["held_out_baselines"]


@pytest.fixture(scope="module")
def out(script, tmp_path_factory):
    """The folder of a run on few simulated ratings."""
    folder = tmp_path_factory.mktemp("held")
    argv = ["--simulated", "--sizes", "60", "80", "16", "--folds", "2", "--models", "plain", "--out", str(folder)]
    assert script["main"]([*argv, "--draws", "100"]) == 0
    return folder


def test_a_model_is_nearer_to_the_truth_than_shares_and_those_nearer_than_one_label_for_all(out):
    loss = pd.read_csv(out / "scores.csv").set_index("method")["log_loss"]
    assert loss["truth"] < loss["plain"] < loss["smoothed shares"] < loss["overall shares"]
    assert loss["smoothed shares"] < loss["shares + 1"]  # whose m is not chosen, and 8 ratings an item are few


def test_the_truth_loses_the_mean_entropy_of_its_labels(script, out):
    """E[-log p(y)] under p is the entropy of p: 960 ratings with an sd of about 0.4 nats have a se of 0.013."""
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    ratings = script["ps"].simulate(60, 80, 16, **script["LIKE_GWSD"], seed=1)
    items = pd.Index(ratings.items["item"].astype(str))
    p = script["true_labels"](ratings, items)
    entropy = -(p * np.log(p)).sum(axis=1)[items.get_indexer(ratings.frame["item"].astype(str))].mean()
    assert p.sum(axis=1) == pytest.approx(np.ones(len(items)))
    loss = pd.read_csv(out / "scores.csv").set_index("method")["log_loss"]["truth"]
    assert loss == pytest.approx(entropy, abs=0.08)  # the effects drawn for 60 raters are common to 16 ratings each
    assert run["n"] <= 960 and run["models"] == {"plain": {}}


def test_shares_with_more_ratings_and_confused_answers_are_those_by_hand(beside):
    rows = beside.Rows(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), np.array([0, 0, 1, 1]), 3, 2)
    assert beside.overall(rows) == pytest.approx([3 / 6, 3 / 6])  # 2 + 1 and 2 + 1
    # item 0: (2 + 2 x 1/2) / (3 + 2); item 1: (0 + 1) / 3; item 2 has no rating
    assert beside.with_pseudo(rows, 2.0)[:, 0] == pytest.approx([3 / 5, 1 / 3, 1 / 2])
    truth = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    # raters of items that are truly 0 said 0, 0, 1, and of those truly 1 said 1; half a rating of each more
    confusion = np.array([[2.5, 1.5], [0.5, 1.5]]) / [[4.0], [2.0]]
    assert beside.confused(rows, truth) == pytest.approx(truth @ confusion)
    assert beside.with_overall(rows, truth, 0.2)[0] == pytest.approx([0.9, 0.1])


def test_standard_errors_are_those_of_means_of_clusters(script):
    values = pd.Series([1.0, 2.0, 4.0, 7.0])
    alone, twice = pd.Series(range(4)), pd.Series([0, 1, 2, 3, 0, 1, 2, 3])
    assert script["clustered_se"](values, alone) == pytest.approx(values.sem())
    assert script["clustered_se"](pd.concat([values, values], ignore_index=True), twice) == pytest.approx(values.sem())


def test_two_answers_cannot_be_stretched(script, capsys):
    two = script["ps"].simulate(20, 10, 5, scale=(1, 2))
    assert "stretch" not in " ".join(script["fittable"](list(script["MODELS"]), two))
    assert "a scale of two answers" in capsys.readouterr().out
