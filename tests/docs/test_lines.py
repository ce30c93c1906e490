"""The page of lines, one for each question, runs from top to bottom."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pluralstats as ps

pytestmark = pytest.mark.usefixtures("site")  # CI asks this after `make docs`; `make test` stays short

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "lines.md"


def blocks(language: str) -> list[str]:
    return [part.split("```")[0] for part in PAGE.read_text(encoding="utf-8").split(f"```{language}\n")[1:]]


def annotation(task: int, who: str, rating: int) -> dict:
    result = {"from_name": "rude", "to_name": "text", "type": "rating", "value": {"rating": rating}}
    return {"id": 10 * task + rating, "completed_by": {"email": who}, "result": [result], "was_cancelled": False}


def write_files_of_other_shapes() -> None:
    """A small file for each of the shapes that the README reads."""
    tables = {
        "survey": {"ResponseId": ["R_1", "R_2"], "Q1_1": [1, 4], "Q1_2": [5, 2]},
        "matrix": {"text_id": ["t1", "t2"], "ann_1": [1, 4], "ann_2": [5, 2]},
        "ticks": {"item": [1, 1], "rater": ["a", "b"], "rude_no": [1, 0], "rude_unsure": [0, 0], "rude_yes": [0, 1]},
        "long": {"item": [1, 1], "rater": ["a", "b"], "rating": [1, 5]},
        "people": {"Participant id": ["a", "b"], "Sex": ["Female", "Male"]},
        "annotations/anna": {"item": [1, 2], "rating": [1, 5]},
        "annotations/ben": {"item": [1, 2], "rating": [2, 4]},
        "popquorn": {"instance_id": [1, 1], "user_id": [7, 8], "offensiveness": [1, 5], "gender": ["Man", "Woman"]},
    }
    Path("annotations").mkdir()
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(f"{name}.csv", index=False)
    tasks = [{"id": 1, "data": {"text": "Hey"}, "annotations": [annotation(1, "a@b.c", 1), annotation(1, "d@e.f", 5)]}]
    Path("project.json").write_text(json.dumps(tasks), encoding="utf-8")


def test_the_files_of_other_shapes_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files_of_other_shapes()
    (lines,) = [block.splitlines() for block in blocks("python") if block.startswith('ps.read_ratings("survey.csv"')]
    read = [eval(line, {"ps": ps}) for line in lines]
    assert [ratings.n_ratings for ratings in read] == [4, 4, 2, 2, 4, 2, 2]
    assert read[3].demographics == ("Sex",)
    assert read[4].n_raters == 2


def test_every_line_answers_its_question(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files_of_other_shapes()
    politics = ("liberal", "green", "moderate", "undecided", "libertarian", "conservative")  # twelve cells with gender
    made = ps.simulate(
        n_raters=120,
        n_items=30,
        ratings_per_rater=15,
        n_questions=10,
        demographics={"gender": {"female": 0.5, "male": 0.5}, "politics": dict.fromkeys(politics, 1 / 6)},
        effects={"politics[conservative]": -0.4},
        item_slopes={"gender[male]": 0.6, "politics[conservative]": 0.6},
        sd_intersection={"gender:politics": 0.5},
    )
    ages = dict(zip(made.raters["rater"], np.random.default_rng(1).integers(18, 80, made.n_raters), strict=True))
    frame = made.frame.assign(rating=made.values, age=made.frame["rater"].map(ages).astype(float))
    ratings = ps.Ratings(frame, scale=(1, 5), demographics=["gender", "politics"], covariates=["age"])
    responses = frame[["item", "question"]].drop_duplicates()
    names = {
        "ps": ps,
        "ratings": ratings,
        "fit": ps.fit(ratings, "rating ~ gender + politics + age + (1 | item) + (1 | rater)"),
        "items_only": ps.fit(ratings, "rating ~ gender + politics + (1 | item)", on_problem="ignore"),
        "new_rows": frame.head(3),
        "responses": responses.assign(prompt=responses["question"], response=responses["item"]),
    }
    for code in blocks("python"):
        exec(compile(code, "guide/lines.md", "exec"), names)
    assert {"effects.tex", "labels.parquet", "labels.card.json", "pairs.parquet"} <= {
        p.name for p in tmp_path.iterdir()
    }
