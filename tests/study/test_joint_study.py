"""A study of several dimensions in one model: one fit a model, seen on each dimension by every section."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.sections.disagreement.halo import correlation_sentences
from pluralstats.study.sections.parts import Material
from pluralstats.study.sections.trust import problems
from pluralstats.study.steps.joint import views
from pluralstats.study.steps.saved_labels import LabelRequest, chosen_fits, study_labels

STUDY = """
[data]
path = "ratings.csv"
scale = [1, 5]
demographics = ["gender"]
exclude = { attention = ["failed"] }

[model]
method = "laplace"
dimensions = "joint"
draws = 200
[model.priors]
terms = { gender = 0.7, "sd(rater)" = 2.0 }

[effects]
estimands = ["points"]

[structure]
contested = "gender"

[agreement]
replicates = 20

[cohesion]
replicates = 20
permutations = 20
"""
DIMENSIONS = ["harm", "hate"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> StudyConfig:
    folder = tmp_path_factory.mktemp("joint")
    made = ps.simulate(
        n_raters=40, n_items=15, ratings_per_rater=10, dimensions=DIMENSIONS, sd_rater=0.8, rater_correlation=0.8,
        demographics={"gender": {"man": 0.5, "woman": 0.5}}, seed=2,
    )  # fmt: skip
    attention = np.where(made.frame["rater"] == "R03", "failed", "passed")
    made.frame.assign(rating=made.values.astype(int), attention=attention).to_csv(folder / "ratings.csv", index=False)
    return StudyConfig.from_toml(STUDY, folder)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def done(config, kept: Path, tmp_path_factory: pytest.TempPathFactory, drawing_only):
    with drawing_only("dimension_correlations"):
        return ps.run_study(config, out=tmp_path_factory.mktemp("out") / "results", cache=kept)


def test_there_is_one_fit_a_model_and_sections_see_it_on_each_dimension(done):
    assert list(done.joint) == ["main", "items only"]
    assert [name for model, name in done.fits if model == "main"] == DIMENSIONS
    view, whole = done.fits["main", "hate"], done.joint["main"]
    assert view.formula == "rating ~ gender + (1 | item) + (1 | rater)"
    joint = whole.parameters.set_index("parameter")["estimate"]
    (contrast,) = (name for name in view.design.fixed.names if name.startswith("gender"))
    assert view.parameters.set_index("parameter")["estimate"][contrast] == joint[f"{contrast}:dimension[hate]"]
    effects = done.tables["effects"]
    expected = ps.effects(view, estimands=("points",))["estimate"].to_numpy()
    assert effects.loc[effects["dimension"] == "hate", "estimate"].to_numpy() == pytest.approx(expected)
    for name in ("effects", "variance_shares", "parameters", "predictive_checks", "model_comparison"):
        assert list(dict.fromkeys(done.tables[name]["dimension"])) == DIMENSIONS, name


def test_gaps_by_item_are_of_each_dimension_by_itself(done):
    assert "gaps by item" not in done.joint
    fit = done.fits["gaps by item", "harm"]
    assert (fit.formula, fit.ratings.dimensions) == ("rating ~ gender + (1 + gender | item) + (1 | rater)", ("harm",))
    assert list(dict.fromkeys(done.tables["contested_items"]["dimension"])) == DIMENSIONS


def test_priors_of_terms_are_told_in_the_words_of_one_dimension_and_reach_all(done):
    terms = done.joint["main"].priors.terms
    assert terms == {
        "gender:dimension": 0.7,
        "sd(dimension[harm] | rater)": 2.0,
        "sd(dimension[hate] | rater)": 2.0,
    }
    view = done.fits["main", "hate"]
    assert view.priors.terms == {"gender": 0.7, "sd(rater)": 2.0}
    priors = view.prior_table.set_index("parameter")["prior"]
    assert priors["sd(rater)"] == "half-student_t(3, 0, 2)"
    assert done.joint["items only"].priors.terms == {"gender:dimension": 0.7}


def test_rows_that_are_excluded_change_the_joint_model(done):
    table = done.tables["effects_exclusions"]
    whole = table[table["model"] == "nothing excluded"].set_index("dimension")
    main = table[table["model"] == "main"].set_index("dimension")
    assert list(whole.index) == list(main.index) == DIMENSIONS
    assert (whole["n_raters"] + whole["n_raters_reference"] == 40).all()
    assert (main["n_raters"] + main["n_raters_reference"] == 39).all()
    assert (whole["estimate"] != main["estimate"]).all()


def test_what_was_fitted_is_saved_once_and_read_back(done):
    folder = done.folder / "fits"
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"gaps-by-item-{name}" for name in DIMENSIONS), "items-only", "main"
    ]  # fmt: skip
    card = json.loads((done.folder / "provenance.json").read_text(encoding="utf-8"))
    assert [(fit["model"], fit["dimension"]) for fit in card["fits"]] == list(done.fitted)
    (fit,) = chosen_fits(done.folder, "", ())
    assert fit.formula == done.joint["main"].formula
    labels = study_labels(done.folder, LabelRequest())
    columns = ["item", "dimension", "p_1", "p_5"]
    pd.testing.assert_frame_equal(labels.table[columns], done.tables["labels"][columns], check_categorical=False)


def test_a_problem_of_a_joint_fit_is_told_once(config, done):
    whole = replace(done.joint["main"], problems=("It did not converge.",))
    fits = views({("main", ""): whole, ("gaps by item", "harm"): done.fits["gaps by item", "harm"]})
    assert all(fits["main", name].problems == whole.problems for name in DIMENSIONS)
    material = Material(None, config, fits, None, None, {}, joint={"main": whole})
    table = problems.SECTION.compute(material)["problems"]
    assert table[table["model"] == "main"].to_numpy().tolist() == [["main", "", "It did not converge."]]


def test_priors_and_chains_are_of_what_was_fitted(done):
    priors = done.tables["priors"]
    assert "dimension" not in priors
    assert "correlations | rater" in set(priors["parameter"])


def test_joint_fits_are_kept_and_read_again(config, kept: Path, done, tmp_path: Path, undrawn):
    again = ps.run_study(config, out=tmp_path / "results", cache=kept)
    assert (done.n_read, again.n_read) == (0, 4)
    pd.testing.assert_frame_equal(again.tables["effects"], done.tables["effects"])


def test_the_report_tells_what_goes_together(done):
    table = done.tables["dimension_correlations"]
    assert table[["of", "dimension", "with_dimension"]].to_numpy().tolist() == [
        ["rater", "harm", "hate"],
        ["item", "harm", "hate"],
    ]
    assert table["lower"][0] > 0.0  # simulated with 0.8
    html = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "<h3>Do the dimensions go together?</h3>" in html
    assert correlation_sentences(table)[0] in html
    assert "on 2 dimensions that were modelled together: with thresholds and coefficients of each dimension" in html
    assert "Intersections and gaps by item were modelled on each dimension by itself" in html
    assert "all dimensions in one model" in html
    assert "A constant error in psychological ratings" in html
    assert (done.folder / "figures" / "dimension_correlations.svg").exists()


def test_correlations_are_sorted_into_together_apart_and_unclear():
    row = {"dimension": "fun", "with_dimension": "hate"}
    rows = [
        {**row, "of": "rater", "estimate": -0.4, "lower": -0.6, "upper": -0.1},
        {**row, "of": "item", "estimate": 0.1, "lower": -0.2, "upper": 0.4},
        {**row, "of": "disc: rater", "estimate": 0.5, "lower": 0.2, "upper": 0.7},
        {**row, "of": "item", "estimate": np.nan, "lower": np.nan, "upper": np.nan},
    ]
    assert correlation_sentences(pd.DataFrame(rows)) == [
        "Raters who rate high on one dimension rate low on the other, whatever the item: fun and hate −0.40 "
        "[−0.60, −0.10].",
        "No clear correlation among items between fun and hate 0.10 [−0.20, 0.40].",
        "Effects of disc: rater go together: fun and hate 0.50 [0.20, 0.70].",
    ]
