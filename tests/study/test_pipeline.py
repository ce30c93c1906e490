"""A study writes everything or nothing, and the same study writes the same numbers."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps
from pluralstats.study import pipeline
from pluralstats.study.configuration.config import StudyConfig
from pluralstats.study.report.pictures import Drawing, write_pictures
from pluralstats.study.steps import apart
from pluralstats.study.steps.models import formulas

TABLES = {
    "sample",
    "policies",
    "missing_ratings",
    "check",
    "rating_shares",
    "effects",
    "effects_within",
    "effects_by_model",
    "variance_shares",
    "agreement",
    "parameters",
    "random_effects",
    "problems",
    "convergence",
    "traces",
    "predictive_checks",
    "model_comparison",
    "priors",
    "prior_sensitivity",
    "model_cohesion",
    "item_disagreement",
    "label_summary",
    "labels",
    "r2",
    "reliability",
    "raters_needed",
    "raters",
}
STEPS = [
    "study_data",
    "target_population",
    "early_tables",
    "fit_models",
    "study_labels",
    "tables_of",
    "write_tables",
    "write_labels",
    "save_fits",
    "write_paper",
    "write_pictures",
    "provenance",
    "write_report",
]


def test_every_table_is_written_twice_and_equal(finished):
    assert set(finished.tables) == TABLES
    for name in TABLES:
        parquet = pd.read_parquet(finished.folder / "tables" / f"{name}.parquet")
        pd.testing.assert_frame_equal(parquet, finished.tables[name], check_dtype=False, check_categorical=False)
        text = (finished.folder / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        assert text.splitlines()[0].split(",") == list(parquet.columns)


def test_figures_fits_and_study_file_are_there(finished, study_folder: Path):
    figures = {path.name for path in (finished.folder / "figures").iterdir()}
    names = ("rating_shares", "effects", "comparison", "variance_shares", "agreement", "severity", "thresholds")
    names += (
        "checks_shares",
        "checks_groups",
        "checks_units",
        "left_out",
        "model_cohesion",
        "model_association",
        "items",
    )
    names += ("label_entropy", "rater_profiles")
    assert figures == {f"{name}.{suffix}" for name in names for suffix in ("svg", "png")}
    assert {path.name for path in (finished.folder / "fits").iterdir()} == {"main", "items-only"}
    assert (finished.folder / "study.toml").read_text() == (study_folder / "study.toml").read_text()


def test_provenance_repeats_the_run_and_names_no_place(finished, study_folder: Path):
    text = (finished.folder / "provenance.json").read_text(encoding="utf-8")
    card = json.loads(text)
    assert card["command"] == "pluralstats study study.toml --data ratings.csv --seed 4 --out results"
    assert card["seed"] == 4
    assert card["data"]["file"] == "ratings.csv"
    assert card["settings"]["effects"]["rope"] == 0.1
    assert [fit["model"] for fit in card["fits"]] == ["main", "items only"]
    assert {"python", "pluralstats", "numpy"} <= set(card["versions"])
    assert str(study_folder) not in text


def test_the_same_study_gives_the_same_tables(finished, study_folder: Path, tmp_path: Path, undrawn):
    again = ps.run_study(StudyConfig.read(study_folder / "study.toml"), out=tmp_path / "again")
    for name in TABLES:
        first = (finished.folder / "tables" / f"{name}.csv").read_bytes()
        assert first == (again.folder / "tables" / f"{name}.csv").read_bytes(), name


def test_shares_sum_to_a_hundred_in_every_group(finished):
    shares = finished.tables["rating_shares"]
    np.testing.assert_allclose(shares.groupby(["demographic", "level"])["percent"].sum(), 100)
    assert shares[shares["demographic"] == "all"]["n"].sum() == 320  # 40 raters x 8 ratings


def test_the_sample_counts_every_rater_once(finished):
    sample = finished.tables["sample"].set_index(["demographic", "level"])["n_raters"]
    assert sample["all", "all"] == 40
    assert sample["gender"].sum() == 40


def test_models_share_contrasts_and_only_the_main_one_gives_the_effects(finished):
    by_model = finished.tables["effects_by_model"]
    assert len(set(by_model.groupby("model").size())) == 1
    main = by_model[by_model["model"] == "main"].drop(columns="model").reset_index(drop=True)
    effects = finished.tables["effects"]
    pd.testing.assert_frame_equal(main, effects[effects["estimand"] == "points"].reset_index(drop=True))


def test_the_item_only_model_is_added_unless_alternatives_are_named(small):
    assert formulas(small, StudyConfig()) == {
        "main": "rating ~ gender + politics + (1 | item) + (1 | rater)",
        "items only": "rating ~ gender + politics + (1 | item)",
    }
    named = StudyConfig.from_toml("[model]\nalternatives = {short = 'rating ~ 1 + (1 | rater)'}")
    assert list(formulas(small, named)) == ["main", "short"]
    assert list(formulas(small, StudyConfig.from_toml("[model]\nalternatives = {}"))) == ["main"]
    without_raters = StudyConfig.from_toml("[model]\nformula = 'rating ~ gender + (1 | item)'")
    assert list(formulas(small, without_raters)) == ["main"]


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_nothing(step: str, finished, study_folder: Path, tmp_path: Path, monkeypatch):
    def fails(*args: object, **options: object) -> None:
        raise RuntimeError("power cut")

    for slow, made in (("fit_models", finished.fits), ("tables_of", finished.tables), ("write_pictures", [])):
        monkeypatch.setattr(pipeline, slow, lambda *args, made=made: made)  # what they made for the other tests
    monkeypatch.setattr(pipeline, step, fails)
    with pytest.raises(RuntimeError, match="power cut"):
        ps.run_study(StudyConfig.read(study_folder / "study.toml"), out=tmp_path / "results", cache=False)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_folder_is_refused_before_anything_is_computed(study_folder: Path, tmp_path: Path, monkeypatch):
    (tmp_path / "mine.txt").touch()
    monkeypatch.setattr(pipeline, "study_data", None)  # calling it would be an error
    with pytest.raises(ps.ConfigError, match="left alone"):
        ps.run_study(StudyConfig.read(study_folder / "study.toml"), out=tmp_path)


@pytest.fixture(scope="module")
def dimensions(study_folder: Path, tmp_path_factory: pytest.TempPathFactory, drawing_only):
    """A wide file with two dimensions, one demographic, effects within a demographic, simulated."""
    folder = tmp_path_factory.mktemp("wide")
    long = pd.read_csv(study_folder / "ratings.csv")
    wide = long.rename(columns={"rating": "toxic"}).assign(kind=6 - long["rating"])
    wide.to_parquet(folder / "wide.parquet")
    text = """
        title = "Two dimensions"
        simulated = true
        [data]
        path = "wide.parquet"
        dimensions = ["toxic", "kind"]
        scale = ["never", "rarely", "sometimes", "often", "always"]
        demographics = ["gender", "politics"]
        [data.recode]
        rating = {1 = "never", 2 = "rarely", 3 = "sometimes", 4 = "often", 5 = "always"}
        [model]
        method = "laplace"
        draws = 100
        [effects]
        by = "politics"
        estimands = ["points"]
        [agreement]
        replicates = 20
        coefficients = ["alpha_ordinal"]
    """
    (folder / "study.toml").write_text(text, encoding="utf-8")
    with drawing_only("effects_within"):
        return ps.run_study(StudyConfig.read(folder / "study.toml"), out=folder / "results")


def test_each_dimension_is_fitted_by_itself(dimensions):
    keys = [("main", "toxic"), ("items only", "toxic"), ("main", "kind"), ("items only", "kind")]
    assert list(dimensions.fits) == keys
    names = {path.name for path in (dimensions.folder / "fits").iterdir()}
    assert names == {"main-toxic", "items-only-toxic", "main-kind", "items-only-kind"}
    for name in ("effects", "variance_shares", "agreement", "parameters", "random_effects"):
        assert list(dimensions.tables[name]["dimension"].unique()) == ["toxic", "kind"], name


def test_a_mirrored_dimension_has_mirrored_effects(dimensions):
    effects = dimensions.tables["effects"].set_index(["dimension", "demographic", "level"])["estimate"]
    # The same likelihood from both ends; the draws differ, so the medians agree to Monte Carlo error.
    np.testing.assert_allclose(effects["toxic"], -effects["kind"], atol=0.12)


def test_effects_within_groups_have_their_own_table_and_figure(dimensions):
    within = dimensions.tables["effects_within"]
    assert set(within["politics"]) == {"left", "right"}
    assert list(within["demographic"].unique()) == ["gender"]
    assert (dimensions.folder / "figures" / "effects_within.svg").exists()


def test_simulated_ratings_carry_a_band(dimensions):
    html = (dimensions.folder / "report.html").read_text(encoding="utf-8")
    assert "SIMULATED DATA" in html
    assert "of 4 contrasts in rating points" in html


def test_a_gaussian_study_without_demographics_runs(study_folder: Path, tmp_path: Path):
    text = """
        [data]
        scale = "continuous"
        [model]
        family = "gaussian"
        method = "laplace"
        reml = true
        draws = 100
        [agreement]
        coefficients = ["alpha_interval"]
        replicates = 20
    """
    result = ps.run_study(StudyConfig.from_toml(text), study_folder / "ratings.csv", tmp_path / "results")
    assert len(result.tables["effects"]) == 0
    assert len(result.tables["rating_shares"]) == 0
    assert len(result.findings) == 2
    html = (result.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="effects"' not in html
    assert "restricted maximum likelihood" in html


def test_bad_formulas_and_probabilities_are_told_before_the_first_fit(study_folder: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pipeline, "fit_models", lambda *args: pytest.fail("a model was fitted"))
    text = (study_folder / "study.toml").read_text(encoding="utf-8").replace("rating >= 4", "rating >= 9")
    text = text.replace("[model]", '[model]\nalternatives = { bad = "rating ~ gendr + (1 | item)" }')
    config = StudyConfig.from_toml(text, folder=study_folder)
    with pytest.raises(ps.ConfigError) as caught:
        ps.run_study(config, out=tmp_path / "results")
    first, second = caught.value.problems
    assert first == (
        "`effects.estimands` has 'P(rating >= 9)', which is not a threshold of this scale; known are P(rating >= 2), "
        "P(rating >= 3), P(rating >= 4), P(rating >= 5)."
    )
    assert second.startswith("Model 'bad': ")
    assert "gendr" in second


def test_a_table_with_nothing_to_draw_costs_its_figure_only(finished, tmp_path: Path):
    empty = finished.tables["agreement"].assign(lower=np.nan, upper=np.nan)
    tables = {name: finished.tables[name] for name in ("effects", "parameters", "random_effects")}
    tables |= {name: finished.tables[name].iloc[:0] for name in ("rating_shares", "effects_within")}
    tables |= {"effects_by_model": finished.tables["effects_by_model"].iloc[:0]}
    tables |= {"agreement": empty, "variance_shares": finished.tables["variance_shares"]}
    tables |= {name: finished.tables[name].iloc[:0] for name in ("predictive_checks", "model_comparison", "traces")}
    drawing = Drawing(StudyConfig(), ps.Scale.parse((1, 5)), tmp_path / "figures", apart.Others(0))
    made = write_pictures(tables, drawing, lambda text: None)
    assert [picture.name for picture in made] == ["effects", "variance_shares", "severity", "thresholds"]


def test_figures_drawn_in_other_processes_have_the_font_around_the_study(finished, tmp_path, monkeypatch, drawing_only):
    monkeypatch.setattr(apart, "cpu_count", lambda: 2)
    scale = ps.Scale.parse((1, 5))
    with apart.others_beside(apart.ROWS) as others, drawing_only("effects", "variance_shares"):
        with ps.figures.style.font("DejaVu Serif"):
            drawing = Drawing(StudyConfig(), scale, tmp_path / "f", others)
            drawing.begin(finished.tables)
        made = write_pictures(finished.tables, drawing, lambda text: None)
    assert [picture.name for picture in made] == ["effects", "variance_shares"]
    assert all("DejaVu Serif" in (tmp_path / "f" / f"{picture.name}.svg").read_text("utf-8") for picture in made)
