"""Exports of Qualtrics in their own layout: three header rows, previews, spam, loops."""

import csv
import json

import pandas as pd
import pytest

import pluralstats as ps

NAMES = [
    *("StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate"),
    *("ResponseId", "DistributionChannel", "UserLanguage", "Q5_1", "Q5_2", "Q5_3", "Q5_3_TEXT", "Q7", "PROLIFIC_PID"),
]
TEXTS = [
    *("Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished"),
    *("Recorded Date", "Response ID", "Distribution Channel", "User Language"),
    *(f"How rude is this?\n - Text {i}" for i in (1, 2, 3)),
    *("How rude is this? - Text 3 - Text", "What is your gender?", "PROLIFIC_PID"),
]


def _row(response, ratings, *, status="IP Address", finished="True", channel="anonymous", person="", gender="Woman"):
    when = "2026-05-01 10:00:00"
    start = [when, when, status, "", "100", "61", finished, when, response, channel, "EN"]
    return [*start, *ratings, "", gender, person]


ROWS = [
    _row("R_1", "153", person="5f01"),
    _row("R_2", "214", person="5f02", gender="Man"),
    _row("R_3", "111", status="Survey Preview", channel="preview"),
    _row("R_4", "555", status="Spam", person="5f04"),
    _row("R_5", ["4", "", ""], finished="False", person="5f05"),
]


def written(path, rows=ROWS, names=NAMES, texts=TEXTS):
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        ids = [json.dumps({"ImportId": name}) for name in names]
        csv.writer(file).writerows([names, texts, ids, *rows])
    return path


def policy(ratings, step):
    (found,) = ratings.policies.query("step == @step").to_dict("records")
    return found


def test_the_three_header_rows_are_no_people(tmp_path):
    path = written(tmp_path / "survey.csv")
    ratings = ps.read_ratings(path, items="Q5_*", scale=(1, 5), demographics=["Q7"])
    assert (ratings.n_ratings, ratings.n_items, ratings.n_raters) == (6, 3, 2)
    assert ratings.frame["Q7"].cat.categories.tolist() == ["Man", "Woman"]
    values = ratings.frame.assign(value=ratings.values).pivot_table(index="rater", columns="item", values="value")
    assert values.loc["5f01"].tolist() == [1, 5, 3]


def test_previews_spam_and_unfinished_responses_are_left_out_by_name_and_counted_in_ratings(tmp_path):
    ratings = ps.read_ratings(written(tmp_path / "survey.csv"), items="Q5_*", scale=(1, 5))
    left_out = {step: policy(ratings, step) for step in ("previews", "spam", "unfinished")}
    counts = {step: (row["policy"], row["n_rows"], row["n_raters"]) for step, row in left_out.items()}
    assert counts == {"previews": ("drop", 3, 1), "spam": ("drop", 3, 1), "unfinished": ("drop", 1, 1)}


def test_unfinished_responses_are_kept_where_they_are_wanted(tmp_path):
    path = written(tmp_path / "survey.csv")
    ratings = ps.read_ratings(path, items="Q5_*", scale=(1, 5), unfinished="keep")
    assert (ratings.n_raters, ratings.n_ratings) == (3, 7)
    assert policy(ratings, "unfinished")["policy"] == "keep"
    with pytest.raises(ps.ConfigError, match='`unfinished` is "drop" or "keep"; found \'yes\''):
        ps.read_ratings(path, items="Q5_*", unfinished="yes")


def test_statuses_as_numbers_are_sums_of_preview_test_and_spam(tmp_path):
    codes = {"R_0": 0, "R_1": 1, "R_2": 2, "R_4": 4, "R_8": 8, "R_9": 9, "R_12": 12, "R_16": 16, "R_17": 17, "R_32": 32}
    rows = [_row(name, "123", status=code, finished="1") for name, code in codes.items()]
    ratings = ps.read_ratings(written(tmp_path / "survey.csv", rows), items="Q5_*", scale=(1, 5))
    assert sorted(ratings.raters["rater"]) == ["R_0", "R_16", "R_32", "R_4"]


