"""Logs of inspect_ai as score tables: small ones in the layout that 0.3.285 writes, with invented values."""

import json
import struct
import sys
import warnings
import zipfile
import zlib

import numpy as np
import pandas as pd
import pytest
from pluralstats.alignment.comparison.arms.comparing import compare_arms
from pluralstats.alignment.scoring.files.archives import ImportedScoresWarning
from pluralstats.alignment.scoring.files.inspect_logs import inspect_scores
from pluralstats.alignment.scoring.scorers import SCORE_COLUMNS

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


@pytest.mark.parametrize("write", [plain, packed])
def test_both_kinds_of_inspect_logs_give_the_same_table(tmp_path, write):
    table = inspect_scores(write(tmp_path, [sample(1, "C"), sample(2, 0.25)]), seed=3)
    assert tuple(table) == (*SCORE_COLUMNS, "epoch")
    assert table.values.tolist() == [
        ["openai/small", "1", "answer 1", "model_graded", 3, "kindness: model_graded", 1.0, 1],
        ["openai/small", "2", "answer 2", "model_graded", 3, "kindness: model_graded", 0.25, 1],
    ]


def test_a_log_that_was_stopped_has_its_header_in_the_journal(tmp_path):
    path = packed(tmp_path, [sample(1, 1)], header="_journal/start.json")
    assert inspect_scores(path, arm="dpo")["arm"].tolist() == ["dpo"]


def test_the_words_of_inspect_are_numbers(tmp_path):
    words = ["C", "P", "I", "N", "Yes", "FALSE", True, "0.5", None]
    table = inspect_scores(plain(tmp_path, [sample(i, word) for i, word in enumerate(words)]))
    np.testing.assert_array_equal(table["score"], [1, 0.5, 0, 0, 1, 0, 1, 0.5, np.nan])


def test_other_words_are_refused_until_it_is_said_what_they_mean(tmp_path):
    """A C among A to F is no "correct", and a lower-case letter is another word."""
    path = plain(tmp_path, [sample(i, grade) for i, grade in enumerate("ABCCc")])
    with pytest.raises(ps.DataError) as error:
        inspect_scores(path)
    assert str(error.value) == (
        f"{path}: scorer 'model_graded' gave words that stand for no number: A (1), B (1), c (1). Say what all its "
        "words mean, `grades={'model_graded': {'A': 1.0, ...}}`; float('nan') leaves a word out."
    )
    with pytest.raises(ps.DataError, match=r"gave words that stand for no number: C \(2\), c \(1\)"):
        inspect_scores(path, grades={"A": 4, "B": 3})  # no grade of inspect comes in beside those that were given
    for grades in ({"A": 4, "B": 3, "C": 2, "c": np.nan}, {"model_graded": {"A": 4, "B": 3, "C": 2, "c": np.nan}}):
        np.testing.assert_array_equal(inspect_scores(path, grades=grades)["score"], [4, 3, 2, 2, np.nan])


def test_grades_of_one_scorer_leave_the_others_as_they_are(tmp_path):
    scores = {"match": {"value": "C"}, "letters": {"value": "C"}}
    path = plain(tmp_path, [sample(1, 1, scores=scores)])
    assert inspect_scores(path, grades={"letters": {"A": 4, "C": 2}})["score"].tolist() == [1, 2]
    for wrong in ({"letter": {"C": 2}}, {"letters": {"C": 2}, "C": 1}):
        with pytest.raises(ps.ConfigError, match=r"scorers of the log \(match, letters\)"):
            inspect_scores(path, grades=wrong)


def test_scorers_are_dimensions_and_not_judges_of_one(tmp_path):
    """A rating of +2 on a scale of its own has nothing to do with right or wrong."""
    path = plain(tmp_path, [sample(1, 1, scores={"match": {"value": "I"}, "likert": {"value": 2}})])
    table = inspect_scores(path)
    assert table[["dimension", "score"]].values.tolist() == [["kindness: match", 0], ["kindness: likert", 2]]


def test_a_log_that_holds_fewer_samples_than_it_says_is_named(tmp_path):
    path = plain(tmp_path, [sample(1, 1)])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"results": {"completed_samples": 2}}))
    with pytest.warns(ImportedScoresWarning, match="says that 2 samples were completed and holds 1 of them"):
        inspect_scores(path)


def test_a_scorer_of_several_values_gives_several_dimensions(tmp_path):
    path = plain(tmp_path, [sample(1, {"warm": 4, "clear": 2}), sample(2, [1, 0])])
    assert inspect_scores(path)["dimension"].tolist() == [
        "kindness: model_graded: warm",
        "kindness: model_graded: clear",
        "kindness: model_graded: 1",
        "kindness: model_graded: 2",
    ]


