"""Prodigy, doccano, Potato and Mechanical Turk: layouts from the tools' documentation, with made-up values."""

import json

import pytest
from strange import outcomes

import pluralstats as ps
from pluralstats.data.reading.arguments import wanted
from pluralstats.data.reading.from_file import opened, source_of

GIVEN = [("t1", "ann", 4), ("t1", "ben", 2), ("t2", "ann", 5), ("t2", "ben", 1)]


def found(ratings):
    return sorted(zip(ratings.frame["item"], ratings.frame["rater"], ratings.values, strict=True))


def lines(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def counts(ratings):
    out = ratings.policies.query("step == 'read' and policy == 'drop'")
    return dict(zip(out["detail"], out["n_rows"], strict=True))


# Prodigy: https://prodi.gy/docs/api-interfaces, "_annotator_id" since version 1.12


def prodigy(text, who, **fields):
    return {
        "text": text,
        "_input_hash": hash_of(text),
        "_task_hash": hash_of(text) + 1,
        "_session_id": f"set-{who}",
        "_annotator_id": f"set-{who}",
        "_view_id": "choice",
        "answer": "accept",
        **fields,
    }


def hash_of(text):
    return sum(map(ord, text))


OPTIONS = [{"id": str(n), "text": f"{n} points"} for n in range(1, 6)]


def test_choices_of_prodigy_are_ratings_on_the_scale_of_its_options(tmp_path):
    records = [prodigy(text, who, options=OPTIONS, accept=[str(points)]) for text, who, points in GIVEN]
    records += [
        prodigy("t3", "ann", options=OPTIONS, accept=[], answer="ignore"),
        prodigy("t3", "ben", options=OPTIONS, accept=["2"], answer="reject"),
        prodigy("t4", "ben", options=OPTIONS, accept=[]),
    ]
    ratings = ps.read_ratings(lines(tmp_path / "p.jsonl", records))
    assert found(ratings) == sorted((str(hash_of(text)), f"set-{who}", n) for text, who, n in GIVEN)
    assert ratings.scale.values == (1, 2, 3, 4, 5)
    assert counts(ratings) == {"ignored task": 1, "rejected task": 1, "no answer": 1}


def test_accept_and_reject_of_a_label_are_1_and_0_and_labels_are_dimensions(tmp_path):
    answers = {"ann": "accept", "ben": "reject"}
    records = [
        prodigy(text, who, label=label, answer=answers[who], _view_id="classification")
        for text in ("t1", "t2")
        for who in answers
        for label in ("RUDE", "FUNNY")
    ]
    ratings = ps.read_ratings(lines(tmp_path / "p.jsonl", records))
    assert ratings.dimensions == ("RUDE", "FUNNY")
    assert ratings.values[ratings.frame["rater"] == "set-ann"].tolist() == [1] * 4
    assert ratings.values.sum() == 4
    assert "accept is rated 1 and reject 0." in set(ratings.policies["detail"])


def test_spans_of_prodigy_are_no_ratings(tmp_path):
    records = [prodigy("t1", "ann", _view_id="ner_manual", spans=[{"start": 0, "end": 2, "label": "X"}])]
    with pytest.raises(ps.DataError, match=r"'ner_manual' neither numbers nor choices \(1\)"):
        ps.read_ratings(lines(tmp_path / "p.jsonl", records))


def test_prodigy_without_sessions_does_not_say_who(tmp_path):
    records = [{n: v for n, v in prodigy("t1", "x").items() if n not in ("_annotator_id", "_session_id")}]
    with pytest.raises(ps.DataError, match="does not say who answered"):
        ps.read_ratings(lines(tmp_path / "p.jsonl", records))


# doccano: its data_export pipeline writes <username>.jsonl for each member, zipped


def doccano(text, *labels):
    return {"id": int(text[1:]), "text": text, "label": list(labels), "Comments": []}


def test_a_folder_of_doccano_has_a_rater_a_file(tmp_path):
    for who in ("ann", "ben"):
        records = [doccano(text, str(points)) for text, rater, points in GIVEN if rater == who]
        lines(tmp_path / f"{who}.jsonl", [*records, doccano("t3")])
    lines(tmp_path / "unknown.jsonl", [doccano(text) for text in ("t1", "t2", "t3")])
    ratings = ps.read_ratings(tmp_path, scale=(1, 5))
    assert found(ratings) == sorted((text[1:], who, n) for text, who, n in GIVEN)
    assert counts(ratings) == {"no answer": 2}
    assert ps.read_ratings(tmp_path / "ben.jsonl", scale=(1, 5)).n_ratings == 2


def test_older_doccano_names_the_user_of_each_annotation(tmp_path):
    users = {"ann": 1, "ben": 2}
    records = [
        {
            "id": text,
            "text": text,
            "annotations": [{"label": n, "user": users[who]} for t, who, n in GIVEN if t == text],
        }
        for text in ("t1", "t2")
    ]
    (tmp_path / "d.json").write_text(json.dumps(records))
    ratings = ps.read_ratings(tmp_path / "d.json", scale=(1, 5))
    assert found(ratings) == sorted((text, str(users[who]), n) for text, who, n in GIVEN)


def test_shared_work_in_doccano_does_not_say_who(tmp_path):
    with pytest.raises(ps.DataError, match="does not say who gave the labels"):
        ps.read_ratings(lines(tmp_path / "all.jsonl", [doccano("t1", "2")]), scale=(1, 5))


def test_several_labels_of_doccano_are_a_dimension_a_label(tmp_path):
    records = [doccano("t1", "rude", "funny"), doccano("t2", "rude")]
    ratings = ps.read_ratings(lines(tmp_path / "ann.jsonl", records))
    assert ratings.dimensions == ("label: funny", "label: rude")
    assert ratings.values.tolist() == [1, 0, 1, 1]


# Potato: user_state.json of version 2, annotated_instances of version 1


def state(who, *, pairs):
    given = {text: n for text, rater, n in GIVEN if rater == who}
    labels = {
        text: [[{"schema": "tone", "name": f"scale_{n}"}, str(n)]] if pairs else {"tone": {f"scale_{n}": str(n)}}
        for text, n in given.items()
    }
    pages = {"prestudy": {"about-you": [[{"schema": "gender", "name": "female"}, "1"]]}}
    return {
        "user_id": who,
        "instance_id_ordering": list(given),
        "instance_id_to_label_to_value": labels,
        "instance_id_to_span_to_value": {},
        "phase_to_page_to_label_to_value": pages,
    }


@pytest.mark.parametrize("pairs", [True, False])
def test_states_of_potato_give_ratings_and_survey_pages_describe_raters(pairs, tmp_path):
    for who in ("ann", "ben"):
        path = tmp_path / "out" / who / "user_state.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(state(who, pairs=pairs), indent=2))
    ratings = ps.read_ratings(tmp_path / "out", scale=(1, 5), demographics=["gender"])
    assert found(ratings) == sorted(GIVEN)
    assert ratings.raters["gender"].tolist() == ["female", "female"]
    assert ps.read_ratings(tmp_path / "out" / "ben" / "user_state.json", scale=(1, 5)).n_ratings == 2


def test_lines_of_potato_are_named_for_their_folder(tmp_path):
    for who in ("ann", "ben"):
        records = [
            {"id": text, "displayed_text": text, "label_annotations": {"tone": {"slider": n}}, "span_annotations": {}}
            for text, rater, n in GIVEN
            if rater == who
        ]
        lines(tmp_path / who / "annotated_instances.jsonl", records)
    assert found(ps.read_ratings(tmp_path, scale=(1, 5))) == sorted(GIVEN)
    assert found(ps.read_ratings(tmp_path / "ben" / "annotated_instances.jsonl", scale=(1, 5)))[0][1] == "ben"


WIDE = """user,instance_id,displayed_text,tone:::scale_1,tone:::scale_2,tone:::scale_5,why:::text_box,age:::18-30
ann,surveyflow/age.html,How old,,,,,18-30
ann,t1,"one, two",,2,,so,
ann,t2,three,,,5,,
ben,t1,"one, two",1,,,,
ben,t2,three,,,,,
"""


def test_the_table_of_potato_with_a_column_a_value_gives_one_answer_a_question(tmp_path):
    (tmp_path / "w.csv").write_text(WIDE)
    ratings = ps.read_ratings(tmp_path / "w.csv", scale=(1, 5))
    assert found(ratings) == [("t1", "ann", 2), ("t1", "ben", 1), ("t2", "ann", 5)]
    assert ratings.policies.query("column == 'why'")["detail"].tolist() == ["free text"]
    assert "columns of their rater: age" in ratings.policies["detail"].str.cat()
    assert counts(ratings)["no answer"] > 0


def test_the_table_of_newer_potato_has_a_column_a_label(tmp_path):
    rows = "\n".join(
        f"{text},{who},{','.join(str(n) if n == k else '' for k in range(1, 6))},x" for text, who, n in GIVEN
    )
    labels = ",".join(f"tone.scale_{k}" for k in range(1, 6))
    (tmp_path / "a.csv").write_text(f"instance_id,user_id,{labels},why.text_box\n{rows}\n")
    ratings = ps.read_ratings(tmp_path / "a.csv", scale=(1, 5))
    assert found(ratings) == sorted(GIVEN)
    assert ratings.policies.query("column == 'why'")["detail"].tolist() == ["free text"]
    labels = [{"instance_id": t, "user_id": w, "labels": {"tone": {"scale_": n}}, "spans": {}} for t, w, n in GIVEN]
    assert found(ps.read_ratings(lines(tmp_path / "annotations.jsonl", labels), scale=(1, 5))) == sorted(GIVEN)


def test_a_nought_is_an_answer_of_a_slider_of_potato_and_none_of_a_label(tmp_path):
    record = {"id": "t1", "user": "ann", "label_annotations": {"tone": {"slider": 0}}}
    other = {"id": "t2", "user": "ann", "label_annotations": {"tone": {"slider": "0"}}}
    path = lines(tmp_path / "ann" / "annotated_instances.jsonl", [record, other])
    assert found(ps.read_ratings(path, scale=(0, 5))) == [("t1", "ann", 0), ("t2", "ann", 0)]
    (tmp_path / "a.csv").write_text("user,instance_id,tone:::rude,tone:::kind\nann,t1,1,0\nben,t1,0,1\n")
    ratings = ps.read_ratings(tmp_path / "a.csv", scale=["rude", "kind"])
    assert [(rater, value) for _, rater, value in found(ratings)] == [("ann", 1), ("ben", 2)]


def test_points_of_one_scale_of_which_a_row_has_two_are_asked_about(tmp_path):
    (tmp_path / "a.csv").write_text("user,instance_id,tox:::1,tox:::2,tox:::3\na,x,,2,\na,y,1,,3\nb,x,1,,\nb,y,,,3\n")
    with pytest.raises(ps.DataError, match=r"looks like a column for each answer.*answers=\"tox:::\*\""):
        ps.read_ratings(tmp_path / "a.csv", scale=(1, 3))


def test_a_column_a_question_is_read_as_potatos_only_when_it_is_said(tmp_path):
    rows = "\n".join(f"{text},{who},{n},{6 - n}" for text, who, n in GIVEN)
    (tmp_path / "a.csv").write_text(f"instance_id,user_id,tone,calm\n{rows}\n")
    with pytest.raises(ps.DataError, match="Column 'item' is missing"):
        ps.read_ratings(tmp_path / "a.csv", scale=(1, 5))
    ratings = ps.read_ratings(tmp_path / "a.csv", format="potato", scale=(1, 5))
    assert (ratings.n_ratings, ratings.dimensions) == (8, ("tone", "calm"))
    one = ps.read_ratings(tmp_path / "a.csv", format="potato", dimensions=["tone"], scale=(1, 5))
    assert found(one) == sorted(GIVEN)


def test_a_broken_state_of_potato_is_one_sentence(tmp_path):
    (tmp_path / "user_state.json").write_text('{"user_id": "ann", "instance_id_to_label_to_value": {"t1": ')
    with pytest.raises(ps.DataError, match="is not JSON: expecting value at line 1, column 60"):
        ps.read_ratings(tmp_path / "user_state.json")


# Mechanical Turk: the results file of a batch


def batch(path, columns, rows):
    head = ["HITId", "AssignmentId", "WorkerId", "AssignmentStatus", "RejectionTime", *columns]
    text = [",".join(head)]
    for i, row in enumerate(rows):
        text.append(",".join([f"H{i // 2}", f"A{i}", *row]))
    path.write_text("\n".join(text) + "\n")
    return path


def quoted(value):
    return '"' + json.dumps(value).replace('"', '""') + '"'


def test_a_batch_has_its_items_in_an_input_and_rejected_assignments_are_counted(tmp_path):
    rows = [[who, "Approved", "", text, "Hello", str(n), "31"] for text, who, n in GIVEN]
    rows.append(["cat", "Rejected", "Mon Jan 05", "t1", "Hello", "1", "44"])
    path = batch(tmp_path / "b.csv", ["Input.id", "Input.text", "Answer.tone", "Answer.age"], rows)
    ratings = ps.read_ratings(path, scale=(1, 5), covariates=["age"])
    assert found(ratings) == sorted(GIVEN)
    assert counts(ratings) == {"rejected assignment": 1}
    assert {"Items are named by Input.id.", "Answers that describe the rater are columns: age."} <= set(
        ratings.policies["detail"]
    )


def test_an_assignment_that_was_approved_after_it_was_rejected_counts(tmp_path):
    rows = [[who, "Approved", "Mon Jan 05", text, str(n)] for text, who, n in GIVEN]
    ratings = ps.read_ratings(batch(tmp_path / "b.csv", ["Input.id", "Answer.tone"], rows), scale=(1, 5))
    assert (found(ratings), counts(ratings)) == (sorted(GIVEN), {})


def test_1_and_0_in_two_answers_are_no_ticks(tmp_path):
    records = [{"HITId": text, "WorkerId": who, "Answer.tone.rude": 1, "Answer.tone.calm": 0} for text, who, _ in GIVEN]
    ratings = ps.read_ratings(lines(tmp_path / "b.jsonl", records), scale=(0, 1))
    assert ratings.dimensions == ("tone.rude", "tone.calm")
    assert ratings.values.tolist() == [1] * 4 + [0] * 4


def test_a_batch_without_an_id_has_a_hit_an_item_and_an_input_can_be_named(tmp_path):
    rows = [[who, "Submitted", "", f"text of {text}", str(n)] for text, who, n in GIVEN]
    path = batch(tmp_path / "b.csv", ["Input.text", "Answer.tone.label"], rows)
    assert list(ps.read_ratings(path, scale=(1, 5)).items["item"]) == ["H0", "H1"]
    named = ps.read_ratings(path, columns={"Input.text": "item", "WorkerId": "rater"}, scale=(1, 5))
    assert list(named.items["item"]) == ["text of t1", "text of t2"]


def test_ticks_in_columns_and_in_json_are_the_box_that_was_ticked(tmp_path):
    boxes = ["Answer.tone.1", "Answer.tone.2", "Answer.tone.4", "Answer.tone.5"]
    rows = [[who, "Approved", "", text, *(str(str(n) == b[-1]).lower() for b in boxes)] for text, who, n in GIVEN]
    in_columns = ps.read_ratings(batch(tmp_path / "c.csv", ["Input.id", *boxes], rows), scale=(1, 5))
    rows = [
        [who, "Approved", "", text, quoted([{"tone": {b[-1]: str(n) == b[-1] for b in boxes}}])]
        for text, who, n in GIVEN
    ]
    in_json = ps.read_ratings(batch(tmp_path / "j.csv", ["Input.id", "Answer.taskAnswers"], rows), scale=(1, 5))
    assert found(in_columns) == found(in_json) == sorted(GIVEN)


# Every tool: records edited by hand, cut, or of another version

STRANGE = {
    "prodigy": [prodigy(text, who, options=OPTIONS, accept=[str(n)]) for text, who, n in GIVEN],
    "doccano": [doccano("t1", "1", "2"), doccano("t2", "1")],
    "potato": [state("ann", pairs=True)],
    "mturk": [{"HITId": t, "WorkerId": who, "AssignmentStatus": "Approved", "Answer.tone": n} for t, who, n in GIVEN],
}


@pytest.mark.parametrize("tool", STRANGE)
def test_a_strange_part_is_a_sentence_or_no_obstacle(tool, tmp_path):
    assert ps.Ratings in outcomes(STRANGE[tool], tool, tmp_path / "r.json")


def test_records_unlike_those_of_the_tool_are_named_by_their_rows(tmp_path):
    records = [dict(record) for record in STRANGE["prodigy"]]
    del records[1]["_input_hash"]
    records[3]["_input_hash"] = {"a": 1}
    path = lines(tmp_path / "p.jsonl", records)
    with pytest.raises(
        ps.DataError, match=r"2 records unlike .* Prodigy export \(rows 2, 4\): '_input_hash' is missing\."
    ):
        ps.read_ratings(path, format="prodigy")


def test_texts_and_notes_of_an_export_are_kept(tmp_path):
    records = [prodigy(text, who, label="RUDE", answer="accept") for text, who, _ in GIVEN]
    found = opened(source_of(lines(tmp_path / "p.jsonl", records), wanted((), (), (), {})))
    assert found.texts["text"].tolist() == ["t1", "t2"]
    assert found.notes == ("Read as a Prodigy export.", "accept is rated 1 and reject 0.")
