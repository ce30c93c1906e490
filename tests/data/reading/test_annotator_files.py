"""A file, or a folder, for each annotator."""

import json

import pandas as pd
import pytest

import pluralstats as ps

COLUMNS = {"id": "item", "label": "rating"}


@pytest.fixture
def folder(tmp_path):
    records = {"anna": [(1, ["3"]), (2, ["1"])], "ben": [(1, ["2"]), (2, [])]}
    (tmp_path / "annotations").mkdir()
    for name, rows in records.items():
        lines = [json.dumps({"id": item, "label": label}) + "\n" for item, label in rows]
        (tmp_path / "annotations" / f"{name}.jsonl").write_text("".join(lines))
    return tmp_path / "annotations"


def read(path, **options):
    return ps.read_ratings(path, **{"columns": COLUMNS, "scale": (1, 5)} | options)


def test_the_name_of_the_file_is_the_rater(folder):
    ratings = read(folder)
    assert ratings.frame["rater"].tolist() == ["anna", "anna", "ben"]
    assert ratings.values.tolist() == [3, 1, 2]
    (files,) = ratings.policies.query("step == 'files'").to_dict("records")
    assert (files["policy"], files["n_raters"]) == ("name of the file is the rater", 2)
    assert files["detail"] == "anna.jsonl rows 1-2, ben.jsonl rows 3-4"


def test_folders_patterns_and_lists_read_alike(folder):
    paths = [folder / "anna.jsonl", folder / "ben.jsonl"]
    hashes = {
        read(path).data_hash for path in (folder, str(folder), f"{folder}/*.jsonl", paths, [str(p) for p in paths])
    }
    assert len(hashes) == 1
    check = ps.check(f"{folder}/*.jsonl", columns=COLUMNS, scale=(1, 5))
    assert check.guesses[0] == "2 files without a column of raters: the name of each file is its rater."


def test_a_folder_for_each_annotator(folder):
    for name in ("anna", "ben"):
        (folder / name).mkdir()
        (folder / f"{name}.jsonl").rename(folder / name / "labels.jsonl")
    assert read(folder).raters["rater"].tolist() == ["anna", "ben"]
    assert read(f"{folder}/*/labels.jsonl").raters["rater"].tolist() == ["anna", "ben"]


def test_a_column_of_raters_in_the_files_wins(tmp_path):
    for part, raters in {"one": ["p", "q"], "two": ["q", "r"]}.items():
        frame = pd.DataFrame({"id": [part, part], "label": [1, 2], "who": raters})
        frame.to_csv(tmp_path / f"{part}.csv", index=False)
    ratings = read(tmp_path, columns=COLUMNS | {"who": "rater"})
    assert ratings.raters["rater"].tolist() == ["p", "q", "r"]
    assert ratings.policies["policy"][0] == "one table"


def test_other_files_of_the_folder_are_named(folder):
    (folder / "readme.txt").write_text("notes")
    (folder / ".hidden.csv").write_text("x")
    not_read = read(folder).policies.query("step == 'files' and policy == 'not read'")
    assert not_read["detail"].tolist() == [".hidden.csv, readme.txt"]


def test_files_with_other_columns_are_refused_by_name(folder):
    (folder / "cleo.jsonl").write_text('{"id": 1, "score": 2}\n')
    with pytest.raises(ps.DataError, match=r"cleo.jsonl has 'score' beside and lacks 'label': not the columns of anna"):
        read(folder)


def test_every_file_that_cannot_be_read_is_named(folder):
    (folder / "cleo.jsonl").write_text("")
    (folder / "dora.csv").write_text("id,label\n")
    with pytest.raises(ps.DataError) as caught:
        read(folder)
    assert [name in str(caught.value) for name in ("cleo.jsonl", "dora.csv", "anna")] == [True, True, False]


def test_two_files_of_one_name_are_no_rater(folder):
    (folder / "anna.csv").write_text("id,label\n1,2\n")
    with pytest.raises(ps.DataError, match=r"several are called alike: .*anna.csv, .*anna.jsonl"):
        read(folder)


def test_folders_that_hold_nothing_or_two_things_are_refused(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ps.DataError, match=r"empty has no file of ratings; their names end in"):
        read(tmp_path / "empty")
    (folder / "old").mkdir()
    (folder / "old" / "anna.csv").write_text("id,label\n1,2\n")
    with pytest.raises(ps.DataError, match=r"has files of ratings .* and folders of them"):
        read(folder)
    with pytest.raises(ps.DataError, match=r"No file is called like .*\*\.csv"):
        read(f"{tmp_path}/*.csv")


@pytest.mark.parametrize("paths", [[], [pd.DataFrame()]])
def test_a_list_of_anything_but_paths_is_refused(paths):
    with pytest.raises(ps.DataError, match="A list of files has one path or more"):
        read(paths)


def test_rows_in_messages_are_counted_through_all_files_as_the_policies_say(folder):
    (problem,) = ps.check(folder, columns=COLUMNS, scale=[2, 3, 4]).problems[:1]
    assert "1 (row 2)" in problem
    (problem,) = ps.check(folder, columns=COLUMNS, scale=[1, 3, 4]).problems[:1]
    assert "2 (row 3)" in problem


def test_every_annotators_file_may_be_of_another_shape_than_long(tmp_path):
    for name, cells in {"anna": [1, 2], "ben": [3, None]}.items():
        frame = pd.DataFrame({"text_id": ["t1", "t2"], "toxic": cells, "funny": [5, 5]})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    ratings = read(tmp_path, columns={"text_id": "item"}, dimensions=["toxic", "funny"])
    assert (ratings.n_raters, ratings.n_ratings, ratings.dimensions) == (2, 7, ("toxic", "funny"))


def test_people_are_joined_to_the_names_of_files(folder):
    people = pd.DataFrame({"annotator": ["ben", "anna"], "sex": ["m", "f"]})
    assert read(folder, people=people, demographics=["sex"]).raters["sex"].tolist() == ["f", "m"]


def test_ids_of_one_file_are_not_changed_by_numbers_of_another(tmp_path):
    large = [9007199254740993, 9007199254740992]
    for name, ids in {"anna": large, "ben": [1.5, 2]}.items():
        lines = [json.dumps({"item": item, "rating": 3}) + "\n" for item in ids]
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    ratings = ps.read_ratings(tmp_path, scale=(1, 5))
    assert ratings.frame["item"].tolist() == [*map(str, large), "1.5", "2"]