def test_epochs_are_kept_apart_where_their_answers_are_the_same(tmp_path):
    """Two epochs of 6 samples with one answer each time: 12 scores of the arm."""
    rng, tables = np.random.default_rng(1), []
    for arm in ("base", "dpo"):
        samples = [
            sample(i, float(rng.normal()), epoch=epoch, output={"completion": "yes"})
            for i in range(6)
            for epoch in (1, 2)
        ]
        tables.append(inspect_scores(plain(tmp_path, samples), arm=arm))
    assert tables[0]["epoch"].tolist() == [1, 2] * 6
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.FitWarning)
        found = compare_arms(pd.concat(tables), replicates=20)
    assert found.effects["n_scores"].tolist() == [12]


def test_ids_stay_texts(tmp_path):
    path = plain(tmp_path, [sample(name, 1) for name in ("1.1", "1.10", "007", 7)])
    assert inspect_scores(path)["prompt_id"].tolist() == ["1.1", "1.10", "007", "7"]


def test_samples_without_scores_and_evaluations_that_failed_are_said(tmp_path):
    path = plain(
        tmp_path, [sample(1, 1), sample(2, 1, scores={}, error={"message": "away"}), sample(3, 1, scores=None)]
    )
    path.write_text(path.read_text().replace('"status": "success"', '"status": "error"'))
    said = r"2 of 3 samples without scores \(1 with an error\) are left out\. The evaluation has the status 'error'"
    with pytest.warns(ImportedScoresWarning, match=said):
        assert len(inspect_scores(path)) == 1


def test_completions_may_lie_in_choices_or_attachments(tmp_path):
    parts = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "Yes."}]
    choices = {"choices": [{"message": {"role": "assistant", "content": parts}}]}
    away = {"completion": "attachment://abc"}
    path = plain(
        tmp_path, [sample(1, 1, output=choices), sample(2, 1, output=away, attachments={"abc": "a long text"})]
    )
    assert inspect_scores(path)["response"].tolist() == ["Yes.", "a long text"]


def test_files_that_are_no_logs_are_named(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(ps.DataError, match=r"a\.json is no inspect_ai log: expected an object with `eval`"):
        inspect_scores(tmp_path / "a.json")
    (tmp_path / "a.eval").write_text("no zip")
    with pytest.raises(ps.DataError, match=r"a\.eval is no \.eval log, which is a zip of JSON"):
        inspect_scores(tmp_path / "a.eval")
    with pytest.raises(ps.ConfigError, match=r"ends in \.json or \.eval; found a\.csv"):
        inspect_scores(tmp_path / "a.csv")
    with pytest.raises(ps.DataError, match=r"has no scores: no sample has scores"):
        inspect_scores(plain(tmp_path, [sample(1, 1, scores=None)]))


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


FRAME = 1_000_000  # bytes of content in a zstandard frame; of inspect_ai 200 MiB


def compressed(content):
    return pytest.importorskip("zstandard", reason="packs logs as inspect_ai does").ZstdCompressor().compress(content)


def zstandard_log(folder, samples, compress=compressed):
    """A log as inspect_ai writes it by default: a zip whose entries are packed by method 93, which zipfile cannot do.

    Entries are stored already packed; then method, size and checksum are set to what they are.
    """
    path, true = folder / "log.eval", {}
    contents = {f"samples/{each['id']}_epoch_1.json": json.dumps(each).encode() for each in samples}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {"header.json": json.dumps(HEADER).encode(), **contents}.items():
            frames = [compress(content[at : at + FRAME]) for at in range(0, len(content), FRAME)]
            archive.writestr(name, b"".join(frames))
            true[name] = struct.pack("<L", zlib.crc32(content)), struct.pack("<L", len(content))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entries, at = archive.infolist(), archive.start_dir
    for info in entries:
        crc, size = true[info.filename]
        local, at = info.header_offset, data.index(b"PK\x01\x02", at)
        for method, checksum, length in ((local + 8, local + 14, local + 22), (at + 10, at + 16, at + 24)):
            data[method : method + 2] = (93).to_bytes(2, "little")
            data[checksum : checksum + 4], data[length : length + 4] = crc, size
        at += 4
    path.write_bytes(data)
    return path


def test_a_log_as_inspect_writes_it_by_default_is_read_whole(tmp_path):
    """The second sample fills three frames; a plain call would end after the first."""
    long = "word " * 500_000
    table = inspect_scores(zstandard_log(tmp_path, [sample(1, "C"), sample(2, 0.25, output={"completion": long})]))
    assert table["score"].tolist() == [1, 0.25]
    assert table["response"].tolist() == ["answer 1", long]


def test_flipped_bits_of_a_packed_log_are_never_another_score(tmp_path):
    path = zstandard_log(tmp_path, [sample(1, 0.25)])
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        try:
            found = inspect_scores(path)
        except ps.DataError:
            continue
        assert found["score"].tolist() == [0.25]


def test_a_packed_log_without_the_library_says_what_to_install(tmp_path, monkeypatch):
    if sys.version_info >= (3, 14):
        pytest.skip("zipfile reads zstandard from 3.14")
    path = zstandard_log(tmp_path, [sample(1, 1)], compress=bytes)
    monkeypatch.setitem(sys.modules, "zstandard", None)  # an import of it fails
    with pytest.raises(ps.DataError, match=r'packed with zstandard.* pip install "pluralstats\[alignment\]"'):
        inspect_scores(path)
