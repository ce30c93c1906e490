"""Google Forms, LimeSurvey and REDCap, each in its own layout."""

import pandas as pd
import pytest

import pluralstats as ps

FORM = (
    "Timestamp,Your name,How rude? [text 1],How rude? [text 2],How funny? [text 1],How funny? [text 2]\n"
    "2026/01/01 10:00:00 am GMT,Ana,1,4,2,3\n"
    "2026/01/01 10:05:00 am GMT,Ben,2,,5,4\n"
)


@pytest.fixture
def form(tmp_path):
    (tmp_path / "form.csv").write_text(FORM)
    return tmp_path / "form.csv"


def test_rows_of_a_grid_are_items_and_its_questions_dimensions(form):
    columns = {"Your name": "rater"}
    ratings = ps.read_ratings(form, items="{dimension} [{item}]", columns=columns, scale=(1, 5))
    assert ratings.dimensions == ("How rude?", "How funny?")
    assert ratings.items["item"].tolist() == ["text 1", "text 2"]
    assert (ratings.n_ratings, ratings.raters["rater"].tolist()) == (7, ["Ana", "Ben"])


def test_one_grid_is_read_by_its_question(form):
    ratings = ps.read_ratings(form, items="How rude? [{item}]", columns={"Your name": "rater"}, scale=(1, 5))
    assert (ratings.dimensions, ratings.n_ratings) == ((), 3)


def test_a_form_without_a_name_has_its_rows_as_raters_and_says_so(form):
    ratings = ps.read_ratings(form, items="How rude? [*]", scale=(1, 5))
    assert ratings.raters["rater"].tolist() == ["row 1", "row 2"]
    assert ratings.policies.query("step == 'rater'")["policy"].tolist() == ["row number"]
    check = ps.check(form, items="How rude? [*]", scale=(1, 5))
    assert check.guesses[0] == "Read as answers of a Google form."
    assert check.guesses[1].startswith("No column names the raters: each row is a rater of its own")


def test_a_form_without_items_proposes_them(form):
    (problem,) = ps.check(form).problems
    assert 'items="{dimension} [{item}]", columns={"Your name": "rater"}' in problem


LIME = {
    "code": ["id", "submitdate", "lastpage", "startlanguage", "seed", "G01Q01[SQ001]", "G01Q01[SQ002]", "G02Q01"],
    "text": [
        *("Response ID", "Date submitted", "Last page", "Start language", "Seed"),
        *("How rude? [Text 1]", "How rude? [Text 2]", "What is your gender?"),
    ],
}
LIME["both"] = [f"{code}. {text}" for code, text in zip(LIME["code"], LIME["text"], strict=True)]
LIME_ROWS = [
    ["7", "2026-05-01 10:00:00", "2", "en", "11", "AO1", "AO3", "Female"],
    ["9", "2026-05-01 11:00:00", "2", "en", "12", "AO2", "N/A", "Male"],
    ["10", "", "1", "en", "13", "AO2", "", ""],
]
ANSWERS = ["AO1", "AO2", "AO3"]


def lime(path, heading, rows=LIME_ROWS):
    pd.DataFrame(rows, columns=LIME[heading]).to_csv(path, index=False, quoting=1)
    return path


@pytest.mark.parametrize(
    ("heading", "items", "names"),
    [
        ("code", "G01Q01[*]", ["G01Q01[SQ001]", "G01Q01[SQ002]"]),
        ("code", "G01Q01[{item}]", ["SQ001", "SQ002"]),
        ("code", ["G01Q01[SQ001]", "G01Q01[SQ002]"], ["G01Q01[SQ001]", "G01Q01[SQ002]"]),
        ("text", "How rude? [{item}]", ["Text 1", "Text 2"]),
        ("both", "G01Q01[{item}]", ["SQ001", "SQ002"]),
        ("both", "G01Q01*", ["G01Q01[SQ001]", "G01Q01[SQ002]"]),
    ],
)
def test_limesurvey_reads_alike_with_every_heading(heading, items, names, tmp_path):
    ratings = ps.read_ratings(lime(tmp_path / "lime.csv", heading), items=items, scale=ANSWERS)
    assert ratings.items["item"].tolist() == names
    assert ratings.raters["rater"].tolist() == ["7", "9"]
    assert ratings.values.tolist() == [1, 2, 3]


def test_limesurvey_responses_that_were_not_sent_and_questions_not_shown_are_counted(tmp_path):
    ratings = ps.read_ratings(lime(tmp_path / "lime.csv", "code"), items="G01Q01[*]", scale=ANSWERS)
    steps = ratings.policies.set_index("step")
    assert steps.loc["unfinished", ["policy", "n_rows", "n_raters"]].tolist() == ["drop", 1, 1]
    assert steps.loc["not_shown", ["policy", "n_rows", "detail"]].tolist() == ["missing", 1, "N/A"]
    assert steps.loc["missing_ratings", "n_rows"] == 1