def test_the_rater_is_the_prolific_id_where_every_response_has_one_else_the_response(tmp_path):
    path = written(tmp_path / "survey.csv")
    assert ps.read_ratings(path, items="Q5_*", scale=(1, 5)).raters["rater"].tolist() == ["5f01", "5f02"]
    rows = [ROWS[0], _row("R_2", "214")]
    path = written(tmp_path / "without.csv", rows)
    assert ps.read_ratings(path, items="Q5_*", scale=(1, 5)).raters["rater"].tolist() == ["R_1", "R_2"]
    named = ps.read_ratings(path, items="Q5_*", scale=(1, 5), columns={"ResponseId": "rater"})
    assert named.raters["rater"].tolist() == ["R_1", "R_2"]


def test_without_items_the_call_is_proposed_and_nothing_guessed(tmp_path):
    path = written(tmp_path / "survey.csv", ROWS[:2])
    (problem,) = ps.check(path, scale=(1, 5)).problems
    assert problem == (
        "This looks like a Qualtrics export, with the ratings in 'Q5_1', 'Q5_2', 'Q5_3'. If so, pass "
        'items="Q5_*", columns={"PROLIFIC_PID": "rater"}.'
    )


def test_check_names_the_export_and_finds_no_header_among_the_levels(tmp_path):
    check = ps.check(written(tmp_path / "survey.csv"), items="Q5_*", scale=(1, 5), demographics=["Q7"])
    assert check.guesses[:2] == (
        "Read as a Qualtrics export.",
        "No column was named as rater; 'PROLIFIC_PID' is taken.",
    )
    assert "What is your gender?" not in check.summary["level"].tolist()


def test_the_texts_of_the_questions_are_kept_as_texts_of_items(tmp_path):
    texts = ps.read_item_texts(written(tmp_path / "survey.csv"), items="Q5_*")
    assert texts.to_dict("list") == {
        "item": ["Q5_1", "Q5_2", "Q5_3"],
        "question": ["How rude is this?"] * 3,
        "text": ["Text 1", "Text 2", "Text 3"],
    }


def test_loops_are_items_and_their_questions_dimensions(tmp_path):
    names = ["ResponseId", "1_Q2", "1_Q3", "2_Q2", "2_Q3"]
    rows = [["R_1", 1, 2, 3, 4], ["R_2", 5, 4, 3, 2]]
    path = written(tmp_path / "loops.csv", rows, names, names)
    (problem,) = ps.check(path).problems
    assert 'items="{item}_{dimension}"' in problem
    ratings = ps.read_ratings(path, items="{item}_{dimension}", scale=(1, 5))
    assert (ratings.dimensions, ratings.n_items, ratings.n_ratings) == (("Q2", "Q3"), 2, 8)
    first = ratings.frame.assign(value=ratings.values).query("rater == 'R_1' and item == '2'")
    assert dict(zip(first["dimension"], first["value"], strict=True)) == {"Q2": 3, "Q3": 4}


def test_an_excel_export_reads_as_the_csv(tmp_path):
    rows = [TEXTS, [json.dumps({"ImportId": name}) for name in NAMES], *ROWS]
    pd.DataFrame(rows, columns=NAMES).to_excel(tmp_path / "survey.xlsx", index=False)
    options = {"items": "Q5_*", "scale": (1, 5), "demographics": ["Q7"]}
    one = ps.read_ratings(tmp_path / "survey.xlsx", **options)
    assert one.data_hash == ps.read_ratings(written(tmp_path / "survey.csv"), **options).data_hash


def test_header_rows_without_people_are_said(tmp_path):
    check = ps.check(written(tmp_path / "survey.csv", []), items="Q5_*")
    assert check.problems == ("The Qualtrics export has its header rows and no responses.",)
    check = ps.check(written(tmp_path / "survey.csv", ROWS[2:3]), items="Q5_*")
    assert check.problems == ("No response is left of 1 row; left out: 1 previews.",)
    check = ps.check(written(tmp_path / "survey.csv", ROWS[4:]), items="Q5_*")
    assert check.problems[0].endswith('1 unfinished. Pass unfinished="keep" to use responses that were not sent.')
