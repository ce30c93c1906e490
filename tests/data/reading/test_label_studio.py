"""Label Studio's three exports of one project, in the layouts of label-studio-sdk 2.1.2, give the same ratings."""

import csv
import io
import json

import pytest
from strange import outcomes

import pluralstats as ps

PEOPLE = {"anna": {"id": 1, "email": "anna@x.org"}, "ben": {"id": 2, "email": "ben@x.org"}}
TEXTS = {10: 'first "quoted", text', 11: "second\nline", 12: "third"}
GIVEN = [(10, "anna", 4), (10, "ben", 2), (11, "anna", 5), (11, "ben", 1), (12, "anna", 3)]


def annotation(number, who, results, **fields):
    return {
        "id": number,
        "completed_by": PEOPLE[who],
        "result": results,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": f"2026-01-01T00:00:{number:02}Z",
        "lead_time": 3.5,
        **fields,
    }


def rated(points, name="toxicity"):
    return {"id": "a1", "from_name": name, "to_name": "txt", "type": "rating", "value": {"rating": points}}


def chosen(name, *choices):
    return {"id": "a2", "from_name": name, "to_name": "txt", "type": "choices", "value": {"choices": list(choices)}}


def written(text):
    return {"id": "a3", "from_name": "why", "to_name": "txt", "type": "textarea", "value": {"text": [text]}}


def tasks(**more):
    """Tasks as the JSON export has them; ``more`` are further results of every annotation."""
    of_task = {item: [] for item in TEXTS}
    for number, (item, who, points) in enumerate(GIVEN, start=1):
        of_task[item].append(annotation(number, who, [rated(points), *more.get("results", [])]))
    return [
        {
            "id": item,
            "data": {"text": text, "question": "why?"},
            "annotations": of_task[item],
            "predictions": [],
            "drafts": [],
        }
        for item, text in TEXTS.items()
    ]


def json_min():
    return [
        {
            "text": TEXTS[item],
            "question": "why?",
            "id": item,
            "toxicity": [{"rating": points}],
            "annotator": PEOPLE[who]["email"],
            "annotation_id": number,
            "created_at": "2026-01-01",
            "updated_at": "2026-01-01",
            "lead_time": 3.5,
        }
        for number, (item, who, points) in enumerate(GIVEN, start=1)
    ]


