"""A study by the exact posterior: convergence, checks, comparison and priors reach the folder and the page."""

import json
from pathlib import Path

import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.steps.jobs import jobs

SHORT = """
[model]
chains = 2
warmup = 60
draws = 120
[model.priors]
coefficient = 0.5
terms = { gender = 0.7, "sd(rater)" = 2.0 }
"""


@pytest.fixture(scope="module")
def config(study_folder: Path) -> StudyConfig:
    """The small study with two short chains, which are too short to agree."""
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    return StudyConfig.from_toml(text.replace('[model]\nmethod = "laplace"\ndraws = 200\n', SHORT), study_folder)


@pytest.fixture(scope="module")
def exact(config: StudyConfig, tmp_path_factory: pytest.TempPathFactory, drawing_only):
    with drawing_only("traces"):
        return ps.run_study(config, out=tmp_path_factory.mktemp("exact") / "results")


@pytest.fixture(scope="module")
def html(exact) -> str:
    return (exact.folder / "report.html").read_text(encoding="utf-8")


def test_no_word_of_another_estimator_stands_anywhere(exact, html: str):
    text = html + (exact.folder / "provenance.json").read_text(encoding="utf-8")
    text = text.replace("differ (maximum likelihood), which gives the correlation", "")  # of the models of cohesion
    for words in ("maximum likelihood", "Tierney", "normal approximation", "approximate posterior"):
        assert words not in text, words


def test_the_methods_paragraph_spells_priors_sampler_and_convergence(html: str):
    assert "normal(0, 3) for the first threshold, normal(0, 1) for the logarithm of each gap between thresholds" in html
    assert "Student-t(3, 0, 0.5) for coefficients, Student-t(3, 0, 0.7) for gender[male]" in html
    assert "the difference of any two of its levels has the prior of a coefficient and no result depends on" in html
    assert "Hamiltonian Monte Carlo (Neal, 2011) with exact rotations (Shahbaba et al., 2014)" in html
    assert "in 2 chains of 60 draws each after 60 transitions of warm-up" in html
    assert "Estimates are posterior means (of ratios, of the logarithm) with 95% intervals" in html
    for work in ("Handbook of Markov chain Monte Carlo", "Split Hamiltonian Monte Carlo", "Rank-normalization"):
        assert work in html


def test_convergence_has_a_row_for_each_fit_with_the_worst_of_all_parameters(exact):
    table = exact.tables["convergence"].set_index("model")
    assert list(table.index) == ["main", "items only"]
    fit = exact.fits["main", ""]
    both = pd.concat([fit.parameters, fit.random_effects])
    assert table.loc["main", "r_hat"] == both["r_hat"].max()
    assert table.loc["main", "ess_tail"] == both["ess_tail"].min()
    assert table.loc["main", "n_parameters"] == len(both)
    assert (table.loc["main", "chains"], table.loc["main", "draws"]) == (2, 120)


def test_chains_that_do_not_agree_are_drawn_and_only_then(exact, finished):
    traces = exact.tables["traces"]
    assert traces.groupby("model")["parameter"].nunique().max() == 6
    one = traces[(traces["model"] == "main") & (traces["parameter"] == traces["parameter"].iloc[0])]
    assert len(one) == 120
    found = exact.fits["main", ""].parameters.set_index("parameter")["estimate"]
    name = one["parameter"].iloc[0]
    if name in found:
        assert one["value"].mean() == pytest.approx(found[name])
    assert (exact.folder / "figures" / "traces.svg").exists()
    assert not len(finished.tables["traces"])
    assert not (finished.folder / "figures" / "traces.svg").exists()


def test_priors_are_on_the_page_and_those_of_terms_reach_the_models_that_have_them(exact, config):
    priors = exact.tables["priors"].set_index("parameter")["prior"]
    assert priors["sd(rater)"] == "half-student_t(3, 0, 2)"
    assert priors["sd(item)"] == "half-student_t(3, 0, 1)"
    assert exact.fits["main", ""].priors == config.model.priors
    assert exact.fits["items only", ""].priors.terms == {"gender": 0.7}
    assert set(exact.tables["prior_sensitivity"]["parameter"]) == set(exact.fits["main", ""].parameters["parameter"])


def test_a_prior_of_a_term_that_no_model_has_is_told_before_anything_is_fitted(config, study_folder: Path):
    ratings = ps.read_ratings(study_folder / "ratings.csv", **config.ratings_options())
    wrong = StudyConfig.from_toml("[model.priors]\nterms = {gendr = 1.0, 'sd(rater)' = 1.0}")
    with pytest.raises(ps.ConfigError) as caught:
        jobs(ratings, wrong)
    assert str(caught.value) == (
        "`model.priors.terms` names 'gendr', which the formula does not have; it has gender[male], politics[left], "
        "gender, politics, sd(rater), sd(item). Did you mean 'gender'?"
    )


def test_parameters_on_the_page_have_their_convergence(html: str):
    for header in ("R-hat", "Bulk effective draws", "Tail effective draws", "Posterior sd"):
        assert f">{header}</button>" in html


def test_provenance_is_json_that_everybody_reads(exact):
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    card = json.loads((exact.folder / "provenance.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert card["settings"]["model"]["priors"]["coefficient"] == 0.5
    assert [(fit["method"], fit["loglik"]) for fit in card["fits"]] == [("hmc", None)] * 2


def test_an_override_of_the_method_is_in_the_command(study_folder: Path, tmp_path: Path, exact, undrawn):
    assert "--method" not in json.loads((exact.folder / "provenance.json").read_text())["command"]
    config = StudyConfig.from_toml("[data]\npath = 'ratings.csv'\nscale = [1, 5]", folder=study_folder)
    result = ps.run_study(config, out=tmp_path / "results", method="laplace")
    command = json.loads((result.folder / "provenance.json").read_text())["command"]
    assert command == "pluralstats study study.toml --data ratings.csv --method laplace --seed 1 --out results"


def test_ratings_that_never_vary_leave_the_tables_of_trust_empty(study_folder: Path, tmp_path: Path):
    frame = pd.read_csv(study_folder / "ratings.csv").assign(rating=3)
    frame.to_csv(tmp_path / "ratings.csv", index=False)
    text = "[data]\npath = 'ratings.csv'\nscale = [1, 5]\n[agreement]\nreplicates = 20"
    result = ps.run_study(StudyConfig.from_toml(text, folder=tmp_path), out=tmp_path / "results")
    for name in ("convergence", "traces", "predictive_checks", "prior_sensitivity"):
        assert not len(result.tables[name]), name
    assert result.tables["model_comparison"]["elpd"].isna().all()
