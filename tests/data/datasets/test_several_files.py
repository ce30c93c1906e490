"""Data sets of several files, in small ones of their published layouts with invented values."""

import json

import pandas as pd
import pytest

import pluralstats as ps

pytestmark = pytest.mark.usefixtures("reader")
D3 = {
    "d3-ratings.csv": "rater_id,item_id,rating_raw,rating_binary\n11,1,0,0\n11,2,-1,\n12,1,4,1\n13,1,2,1\n",
    "d3-raters.csv": "rater_id,Age,Gender,Region,Country,SES,care\n"
    "11,18-30,Man,Arab Culture,Egypt,5,3.8\n12,50+,Woman,North America,Canada,10,4.5\n14,50+,Man,Oceania,Fiji,2,1\n",
    "d3-items.csv": "item_id,text,category,sub-category\n1,a text,random,random\n2,a text,moral,moral\n",
}
SURVEY = [
    {
        "user_id": f"user{i}",
        "age": age,
        "gender": "Male",
        "education": "Vocational",
        "ethnicity": {"self_described": "x", "simplified": ethnicity},
        "location": {"special_region": "US", "reside_country": "United States"},
    }
    for i, (age, ethnicity) in enumerate([("18-24 years old", "White"), ("65+ years old", "Prefer not to say")])
]
SCORES = [("user0", "m1", 0, 80), ("user0", "m2", 0, 20), ("user0", "m1", 0, 60), ("user0", "m1", 1, 1)]
UTTERANCES = [
    {
        "utterance_id": f"ut{i}",
        "interaction_id": "int0",
        "user_id": user,
        "turn": turn,
        "model_name": model,
        "score": score,
        "conversation_type": "unguided",
    }
    for i, (user, model, turn, score) in enumerate([*SCORES, ("user9", "m1", 0, 33)])
]


def assessment(annotator: str, world: str, personal: str = "") -> dict[str, object]:
    blocks = {"world": [{"ranking": world}], "personal": [{"ranking": personal}] if personal else []}
    return {"annotator_id": annotator, "ranking_blocks": blocks}


COMPARISONS = [
    {
        "prompt_id": "p1",
        "responses": [{"response_index": letter, "messages": []} for letter in "ABCD"],
        "metadata": {"assessments": [assessment("a1", "A>B>C=D", "D>C>B>A"), assessment("a2", "A>B")]},
    }
]
ANNOTATORS = [
    {"annotator_id": "a1", "demographics": {"age": "25-34", "gender": "Female", "country_of_residence": "Kenya"}},
    {"annotator_id": "a2", "demographics": {"age": "35-44", "gender": "Male", "country_of_residence": "Mexico"}},
]


def lines(records: list[dict]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def levels(ratings, column):
    return list(ratings.raters[column].cat.categories)


def policy(ratings, step, column=""):
    policies = ratings.policies
    (row,) = policies[(policies["step"] == step) & (policies["column"] == column)].to_dict("records")
    return row


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
