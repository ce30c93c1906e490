"""Labels of a study: what is written, what the page says, groups that are refused before anything is fitted."""

import numpy as np
import pytest

import pluralstats as ps
from pluralstats.errors import ConfigError
from pluralstats.study.sections.labels import label_tables

pytestmark = pytest.mark.usefixtures("undrawn")
STUDY = """
[data]
scale = [1, 5]
demographics = ["gender", "politics"]
[model]
formula = "rating ~ gender + (1 | item) + (1 | rater)"
method = "laplace"
alternatives = {}
[agreement]
by = []
replicates = 20
[cohesion]
by = []
[labels]
"""


@pytest.fixture(scope="module")
def file(small, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "ratings.parquet"
    small.frame.assign(rating=small.values).to_parquet(path)
    return path


def test_labels_of_a_study_are_those_of_its_fit_and_stand_on_the_page(file, tmp_path):
    config = ps.StudyConfig.from_toml(STUDY + 'by = ["gender"]\nlicence = "CC0"')
    result = ps.run_study(config, file, tmp_path / "out")
    labels = ps.load_labels(tmp_path / "out" / "tables" / "labels.parquet")
    assert labels.card["licence"] == "CC0"
    assert list(labels.table["target"].unique()) == ["all raters", "gender: female", "gender: male"]
    own = ps.label_distributions(result.fits["main", ""]).table
    everybody = labels.table[labels.table["target"] == "all raters"]
    np.testing.assert_array_equal(everybody["p_5"], own["p_5"])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert 'id="labels-heading"' in page
    assert "Of the entropy of a label of all raters (" in page


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("age", "`labels.by` has 'age', which is no demographic; there are gender, politics."),
        ("politics", "`labels.by` has 'politics', which no formula of the study names"),
    ],
)
def test_groups_without_labels_are_refused_before_anything_is_fitted(file, tmp_path, monkeypatch, by, sentence):
    monkeypatch.setattr("pluralstats.study.pipeline.fit_models", lambda *_: pytest.fail("fitted"))
    with pytest.raises(ConfigError, match=sentence.replace("(", r"\(")):
        ps.run_study(ps.StudyConfig.from_toml(f'{STUDY}by = ["{by}"]'), file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_majority_that_is_another_answer_than_the_most_probable_one_is_counted(small, small_fit):
    labels = ps.label_distributions(small_fit)
    table = label_tables(labels, small)["label_summary"]
    counts = small.frame.groupby("item", observed=True)["rating"].value_counts().unstack(fill_value=0)
    most = counts.eq(counts.max(axis=1), axis=0)
    probable = labels.table[[f"p_{k}" for k in range(1, 6)]].to_numpy().argmax(axis=1)
    chosen = most.loc[labels.table["item"].astype(str)].to_numpy()
    assert table["majority_differs"].item() == sum(not chosen[i, k] for i, k in enumerate(probable))
    assert table["majority_ties"].item() == int((most.sum(axis=1) > 1).sum())
    assert table["percent_ignorance"].item() == pytest.approx(
        100 * labels.table["ignorance"].mean() / labels.table["entropy"].mean()
    )


def test_a_gaussian_study_has_no_labels(file, tmp_path):
    config = ps.StudyConfig.from_toml(STUDY.replace("[model]", '[model]\nfamily = "gaussian"'))
    result = ps.run_study(config, file, tmp_path / "out")
    assert "labels" not in result.tables
    assert 'id="labels"' not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_population_may_have_a_colon_in_its_name(file, tmp_path):
    config = ps.StudyConfig.from_toml(STUDY + 'by = ["gender"]\n[population]\nname = "adults: all"\nequal = "gender"')
    summary = ps.run_study(config, file, tmp_path / "out").tables["label_summary"]
    assert summary["target"].tolist() == ["adults: all", "gender: female", "gender: male"]
    assert (summary["n_rated"] > 0).all()
