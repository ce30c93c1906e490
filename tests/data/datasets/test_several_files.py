"""Data sets of several files, in small ones of their published layouts with invented values."""

import pandas as pd
import pytest
from made_datasets import ANNOTATORS, COMPARISONS, D3, SURVEY, UTTERANCES, levels, lines, policy

import pluralstats as ps

pytestmark = pytest.mark.usefixtures("reader")


def test_d3code_joins_its_files_and_counts_who_is_in_one_only(tmp_path):
    for name, text in D3.items():
        (tmp_path / name).write_text(text)
    ratings = ps.datasets.load("d3code", tmp_path, covariates=["category", "care"], undisclosed="level")
    joined = policy(ratings, "people", "rater")
    assert (joined["n_rows"], joined["n_raters"]) == (1, 1)
    assert "1 of the people in that file rated nothing" in joined["detail"]
    assert policy(ratings, "drop_ratings", "rating")["n_rows"] == 1
    assert ratings.values.tolist() == [0, 4]  # rater 13 has no "care", which is a covariate
    everybody = ps.datasets.load("d3code", tmp_path)
    assert (everybody.n_ratings, everybody.scale.describe()) == (3, "0-4")
    assert levels(everybody, "region") == ["North America", "Arab Culture", "undisclosed"]


def test_prism_has_sliders_and_a_survey_of_objects(tmp_path):
    (tmp_path / "utterances.jsonl").write_text(lines(UTTERANCES))
    (tmp_path / "survey.jsonl").write_text(lines(SURVEY))
    ratings = ps.datasets.load("prism", tmp_path, covariates=["model"])
    assert (ratings.n_ratings, ratings.n_items, ratings.scale.ends) == (5, 5, (1, 100))
    assert set(levels(ratings, "ethnicity")) == {"White", "undisclosed"}
    assert policy(ratings, "people", "rater")["n_raters"] == 1
    models = ps.datasets.load("prism-models", tmp_path)
    means = dict(zip(models.frame["item"].astype(str) + models.frame["rater"].astype(str), models.values, strict=True))
    assert means == {"m1user0": 70, "m2user0": 20, "m1user9": 33}  # opening turns only


def test_coval_counts_the_answers_below_and_leaves_incomplete_rankings_out(tmp_path):
    (tmp_path / "comparisons.jsonl").write_text(lines(COMPARISONS))
    (tmp_path / "annotators.jsonl").write_text(lines(ANNOTATORS))
    ratings = ps.datasets.load("coval", tmp_path)
    assert (ratings.n_ratings, ratings.n_raters, ratings.dimensions) == (8, 1, ("world", "personal"))
    assert ratings.select("world").values.tolist() == [3, 2, 0.5, 0.5]
    assert ratings.select("personal").values.tolist() == [0, 1, 2, 3]
    assert policy(ratings, "missing_ratings", "rating")["n_rows"] == 4
    assert set(ratings.frame["item"]) == {"p1:A", "p1:B", "p1:C", "p1:D"}
    assert set(ratings.frame["question"]) == {"p1"}
    frames = {"ratings": pd.DataFrame(COMPARISONS), "people": pd.DataFrame(ANNOTATORS)}
    assert ps.datasets.load("coval", frames, dimensions=["world"]).values.tolist() == [3, 2, 0.5, 0.5]


def test_frames_from_parquet_with_their_nested_columns_are_the_same_ratings(tmp_path):
    for name, table in {"comparisons": COMPARISONS, "annotators": ANNOTATORS}.items():
        pd.DataFrame(table).to_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "comparisons.jsonl").write_text(lines(COMPARISONS))
    (tmp_path / "lines" / "annotators.jsonl").write_text(lines(ANNOTATORS))
    from_lines = ps.datasets.load("coval", tmp_path / "lines")
    assert ps.datasets.load("coval", tmp_path).data_hash == from_lines.data_hash
