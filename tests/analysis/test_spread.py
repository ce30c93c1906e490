"""The spread example: a plain model takes noise for opinion, and its problems name the noise."""

import json

import pandas as pd
import pytest
from spread_example import SPREAD_SCRIPT, spread_study


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of a run of two studies of 600 raters."""
    folder = tmp_path_factory.mktemp("spread")
    assert SPREAD_SCRIPT["main"](["--studies", "2", "--models", "plain", "--out", str(folder)]) == 0
    return folder


def test_the_plain_model_is_sure_of_a_difference_of_opinion_that_there_is_not_and_names_the_noise(out):
    truth = spread_study(1).truth.coefficients.set_index("parameter")["value"]
    assert truth["gender[male]"] == 0.0
    table = pd.read_csv(out / "spread_studies.csv")
    assert table["study"].tolist() == [1, 2]
    assert (table["latent_lower"] > 0).all() and (table["points_lower"] > 0).all()
    # the score test of every study names the part that is missing, and no other sentence stands beside it
    assert table["named"].tolist() == ["disc", "disc"]
    assert (table["problems"] == 1).all()
    assert (table["predictive_problems"] > 0).all()  # shares and sd of points by group notice it
    summary = pd.read_csv(out / "spread_models.csv").iloc[0]
    assert (summary["latent_clear"], summary["points_clear"]) == (2, 2)


def test_the_true_difference_in_points_is_that_of_many_ratings():
    frame = spread_study(1, 4000, 400, 20).frame
    means = frame["rating"].astype(int).groupby(frame["gender"]).mean()
    # raters of 0.6 latent sd and 20 noisy ratings each: their means have an sd of 0.95, a difference a se of 0.03
    assert means["male"] - means["female"] == pytest.approx(SPREAD_SCRIPT["true_points"](), abs=0.1)
    assert SPREAD_SCRIPT["true_points"]() == pytest.approx(0.30, abs=0.005)


def test_sources_are_averaged_over_studies():
    table = pd.DataFrame({"model": "both", "source": ["place", "noise"] * 2, "study": [1, 1, 2, 2]})
    table = table.assign(estimate=[0.0, 0.2, 0.1, 0.4], lower=[-0.2, 0.1, -0.1, -0.1], upper=[0.2, 0.3, 0.3, 0.9])
    found = SPREAD_SCRIPT["summary_of_sources"](table).set_index("source")
    # by hand: means of two, sem = half their difference
    assert found["points"].tolist() == pytest.approx([0.05, 0.3])
    assert found["points_se"].tolist() == pytest.approx([0.05, 0.1])
    assert (found["clear"].tolist(), found["studies"].tolist()) == ([0, 1], [2, 2])


def test_everything_needed_to_repeat_the_run_is_written(out):
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run["sizes"] == [600, 100, 20]
    assert run["truth"]["latent"] == 0.0
    assert set(run["fits"]) == {"plain"}
