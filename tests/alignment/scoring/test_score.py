"""The command that scores texts: one table out, nothing finished lost, one sentence for what is wrong."""

import judge_server
import pandas as pd
import pytest
from pluralstats.alignment import compare_arms, read_scores
from pluralstats.alignment.score import app
from pluralstats.alignment.scoring.scorers import SCORE_COLUMNS
from typer.testing import CliRunner


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "words.txt").write_text("bad\n")
    path = tmp_path / "texts.csv"
    rows = {"prompt": ["p", "p"], "response": ["a bad word", "a word"], "arm": ["base", "dpo"], "prompt_id": [7, 7]}
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def judge():
    """A judge that rates everything 2; its address and the list of requests."""
    with judge_server.judge(lambda body, n: "Rating: 2") as address_and_requests:
        yield address_and_requests


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_texts_become_a_score_table(texts, judge, tmp_path):
    out = tmp_path / "scores.parquet"
    done = run(texts, "--lexicon", tmp_path / "words.txt", "--judge", judge[0], "--out", out)
    assert done.exit_code == 0, done.output
    table = pd.read_parquet(out)
    assert tuple(table) == SCORE_COLUMNS
    assert table["judge"].tolist() == ["words", "words", "default", "default"]
    assert table["score"].tolist() == pytest.approx([100 / 3, 0, 2, 2])
    assert table["dimension"].tolist()[2:] == ["toxicity", "toxicity"]
    assert "default: 2 questions, 0 answers from" in done.output
    assert "4 scores of 2 texts by words, default in" in done.output


def test_the_same_command_again_asks_the_judge_nothing(texts, judge, tmp_path):
    for _ in range(2):
        assert run(texts, "--judge", judge[0], "--out", tmp_path / "scores.csv").exit_code == 0
    assert len(judge[1]) == 2
    assert (tmp_path / "scores.csv.judge.jsonl").is_file()


def test_a_judge_without_a_place_for_its_answers_leaves_the_other_scores(texts, judge, tmp_path):
    out = tmp_path / "scores.csv"
    (tmp_path / "wrong").mkdir()
    done = run(
        texts, "--lexicon", tmp_path / "words.txt", "--judge", judge[0], "--cache", tmp_path / "wrong", "--out", out
    )
    assert done.exit_code == 2
    assert f"The 2 scores of the other scorers are in {out}." in done.output
    assert pd.read_csv(out)["judge"].tolist() == ["words", "words"]


def test_what_is_wrong_is_one_sentence_before_any_work(texts, tmp_path):
    done = run(texts, "--out", tmp_path / "scores.txt")
    assert (done.exit_code, done.output) == (2, "`out` (--out) ends in .parquet or .csv; found scores.txt.\n")
    done = run(texts, "--out", tmp_path / "no" / "scores.csv")
    assert f"There is no folder {tmp_path / 'no'} to write scores.csv into. Make it first.\n" == done.output
    done = run(texts, "--out", tmp_path / "scores.csv")
    assert "No scorer was chosen: give --lexicon" in done.output
    done = run(tmp_path / "none.csv", "--out", tmp_path / "scores.csv")
    assert done.exit_code == 2
    assert "There is no file" in done.output


def test_two_word_lists_are_two_dimensions_and_no_two_judges_of_one(texts, tmp_path):
    (tmp_path / "kind.txt").write_text("word\n")
    rows = [(arm, seed, f"q{p}", "p", "a bad word" if (p + seed) % 3 else "a kind word")
            for arm in ("base", "dpo") for seed in (1, 2, 3) for p in range(4)]  # fmt: skip
    pd.DataFrame(rows, columns=["arm", "seed", "prompt_id", "prompt", "response"]).to_csv(texts, index=False)
    out = tmp_path / "scores.csv"
    done = run(texts, "--lexicon", tmp_path / "kind.txt", "--lexicon", tmp_path / "words.txt", "--out", out)
    assert done.exit_code == 0, done.output
    table = read_scores(out)
    assert list(zip(table["judge"], table["dimension"], strict=True)) == [("kind", "kind")] * 24 + [("words",) * 2] * 24
    found = compare_arms(table, replicates=20)
    assert found.effects["dimension"].tolist() == ["kind", "words"]
    assert not any("There are two judges" in text for text in found.problems)
