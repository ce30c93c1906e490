"""Argilla's exports, in the layouts of argilla 2.8.0 and of the servers of version 1, give the same ratings."""

import json

import pandas as pd
import pytest
from strange import outcomes

import pluralstats as ps

ANN, BEN = "25a3bdb7-d339-4d23-91c5-f6ce8a62cbf8", "d0edc7a6-0ac4-45dd-afa2-1d15f20a840b"
GIVEN = [  # record, user, answer, status
    ("r1", ANN, 4, "submitted"),
    ("r1", BEN, 2, "submitted"),
    ("r2", ANN, 5, "submitted"),
    ("r2", BEN, 1, "discarded"),
    ("r3", ANN, 3, "draft"),
    ("r3", BEN, 3, "submitted"),
]
COUNTED = sorted((item, user, value) for item, user, value, status in GIVEN if status == "submitted")


def responses(item):
    return [(user, value, status) for record, user, value, status in GIVEN if record == item]


def flat(item):
    """As ``records.to_list(flatten=True)`` and ``to_datasets`` write a record."""
    users, values, status = map(list, zip(*responses(item), strict=True))
    return {
        "id": item,
        "status": "completed",
        "_server_id": None,
        "text": f"text of {item}",
        "source": "web",
        "tone.responses": values,
        "tone.responses.users": users,
        "tone.responses.status": status,
        "tone.suggestion": 3,
        "tone.suggestion.agent": "model",
    }


def server(item):
    """As the server and version 1 write a record."""
    given = [
        {"values": {"tone": {"value": value}}, "user_id": user, "status": status}
        for user, value, status in responses(item)
    ]
    return {"id": item, "fields": {"text": f"text of {item}"}, "metadata": {"source": "web"}, "responses": given}


def lists(item):
    """As version 1 put a record on the hub."""
    given = [{"user_id": user, "value": value, "status": status} for user, value, status in responses(item)]
    return {"external_id": item, "text": f"text of {item}", "tone": given, "tone-suggestion": 3}


def nested(item, *, status=False):
    """As ``records.to_json`` writes a record, without the status of its responses."""
    given = [
        {"value": value, "user_id": user} | ({"status": s} if status else {}) for user, value, s in responses(item)
    ]
    return {
        "id": item,
        "fields": {"text": f"text of {item}"},
        "metadata": {"source": "web"},
        "suggestions": {},
        "responses": {"tone": given},
        "vectors": {},
        "status": "completed",
        "_server_id": None,
    }


ITEMS = ("r1", "r2", "r3")
EXPORTS = {
    "flat.json": [flat(item) for item in ITEMS],
    "columns.json": {name: [flat(item)[name] for item in ITEMS] for name in flat("r1")},
    "server.json": {"items": [server(item) for item in ITEMS], "total": 3},
    "lists.json": [lists(item) for item in ITEMS],
    "nested.json": [nested(item, status=True) for item in ITEMS],
}


def written_to(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def found(ratings):
    return sorted(zip(ratings.frame["item"], ratings.frame["rater"], ratings.values, strict=True))


@pytest.mark.parametrize("file", EXPORTS)
def test_every_export_gives_the_submitted_answers_and_counts_the_others(file, tmp_path):
    ratings = ps.read_ratings(written_to(tmp_path / file, EXPORTS[file]), scale=(1, 5))
    assert found(ratings) == COUNTED
    out = ratings.policies.query("step == 'read' and policy == 'drop'").set_index("detail")["n_rows"]
    assert out.to_dict() == {"discarded response": 1, "draft response": 1}


def test_list_cells_of_parquet_are_read_like_those_of_json(tmp_path):
    pd.DataFrame([flat(item) for item in ITEMS]).to_parquet(tmp_path / "r.parquet")
    assert found(ps.read_ratings(tmp_path / "r.parquet", scale=(1, 5))) == COUNTED


def test_an_export_that_drops_the_status_says_so(tmp_path):
    path = written_to(tmp_path / "r.json", [nested(item) for item in ITEMS])
    ratings = ps.read_ratings(path, scale=(1, 5))
    assert ratings.n_ratings == len(GIVEN)
    (note,) = ratings.policies.query("policy == 'note'")["detail"]
    assert "does not say which answers were submitted" in note


def settings(folder, *questions):
    (folder / ".argilla").mkdir()
    written_to(folder / ".argilla" / "settings.json", {"questions": list(questions), "fields": []})


TONE = {"name": "tone", "title": "Tone", "settings": {"type": "rating", "options": [{"value": n} for n in range(8)]}}


def test_a_folder_tells_the_scale_and_the_kinds_of_its_questions(tmp_path):
    records = [nested(item, status=True) for item in ITEMS]
    for record in records:
        given = [response for response in record["responses"]["tone"] if response["status"] == "submitted"]
        record["responses"]["why"] = [{**response, "value": "so"} for response in given]
    written_to(tmp_path / "records.json", records)
    settings(tmp_path, TONE, {"name": "why", "settings": {"type": "text"}})
    for path in (tmp_path, tmp_path / "records.json"):
        ratings = ps.read_ratings(path)
        assert ratings.scale.values == tuple(range(8))
        assert found(ratings) == COUNTED
        assert ratings.policies.query("column == 'why'")["detail"].tolist() == ["free text"]


def test_a_question_with_several_choices_has_a_dimension_for_each_that_was_possible(tmp_path):
    records = [
        {**nested(item), "responses": {"topics": [{"value": ["a"], "user_id": ANN, "status": "submitted"}]}}
        for item in ITEMS
    ]
    options = [{"value": name, "text": name} for name in ("a", "b")]
    written_to(tmp_path / "records.json", records)
    settings(tmp_path, {"name": "topics", "settings": {"type": "multi_label_selection", "options": options}})
    ratings = ps.read_ratings(tmp_path)
    assert ratings.dimensions == ("topics: a", "topics: b")
    assert ratings.values.tolist() == [1, 1, 1, 0, 0, 0]


def test_lists_of_unequal_length_are_one_sentence(tmp_path):
    broken = [flat(item) for item in ITEMS]
    broken[1]["tone.responses.users"] = [ANN]
    with pytest.raises(ps.DataError, match="'tone' has 2 responses of 1 users with 2 statuses in one record"):
        ps.read_ratings(written_to(tmp_path / "r.json", broken), scale=(1, 5))


def test_broken_settings_are_one_sentence(tmp_path):
    written_to(tmp_path / "records.json", [nested("r1")])
    settings(tmp_path, {"title": "no name"})
    with pytest.raises(ps.DataError, match="is no settings file of Argilla"):
        ps.read_ratings(tmp_path)


@pytest.mark.parametrize("file", EXPORTS)
def test_a_strange_part_is_a_sentence_or_no_obstacle(file, tmp_path):
    assert ps.Ratings in outcomes(EXPORTS[file], "argilla", tmp_path / file)
