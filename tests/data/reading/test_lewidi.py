"""Le-Wi-Di: the layouts that the readme files of the second and third edition describe, with made-up values."""

import json

import pytest
from strange import outcomes

import pluralstats as ps
from pluralstats.data.reading.tables import read_table


def written_to(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def found(ratings):
    return list(zip(ratings.frame["item"], ratings.frame["rater"], ratings.values, strict=True))


def second(annotations, annotators="Ann1,Ann2,Ann3", **more):
    return {
        "text": "a text",
        "annotation task": "hate speech detection",
        "number of annotations": 3,
        "annotations": annotations,
        "annotators": annotators,
        "lang": "en",
        "hard_label": "0",
        "soft_label": {"0": 0.5, "1": 0.5},
        "split": "train",
        "other_info": {},
        **more,
    }


def third(annotations, soft, **more):
    return {
        "annotation task": "sarcasm detection",
        "text": {"context": "a context", "response": "a reply"},
        "annotators": ",".join(annotations),
        "annotations": annotations,
        "soft_label": soft,
        "split": "dev",
        "lang": "en",
        "other_info": {"explanations": ["so"]},
        **more,
    }


SIX = dict.fromkeys(map(str, range(1, 7)), 0.0)


def test_annotations_and_annotators_of_the_second_edition_belong_together_in_order(tmp_path):
    path = written_to(tmp_path / "HS_train.json", {"7": second("0,1,1"), "8": second("1,0,0", "Ann3,Ann1,Ann2")})
    ratings = ps.read_ratings(path)
    assert found(ratings) == [
        ("7", "Ann1", 0),
        ("7", "Ann2", 1),
        ("7", "Ann3", 1),
        ("8", "Ann3", 1),
        ("8", "Ann1", 0),
        ("8", "Ann2", 0),
    ]
    assert (ratings.scale.values, ratings.dimensions) == ((0, 1), ())


def test_lists_instead_of_text_with_commas_are_the_same(tmp_path):
    text = written_to(tmp_path / "a.json", {"7": second("0,1,1")})
    lists = written_to(tmp_path / "b.json", {"7": second([0, 1, 1], ["Ann1", "Ann2", "Ann3"])})
    assert found(ps.read_ratings(text)) == found(ps.read_ratings(lists))


def test_further_questions_are_dimensions_and_groups_describe_raters(tmp_path):
    info = {
        "Annotators_group": "group1,group2,group2",
        "other annotations": {"aggressive language detection": "1,1,0", "offensive language detection": "0,0,0"},
    }
    path = written_to(tmp_path / "HS.json", {"7": second("0,1,1", other_info=info), "8": second("1,1,1")})
    ratings = ps.read_ratings(path, scale=(0, 1), demographics=["Annotators_group"], contradictions="first")
    assert ratings.dimensions == (
        "hate speech detection",
        "aggressive language detection",
        "offensive language detection",
    )
    assert ratings.n_ratings == 12
    assert ratings.raters.set_index("rater")["Annotators_group"].to_dict() == {
        "Ann1": "group1",
        "Ann2": "group2",
        "Ann3": "group2",
    }


def test_no_and_yes_among_numbers_are_0_and_1_with_a_note(tmp_path):
    info = [{"other annotations": {"offensive language detection": given}} for given in ("No,yes,0", "1,0,No")]
    path = written_to(tmp_path / "HS.json", {str(i): second("0,1,1", other_info=one) for i, one in enumerate(info)})
    ratings = ps.read_ratings(path, dimensions=["offensive language detection"], scale=(0, 1))
    assert ratings.values.tolist() == [0, 1, 0, 1, 0, 0]
    note = "No is read as 0 and yes as 1 in 'offensive language detection', which has numbers too."
    assert note in set(ratings.policies["detail"])


def test_the_scale_is_not_told_where_soft_labels_are_of_other_answers(tmp_path):
    path = written_to(tmp_path / "ConvAbuse.json", {"7": second("-3,1,0")})
    with pytest.raises(ps.ConfigError, match="`scale` is missing"):
        ps.read_ratings(path)
    assert ps.read_ratings(path, scale=(-3, 1)).values.tolist() == [-3, 1, 0]


def test_the_third_edition_names_the_annotator_of_each_rating_and_its_soft_label_the_scale(tmp_path):
    content = {"39": third({"Ann4": "1", "Ann5": "6"}, SIX), "40": third({"Ann4": "3", "Ann6": "2"}, SIX)}
    ratings = ps.read_ratings(written_to(tmp_path / "CSC_dev.json", content))
    assert found(ratings) == [("39", "Ann4", 1), ("39", "Ann5", 6), ("40", "Ann4", 3), ("40", "Ann6", 2)]
    assert ratings.scale.values == (1, 2, 3, 4, 5, 6)


def test_an_annotator_with_several_labels_rates_each_of_them(tmp_path):
    soft = {label: {"0": 0.5, "1": 0.5} for label in ("contradiction", "entailment", "neutral")}
    content = {"49": third({"Ann1": "neutral", "Ann2": "entailment,neutral"}, soft)}
    content["49"]["annotators"] = "Ann1,Ann2,Ann2"
    content["49"]["annotation task"] = "natural language inference"
    ratings = ps.read_ratings(written_to(tmp_path / "VariErrNLI_dev.json", content))
    table = ratings.frame.assign(value=ratings.values).pivot(index="dimension", columns="rater", values="value")
    assert table.rename(index=lambda name: name.split(": ")[1]).to_dict() == {
        "Ann1": {"contradiction": 0, "entailment": 0, "neutral": 1},
        "Ann2": {"contradiction": 0, "entailment": 1, "neutral": 1},
    }


def test_items_whose_answers_are_not_published_are_counted(tmp_path):
    path = written_to(tmp_path / "t.json", {"7": second("0,1,1"), "8": second("")})
    ratings = ps.read_ratings(path)
    assert ratings.n_ratings == 3
    assert ratings.policies.query("detail == 'no answer'")["n_rows"].tolist() == [3]


def test_more_annotations_than_annotators_are_one_sentence_with_the_rows(tmp_path):
    path = written_to(tmp_path / "t.json", {"7": second("0,1,1"), "8": second("0,1"), "9": second("1")})
    with pytest.raises(
        ps.DataError, match=r"2 records unlike those of .* \(rows 2, 3\): 2 annotations of 3 annotators"
    ):
        ps.read_ratings(path)


def test_annotators_of_a_second_file_are_a_table_by_id(tmp_path):
    path = tmp_path / "CSC_annotators_meta.json"
    path.write_text('{"Ann1": {"Gender": "Female", "Age": "22",}, "Ann2": {"Gender": "Male", "Age": "33",},}')
    table = read_table(path)
    assert table.to_dict("list") == {"id": ["Ann1", "Ann2"], "Gender": ["Female", "Male"], "Age": ["22", "33"]}


@pytest.mark.parametrize(
    "content",
    [{"7": second("0,1,1"), "8": second("1,1,0")}, {"7": third({"Ann1": "1", "Ann2": "2"}, SIX)}],
    ids=["second", "third"],
)
def test_a_strange_part_is_a_sentence_or_no_obstacle(content, tmp_path):
    assert ps.Ratings in outcomes(content, "lewidi", tmp_path / "r.json")
