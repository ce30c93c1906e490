"""Logs of other programs as score tables; the logs are small ones written by hand after their documented formats."""

import json
import zipfile

import numpy as np
import pytest
from pluralstats.alignment.importers import inspect_scores, lm_eval_scores
from pluralstats.alignment.scorers import SCORE_COLUMNS

import pluralstats as ps

HEADER = {"version": 2, "status": "success", "eval": {"task": "kindness", "model": "openai/small", "run_id": "r"}}


def sample(number, value, **fields):
    return {
        "id": number,
        "epoch": 1,
        "input": "Hi?",
        "target": "kind",
        "output": {"model": "small", "completion": f"answer {number}"},
        "scores": {"model_graded": {"value": value, "answer": "x"}},
        **fields,
    }


def plain(folder, samples):
    path = folder / "log.json"
    path.write_text(json.dumps(HEADER | {"samples": samples}), encoding="utf-8")
    return path


def packed(folder, samples, header="header.json"):
    path = folder / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(header, json.dumps(HEADER))
        archive.writestr("summaries.json", "[]")
        for each in samples:
            archive.writestr(f"samples/{each['id']}_epoch_{each['epoch']}.json", json.dumps(each))
    return path


def lines(folder, *samples, name="samples_toxigen_2026-01-31T10-20-30.123456.jsonl"):
    folder = folder / "my__model"
    folder.mkdir()
    (folder / name).write_text("\n".join(map(json.dumps, samples)) + "\n", encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("write", [plain, packed])
def test_both_kinds_of_inspect_logs_give_the_same_table(tmp_path, write):
    table = inspect_scores(write(tmp_path, [sample(1, "C"), sample(2, 0.25)]), seed=3)
    assert tuple(table) == SCORE_COLUMNS
    assert table.values.tolist() == [
        ["openai/small", "1", "answer 1", "model_graded", 3, "kindness", 1.0],
        ["openai/small", "2", "answer 2", "model_graded", 3, "kindness", 0.25],
    ]


def test_a_log_that_was_stopped_has_its_header_in_the_journal(tmp_path):
    path = packed(tmp_path, [sample(1, 1)], header="_journal/start.json")
    assert inspect_scores(path, arm="dpo")["arm"].tolist() == ["dpo"]


def test_grades_are_numbers_and_other_words_are_missing(tmp_path):
    grades = ["C", "P", "I", "N", True, "0.5", "excellent", None]
    table = inspect_scores(plain(tmp_path, [sample(i, grade) for i, grade in enumerate(grades)]))
    np.testing.assert_array_equal(table["score"], [1, 0.5, 0, 0, 1, 0.5, np.nan, np.nan])


def test_a_scorer_of_several_values_gives_several_dimensions(tmp_path):
    path = plain(tmp_path, [sample(1, {"warm": 4, "clear": 2}), sample(2, [1, 0])])
    assert inspect_scores(path)["dimension"].tolist() == [
        "kindness: warm",
        "kindness: clear",
        "kindness: 1",
        "kindness: 2",
    ]


def test_completions_may_lie_in_choices_or_attachments(tmp_path):
    parts = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "Yes."}]
    choices = {"choices": [{"message": {"role": "assistant", "content": parts}}]}
    away = {"completion": "attachment://abc"}
    path = plain(
        tmp_path, [sample(1, 1, output=choices), sample(2, 1, output=away, attachments={"abc": "a long text"})]
    )
    assert inspect_scores(path)["response"].tolist() == ["Yes.", "a long text"]


def test_a_generation_has_a_row_for_each_metric(tmp_path):
    line = {
        "doc_id": 7,
        "doc": {"q": "?"},
        "target": "4",
        "arguments": {"gen_args_0": {"arg_0": "2 + 2?", "arg_1": {"until": []}}},
        "resps": [["It is 4."]],
        "filtered_resps": ["4"],
        "filter": "strict",
        "metrics": ["exact_match", "bleu"],
        "exact_match": 1.0,
        "bleu": 0.5,
    }
    assert lm_eval_scores(lines(tmp_path, line)).values.tolist() == [
        ["my__model", "7", "4", "lm-eval: strict", 1, "toxigen: exact_match", 1.0],
        ["my__model", "7", "4", "lm-eval: strict", 1, "toxigen: bleu", 0.5],
    ]


def test_the_response_of_a_choice_is_the_likeliest_one_and_old_files_name_no_metrics(tmp_path):
    line = {
        "doc_id": 0,
        "arguments": [["Is it?", " yes"], ["Is it?", " no"]],
        "resps": [[["-3.5", "False"]], [["-0.2", "True"]]],
        "filtered_resps": [["-3.5", "False"], ["-0.2", "True"]],
        "acc": 1,
    }
    table = lm_eval_scores(lines(tmp_path, line, name="samples_boolq.jsonl"), arm="base")
    assert table.values.tolist() == [["base", "0", "no", "lm-eval", 1, "boolq: acc", 1.0]]


def test_files_that_are_no_logs_are_named(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(ps.DataError, match=r"a\.json is no inspect_ai log: expected an object with `eval`"):
        inspect_scores(tmp_path / "a.json")
    (tmp_path / "a.eval").write_text("no zip")
    with pytest.raises(ps.DataError, match=r"a\.eval is no \.eval log, which is a zip of JSON"):
        inspect_scores(tmp_path / "a.eval")
    with pytest.raises(ps.ConfigError, match=r"ends in \.json or \.eval; found a\.csv"):
        inspect_scores(tmp_path / "a.csv")
    with pytest.raises(ps.ConfigError, match="There is no file"):
        lm_eval_scores(tmp_path / "b.jsonl")
    with pytest.raises(ps.DataError, match=r"has no scores: no sample has scores"):
        inspect_scores(plain(tmp_path, [sample(1, 1, scores=None)]))


def test_a_broken_line_is_named_with_its_number(tmp_path):
    path = lines(tmp_path, {"doc_id": 1, "acc": 1})
    path.write_text(path.read_text() + '{"doc_id": 2, "ac')
    with pytest.raises(ps.DataError, match=r"line 2, is no JSON"):
        lm_eval_scores(path)
    path.write_text('{"acc": 1}\n')
    with pytest.raises(ps.DataError, match=r"line 1, is no sample: it has no `doc_id`"):
        lm_eval_scores(path)


def test_a_log_packed_for_a_newer_python_says_how_to_convert_it(tmp_path):
    path = packed(tmp_path, [sample(1, 1)])
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # the method of every member: 96 is unassigned
        at = data.find(mark)
        while at >= 0:
            data[at + offset : at + offset + 2] = (96).to_bytes(2, "little")
            at = data.find(mark, at + 1)
    path.write_bytes(bytes(data))
    with pytest.raises(ps.DataError, match="Run: inspect log convert --to json"):
        inspect_scores(path)
