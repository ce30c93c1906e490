"""Tables of texts in files: no id becomes another, no answer that reads as a number or as "NA" is lost."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pluralstats.alignment.comparison.arms.comparing import compare_arms
from pluralstats.alignment.scoring.scorers import checked_texts
from pluralstats.alignment.tables.rows import pair_rows, read_table
from pluralstats.alignment.tables.scores import read_scores

import pluralstats as ps

IDS = ["1.1", "1.10", "007", "7", "1E1", "10", "2e5", "200000", "9007199254740993", "9007199254740992", "NA", "None"]
IDS += ["123456789012345678901", "123456789012345678902", "true", "nan", "-0", "0"]


def score_lines(ids):
    return [(arm, name, "judge", 1, i / 7 + (arm == "dpo")) for arm in ("base", "dpo") for i, name in enumerate(ids)]


def written(folder, kind, rows):
    names = ("arm", "prompt_id", "judge", "seed", "score")
    table, path = pd.DataFrame(rows, columns=names), folder / f"scores.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    elif kind == "parquet":
        table.to_parquet(path)
    else:
        table.to_json(path, orient="records", lines=True, double_precision=15)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_ids_of_prompts_are_the_texts_of_the_file(tmp_path, kind):
    table = read_scores(written(tmp_path, kind, score_lines(IDS)))
    assert table["prompt_id"].tolist() == IDS * 2
    assert table["seed"].tolist() == [1] * 2 * len(IDS)
    np.testing.assert_allclose(table["score"], [row[4] for row in score_lines(IDS)], rtol=1e-14)


def test_prompts_that_read_as_one_number_are_compared_as_two(tmp_path):
    found = compare_arms(read_scores(written(tmp_path, "csv", score_lines(IDS))), replicates=20)
    assert found.effects["n_prompts"].tolist() == [len(IDS)]


def test_numbers_of_json_become_their_text(tmp_path):
    path = tmp_path / "scores.jsonl"
    line = '{"arm": "a", "prompt_id": 1.10, "judge": 3, "seed": 1, "score": 1}'
    path.write_text("\n".join([line, line.replace("1.10", "1.1"), line.replace("1.10", "1e1")]))
    table = read_scores(path)
    assert table["prompt_id"].tolist() == ["1.10", "1.1", "1e1"]
    assert table["judge"].tolist() == ["3"] * 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(r"[0-9.eE+-]{1,6}", fullmatch=True), min_size=1, max_size=8, unique=True))
def test_no_two_ids_that_look_like_numbers_are_merged(tmp_path_factory, ids):
    path = written(tmp_path_factory.mktemp("ids"), "csv", score_lines(ids))
    assert read_scores(path)["prompt_id"].tolist() == ids * 2


def test_answers_that_are_numbers_or_missing_codes_are_texts(tmp_path):
    path = tmp_path / "texts.csv"
    pd.DataFrame({"prompt": ["2 + 2?", "Symbol?"], "response": ["4", "NA"], "prompt_id": ["01", "1"]}).to_csv(path)
    table = checked_texts(read_table(path)[0])
    assert table["response"].tolist() == ["4", "NA"]
    assert table["prompt_id"].tolist() == ["01", "1"]


def test_other_columns_are_numbers_where_nothing_is_lost(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("prompt,n,share,code,zip,big\na,1,0.5,1.10,007,18446744073709551617\nb,2,,1.1,7,1\n")
    table = read_table(path)[0]
    assert table["n"].tolist() == [1, 2]
    np.testing.assert_array_equal(table["share"], [0.5, np.nan])
    assert table["code"].tolist() == ["1.10", "1.1"]
    assert table["zip"].tolist() == ["007", "7"]
    assert table["big"].tolist() == ["18446744073709551617", "1"]


def test_roles_that_are_numbers_are_numbers_and_a_bad_cell_is_named_with_its_row(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("prompt,chosen,rejected,p,weight\n1,2,3,0.50,2.0\n4,5,6,1e-1,1\n")
    rows = pair_rows(read_table(path)[0])
    assert rows["p"].tolist() == [0.5, 0.1]
    assert rows[["prompt", "chosen", "rejected"]].values.tolist() == [["1", "2", "3"], ["4", "5", "6"]]
    path.write_text(path.read_text().replace("1e-1", "often"))
    with pytest.raises(ps.DataError, match=r"`p` is missing or no number \(row 2\)"):
        pair_rows(read_table(path)[0])


def test_files_that_are_no_tables_are_one_sentence(tmp_path):
    (tmp_path / "a.csv").write_text("arm,prompt_id\nx,1,2\n")
    with pytest.raises(ps.DataError, match=r"cannot be read: rows have more cells than the first line has names"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "a.jsonl").write_text(json.dumps([1, 2]))
    with pytest.raises(ps.DataError, match=r"read: a line of the file is an object in braces; found \[1, 2\]"):
        read_table(tmp_path / "a.jsonl")
    (tmp_path / "b.csv").write_text("arm,score\nx,1\n")
    with pytest.raises(ps.DataError, match="needs the columns arm, prompt_id, judge, seed, score; it lacks"):
        read_scores(tmp_path / "b.csv")
