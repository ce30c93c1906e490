"""A file that has item, rater and rating by these names is read so, whatever a tool has left beside them."""

import pandas as pd
import pytest

import pluralstats as ps

OURS = pd.DataFrame(
    {
        "item": ["a", "b", "a", "b"],
        "rater": ["r1", "r1", "r2", "r2"],
        "rating": ["1", "2", "3", "4"],
        "gender": ["f", "f", "m", "m"],
    }
)
LEFT_BY_TOOLS = {
    "google_forms": {"Timestamp": "2026/01/01", "age [years]": "30", "time [s]": "4"},
    "redcap": {"record_id": "1", "race___1": "1"},
    "limesurvey": {"submitdate": "N/A", "lastpage": "1", "startlanguage": "en"},
    "mturk": {"HITId": "h", "WorkerId": "w", "Answer.text": "1"},
    "lewidi": {"annotations": "1,2", "annotators": "x,y"},
    "label-studio": {
        "id": "5",
        "annotator": "an",
        "mood": '[{"rating": 4}]',
        "lead_time": "1",
        "annotation_id": "3",
        "created_at": "x",
        "updated_at": "y",
    },
    "prodigy": {"text": "t", "accept": "[1]", "answer": "accept", "_input_hash": 1, "_task_hash": 2},
    "argilla": {"tone.responses": "1", "tone.responses.users": "2"},
}


@pytest.mark.parametrize("first", [True, False], ids=["before ours", "after ours"])
@pytest.mark.parametrize("file", ["r.csv", "r.jsonl"])
@pytest.mark.parametrize("tool", LEFT_BY_TOOLS)
def test_columns_of_a_tool_do_not_take_a_plain_file_over(tool, file, first, tmp_path):
    table = OURS.assign(**LEFT_BY_TOOLS[tool])
    table = table[[*LEFT_BY_TOOLS[tool], *OURS.columns]] if first else table
    path = tmp_path / file
    table.to_csv(path, index=False) if file == "r.csv" else table.to_json(path, orient="records", lines=True)
    ratings = ps.read_ratings(path, scale=(1, 5), demographics=["gender"])
    columns = ["item", "rater", "gender"]
    assert ratings.frame[columns].astype(str).values.tolist() == OURS[columns].values.tolist()
    assert ratings.values.tolist() == [1, 2, 3, 4]
    assert ps.check(path, scale=(1, 5)).shape == "long"


def test_check_says_that_a_tools_columns_were_seen(tmp_path):
    OURS.assign(**LEFT_BY_TOOLS["mturk"]).to_csv(tmp_path / "r.csv", index=False)
    guesses = ps.check(tmp_path / "r.csv", scale=(1, 5)).guesses
    assert guesses[0] == (
        "The columns item, rater and rating are used as they stand; the file has columns as a batch of Mechanical Turk "
        'too. To read it so, pass format="mturk".'
    )
    options = {"columns": {"text": "rating"}, "duplicates": "first"}
    assert ps.read_ratings(tmp_path / "r.csv", format="mturk", scale=(1, 5), **options).raters["rater"].tolist() == [
        "w"
    ]