def as_csv(rows, separator=","):
    file = io.StringIO()
    names = sorted({name for row in rows for name in row})
    writer = csv.DictWriter(file, names, quoting=csv.QUOTE_NONNUMERIC, delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows({n: json.dumps(c) if isinstance(c, list | dict) else c for n, c in row.items()} for row in rows)
    return file.getvalue()


def written_to(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


EXPORTS = {
    "tasks.json": tasks(),
    "lines.jsonl": "\n".join(json.dumps(task) for task in tasks()),
    "min.json": json_min(),
    "project.csv": as_csv(json_min()),
    "tabs.csv": as_csv(json_min(), "\t"),
}


@pytest.mark.parametrize("file", EXPORTS)
def test_every_export_of_a_project_gives_the_same_ratings(file, tmp_path):
    ratings = ps.read_ratings(written_to(tmp_path / file, EXPORTS[file]), scale=(1, 5))
    found = sorted(zip(ratings.frame["item"], ratings.frame["rater"], ratings.values, strict=True))
    assert found == [(str(item), PEOPLE[who]["email"], points) for item, who, points in sorted(GIVEN)]
    assert ratings.dimensions == ()


def test_cancelled_annotations_drafts_and_predictions_are_counted_and_no_ratings(tmp_path):
    given = tasks()
    given[2]["annotations"].append(annotation(9, "ben", [rated(1)], was_cancelled=True))
    given[2]["annotations"].append(annotation(10, "ben", []))
    given[0]["predictions"] = [{"result": [rated(1)], "model_version": "m"}]
    given[1]["drafts"] = [{"result": [rated(1)]}, {"result": []}]
    ratings = ps.read_ratings(written_to(tmp_path / "t.json", given), scale=(1, 5))
    assert ratings.n_ratings == len(GIVEN)
    read = ratings.policies.query("step == 'read'").set_index("detail")
    assert read.loc["cancelled annotation", ["policy", "n_rows", "n_raters"]].tolist() == ["drop", 1, 1]
    assert read.loc["no answer", "n_rows"] == 1
    not_used = [detail for detail in read.index if detail.startswith("Not used, as it is no annotation: ")]
    assert [detail.split(": ")[1] for detail in not_used] == ["1 prediction.", "2 drafts."]
    guesses = ps.check(tmp_path / "t.json").guesses
    assert "Left out on reading: cancelled annotation (1), no answer (1)." in guesses


def test_several_rating_questions_are_dimensions_and_free_text_is_named_as_left_out(tmp_path):
    given = tasks(results=[rated(2, "harm"), written("so it is")])
    ratings = ps.read_ratings(written_to(tmp_path / "t.json", given), scale=(1, 5))
    assert ratings.dimensions == ("toxicity", "harm")
    assert ratings.n_ratings == 2 * len(GIVEN)
    left_out = ratings.policies.query("column == 'why'")
    assert left_out[["policy", "n_rows", "detail"]].values.tolist() == [["drop", len(GIVEN), "free text"]]


def test_questions_that_cannot_share_a_scale_are_one_sentence_and_one_can_be_named(tmp_path):
    path = written_to(tmp_path / "t.json", tasks(results=[chosen("tone", "harsh")]))
    with pytest.raises(ps.DataError, match=r"numbers: toxicity; words: tone.*dimensions=\['toxicity'\]\.$"):
        ps.read_ratings(path, scale=(1, 5))
    assert ps.check(path).problems[0].endswith("dimensions=['toxicity'].")
    assert ps.read_ratings(path, dimensions=["toxicity"], scale=(1, 5)).n_ratings == len(GIVEN)
    tone = ps.read_ratings(path, columns={"tone": "rating"}, scale=["kind", "harsh"])
    assert tone.values.tolist() == [2] * len(GIVEN)
    assert tone.policies.query("column == 'toxicity'")["detail"].tolist() == ["not among the questions asked for"]
    with pytest.raises(ps.DataError, match=r"No answers to 'tune'.*Did you mean 'tone'"):
        ps.read_ratings(path, dimensions=["tune"])


def test_several_choices_in_one_answer_are_a_dimension_a_choice(tmp_path):
    given = tasks()
    for task in given:
        for one in task["annotations"]:
            one["result"] = [chosen("topics", *(["work", "home"] if one["completed_by"]["id"] == 1 else ["home"]))]
    ratings = ps.read_ratings(written_to(tmp_path / "t.json", given))
    anna = ratings.frame["rater"] == "anna@x.org"
    assert ratings.dimensions == ("topics: home", "topics: work")
    assert ratings.values[ratings.frame["dimension"] == "topics: home"].tolist() == [1] * 5
    assert (ratings.values[ratings.frame["dimension"] == "topics: work"] == anna[:5]).all()
    assert "each choice is a dimension" in ratings.policies["detail"].str.cat()


def test_a_column_of_the_task_can_be_the_item_and_words_of_ours_in_it_keep_apart(tmp_path):
    path = written_to(tmp_path / "p.csv", as_csv(json_min()))
    ratings = ps.read_ratings(path, columns={"text": "item", "annotator": "rater"}, scale=(1, 5))
    assert list(ratings.items["item"]) == ['first "quoted", text', "second\nline", "third"]
    with pytest.raises(ps.DataError, match="`columns` renames 'txt', but the data have no such column"):
        ps.read_ratings(path, columns={"txt": "item"}, scale=(1, 5))
    assert "question" not in ratings.frame  # the task's "question" is no question of ours
    assert ps.read_ratings(path, columns={"data.question": "question"}, scale=(1, 5)).frame["question"].nunique() == 1


def test_cells_that_hold_results_are_read_without_the_other_columns_of_the_tool(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text('id,text,annotator,rating\n10,a,1,"[{""rating"": 4}]"\n10,a,2,"[{""rating"": 2}]"\n')
    ratings = ps.read_ratings(path, columns={"id": "item", "annotator": "rater"}, scale=(1, 5))
    assert ratings.values.tolist() == [4, 2]


def test_plain_cells_are_answers_where_they_differ_within_a_task(tmp_path):
    rows = [row | {"toxicity": str(row["toxicity"][0]["rating"])} for row in json_min()]
    ratings = ps.read_ratings(written_to(tmp_path / "p.csv", as_csv(rows)), scale=(1, 5))
    assert ratings.n_ratings == len(GIVEN)
    assert "Columns taken for answers: toxicity; for what the task says: question, text." in set(
        ratings.policies["detail"]
    )
    alone = written_to(tmp_path / "one.csv", as_csv([rows[0], rows[2], rows[4]]))
    with pytest.raises(ps.DataError, match="No column differs between the annotations of one task"):
        ps.read_ratings(alone, scale=(1, 5))
    assert ps.read_ratings(alone, dimensions=["toxicity"], scale=(1, 5)).n_ratings == 3


def test_answers_about_parts_of_an_item_are_left_out_by_name(tmp_path):
    region = {"id": "r", "from_name": "words", "type": "labels", "value": {"start": 0, "end": 3, "labels": ["W"]}}
    ratings = ps.read_ratings(written_to(tmp_path / "t.json", tasks(results=[region])), scale=(1, 5))
    left_out = ratings.policies.query("column == 'words'")["detail"].tolist()
    assert (ratings.n_ratings, left_out) == (len(GIVEN), ["neither numbers nor choices"])


def test_an_export_without_any_rating_is_one_sentence_with_the_counts(tmp_path):
    given = tasks()
    for task in given:
        task["annotations"] = [one | {"was_cancelled": True} for one in task["annotations"]]
    with pytest.raises(ps.DataError, match=r"has no answer that is a rating; found: cancelled annotation \(5\)\."):
        ps.read_ratings(written_to(tmp_path / "t.json", given), scale=(1, 5))


def test_what_cloud_storage_gets_is_read_too(tmp_path):
    lines = [
        {**one, "task": {"id": task["id"], "data": task["data"]}} for task in tasks() for one in task["annotations"]
    ]
    path = written_to(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert ps.read_ratings(path, scale=(1, 5)).n_ratings == len(GIVEN)


def test_a_list_of_flat_records_is_no_export_of_the_tool(tmp_path):
    path = written_to(
        tmp_path / "r.json", [{"id": 1, "annotator": 2, "rating": 3}, {"id": 1, "annotator": 3, "rating": 1}]
    )
    ratings = ps.read_ratings(path, columns={"id": "item", "annotator": "rater"}, scale=(1, 5))
    assert ratings.policies.query("step == 'read'").empty


@pytest.mark.parametrize("content", [tasks(results=[rated(2, "harm")]), json_min()], ids=["tasks", "rows"])
def test_a_strange_part_is_a_sentence_or_no_obstacle(content, tmp_path):
    assert ps.Ratings in outcomes(content, "label-studio", tmp_path / "r.json")


def test_rows_are_numbered_as_in_the_file_where_blank_rows_are_left_out(tmp_path):
    header, *rows = as_csv([row | {"toxicity": [{"rating": 9}]} for row in json_min() if row["id"] != 11]).splitlines()
    blank = "," * header.count(",")
    path = written_to(tmp_path / "p.csv", "\n".join([header, blank, *rows]) + "\n")
    with pytest.raises(ps.DataError, match=r"outside the scale 1-5: 9 \(rows 2, 3, 4\)"):
        ps.read_ratings(path, scale=(1, 5))