def test_limesurvey_demographics_are_called_by_heading_or_code(tmp_path):
    path = lime(tmp_path / "lime.csv", "both")
    by_code = ps.read_ratings(
        path, items="G01Q01*", scale=ANSWERS, columns={"G02Q01": "gender"}, demographics=["gender"]
    )
    heading = {"G02Q01. What is your gender?": "gender"}
    by_text = ps.read_ratings(path, items="G01Q01*", scale=ANSWERS, columns=heading, demographics=["gender"])
    assert by_code.data_hash == by_text.data_hash
    assert by_code.frame["gender"].tolist().count("Female") == 2


def test_limesurvey_texts(tmp_path):
    texts = ps.read_item_texts(lime(tmp_path / "lime.csv", "both"), items="G01Q01*")
    assert texts.values.tolist() == [
        ["G01Q01[SQ001]", "How rude?", "Text 1"],
        ["G01Q01[SQ002]", "How rude?", "Text 2"],
    ]


RED = (
    "record_id,redcap_survey_identifier,ratings_timestamp,q1_1,q1_2,race___1,race___2,race___3,ratings_complete\n"
    "1,,2026-05-01 10:00:00,1,5,1,0,1,2\n"
    "2,,2026-05-01 11:00:00,2,3,0,1,0,2\n"
    "3,,2026-05-01 11:30:00,4,4,0,0,0,2\n"
    "4,,[not completed],5,,1,0,0,0\n"
)


def test_redcap_checkboxes_are_one_demographic_with_several_answers(tmp_path):
    (tmp_path / "red.csv").write_text(RED)
    options = {"items": "q1_*", "scale": (1, 5), "demographics": ["race"], "undisclosed": "level"}
    ratings = ps.read_ratings(tmp_path / "red.csv", **options, multi_select={"race": "multiracial"})
    assert ratings.raters.set_index("rater")["race"].astype(str).to_dict() == {
        "1": "multiracial",
        "2": "2",
        "3": "undisclosed",
    }
    steps = ratings.policies.set_index("step")
    assert steps.loc["checkboxes", ["column", "n_rows", "detail"]].tolist() == ["race", 1, "3 columns, 1, 2, 3"]
    assert steps.loc["unfinished", ["policy", "n_rows", "n_raters"]].tolist() == ["drop", 1, 1]


def test_redcap_labels_of_checkboxes_are_ticks_too(tmp_path):
    labels = "record_id,q1_1,q1_2,race___1,race___2,form_complete\n1,1,5,Checked,Unchecked,Complete\n"
    (tmp_path / "red.csv").write_text(labels)
    ratings = ps.read_ratings(tmp_path / "red.csv", items="q1_*", scale=(1, 5), demographics=["race"])
    assert ratings.raters["race"].tolist() == ["1"]


def test_redcap_facts_of_the_baseline_hold_in_every_event_and_events_are_waves(tmp_path):
    (tmp_path / "red.csv").write_text(
        "record_id,redcap_event_name,gender,q1_1,q1_2,ratings_complete\n"
        "1,baseline_arm_1,woman,,,\n1,week_1_arm_1,,1,2,2\n1,week_2_arm_1,,2,3,2\n"
        "2,baseline_arm_1,man,,,\n2,week_1_arm_1,,4,5,2\n2,week_2_arm_1,,5,5,2\n"
    )
    ratings = ps.read_ratings(tmp_path / "red.csv", items="q1_*", scale=(1, 5), demographics=["gender"])
    assert (ratings.n_ratings, ratings.n_raters) == (8, 2)
    assert ratings.frame["wave"].cat.categories.tolist() == ["week_1_arm_1", "week_2_arm_1"]
    assert ratings.raters["gender"].tolist() == ["woman", "man"]
    steps = ratings.policies.set_index("step")
    assert steps.loc["events", "detail"] == "gender (4)"
    assert steps.loc["rows_without_ratings", "n_rows"] == 2


def test_redcap_repeated_instruments_may_be_a_row_a_rating(tmp_path):
    (tmp_path / "red.csv").write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,gender,text_id,score\n"
        "1,,,woman,,\n1,rating,1,,t1,4\n1,rating,2,,t2,5\n2,,,man,,\n2,rating,1,,t1,2\n"
    )
    columns = {"text_id": "item", "score": "rating"}
    ratings = ps.read_ratings(tmp_path / "red.csv", columns=columns, scale=(1, 5), demographics=["gender"])
    assert ratings.values.tolist() == [4, 5, 2]
    assert ratings.frame["gender"].tolist() == ["woman", "woman", "man"]
