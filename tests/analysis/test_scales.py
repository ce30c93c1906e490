"""The scale experiment: one command, the same ratings on 5, 3 and 2 points."""

import json
import runpy
from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps

SCRIPT = Path(__file__).parents[2] / "analysis" / "scales.py"
STUDY = '[data]\npath = "ratings.csv"\nscale = [1, 5]\ndemographics = ["gender"]\nreference = {gender = "female"}\n'


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of one run on simulated ratings with an effect of 0.8 latent sds."""
    folder = tmp_path_factory.mktemp("scales")
    ratings = ps.simulate(n_raters=80, n_items=25, ratings_per_rater=10, effects={"gender[male]": 0.8}, seed=1)
    ratings.frame.assign(rating=ratings.values.astype(int)).to_csv(folder / "ratings.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    argv = [str(folder / "study.toml"), "--method", "laplace", "--out", str(folder / "out")]
    assert runpy.run_path(str(SCRIPT))["main"](argv) == 0
    return folder / "out"


def test_a_true_effect_has_the_same_direction_on_every_scale_in_units_that_compare(out):
    table = pd.read_csv(out / "scale_effects.csv")
    for _, part in table[table["estimand"] != "points"].groupby("estimand"):
        assert part["answers"].tolist() == [5, 3, 2]
        assert (part["lower"] > 0).all()


def test_points_shrink_with_the_scale_and_the_latent_difference_does_not(out):
    table = pd.read_csv(out / "scale_effects.csv").set_index(["estimand", "answers"])["estimate"]
    assert table["points", 2] < 0.5 * table["points", 5]
    assert table["latent_d", 2] == pytest.approx(table["latent_d", 5], rel=0.35)


def test_labels_of_the_finest_scale_agree_with_themselves(out):
    table = pd.read_csv(out / "scale_labels.csv").set_index("answers")
    assert table.loc[5, "rank_correlation_of_means"] == pytest.approx(1.0)
    assert table["rank_correlation_of_means"].between(0.5, 1.0 + 1e-9).all()


def test_everything_needed_to_repeat_the_run_is_written(out):
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert set(run["fits"]) == {"5", "3", "2"}
    assert run["midpoint"] == "up"
    assert (out / "scales_latent_d.svg").is_file()
