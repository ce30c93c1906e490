"""Samples of lm-evaluation-harness as score tables: in the layout that 0.4.13 writes, with invented values."""

import json

import pytest
from pluralstats.alignment.scoring.files.archives import ImportedScoresWarning
from pluralstats.alignment.scoring.files.lm_eval import lm_eval_scores

import pluralstats as ps


def lines(folder, *samples, name="samples_toxigen_2026-01-31T10-20-30.123456.jsonl"):
    folder = folder / "my__model"
    folder.mkdir()
    (folder / name).write_text("\n".join(map(json.dumps, samples)) + "\n", encoding="utf-8")
    return folder / name


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
        ["my__model", "7", "4", "lm-eval", 1, "toxigen: exact_match,strict", 1.0],
        ["my__model", "7", "4", "lm-eval", 1, "toxigen: bleu,strict", 0.5],
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


def test_a_broken_line_is_named_with_its_number(tmp_path):
    path = lines(tmp_path, {"doc_id": 1, "acc": 1})
    path.write_text(path.read_text() + '{"doc_id": 2, "ac')
    with pytest.raises(ps.DataError, match=r"line 2, is no JSON"):
        lm_eval_scores(path)
    path.write_text('{"acc": 1}\n')
    with pytest.raises(ps.DataError, match=r"line 1, is no sample: it has no `doc_id`"):
        lm_eval_scores(path)


def generation(doc, score, **fields):
    """A line of a file of earlier versions; those of now have ``filter`` and ``metrics``, too."""
    line = {"doc_id": doc, "doc": {"q": "?"}, "target": 4, "arguments": [["2 + 2?", {"until": []}]]}
    return line | {"resps": [["It is 4."]], "filtered_resps": ["4"], "exact_match": score} | fields


def test_filters_are_dimensions_as_the_harness_calls_them(tmp_path):
    samples = [generation(i, i, filter=name, metrics=["exact_match"]) for name in ("strict", "loose") for i in (0, 1)]
    table = lm_eval_scores(lines(tmp_path, *samples))
    assert table["dimension"].tolist() == ["toxigen: exact_match,strict"] * 2 + ["toxigen: exact_match,loose"] * 2
    assert set(table["judge"]) == {"lm-eval"}


def test_lines_of_one_document_without_filters_are_numbered(tmp_path):
    table = lm_eval_scores(lines(tmp_path, *(generation(i % 2, i) for i in range(4))))
    assert table[["prompt_id", "dimension", "score"]].values.tolist() == [
        ["0", "toxigen: exact_match,filter 1", 0],
        ["1", "toxigen: exact_match,filter 1", 1],
        ["0", "toxigen: exact_match,filter 2", 2],
        ["1", "toxigen: exact_match,filter 2", 3],
    ]


@pytest.mark.parametrize("fields", [{}, {"filter": "none"}])
def test_documents_that_occur_twice_are_refused(tmp_path, fields):
    samples = [generation(doc, 1, **fields) for doc in (0, 1, 0)]
    with pytest.raises(ps.DataError, match=r"has 1 line about a document .* same filter before: 0 \(line 3\)\. Were"):
        lm_eval_scores(lines(tmp_path, *samples))


def test_metrics_that_are_lists_are_numbered_or_named_as_left_out(tmp_path):
    """bleu is computed from the texts of all samples: what a sample has is the reference and the answer."""
    fields = {"metrics": ["exact_match", "bleu", "f1"], "filter": "none", "bleu": ["4", "lol"], "f1": [1, 0]}
    said = r'not in the table: `bleu` of 1 sample \(first: \["4", "lol"\]\)\.'
    with pytest.warns(ImportedScoresWarning, match=said):
        table = lm_eval_scores(lines(tmp_path, generation(0, 1, **fields)))
    assert table[["dimension", "score"]].values.tolist() == [
        ["toxigen: exact_match", 1],
        ["toxigen: f1: 1", 1],
        ["toxigen: f1: 2", 0],
    ]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ps.ConfigError, match="There is no file"):
        lm_eval_scores(tmp_path / "b.jsonl")
