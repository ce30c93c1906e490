"""The spread example: a plain model takes noise for opinion, and says nothing of it."""

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


def test_the_plain_model_is_sure_of_a_difference_of_opinion_that_there_is_not(out):
    truth = spread_study(1).truth.coefficients.set_index("parameter")["value"]
    assert truth["gender[male]"] == 0.0
    table = pd.read_csv(out / "spread_studies.csv")
    assert table["study"].tolist() == [1, 2]
    assert (table["latent_lower"] > 0).all() and (table["points_lower"] > 0).all()
    assert (table["problems"] == 0).all()
    assert (table["predictive_problems"] > 0).all()  # shares and sd of points by group notice it
    summary = pd.read_csv(out / "spread_models.csv").iloc[0]
    assert (summary["latent_clear"], summary["points_clear"]) == (2, 2)


def test_the_true_difference_in_points_is_that_of_many_ratings():
    frame = spread_study(1, 4000, 400, 20).frame
    means = frame["rating"].astype(int).groupby(frame["gender"]).mean()
    # raters of 0.6 latent sd and 20 noisy ratings each: their means have an sd of 0.95, a difference a se of 0.03
    assert means["male"] - means["female"] == pytest.approx(SPREAD_SCRIPT["true_points"](), abs=0.1)
    assert SPREAD_SCRIPT["true_points"]() == pytest.approx(0.30, abs=0.005)


def test_everything_needed_to_repeat_the_run_is_written(out):
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert run["sizes"] == [600, 100, 20]
    assert run["truth"]["latent"] == 0.0
    assert set(run["fits"]) == {"plain"}
