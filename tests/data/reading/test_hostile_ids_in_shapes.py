"""Ids that programs like to read as something else come through every shape as they are, with their ratings."""

import json

import pandas as pd
import pytest

import pluralstats as ps

ITEMS = (
    *("1.1", "1.10", "007", "7", "None", "N/A", "123456789012345678901", "123456789012345678902", "2024-01-02"),
    *("TRUE", "=1+1", "1,5", "a;b", "é", "inf", "1E1", "10", "0.10"),
)
RATERS = ("7", "07", "None", "no", "1e5", "100000", "Anna")
TRUTH = {(item, rater): 1 + (3 * i + 2 * j) % 5 for i, item in enumerate(ITEMS) for j, rater in enumerate(RATERS)}


def _by_item(record):
    return json.dumps([record(item) for item in ITEMS])


def _label_studio():
    def task(item):
        def annotation(rater):
            value = {"from_name": "tone", "type": "rating", "value": {"rating": TRUTH[item, rater]}}
            return {"completed_by": rater, "was_cancelled": False, "result": [value]}

        return {"id": item, "data": {"text": item}, "annotations": [annotation(rater) for rater in RATERS]}

    return "r.json", _by_item(task), {}


def _argilla():
    def record(item):
        given = [{"user_id": rater, "value": TRUTH[item, rater], "status": "submitted"} for rater in RATERS]
        return {"id": item, "fields": {"text": item}, "metadata": {}, "responses": {"tone": given}}

    return "r.json", _by_item(record), {}


def _prodigy():
    lines = [
        {"item_id": item, "options": [{"id": answer} for answer in range(1, 6)], "accept": [rating], "answer": "accept"}
        | {"_input_hash": i, "_task_hash": i, "_annotator_id": rater}
        for i, ((item, rater), rating) in enumerate(TRUTH.items())
    ]
    return "r.jsonl", "\n".join(map(json.dumps, lines)), {"columns": {"item_id": "item"}}


def _lewidi():
    records = {
        item: {
            "text": item,
            "annotators": ",".join(RATERS),
            "annotations": {name: TRUTH[item, name] for name in RATERS},
        }
        for item in ITEMS
    }
    return "r.json", json.dumps(records), {}


def _mturk():
    rows = [
        {"HITId": item, "WorkerId": rater, "AssignmentStatus": "Approved", "Answer.tone": rating}
        for (item, rater), rating in TRUTH.items()
    ]
    return "r.csv", pd.DataFrame(rows).to_csv(index=False), {}


def _potato():
    rows = [
        {"user": rater, "instance_id": item}
        | {f"tone:::{answer}": answer if answer == rating else None for answer in range(1, 6)}
        for (item, rater), rating in TRUTH.items()
    ]
    return "r.csv", pd.DataFrame(rows).to_csv(index=False), {}


def _limesurvey():
    rows = [
        {"id": i, "submitdate": "2026", "lastpage": 1, "startlanguage": "en", "token": rater}
        | {f"G01Q01[{item}]": TRUTH[item, rater] for item in ITEMS}
        for i, rater in enumerate(RATERS)
    ]
    options = {"items": "G01Q01[{item}]", "columns": {"token": "rater"}}
    return "r.csv", pd.DataFrame(rows).to_csv(index=False), options


def _google_form():
    rows = [
        {"Timestamp": "2026", "Your name": rater, **{f"How rude? [{item}]": TRUTH[item, rater] for item in ITEMS}}
        for rater in RATERS
    ]
    options = {"items": "How rude? [{item}]", "columns": {"Your name": "rater"}}
    return "r.csv", pd.DataFrame(rows).to_csv(index=False), options


def _matrix():
    rows = [{"item": item, **{f"by {rater}": TRUTH[item, rater] for rater in RATERS}} for item in ITEMS]
    return "r.csv", pd.DataFrame(rows).to_csv(index=False), {"raters": "by {rater}"}


def _lists():
    rows = [
        {"item": item, "rater": "|".join(RATERS), "rating": "|".join(str(TRUTH[item, rater]) for rater in RATERS)}
        for item in ITEMS
    ]
    return "r.csv", pd.DataFrame(rows).to_csv(index=False), {}


SHAPES = (
    *(_label_studio, _argilla, _prodigy, _lewidi, _mturk, _potato),
    *(_limesurvey, _google_form, _matrix, _lists),
)


@pytest.mark.parametrize("made", SHAPES, ids=lambda made: made.__name__.strip("_"))
def test_hostile_ids_keep_their_ratings(made, tmp_path):
    name, text, options = made()
    (tmp_path / name).write_text(text)
    ratings = ps.read_ratings(tmp_path / name, scale=(1, 5), **options)
    ids = zip(ratings.frame["item"], ratings.frame["rater"], strict=True)
    assert ratings.n_ratings == len(TRUTH)
    assert dict(zip(ids, ratings.values.tolist(), strict=True)) == TRUTH
    whole = ps.check(tmp_path / name, scale=(1, 5), **options).summary.query("column == 'all'")
    assert whole["n_ratings"].tolist() == [len(TRUTH)]
